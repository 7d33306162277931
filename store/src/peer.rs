//! Blobs from other stores, and for them: QUIC by iroh, verified transfer by iroh-blobs.
//!
//! Peers are found by the address in the source and by nothing else: no relay, no discovery service, no port
//! mapping, so that stores work on one machine or in a closed network. Each end proves its key to the other.
//!
//! The peer sends the blob in pieces of 16 KiB with the hashes that prove each to belong to the id. A piece that
//! proves wrong ends the transfer before it is written. What has arrived stays, also over a restart, and is not asked
//! for again.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    num::NonZeroU64,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex, MutexGuard, PoisonError,
    },
    time::Duration,
};

use iroh::{
    endpoint::{
        presets, BindOpts, Connection, ConnectionError, PortmapperConfig, QuicTransportConfig, VarInt,
    },
    protocol::Router,
    Endpoint, EndpointAddr, RelayMode, SecretKey,
};
use iroh_blobs::{
    get::{
        fsm::{self, AtBlobContent, BlobContentNext, ConnectedNext, DecodeError},
        GetError,
    },
    protocol::{GetRequest, ERR_INTERNAL, ERR_LIMIT, ERR_PERMISSION},
    HashAndFormat,
};
use tokio::time::{timeout, timeout_at, Instant};

use crate::{
    door::Door,
    error::{chain, Failure, Fatal, Stop, Transient},
    fetch::Job,
    local::{hash, Local},
    serve::{Blobs, Guarded, Other},
    source::PeerAddress,
    StoreError, StoreOptions,
};

/// Pieces that may wait between the network and the disk.
const PIECES_IN_FLIGHT: usize = 32;
/// Number of bytes after which the index is written to the disk, so that a transfer can continue after a later crash.
/// More than what is in flight. A blob that has no more is fetched again from its beginning.
const NOTED_AFTER: u64 = 1024 * 1024;
/// Requests that may go on over one connection.
const REQUESTS_AT_ONCE: u32 = 64;
/// Bytes that a connection keeps for a peer that does not say that it has them.
const SEND_WINDOW: u64 = 2 * 1024 * 1024;
/// A connection that was not used for so long is not taken for another request: the peer may have closed it just now.
const REUSED_FOR: Duration = Duration::from_secs(30);

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
    connections: Mutex<HashMap<PeerAddress, Arc<Line>>>,
}

/// The connection to a peer, for all who fetch from it.
#[derive(Debug, Default)]
struct Line(tokio::sync::Mutex<Option<Open>>);

#[derive(Debug)]
struct Open {
    connection: Connection,
    used: Instant,
}

impl Peer {
    /// Starts to serve the blobs in `local`.
    pub async fn start(
        local: &Arc<Local>,
        key: SecretKey,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        let StoreOptions { listen, advertise, connect_timeout, stall_timeout, .. } = *options;
        let cannot = |cause: String| StoreError::Listen { listen, cause };
        let transport = QuicTransportConfig::builder()
            .max_concurrent_bidi_streams(VarInt::from_u32(REQUESTS_AT_ONCE))
            .send_window(SEND_WINDOW)
            .build();
        let mut endpoint = Endpoint::builder(presets::Minimal)
            .secret_key(key)
            .transport_config(transport)
            .relay_mode(RelayMode::Disabled)
            .clear_address_lookup()
            .portmapper_config(PortmapperConfig::Disabled)
            .clear_ip_transports()
            .bind_addr(listen)
            .map_err(|error| cannot(chain(&error)))?;
        // A store that listens on all interfaces of one family may have to fetch from a peer of the other.
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

        let door = Door::new(options.limits);
        let served = Arc::new(AtomicU64::new(0));
        let mut router = Router::builder(endpoint).incoming_filter({
            let door = door.clone();
            Arc::new(move |incoming| door.knock(incoming))
        });
        for (protocol, handler) in &options.protocols {
            let host = Other(handler.clone());
            router = router.accept(protocol, Guarded { door: door.clone(), host });
        }
        let host = Blobs { local: local.clone(), stall_timeout, served: served.clone() };
        let router = router.accept(iroh_blobs::ALPN, Guarded { door, host }).spawn();
        Ok(Self {
            router: Mutex::new(Some(router)),
            bound,
            address,
            served,
            connect_timeout,
            stall_timeout,
            connections: Mutex::default(),
        })
    }

