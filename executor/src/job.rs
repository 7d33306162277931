//! What to run, and what came of it.

use std::{
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::Duration,
};

use talka_primitives::{
    id::{ContentId, TaskId},
    manifest::{Listing, Manifest},
};

use crate::progress::Progress;

/// One task, with everything fetched and verified: the executor trusts the files it is given to be the right ones.
#[derive(Clone, Debug)]
pub struct Job {
    /// The task. Seeds the random numbers that the app sees.
    pub task: TaskId,
    /// Number of tasks in the bag.
    pub task_count: u32,
    /// The app's artefact.
    pub module: PathBuf,
    /// Its content, if that is known: the file is then read only when it was not compiled before.
    pub content: Option<ContentId>,
    /// Arguments of the app, after its name.
    pub arguments: Vec<String>,
    /// Standard input.
    pub stdin: Vec<u8>,
    /// The dataset, if the task has one. It must not change while the task runs.
    pub dataset: Option<PathBuf>,
    /// What the app may use.
    pub limits: Limits,
    /// Where to leave the result: see [`Execution`]. Its parent directory must exist. An earlier result is replaced.
    pub out_dir: PathBuf,
    /// Shows to others how far the task is.
    pub progress: Progress,
}

/// What an app may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fuel, in the sandbox's units. Running out of it is a result.
    pub fuel: u64,
    /// Linear memory, in bytes. More is refused to the app, and the refusal is part of what it computes.
    pub memory_bytes: u64,
    /// Files in `/out` and `/tmp` and standard output together, in bytes. Going beyond it is a result.
    pub output_bytes: u64,
    /// Time of the task on this machine, with that to compile its app where it is new. Going beyond it is an error, never
    /// a result.
    pub wall_clock: Duration,
}

/// A task that was run. `out_dir` has, all at once or not at all:
///
/// * `files/…`: what the app left in `/out`,
/// * `stdout`: its standard output,
/// * `stderr`: the end of its standard error,
/// * `listing.scale`: the encoded listing of `files`, which the manifest names,
/// * `manifest.scale`: the encoded manifest, of which the digest is the hash.
///
/// Nothing is flushed to the disk: after a power cut verify the files against the digest, or run the task again.
#[derive(Clone, Debug)]
pub struct Execution {
    /// What the app produced.
    pub manifest: Manifest,
    /// The files and empty directories that it left in `/out`, as the manifest names them.
    pub listing: Listing,
    /// The end of standard error: at most
    /// [`MAX_STDERR_BYTES`](talka_primitives::manifest::MAX_STDERR_BYTES).
    pub stderr: Vec<u8>,
    /// Time that it took on this machine, once its app was compiled.
    pub elapsed: Duration,
}

/// Stops a task from another thread.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops, soon, all tasks that were given this token or a clone of it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
