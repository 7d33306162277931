//! Content-addressed blobs: kept on this machine, fetched from peers, from web servers and from files.
//!
//! # Role
//!
//! Apps, datasets and results are too large for the chain, which holds only their [`ContentId`]: the BLAKE3-256 hash
//! of the bytes. A store gets a blob by this id from wherever it is, and offers it to others. It knows no chain.
//!
//! # Entry points
//!
//! [`Store::open`] a folder; [`Store::add_file`], [`Store::add_bytes`] and [`Store::add_result`] put blobs in,
//! [`Store::fetch`] gets them from [`Source`]s; [`Store::read`], [`Store::export`] and [`Store::link`] take them out.
//! [`Store::serve`] lets peers have them, and browsers where [`StoreOptions::web`] says so; [`Store::announcement`] is what to announce to
//! others.
//!
//! # Contract
//!
//! 1. **Only the right bytes.** A blob is seen by readers when every byte of it has been verified against its id, and
//!    has been written through to the disk. Reading and linking verify again.
//! 2. **No more than asked for.** [`Store::fetch`] never stores more than its limit, whatever a source says or sends, and
//!    the store never takes more than [`StoreOptions::max_bytes`].
//! 3. **Nothing twice.** An interrupted transfer goes on where it stopped, also after a restart. Callers who want the
//!    same blob from the same sources share one transfer.
//! 4. **No waiting for ever, and for no stranger.** A source that does not answer, only drips, or is too slow for the
//!    caller is left for the next. A caller with other sources does not wait for somebody else's.
//! 5. **Peers get what is served, and no more than their share.** Of anything else they cannot even tell whether it is here.
//! 6. **A full disk costs nothing that is here.** It is an error of its own, and the store goes on reading and serving.
//! 7. **One process.** A folder belongs to one open store at a time.
//!
//! What is *not* here: secrecy of what is served (everybody who knows its id and the address of the store can read it),
//! discovery (a source says where to look), and the choice of what goes when the store is full (who adds, removes).
//!
//! # When modifying
//!
//! * Stores of other versions are out there: the protocol between peers, the form of a [`Source`] (text on the chain) and the layout of the
//!   folder (`folder.rs`) must stay readable, or a release has to say how to go on.
//! * Another kind of source comes with a limit, a timeout, and the question what it lets a stranger reach: see
//!   [`StoreOptions::allow_private_http`].
//! * What is fetched is verified before it can be read: every new way goes through the same check.
//! * Whatever a stranger can make this store do has a limit in `door.rs` (peers and browsers), `hosts.rs` (servers of others) or
//!   `space.rs` (the disk).

#![deny(missing_docs)]

mod door;
mod error;
mod fetch;
mod file;
mod folder;
mod garbage;
mod hosts;
mod http;
mod local;
mod pace;
mod peer;
mod private;
mod serve;
mod shelf;
mod source;
mod space;
mod spool;
mod web;

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
/// For [`StoreOptions::protocols`] and [`Store::connect`].
pub use iroh;
use iroh::protocol::DynProtocolHandler;
pub use talka_primitives::id::ContentId;

pub use crate::{
    error::{Failure, Fatal, FetchError, SourceFailure, StoreError, Transient},
    source::{FileUrl, HttpUrl, PeerAddress, Source, SourceError, MAX_SOURCE_BYTES, MAX_WEB_BYTES},
};
use crate::{
    fetch::{Transfers, Ways},
    file::Files,
    folder::Folder,
    http::Http,
    local::Local,
    peer::Peer,
    web::Web,
};

/// The least that a source has to send where the caller says nothing else: 64 KiB a second, on average.
pub const MIN_RATE: u64 = 64 * 1024;

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
    /// Whether peers may have every blob that is here, not only those that [`Store::serve`] has marked. Off by default:
    /// what was fetched may be somebody's who does not want it passed on.
    pub serve_all: bool,
    /// How much peers can use of this machine.
    pub limits: PeerLimits,
    /// The most bytes that the store may take on the disk, parts of blobs included. No limit by default. A blob from a web
    /// server or a file needs twice its size while it is taken in.
    pub max_bytes: Option<u64>,
    /// Where browsers get the same blobs as peers do, over HTTP. Nowhere by default.
    pub web: Option<WebOptions>,
    /// Protocols that peers may speak beside the store's own, with the names under which they ask for them (ALPN).
    /// Their connections count for `limits`.
    pub protocols: Vec<(Vec<u8>, Arc<dyn DynProtocolHandler>)>,
}

/// Where blobs are served over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOptions {
    /// The address to listen on (TCP). On the loopback address only programs of this machine can, a web server with TLS, say; limits
    /// for each address do not hold there. Port 0 is any free port.
    pub listen: SocketAddr,
    /// What to tell others, if it is not `http://` and `listen`: at most [`MAX_WEB_BYTES`].
    pub advertise: Option<HttpUrl>,
}

