//! What others see of a task while it runs.

use std::{
    fmt,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex, MutexGuard, PoisonError,
    },
};

use talka_primitives::manifest::MAX_STDERR_BYTES;

/// What is kept of standard error, in bytes.
const KEPT: usize = MAX_STDERR_BYTES as usize;

/// Shows a running task to other threads. A clone shows the same task. The task itself sees nothing of it.
///
/// It begins again with each run, so each task that runs at the same time needs one of its own.
#[derive(Clone, Default)]
pub struct Progress(Arc<Shown>);

#[derive(Default)]
struct Shown {
    fuel_used: AtomicU64,
    messages: Mutex<Tail>,
}

impl Progress {
    /// The progress of a task that has not started.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fuel that the task has used, in the sandbox's units: exact at its last system call, and otherwise up to some
    /// milliseconds old.
    pub fn fuel_used(&self) -> u64 {
        self.0.fuel_used.load(Ordering::Relaxed)
    }

    /// What the task has written to standard error since the offset `from`, in bytes from its start, and the offset of
    /// what it will write next. Only the end of standard error is kept ([`MAX_STDERR_BYTES`]); what came before is left out.
    pub fn messages(&self, from: u64) -> (u64, Vec<u8>) {
        let tail = self.tail();
        let kept = tail.kept();
        let start = tail.end - kept.len() as u64;
        let skipped = from.saturating_sub(start).min(kept.len() as u64);
        (tail.end, kept[skipped as usize..].to_vec())
    }

    /// Begins again.
    pub(crate) fn start(&self) {
        self.set_fuel(0);
        *self.tail() = Tail::default();
    }

    pub(crate) fn set_fuel(&self, used: u64) {
        self.0.fuel_used.store(used, Ordering::Relaxed);
    }

    pub(crate) fn add_fuel(&self, used: u64) {
        self.0.fuel_used.fetch_add(used, Ordering::Relaxed);
    }

    pub(crate) fn write(&self, message: &[u8]) {
        self.tail().write(message);
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.0.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("fuel_used", &self.fuel_used()).finish_non_exhaustive()
    }
}

/// The end of a stream.
#[derive(Default)]
pub(crate) struct Tail {
    bytes: Vec<u8>,
    /// Length of the stream so far.
    end: u64,
}

impl Tail {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.end = self.end.saturating_add(bytes.len() as u64);
        self.bytes.extend_from_slice(&bytes[bytes.len().saturating_sub(KEPT)..]);
        if self.bytes.len() > 2 * KEPT {
            self.bytes.drain(..self.bytes.len() - KEPT);
        }
    }

    pub(crate) fn kept(&self) -> &[u8] {
        &self.bytes[self.bytes.len().saturating_sub(KEPT)..]
    }
}
