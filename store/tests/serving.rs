//! A store gives peers…

mod common;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use assert_matches::assert_matches;
use common::*;
use iroh::{
    endpoint::{presets, Connection},
    protocol::{AcceptError, ProtocolHandler},
    Endpoint, EndpointAddr, EndpointId,
};
use iroh_blobs::{
    get::fsm,
    protocol::{ChunkRangesSeq, GetManyRequest, GetRequest, ObserveRequest, PushRequest},
    store::mem::MemStore,
    Hash,
};
use talka_store::{
    ContentId, Failure, Fatal, PeerLimits, Source, Store, StoreError, StoreOptions, Transient,
};
use tempfile::TempDir;

async fn endpoint() -> Endpoint {
    let builder = Endpoint::builder(presets::Minimal).clear_ip_transports();
    builder.bind_addr("127.0.0.1:0").unwrap().bind().await.unwrap()
}

async fn connect(endpoint: &Endpoint, to: &Source) -> Connection {
    let Source::Peer(peer) = to else { panic!("not a peer") };
    let address = EndpointAddr::new(EndpointId::from_bytes(&peer.id()).unwrap()).with_ip_addr(peer.socket());
    endpoint.connect(address, iroh_blobs::ALPN).await.unwrap()
}

async fn limited(dir: &TempDir, limits: PeerLimits) -> Store {
    Store::open(StoreOptions { limits, ..options(dir.path()) }).await.unwrap()
}

