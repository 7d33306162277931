//! A stranger that speaks the peers' protocol, and sends requests and answers that are damaged.
//!
//! `PROPTEST_CASES` says how many of them each test sends.

mod common;

use std::time::Duration;

use common::*;
use iroh::{
    endpoint::{presets, Connection},
    protocol::{AcceptError, ProtocolHandler, Router},
    Endpoint, EndpointAddr, EndpointId,
};
use talka_store::{ContentId, Source, Store};
use tokio::{sync::mpsc, time::timeout};

/// Cases of a test where the environment names no other number.
const CASES: u64 = 40;
/// How long a stranger waits for an answer that may never come.
const PATIENCE: Duration = Duration::from_millis(100);
/// Three pieces and a part of one.
const SIZE: usize = 3 * 16 * 1024 + 100;

fn cases() -> u64 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

/// Bytes that were damaged: the same for the same number.
fn damaged(bytes: &[u8], number: u64) -> Vec<u8> {
    let dice = noise(64, &format!("damage {number}"));
    let mut bytes = bytes.to_vec();
    for change in dice[..18].chunks(6).take(1 + usize::from(dice[60]) % 3) {
        let place = u32::from_le_bytes([change[0], change[1], change[2], change[3]]) as usize;
        // The beginning says what is meant: it is hit as often as all the rest.
        let length = if dice[61].is_multiple_of(2) { bytes.len().min(64) } else { bytes.len() };
        match (length, change[4] % 8) {
            (0, _) => bytes.push(change[5]),
            (_, 0) => bytes.truncate(place % length),
            (_, 1) => bytes.insert(place % length, change[5]),
            (_, 2) => {
                bytes.remove(place % length);
            }
            (_, _) => bytes[place % length] = change[5],
        }
    }
    bytes
}

async fn endpoint() -> Endpoint {
    let builder = Endpoint::builder(presets::Minimal).clear_ip_transports();
    builder.bind_addr("127.0.0.1:0").unwrap().bind().await.unwrap()
}

async fn connect(endpoint: &Endpoint, to: &Source) -> Connection {
    let Source::Peer(peer) = to else { panic!("not a peer") };
    let address = EndpointAddr::new(EndpointId::from_bytes(&peer.id()).unwrap()).with_ip_addr(peer.socket());
    endpoint.connect(address, iroh_blobs::ALPN).await.unwrap()
}

/// Ask for something. Gives what was answered before the other end closed, or fell silent.
async fn ask(connection: &Connection, request: &[u8]) -> Option<Vec<u8>> {
    let asked = async {
        let (mut send, mut receive) = connection.open_bi().await.ok()?;
        send.write_all(request).await.ok()?;
        send.finish().ok()?;
        receive.read_to_end(4 * MIB).await.ok()
    };
    timeout(PATIENCE, asked).await.ok().flatten()
}

/// A peer that notes what it is asked for, and answers with the same bytes whatever that is.
#[derive(Debug)]
struct Parrot {
    answer: Vec<u8>,
    asked: mpsc::UnboundedSender<Vec<u8>>,
}

impl ProtocolHandler for Parrot {
    async fn accept(&self, connection: Connection) -> Result<(), AcceptError> {
        while let Ok((mut send, mut receive)) = connection.accept_bi().await {
            if let Ok(request) = receive.read_to_end(64 * 1024).await {
                let _ = self.asked.send(request);
            }
            let _ = send.write_all(&self.answer).await;
            let _ = send.finish();
        }
        Ok(())
    }
}

async fn parrot(answer: Vec<u8>) -> (Router, Source, mpsc::UnboundedReceiver<Vec<u8>>) {
    let endpoint = endpoint().await;
    let source = format!("peer://{}@{}", endpoint.id(), endpoint.bound_sockets()[0]).parse().unwrap();
    let (asked, requests) = mpsc::unbounded_channel();
    (Router::builder(endpoint).accept(iroh_blobs::ALPN, Parrot { answer, asked }).spawn(), source, requests)
}

/// What a store asks for when it wants a blob.
async fn request_for(store: &Store, id: ContentId) -> Vec<u8> {
    let (_parrot, source, mut requests) = parrot(Vec::new()).await;
    assert!(store.fetch(id, &[source], AMPLE, silent).await.is_err());
    requests.recv().await.expect("the store has asked")
}

#[tokio::test(flavor = "multi_thread")]
async fn does_a_store_no_harm_by_what_it_asks() {
    let (giver, _a) = store().await;
    let (taker, _b) = store().await;
    let content = noise(SIZE, "a");
    let id = giver.add_bytes(content.clone()).await.unwrap().content;
    let request = request_for(&taker, id).await;

    let endpoint = endpoint().await;
    let mut connection = connect(&endpoint, &giver.address()).await;
    let answer = ask(&connection, &request).await.expect("a request that is not damaged is answered");
    assert!(answer.len() > SIZE);
    for number in 0..cases() {
        ask(&connection, &damaged(&request, number)).await;
        // Any bytes.
        ask(&connection, &noise(number as usize % 300, &format!("bytes {number}"))).await;
        if connection.close_reason().is_some() {
            connection = connect(&endpoint, &giver.address()).await;
        }
    }
    // It still serves what it has, and has nothing else.
    assert_eq!(giver.list().await.unwrap(), [id]);
    taker.fetch(id, &[giver.address()], AMPLE, silent).await.unwrap();
    assert_eq!(taker.read(id, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn does_a_store_no_harm_by_what_it_answers() {
    let (giver, _a) = store().await;
    let (taker, _b) = store().await;
    let content = noise(SIZE, "a");
    let id = giver.add_bytes(content.clone()).await.unwrap().content;
    let request = request_for(&taker, id).await;
    let endpoint = endpoint().await;
    let connection = connect(&endpoint, &giver.address()).await;
    let answer = ask(&connection, &request).await.expect("a request that is not damaged is answered");

    for number in 0..cases() {
        let (_parrot, source, _requests) = parrot(damaged(&answer, number)).await;
        if taker.fetch(id, &[source], AMPLE, silent).await.is_ok() {
            assert_eq!(taker.read(id, AMPLE).await.unwrap(), content, "{number}");
            taker.remove(&[id]).await.unwrap();
        }
        assert!(!taker.contains(id).await.unwrap(), "{number}");
    }
    taker.fetch(id, &[giver.address()], AMPLE, silent).await.unwrap();
    assert_eq!(taker.read(id, AMPLE).await.unwrap(), content);
}
