//! A peer…

mod common;

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use assert_matches::assert_matches;
use common::*;
use iroh::{
    endpoint::{presets, Connection},
    protocol::{AcceptError, ProtocolHandler, Router},
    Endpoint,
};
use talka_store::{ContentId, Failure, Fatal, Progress, Source, Store, StoreOptions, Transient};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn gives_a_blob() {
    let (giver, _a) = store().await;
    let (taker, _b) = store().await;
    for size in [0, 1, 1024, 16 * 1024, 16 * 1024 + 1, MIB, 3 * MIB + 5] {
        let content = noise(size, "a");
        let blob = giver.add_bytes(content.clone()).await.unwrap();
        // Exactly as large as allowed.
        taker.fetch(blob.content, &[giver.address()], blob.size, silent).await.unwrap();
        assert_eq!(taker.read(blob.content, AMPLE).await.unwrap(), content);
    }
    assert_eq!(taker.list().await.unwrap(), giver.list().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_on_what_it_got() {
    let (first, _a) = store().await;
    let (second, _b) = store().await;
    let (third, _c) = store().await;
    let content = noise(MIB, "a");
    let id = first.add_bytes(content.clone()).await.unwrap().content;
    second.fetch(id, &[first.address()], AMPLE, silent).await.unwrap();
    first.shutdown().await;
    third.fetch(id, &[second.address()], AMPLE, silent).await.unwrap();
    assert_eq!(third.read(id, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_a_blob_of_64_mib() {
    let (giver, _a) = store().await;
    let (taker, dir) = store().await;
    let content = noise(64 * MIB, "a");
    let blob = giver.add_bytes(content.clone()).await.unwrap();
    let (calls, last) = (AtomicU64::new(0), AtomicU64::new(0));
    let start = Instant::now();
    taker
        .fetch(blob.content, &[giver.address()], AMPLE, |Progress { have, total }| {
            assert_eq!(total, Some(blob.size));
            assert!(last.swap(have, Ordering::Relaxed) <= have, "progress went back");
            calls.fetch_add(1, Ordering::Relaxed);
        })
        .await
        .unwrap();
    println!("64 MiB from a peer: {:?}", start.elapsed());
    assert!(calls.into_inner() > 1);
    assert_eq!(last.into_inner(), blob.size);
    let start = Instant::now();
    taker.export(blob.content, dir.path().join("out")).await.unwrap();
    println!("64 MiB exported: {:?}", start.elapsed());
    assert_eq!(std::fs::read(dir.path().join("out")).unwrap(), content);
    assert_eq!(giver.served_bytes(), blob.size);
}

#[tokio::test(flavor = "multi_thread")]
async fn does_not_have_everything() {
    let (giver, _a) = store().await;
    let (taker, _b) = store().await;
    let removed = giver.add_bytes(noise(MIB, "a")).await.unwrap().content;
    giver.remove(&[removed]).await.unwrap();
    for id in [id(b"never seen"), removed] {
        let result = taker.fetch(id, &[giver.address()], AMPLE, silent).await;
        assert_eq!(failure(result), Failure::Fatal(Fatal::NotFound));
        // Nor does a store have it for having been asked, or of itself.
        let result = taker.fetch(id, &[taker.address()], AMPLE, silent).await;
        assert_eq!(failure(result), Failure::Fatal(Fatal::NotFound));
        assert!(!taker.contains(id).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_offers_too_much_is_refused() {
    let (giver, _a) = store().await;
    let (taker, dir) = store().await;
    let blob = giver.add_bytes(noise(4 * MIB, "a")).await.unwrap();
    let limit = blob.size - 1;
    assert_eq!(
        failure(taker.fetch(blob.content, &[giver.address()], limit, silent).await),
        Failure::Fatal(Fatal::TooLarge { size: Some(blob.size), limit })
    );
    assert!(!dir.path().join(format!("blobs/data/{}.data", blob.content)).exists());
    assert_eq!(taker.list().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_is_not_there_is_unreachable() {
    let (giver, _a) = store().await;
    let (taker, _b) = store().await;
    giver.shutdown().await;
    assert_matches!(
        failure(taker.fetch(id(b"x"), &[giver.address()], AMPLE, silent).await),
        Failure::Transient(Transient::Unreachable(_))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn must_be_who_the_source_says() {
    let (giver, _a) = store().await;
    let (other, _b) = store().await;
    let (taker, _c) = store().await;
    let id = giver.add_bytes("x").await.unwrap().content;
    let (giver, other) = (giver.address().to_string(), other.address().to_string());
    let (key, _) = other.split_once('@').unwrap();
    let (_, place) = giver.split_once('@').unwrap();
    let source: Source = format!("{key}@{place}").parse().unwrap();
    assert_matches!(
        failure(taker.fetch(id, &[source], AMPLE, silent).await),
        Failure::Transient(Transient::Unreachable(_))
    );
}

/// A peer that speaks the protocol and does not keep to it.
#[derive(Clone, Copy, Debug)]
enum Liar {
    /// Claims a size, and sends bytes that prove nothing.
    Noise { size: u64 },
    /// Claims a size, and sends nothing more.
    Silent { size: u64 },
    /// Does not even say a size.
    Mute,
}

impl ProtocolHandler for Liar {
    async fn accept(&self, connection: Connection) -> Result<(), AcceptError> {
        while let Ok((mut send, mut receive)) = connection.accept_bi().await {
            let _ = receive.read_to_end(64 * 1024).await;
            if let Self::Noise { size } | Self::Silent { size } = self {
                let _ = send.write_all(&size.to_le_bytes()).await;
            }
            match self {
                Self::Noise { .. } => {
                    let _ = send.write_all(&noise(MIB, "lies")).await;
                    let _ = send.finish();
                }
                _ => std::future::pending().await,
            }
        }
        Ok(())
    }
}

async fn liar(manner: Liar) -> (Router, Source) {
    let endpoint = Endpoint::builder(presets::Minimal)
        .clear_ip_transports()
        .bind_addr("127.0.0.1:0")
        .unwrap()
        .bind()
        .await
        .unwrap();
    let source = format!("peer://{}@{}", endpoint.id(), endpoint.bound_sockets()[0]).parse().unwrap();
    (Router::builder(endpoint).accept(iroh_blobs::ALPN, manner).spawn(), source)
}

#[tokio::test(flavor = "multi_thread")]
async fn that_lies_is_refused() {
    let content = noise(MIB, "a");
    let (store, _dir) = store().await;
    for (manner, why) in [
        (Liar::Noise { size: MIB as u64 }, Fatal::WrongContent),
        (Liar::Noise { size: 100 }, Fatal::WrongContent),
        (Liar::Noise { size: 0 }, Fatal::WrongContent),
        (Liar::Noise { size: u64::MAX }, Fatal::TooLarge { size: Some(u64::MAX), limit: AMPLE }),
    ] {
        let (_liar, source) = liar(manner).await;
        let result = store.fetch(id(&content), &[source], AMPLE, silent).await;
        assert_eq!(failure(result), Failure::Fatal(why), "{manner:?}");
        assert_eq!(store.list().await.unwrap(), []);
    }
    // No lie sticks: an honest peer gives the rest, which is all.
    let (giver, _b) = common::store().await;
    giver.add_bytes(content.clone()).await.unwrap();
    store.fetch(id(&content), &[giver.address()], AMPLE, silent).await.unwrap();
    assert_eq!(store.read(id(&content), AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_falls_silent_is_left() {
    let (store, _dir) = store().await;
    for manner in [Liar::Silent { size: MIB as u64 }, Liar::Mute] {
        let (_liar, source) = liar(manner).await;
        let start = Instant::now();
        let result = store.fetch(id(b"x"), &[source], AMPLE, silent).await;
        assert_eq!(failure(result), Failure::Transient(Transient::Stalled(STALL)), "{manner:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_closes_is_asked_for_the_rest_only() {
    let (dir_a, dir_b) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let giver = open(&dir_a).await;
    let taker = open(&dir_b).await;
    let blob = giver.add_bytes(noise(32 * MIB, "a")).await.unwrap();
    let source = giver.address();

    let have = AtomicU64::new(0);
    let (enough, closing) = tokio::sync::oneshot::channel::<()>();
    let enough = std::sync::Mutex::new(Some(enough));
    let result = tokio::join!(
        taker.fetch(blob.content, std::slice::from_ref(&source), AMPLE, |progress| {
            have.store(progress.have, Ordering::Relaxed);
            if progress.have >= 8 * MIB as u64 {
                enough.lock().unwrap().take();
            }
        }),
        async {
            let _ = closing.await;
            giver.shutdown().await;
        }
    )
    .0;
    assert_matches!(failure(result), Failure::Transient(Transient::Interrupted(_) | Transient::Stalled(_)));
    let have = have.into_inner();
    assert!(have >= 8 * MIB as u64 && have < blob.size);
    assert!(!taker.contains(blob.content).await.unwrap());
    // Both ends restart.
    taker.shutdown().await;
    let taker = open(&dir_b).await;
    let Source::Peer(address) = &source else { panic!("not a peer") };
    let giver =
        Store::open(StoreOptions { listen: address.socket(), ..options(dir_a.path()) }).await.unwrap();
    assert_eq!(giver.address(), source);

    taker.fetch(blob.content, &[source], AMPLE, silent).await.unwrap();
    assert_eq!(taker.read(blob.content, AMPLE).await.unwrap(), noise(32 * MIB, "a"));
    // Half of what was there, for what was still in memory.
    wait_for(|| giver.served_bytes() > 0).await;
    assert!(giver.served_bytes() <= blob.size - have / 2, "{} of {}", giver.served_bytes(), blob.size);
}

#[tokio::test(flavor = "multi_thread")]
async fn is_not_believed_by_a_damaged_part() {
    let (dir_a, dir_b) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let giver = open(&dir_a).await;
    let taker = open(&dir_b).await;
    let content = noise(32 * MIB, "a");
    let id = giver.add_bytes(content.clone()).await.unwrap().content;
    // Given up after the first bytes.
    let (enough, closing) = tokio::sync::oneshot::channel::<()>();
    let enough = std::sync::Mutex::new(Some(enough));
    let sources = [giver.address()];
    tokio::select! {
        result = taker.fetch(id, &sources, AMPLE, |progress| {
            if progress.have >= 4 * MIB as u64 {
                enough.lock().unwrap().take();
            }
        }) => panic!("{result:?}"),
        _ = closing => {}
    }
    taker.shutdown().await;
    let part = dir_b.path().join(format!("blobs/data/{id}.data"));
    let mut bytes = std::fs::read(&part).unwrap();
    bytes[MIB] ^= 1;
    std::fs::write(&part, bytes).unwrap();

    let taker = open(&dir_b).await;
    taker.fetch(id, &[giver.address()], AMPLE, silent).await.unwrap();
    assert_eq!(taker.read(id, AMPLE).await.unwrap(), content);
}

async fn wait_for(done: impl Fn() -> bool) {
    for _ in 0..200 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited in vain");
}

/// The environment of the processes below: the folder, where it listens, what it fetches from where.
const DIR: &str = "TALKA_TEST_STORE";
const LISTEN: &str = "TALKA_TEST_LISTEN";
const FETCH: &str = "TALKA_TEST_FETCH";
const SIZE: usize = 64 * MIB;

/// Not a test: what the tests below run in a process of its own. Serves one blob until its input is closed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by other tests"]
async fn serves_in_a_process_of_its_own() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let listen = std::env::var(LISTEN).unwrap().parse().unwrap();
    let store = Store::open(StoreOptions { listen, ..options(Path::new(&dir)) }).await.unwrap();
    let blob = store.add_bytes(noise(SIZE, "process")).await.unwrap();
    println!("\nserving {} {}", blob.content, store.address());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await.unwrap().unwrap();
    println!("\nserved {}", store.served_bytes());
    store.shutdown().await;
}

/// Not a test: fetches a blob, says so when a quarter is here, and hangs.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by other tests"]
async fn fetches_in_a_process_of_its_own() {
    let (Some(dir), Ok(what)) = (std::env::var_os(DIR), std::env::var(FETCH)) else { return };
    let (id, source) = what.split_once(' ').unwrap();
    let store = Store::open(options(Path::new(&dir))).await.unwrap();
    let hang = |progress: Progress| {
        if progress.have >= SIZE as u64 / 4 {
            println!("\nhave {}", progress.have);
            std::thread::sleep(Duration::from_secs(60));
        }
    };
    store.fetch(id.parse().unwrap(), &[source.parse().unwrap()], AMPLE, hang).await.unwrap();
}

/// A process that runs one of the two above.
struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Process {
    fn start(what: &str, dir: &Path, variable: &str, value: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", what, "--ignored", "--nocapture"])
            .env(DIR, dir)
            .env(variable, value)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, input, lines }
    }

    /// What follows `start` on the next line that starts so.
    fn says(&mut self, start: &str) -> String {
        let mut said = self.lines.by_ref().map(|line| line.unwrap());
        said.find_map(|line| line.strip_prefix(start).map(str::to_owned)).expect("the process says it")
    }
}

/// A process that serves a blob.
struct Server {
    process: Process,
    id: ContentId,
    source: Source,
}

impl Server {
    fn start(dir: &Path, listen: &str) -> Self {
        let mut process = Process::start("serves_in_a_process_of_its_own", dir, LISTEN, listen);
        let line = process.says("serving ");
        let (id, source) = line.split_once(' ').unwrap();
        Self { process, id: id.parse().unwrap(), source: source.parse().unwrap() }
    }

    /// Ends it in order. Returns how much it served.
    fn end(mut self) -> u64 {
        self.process.input.take();
        self.process.says("served ").parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn may_be_another_process() {
    let dir = TempDir::new().unwrap();
    let server = Server::start(dir.path(), "127.0.0.1:0");
    assert_matches!(Store::open(options(dir.path())).await, Err(talka_store::StoreError::InUse(_)));
    let (store, _dir) = store().await;
    store.fetch(server.id, std::slice::from_ref(&server.source), AMPLE, silent).await.unwrap();
    assert_eq!(store.read(server.id, AMPLE).await.unwrap(), noise(SIZE, "process"));
    assert_eq!(server.end(), SIZE as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_is_killed_is_asked_for_the_rest_when_it_is_back() {
    let dir = TempDir::new().unwrap();
    let (store, _dir) = store().await;
    let server = Server::start(dir.path(), "127.0.0.1:0");
    let (id, sources) = (server.id, [server.source.clone()]);
    let have = AtomicU64::new(0);
    let server = std::sync::Mutex::new(Some(server));
    let result = store
        .fetch(id, &sources, AMPLE, |progress| {
            have.store(progress.have, Ordering::Relaxed);
            if progress.have >= 16 * MIB as u64 {
                server.lock().unwrap().take(); // SIGKILL
            }
        })
        .await;
    let failure = failure(result);
    assert_matches!(failure, Failure::Transient(Transient::Stalled(_) | Transient::Interrupted(_)));
    let have = have.into_inner();
    assert!(have < SIZE as u64);

    let Source::Peer(address) = &sources[0] else { panic!("not a peer") };
    let server = Server::start(dir.path(), &address.socket().to_string());
    assert_eq!(server.source, sources[0]);
    store.fetch(id, &sources, AMPLE, silent).await.unwrap();
    assert_eq!(store.read(id, AMPLE).await.unwrap(), noise(SIZE, "process"));
    let served = server.end();
    assert!(served <= SIZE as u64 - have / 2, "{served} served, {have} were here");
}

#[tokio::test(flavor = "multi_thread")]
async fn is_asked_for_the_rest_only_after_a_kill_of_the_one_who_asks() {
    let (giver, _giver_dir) = store().await;
    let dir = TempDir::new().unwrap();
    let content = noise(SIZE, "a");
    let id = giver.add_bytes(content.clone()).await.unwrap().content;
    let what = format!("{id} {}", giver.address());
    let mut process = Process::start("fetches_in_a_process_of_its_own", dir.path(), FETCH, &what);
    let have: u64 = process.says("have ").parse().unwrap();
    drop(process); // SIGKILL

    let taker = open(&dir).await;
    assert!(!taker.contains(id).await.unwrap());
    let mut first = None;
    taker
        .fetch(id, &[giver.address()], AMPLE, |progress| _ = first.get_or_insert(progress.have))
        .await
        .unwrap();
    assert!(first.unwrap() >= have / 2, "{first:?} of {have}");
    assert_eq!(taker.read(id, AMPLE).await.unwrap(), content);
}
