//! Nodes that are lost, and nodes that say something else than others.

use std::net::SocketAddr;

use jsonrpsee::{
    server::{Server, ServerHandle},
    types::ErrorObjectOwned,
    RpcModule,
};
use serde_json::json;
use talka_client::{Client, Error, Fatal, Pin, Transient};

/// A node as far as a connection needs it.
struct Node {
    address: SocketAddr,
    handle: ServerHandle,
}

impl Node {
    /// One of the chain with this first block, which says that the chain is of that type.
    async fn start(genesis: u8, chain_type: &'static str) -> Self {
        Self::start_at("127.0.0.1:0", genesis, chain_type).await
    }

    async fn start_at(address: &str, genesis: u8, chain_type: &'static str) -> Self {
        Self::start_high(address, genesis, chain_type, 0).await
    }

    /// One whose best block is at that height.
    async fn start_high(address: &str, genesis: u8, chain_type: &'static str, height: u32) -> Self {
        let mut methods = RpcModule::new(());
        let hash = format!("0x{}", format!("{genesis:02x}").repeat(32));
        methods
            .register_method("chain_getBlockHash", move |_, _, _| Ok::<_, ErrorObjectOwned>(hash.clone()))
            .unwrap();
        methods
            .register_method("system_chainType", move |_, _, _| Ok::<_, ErrorObjectOwned>(chain_type))
            .unwrap();
        let zero = format!("0x{}", "00".repeat(32));
        let header = json!({
            "parentHash": zero,
            "number": format!("{height:#x}"),
            "stateRoot": zero,
            "extrinsicsRoot": zero,
            "digest": { "logs": [] },
        });
        methods
            .register_method("chain_getHeader", move |_, _, _| Ok::<_, ErrorObjectOwned>(header.clone()))
            .unwrap();
        let server = Server::builder().build(address).await.unwrap();
        let address = server.local_addr().unwrap();
        Self { address, handle: server.start(methods) }
    }

    fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    async fn stop(self) {
        self.handle.stop().unwrap();
        self.handle.stopped().await;
    }
}

/// What the node says that is asked. A question that was under way when a node was lost may be asked again.
async fn is_for_tests(client: &Client) -> bool {
    loop {
        match client.is_for_tests().await {
            Ok(answer) => return answer,
            Err(Error::Transient(Transient::Disconnected)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_client_goes_on_with_another_node_when_one_is_lost() {
    let (first, second) = (Node::start(1, "Live").await, Node::start(1, "Local").await);
    let client = Client::connect_any(&[first.url(), second.url()], &Pin::Any).await.unwrap();
    assert!(!is_for_tests(&client).await);
    first.stop().await;
    assert!(is_for_tests(&client).await);
}

#[tokio::test]
async fn a_node_that_does_not_answer_at_first_is_passed_over() {
    let (gone, there) = (Node::start(1, "Live").await, Node::start(1, "Local").await);
    let urls = [gone.url(), there.url()];
    gone.stop().await;
    let client = Client::connect_any(&urls, &Pin::Any).await.unwrap();
    assert!(is_for_tests(&client).await && client.url() == urls[1]);
    let error = Client::connect(&urls[0]).await.unwrap_err();
    assert!(matches!(error, Error::Transient(Transient::Unreachable { .. })), "{error}");
}

#[tokio::test]
async fn a_node_of_another_chain_is_never_asked() {
    let (first, other, same) =
        (Node::start(1, "Live").await, Node::start(2, "Live").await, Node::start(1, "Local").await);
    let urls = [first.url(), other.url(), same.url()];
    let client = Client::connect_any(&urls, &Pin::Any).await.unwrap();
    first.stop().await;
    assert!(is_for_tests(&client).await);

    let error = Client::connect_pinned(&urls[1], &Pin::Chain(client.genesis())).await.unwrap_err();
    assert!(matches!(error, Error::Fatal(Fatal::OtherChain { .. })), "{error}");
}

#[tokio::test]
async fn a_node_that_stands_still_is_left_for_one_that_is_further() {
    let node = |genesis, chain_type, height| Node::start_high("127.0.0.1:0", genesis, chain_type, height);
    let (still, other, behind) =
        (node(1, "Live", 7).await, node(2, "Live", 100).await, node(1, "Live", 6).await);
    let ahead = node(1, "Local", 9).await;
    let urls = [still.url(), other.url(), behind.url(), ahead.url()];
    let client = Client::connect_any(&urls, &Pin::Any).await.unwrap();
    assert!(client.ahead_of(9).await.is_none());

    let moved = client.ahead_of(7).await.unwrap();
    assert_eq!((moved.url(), moved.genesis()), (&*urls[3], client.genesis()));
    assert!(is_for_tests(&moved).await && !is_for_tests(&client).await);
    ahead.stop().await;
    assert!(!is_for_tests(&moved).await);
}

#[tokio::test]
async fn a_node_is_kept_while_no_other_answers() {
    let (still, gone) = (Node::start(1, "Live").await, Node::start(1, "Live").await);
    let client = Client::connect_any(&[still.url(), gone.url()], &Pin::Any).await.unwrap();
    gone.stop().await;
    assert!(client.ahead_of(0).await.is_none());
    assert!(!is_for_tests(&client).await);
}

#[tokio::test]
async fn a_node_that_comes_back_is_asked_again_if_its_chain_is_the_same() {
    let node = Node::start(1, "Live").await;
    let address = node.address.to_string();
    let client = Client::connect(&node.url()).await.unwrap();
    node.stop().await;
    let other = Node::start_at(&address, 2, "Live").await;
    let asked = tokio::spawn(async move { is_for_tests(&client).await });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!asked.is_finished());
    other.stop().await;
    let _back = Node::start_at(&address, 1, "Local").await;
    assert!(asked.await.unwrap());
}
