//! Streams that outlive broken connections.

use std::{collections::BTreeMap, time::Duration};

use subxt::client::Blocks;
use talka_primitives::{
    view::{DealView, Listed, Outcome},
    DealId, TaskId,
};
use tokio::time::sleep;
use tracing::warn;

use crate::{
    client::{height, BlockId, Client, Config},
    error::{Error, Transient},
    events::TaskEvent,
    AccountId,
};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Best blocks. A fork may replace any of them.
pub struct BestBlocks {
    client: Client,
    stream: Option<Blocks<Config>>,
    pause: Duration,
}

impl Client {
    /// The best blocks from now on. The stream does not end: it outlives broken connections.
    pub fn best_blocks(&self) -> BestBlocks {
        BestBlocks { client: self.clone(), stream: None, pause: FIRST_PAUSE }
    }
}

impl BestBlocks {
    /// The next best block. The first one comes at once.
    pub async fn next(&mut self) -> BlockId {
        loop {
            let problem = match &mut self.stream {
                Some(stream) => match stream.next().await {
                    Some(Ok(block)) => match height(block.number()) {
                        Ok(number) => {
                            self.pause = FIRST_PAUSE;
                            return BlockId { number, hash: block.hash() };
                        }
                        Err(error) => error.to_string(),
                    },
                    Some(Err(error)) => Error::subxt(error).to_string(),
                    None => "the node ended it".into(),
                },
                None => match self.client.online.stream_best_blocks().await {
                    Ok(stream) => {
                        self.stream = Some(stream);
                        continue;
                    }
                    Err(error) => Error::subxt(error).to_string(),
                },
            };
            warn!(%problem, pause = ?self.pause, "the stream of blocks broke off");
            self.stream = None;
            sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// How far a deal is at some block.
#[derive(Clone, Debug)]
pub struct DealProgress {
    /// The block.
    pub block: BlockId,
    /// The deal and its tasks, counted.
    pub view: DealView<AccountId>,
    /// Tasks that have ended since the last time.
    pub ended: Vec<Listed<TaskId, Outcome>>,
    /// What was seen to happen to its tasks in this block.
    pub events: Vec<TaskEvent>,
}

/// Follows one deal from block to block.
pub struct DealWatch {
    client: Client,
    deal: DealId,
    blocks: BestBlocks,
    ended: BTreeMap<TaskId, Outcome>,
    /// Every task before this one has ended.
    first_open: u32,
}

impl Client {
    /// Follow a deal. The first step reports all that has happened so far.
    pub fn watch_deal(&self, deal: DealId) -> DealWatch {
        DealWatch {
            client: self.clone(),
            deal,
            blocks: self.best_blocks(),
            ended: BTreeMap::new(),
            first_open: 0,
        }
    }
}

impl DealWatch {
    /// How far the deal is at the next best block; `None` where there is no such deal at that block.
    ///
    /// Problems of the connection are waited for; only fatal errors are returned.
    pub async fn next(&mut self) -> Result<Option<DealProgress>, Error> {
        loop {
            let block = self.blocks.next().await;
            match self.step(block).await {
                Err(Error::Transient(problem)) => self.complain(&problem),
                result => return result,
            }
        }
    }

    /// The outcomes seen so far.
    pub fn outcomes(&self) -> &BTreeMap<TaskId, Outcome> {
        &self.ended
    }

    fn complain(&self, problem: &Transient) {
        warn!(deal = %self.deal, %problem, "could not ask for the deal");
    }

    async fn step(&mut self, block: BlockId) -> Result<Option<DealProgress>, Error> {
        let snapshot = self.client.at(block).await?;
        let Some(view) = snapshot.deal(self.deal).await? else { return Ok(None) };
        let mut ended = Vec::new();
        // Nothing to ask as long as no more have ended than are known; after a fork it may even be fewer.
        if (view.progress.completed + view.progress.failed) as usize > self.ended.len() {
            ended = snapshot.all_outcomes(self.deal, self.first_open).await?;
            ended.retain(|entry| !self.ended.contains_key(&entry.id));
        }
        let mut events = snapshot.task_events().await?;
        events.retain(|event| event.deal() == self.deal);
        self.ended.extend(ended.iter().map(|entry| (entry.id, entry.item)));
        while self.ended.contains_key(&TaskId { deal: self.deal, index: self.first_open }) {
            self.first_open += 1;
        }
        Ok(Some(DealProgress { block, view, ended, events }))
    }
}
