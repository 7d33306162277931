//! What pages in browsers get from this store: blobs that are served, by id, over HTTP, and nothing else.
//!
//! `GET` and `HEAD` of `/blobs/<64 hexadecimal digits>`, whole or one range. A blob that is here and not served is answered as one that
//! never was. Pages of any origin may ask: nobody is told more than a peer is, and no cookie counts.
//!
//! There is no TLS here. For TLS, put a web server in front, and listen on the loopback address: then visitors cannot be
//! distinguished here, and that server has to limit each of them.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    ops::Range,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex, PoisonError,
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{
    stream::{self, BoxStream},
    StreamExt as _,
};
use http_body_util::{combinators::UnsyncBoxBody, BodyExt as _, Empty, StreamBody};
use hyper::{
    body::{Frame, Incoming},
    header::{self, HeaderMap, HeaderName, HeaderValue},
    http::request::Parts,
    server::conn::http1,
    service::service_fn,
    Method, Request, Response, StatusCode,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use iroh_blobs::{
    api::blobs::EncodedItem,
    protocol::{ChunkRanges, ChunkRangesExt as _},
};
use talka_primitives::id::ContentId;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{sleep, sleep_until, Instant},
};
use tokio_util::sync::CancellationToken;

use crate::{
    door::{self, Door, Guest},
    local::{hash, Local},
    source::{HttpUrl, MAX_WEB_BYTES},
    PeerLimits, StoreError, WebOptions,
};

/// How long a visitor may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection over which nothing is asked for so long is closed.
const IDLE: Duration = Duration::from_secs(60);
/// How long nobody is let in after the system could not.
const PAUSE: Duration = Duration::from_millis(100);
/// The most that a connection takes of the memory for what it reads or writes, in bytes.
const BUFFER: usize = 64 * 1024;
/// Browsers send some twenty.
const MAX_HEADERS: usize = 64;
/// What is under this path has an id for its name.
const BLOBS: &str = "/blobs/";

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The server.
#[derive(Debug)]
pub(crate) struct Web {
    address: HttpUrl,
    closing: CancellationToken,
    /// None after the shutdown.
    running: Mutex<Option<JoinHandle<()>>>,
}

impl Web {
    /// Starts to serve the blobs in `local`. What is sent is added to `served`.
    pub async fn start(
        local: &Arc<Local>,
        options: &WebOptions,
        limits: PeerLimits,
        stall_timeout: Duration,
        served: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        let WebOptions { listen, advertise } = options;
        let cannot = |error: io::Error| StoreError::Listen { listen: *listen, cause: error.to_string() };
        let listener = TcpListener::bind(listen).await.map_err(cannot)?;
        let bound = listener.local_addr().map_err(cannot)?;
        let address = match advertise {
            Some(address) => address.clone(),
            None if bound.ip().is_unspecified() => return Err(StoreError::NothingToAdvertise(bound)),
            None => HttpUrl::of(bound),
        };
        if address.as_str().len() > MAX_WEB_BYTES {
            return Err(StoreError::LongAddress(address.as_str().to_owned()));
        }
        let host = Host {
            local: local.clone(),
            door: Door::new(limits_at(bound, limits)),
            behind_proxy: bound.ip().is_loopback(),
            stall_timeout,
            served,
        };
        let closing = CancellationToken::new();
        let running = tokio::spawn(Arc::new(host).run(listener, closing.clone()));
        Ok(Self { address, closing, running: Mutex::new(Some(running)) })
    }

    /// What to tell others.
    pub fn address(&self) -> &HttpUrl {
        &self.address
    }

