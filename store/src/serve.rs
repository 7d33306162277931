//! What peers get from this store: blobs that are served, by id, and nothing else.
//!
//! A peer asks for a blob or for a part of it. A blob that is here and not served is answered as one that never was.
//! Writing, lists of blobs, and watching a blob arrive are parts of the protocol that this store refuses.

use std::{
    io,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::Duration,
};

use bytes::Bytes;
use iroh::{
    endpoint::{Accepting, Connection, RecvStream, SendStream, VarInt},
    protocol::{AcceptError, DynProtocolHandler, ProtocolHandler},
};
use iroh_blobs::{
    protocol::{Request, ERR_INTERNAL, ERR_LIMIT, ERR_PERMISSION},
    provider::{self, events::EventSender, StreamPair},
    util,
};
use tokio::{
    task::JoinSet,
    time::{error::Elapsed, sleep, timeout, Instant},
};

use crate::{
    door::{self, Door, Guest},
    local::{id, Local},
};

/// How long a peer may take to say who it is, or what it wants.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection over which nothing is asked for so long is closed.
const IDLE: Duration = Duration::from_secs(60);
/// The largest request: the id, and which parts of the blob are missing.
const MAX_REQUEST: usize = 64 * 1024;
/// The least that a peer has to read, in bytes a second. A slower peer keeps others from being served.
const LEAST_RATE: u64 = 8 * 1024;

/// Serves blobs.
#[derive(Debug)]
pub(crate) struct Blobs {
    pub local: Arc<Local>,
    /// How long a peer may read nothing.
    pub stall_timeout: Duration,
    /// Bytes of blobs that were sent.
    pub served: Arc<AtomicU64>,
}

/// What answers over connections that the door has let in.
pub(crate) trait Host: Send + Sync + std::fmt::Debug + 'static {
    /// Answers until one end has had enough.
    fn receive(
        &self,
        accepting: Accepting,
        guest: Guest,
    ) -> impl std::future::Future<Output = Result<Connection, AcceptError>> + Send;

    /// Takes leave.
    fn leave(&self) -> impl std::future::Future<Output = ()> + Send {
        async {}
    }
}

/// A protocol whose connections the door counts.
#[derive(Debug)]
pub(crate) struct Guarded<H> {
    pub door: Arc<Door>,
    pub host: H,
}

impl<H: Host> ProtocolHandler for Guarded<H> {
    /// All of it happens here, because the address of a peer is known only here.
    async fn on_accepting(&self, accepting: Accepting) -> Result<Connection, AcceptError> {
        match self.door.enter(&accepting.remote_addr()) {
            Some(guest) => self.host.receive(accepting, guest).await,
            None => {
                let connection = shake_hands(accepting).await?;
                connection.close(ERR_LIMIT, b"limit");
                Ok(connection)
            }
        }
    }

    async fn accept(&self, _connection: Connection) -> Result<(), AcceptError> {
        Ok(())
    }

    async fn shutdown(&self) {
        self.host.leave().await;
    }
}

async fn shake_hands(accepting: Accepting) -> Result<Connection, AcceptError> {
    let connection = timeout(PATIENCE, accepting).await;
    Ok(connection.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??)
}

/// A protocol of the store's owner.
#[derive(Debug)]
pub(crate) struct Other(pub Arc<dyn DynProtocolHandler>);

impl Host for Other {
    async fn receive(&self, accepting: Accepting, mut guest: Guest) -> Result<Connection, AcceptError> {
        let connection = self.0.on_accepting(accepting).await?;
        if guest.is(connection.remote_id()) {
            self.0.accept(connection.clone()).await?;
        } else {
            connection.close(ERR_LIMIT, b"limit");
        }
        Ok(connection)
    }

    async fn leave(&self) {
        self.0.shutdown().await;
    }
}

impl Host for Blobs {
    async fn receive(&self, accepting: Accepting, mut guest: Guest) -> Result<Connection, AcceptError> {
        let connection = shake_hands(accepting).await?;
        if !guest.is(connection.remote_id()) {
            connection.close(ERR_LIMIT, b"limit");
            return Ok(connection);
        }
        // Dropped with the connection: nothing is read from the disk for who has left.
        let mut answers = JoinSet::new();
        loop {
            tokio::select! {
                streams = connection.accept_bi() => {
                    let Ok((mut writer, mut reader)) = streams else { break };
                    match guest.request() {
                        Some(request) => {
                            let writer = self.throttled(writer, request);
                            answers.spawn(answer(self.local.clone(), reader, writer));
                        }
                        None => {
                            // Errors mean that nobody waits for it.
                            let _ = reader.stop(ERR_LIMIT);
                            let _ = writer.reset(ERR_LIMIT);
                        }
                    }
                }
                Some(_) = answers.join_next() => {}
                () = sleep(IDLE), if answers.is_empty() => {
                    connection.close(VarInt::from_u32(0), b"idle");
                    break;
                }
            }
        }
        Ok(connection)
    }
}

