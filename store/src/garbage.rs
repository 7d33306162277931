//! Deleting blobs: a run of iroh-blobs' collector when one is asked for, and never beside an import.
//!
//! iroh-blobs deletes what no tag names, in a run that it starts by the clock. Its one hook is called before each
//! run, so the hook is a gate here: it waits until somebody wants a run, takes [`Garbage::hold`]'s lock for it, and
//! gives the lock back when it is called again, which is when the run is over.

use std::{
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use iroh_blobs::store::{GcConfig, ProtectCb, ProtectOutcome};
use tokio::sync::{watch, Notify, OwnedRwLockWriteGuard, RwLock, RwLockReadGuard};
use tokio_util::sync::CancellationToken;

use crate::StoreError;

/// The pause between the end of a run and the gate.
const PAUSE: Duration = Duration::from_millis(5);

/// Asks for runs, and holds them off.
#[derive(Debug)]
pub(crate) struct Garbage {
    gate: Arc<RwLock<()>>,
    wanted: Arc<Notify>,
    runs: watch::Receiver<u64>,
    closing: CancellationToken,
}

impl Garbage {
    /// With the configuration that makes the collector of iroh-blobs obey. After `closing` there are no more runs; when
    /// the store is `abandoned`, `close` is called once, on the runtime of the store.
    pub fn new(
        closing: CancellationToken,
        abandoned: CancellationToken,
        close: impl Fn() + Send + Sync + 'static,
    ) -> (Self, GcConfig) {
        let gate = Arc::new(RwLock::new(()));
        let wanted = Arc::new(Notify::new());
        let (done, runs) = watch::channel(0);
        let garbage = Self { gate: gate.clone(), wanted: wanted.clone(), runs, closing: closing.clone() };

        let done = Arc::new(done);
        let close = Arc::new(close);
        let running: Arc<Mutex<Option<OwnedRwLockWriteGuard<()>>>> = Arc::default();
        let hook: ProtectCb = Arc::new(move |_live| {
            let (gate, wanted, done) = (gate.clone(), wanted.clone(), done.clone());
            let (closing, abandoned) = (closing.clone(), abandoned.clone());
            let (close, running) = (close.clone(), running.clone());
            Box::pin(async move {
                let finished = running.lock().unwrap_or_else(PoisonError::into_inner).take();
                if finished.is_some() {
                    done.send_modify(|runs| *runs += 1);
                }
                drop(finished);
                let may_run = async {
                    wanted.notified().await;
                    gate.write_owned().await
                };
                let guard = tokio::select! {
                    biased;
                    () = closing.cancelled() => None,
                    guard = may_run => Some(guard),
                };
                // The closer waits for the gate. A run that gets it only after that must not begin.
                let Some(guard) = guard.filter(|_| !closing.is_cancelled()) else {
                    abandoned.cancelled().await;
                    close();
                    return pending().await;
                };
                *running.lock().unwrap_or_else(PoisonError::into_inner) = Some(guard);
                ProtectOutcome::Continue
            })
        });
        (garbage, GcConfig { interval: PAUSE, add_protected: Some(hook) })
    }

    /// While this is held, no run starts: for the time between storing a blob and naming it.
    pub async fn hold(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().await
    }

    /// Asks for a run and does not wait for it.
    pub fn request(&self) {
        self.wanted.notify_one();
    }

    /// Returns when all that was unnamed before the call is deleted.
    pub async fn collect(&self) -> Result<(), StoreError> {
        let mut runs = self.runs.clone();
        // A run that is under way may have looked at the names too early. Holding the gate means that there is none.
        let before = {
            let _quiet = self.hold().await;
            *runs.borrow()
        };
        self.request();
        let run = self.closing.run_until_cancelled(runs.wait_for(|runs| *runs > before)).await;
        match run {
            Some(Ok(_)) => Ok(()),
            _ => Err(StoreError::index("the collector has stopped")),
        }
    }
}