    /// Closes all connections. Returns when the port is free again.
    pub async fn shutdown(&self) {
        self.closing.cancel();
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(running) = running else { return };
        if let Err(error) = running.await {
            tracing::warn!("the web server did not end well: {error}");
        }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

/// On the loopback address all visitors look like one.
fn limits_at(bound: SocketAddr, limits: PeerLimits) -> PeerLimits {
    if !bound.ip().is_loopback() {
        return limits;
    }
    PeerLimits {
        connections_per_address: limits.connections,
        requests_per_address: limits.requests,
        bytes_per_second_per_address: limits.bytes_per_second,
        ..limits
    }
}

/// What answers.
#[derive(Debug)]
struct Host {
    local: Arc<Local>,
    door: Arc<Door>,
    behind_proxy: bool,
    /// How long a visitor may read nothing.
    stall_timeout: Duration,
    /// Bytes of blobs that were sent.
    served: Arc<AtomicU64>,
}

impl Host {
    async fn run(self: Arc<Self>, listener: TcpListener, closing: CancellationToken) {
        // Dropped with this: nothing is read from the disk after the end.
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = closing.cancelled() => break,
                Some(_) = connections.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                // For a visitor that is not let in, the connection is closed.
                Ok((stream, from)) => {
                    if let Some(guest) = self.door.enter_over_tcp(from.ip(), self.behind_proxy) {
                        connections.spawn(self.clone().talk(stream, guest));
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "nobody can be let in");
                    sleep(PAUSE).await;
                }
            }
        }
        connections.shutdown().await;
    }

    /// Answers until one end has had enough.
    async fn talk(self: Arc<Self>, stream: TcpStream, guest: Guest) {
        let watch = Arc::new(Watch::new(PATIENCE));
        let guest = Arc::new(guest);
        let service = service_fn({
            let watch = watch.clone();
            move |request: Request<Incoming>| {
                // Nothing is sent to this server but what is asked for.
                let (request, _) = request.into_parts();
                let (host, guest, watch) = (self.clone(), guest.clone(), watch.clone());
                async move { Ok::<_, Infallible>(host.answer(&request, &guest, watch).await) }
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .max_headers(MAX_HEADERS)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a visitor was not served to the end");
            },
            () = watch.passed() => tracing::debug!("a visitor was too slow"),
        }
    }

    async fn answer(&self, request: &Parts, guest: &Guest, watch: Arc<Watch>) -> Response<Body> {
        watch.set(self.stall_timeout);
        let mut response = match guest.request() {
            Some(ticket) => {
                ticket.turn().await;
                self.respond(request, ticket, watch).await
            }
            None => {
                let mut response = empty(StatusCode::SERVICE_UNAVAILABLE);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(1));
                response
            }
        };
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("accept-ranges, content-length, content-range, etag"),
        );
        let across = HeaderName::from_static("cross-origin-resource-policy");
        headers.insert(across, HeaderValue::from_static("cross-origin"));
        response
    }

    async fn respond(&self, request: &Parts, ticket: door::Request, watch: Arc<Watch>) -> Response<Body> {
        let Parts { method, uri, headers: asked, .. } = request;
        if *method == Method::OPTIONS {
            return preflight();
        }
        if *method != Method::GET && *method != Method::HEAD {
            let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
            return response;
        }
        let Some(id) = named(uri.path()) else { return empty(StatusCode::NOT_FOUND) };
        if !self.local.is_served(id).await {
            return empty(StatusCode::NOT_FOUND);
        }
        let size = match self.local.size(id).await {
            Ok(Some(size)) => size,
            Ok(None) => return empty(StatusCode::NOT_FOUND),
            Err(error) => {
                tracing::warn!(%id, %error, "a blob could not be served");
                return empty(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        let tag = format!("\"{id}\"");
        if says(asked, header::IF_NONE_MATCH, &tag) {
            let mut response = empty(StatusCode::NOT_MODIFIED);
            describe(response.headers_mut(), &tag);
            return response;
        }
        let (status, part) = match Asked::by(asked, &tag, size) {
            Asked::Whole => (StatusCode::OK, 0..size),
            Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
            Asked::Nothing => {
                let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
                response.headers_mut().insert(header::CONTENT_RANGE, value(&format!("bytes */{size}")));
                return response;
            }
        };
        let length = part.end - part.start;
        let span = format!("bytes {}-{}/{size}", part.start, part.end.saturating_sub(1));
        let mut response = match *method == Method::HEAD || length == 0 {
            true => empty(status),
            false => Response::new(self.send(id, part, ticket, watch)),
        };
        *response.status_mut() = status;
        let headers = response.headers_mut();
        describe(headers, &tag);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        if status == StatusCode::PARTIAL_CONTENT {
            headers.insert(header::CONTENT_RANGE, value(&span));
        }
        response
    }

    /// The bytes of a part of a blob, each verified before it is sent.
    fn send(&self, id: ContentId, part: Range<u64>, ticket: door::Request, watch: Arc<Watch>) -> Body {
        let pieces = self.local.index().export_bao(hash(id), ChunkRanges::bytes(part.clone())).stream();
        let sending = Sending {
            pieces: pieces.boxed(),
            part,
            ticket,
            watch,
            stall_timeout: self.stall_timeout,
            served: self.served.clone(),
        };
        let frames = stream::unfold(sending, |mut sending| async move {
            let piece = sending.next().await?;
            Some((piece.map(Frame::data), sending))
        });
        StreamBody::new(frames).boxed_unsync()
    }
}

/// A part of a blob on its way.
struct Sending {
    pieces: BoxStream<'static, EncodedItem>,
    /// What is still to be sent.
    part: Range<u64>,
    ticket: door::Request,
    watch: Arc<Watch>,
    stall_timeout: Duration,
    served: Arc<AtomicU64>,
}

impl Sending {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            if self.part.is_empty() {
                self.watch.set(IDLE);
                return None;
            }
            let piece = match self.pieces.next().await {
                Some(EncodedItem::Leaf(piece)) => piece,
                Some(EncodedItem::Size(_) | EncodedItem::Parent(_)) => continue,
                Some(EncodedItem::Error(error)) => return Some(Err(io::Error::other(error.to_string()))),
                Some(EncodedItem::Done) | None => return Some(Err(io::ErrorKind::UnexpectedEof.into())),
            };
            let bytes = overlap(piece.offset, piece.data, &self.part);
            if bytes.is_empty() {
                continue;
            }
            let length = bytes.len() as u64;
            self.ticket.may_send(length).await;
            self.served.fetch_add(length, Ordering::Relaxed);
            self.part.start += length;
            self.watch.set(self.stall_timeout);
            return Some(Ok(bytes));
        }
    }
}

