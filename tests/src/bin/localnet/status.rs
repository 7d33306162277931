//! How the network does, as a table that stays in its place on a terminal, and as a line now and then elsewhere.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{stdout, IsTerminal as _},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use talka_client::{client::BlockId, events::TaskEvent, AccountId, Client};
use talka_primitives::BlockNumber;
use talka_tests::{
    heads::{Asked, Heads},
    node::Node,
    stage::Stage,
    Cluster,
};

/// How often to look.
pub const PERIOD: Duration = Duration::from_secs(2);
/// How often to write a line where there is no terminal.
const LINE: Duration = Duration::from_secs(6);
/// Number of looks over which the block time is computed.
const WINDOW: usize = 30;

/// See the module's head.
pub struct Status {
    nodes: Vec<Node>,
    client: Client,
    workers: Vec<(String, AccountId)>,
    /// Tasks of which a worker gave the result, as far as final blocks tell.
    done: BTreeMap<AccountId, usize>,
    /// The last block that is counted in `done`.
    counted: BlockNumber,
    /// When which best block was seen.
    seen: VecDeque<(Instant, BlockNumber)>,
    drawn: usize,
    written: Option<Instant>,
}

impl Status {
    /// The status of a network. Tasks are counted from now on.
    pub async fn of(cluster: &Cluster, stage: &Stage) -> Result<Self> {
        let workers = stage.workers.iter().map(|worker| (worker.name.clone(), worker.account)).collect();
        let client = stage.network.client.clone();
        Ok(Self {
            counted: stage.network.began_at(),
            nodes: cluster.nodes.clone(),
            client,
            workers,
            done: BTreeMap::new(),
            seen: VecDeque::new(),
            drawn: 0,
            written: None,
        })
    }

    /// Look and show. Gives the last final block of the first validator.
    pub async fn show(&mut self) -> Result<BlockNumber> {
        let mut heads = Vec::new();
        for node in &self.nodes {
            // One that does not answer is shown as such.
            heads.push(node.heads().await.ok());
        }
        let Some(first) = heads.first().copied().flatten() else {
            let last_words = self.nodes.first().map(Node::last_words).unwrap_or_default();
            anyhow::bail!("the first validator does not answer\n{last_words}");
        };
        self.count(first.finalized).await?;
        self.seen.push_back((Instant::now(), first.best));
        if self.seen.len() > WINDOW {
            self.seen.pop_front();
        }
        let online = self.online().await?;
        if stdout().is_terminal() {
            self.draw(&heads, first, &online);
        } else if self.written.is_none_or(|written| written.elapsed() >= LINE) {
            self.written = Some(Instant::now());
            println!("{}", self.line(&heads, first, &online));
        }
        Ok(first.finalized)
    }

    /// Count the tasks of the blocks that have become final.
    async fn count(&mut self, finalized: BlockNumber) -> Result<()> {
        if self.counted >= finalized {
            return Ok(());
        }
        let asked = Asked::connect(self.client.url()).await?;
        while self.counted < finalized {
            let number = self.counted + 1;
            let hash = asked.hash_of(number).await?.context("a final block has a hash")?;
            for event in self.client.at(BlockId { number, hash }).await?.task_events().await? {
                if let TaskEvent::Completed { winners, .. } = event {
                    winners.iter().for_each(|winner| *self.done.entry(*winner).or_default() += 1);
                }
            }
            self.counted = number;
        }
        Ok(())
    }

    async fn online(&self) -> Result<Vec<bool>> {
        let best = self.client.best().await?;
        let mut online = Vec::new();
        for (_, account) in &self.workers {
            online.push(best.worker(*account).await?.is_some_and(|view| view.online));
        }
        Ok(online)
    }

    /// Seconds for each block of late.
    fn block_time(&self) -> Option<f64> {
        let ((began, first), (ended, last)) = (self.seen.front()?, self.seen.back()?);
        let blocks = last.checked_sub(*first).filter(|blocks| *blocks > 0)?;
        Some(ended.duration_since(*began).as_secs_f64() / f64::from(blocks))
    }

    fn summary(&self, first: Heads) -> String {
        let block_time = self.block_time().map_or("?".into(), |seconds| format!("{seconds:.1}"));
        let lag = first.best.saturating_sub(first.finalized);
        format!("block {}, {block_time} s a block, finality is {lag} blocks behind", first.best)
    }

    fn done_by(&self, account: &AccountId) -> usize {
        self.done.get(account).copied().unwrap_or_default()
    }

    fn line(&self, heads: &[Option<Heads>], first: Heads, online: &[bool]) -> String {
        let nodes = self.nodes.iter().zip(heads).map(|(node, heads)| match heads {
            Some(heads) => format!("{} {}/{}", node.name(), heads.best, heads.finalized),
            None => format!("{} down", node.name()),
        });
        let working = online.iter().filter(|online| **online).count();
        let done: usize = self.workers.iter().map(|(_, account)| self.done_by(account)).sum();
        format!(
            "{}; {}; {working} of {} workers online, {done} results",
            self.summary(first),
            nodes.collect::<Vec<_>>().join(", "),
            online.len()
        )
    }

    fn draw(&mut self, heads: &[Option<Heads>], first: Heads, online: &[bool]) {
        let mut lines = vec![self.summary(first)];
        lines.push(format!("{:<12} {:>5} {:>6} {:>8} {:>8}", "validator", "port", "peers", "best", "final"));
        for (node, heads) in self.nodes.iter().zip(heads) {
            lines.push(match heads {
                Some(Heads { peers, best, finalized, .. }) => {
                    format!("{:<12} {:>5} {peers:>6} {best:>8} {finalized:>8}", node.name(), node.port())
                }
                None => format!("{:<12} {:>5}   down", node.name(), node.port()),
            });
        }
        lines.push(format!("{:<12} {:>7} {:>6}", "worker", "online", "done"));
        for ((name, account), online) in self.workers.iter().zip(online) {
            let online = if *online { "yes" } else { "no" };
            lines.push(format!("{name:<12} {online:>7} {:>6}", self.done_by(account)));
        }
        if self.drawn > 0 {
            print!("\x1b[{}A", self.drawn);
        }
        lines.iter().for_each(|line| println!("\x1b[2K{line}"));
        self.drawn = lines.len();
    }
}
