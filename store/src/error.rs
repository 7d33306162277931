//! What can go wrong: with the store itself ([`StoreError`]), and with fetching ([`FetchError`]).
//!
//! A source fails in one of two ways that have types of their own: [`Transient`] (asking again later may help) and
//! [`Fatal`] (it will not). Both are plain data, so that a caller can match on them and write them down.

use std::{
    borrow::Cow,
    fmt,
    io::{self, ErrorKind},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use talka_primitives::{id::ContentId, Hint};

use crate::{source::MAX_WEB_BYTES, PeerAddress, Source};

/// The store could not do what was asked, for a reason on this machine.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A store has its folder for itself.
    #[error("the store {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The operating system refused.
    #[error("cannot {act} {}: {cause}", .path.display())]
    Io {
        /// What was tried, as in "write".
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        cause: Arc<io::Error>,
    },
    /// The disk has no room left, or this user's part of it. What was stored before is intact and can be read.
    #[error("the disk of {} is full", .0.display())]
    DiskFull(PathBuf),
    /// With what is asked for, the store would have more than [`crate::StoreOptions::max_bytes`].
    #[error("the store is full: it has {used} of {max} bytes, and {needed} more do not fit")]
    Full {
        /// Bytes that are taken, or promised to transfers that go on.
        used: u64,
        /// Bytes that were asked for.
        needed: u64,
        /// The most bytes that the store may have.
        max: u64,
    },
    /// The folder holds something, but no index that can be read.
    #[error("cannot open the index of the store {}: {cause}", .dir.display())]
    Unreadable {
        /// The store's folder.
        dir: PathBuf,
        /// Why.
        cause: String,
    },
    /// The store's key is damaged. A new one is not made silently, as peers know the store by the old one.
    #[error("{} is not a key", .0.display())]
    BadKey(PathBuf),
    /// The address for peers is not available.
    #[error("cannot listen on {listen}: {cause}")]
    Listen {
        /// The address asked for.
        listen: SocketAddr,
        /// Why.
        cause: String,
    },
    /// A peer that was to be talked to does not answer, or not in the protocol that was asked for.
    #[error("cannot reach the peer {peer}: {cause}")]
    Peer {
        /// The peer.
        peer: PeerAddress,
        /// Why.
        cause: String,
    },
    /// `0.0.0.0` means any interface: no peer can be told to connect to it.
    #[error("peers cannot connect to {0}")]
    NothingToAdvertise(SocketAddr),
    /// The address of a web server has more bytes than can be announced.
    #[error("the address {0} has {n} bytes, the most is {MAX_WEB_BYTES}", n = .0.len())]
    LongAddress(String),
    /// No complete blob of this id is kept here.
    #[error("{0} is not in the store")]
    Missing(ContentId),
    /// What is on the disk is no longer what was stored. The store has dropped it.
    #[error("{0} was damaged on the disk and has been dropped")]
    Damaged(ContentId),
    /// The blob is larger than the caller takes.
    #[error("{id} has {size} bytes, and the limit is {limit}")]
    TooLarge {
        /// The blob.
        id: ContentId,
        /// Its bytes.
        size: u64,
        /// The caller's limit in bytes.
        limit: u64,
    },
    /// The index did not answer, or with an error.
    #[error("the index of the store failed: {0}")]
    Index(String),
    /// [`crate::Store::shutdown`] was called.
    #[error("the store was shut down")]
    Closed,
}

impl StoreError {
    /// For `map_err` on calls to the file system.
    pub(crate) fn io(act: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| match cause.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(path),
            _ => Self::Io { act, path, cause: Arc::new(cause) },
        }
    }

    /// For `map_err` on calls to the index.
    pub(crate) fn index(cause: impl fmt::Display) -> Self {
        Self::Index(format!("{cause:#}"))
    }
}