/// Whether a new store gets the blob.
async fn is_given(source: &Source, id: ContentId) -> bool {
    let (taker, _dir) = store().await;
    match taker.fetch(id, std::slice::from_ref(source), AMPLE, silent).await {
        Ok(()) => true,
        failed => {
            assert_eq!(failure(failed), Failure::Fatal(Fatal::NotFound));
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_marked_and_nothing_else() {
    let dir = TempDir::new().unwrap();
    let giver = discreet(&dir).await;
    let [small, large, other] =
        [noise(100, "a"), noise(MIB, "a"), noise(MIB, "b")].map(|content| (id(&content), content));
    for (_, content) in [&small, &large, &other] {
        giver.add_bytes(content.clone()).await.unwrap();
    }
    let here = giver.address();
    for (id, _) in [&small, &large, &other] {
        assert!(!is_given(&here, *id).await);
    }
    giver.serve(&[small.0, large.0]).await.unwrap();
    assert!(is_given(&here, small.0).await);
    assert!(is_given(&here, large.0).await);
    assert!(!is_given(&here, other.0).await);
    giver.withhold(&[large.0, other.0]).await.unwrap();
    assert!(!is_given(&here, large.0).await);

    // A restart changes nothing.
    giver.shutdown().await;
    let giver = discreet(&dir).await;
    assert!(is_given(&giver.address(), small.0).await);
    assert!(!is_given(&giver.address(), large.0).await);
    // Removed and put in again, it is as any other.
    giver.remove(&[small.0]).await.unwrap();
    assert!(!is_given(&giver.address(), small.0).await);
    giver.add_bytes(small.1).await.unwrap();
    assert!(!is_given(&giver.address(), small.0).await);
    assert_matches!(giver.serve(&[small.0, id(b"never seen")]).await, Err(StoreError::Missing(_)));
    assert!(!is_given(&giver.address(), small.0).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_it_has_fetched_itself() {
    let (first, _a) = store().await;
    let dir = TempDir::new().unwrap();
    let second = discreet(&dir).await;
    let id = first.add_bytes(noise(MIB, "a")).await.unwrap().content;
    second.fetch(id, &[first.address()], AMPLE, silent).await.unwrap();
    assert!(!is_given(&second.address(), id).await);
    second.serve(&[id]).await.unwrap();
    assert!(is_given(&second.address(), id).await);
}

/// How a request for a blob ends: with the code of the peer.
async fn refusal(connection: &Connection, request: GetRequest) -> Option<u64> {
    let asked = async {
        let request = fsm::start(connection.clone(), request, Default::default());
        let fsm::ConnectedNext::StartRoot(start) = request.next().await?.next().await? else {
            panic!("the request is not empty")
        };
        start.next().next().await.map_err(iroh_blobs::get::GetError::from)
    };
    asked.await.err().and_then(|error| error.iroh_error_code()).map(|code| code.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_word_on_what_else_it_has() {
    let dir = TempDir::new().unwrap();
    let giver = discreet(&dir).await;
    let held = giver.add_bytes(noise(MIB, "a")).await.unwrap().content;
    let endpoint = endpoint().await;
    let connection = connect(&endpoint, &giver.address()).await;
    let [held, unknown] = [held, id(b"never seen")].map(|id| Hash::from(id.0));
    for ask in [GetRequest::blob as fn(Hash) -> GetRequest, GetRequest::all] {
        let answers = [refusal(&connection, ask(held)).await, refusal(&connection, ask(unknown)).await];
        assert_eq!(answers[0], answers[1]);
        assert_matches!(answers[0], Some(_));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn single_blobs_only() {
    let (giver, _dir) = store().await;
    // A list of the other, in the form in which iroh-blobs has such lists.
    let child = giver.add_bytes(noise(100, "child")).await.unwrap().content;
    let list = giver.add_bytes(child.0.to_vec()).await.unwrap().content;
    let [child, list] = [child, list].map(|id| Hash::from(id.0));
    let endpoint = endpoint().await;
    let connection = connect(&endpoint, &giver.address()).await;
    const PERMISSION: Option<u64> = Some(1);
    assert_eq!(refusal(&connection, GetRequest::blob(list)).await, None);
    assert_eq!(refusal(&connection, GetRequest::all(list)).await, PERMISSION);

    let mine = MemStore::new();
    let many = GetManyRequest::new([child, list].into_iter().collect(), ChunkRangesSeq::all());
    assert!(mine.remote().execute_get_many(connection.clone(), many).await.is_err());
    assert!(!mine.has(child).await.unwrap());
    let push = PushRequest::new(Hash::new(b"pushed"), ChunkRangesSeq::all());
    mine.add_slice(b"pushed").await.unwrap();
    assert!(mine.remote().execute_push(connection.clone(), push).await.is_err());
    assert!(!giver.contains(id(b"pushed")).await.unwrap());
    let observed = mine.remote().observe(connection.clone(), ObserveRequest::new(child));
    let mut observed = std::pin::pin!(observed);
    let first = tokio::time::timeout(Duration::from_secs(10), futures::StreamExt::next(&mut observed)).await;
    assert!(!matches!(first.unwrap(), Some(Ok(_))), "it says what it has");
    // The connection is as good as before.
    assert_eq!(refusal(&connection, GetRequest::blob(child)).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_connections() {
    let dir = TempDir::new().unwrap();
    let limits = PeerLimits { connections_per_address: 2, connections_per_peer: 1, ..PeerLimits::default() };
    let giver = limited(&dir, limits).await;
    let id = giver.add_bytes("x").await.unwrap().content;
    let request = || GetRequest::blob(Hash::from(id.0));
    let (one, other) = (endpoint().await, endpoint().await);
    let first = connect(&one, &giver.address()).await;
    assert_eq!(refusal(&first, request()).await, None);
    let second = connect(&one, &giver.address()).await;
    second.closed().await;
    let third = connect(&other, &giver.address()).await;
    assert_eq!(refusal(&third, request()).await, None);
    // So is a store, which may come again.
    let (taker, _dir) = store().await;
    let fetched = taker.fetch(id, &[giver.address()], AMPLE, silent).await;
    assert_matches!(failure(fetched), Failure::Transient(Transient::Busy(_) | Transient::Unreachable(_)));
    first.close(0u32.into(), b"done");
    first.closed().await;
    while taker.fetch(id, &[giver.address()], AMPLE, silent).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_answers_at_a_time_and_nothing_to_who_does_not_read() {
    let dir = TempDir::new().unwrap();
    let giver = limited(&dir, PeerLimits { requests: 1, ..PeerLimits::default() }).await;
    let large = giver.add_bytes(noise(16 * MIB, "a")).await.unwrap().content;
    let small = giver.add_bytes("x").await.unwrap().content;
    let endpoint = endpoint().await;
    let connection = connect(&endpoint, &giver.address()).await;
    let request = fsm::start(connection.clone(), GetRequest::blob(Hash::from(large.0)), Default::default());
    let fsm::ConnectedNext::StartRoot(start) = request.next().await.unwrap().next().await.unwrap() else {
        panic!("the request is not empty")
    };
    // From here on it reads nothing.
    let (_content, _size) = start.next().next().await.unwrap();
    let (taker, _dir) = store().await;
    let fetched = taker.fetch(small, &[giver.address()], AMPLE, silent).await;
    assert_matches!(failure(fetched), Failure::Transient(Transient::Busy(_)));
    while taker.fetch(small, &[giver.address()], AMPLE, silent).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_much_a_second() {
    let dir = TempDir::new().unwrap();
    let rate = 8 * MIB as u64;
    let giver =
        limited(&dir, PeerLimits { bytes_per_second_per_address: rate, ..PeerLimits::default() }).await;
    let id = giver.add_bytes(noise(12 * MIB, "a")).await.unwrap().content;
    let start = Instant::now();
    assert!(is_given(&giver.address(), id).await);
    // A second's worth is there from the beginning.
    assert!(start.elapsed() >= Duration::from_millis(490), "{:?}", start.elapsed());
}

/// Says back what it hears.
#[derive(Debug)]
struct Echo;

impl ProtocolHandler for Echo {
    async fn accept(&self, connection: Connection) -> Result<(), AcceptError> {
        while let Ok((mut send, mut receive)) = connection.accept_bi().await {
            let heard = receive.read_to_end(1024).await.map_err(AcceptError::from_err)?;
            send.write_all(&heard).await.map_err(AcceptError::from_err)?;
            send.finish()?;
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_protocols_where_its_owner_has_some() {
    let dir = TempDir::new().unwrap();
    let protocols = vec![(
        b"echo/1".to_vec(),
        Arc::new(Echo) as Arc<dyn talka_store::iroh::protocol::DynProtocolHandler>,
    )];
    let limits = PeerLimits { connections_per_peer: 1, ..PeerLimits::default() };
    let giver = Store::open(StoreOptions { protocols, limits, ..options(dir.path()) }).await.unwrap();
    let (caller, _dir) = store().await;
    let Source::Peer(peer) = giver.address() else { panic!("not a peer") };
    let connection = caller.connect(&peer, b"echo/1").await.unwrap();
    let (mut send, mut receive) = connection.open_bi().await.unwrap();
    send.write_all(b"hello").await.unwrap();
    send.finish().unwrap();
    assert_eq!(receive.read_to_end(1024).await.unwrap(), b"hello");
    // They count as all connections do.
    caller.connect(&peer, b"echo/1").await.unwrap().closed().await;
    assert_matches!(caller.connect(&peer, b"other/1").await, Err(StoreError::Peer { .. }));
}
