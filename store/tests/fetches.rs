//! A store that is asked for a blob…

mod common;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use assert_matches::assert_matches;
use common::*;
use talka_primitives::Hint as _;
use talka_store::{
    Failure, Fatal, FetchError, FetchOptions, Source, Store, StoreError, StoreOptions, Transient,
};
use tempfile::TempDir;

const SIZE: usize = 2 * MIB;

/// A source that nobody answers at.
fn nobody() -> Source {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_nobody_for_what_it_has() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let id = store.add_bytes(content.clone()).await.unwrap().content;
    let server = WebServer::start(content, Manner::Good).await;
    store.fetch(id, &[server.source()], SIZE as u64, silent).await.unwrap();
    store.fetch(id, &[], SIZE as u64, silent).await.unwrap();
    assert!(server.seen().starts.is_empty());
    // The limit holds here too.
    assert_matches!(
        store.fetch(id, &[], SIZE as u64 - 1, silent).await,
        Err(FetchError::Store(StoreError::TooLarge { .. }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_nobody_for_nothing() {
    let (store, _dir) = store().await;
    store.fetch(id(b""), &[], 0, silent).await.unwrap();
    assert_eq!(store.read(id(b""), 0).await.unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_the_sources_in_turn() {
    let (store, _dir) = store().await;
    let (giver, _other) = common::store().await;
    let content = noise(SIZE, "a");
    let id = giver.add_bytes(content.clone()).await.unwrap().content;
    let silent_one = WebServer::start(content.clone(), Manner::Stall(SIZE / 3)).await;
    let wrong = WebServer::start(content.clone(), Manner::Wrong).await;
    let unused = WebServer::start(content.clone(), Manner::Good).await;
    let sources = [nobody(), silent_one.source(), wrong.source(), giver.address(), unused.source()];
    store.fetch(id, &sources, AMPLE, silent).await.unwrap();
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
    assert_eq!(silent_one.seen().starts.len(), 1);
    assert!(unused.seen().starts.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_of_each_source_why_it_failed() {
    let (store, _dir) = store().await;
    let (giver, _other) = common::store().await;
    let content = noise(SIZE, "a");
    let wrong = WebServer::start(content.clone(), Manner::Wrong).await;
    let sources = [nobody(), wrong.source(), giver.address(), "file:///no/such/file".parse().unwrap()];
    let error = store.fetch(id(&content), &sources, AMPLE, silent).await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(error.hint(), "try again later, or add a source");
    let text = error.to_string();
    let FetchError::Sources { failures, .. } = error else { panic!("{error}") };
    assert!(failures.iter().map(|failure| &failure.at).eq(&sources));
    assert_matches!(failures[0].why, Failure::Transient(Transient::Unreachable(_)));
    assert_matches!(failures[1].why, Failure::Fatal(Fatal::WrongContent));
    assert_matches!(failures[2].why, Failure::Fatal(Fatal::NotFound));
    assert_matches!(failures[3].why, Failure::Fatal(Fatal::NotFound));
    for source in &sources {
        assert!(text.contains(&source.to_string()), "{text}");
    }
    assert!(!text.contains("hint"), "{text}");

    let error = store.fetch(id(&content), &sources[1..], AMPLE, silent).await.unwrap_err();
    assert!(!error.is_transient());
    assert_eq!(error.hint(), "name another source");
    let error = store.fetch(id(&content), &[], AMPLE, silent).await.unwrap_err();
    assert_matches!(&error, FetchError::Sources { failures, .. } if failures.is_empty());
    assert!(!error.is_transient());
}

#[tokio::test(flavor = "multi_thread")]
async fn by_several_at_once_fetches_it_once() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let server = WebServer::start(content.clone(), Manner::Good).await;
    let (id, sources) = (id(&content), [server.source()]);
    let reports = AtomicUsize::new(0);
    let fetch = || async {
        let seen = AtomicUsize::new(0);
        let result = store.fetch(id, &sources, AMPLE, |_| _ = seen.fetch_add(1, Ordering::Relaxed)).await;
        reports.fetch_add(seen.into_inner().min(1), Ordering::Relaxed);
        result
    };
    let elsewhere = {
        let (store, sources) = (store.clone(), sources.clone());
        tokio::spawn(async move { store.fetch(id, &sources, AMPLE, |_| ()).await })
    };
    let (a, b, c) = tokio::join!(fetch(), fetch(), fetch());
    a.and(b).and(c).and(elsewhere.await.unwrap()).unwrap();
    assert_eq!(server.seen().starts, [0]);
    assert_eq!(reports.into_inner(), 3, "each caller sees the progress");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_several_with_other_limits_keeps_to_each() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let good = WebServer::start(content.clone(), Manner::Good).await;
    let (id, sources) = (id(&content), [good.source()]);
    let (too_small, ample) = tokio::join!(
        store.fetch(id, &sources, SIZE as u64 - 1, silent),
        store.fetch(id, &sources, AMPLE, silent),
    );
    ample.unwrap();
    assert_matches!(too_small, Err(_));
    assert!(store.contains(id).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn does_not_wait_for_somebody_elses_source() {
    let (store, dir) = store().await;
    let content = noise(SIZE, "a");
    let id = id(&content);
    let slow = WebServer::start(content.clone(), Manner::Slow(Duration::from_millis(200))).await;
    let good = WebServer::start(content.clone(), Manner::Good).await;
    let theirs = {
        let (store, sources) = (store.clone(), [slow.source()]);
        tokio::spawn(async move { store.fetch(id, &sources, AMPLE, silent).await })
    };
    while slow.seen().starts.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // At that rate it would take 25 s.
    let sources = [good.source()];
    let ours = tokio::time::timeout(Duration::from_secs(10), store.fetch(id, &sources, AMPLE, silent));
    ours.await.expect("the other source is fast").unwrap();
    // What one has brought is there for all.
    theirs.await.unwrap().unwrap();
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0, "a part was left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_a_slow_source_for_the_next() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let id = id(&content);
    let slow = WebServer::start(content.clone(), Manner::Slow(Duration::from_millis(200))).await;
    let good = WebServer::start(content.clone(), Manner::Good).await;
    let options = FetchOptions { min_rate: MIB as u64, ..FetchOptions::new(AMPLE) };
    store.fetch_within(id, &[slow.source(), good.source()], &options, silent).await.unwrap();
    assert_eq!(slow.seen().starts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn says_which_source_was_too_slow() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let slow = WebServer::start(content.clone(), Manner::Slow(Duration::from_millis(200))).await;
    let options = FetchOptions { min_rate: MIB as u64, ..FetchOptions::new(AMPLE) };
    let fetched = store.fetch_within(id(&content), &[slow.source()], &options, silent).await;
    assert_eq!(failure(fetched), Failure::Transient(Transient::Slow(MIB as u64)));
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_a_source_that_would_not_be_done_in_time() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let slow = WebServer::start(content.clone(), Manner::Slow(Duration::from_millis(200))).await;
    let good = WebServer::start(content.clone(), Manner::Good).await;
    // It would need 25 s, and is fast enough for who has time.
    let until = Some(Instant::now() + Duration::from_secs(10));
    let options = FetchOptions { until, ..FetchOptions::new(AMPLE) };
    store.fetch_within(id(&content), &[slow.source(), good.source()], &options, silent).await.unwrap();
    assert_eq!(good.seen().starts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_when_the_time_of_the_caller_is_over() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let id = id(&content);
    let server = WebServer::start(content.clone(), Manner::Stall(SIZE / 2)).await;
    let sources = [nobody(), server.source()];
    // The first request of a store to the web takes longer than others.
    failure(store.fetch(id, &sources[..1], AMPLE, silent).await);
    let soon =
        FetchOptions { until: Some(Instant::now() + Duration::from_millis(400)), ..FetchOptions::new(AMPLE) };
    // Each in its own time, though it is one transfer.
    let (early, patient) = tokio::join!(
        store.fetch_within(id, &sources, &soon, silent),
        store.fetch(id, &sources, AMPLE, silent)
    );
    let early = early.unwrap_err();
    assert_matches!(&early, FetchError::Late { .. });
    assert!(early.is_transient());
    assert!(early.hint().contains("more time"), "{}", early.hint());
    assert!(early.to_string().contains("did not arrive in time"), "{early}");
    assert_matches!(patient, Err(FetchError::Sources { .. }));
    assert_eq!(server.seen().starts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_when_all_have_given_up_and_not_before() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let server = WebServer::start(content.clone(), Manner::Stall(SIZE / 4)).await;
    let (id, sources) = (id(&content), [server.source()]);
    let impatient =
        tokio::time::timeout(Duration::from_millis(200), store.fetch(id, &sources, AMPLE, silent));
    let patient = store.fetch(id, &sources, AMPLE, silent);
    let (impatient, patient) = tokio::join!(impatient, patient);
    assert!(impatient.is_err(), "the server stalls");
    assert_matches!(failure(patient), Failure::Transient(Transient::Stalled(_)));
    assert_eq!(server.seen().starts.len(), 1, "one transfer for both");

    // Given up by its only caller, it leaves what it has to the next.
    let alone = tokio::time::timeout(Duration::from_millis(200), store.fetch(id, &sources, AMPLE, silent));
    assert!(alone.await.is_err());
    server.behave(Manner::Good);
    store.fetch(id, &sources, AMPLE, silent).await.unwrap();
    assert_eq!(server.seen().starts, [0, SIZE as u64 / 4, SIZE as u64 / 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_it_from_a_file_if_that_is_allowed() {
    let (store, _dir) = store().await;
    let files = TempDir::new().unwrap();
    let content = noise(SIZE, "a");
    let path = files.path().join("a blob");
    std::fs::write(&path, &content).unwrap();
    let (id, source) = (id(&content), Source::file(&path).unwrap());
    let fetch = |limit| store.fetch(id, std::slice::from_ref(&source), limit, silent);

    let limit = SIZE as u64 - 1;
    assert_eq!(
        failure(fetch(limit).await),
        Failure::Fatal(Fatal::TooLarge { size: Some(SIZE as u64), limit })
    );
    std::fs::write(&path, noise(SIZE, "b")).unwrap();
    assert_eq!(failure(fetch(AMPLE).await), Failure::Fatal(Fatal::WrongContent));
    assert_eq!(store.list().await.unwrap(), []);
    std::fs::write(&path, &content).unwrap();
    fetch(SIZE as u64).await.unwrap();
    // A copy: the file may go.
    std::fs::remove_file(&path).unwrap();
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);

    for odd in [files.path(), "/dev/zero".as_ref()] {
        let result = store.fetch(common::id(b"x"), &[Source::file(odd).unwrap()], AMPLE, silent).await;
        assert_matches!(failure(result), Failure::Fatal(Fatal::Refused(_)));
    }

    let dir = TempDir::new().unwrap();
    let strict = Store::open(StoreOptions::new(dir.path())).await.unwrap();
    std::fs::write(&path, &content).unwrap();
    assert_matches!(
        failure(strict.fetch(id, std::slice::from_ref(&source), AMPLE, silent).await),
        Failure::Fatal(Fatal::Refused(_))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fetches_it_again_when_its_copy_was_damaged() {
    let (store, dir) = store().await;
    let content = noise(SIZE, "a");
    let server = WebServer::start(content.clone(), Manner::Good).await;
    let id = store.add_bytes(content.clone()).await.unwrap().content;
    std::fs::remove_file(dir.path().join(format!("blobs/data/{id}.data"))).unwrap();
    assert_matches!(store.read(id, AMPLE).await, Err(StoreError::Damaged(_)));
    store.fetch(id, &[server.source()], AMPLE, silent).await.unwrap();
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
    // From a peer too.
    let (giver, _other) = common::store().await;
    giver.add_bytes(content.clone()).await.unwrap();
    std::fs::write(dir.path().join(format!("blobs/data/{id}.data")), "x").unwrap();
    assert_matches!(store.read(id, AMPLE).await, Err(StoreError::Damaged(_)));
    store.fetch(id, &[giver.address()], AMPLE, silent).await.unwrap();
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn may_be_asked_to_remove_it_meanwhile() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let server = WebServer::start(content.clone(), Manner::Good).await;
    let (id, sources) = (id(&content), [server.source()]);
    let ids = [id];
    for _ in 0..10 {
        let (fetched, removed) = tokio::join!(store.fetch(id, &sources, AMPLE, silent), store.remove(&ids));
        fetched.unwrap();
        removed.unwrap();
    }
    store.fetch(id, &sources, AMPLE, silent).await.unwrap();
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_its_end_says_so() {
    let (store, _dir) = store().await;
    let content = noise(100, "a");
    let server = WebServer::start(content.clone(), Manner::Good).await;
    store.shutdown().await;
    assert_matches!(
        store.fetch(id(&content), &[server.source()], AMPLE, silent).await,
        Err(FetchError::Store(StoreError::Closed))
    );
    store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_files_that_are_files() {
    let (store, _dir) = store().await;
    let files = TempDir::new().unwrap();
    let (link, pipe) = (files.path().join("link"), files.path().join("pipe"));
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in
        ["/proc/self/status".as_ref(), "/sys/kernel/mm".as_ref(), "/dev/null".as_ref(), &*link, &*pipe]
    {
        let source: [_; 1] = [Source::file(path).unwrap()];
        assert_matches!(
            failure(store.fetch(id(b"x"), &source, AMPLE, silent).await),
            Failure::Fatal(Fatal::Refused(_) | Fatal::NotFound),
            "{}",
            path.display()
        );
    }
}
