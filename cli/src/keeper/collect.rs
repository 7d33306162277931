//! Fetches what is wanted into the store, and removes what has had its time.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use codec::DecodeAll;
use futures::{stream::FuturesUnordered, StreamExt as _};
use serde::Serialize;
use talka_client::Client;
use talka_primitives::{
    manifest::{Listing, Manifest, MAX_LISTING_BYTES, MAX_MANIFEST_BYTES},
    ContentId, DealId, Digest, Hint as _, TaskId,
};
use talka_store::{FetchError, Store, StoreError};
use tokio::{
    sync::{Mutex, Notify},
    time::{interval, sleep, MissedTickBehavior},
};

use super::ledger::{Ledger, Record};
use crate::{
    context::Context,
    error::CliError,
    output::{counted, Output},
    results::Gatherer,
};

/// How many results are fetched at the same time.
const AT_ONCE: usize = 4;
/// How often to check whether one that was not available is due again.
const LOOK: Duration = Duration::from_secs(1);
/// The pauses before a result is asked for again: the first, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(10 * 60)];
/// How often to look for results whose time is over.
const CLEAN: Duration = Duration::from_secs(60 * 60);
/// How long the beginnings of transfers that broke off are kept.
const PARTS: Duration = Duration::from_secs(24 * 60 * 60);

/// See the module's head.
pub(super) struct Collector<'a> {
    context: &'a Context,
    client: &'a Client,
    store: &'a Store,
    ledger: &'a Ledger,
    news: &'a Notify,
    retention: Duration,
    /// Held while blobs are removed, and while a result is looked over before it is noted as kept.
    removal: Mutex<()>,
    /// Told when the store is full.
    full: Notify,
}

/// When a result that was not available is asked for again.
#[derive(Clone, Copy, Debug)]
struct Pause {
    until: Instant,
    length: Duration,
}

impl Pause {
    /// The one after this one.
    fn next(before: Option<Self>) -> Self {
        let [first, longest] = PAUSES;
        let length = before.map_or(first, |pause| (pause.length * 2).min(longest));
        Self { until: Instant::now() + length, length }
    }
}

/// A result that is kept from now on.
#[derive(Debug, Serialize)]
struct Kept {
    task: String,
    digest: Digest,
    files: usize,
    bytes: u64,
}

impl Output for Kept {
    fn text(&self) -> String {
        let (files, bytes) = (counted(self.files as u64, "file"), counted(self.bytes, "byte"));
        format!("{}  kept: {files}, {bytes}\n", self.task)
    }
}

impl<'a> Collector<'a> {
    pub(super) fn new(
        context: &'a Context,
        client: &'a Client,
        store: &'a Store,
        ledger: &'a Ledger,
        news: &'a Notify,
        retention: Duration,
    ) -> Self {
        let (removal, full) = (Mutex::new(()), Notify::new());
        Self { context, client, store, ledger, news, retention, removal, full }
    }

    /// Fetch what is wanted, for ever.
    pub(super) async fn collect(&self) -> Result<Infallible, CliError> {
        let mut running = FuturesUnordered::new();
        let mut at_work = BTreeSet::new();
        let mut pauses = BTreeMap::<TaskId, Pause>::new();
        loop {
            let now = Instant::now();
            let is_due = |task: &TaskId| {
                !at_work.contains(task) && pauses.get(task).is_none_or(|pause| pause.until <= now)
            };
            let due = self.ledger.wanted(AT_ONCE.saturating_sub(running.len()), is_due);
            for (task, record) in due {
                at_work.insert(task);
                running.push(async move { (task, self.fetch(task, &record).await) });
            }
            tokio::select! {
                Some((task, fetched)) = running.next() => {
                    at_work.remove(&task);
                    match fetched {
                        Ok(kept) => {
                            pauses.remove(&task);
                            self.context.print(&kept)?;
                        }
                        Err(error @ CliError::Ledger { .. }) => return Err(error),
                        Err(error) => {
                            let pause = Pause::next(pauses.get(&task).copied());
                            self.complain(&error, pauses.insert(task, pause).is_none(), pause);
                        }
                    }
                }
                () = self.news.notified() => {}
                () = sleep(LOOK) => {}
            }
        }
    }

    /// Say why a result is not here. Workers show a result some seconds after it was settled, so the first time is none.
    fn complain(&self, error: &CliError, is_first: bool, pause: Pause) {
        let is_full = matches!(
            error,
            CliError::Fetch(FetchError::Store(StoreError::Full { .. } | StoreError::DiskFull(_)))
                | CliError::Store(StoreError::Full { .. } | StoreError::DiskFull(_))
        );
        if is_full {
            self.full.notify_one();
        } else if is_first {
            return;
        }
        let seconds = pause.length.as_secs();
        self.context.say(format!("warning: {error}; asking again in {seconds} s (hint: {})", error.hint()));
    }