impl Hint for StoreError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::InUse(_) => "stop that process, or choose another folder",
            Self::Io { .. } => "check the path and its permissions",
            Self::DiskFull(_) => {
                "free some space on it: what was stored before is intact, and goes on being served"
            }
            Self::Full { .. } => "remove blobs that are not needed, or allow the store more bytes",
            Self::Peer { .. } => "see whether it runs, and listens at that address",
            Self::Unreadable { .. } => {
                "if it is damaged, move the folder away: what others hold can be fetched again"
            }
            Self::BadKey(_) => "bring back the file, or delete it and announce the store's new address",
            Self::Listen { .. } => "choose another port, or 0 for any free one",
            Self::NothingToAdvertise(_) => "choose another address to advertise",
            Self::LongAddress(_) => "announce a shorter one",
            Self::Missing(_) => "fetch it first",
            Self::Damaged(_) => "fetch it again",
            Self::TooLarge { .. } => "raise the limit if you want it all the same",
            Self::Index(_) => "see whether the disk is full or damaged, and start again",
            Self::Closed => "open the store again",
        }
        .into()
    }
}

/// A blob could not be fetched.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// No source gave it. With one failure for each source, in the order in which they were tried.
    #[error("cannot fetch {id}: {}", list(.failures))]
    Sources {
        /// The blob.
        id: ContentId,
        /// What each source did.
        failures: Vec<SourceFailure>,
    },
    /// The caller's time was over first. What arrived is kept, and the next fetch goes on from there.
    #[error("{id} did not arrive in time{}", tried(.failures))]
    Late {
        /// The blob.
        id: ContentId,
        /// The sources that had failed until then.
        failures: Vec<SourceFailure>,
    },
    /// This machine is the reason, not a source.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FetchError {
    /// Whether the same call may succeed later: time was short, or at least one source failed in a way that passes.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Sources { failures, .. } => {
                failures.iter().any(|failure| matches!(failure.why, Failure::Transient(_)))
            }
            Self::Late { .. } => true,
            Self::Store(_) => false,
        }
    }
}

impl Hint for FetchError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Sources { .. } if self.is_transient() => "try again later, or add a source".into(),
            Self::Sources { .. } => "name another source".into(),
            Self::Late { .. } => "try again with more time, or add a source".into(),
            Self::Store(error) => error.hint(),
        }
    }
}

fn tried(failures: &[SourceFailure]) -> String {
    if failures.is_empty() {
        return String::new();
    }
    format!(" ({})", list(failures))
}

fn list(failures: &[SourceFailure]) -> String {
    if failures.is_empty() {
        return "it is not here, and no source is known".into();
    }
    failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Why one source did not give a blob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {why}")]
pub struct SourceFailure {
    /// The source.
    pub at: Source,
    /// What happened there.
    pub why: Failure,
}

/// A source's failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may pass.
    #[error(transparent)]
    Transient(#[from] Transient),
    /// It will not pass by itself.
    #[error(transparent)]
    Fatal(#[from] Fatal),
}

/// A failure that may pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Transient {
    /// Nobody answered there.
    #[error("unreachable ({0})")]
    Unreachable(String),
    /// Too little arrived for this long.
    #[error("stalled for {} s", .0.as_secs_f32())]
    Stalled(Duration),
    /// What arrives is too little on average for the caller to have it all in time.
    #[error("slower than {0} bytes a second")]
    Slow(u64),
    /// The transfer broke off. What arrived is kept, and the next fetch goes on from there.
    #[error("interrupted ({0})")]
    Interrupted(String),
    /// The source says that it can't answer now.
    #[error("busy ({0})")]
    Busy(String),
}

/// A failure that will not pass by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// The source answers, and does not have the blob.
    #[error("not found")]
    NotFound,
    /// The source offers or sends more than the caller's limit.
    #[error("too large: {}more than the limit of {limit} bytes", size.map(|size| format!("{size} bytes, ")).unwrap_or_default())]
    TooLarge {
        /// What the source says the size is, where it says so.
        size: Option<u64>,
        /// The caller's limit in bytes.
        limit: u64,
    },
    /// The source sends something else than the id asks for.
    #[error("wrong content")]
    WrongContent,
    /// The source, or the rules of this store, don't allow it.
    #[error("refused ({0})")]
    Refused(String),
}

/// How an attempt at one source ends without the blob.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The source's fault: the next source has its turn.
    Source(Failure),
    /// What an earlier attempt left behind is no good: drop it, and try the source once more.
    Stale,
    /// This machine's fault: no source can help.
    Store(StoreError),
}

impl From<Transient> for Stop {
    fn from(why: Transient) -> Self {
        Self::Source(why.into())
    }
}

impl From<Fatal> for Stop {
    fn from(why: Fatal) -> Self {
        Self::Source(why.into())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// An error with all its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
