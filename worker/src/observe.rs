//! Asks the chain, at every best block, what there is to do, and what the last finalized block says of it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::FutureExt as _;
use talka_client::{snapshot::MAX_TASKS, AccountId, BlockHash, BlockId, Client, Error, Snapshot, Transient};
use talka_primitives::{
    view::{Duties, Part, TaskView},
    BlockNumber, TaskId,
};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use crate::{
    daemon::Message,
    decide::{Asked, Event, Presence, Seen, Settled, Terms},
    metrics::Metrics,
};

/// How often to look whether a block has come.
const TICK: Duration = Duration::from_secs(5);

/// After how long without a new block something is wrong with the node, or with the chain.
const SILENCE: Duration = Duration::from_secs(60);

/// How often in a row an answer may be none that this program understands: one node may err, and to stop costs stake.
const MISTAKES: u32 = 10;

pub(crate) struct Observer {
    pub(crate) client: Client,
    /// The worker, or the juror, whose duties are asked for.
    pub(crate) account: AccountId,
    pub(crate) slots: u8,
    pub(crate) peer: String,
    /// Tasks about which the chain is to be asked.
    pub(crate) open: watch::Receiver<Vec<TaskId>>,
    pub(crate) metrics: Metrics,
}

/// The highest block so far, and for how long there was none above it.
struct Head {
    height: BlockNumber,
    since: Instant,
    /// The silence was told.
    told: bool,
}

/// What a finalized block said, about which tasks.
struct Final {
    block: BlockHash,
    open: Vec<TaskId>,
    settled: Settled,
}

impl Observer {
    /// Until the worker stops, or another node is to be asked.
    pub(crate) async fn run(mut self, messages: mpsc::UnboundedSender<Message>) {
        let mut blocks = self.client.best_blocks();
        let mut head = Head { height: 0, since: Instant::now(), told: false };
        let (mut last, mut mistakes) = (None, 0);
        loop {
            let mut block = {
                let next = blocks.next();
                tokio::pin!(next);
                loop {
                    tokio::select! {
                        block = &mut next => break block,
                        () = sleep(TICK) => {}
                    }
                    if let Some(client) = self.wait(&mut head).await {
                        messages.send(Message::Moved(Box::new(client))).ok();
                        return;
                    }
                }
            };
            // Of blocks that came while the last one was asked only the newest matters.
            while let Some(newer) = blocks.next().now_or_never() {
                block = newer;
            }
            head.rise(block.number);
            self.metrics.head_age.set(head.since.elapsed().as_secs());
            // While there is no connection questions wait, and another node could answer them.
            let look = timeout(SILENCE, self.look(block, &mut last)).await;
            let message = match look.unwrap_or_else(|_| Err(Transient::Disconnected.into())) {
                Ok(seen) => {
                    mistakes = 0;
                    Message::Event(Event::Seen(seen))
                }
                Err(Error::Transient(problem)) => {
                    warn!(block = block.number, %problem, "cannot ask for duties");
                    continue;
                }
                Err(problem) if mistakes < MISTAKES => {
                    mistakes += 1;
                    warn!(block = block.number, %problem, "an answer about duties is not understood");
                    continue;
                }
                Err(error) => Message::Broken(error.into()),
            };
            if messages.send(message).is_err() {
                return;
            }
        }
    }

    /// No block has come for a while. Gives another node, where one is further.
    async fn wait(&mut self, head: &mut Head) -> Option<Client> {
        let silence = head.since.elapsed();
        self.metrics.head_age.set(silence.as_secs());
        if silence < SILENCE {
            return None;
        }
        if head.is_news() {
            let node = self.client.url();
            warn!(
                node,
                height = head.height,
                "no new block for a minute: see whether the node runs and is at the head"
            );
        }
        self.client.ahead_of(head.height).await
    }

