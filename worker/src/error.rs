//! Why the worker does not start, or stops.

use std::{
    borrow::Cow,
    io,
    path::{Path, PathBuf},
};

use talka_client::{AccountId, KeyError};
use talka_primitives::{Hint, PoolId, Score};
use talka_store::StoreError;

use crate::journal::JournalError;

/// Why the worker does not start, or stops. Problems that pass are not among them: they are waited for.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The chain, or the way to it.
    #[error(transparent)]
    Client(#[from] talka_client::Error),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store of blobs.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state that survives.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another worker has the base path.
    #[error("another worker uses {}", .0.display())]
    InUse(PathBuf),
    /// The account is online, and not from this base path.
    #[error("{account} is online at {peer}, which is not this worker")]
    Elsewhere {
        /// The account.
        account: AccountId,
        /// The address on chain.
        peer: String,
    },
    /// Another worker with the same key went online.
    #[error("another worker with the same key has gone online in place of this one")]
    TakenOver,
    /// The account belongs to no pool.
    #[error("{0} has joined no pool")]
    NotAMember(AccountId),
    /// The bond is too small for the pool.
    #[error("the bond of {account} is {bond} TLK, and pool {pool} asks for {min}")]
    BondTooSmall {
        /// The worker.
        account: AccountId,
        /// Its bond.
        bond: talka_client::Tlk,
        /// Its pool.
        pool: PoolId,
        /// What the pool asks for.
        min: talka_client::Tlk,
    },
    /// The score is too low for the pool.
    #[error("the score of {account} is {score}, and pool {pool} asks for {min}")]
    ScoreTooLow {
        /// The worker.
        account: AccountId,
        /// Its score.
        score: Score,
        /// Its pool.
        pool: PoolId,
        /// What the pool asks for.
        min: Score,
    },
    /// The metrics cannot be served.
    #[error("the metrics cannot be served: {0}")]
    Metrics(String),
    /// The system refuses something.
    #[error("cannot {act} {}: {cause}", path.display())]
    Io {
        /// What was tried.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A check of the machine found what costs stake.
    #[error("{0} of the checks failed")]
    Unwell(usize),
    /// The time to finish open tasks was over.
    #[error("stopped with {0} open tasks")]
    Unfinished(usize),
}

impl WorkerError {
    pub(crate) fn io(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { act, path, cause }
    }
}

impl Hint for WorkerError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Client(error) => error.hint(),
            Self::Key(error) => error.hint(),
            Self::Journal(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::InUse(_) => "stop it, or name another --base-path: each worker has its own".into(),
            Self::Elsewhere { .. } => {
                "two workers with one key lose stake: stop the other one, or start this one with its --base-path; \
                 where that is lost, add --take-over"
                    .into()
            }
            Self::TakenOver => {
                "two workers with one key lose stake: give each an account of its own, and start this one again only \
                 when the other is stopped"
                    .into()
            }
            Self::NotAMember(_) => {
                "see `talka pool list`, then `talka worker bond AMOUNT` and `talka worker join POOL`".into()
            }
            Self::BondTooSmall { .. } => "add to it with `talka worker bond AMOUNT`".into(),
            Self::ScoreTooLow { .. } => {
                "leave with `talka worker leave`, and work for another pool first".into()
            }
            Self::Metrics(_) => "name another --prometheus-port".into(),
            Self::Io { .. } => "check the path, its permissions, and the space on the disk".into(),
            Self::Unwell(_) => "see the lines above that begin with FAIL".into(),
            Self::Unfinished(_) => {
                "start the worker again before their deadlines: results are kept and will be revealed".into()
            }
        }
    }
}
