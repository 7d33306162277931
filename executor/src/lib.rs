#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod error;
mod job;
mod output;
mod progress;
mod wasm;

pub use error::{ExecutorError, FatalError, TransientError};
pub use job::{Cancel, Execution, Job, Limits};
pub use output::{FILES, LISTING, MANIFEST, STDERR, STDOUT};
pub use progress::Progress;
pub use wasm::{compile_if_asked, memory_needed, Finding, WasmExecutor, COMPILER_MEMORY, MODULES_MEMORY};

/// Runs tasks of one class of apps.
///
/// A call of [`Executor::run`] takes its time; tasks may run side by side, from several threads.
pub trait Executor: Send + Sync {
    /// Runs `job` to its end and leaves the result in [`Job::out_dir`].
    ///
    /// # Errors
    ///
    /// Problems of the host alone. Whatever is wrong with the app is a result.
    fn run(&self, job: &Job, cancel: &Cancel) -> Result<Execution, ExecutorError>;
}
