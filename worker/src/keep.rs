//! What stays in the store, and for how long.
//!
//! Apps and data are kept as long as they are in use, results as long as somebody may fetch them: a time after the
//! last use. What has no mark, or an old one, goes.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use codec::Decode as _;
use talka_primitives::{
    manifest::{Manifest, MAX_MANIFEST_BYTES},
    ContentId, Digest,
};
use talka_store::Store;
use tokio::{
    sync::{RwLock, RwLockReadGuard},
    time::{interval, MissedTickBehavior},
};
use tracing::{debug, info, warn};

use crate::{error::WorkerError, journal::Journal};

/// How often to look for blobs that can go.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

pub(crate) struct Keeper {
    store: Store,
    journal: Arc<Journal>,
    retention: Duration,
    /// Held for reading by whoever adds blobs or counts on them, for writing while some are removed.
    gate: RwLock<()>,
}

impl Keeper {
    pub(crate) fn new(store: Store, journal: Arc<Journal>, retention: Duration) -> Self {
        Self { store, journal, retention, gate: RwLock::new(()) }
    }

    /// Keep these from now on. While the guard lives nothing is removed: take it before they are looked for.
    pub(crate) async fn keep(&self, blobs: &[ContentId]) -> Result<RwLockReadGuard<'_, ()>, WorkerError> {
        let guard = self.gate.read().await;
        self.journal.mark(blobs, now())?;
        Ok(guard)
    }

    /// Remove what nobody needs, from time to time.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.sweep(now()).await {
                Ok(0) => {}
                Ok(removed) => info!(removed, "forgot old blobs"),
                Err(error) => warn!(%error, "could not look for old blobs"),
            }
        }
    }

    async fn sweep(&self, now: u64) -> Result<usize, WorkerError> {
        // Whoever fetches a large dataset must not be waited for, and nobody wait behind it: later, then.
        let Ok(_alone) = self.gate.try_write() else { return Ok(0) };
        for record in self.journal.load()? {
            self.journal.mark(&self.named_by(record.digest).await?, now)?;
        }
        let since = now.saturating_sub(self.retention.as_secs());
        let unused = self.journal.unused(self.store.list().await?, since)?;
        self.store.remove(&unused).await?;
        self.journal.unmark(&unused)?;
        Ok(unused.len())
    }

    /// A manifest and all that it names.
    async fn named_by(&self, digest: Digest) -> Result<Vec<ContentId>, WorkerError> {
        let address = ContentId(digest.0);
        let bytes = match self.store.read(address, MAX_MANIFEST_BYTES).await {
            Ok(bytes) => bytes,
            Err(error) => {
                debug!(%digest, %error, "a manifest cannot be read");
                return Ok(vec![address]);
            }
        };
        let named = Manifest::decode(&mut &bytes[..]).map(|manifest| contents(&manifest)).unwrap_or_default();
        Ok([vec![address], named].concat())
    }
}

/// All that a manifest names.
pub(crate) fn contents(manifest: &Manifest) -> Vec<ContentId> {
    manifest.blobs().map(|blob| blob.content).collect()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::{Record, Terms};
    use codec::Encode as _;
    use talka_client::AccountId;
    use talka_primitives::{
        manifest::{Blob, ExitStatus, OutputFile, WASM_ABI},
        DealId, TaskId,
    };
    use talka_store::StoreOptions;

    const DAY: u64 = 24 * 60 * 60;

    async fn keeper(dir: &std::path::Path) -> Keeper {
        let store = Store::open(StoreOptions::new(dir.join("store"))).await.unwrap();
        let journal = Journal::open(&dir.join("journal"), [1; 32].into(), AccountId::from([1; 32])).unwrap();
        Keeper::new(store, Arc::new(journal), Duration::from_secs(DAY))
    }

    async fn add(keeper: &Keeper, bytes: &'static [u8]) -> Blob {
        let blob = keeper.store.add_bytes(bytes).await.unwrap();
        Blob { size: blob.size, content: blob.content }
    }

    #[tokio::test]
    async fn removes_what_was_not_of_use_for_long() {
        let dir = tempfile::tempdir().unwrap();
        let keeper = keeper(dir.path()).await;
        let [stray, used] = [add(&keeper, b"stray").await.content, add(&keeper, b"used").await.content];
        drop(keeper.keep(&[used]).await.unwrap());
        assert_eq!(keeper.sweep(now()).await.unwrap(), 1);
        assert_eq!(keeper.store.list().await.unwrap(), [used]);
        assert!(!keeper.store.contains(stray).await.unwrap());
        assert_eq!(keeper.sweep(now() + 2 * DAY).await.unwrap(), 1);
        assert_eq!(keeper.store.list().await.unwrap(), []);
        keeper.store.shutdown().await;
    }

    #[tokio::test]
    async fn keeps_the_results_of_open_tasks_however_old() {
        let dir = tempfile::tempdir().unwrap();
        let keeper = keeper(dir.path()).await;
        let (file, stdout) = (add(&keeper, b"file").await, add(&keeper, b"stdout").await);
        let manifest = Manifest {
            abi: WASM_ABI,
            status: ExitStatus::Exited(0),
            fuel_used: 0,
            memory_used: 0,
            fingerprint: [0; 32],
            files: vec![OutputFile { path: "a".into(), blob: file }],
            empty_directories: Vec::new(),
            stdout,
            stderr: stdout,
        };
        keeper.store.add_bytes(manifest.encode()).await.unwrap();
        let task = TaskId { deal: DealId(1), index: 0 };
        let record = Record { task, terms: Terms([0; 32]), digest: manifest.digest(), deadline: 9 };
        keeper.journal.persist(&record).unwrap();
        assert_eq!(keeper.sweep(now() + 9 * DAY).await.unwrap(), 0);
        // Once it is over, they stay for as long as results do.
        keeper.journal.forget(task).unwrap();
        assert_eq!(keeper.sweep(now() + 10 * DAY).await.unwrap(), 0);
        assert_eq!(keeper.sweep(now() + 11 * DAY).await.unwrap(), 3);
        keeper.store.shutdown().await;
    }

    #[tokio::test]
    async fn waits_while_somebody_counts_on_blobs() {
        let dir = tempfile::tempdir().unwrap();
        let keeper = keeper(dir.path()).await;
        let blob = add(&keeper, b"blob").await.content;
        let guard = keeper.keep(&[]).await.unwrap();
        assert_eq!(keeper.sweep(now() + 9 * DAY).await.unwrap(), 0);
        drop(guard);
        assert_eq!(keeper.sweep(now() + 9 * DAY).await.unwrap(), 1);
        assert!(!keeper.store.contains(blob).await.unwrap());
        keeper.store.shutdown().await;
    }
}
