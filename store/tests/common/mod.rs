//! What the tests share: stores in temporary folders, content, and a web server with bad manners.

#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use talka_store::{ContentId, Failure, FetchError, Progress, Source, Store, StoreOptions};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub const MIB: usize = 1024 * 1024;
/// A limit that is in nobody's way.
pub const AMPLE: u64 = 1 << 40;
/// Short, as the sources that stall here stall on purpose.
pub const STALL: Duration = Duration::from_millis(1500);

/// Bytes that don't compress and don't repeat, the same for the same seed.
pub fn noise(size: usize, seed: &str) -> Bytes {
    let mut bytes = vec![0; size];
    blake3::Hasher::new().update(seed.as_bytes()).finalize_xof().fill(&mut bytes);
    bytes.into()
}

pub fn id(bytes: &[u8]) -> ContentId {
    ContentId(*blake3::hash(bytes).as_bytes())
}

pub fn options(dir: &Path) -> StoreOptions {
    StoreOptions {
        allow_private_http: true,
        allow_files: true,
        connect_timeout: Duration::from_secs(2),
        stall_timeout: STALL,
        serve_all: true,
        ..StoreOptions::new(dir)
    }
}

pub async fn open(dir: &TempDir) -> Store {
    Store::open(options(dir.path())).await.expect("the store opens")
}

/// A store that serves what it is told to.
pub async fn discreet(dir: &TempDir) -> Store {
    let options = StoreOptions { serve_all: false, ..options(dir.path()) };
    Store::open(options).await.expect("the store opens")
}

/// A new store in a new folder.
pub async fn store() -> (Store, TempDir) {
    let dir = TempDir::new().unwrap();
    (open(&dir).await, dir)
}

pub fn silent(_: Progress) {}

/// How the only source failed.
pub fn failure(result: Result<(), FetchError>) -> Failure {
    match result.unwrap_err() {
        FetchError::Sources { failures, .. } if failures.len() == 1 => failures[0].why.clone(),
        other => panic!("{other}"),
    }
}

/// What a web server does.
#[derive(Clone, Debug, PartialEq)]
pub enum Manner {
    /// What it should, ranges too.
    Good,
    /// Sends everything whatever part is asked for.
    NoRanges,
    /// Cuts the connection after this many bytes of a body.
    Cut(usize),
    /// Falls silent after this many bytes of a body, connection open.
    Stall(usize),
    /// Sends a byte now and then.
    Drip,
    /// Sends 16 KiB, the least that counts as progress, again and again after this time.
    Slow(Duration),
    /// Never answers.
    Deaf,
    /// Sends other bytes of the same length.
    Wrong,
    /// Never stops to send, and does not say how much it will be.
    Endless,
    /// Says that it is this long.
    Claim(u64),
    /// Answers with this status, and nothing else.
    Status(u16),
    /// Answers any request for a range with another range.
    OtherRange,
    /// Sends the caller elsewhere.
    Redirect(String),
}

/// A web server with one thing to serve.
pub struct WebServer {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    content: Bytes,
    manner: Mutex<Manner>,
    seen: Mutex<Seen>,
}

/// What happened at a server.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// For each request the first byte that was asked for.
    pub starts: Vec<u64>,
    /// Bytes of bodies that were sent.
    pub sent: usize,
}

impl WebServer {
    pub async fn start(content: Bytes, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State { content, manner: Mutex::new(manner), seen: Mutex::default() });
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { address, state, task }
    }

    pub fn source(&self) -> Source {
        format!("http://{}/blob", self.address).parse().unwrap()
    }

    pub fn behave(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
    }

    pub fn seen(&self) -> Seen {
        self.state.seen.lock().unwrap().clone()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves one request a connection. Errors are the client's going away.
async fn serve(mut stream: TcpStream, state: Arc<State>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    assert!(head.starts_with("get /"), "{head}");
    let asked = head
        .lines()
        .find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    state.seen.lock().unwrap().starts.push(asked.unwrap_or(0) as u64);
    let manner = state.manner.lock().unwrap().clone();
    let content = &state.content;
    let answer =
        |status: &str, headers: String| format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
    let length = |body: usize| format!("Content-Length: {body}\r\n");
    let range =
        |first: usize| format!("Content-Range: bytes {first}-{}/{}\r\n", content.len() - 1, content.len());

    let (head, body) = match (&manner, asked) {
        (Manner::Deaf, _) => std::future::pending().await,
        (Manner::Status(status), _) => (answer(&format!("{status} Odd"), length(0)), Bytes::new()),
        (Manner::Redirect(to), _) => {
            (answer("302 Found", format!("Location: {to}\r\n{}", length(0))), Bytes::new())
        }
        (Manner::Claim(size), _) => {
            (answer("200 OK", format!("Content-Length: {size}\r\n")), content.clone())
        }
        (Manner::Wrong, _) => {
            let body: Bytes = content.iter().map(|byte| !byte).collect();
            (answer("200 OK", length(body.len())), body)
        }
        (Manner::Endless, _) => (answer("200 OK", String::new()), content.clone()),
        (Manner::OtherRange, Some(_)) => {
            (answer("206 Partial Content", range(1) + &length(content.len() - 1)), content.slice(1..))
        }
        (Manner::NoRanges, _) | (_, None) => (answer("200 OK", length(content.len())), content.clone()),
        (_, Some(first)) if first >= content.len() => {
            let total = format!("Content-Range: bytes */{}\r\n", content.len());
            (answer("416 Range Not Satisfiable", total + &length(0)), Bytes::new())
        }
        (_, Some(first)) => {
            let body = content.slice(first..);
            (answer("206 Partial Content", range(first) + &length(body.len())), body)
        }
    };
    stream.write_all(head.as_bytes()).await?;
    let send = match manner {
        Manner::Cut(after) | Manner::Stall(after) => body.slice(..after.min(body.len())),
        Manner::Drip | Manner::Slow(_) => Bytes::new(),
        _ => body.clone(),
    };
    for piece in send.chunks(16 * 1024) {
        stream.write_all(piece).await?;
        state.seen.lock().unwrap().sent += piece.len();
    }
    match manner {
        Manner::Stall(_) => std::future::pending().await,
        Manner::Endless => loop {
            stream.write_all(&body).await?;
            state.seen.lock().unwrap().sent += body.len();
        },
        Manner::Drip => {
            for byte in &body {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Manner::Slow(pause) => {
            for piece in body.chunks(16 * 1024) {
                stream.write_all(piece).await?;
                tokio::time::sleep(pause).await;
            }
        }
        _ => stream.shutdown().await?,
    }
    Ok(())
}
