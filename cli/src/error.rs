//! What can go wrong, each with a hint and an exit code.

use std::{io, path::PathBuf};

use talka_client::{AccountId, Fatal, KeyError};
use talka_executor::ExecutorError;
use talka_primitives::{DealId, TaskId};
use talka_store::{FetchError, SourceError, StoreError};

/// Exit code: something went wrong.
const FAILURE: u8 = 1;
/// Exit code: the command was not well formed.
pub(crate) const USAGE: u8 = 2;

#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Client(#[from] talka_client::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    #[error("no key was named")]
    NoKey,
    /// Something typed does not mean anything.
    #[error("{message}")]
    Usage { message: String, hint: String },
    /// Something named is not on the chain.
    #[error("there is no {what}")]
    NotFound { what: String, hint: String },
    #[error("cannot {act} {what}: {cause}")]
    Io { act: &'static str, what: String, cause: io::Error },
    #[error("{0} is not over yet")]
    NotOver(TaskId),
    #[error("{failed} of {tasks} tasks of {} have no result", named(deals))]
    TasksFailed { deals: Vec<DealId>, failed: u32, tasks: u32 },
    #[error("only {bought} of {tasks} tasks were bought: {cause}")]
    NotAllBought { bought: u32, tasks: u32, cause: talka_client::Error },
    #[error("cannot read the order in {}: {why}", path.display())]
    NotAnOrder { path: PathBuf, why: String },
    #[error("the result of {task} cannot be used: {why}")]
    BadResult { task: TaskId, why: String },
    #[error("no worker of the pool offers the result of {0}")]
    NobodyServes(TaskId),
    #[error("{account} has never had to do with work")]
    NoWorker { account: AccountId },
    #[error("{account} neither stands for election nor has a seat")]
    NoValidator { account: AccountId },
    #[error("stopped following {}; this does not stop what was bought", named(.0))]
    Interrupted(Vec<DealId>),
    #[error("{} is in the way", .0.display())]
    InTheWay(PathBuf),
}

impl CliError {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn io(act: &'static str, what: impl ToString) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_string();
        move |cause| Self::Io { act, what, cause }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::NoKey | Self::Source(_) => USAGE,
            Self::Key(KeyError::Form(_) | KeyError::SecretOnCommandLine) => USAGE,
            Self::Client(talka_client::Error::Fatal(Fatal::Url(_) | Fatal::Unfit { .. })) => USAGE,
            _ => FAILURE,
        }
    }

    /// The error in one sentence, and what to do about it in another.
    pub(crate) fn explain(&self) -> (String, String) {
        let message = self.to_string();
        // The store's errors bring their hints along.
        if let Some((message, hint)) = message.split_once("; hint: ") {
            return (message.into(), hint.into());
        }
        (message, self.hint())
    }

    fn hint(&self) -> String {
        match self {
            Self::Client(error) => error.hint(),
            Self::Key(error) => error.hint(),
            Self::Usage { hint, .. } | Self::NotFound { hint, .. } => hint.clone(),
            Self::Store(_) | Self::Fetch(_) | Self::Source(_) => "see --verbose for more".into(),
            Self::Executor(error) if error.is_transient() => {
                "free some memory or disk space, and try again".into()
            }
            Self::Executor(ExecutorError::TimedOut(_)) => "give it more time with --timeout".into(),
            Self::Executor(_) => {
                "check that the app is a WASI command: a WebAssembly module with `_start`".into()
            }
            Self::NoKey => {
                "name one: --key dev:Alice (test chains), file:PATH or keystore:PATH, or set TALKA_KEY".into()
            }
            Self::Io { .. } => "check the path, its permissions, and the space on the disk".into(),
            Self::NotOver(task) => format!("follow it with `talka deal watch {}`", task.deal),
            Self::TasksFailed { deals, .. } => {
                format!("{} tells why; what they cost is yours again", each("talka deal show", deals))
            }
            Self::NotAllBought { cause, .. } => cause.hint(),
            Self::NotAnOrder { .. } => "name a file that `talka order sign` has printed".into(),
            Self::BadResult { .. } => "do not use it, and tell the pool's operator".into(),
            Self::NobodyServes(_) => {
                "try again later: workers may be restarting; they serve what they keep".into()
            }
            Self::NoWorker { .. } => "bond first, with `talka worker bond AMOUNT`".into(),
            Self::NoValidator { .. } => "bond, set session keys with `talka validator rotate-keys`, then `talka validator register STAKE`".into(),
            Self::Interrupted(deals) => format!(
                "follow with {}, and fetch results with {}",
                each("talka deal watch", deals),
                each("talka result get", deals)
            ),
            Self::InTheWay(_) => "name another directory with --out, or remove it".into(),
        }
    }
}

/// `deal 7`, or `deals 7, 8`.
fn named(deals: &[DealId]) -> String {
    let ids: Vec<_> = deals.iter().map(ToString::to_string).collect();
    let kind = if let [_] = deals { "deal" } else { "deals" };
    format!("{kind} {}", ids.join(", "))
}

/// A command for each deal.
fn each(command: &str, deals: &[DealId]) -> String {
    let commands: Vec<_> = deals.iter().map(|deal| format!("`{command} {deal}`")).collect();
    commands.join(", ")
}