/// How much all peers together, and each by itself, can use of this machine. Addresses of IPv6 count as one if their
/// first 64 bits are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerLimits {
    /// Connections in all. 256 by default.
    pub connections: usize,
    /// Connections from one address. 32 by default.
    pub connections_per_address: usize,
    /// Connections of one key. 8 by default.
    pub connections_per_peer: usize,
    /// Requests that are answered at the same time, in all. 512 by default.
    pub requests: usize,
    /// Requests that are answered at the same time, from one address. 128 by default.
    pub requests_per_address: usize,
    /// Bytes a second to all peers. 512 MiB by default, and 0 is no limit.
    pub bytes_per_second: u64,
    /// Bytes a second to one address. 128 MiB by default, and 0 is no limit.
    pub bytes_per_second_per_address: u64,
}

impl Default for PeerLimits {
    fn default() -> Self {
        Self {
            connections: 256,
            connections_per_address: 32,
            connections_per_peer: 8,
            requests: 512,
            requests_per_address: 128,
            bytes_per_second: 512 << 20,
            bytes_per_second_per_address: 128 << 20,
        }
    }
}

/// How to fetch a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchOptions {
    /// The most bytes that the blob may have.
    pub limit: u64,
    /// When the caller gives up. Sources that cannot send the rest until then are left for the next, while there is one.
    pub until: Option<Instant>,
    /// The least that a source has to send in bytes a second, on average. It does not count for the first
    /// [`StoreOptions::stall_timeout`]. [`MIN_RATE`] by default, and 0 is no limit.
    pub min_rate: u64,
}

impl FetchOptions {
    /// A blob of at most `limit` bytes, as long as its sources keep sending.
    pub fn new(limit: u64) -> Self {
        Self { limit, until: None, min_rate: MIN_RATE }
    }
}

