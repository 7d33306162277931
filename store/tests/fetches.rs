//! A store that is asked for a blob…

mod common;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use assert_matches::assert_matches;
use common::*;
use talka_primitives::Hint as _;
use talka_store::{Failure, Fatal, FetchError, Source, Store, StoreError, StoreOptions, Transient};
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
async fn by_several_with_other_sources_serves_each() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let good = WebServer::start(content.clone(), Manner::Good).await;
    let id = id(&content);
    let (bad, good_sources) = ([nobody()], [good.source()]);
    let limit = SIZE as u64 - 1;
    let (bad, too_small, good) = tokio::join!(
        store.fetch(id, &bad, AMPLE, silent),
        store.fetch(id, &good_sources, limit, silent),
        store.fetch(id, &good_sources, AMPLE, silent),
    );
    good.unwrap();
    assert_matches!(bad, Err(FetchError::Sources { .. }));
    assert_matches!(too_small, Err(_));
    assert!(store.contains(id).await.unwrap());
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
async fn gets_it_anew_when_its_copy_was_damaged() {
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
