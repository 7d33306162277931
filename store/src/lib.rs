//! Content-addressed blobs: kept on this machine, fetched from peers, from web servers and from files.
//!
//! # Role
//!
//! Apps, datasets and results are too large for the chain, which holds only their [`ContentId`]: the BLAKE3-256 hash
//! of the bytes. A store gets a blob by this id from wherever it is, and offers it to others. It knows no chain.
//!
//! # Entry points
//!
//! [`Store::open`] a folder; [`Store::add_file`] and [`Store::add_bytes`] put blobs in, [`Store::fetch`] gets them from
//! [`Source`]s; [`Store::read`], [`Store::export`] and [`Store::link`] take them out; [`Store::address`] is the source to
//! announce to others.
//!
//! # Contract
//!
//! 1. **Only the right bytes.** A blob is seen by readers when every byte of it has been verified against its id, and
//!    has been written through to the disk. Reading verifies again.
//! 2. **No more than asked for.** [`Store::fetch`] never stores more than its limit, whatever a source says or sends.
//! 3. **Nothing twice.** An interrupted transfer goes on where it stopped, also after a restart. Callers who want the
//!    same blob share one transfer.
//! 4. **No waiting for ever.** A source that does not answer, or only drips, is left for the next.
//! 5. **One process.** A folder belongs to one open store at a time.
//!
//! What is *not* here: secrecy (whoever knows an id and the address of a store can read the blob), discovery (a source
//! says where to look), and quotas (who adds, removes).
//!
//! # When modifying
//!
//! * Stores of other versions are out there: the protocol between peers, the form of a [`Source`] (text on the chain) and the layout of the
//!   folder (`folder.rs`) must stay readable, or a release has to say how to go on.
//! * Another kind of source comes with a limit, a timeout, and the question what it lets a stranger reach: see
//!   [`StoreOptions::allow_private_http`].
//! * What is fetched is verified before it can be read: every new way goes through the same check.

#![deny(missing_docs)]

mod error;
mod fetch;
mod file;
mod folder;
mod garbage;
mod http;
mod local;
mod pace;
mod peer;
mod private;
mod source;
mod spool;

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
pub use talka_primitives::id::ContentId;

pub use crate::{
    error::{Failure, Fatal, FetchError, SourceFailure, StoreError, Transient},
    source::{FileUrl, HttpUrl, PeerAddress, Source, SourceError, MAX_SOURCE_BYTES},
};
use crate::{
    fetch::{Transfers, Ways},
    folder::Folder,
    http::Http,
    local::Local,
    peer::Peer,
};

/// How to open a [`Store`].
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The folder. It is made if it does not exist, and must not be shared with anything else.
    pub dir: PathBuf,
    /// Where peers connect to (UDP). On the loopback address, which is the default, only stores of this machine can,
    /// and only they can be fetched from. Port 0 is any free port; choose one so that the address survives restarts.
    pub listen: SocketAddr,
    /// What to tell peers to connect to, if it is not `listen`: behind a router, or when listening on all
    /// interfaces. Port 0 stands for the port that is listened on.
    pub advertise: Option<SocketAddr>,
    /// Whether to fetch from `file://` sources. Off by default: the path comes from a stranger.
    pub allow_files: bool,
    /// Whether to fetch from web servers in private networks and on this machine. Off by default: the address comes
    /// from a stranger, who could reach through this machine what only this machine can reach.
    pub allow_private_http: bool,
    /// How long to wait for a source to answer. 10 s by default.
    pub connect_timeout: Duration,
    /// How long a source may take for each 16 KiB, the first included. 30 s by default.
    pub stall_timeout: Duration,
}

impl StoreOptions {
    /// A store for this machine alone, in `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            advertise: None,
            allow_files: false,
            allow_private_http: false,
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
        }
    }
}

/// A blob in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its id.
    pub content: ContentId,
    /// Its bytes.
    pub size: u64,
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are here. Falls when a source with nothing to go on from takes over.
    pub have: u64,
    /// Bytes in all, as far as the source says.
    pub total: Option<u64>,
}

