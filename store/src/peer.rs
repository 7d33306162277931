//! Blobs from other stores, and for them: QUIC by iroh, verified transfer by iroh-blobs.
//!
//! Peers are found by the address in the source and by nothing else: no relay, no discovery service, no port
//! mapping, so that stores work on one machine or in a closed network. Each end proves its key to the other.
//!
//! The peer sends the blob in pieces of 16 KiB with the hashes that prove each to belong to the id. A piece that
//! proves wrong ends the transfer before it is written. What has arrived stays, also over a restart, and is not asked
//! for again.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    num::NonZeroU64,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex, PoisonError,
    },
    time::Duration,
};

use iroh::{
    endpoint::{presets, BindOpts, Connection, PortmapperConfig},
    protocol::Router,
    Endpoint, EndpointAddr, RelayMode, SecretKey,
};
use iroh_blobs::{
    get::{
        fsm::{self, AtBlobContent, BlobContentNext, ConnectedNext, DecodeError},
        GetError,
    },
    protocol::{GetRequest, ERR_INTERNAL, ERR_LIMIT, ERR_PERMISSION},
    provider::events::{EventMask, EventSender, ProviderMessage, RequestMode, RequestUpdate},
    BlobsProtocol, HashAndFormat,
};
use tokio::{
    sync::mpsc,
    time::{timeout, timeout_at, Instant},
};

use crate::{
    error::{chain, Fatal, Stop, Transient},
    fetch::Job,
    local::{hash, Local},
    pace::Pace,
    source::PeerAddress,
    StoreError,
};

/// Pieces that may wait between the network and the disk.
const PIECES_IN_FLIGHT: usize = 32;
/// After so many bytes the index is written to the disk, so that a crash from then on leaves something to go on from.
/// More than what is in flight.
const NOTED_AFTER: u64 = 1024 * 1024;

/// This store as others see it, and its way to them.
#[derive(Debug)]
pub(crate) struct Peer {
    /// None after the shutdown: the socket is free when nothing holds the endpoint any more.
    router: Mutex<Option<Router>>,
    bound: SocketAddr,
    address: PeerAddress,
    served: Arc<AtomicU64>,
    connect_timeout: Duration,
    stall_timeout: Duration,
}

impl Peer {
    /// Starts to serve the blobs in `local`. The endpoint is at `listen`; others are told `advertise`, where port 0
    /// stands for the port listened on.
    pub async fn start(
        local: &Local,
        key: SecretKey,
        listen: SocketAddr,
        advertise: Option<SocketAddr>,
        connect_timeout: Duration,
        stall_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let cannot = |cause: String| StoreError::Listen { listen, cause };
        let mut endpoint = Endpoint::builder(presets::Minimal)
            .secret_key(key)
            .relay_mode(RelayMode::Disabled)
            .clear_address_lookup()
            .portmapper_config(PortmapperConfig::Disabled)
            .clear_ip_transports()
            .bind_addr(listen)
            .map_err(|error| cannot(chain(&error)))?;
        // Whoever listens on all interfaces of one family may want to fetch from a peer of the other.
        if listen.ip().is_unspecified() {
            let other: IpAddr = match listen {
                SocketAddr::V4(_) => Ipv6Addr::UNSPECIFIED.into(),
                SocketAddr::V6(_) => Ipv4Addr::UNSPECIFIED.into(),
            };
            endpoint = endpoint
                .bind_addr_with_opts(SocketAddr::new(other, 0), BindOpts::default().set_is_required(false))
                .map_err(|error| cannot(chain(&error)))?;
        }
        let endpoint = endpoint.bind().await.map_err(|error| cannot(chain(&error)))?;

        let bound = endpoint.bound_sockets().into_iter().find(|bound| bound.is_ipv4() == listen.is_ipv4());
        let bound = bound.ok_or_else(|| cannot("no socket".into()))?;
        let mut socket = advertise.unwrap_or(bound);
        if socket.port() == 0 {
            socket.set_port(bound.port());
        }
        if socket.ip().is_unspecified() {
            return Err(StoreError::NothingToAdvertise(socket));
        }
        let address = PeerAddress::new(endpoint.id(), socket);

        // Peers may read by content id, and nothing else: no writing, no reading of many ids at once.
        let mask = EventMask {
            get: RequestMode::NotifyLog,
            get_many: RequestMode::Disabled,
            push: RequestMode::Disabled,
            ..EventMask::DEFAULT
        };
        let (events, requests) = EventSender::channel(64, mask);
        let served = Arc::new(AtomicU64::new(0));
        tokio::spawn(count(requests, served.clone()));
        let blobs = BlobsProtocol::new(local.index(), Some(events));
        let router = Router::builder(endpoint).accept(iroh_blobs::ALPN, blobs).spawn();
        Ok(Self { router: Mutex::new(Some(router)), bound, address, served, connect_timeout, stall_timeout })
    }

    /// What to tell others.
    pub fn address(&self) -> PeerAddress {
        self.address
    }

