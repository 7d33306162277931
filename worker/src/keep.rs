//! What stays in the store, for how long, and what of it peers may have.
//!
//! Apps and data are kept as long as they are in use, results as long as somebody may fetch them: a time after the
//! last use. What has no mark, or an old one, goes. So does what was longest of no use, where the room is needed: apps and data
//! first, for they can be fetched again. What an open task needs stays in any case.
//!
//! Some room of the disk is taken by a reserve. Where the disk is full it is given away, so that what was committed to can still
//! be shown, and the worker takes no tasks until it can be taken again.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex, MutexGuard, PoisonError,
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use codec::Decode;
use talka_primitives::{
    manifest::{Listing, Manifest, MAX_LISTING_BYTES, MAX_MANIFEST_BYTES, MAX_OUTPUT_BYTES},
    ContentId, Digest,
};
use talka_store::Store;
use tokio::{
    sync::{Mutex as AsyncMutex, Notify},
    task::spawn_blocking,
    time::{interval, MissedTickBehavior},
};
use tracing::{debug, info, warn};

use crate::{
    error::WorkerError,
    journal::{Journal, Use},
    metrics::Metrics,
    reserve::Reserve,
};

/// How often to look for blobs that can go.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

/// How often to look whether there is room again.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the beginnings of transfers that broke off are kept, and how long where the room is needed.
const PARTS: [Duration; 2] = [Duration::from_secs(24 * 60 * 60), Duration::from_secs(10 * 60)];

/// For so long after a start nothing is removed because of its age: the clock may have been wrong before.
const SETTLING: Duration = Duration::from_secs(60 * 60);

/// The usual reserve, in bytes: the result of a task, while it is written for the first and for the second time.
pub(crate) const RESERVE: u64 = 2 * MAX_OUTPUT_BYTES;

/// Blobs that somebody counts on now, and how many do.
type Pins = Mutex<BTreeMap<ContentId, usize>>;

/// As long as it lives, nothing of what it names is removed.
#[derive(Debug)]
pub(crate) struct Pinned {
    pins: Arc<Pins>,
    blobs: Vec<ContentId>,
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let mut pins = lock(&self.pins);
        for blob in &self.blobs {
            if let Some(count) = pins.get_mut(blob) {
                *count -= 1;
            }
        }
        pins.retain(|_, count| *count > 0);
    }
}

fn lock(pins: &Pins) -> MutexGuard<'_, BTreeMap<ContentId, usize>> {
    pins.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) struct Keeper {
    store: Store,
    journal: Arc<Journal>,
    retention: Duration,
    /// The most bytes of the store.
    max_bytes: u64,
    clock: Clock,
    pins: Arc<Pins>,
    /// Held while blobs are removed, and for a moment where somebody begins to count on some.
    removal: AsyncMutex<()>,
    reserve: Arc<Reserve>,
    has_room: AtomicBool,
    wake: Notify,
    metrics: Metrics,
}

/// What a keeper is made of.
pub(crate) struct Keeping<'a> {
    pub(crate) store: Store,
    pub(crate) journal: Arc<Journal>,
    pub(crate) retention: Duration,
    pub(crate) max_bytes: u64,
    /// Room of the disk that is not used, in bytes.
    pub(crate) reserve: u64,
    pub(crate) base_path: &'a Path,
    pub(crate) metrics: Metrics,
}

impl Keeper {
    pub(crate) fn new(keeping: Keeping<'_>) -> Self {
        let Keeping { store, journal, retention, max_bytes, reserve, base_path, metrics } = keeping;
        Self {
            store,
            journal,
            retention,
            max_bytes,
            clock: Clock::start(),
            pins: Arc::default(),
            removal: AsyncMutex::new(()),
            reserve: Arc::new(Reserve::new(base_path.join("reserve"), reserve)),
            has_room: AtomicBool::new(true),
            wake: Notify::new(),
            metrics,
        }
    }

    /// Keep apps and data from now on, and in any case while the answer lives: take it before they are looked for.
    pub(crate) async fn keep(&self, blobs: Vec<ContentId>) -> Result<Pinned, WorkerError> {
        let pinned = self.pin(blobs).await;
        self.journal.mark(&pinned.blobs, self.clock.now())?;
        Ok(pinned)
    }

    /// The same for a result.
    pub(crate) async fn keep_result(&self, blobs: Vec<ContentId>) -> Result<Pinned, WorkerError> {
        let pinned = self.pin(blobs).await;
        self.journal.mark_results(&pinned.blobs, self.clock.now())?;
        Ok(pinned)
    }

