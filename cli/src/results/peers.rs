//! Who has results: their winners, and the workers of the pool.

use std::collections::{BTreeMap, BTreeSet};

use futures::{stream, StreamExt as _, TryStreamExt as _};
use talka_client::{events::TaskEvent, snapshot::MAX_PAGE, AccountId, Client, Error, Snapshot};
use talka_primitives::{
    view::{Outcome, WorkerView},
    BlockNumber, Digest, PoolId, TaskId,
};
use talka_store::Source;

use crate::error::CliError;

/// How many questions are on their way at once.
const AT_ONCE: usize = 16;

/// A worker that may have results, and serves what it has.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) account: AccountId,
    pub(super) source: Source,
    pub(super) online: bool,
}

impl Peer {
    fn of(worker: &WorkerView<AccountId>) -> Option<Self> {
        // Only peers: a worker could name a file of ours, or a web server of our network.
        let source = worker.peer.to_str().parse().ok().filter(|source| matches!(source, Source::Peer(_)))?;
        Some(Self { account: worker.account, source, online: worker.online })
    }
}

/// The peers that may have these results. Winners are asked for by their accounts: auditors are of other pools, and workers
/// may have left theirs. Where the winners of a result are not known, all workers of the pool are named.
pub(super) async fn peers(
    snapshot: &Snapshot,
    pool: PoolId,
    results: &[(TaskId, Digest)],
    winners: &BTreeMap<TaskId, Vec<AccountId>>,
) -> Result<Vec<Peer>, Error> {
    let mut workers = snapshot.workers(pool, MAX_PAGE).await?;
    let mut others: BTreeSet<_> = winners.values().flatten().copied().collect();
    if workers.len() >= MAX_PAGE as usize && results.iter().any(|(task, _)| !winners.contains_key(task)) {
        others.extend(snapshot.crew(pool).await?);
    }
    for worker in &workers {
        others.remove(&worker.account);
    }
    let views = stream::iter(others).map(|account| snapshot.worker(account)).buffered(AT_ONCE);
    let views: Vec<_> = views.try_collect().await?;
    workers.extend(views.into_iter().flatten());
    Ok(workers.iter().filter_map(Peer::of).collect())
}

/// Add the winners that are not known yet, as the blocks tell in which the tasks were completed. A node forgets what old
/// blocks told, unless it is an archive.
pub(crate) async fn winners(
    client: &Client,
    outcomes: impl IntoIterator<Item = (TaskId, Outcome)>,
    known: &mut BTreeMap<TaskId, Vec<AccountId>>,
) {
    let block = |(task, outcome)| match outcome {
        Outcome::Completed { at, .. } if !known.contains_key(&task) => Some(at),
        _ => None,
    };
    let blocks: BTreeSet<_> = outcomes.into_iter().filter_map(block).collect();
    // What is forgotten is old: the newest first, until nothing is told any more.
    let told = stream::iter(blocks.into_iter().rev()).map(|at| told(client, at)).buffered(AT_ONCE);
    let told = told.take_while(|told| std::future::ready(told.is_ok())).collect::<Vec<_>>().await;
    for event in told.into_iter().flatten().flatten() {
        if let TaskEvent::Completed { task, winners, .. } = event {
            known.entry(task).or_insert(winners);
        }
    }
}

/// What a block told about tasks.
async fn told(client: &Client, at: BlockNumber) -> Result<Vec<TaskEvent>, CliError> {
    match client.block_at(at).await? {
        Some(block) => Ok(client.at(block).await?.task_events().await?),
        None => Ok(Vec::new()),
    }
}