/// What a piece at an offset has of a part.
fn overlap(offset: u64, piece: Bytes, part: &Range<u64>) -> Bytes {
    let place = |at: u64| at.saturating_sub(offset).min(piece.len() as u64) as usize;
    let (begin, end) = (place(part.start), place(part.end));
    piece.slice(begin..end.max(begin))
}

/// When a connection over which nothing moves is given up.
#[derive(Debug)]
struct Watch(Mutex<Instant>);

impl Watch {
    fn new(time: Duration) -> Self {
        Self(Mutex::new(Instant::now() + time))
    }

    fn at(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets it to `time` from now.
    fn set(&self, time: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + time;
    }

    /// Waits until it is over.
    async fn passed(&self) {
        loop {
            let at = self.at();
            if at <= Instant::now() {
                return;
            }
            sleep_until(at).await;
        }
    }
}

/// What of a blob is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    /// Bytes that it does not have.
    Nothing,
}

impl Asked {
    /// A range that cannot be read, or several of them, are as good as none: that is the visitor's right by RFC 9110.
    fn by(headers: &HeaderMap, tag: &str, size: u64) -> Self {
        if headers.contains_key(header::IF_RANGE) && !says(headers, header::IF_RANGE, tag) {
            return Self::Whole;
        }
        let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
        range.and_then(|range| Self::read(range, size)).unwrap_or(Self::Whole)
    }