    async fn pin(&self, blobs: Vec<ContentId>) -> Pinned {
        let _nothing_goes = self.removal.lock().await;
        let mut pins = lock(&self.pins);
        for blob in &blobs {
            *pins.entry(*blob).or_default() += 1;
        }
        Pinned { pins: self.pins.clone(), blobs }
    }

    /// Remove what nobody needs, from time to time and whenever the disk is full.
    pub(crate) async fn run(self: Arc<Self>) {
        self.take_reserve().await;
        let mut sweeps = interval(INTERVAL);
        sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = interval(PATIENCE);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = sweeps.tick() => {}
                () = self.wake.notified() => {}
                _ = looks.tick() => {
                    if self.has_room() {
                        continue;
                    }
                }
            }
            let needed = if self.has_room() { 0 } else { 2 * RESERVE };
            match self.sweep(self.clock.now(), self.clock.since(self.retention), needed).await {
                Ok(0) => {}
                Ok(removed) => info!(removed, "forgot old blobs"),
                Err(error) => warn!(%error, "could not look for old blobs"),
            }
            self.take_reserve().await;
        }
    }

    /// Whether there is room for the results of more tasks.
    pub(crate) fn has_room(&self) -> bool {
        self.has_room.load(Ordering::Relaxed)
    }

    /// The disk is full: give the reserve away, remove what can go, and take no tasks until there is room again.
    pub(crate) fn ran_full(&self) {
        if self.has_room.swap(false, Ordering::Relaxed) {
            warn!("the disk is full: removing what can go, and taking no tasks until there is room");
        }
        if let Err(cause) = self.reserve.release() {
            warn!(%cause, "the room that was kept cannot be given away");
        }
        self.metrics.has_room.set(0);
        self.wake.notify_one();
    }

    /// Make room for this number of bytes in the store.
    pub(crate) async fn make_room(&self, bytes: u64) -> Result<usize, WorkerError> {
        self.sweep(self.clock.now(), self.clock.since(self.retention), bytes).await
    }

    async fn take_reserve(&self) {
        let reserve = self.reserve.clone();
        let held = spawn_blocking(move || reserve.hold()).await;
        let has_room = matches!(held, Ok(Ok(())));
        if has_room {
            self.journal.refill();
        }
        match (self.has_room.swap(has_room, Ordering::Relaxed), has_room) {
            (true, false) => warn!("the disk has too little room: taking no tasks"),
            (false, true) => info!("the disk has room again"),
            _ => {}
        }
        self.metrics.has_room.set(has_room.into());
    }

    /// Remove what was of no use since a time, what is beyond the store's limit, and `needed` bytes more.
    async fn sweep(&self, now: u64, since: u64, needed: u64) -> Result<usize, WorkerError> {
        let [usual, short] = PARTS;
        self.store.sweep_parts(if needed > 0 { short } else { usual }).await?;
        let stays = self.marked_for_open_tasks(now).await?;
        let used = self.store.used_bytes().await?;
        self.metrics.store_bytes.set(used);
        // Some room is left for what comes until the next time.
        let most = self.max_bytes - self.max_bytes / 10;
        let excess = used.saturating_add(needed).saturating_sub(most).max(needed);
        let mut candidates = Vec::new();
        for one in self.journal.uses(&self.store.list().await?)? {
            if !stays.contains(&one.content) {
                let size = self.store.size(one.content).await?.unwrap_or(0);
                candidates.push((one, size));
            }
        }
        let chosen = choose(candidates, since, excess);
        let _nobody_begins_to_count_on_them = self.removal.lock().await;
        let recent = self.journal.uses(&chosen)?.into_iter().filter(|one| one.at >= now);
        let recent: BTreeSet<_> = recent.map(|one| one.content).collect();
        let is_free = |blob: &ContentId| !lock(&self.pins).contains_key(blob) && !recent.contains(blob);
        let removed: Vec<_> = chosen.into_iter().filter(is_free).collect();
        if removed.is_empty() {
            return Ok(0);
        }
        self.store.remove(&removed).await?;
        self.journal.unmark(&removed)?;
        Ok(removed.len())
    }

    /// Mark what open tasks need. Gives all of it.
    async fn marked_for_open_tasks(&self, now: u64) -> Result<BTreeSet<ContentId>, WorkerError> {
        let mut stays: BTreeSet<_> = self.journal.inputs()?.into_iter().collect();
        let inputs: Vec<_> = stays.iter().copied().collect();
        self.journal.mark(&inputs, now)?;
        for record in self.journal.load()? {
            let result = self.named_by(record.digest).await;
            self.journal.mark_results(&result, now)?;
            stays.extend(result);
        }
        Ok(stays)
    }

    /// A manifest, its listing, and all that they name.
    async fn named_by(&self, digest: Digest) -> Vec<ContentId> {
        let address = ContentId(digest.0);
        let Some(manifest) = self.read::<Manifest>(address, MAX_MANIFEST_BYTES).await else {
            return vec![address];
        };
        let listing = self.read::<Listing>(manifest.listing.content, MAX_LISTING_BYTES).await;
        [vec![address], contents(&manifest, &listing.unwrap_or_default())].concat()
    }

    /// A part of a result that says what belongs to it, if it can be read.
    async fn read<T: Decode>(&self, content: ContentId, limit: u64) -> Option<T> {
        match self.store.read(content, limit).await {
            Ok(bytes) => T::decode(&mut &bytes[..]).ok(),
            Err(error) => {
                debug!(%content, %error, "a part of a result cannot be read");
                None
            }
        }
    }
}