/// A folder of blobs and a peer that serves them. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    ways: Arc<Ways>,
    transfers: Arc<Transfers>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("address", &self.address().to_string()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the folder, and serves its blobs to peers from then on.
    ///
    /// Needs a tokio runtime with I/O and time, and ends with [`Store::shutdown`]. Where that is not called, the
    /// folder is free again a moment after the last clone is dropped.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`], [`StoreError::Unreadable`], [`StoreError::BadKey`], [`StoreError::Listen`],
    /// [`StoreError::NothingToAdvertise`], [`StoreError::Io`].
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let folder = Folder::open(&options.dir)?;
        let key = folder.identity()?;
        let local = Local::open(folder).await?;
        let StoreOptions { listen, advertise, connect_timeout, stall_timeout, .. } = options;
        let peer = match Peer::start(&local, key, listen, advertise, connect_timeout, stall_timeout).await {
            Ok(peer) => peer,
            Err(error) => {
                local.close().await;
                return Err(error);
            }
        };
        let http = Http::new(options.allow_private_http, connect_timeout, stall_timeout);
        let ways = Ways { local, peer, http, allow_files: options.allow_files };
        Ok(Self { ways: Arc::new(ways), transfers: Arc::default() })
    }

    /// The source under which peers get this store's blobs. The same after a restart if the port is.
    pub fn address(&self) -> Source {
        Source::Peer(self.ways.peer.address())
    }

    /// Stores a copy of the file.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] if it can't be read, [`StoreError::Index`] if it can't be written.
    pub async fn add_file(&self, path: impl AsRef<Path>) -> Result<Blob, StoreError> {
        self.ways.local.add_file(path.as_ref()).await
    }

    /// Stores the bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Index`] if they can't be written.
    pub async fn add_bytes(&self, bytes: impl Into<Bytes>) -> Result<Blob, StoreError> {
        self.ways.local.add_bytes(bytes.into()).await
    }

    /// Whether the whole blob is here.
    ///
    /// # Errors
    ///
    /// [`StoreError::Index`].
    pub async fn contains(&self, id: ContentId) -> Result<bool, StoreError> {
        Ok(self.size(id).await?.is_some())
    }

    /// The size of a blob in bytes, if the whole of it is here.
    ///
    /// # Errors
    ///
    /// [`StoreError::Index`].
    pub async fn size(&self, id: ContentId) -> Result<Option<u64>, StoreError> {
        self.ways.local.size(id).await
    }

    /// All blobs that are here as a whole, in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`StoreError::Index`].
    pub async fn list(&self) -> Result<Vec<ContentId>, StoreError> {
        self.ways.local.list().await
    }

    /// The bytes of a blob of at most `limit` bytes, verified.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`], [`StoreError::TooLarge`], [`StoreError::Damaged`], [`StoreError::Io`].
    pub async fn read(&self, id: ContentId, limit: u64) -> Result<Bytes, StoreError> {
        self.ways.local.read(id, limit).await
    }

    /// Writes a verified copy of the blob to `target`. The file appears with all its bytes or not at all, and
    /// replaces what was there. Its folder must exist. Returns the size in bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`], [`StoreError::Damaged`], [`StoreError::Io`].
    pub async fn export(&self, id: ContentId, target: impl AsRef<Path>) -> Result<u64, StoreError> {
        self.ways.local.export(id, target.as_ref()).await
    }

    /// Like [`Store::export`], but at no cost for a large blob where the file system can do it: `target` becomes
    /// another name of the store's own file. **Nobody may write to it.** The blob is verified when it is linked for
    /// the first time since the store was opened. Removing the file, or the blob, leaves the other alone.
    ///
    /// # Errors
    ///
    /// As [`Store::export`].
    pub async fn link(&self, id: ContentId, target: impl AsRef<Path>) -> Result<u64, StoreError> {
        self.ways.local.link(id, target.as_ref()).await
    }

    /// Gets the blob from the first of the sources that has it, unless it is here. Calls `progress` at most once for
    /// each piece that arrives.
    ///
    /// No blob of more than `limit` bytes is accepted. Dropping the future stops the transfer, unless others wait for
    /// it too; what has arrived is kept for a day, and the next call goes on from there.
    ///
    /// # Errors
    ///
    /// [`FetchError::Sources`] tells for each source why it failed; [`FetchError::Store`] if this machine is the reason.
    pub async fn fetch(
        &self,
        id: ContentId,
        sources: &[Source],
        limit: u64,
        progress: impl FnMut(Progress),
    ) -> Result<(), FetchError> {
        self.transfers.fetch(&self.ways, id, sources, limit, progress).await
    }

    /// Forgets the blobs, as far as they are here, and frees their space. One call looks through all that is stored,
    /// so name many at once where there are many. What is being fetched right now is left
    /// alone.
    ///
    /// # Errors
    ///
    /// [`StoreError::Index`], [`StoreError::Io`].
    pub async fn remove(&self, ids: &[ContentId]) -> Result<(), StoreError> {
        for id in ids.iter().filter(|id| !self.transfers.is_running(**id)) {
            spool::discard(self.ways.local.layout().incoming(*id)).await?;
        }
        self.ways.local.remove(ids).await
    }

    /// Bytes of blobs sent to peers since the store was opened, in transfers that have ended.
    pub fn served_bytes(&self) -> u64 {
        self.ways.peer.served()
    }

    /// Ends all transfers, closes the folder and lets another process open it. All later calls fail with
    /// [`StoreError::Closed`].
    pub async fn shutdown(&self) {
        // With the peer the index closes, too.
        self.ways.local.settle().await;
        self.ways.peer.shutdown().await;
        self.ways.local.close().await;
    }
}