    fn read(range: &str, size: u64) -> Option<Self> {
        let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
        let part = match (first, last) {
            ("", length) => size.saturating_sub(length.parse().ok()?)..size,
            (first, "") => first.parse().ok()?..size,
            (first, last) => {
                let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
                if last < first {
                    return None;
                }
                first..last.saturating_add(1).min(size)
            }
        };
        Some(if part.is_empty() { Self::Nothing } else { Self::Part(part) })
    }
}

/// The blob that a path names.
fn named(path: &str) -> Option<ContentId> {
    let digits = path.strip_prefix(BLOBS)?;
    // Others are written for people: with `0x`, say.
    let is_digit = |digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    let is_plain = digits.len() == 64 && digits.bytes().all(is_digit);
    is_plain.then(|| digits.parse().ok()).flatten()
}

/// Whether a header names this tag.
fn says(headers: &HeaderMap, name: HeaderName, tag: &str) -> bool {
    headers.get(name).and_then(|tags| tags.to_str().ok()).is_some_and(|tags| tags.contains(tag))
}

/// What is said of every blob. Strangers made it: no browser may take it for a page or a program.
fn describe(headers: &mut HeaderMap, tag: &str) {
    headers.insert(header::ETAG, value(tag));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
}

fn preflight() -> Response<Body> {
    let mut response = empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("range, if-range"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let body = Empty::new().map_err(|never: Infallible| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("numbers and digits are ASCII; qed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_id_as_it_is_written_names_a_blob() {
        let id = ContentId([0xab; 32]);
        assert_eq!(named(&format!("/blobs/{id}")), Some(id));
        for path in [
            format!("/blobs/0x{id}"),
            format!("/blobs/{}", id.to_string().to_uppercase()),
            format!("/blobs/{id}/"),
            format!("/{id}"),
            "/blobs/".into(),
            "/".into(),
        ] {
            assert_eq!(named(&path), None, "{path}");
        }
    }

    #[test]
    fn a_range_is_a_part_of_the_blob_or_it_is_refused() {
        let read = |range| Asked::read(range, 100);
        assert_eq!(read("bytes=0-0"), Some(Asked::Part(0..1)));
        assert_eq!(read("bytes=10-19"), Some(Asked::Part(10..20)));
        assert_eq!(read("bytes=90-"), Some(Asked::Part(90..100)));
        assert_eq!(read("bytes=90-18446744073709551615"), Some(Asked::Part(90..100)));
        assert_eq!(read("bytes=-10"), Some(Asked::Part(90..100)));
        assert_eq!(read("bytes=-1000"), Some(Asked::Part(0..100)));
        for nothing in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(read(nothing), Some(Asked::Nothing), "{nothing}");
        }
        for whole in ["bytes=20-10", "bytes=0-1,5-6", "bytes=a-b", "bytes=", "lines=1-2", "bytes=-"] {
            assert_eq!(read(whole), None, "{whole}");
        }
        assert_eq!(Asked::read("bytes=0-", 0), Some(Asked::Nothing));
    }

    #[test]
    fn of_a_piece_only_what_was_asked_for_is_sent() {
        let piece = Bytes::from_static(b"0123456789");
        let of = |part| overlap(100, piece.clone(), &part);
        assert_eq!(of(0..1_000), piece);
        assert_eq!(of(103..105), "34");
        assert_eq!(of(108..1_000), "89");
        assert_eq!(of(0..102), "01");
        assert!(of(0..100).is_empty() && of(110..120).is_empty());
    }

    #[test]
    fn behind_a_proxy_all_visitors_together_have_what_there_is() {
        let limits = PeerLimits::default();
        let at = |address: &str| limits_at(address.parse().unwrap(), limits);
        assert_eq!(at("192.0.2.1:80"), limits);
        assert_eq!(at("127.0.0.1:80").connections_per_address, limits.connections);
        assert_eq!(at("[::1]:80").requests_per_address, limits.requests);
    }
}