/// What is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A copy of this file.
    File(PathBuf),
    /// These bytes.
    Bytes(Bytes),
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<Bytes> for Input {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Vec<u8>> for Input {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
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
            serve_all: false,
            limits: PeerLimits::default(),
            max_bytes: None,
            web: None,
            protocols: Vec::new(),
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

/// A folder of blobs and a peer that serves some of them. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    ways: Arc<Ways>,
    transfers: Arc<Transfers>,
    web: Option<Arc<Web>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("address", &self.address().to_string()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the folder, and serves those of its blobs that are served to peers from then on.
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
        let local = Arc::new(Local::open(folder, options.serve_all, options.max_bytes).await?);
        let peer = match Peer::start(&local, key, &options).await {
            Ok(peer) => peer,
            Err(error) => {
                local.close().await;
                return Err(error);
            }
        };
        let StoreOptions { allow_private_http, allow_files, connect_timeout, stall_timeout, .. } = options;
        let web = match &options.web {
            Some(web) => match Web::start(&local, web, options.limits, stall_timeout, peer.counter()).await {
                Ok(web) => Some(Arc::new(web)),
                Err(error) => {
                    peer.shutdown().await;
                    local.close().await;
                    return Err(error);
                }
            },
            None => None,
        };
        let http = Http::new(allow_private_http, connect_timeout, stall_timeout);
        let files = allow_files.then(|| Files::new(stall_timeout));
        Ok(Self { ways: Arc::new(Ways { local, peer, http, files }), transfers: Arc::default(), web })
    }

    /// The source under which peers get this store's blobs. The same after a restart if the port is.
    pub fn address(&self) -> Source {
        Source::Peer(self.ways.peer.address())
    }

    /// The address under which browsers get them, where [`StoreOptions::web`] says so: `blobs/` and an id follow it.
    pub fn web_address(&self) -> Option<&HttpUrl> {
        self.web.as_deref().map(Web::address)
    }

    /// Both addresses, as a text for the chain: [`Source::announced`] reads it. At most [`MAX_SOURCE_BYTES`].
    pub fn announcement(&self) -> String {
        match self.web_address() {
            Some(web) => format!("{} {}", self.address(), web.as_str()),
            None => self.address().to_string(),
        }
    }

    /// Stores a copy of the file. Peers do not get it before [`Store::serve`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] if it can't be read; [`StoreError::DiskFull`], [`StoreError::Full`], [`StoreError::Index`] if it
    /// can't be written.
    pub async fn add_file(&self, path: impl AsRef<Path>) -> Result<Blob, StoreError> {
        self.ways.local.add_file(path.as_ref()).await
    }

    /// Stores the bytes. Peers do not get them before [`Store::serve`].
    ///
    /// # Errors
    ///
    /// [`StoreError::DiskFull`], [`StoreError::Full`], [`StoreError::Index`] if they can't be written.
    pub async fn add_bytes(&self, bytes: impl Into<Bytes>) -> Result<Blob, StoreError> {
        self.ways.local.add_bytes(bytes.into()).await
    }

    /// Stores many files at once: a thousand times faster than one by one if they are small, because the disk is waited
    /// for once. Equal contents are stored once. Returns what they are in the store, in the same order.
    ///
    /// The future can be dropped at any time. Nothing is in the store before all files are read and written; dropped after
    /// that it may leave some of them.
    ///
    /// # Errors
    ///
    /// As [`Store::add_file`]. None of them is stored then, or some are if the disk is full only at the end.
    pub async fn add_result<I>(&self, inputs: impl IntoIterator<Item = I>) -> Result<Vec<Blob>, StoreError>
    where
        I: Into<Input>,
    {
        self.ways.local.add_all(inputs.into_iter().map(Into::into).collect()).await
    }

    /// Lets peers have these blobs, from now on and after a restart, until they are withheld or removed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] if one of them is not here: none is served then that was not before.
    /// [`StoreError::DiskFull`], [`StoreError::Index`].
    pub async fn serve(&self, ids: &[ContentId]) -> Result<(), StoreError> {
        self.ways.local.serve(ids).await
    }

    /// Lets peers have these blobs no more. What they are getting now they get to the end. Of no effect where
    /// [`StoreOptions::serve_all`] is set.
    ///
    /// # Errors
    ///
    /// [`StoreError::DiskFull`], [`StoreError::Index`].
    pub async fn withhold(&self, ids: &[ContentId]) -> Result<(), StoreError> {
        self.ways.local.withhold(ids).await
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
    /// another name of the store's own file. **Nobody may write to it.** Removing the file, or the blob, leaves the
    /// other alone.
    ///
    /// The blob is verified each time: a bit that has changed on the disk would be somebody's wrong result. That takes
    /// about a second for a GiB. A blob of more than 256 MiB is not verified again within an hour, as long as its file looks
    /// untouched (length, time of change, inode).
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
    /// No blob of more than `limit` bytes is accepted. A source that sends less than [`MIN_RATE`] is left for the next.
    /// Dropping the future stops the transfer, unless others wait for it too; what has arrived is kept for a day, and the
    /// next call goes on from there.
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
        self.fetch_within(id, sources, &FetchOptions::new(limit), progress).await
    }

    /// Like [`Store::fetch`], within a time and with a least rate.
    ///
    /// # Errors
    ///
    /// As [`Store::fetch`], and [`FetchError::Late`] when the time is over.
    pub async fn fetch_within(
        &self,
        id: ContentId,
        sources: &[Source],
        options: &FetchOptions,
        progress: impl FnMut(Progress),
    ) -> Result<(), FetchError> {
        self.transfers.fetch(&self.ways, id, sources, options, progress).await
    }

    /// Forgets the blobs, as far as they are here, and frees their space. One call looks through all that is stored,
    /// so name many at once where there are many. What is being fetched right now is left
    /// alone.
    ///
    /// # Errors
    ///
    /// [`StoreError::Index`], [`StoreError::Io`].
    pub async fn remove(&self, ids: &[ContentId]) -> Result<(), StoreError> {
        self.ways.local.discard(ids).await?;
        self.ways.local.remove(ids).await
    }

    /// Removes what has arrived of blobs in transfers that stopped so long ago. Returns how many there were. What is
    /// older than a day goes at the next [`Store::open`] in any case.
    ///
    /// # Errors
    ///
    /// [`StoreError::Index`], [`StoreError::Io`].
    pub async fn sweep_parts(&self, older_than: Duration) -> Result<usize, StoreError> {
        self.ways.local.sweep_parts(older_than).await
    }

    /// Bytes that the store takes on the disk: blobs, parts of blobs, and the index.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`].
    pub async fn used_bytes(&self) -> Result<u64, StoreError> {
        self.ways.local.used().await
    }

    /// Connects to a peer, to speak one of its [`StoreOptions::protocols`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Peer`], [`StoreError::Closed`].
    pub async fn connect(
        &self,
        peer: &PeerAddress,
        protocol: &[u8],
    ) -> Result<iroh::endpoint::Connection, StoreError> {
        self.ways.peer.connect(peer, protocol).await
    }

    /// Bytes of blobs sent to peers and browsers since the store was opened.
    pub fn served_bytes(&self) -> u64 {
        self.ways.peer.served()
    }

    /// Ends all transfers, closes the folder and lets another process open it. All later calls fail with
    /// [`StoreError::Closed`].
    pub async fn shutdown(&self) {
        // First what deletes, then what reads for peers, then the index that both use.
        self.ways.local.settle().await;
        if let Some(web) = &self.web {
            web.shutdown().await;
        }
        self.ways.peer.shutdown().await;
        self.ways.local.close().await;
    }
}
