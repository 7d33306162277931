//! A store gives browsers…

mod common;

use std::{net::SocketAddr, time::Duration};

use assert_matches::assert_matches;
use bytes::Bytes;
use common::*;
use talka_store::{PeerLimits, Source, Store, StoreError, StoreOptions, WebOptions};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

fn with_web(dir: &TempDir) -> StoreOptions {
    let listen = "127.0.0.1:0".parse().unwrap();
    let web = Some(WebOptions { listen, advertise: None });
    StoreOptions { web, serve_all: false, ..options(dir.path()) }
}

async fn open_with_web(dir: &TempDir) -> Store {
    Store::open(with_web(dir)).await.unwrap()
}

fn socket(store: &Store) -> SocketAddr {
    let address = store.web_address().unwrap().as_str().to_owned();
    address.strip_prefix("http://").unwrap().trim_end_matches('/').parse().unwrap()
}

/// What a server says.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: String,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .headers
            .lines()
            .find(|line| line.split_once(':').is_some_and(|(before, _)| before.eq_ignore_ascii_case(name)))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

/// Asks once, and reads until the server closes the connection.
async fn ask(store: &Store, method: &str, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(socket(store)).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nhost: store\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    timeout(Duration::from_secs(20), stream.read_to_end(&mut said)).await.unwrap().unwrap();
    let end = said.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let headers = String::from_utf8(said[..end].to_vec()).unwrap();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, headers, body: said[end + 4..].to_vec().into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_marked_for_peers_and_nothing_else() {
    let dir = TempDir::new().unwrap();
    let store = open_with_web(&dir).await;
    for (size, seed) in [(0, "a"), (1, "a"), (100, "a"), (3 * MIB + 5, "a")] {
        let content = noise(size, seed);
        let blob = store.add_bytes(content.clone()).await.unwrap();
        let path = format!("/blobs/{}", blob.content);
        assert_eq!(ask(&store, "GET", &path, "").await.status, 404, "it is not served yet");
        store.serve(&[blob.content]).await.unwrap();

        let whole = ask(&store, "GET", &path, "").await;
        assert_eq!((whole.status, whole.body), (200, content));
        let head = ask(&store, "HEAD", &path, "").await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), Some(size.to_string().as_str()));
        store.withhold(&[blob.content]).await.unwrap();
        assert_eq!(ask(&store, "GET", &path, "").await.status, 404);
    }
    let nowhere = id(&noise(100, "b"));
    let others = ["/", "/blobs/", "/metrics"].map(str::to_owned);
    for path in others.into_iter().chain([format!("/blobs/{nowhere}"), format!("/{nowhere}")]) {
        assert_eq!(ask(&store, "GET", &path, "").await.status, 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(ask(&store, method, &format!("/blobs/{nowhere}"), "").await.status, 405, "{method}");
    }
    store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_blobs() {
    let dir = TempDir::new().unwrap();
    let store = open_with_web(&dir).await;
    let content = noise(MIB, "a");
    let blob = store.add_bytes(content.clone()).await.unwrap();
    store.serve(&[blob.content]).await.unwrap();
    let path = format!("/blobs/{}", blob.content);
    for (range, part) in [
        ("0-0", 0..1),
        ("16380-16390", 16_380..16_391),
        ("1000000-", 1_000_000..MIB),
        ("-7", MIB - 7..MIB),
        ("100-99999999", 100..MIB),
    ] {
        let answer = ask(&store, "GET", &path, &format!("range: bytes={range}\r\n")).await;
        assert_eq!(answer.status, 206, "{range}");
        let span = format!("bytes {}-{}/{MIB}", part.start, part.end - 1);
        assert_eq!(answer.header("content-range"), Some(span.as_str()));
        assert_eq!(answer.body, content.slice(part));
    }
    let beyond = ask(&store, "GET", &path, "range: bytes=1048576-\r\n").await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */1048576")));
    let other = "range: bytes=0-9\r\nif-range: \"other\"\r\n";
    assert_eq!(ask(&store, "GET", &path, other).await.status, 200);
    store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_to_pages_of_every_origin_as_bytes_that_stay_the_same() {
    let dir = TempDir::new().unwrap();
    let store = open_with_web(&dir).await;
    let blob = store.add_bytes(&b"<script>alert(1)</script>"[..]).await.unwrap();
    store.serve(&[blob.content]).await.unwrap();
    let path = format!("/blobs/{}", blob.content);
    let answer = ask(&store, "GET", &path, "origin: https://page.example\r\n").await;
    let tag = format!("\"{}\"", blob.content);
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("content-type", "application/octet-stream"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("accept-ranges", "bytes"),
        ("etag", tag.as_str()),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert_eq!(answer.header("set-cookie"), None);
    let known = ask(&store, "GET", &path, &format!("if-none-match: {tag}\r\n")).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    // A page that asks for a range asks beforehand whether it may.
    let preflight = ask(&store, "OPTIONS", &path, "origin: https://page.example\r\n").await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-methods"), Some("GET, HEAD"));
    // Errors can be read by pages, too.
    assert_eq!(ask(&store, "GET", "/", "").await.header("access-control-allow-origin"), Some("*"));
    store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_connections_than_are_allowed_and_none_that_says_nothing() {
    let dir = TempDir::new().unwrap();
    let limits = PeerLimits { connections: 2, ..PeerLimits::default() };
    let store = Store::open(StoreOptions { limits, ..with_web(&dir) }).await.unwrap();
    let at = socket(&store);
    let mut idle = [TcpStream::connect(at).await.unwrap(), TcpStream::connect(at).await.unwrap()];
    // Both are let in before the third one comes.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut third = TcpStream::connect(at).await.unwrap();
    let read = timeout(Duration::from_secs(5), third.read(&mut [0])).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)), "it is closed at once");
    // Who says nothing has to leave.
    let read = timeout(Duration::from_secs(20), idle[0].read_to_end(&mut Vec::new())).await;
    assert!(read.is_ok());
    store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_after_the_shutdown_and_their_port_to_others() {
    let dir = TempDir::new().unwrap();
    let store = open_with_web(&dir).await;
    let at = socket(&store);
    let mut open = TcpStream::connect(at).await.unwrap();
    store.shutdown().await;
    let read = timeout(Duration::from_secs(5), open.read(&mut [0])).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)));
    let web = Some(WebOptions { listen: at, advertise: None });
    let again = Store::open(StoreOptions { web, ..with_web(&dir) }).await.unwrap();
    assert_eq!(socket(&again), at);
    // The port is taken now, and the folder of the second store is free again when it cannot have it.
    let other = TempDir::new().unwrap();
    let web = Some(WebOptions { listen: at, advertise: None });
    let taken = Store::open(StoreOptions { web, ..with_web(&other) }).await;
    assert_matches!(taken, Err(StoreError::Listen { .. }));
    open_with_web(&other).await.shutdown().await;
    again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_announced_beside_the_one_for_peers() {
    let dir = TempDir::new().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let announce = |url: &str| Some(WebOptions { listen, advertise: Some(url.parse().unwrap()) });
    let web = announce("https://store.example/talka");
    let store = Store::open(StoreOptions { web, ..with_web(&dir) }).await.unwrap();
    let announced: Vec<_> = Source::announced(&store.announcement()).collect();
    assert_eq!(announced.len(), 2);
    assert_eq!(announced[0], store.address());
    assert_eq!(announced[1].to_string(), "https://store.example/talka");
    store.shutdown().await;

    let web = announce(&format!("https://store.example/{}", "a".repeat(120)));
    let long = Store::open(StoreOptions { web, ..with_web(&dir) }).await;
    assert_matches!(long, Err(StoreError::LongAddress(_)));
    let everywhere = Some(WebOptions { listen: "0.0.0.0:0".parse().unwrap(), advertise: None });
    let nowhere = Store::open(StoreOptions { web: everywhere, ..with_web(&dir) }).await;
    assert_matches!(nowhere, Err(StoreError::NothingToAdvertise(_)));

    let (quiet, _folder) = common::store().await;
    assert_eq!((quiet.web_address(), quiet.announcement()), (None, quiet.address().to_string()));
    assert_eq!(Source::announced("").count(), 0);
    for bad in ["ftp://a", "peer://a", "https://a/?b", "https://user:word@a/"] {
        assert!(bad.parse::<talka_store::HttpUrl>().is_err(), "{bad}");
    }
    quiet.shutdown().await;
}