/// What peers may have.
impl Keeper {
    /// After a start: the inputs of tasks that the worker stands for.
    pub(crate) async fn serve_again(&self) {
        match self.journal.inputs() {
            Ok(inputs) => self.serve(&inputs).await,
            Err(error) => warn!(%error, "could not look for what peers may have"),
        }
    }

    /// Let peers have these, as far as they are here.
    pub(crate) async fn serve(&self, blobs: &[ContentId]) {
        for blob in blobs {
            if let Err(error) = self.store.serve(&[*blob]).await {
                warn!(%blob, %error, "cannot be served");
            }
        }
    }

    /// Let peers have the result with this digest.
    pub(crate) async fn show(&self, digest: Digest) {
        let result = self.named_by(digest).await;
        if self.store.serve(&result).await.is_err() {
            self.serve(&result).await;
        }
    }

    /// Let peers have the inputs of a task that is over no more, but for what other open tasks are made of, and for results.
    pub(crate) async fn withhold(&self, inputs: &[ContentId]) {
        let needed = || -> Result<BTreeSet<ContentId>, WorkerError> {
            let results = self.journal.uses(inputs)?.into_iter().filter(|one| one.is_result);
            let results = results.map(|one| one.content);
            Ok(self.journal.inputs()?.into_iter().chain(results).collect())
        };
        let withheld = match needed() {
            Ok(needed) => inputs.iter().copied().filter(|blob| !needed.contains(blob)).collect::<Vec<_>>(),
            Err(error) => {
                warn!(%error, "could not look for what peers may have no more");
                return;
            }
        };
        if let Err(error) = self.store.withhold(&withheld).await {
            warn!(%error, "cannot be withheld");
        }
    }
}

/// What goes: all that was of no use since a time, and of the rest what was longest of no use, until `excess` bytes have gone.
/// Results are the last of them.
fn choose(mut candidates: Vec<(Use, u64)>, since: u64, excess: u64) -> Vec<ContentId> {
    candidates.sort_by_key(|(one, _)| (one.at >= since, one.is_result, one.at));
    let mut freed = 0u64;
    let goes = candidates.into_iter().take_while(|(one, size)| {
        let goes = one.at < since || freed < excess;
        freed = freed.saturating_add(*size);
        goes
    });
    goes.map(|(one, _)| one.content).collect()
}

/// All that a manifest and its listing name, the listing last.
pub(crate) fn contents(manifest: &Manifest, listing: &Listing) -> Vec<ContentId> {
    manifest.blobs(listing).chain([manifest.listing]).map(|blob| blob.content).collect()
}

/// Seconds since 1970, as they were at the start, and as many more as have passed: setting the machine's clock changes nothing.
#[derive(Debug)]
struct Clock {
    at: u64,
    started: Instant,
}

impl Clock {
    fn start() -> Self {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        Self { at, started: Instant::now() }
    }

    fn now(&self) -> u64 {
        self.at.saturating_add(self.started.elapsed().as_secs())
    }

    /// The time before which a blob has to be of use for the last time, to go because of its age.
    fn since(&self, retention: Duration) -> u64 {
        match self.started.elapsed() < SETTLING {
            true => 0,
            false => self.now().saturating_sub(retention.as_secs()),
        }
    }
}

#[cfg(test)]
#[path = "keep_tests.rs"]
mod tests;
