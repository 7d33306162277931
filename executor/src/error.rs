//! What can be wrong with the host.

use std::{borrow::Cow, io, path::PathBuf, time::Duration};

use talka_primitives::Hint;

/// Why a task has no result. An app that fails *has* one: see [`ExitStatus`](talka_primitives::manifest::ExitStatus).
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// The watchdog fired. On a faster machine the task may well end.
    #[error("the task did not end within {0:?}")]
    TimedOut(Duration),
    /// The caller cancelled the task.
    #[error("the task was cancelled")]
    Cancelled,
    /// May go away when tried again.
    #[error(transparent)]
    Transient(#[from] TransientError),
    /// Will be the same when tried again on this machine.
    #[error(transparent)]
    Fatal(#[from] FatalError),
}

/// A problem of the host that may pass.
#[derive(Debug, thiserror::Error)]
pub enum TransientError {
    /// A file or directory could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The host has not got the memory that the task's limits promise to the app.
    #[error("out of memory")]
    OutOfMemory,
    /// The thread that compiles the app could not be started.
    #[error("no thread for the compiler: {0}")]
    Thread(#[source] io::Error),
}

/// A problem of the host that will not pass.
#[derive(Debug, thiserror::Error)]
pub enum FatalError {
    /// This machine cannot run WebAssembly.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    /// The compiler refuses a module that is valid.
    #[error("the module is valid, but does not compile: {0}")]
    Compile(String),
    /// The app was stopped by something other than the rules of the sandbox.
    #[error("the app was stopped by the host: {0}")]
    Runtime(String),
}

impl ExecutorError {
    /// Whether it makes sense to run the task once more on this machine.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_))
    }
}

impl Hint for ExecutorError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::TimedOut(_) => "allow it more time, or use a faster machine".into(),
            Self::Cancelled => "start it again if its result is still wanted".into(),
            Self::Transient(error) => error.hint(),
            Self::Fatal(error) => error.hint(),
        }
    }
}

impl Hint for TransientError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Io { .. } => "check the path, its permissions, and the space on the disk",
            Self::OutOfMemory | Self::Thread(_) => "stop other programs, and try again",
        }
        .into()
    }
}

impl Hint for FatalError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Engine(_) => "try another machine; if it persists, report this",
            Self::Compile(_) => "report this, with the app",
            Self::Runtime(_) => "report this, with the app and its arguments",
        }
        .into()
    }
}

/// For `map_err`: an I/O error and what it was about.
pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> ExecutorError {
    move |source| TransientError::Io { path: path.into(), source }.into()
}