impl Blobs {
    fn throttled(&self, inner: SendStream, request: door::Request) -> Throttled {
        Throttled {
            inner,
            request,
            stall_timeout: self.stall_timeout,
            sent: 0,
            waited: Duration::ZERO,
            served: self.served.clone(),
        }
    }
}

/// Answers one request.
async fn answer(local: Arc<Local>, mut reader: RecvStream, mut writer: Throttled) {
    writer.request.turn().await;
    let asked = timeout(PATIENCE, reader.read_to_end(MAX_REQUEST)).await;
    let Ok(Ok(bytes)) = asked else { return writer.refuse(ERR_PERMISSION) };
    let mut asked = Asked { bytes: bytes.into(), id: util::RecvStream::id(&reader) };
    let Ok((request, _)) = Request::read_async(&mut asked).await else {
        return writer.refuse(ERR_PERMISSION);
    };
    let get = match request {
        Request::Get(get) if get.ranges.is_blob() => get,
        _ => return writer.refuse(ERR_PERMISSION),
    };
    if !local.is_served(id(get.hash)).await {
        // What the protocol says of a blob that is not here.
        return writer.refuse(ERR_INTERNAL);
    }
    let pair = StreamPair::new(0, asked, writer, EventSender::DEFAULT);
    if let Err(error) = provider::handle_get(pair, local.index(), get).await {
        tracing::debug!(%error, "a peer was not served to the end");
    }
}

/// A request that was read.
#[derive(Debug)]
struct Asked {
    bytes: Bytes,
    id: u64,
}

impl util::RecvStream for Asked {
    async fn recv_bytes(&mut self, len: usize) -> io::Result<Bytes> {
        Ok(self.bytes.split_to(len.min(self.bytes.len())))
    }

    async fn recv_bytes_exact(&mut self, len: usize) -> io::Result<Bytes> {
        if len > self.bytes.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.bytes.split_to(len))
    }

    async fn recv_exact(&mut self, target: &mut [u8]) -> io::Result<()> {
        target.copy_from_slice(&self.recv_bytes_exact(target.len()).await?);
        Ok(())
    }

    fn stop(&mut self, _code: VarInt) -> io::Result<()> {
        Ok(())
    }

    fn id(&self) -> u64 {
        self.id
    }
}

/// Sends no faster than the limits allow, and not to who does not read.
#[derive(Debug)]
struct Throttled {
    inner: SendStream,
    request: door::Request,
    stall_timeout: Duration,
    sent: u64,
    /// How long the peer has let this wait.
    waited: Duration,
    served: Arc<AtomicU64>,
}

impl Throttled {
    fn refuse(&mut self, code: VarInt) {
        // An error means that nobody listens.
        let _ = self.inner.reset(code);
    }

    /// How long the peer may let the next write wait.
    fn patience(&self) -> Duration {
        let earned = Duration::from_millis(self.sent.saturating_mul(1000) / LEAST_RATE);
        (self.stall_timeout + earned).saturating_sub(self.waited).min(self.stall_timeout)
    }

    fn note(&mut self, bytes: u64, since: Instant) {
        self.waited += since.elapsed();
        self.sent += bytes;
    }
}

fn too_slow(_: Elapsed) -> io::Error {
    io::ErrorKind::TimedOut.into()
}

impl util::SendStream for Throttled {
    async fn send_bytes(&mut self, bytes: Bytes) -> io::Result<()> {
        let length = bytes.len() as u64;
        self.request.may_send(length).await;
        // Only content is sent so; sizes and hashes are sent from slices.
        self.served.fetch_add(length, Ordering::Relaxed);
        let start = Instant::now();
        let patience = self.patience();
        let write = util::SendStream::send_bytes(&mut self.inner, bytes);
        timeout(patience, write).await.map_err(too_slow)??;
        self.note(length, start);
        Ok(())
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u64;
        self.request.may_send(length).await;
        let start = Instant::now();
        let patience = self.patience();
        let write = util::SendStream::send(&mut self.inner, bytes);
        timeout(patience, write).await.map_err(too_slow)??;
        self.note(length, start);
        Ok(())
    }

    async fn sync(&mut self) -> io::Result<()> {
        util::SendStream::sync(&mut self.inner).await
    }

    fn reset(&mut self, code: VarInt) -> io::Result<()> {
        util::SendStream::reset(&mut self.inner, code)
    }

    async fn stopped(&mut self) -> io::Result<Option<VarInt>> {
        util::SendStream::stopped(&mut self.inner).await
    }

    fn id(&self) -> u64 {
        util::SendStream::id(&self.inner)
    }
}
