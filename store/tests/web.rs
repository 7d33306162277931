//! A web server…

mod common;

use std::time::{Duration, Instant};

use assert_matches::assert_matches;
use common::*;
use talka_store::{Failure, Fatal, Source, Store, StoreOptions, Transient};

const SIZE: usize = 2 * MIB;

/// Whether something of the blob waits for the next attempt.
fn part_of(dir: &tempfile::TempDir, id: talka_store::ContentId) -> Option<u64> {
    std::fs::metadata(dir.path().join(format!("incoming/{id}"))).ok().map(|part| part.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_a_blob() {
    let (store, dir) = store().await;
    for size in [0, 1, 16 * 1024 + 1, SIZE] {
        let content = noise(size, "a");
        let server = WebServer::start(content.clone(), Manner::Good).await;
        let id = id(&content);
        // Exactly as large as allowed.
        store.fetch(id, &[server.source()], size as u64, silent).await.unwrap();
        assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
        assert_eq!(part_of(&dir, id), None);
        assert_eq!(server.seen().sent, size);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_cuts_off_is_asked_for_the_rest_only() {
    let (store, dir) = store().await;
    let content = noise(SIZE, "a");
    let server = WebServer::start(content.clone(), Manner::Cut(SIZE / 2)).await;
    let (id, sources) = (id(&content), [server.source()]);
    assert_matches!(
        failure(store.fetch(id, &sources, AMPLE, silent).await),
        Failure::Transient(Transient::Interrupted(_))
    );
    assert!(!store.contains(id).await.unwrap());
    let have = part_of(&dir, id).unwrap();
    assert!(have > 0 && have <= SIZE as u64 / 2, "{have}");

    server.behave(Manner::Good);
    store.fetch(id, &sources, AMPLE, silent).await.unwrap();
    assert_eq!(server.seen().starts, [0, have]);
    assert_eq!(server.seen().sent, SIZE / 2 + SIZE - have as usize);
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn is_asked_for_the_rest_after_a_restart_too() {
    let (store, dir) = store().await;
    let content = noise(SIZE, "a");
    let server = WebServer::start(content.clone(), Manner::Cut(SIZE / 2)).await;
    let (id, sources) = (id(&content), [server.source()]);
    failure(store.fetch(id, &sources, AMPLE, silent).await);
    store.shutdown().await;
    let have = part_of(&dir, id).unwrap();

    let store = open(&dir).await;
    server.behave(Manner::Good);
    store.fetch(id, &sources, AMPLE, silent).await.unwrap();
    assert_eq!(server.seen().starts, [0, have]);
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn may_be_ignorant_of_ranges() {
    for manner in [Manner::NoRanges, Manner::OtherRange] {
        let (store, _dir) = store().await;
        let content = noise(SIZE, "a");
        let server = WebServer::start(content.clone(), Manner::Cut(SIZE / 2)).await;
        let (id, sources) = (id(&content), [server.source()]);
        failure(store.fetch(id, &sources, AMPLE, silent).await);
        server.behave(manner);
        store.fetch(id, &sources, AMPLE, silent).await.unwrap();
        assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn may_go_on_where_another_was_wrong() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let wrong = WebServer::start(noise(SIZE, "b"), Manner::Cut(SIZE / 2)).await;
    let good = WebServer::start(content.clone(), Manner::Good).await;
    let id = id(&content);
    // The second goes on from the first's bytes, which turn out wrong, and is asked for all.
    store.fetch(id, &[wrong.source(), good.source()], AMPLE, silent).await.unwrap();
    assert_eq!(good.seen().starts.len(), 2);
    assert_eq!(good.seen().starts[1], 0);
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_other_bytes_is_refused() {
    let (store, dir) = store().await;
    let content = noise(SIZE, "a");
    let server = WebServer::start(content.clone(), Manner::Wrong).await;
    let (id, sources) = (id(&content), [server.source()]);
    assert_matches!(
        failure(store.fetch(id, &sources, AMPLE, silent).await),
        Failure::Fatal(Fatal::WrongContent)
    );
    assert_eq!(store.list().await.unwrap(), []);
    assert_eq!(part_of(&dir, id), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_announces_too_much_is_refused_before_it_sends() {
    let (store, dir) = store().await;
    let content = noise(SIZE, "a");
    let limit = SIZE as u64 - 1;
    let server = WebServer::start(content.clone(), Manner::Good).await;
    assert_eq!(
        failure(store.fetch(id(&content), &[server.source()], limit, silent).await),
        Failure::Fatal(Fatal::TooLarge { size: Some(SIZE as u64), limit })
    );
    server.behave(Manner::Claim(1 << 62));
    assert_matches!(
        failure(store.fetch(id(&content), &[server.source()], limit, silent).await),
        Failure::Fatal(Fatal::TooLarge { size: Some(size), .. }) if size == 1 << 62
    );
    assert_eq!(part_of(&dir, id(&content)).unwrap_or(0), 0);
    assert_eq!(store.list().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_never_stops_to_send_is_left_at_the_limit() {
    let (store, dir) = store().await;
    let content = noise(MIB, "a");
    let server = WebServer::start(content.clone(), Manner::Endless).await;
    let limit = 5 * MIB as u64;
    assert_eq!(
        failure(store.fetch(id(&content), &[server.source()], limit, silent).await),
        Failure::Fatal(Fatal::TooLarge { size: None, limit })
    );
    assert_eq!(part_of(&dir, id(&content)), None);
    assert_eq!(store.list().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_falls_silent_is_left() {
    let content = noise(SIZE, "a");
    for manner in [Manner::Stall(SIZE / 2), Manner::Drip, Manner::Deaf] {
        let (store, _dir) = store().await;
        let server = WebServer::start(content.clone(), manner.clone()).await;
        let start = Instant::now();
        let failure = failure(store.fetch(id(&content), &[server.source()], AMPLE, silent).await);
        assert_matches!(failure, Failure::Transient(Transient::Stalled(_)), "{manner:?}");
        assert!(
            start.elapsed() >= STALL && start.elapsed() < Duration::from_secs(10),
            "{:?}",
            start.elapsed()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_with_a_status_that_means_something() {
    let (store, _dir) = store().await;
    let content = noise(100, "a");
    let server = WebServer::start(content.clone(), Manner::Good).await;
    let transient = |failure: &Failure| matches!(failure, Failure::Transient(Transient::Busy(_)));
    let refused = |failure: &Failure| matches!(failure, Failure::Fatal(Fatal::Refused(_)));
    for (status, means) in [
        (404, (|failure| *failure == Failure::Fatal(Fatal::NotFound)) as fn(&Failure) -> bool),
        (410, |failure| *failure == Failure::Fatal(Fatal::NotFound)),
        (403, refused),
        (204, refused),
        (416, refused),
        (429, transient),
        (500, transient),
        (503, transient),
    ] {
        server.behave(Manner::Status(status));
        let failure = failure(store.fetch(id(&content), &[server.source()], AMPLE, silent).await);
        assert!(means(&failure), "{status}: {failure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn may_send_elsewhere() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let end = WebServer::start(content.clone(), Manner::Good).await;
    let start = WebServer::start(content.clone(), Manner::Redirect(end.source().to_string())).await;
    store.fetch(id(&content), &[start.source()], AMPLE, silent).await.unwrap();
    assert_eq!(end.seen().sent, SIZE);

    let other = id(b"other");
    start.behave(Manner::Redirect("/blob".into()));
    assert_matches!(
        failure(store.fetch(other, &[start.source()], AMPLE, silent).await),
        Failure::Fatal(Fatal::Refused(why)) if why.contains("too many redirects")
    );
    start.behave(Manner::Redirect("file:///etc/passwd".into()));
    assert_matches!(
        failure(store.fetch(other, &[start.source()], AMPLE, silent).await),
        Failure::Fatal(Fatal::Refused(_))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_private_network_is_not_asked() {
    let dir = tempfile::TempDir::new().unwrap();
    let store = Store::open(StoreOptions::new(dir.path())).await.unwrap();
    let content = noise(100, "a");
    let server = WebServer::start(content.clone(), Manner::Good).await;
    let Source::Http(url) = server.source() else { panic!("not a web address") };
    let named: Source = url.as_str().replace("127.0.0.1", "localhost").parse().unwrap();
    for source in [server.source(), named] {
        assert_matches!(
            failure(store.fetch(id(&content), &[source], AMPLE, silent).await),
            Failure::Fatal(Fatal::Refused(why)) if why.contains("private network")
        );
    }
    assert!(server.seen().starts.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn that_is_not_there_is_unreachable() {
    let (store, _dir) = store().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let source = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    assert_matches!(
        failure(store.fetch(id(b"x"), &[source], AMPLE, silent).await),
        Failure::Transient(Transient::Unreachable(_))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn that_was_wrong_is_not_asked_for_the_same_again() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let server = WebServer::start(content.clone(), Manner::Wrong).await;
    for _ in 0..2 {
        let result = store.fetch(id(&content), &[server.source()], AMPLE, silent).await;
        assert_eq!(failure(result), Failure::Fatal(Fatal::WrongContent));
    }
    assert_eq!(server.seen().starts, [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_fails_again_and_again_is_left_alone() {
    let (store, _dir) = store().await;
    let content = noise(100, "a");
    let server = WebServer::start(content.clone(), Manner::Status(503)).await;
    for _ in 0..5 {
        let result = store.fetch(id(&content), &[server.source()], AMPLE, silent).await;
        assert_matches!(failure(result), Failure::Transient(Transient::Busy(_)));
    }
    assert_eq!(server.seen().starts.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn has_two_transfers_of_a_store_at_a_time() {
    let (store, _dir) = store().await;
    let content = noise(SIZE, "a");
    let server = WebServer::start(content.clone(), Manner::Slow(Duration::from_millis(20))).await;
    // The same bytes stand for the blobs of others: what counts is who is asked.
    let ids = [b"1", b"2", b"3"].map(|text| id(text));
    let sources = [server.source()];
    let fetches = ids.map(|id| store.fetch(id, &sources, AMPLE, silent));
    let [a, b, c] = fetches;
    tokio::select! {
        _ = async { tokio::join!(a, b, c) } => {}
        () = tokio::time::sleep(Duration::from_millis(500)) => {}
    }
    assert_eq!(server.seen().starts.len(), 2);
}