    /// Bytes of blobs that were sent to peers, in transfers that have ended.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Closes all connections, and the index of the blobs too. Returns when the port is free again.
    pub async fn shutdown(&self) {
        let router = self.router.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(router) = router else { return };
        if let Err(error) = router.shutdown().await {
            tracing::warn!("the peer's tasks did not end well: {error}");
        }
        drop(router);
        // The tasks that own the socket end by themselves, a moment after the last who could use it.
        for _ in 0..100 {
            if UdpSocket::bind(self.bound).is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tracing::warn!("{} is still in use", self.bound);
    }

    fn endpoint(&self) -> Result<Endpoint, StoreError> {
        let router = self.router.lock().unwrap_or_else(PoisonError::into_inner);
        router.as_ref().map(|router| router.endpoint().clone()).ok_or(StoreError::Closed)
    }

    /// Fetches the blob into `local`.
    pub async fn fetch(&self, local: &Local, from: &PeerAddress, job: &Job) -> Result<(), Stop> {
        if from.endpoint() == self.address.endpoint() {
            return Err(Fatal::NotFound.into());
        }
        local.keep_part(job.id).await?;
        // An error means that what an earlier attempt left can't even be opened.
        let content = HashAndFormat::raw(hash(job.id));
        let here = local.index().remote().local(content).await.map_err(|_| Stop::Stale)?;
        if !here.is_complete() {
            let address = EndpointAddr::new(from.endpoint()).with_ip_addr(from.socket());
            let connection =
                timeout(self.connect_timeout, self.endpoint()?.connect(address, iroh_blobs::ALPN))
                    .await
                    .map_err(|_| Transient::Unreachable("no answer".into()))?
                    .map_err(|error| Transient::Unreachable(chain(&error)))?;
            let received = self.receive(local, &connection, here.missing(), here.local_bytes(), job).await;
            connection.close(0u32.into(), b"done");
            received?;
        }
        // Each piece was verified before it was written, but not read back after a restart or a power cut.
        if here.local_bytes() > 0 && !local.intact(job.id).await? {
            return Err(Stop::Stale);
        }
        local.keep(job.id).await?;
        Ok(())
    }

    /// Receives what is missing, and stores it piece by piece.
    async fn receive(
        &self,
        local: &Local,
        connection: &Connection,
        missing: GetRequest,
        have: u64,
        job: &Job,
    ) -> Result<(), Stop> {
        let stalled = || Transient::Stalled(self.stall_timeout);
        let answer = async {
            let request = fsm::start(connection.clone(), missing, Default::default());
            let ConnectedNext::StartRoot(start) = request.next().await?.next().await? else {
                return Ok(None);
            };
            Ok(Some(start.next().next().await?))
        };
        let answer = timeout(self.stall_timeout, answer).await.map_err(|_| stalled())?.map_err(no_answer)?;
        let Some((content, size)) = answer else { return Ok(()) };
        // The size is only the peer's word. But nothing beyond it will prove right, so the limit holds.
        if size > job.limit {
            return Err(Fatal::TooLarge { size: Some(size), limit: job.limit }.into());
        }
        let size = NonZeroU64::new(size).ok_or(Fatal::WrongContent)?;

        let import = local
            .index()
            .import_bao(hash(job.id), size, PIECES_IN_FLIGHT)
            .await
            .map_err(StoreError::index)?;
        let (pieces, stored) = (import.tx, import.rx);
        let reading = async {
            let mut content: AtBlobContent = content;
            let mut pace = Pace::new(self.stall_timeout);
            let mut received = 0;
            job.report(have, Some(size.get()));
            loop {
                let next = timeout_at(pace.deadline(), content.next()).await.map_err(|_| stalled())?;
                let BlobContentNext::More((rest, piece)) = next else { break };
                let piece = piece.map_err(broken)?;
                pieces.send(piece).await.map_err(StoreError::index)?;
                let total = rest.stats().payload_bytes_read;
                pace.received(total - received, Instant::now());
                if received < NOTED_AFTER && total >= NOTED_AFTER {
                    local.index().sync_db().await.map_err(StoreError::index)?;
                }
                received = total;
                job.report(have + received, Some(size.get()));
                content = rest;
            }
            drop(pieces);
            Ok::<_, Stop>(())
        };
        let storing = async { Ok(stored.await.map_err(StoreError::index)?.map_err(StoreError::index)?) };
        tokio::try_join!(storing, reading).map(|_| ())
    }
}

/// What an error before the first byte means.
fn no_answer(error: GetError) -> Stop {
    if let GetError::AtBlobHeaderNext { source: fsm::AtBlobHeaderNextError::NotFound { .. }, .. } = &error {
        return Fatal::NotFound.into();
    }
    match error.iroh_error_code() {
        // What iroh-blobs says when it is asked for a blob that it does not have.
        Some(ERR_INTERNAL) => Fatal::NotFound.into(),
        Some(ERR_PERMISSION) => Fatal::Refused("the peer does not serve it".into()).into(),
        Some(ERR_LIMIT) => Transient::Busy("the peer serves too many".into()).into(),
        _ => Transient::Interrupted(chain(&error)).into(),
    }
}

/// What an error amid the blob means.
fn broken(error: DecodeError) -> Stop {
    match error {
        DecodeError::ParentHashMismatch { .. } | DecodeError::LeafHashMismatch { .. } => {
            Fatal::WrongContent.into()
        }
        DecodeError::ChunkNotFound { .. }
        | DecodeError::ParentNotFound { .. }
        | DecodeError::LeafNotFound { .. } => {
            Transient::Interrupted("the peer has only a part of it".into()).into()
        }
        error => Transient::Interrupted(chain(&error)).into(),
    }
}

/// Adds up what peers were sent.
async fn count(mut requests: mpsc::Receiver<ProviderMessage>, served: Arc<AtomicU64>) {
    while let Some(message) = requests.recv().await {
        let ProviderMessage::GetRequestReceivedNotify(mut request) = message else { continue };
        let served = served.clone();
        tokio::spawn(async move {
            while let Ok(Some(update)) = request.rx.recv().await {
                let stats = match update {
                    RequestUpdate::Completed(end) => end.stats,
                    RequestUpdate::Aborted(end) => end.stats,
                    _ => continue,
                };
                served.fetch_add(stats.payload_bytes_sent, Ordering::Relaxed);
            }
        });
    }
}