    /// Fetch one result, and note that it is here.
    async fn fetch(&self, task: TaskId, record: &Record) -> Result<Kept, CliError> {
        let Record { digest, pool, ref winners, .. } = *record;
        let snapshot = self.client.best().await?;
        let known = (!winners.is_empty()).then(|| (task, winners.clone())).into_iter().collect();
        let gatherer =
            Gatherer::new(self.store.clone(), &snapshot, pool, &[(task, digest)], &known, &[]).await?;
        let manifest = gatherer.gather_all(task, digest, winners).await?;

        let _nothing_goes = self.removal.lock().await;
        let listing = gatherer.listing(task, &manifest).await?;
        let blobs: BTreeMap<_, _> = manifest.blobs(&listing).map(|blob| (blob.content, blob.size)).collect();
        for (content, expected) in blobs {
            match self.store.size(content).await? {
                Some(size) if size == expected => {}
                Some(size) => {
                    let why = format!("a file has {size} bytes, and is to have {expected}");
                    return Err(CliError::BadResult { task, why });
                }
                None => return Err(StoreError::Missing(content).into()),
            }
        }
        if !self.store.contains(ContentId(digest.0)).await? {
            return Err(StoreError::Missing(ContentId(digest.0)).into());
        }
        self.ledger.mark(&[task], Some(now()))?;
        Ok(Kept {
            task: task.to_string(),
            digest,
            files: listing.files.len(),
            bytes: manifest.blobs(&listing).map(|blob| blob.size).sum(),
        })
    }

    /// Remove what has had its time, for ever: from time to time, and whenever the store is full.
    pub(super) async fn clean(&self) -> Result<Infallible, CliError> {
        let mut times = interval(CLEAN);
        times.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_short = tokio::select! {
                _ = times.tick() => false,
                () = self.full.notified() => true,
            };
            match self.clean_once(is_short).await {
                Ok(()) => {}
                Err(error @ CliError::Ledger { .. }) => return Err(error),
                Err(error) => {
                    self.context.say(format!("warning: cannot look for results to remove: {error}"));
                }
            }
        }
    }

    /// Remove results whose deals the chain has forgotten: those that were kept for the retention, or all where the store is
    /// full. Give up what is still wanted of them.
    async fn clean_once(&self, is_short: bool) -> Result<(), CliError> {
        let head = self.client.finalized().await?;
        let before = now().saturating_sub(self.retention.as_secs());
        let may_go = |record: &Record| record.kept_since.is_none_or(|since| is_short || since <= before);
        let (mut gone, mut stays) = (Vec::new(), Vec::new());
        let mut forgotten = BTreeMap::<DealId, bool>::new();
        for (task, record) in self.ledger.all() {
            let goes = may_go(&record)
                && match forgotten.get(&task.deal) {
                    Some(known) => *known,
                    None => {
                        let is_forgotten = head.is_forgotten(task.deal).await?;
                        forgotten.insert(task.deal, is_forgotten);
                        is_forgotten
                    }
                };
            let part = if goes { &mut gone } else { &mut stays };
            part.push((task, record));
        }
        self.store.sweep_parts(PARTS).await?;
        if gone.is_empty() {
            return Ok(());
        }
        for (task, _) in gone.iter().filter(|(_, record)| record.kept_since.is_none()) {
            self.context.say(format!("warning: the chain has forgotten {task}, whose result nobody served"));
        }

        let _nothing_is_added = self.removal.lock().await;
        let mut removed = self.named_by(&gone).await;
        for blob in self.named_by(&stays).await {
            removed.remove(&blob);
        }
        // First the blobs: what is noted and gone is looked for again, and what is not noted would stay for ever.
        self.store.remove(&removed.into_iter().collect::<Vec<_>>()).await?;
        self.ledger.forget(&gone.into_iter().map(|(task, _)| task).collect::<Vec<_>>())
    }

    /// The manifests and listings of results, as far as they are here, with all that they name.
    async fn named_by(&self, results: &[(TaskId, Record)]) -> BTreeSet<ContentId> {
        let mut named = BTreeSet::new();
        for (_, record) in results {
            let address = ContentId(record.digest.0);
            named.insert(address);
            let Some(manifest) = self.read::<Manifest>(address, MAX_MANIFEST_BYTES).await else { continue };
            let listing = self.read::<Listing>(manifest.listing.content, MAX_LISTING_BYTES).await;
            let listing = listing.unwrap_or_default();
            named.extend(manifest.blobs(&listing).chain([manifest.listing]).map(|blob| blob.content));
        }
        named
    }

    /// A part of a result that says what belongs to it, if it can be read.
    async fn read<T: DecodeAll>(&self, content: ContentId, limit: u64) -> Option<T> {
        let bytes = self.store.read(content, limit).await.ok()?;
        T::decode_all(&mut &bytes[..]).ok()
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_asked_for_ever_more_seldom_and_never_given_up() {
        let mut pause = None;
        let mut lengths = Vec::new();
        for _ in 0..10 {
            let next = Pause::next(pause);
            lengths.push(next.length.as_secs());
            pause = Some(next);
        }
        assert_eq!(lengths, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    }
}