    /// What to tell others.
    pub fn address(&self) -> PeerAddress {
        self.address
    }

    /// Counts the bytes of blobs that are sent.
    pub fn counter(&self) -> Arc<AtomicU64> {
        self.served.clone()
    }

    /// Bytes of blobs that were sent.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Closes all connections. Returns when the port is free again.
    pub async fn shutdown(&self) {
        self.connections().clear();
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

    /// A connection to a peer, for a protocol of its own.
    pub async fn connect(&self, to: &PeerAddress, protocol: &[u8]) -> Result<Connection, StoreError> {
        let address = EndpointAddr::new(to.endpoint()).with_ip_addr(to.socket());
        let failed = |cause| StoreError::Peer { peer: *to, cause };
        timeout(self.connect_timeout, self.endpoint()?.connect(address, protocol))
            .await
            .map_err(|_| failed("no answer".into()))?
            .map_err(|error| failed(chain(&error)))
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<PeerAddress, Arc<Line>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection to a peer, with whether it was there before.
    async fn line(&self, to: &PeerAddress) -> Result<(Connection, bool), Stop> {
        let line = {
            let mut connections = self.connections();
            connections.retain(|peer, line| peer == to || line.is_in_use());
            connections.entry(*to).or_default().clone()
        };
        let mut open = line.0.lock().await;
        if let Some(open) = open.as_mut().filter(|open| open.is_fresh()) {
            open.used = Instant::now();
            return Ok((open.connection.clone(), true));
        }
        let connection = self.connect(to, iroh_blobs::ALPN).await.map_err(|error| match error {
            StoreError::Peer { cause, .. } => Transient::Unreachable(cause).into(),
            error => Stop::Store(error),
        })?;
        *open = Some(Open { connection: connection.clone(), used: Instant::now() });
        Ok((connection, false))
    }

    /// Does not use this connection for more. What goes on over it goes on.
    fn hang_up(&self, from: &PeerAddress, connection: &Connection) {
        let mut connections = self.connections();
        let is_it = connections.get(from).is_some_and(|line| match line.0.try_lock() {
            Ok(open) => {
                open.as_ref().is_some_and(|open| open.connection.stable_id() == connection.stable_id())
            }
            Err(_) => false,
        });
        if is_it {
            connections.remove(from);
        }
    }

    /// Fetches the blob into `local`.
    pub async fn fetch(&self, local: &Local, from: &PeerAddress, job: &Job) -> Result<(), Stop> {
        if from.endpoint() == self.address.endpoint() {
            return Err(Fatal::NotFound.into());
        }
        // An error means that what an earlier attempt left can't even be opened.
        let content = HashAndFormat::raw(hash(job.id));
        let here = local.index().remote().local(content).await.map_err(|_| Stop::Stale)?;
        if !here.is_complete() {
            let have = here.local_bytes();
            let mut again = false;
            loop {
                let (connection, was_there) = self.line(from).await?;
                let (started, received) = self.receive(local, &connection, here.missing(), have, job).await;
                let Err(stop) = received else { break };
                if let Stop::Source(Failure::Transient(_)) = &stop {
                    self.hang_up(from, &connection);
                    // It may have been closed at the other end long ago.
                    if was_there && !started && !again {
                        again = true;
                        continue;
                    }
                }
                return Err(stop);
            }
        }
        // Each piece was verified before it was written, but not read back after a restart or a power cut.
        if here.local_bytes() > 0 && !local.intact(job.id).await? {
            return Err(Stop::Stale);
        }
        local.keep(job.id).await?;
        Ok(())
    }

    /// Receives what is missing, and stores it piece by piece. Says whether the peer has begun to answer.
    async fn receive(
        &self,
        local: &Local,
        connection: &Connection,
        missing: GetRequest,
        have: u64,
        job: &Job,
    ) -> (bool, Result<(), Stop>) {
        let answer = async {
            let request = fsm::start(connection.clone(), missing, Default::default());
            let ConnectedNext::StartRoot(start) = request.next().await?.next().await? else {
                return Ok(None);
            };
            Ok(Some(start.next().next().await?))
        };
        match timeout(self.stall_timeout, answer).await {
            Err(_) => (false, Err(Transient::Stalled(self.stall_timeout).into())),
            Ok(Err(error)) => (false, Err(no_answer(&error, connection))),
            Ok(Ok(None)) => (true, Ok(())),
            Ok(Ok(Some((content, size)))) => (true, self.store(local, content, size, have, job).await),
        }
    }

    async fn store(
        &self,
        local: &Local,
        content: AtBlobContent,
        size: u64,
        have: u64,
        job: &Job,
    ) -> Result<(), Stop> {
        // The size is only the peer's word. But nothing beyond it will prove right, so the limit holds.
        if size > job.limit {
            return Err(Fatal::TooLarge { size: Some(size), limit: job.limit }.into());
        }
        let size = NonZeroU64::new(size).ok_or(Fatal::WrongContent)?;
        job.claim(local, size.get()).await?;
        if size.get() > NOTED_AFTER {
            local.keep_part(job.id).await?;
        }

        let index = local.index();
        let import = index.import_bao(hash(job.id), size, PIECES_IN_FLIGHT);
        let import = import.await.map_err(StoreError::index)?;
        let (pieces, stored) = (import.tx, import.rx);
        let reading = async {
            let mut content = content;
            let mut pace = job.pace(self.stall_timeout, Some(size.get().saturating_sub(have)));
            let mut received = 0;
            job.report(have, Some(size.get()));
            loop {
                let next = timeout_at(pace.deadline(), content.next()).await.map_err(|_| pace.missed())?;
                let BlobContentNext::More((rest, piece)) = next else { break };
                let piece = piece.map_err(broken)?;
                pieces.send(piece).await.map_err(StoreError::index)?;
                let total = rest.stats().payload_bytes_read;
                pace.moved(total - received, Instant::now());
                if received < NOTED_AFTER && total >= NOTED_AFTER {
                    local.sync().await?;
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

impl Line {
    /// Whether somebody waits for it, or it may be taken again.
    fn is_in_use(self: &Arc<Self>) -> bool {
        match self.0.try_lock() {
            Ok(open) => open.as_ref().is_some_and(Open::is_fresh),
            Err(_) => true,
        }
    }
}

impl Open {
    fn is_fresh(&self) -> bool {
        self.connection.close_reason().is_none() && self.used.elapsed() < REUSED_FOR
    }
}

/// What an error before the first byte means.
fn no_answer(error: &GetError, connection: &Connection) -> Stop {
    if let GetError::AtBlobHeaderNext { source: fsm::AtBlobHeaderNextError::NotFound { .. }, .. } = error {
        return Fatal::NotFound.into();
    }
    let closed = match connection.close_reason() {
        Some(ConnectionError::ApplicationClosed(closed)) => Some(closed.error_code),
        _ => None,
    };
    match error.iroh_error_code().or(closed) {
        // What iroh-blobs says when it is asked for a blob that it does not have.
        Some(ERR_INTERNAL) => Fatal::NotFound.into(),
        Some(ERR_PERMISSION) => Fatal::Refused("the peer does not serve it".into()).into(),
        Some(ERR_LIMIT) => Transient::Busy("the peer serves too many".into()).into(),
        _ => Transient::Interrupted(chain(error)).into(),
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
