//! Who has results: keepers, their winners, and the workers of the pool.

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

/// How many keepers the operator of a pool can name.
const POOL_KEEPERS: usize = 4;

/// Who may have results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// A keeper that the buyer has named, by its place.
    Keeper(usize),
    /// A keeper that the operator of the pool has named, by its place.
    PoolKeeper(usize),
    /// A worker.
    Worker(AccountId),
}

/// Somebody that may have results, and serves what it has.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) who: Who,
    pub(super) source: Source,
    pub(super) online: bool,
}

impl Peer {
    fn of(worker: &WorkerView<AccountId>) -> Option<Self> {
        // Only peers: a worker could name a file of ours, or a web server of our network.
        let source =
            Source::announced(&worker.peer.to_str()).find(|source| matches!(source, Source::Peer(_)))?;
        Some(Self { who: Who::Worker(worker.account), source, online: worker.online })
    }
}

/// The keepers that the operator of a pool names in its description.
fn keepers_in(description: &str) -> Vec<Source> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')');
    let words = description.split(is_between).map(|word| word.trim_end_matches('.'));
    let sources = words.filter_map(|word| word.parse::<Source>().ok());
    sources.filter(|source| matches!(source, Source::Peer(_))).take(POOL_KEEPERS).collect()
}

/// The peers that may have these results. Winners are asked for by their accounts: auditors are of other pools, and workers
/// may have left theirs. Where the winners of a result are not known, all workers of the pool are named.
pub(super) async fn peers(
    snapshot: &Snapshot,
    pool: PoolId,
    results: &[(TaskId, Digest)],
    winners: &BTreeMap<TaskId, Vec<AccountId>>,
    keepers: &[Source],
) -> Result<Vec<Peer>, Error> {
    let description = snapshot.pool(pool).await?.map(|pool| pool.description.to_string());
    let of_pool = keepers_in(description.as_deref().unwrap_or_default());
    let kept = |who: fn(usize) -> Who, sources: Vec<Source>| {
        let places = sources.into_iter().enumerate();
        places.map(move |(place, source)| Peer { who: who(place), source, online: true })
    };
    let named = kept(Who::Keeper, keepers.to_vec());
    let mut peers: Vec<_> = named.chain(kept(Who::PoolKeeper, of_pool)).collect();
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
    peers.extend(workers.iter().filter_map(Peer::of));
    Ok(peers)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keepers_are_named_in_the_description_of_a_pool() {
        // Not every 32 bytes are a public key.
        const ID: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let named = |at: &str| format!("peer://{ID}@{at}");
        let of = |description: &str| -> Vec<_> {
            keepers_in(description).iter().map(ToString::to_string).collect()
        };
        let (one, two) = (named("203.0.113.7:4921"), named("[2001:db8::7]:4921"));
        let description =
            format!("32 cores in Lyon; results: {one}, ({two}). https://pool.example file:///etc/passwd");
        assert_eq!(of(&description), [one.clone(), two]);
        assert_eq!(of("32 cores in Lyon"), [""; 0]);
        assert_eq!(of(&vec![one; 9].join(" ")).len(), POOL_KEEPERS);
    }
}