    async fn look(&self, block: BlockId, last: &mut Option<Final>) -> Result<Seen, Error> {
        let open = self.open.borrow().clone();
        let snapshot = self.client.at(block).await?;
        let duties = self.duties(&snapshot, &open).await?;
        let settled = self.settled(&open, last).await?;
        let asked = self.asked(&snapshot, &duties, &settled).await?;
        let view = snapshot.worker(self.account).await?;
        let funds = snapshot.funds(self.account).await?;
        let presence = view.as_ref().map_or_else(Presence::default, |view| Presence {
            member: view.pool.is_some(),
            online: view.online,
            current: view.slots == self.slots && view.peer.to_str() == self.peer,
            elsewhere: view.online && is_other(&self.peer, &view.peer.to_str()),
            last_seen: view.last_seen,
            ripe_at: view.ripe_at.max(view.paused_until),
        });
        if let Some(view) = &view {
            self.metrics.standing(view, funds);
        }
        self.metrics.height.set(block.number.into());
        self.metrics.finalized.set(settled.at.into());
        debug!(
            block = block.number,
            settled = settled.at,
            execute = duties.execute.len(),
            summons = duties.execute.iter().filter(|item| item.part == Part::Juror).count(),
            reveal = duties.reveal.len(),
            over = duties.over.len(),
            "duties"
        );
        // Whether there is room for more the machine knows, and not the chain.
        Ok(Seen { at: block.number, duties, presence, asked, settled, room: true })
    }

    async fn duties(&self, snapshot: &Snapshot, open: &[TaskId]) -> Result<Duties<AccountId>, Error> {
        let mut parts = open.chunks(MAX_TASKS as usize);
        let mut duties = snapshot.duties(self.account, parts.next().unwrap_or_default()).await?;
        for part in parts {
            let more = snapshot.duties(self.account, part).await?;
            duties.reveal.extend(more.reveal);
            duties.over.extend(more.over);
        }
        Ok(duties)
    }

    /// What the last finalized block says. It is asked once about the same tasks.
    async fn settled(&self, open: &[TaskId], last: &mut Option<Final>) -> Result<Settled, Error> {
        let snapshot = self.client.finalized().await?;
        let block = snapshot.block();
        if let Some(last) = last.as_ref().filter(|last| last.block == block.hash && last.open == open) {
            return Ok(last.settled.clone());
        }
        let Duties { execute, reveal, over } = self.duties(&snapshot, open).await?;
        let settled = Settled {
            at: block.number,
            assigned: execute.iter().map(|assignment| (assignment.task, Terms::of(assignment))).collect(),
            reveal: reveal.into_iter().collect(),
            over,
        };
        *last = Some(Final { block: block.hash, open: open.to_vec(), settled: settled.clone() });
        Ok(settled)
    }

    /// About the tasks whose digest this block asks for, and the last finalized one does not.
    async fn asked(
        &self,
        snapshot: &Snapshot,
        duties: &Duties<AccountId>,
        settled: &Settled,
    ) -> Result<BTreeMap<TaskId, Asked>, Error> {
        let mut asked = BTreeMap::new();
        for task in duties.reveal.iter().filter(|task| !settled.reveal.contains(task)) {
            if let Some(TaskView::Open(open)) = snapshot.task(*task).await? {
                asked.insert(*task, Asked::of(&open));
            }
        }
        Ok(asked)
    }
}

impl Head {
    /// Whether the silence is to be told: once, until a block has come.
    fn is_news(&mut self) -> bool {
        !std::mem::replace(&mut self.told, true)
    }

    /// A block has come.
    fn rise(&mut self, height: BlockNumber) {
        if height > self.height {
            *self = Self { height, since: Instant::now(), told: false };
        }
    }
}

/// Whether an address belongs to another store than ours. The same store may have another port after a restart.
pub(crate) fn is_other(ours: &str, address: &str) -> bool {
    let store = |address: &str| address.split('@').next().map(str::to_owned);
    !address.is_empty() && store(ours) != store(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_store_at_another_port() {
        assert!(!is_other("peer://aa@127.0.0.1:1", "peer://aa@127.0.0.1:2"));
        assert!(!is_other("peer://aa@127.0.0.1:1", ""));
        assert!(is_other("peer://aa@127.0.0.1:1", "peer://bb@127.0.0.1:1"));
    }

    #[test]
    fn tells_once_that_no_block_comes_and_again_when_there_was_one() {
        let mut head = Head { height: 7, since: Instant::now(), told: false };
        assert_eq!([head.is_news(), head.is_news()], [true, false]);
        // A node that starts again may tell of blocks that were there.
        head.rise(7);
        assert!(!head.is_news());
        head.rise(8);
        assert_eq!([head.is_news(), head.is_news()], [true, false]);
    }

    #[test]
    fn takes_no_old_block_for_a_new_one() {
        let long_ago = Instant::now();
        let mut head = Head { height: 7, since: long_ago, told: true };
        head.rise(7);
        head.rise(6);
        assert!(head.told && head.since == long_ago && head.height == 7);
        head.rise(8);
        assert!(!head.told && head.height == 8);
    }
}
