//! The connection to a node.

use std::{
    sync::{Arc, Once},
    time::{Duration, Instant},
};

use subxt::{
    backend::LegacyBackend,
    config::{RpcConfigFor, SubstrateConfig},
    rpcs::{
        client::RpcClient,
        methods::legacy::{LegacyRpcMethods, SystemHealth},
        rpc_params,
    },
    OnlineClient,
};
use talka_primitives::BlockNumber;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::{
    error::{Error, Fatal, Transient},
    nodes::{self, Nodes},
    pin::{is_on_this_machine, Pin},
};

pub use crate::block::{BlockHash, BlockId};

pub(crate) type Config = SubstrateConfig;
pub(crate) type Methods = LegacyRpcMethods<RpcConfigFor<Config>>;

/// How long a node may take to catch up with the chain before nothing is sent.
const CATCH_UP: Duration = Duration::from_secs(60);
/// How often it is asked whether it has.
const CATCH_UP_PAUSE: Duration = Duration::from_secs(1);

/// A connection to a node that is made again whenever it breaks. Cheap to clone.
///
/// While there is no connection, queries wait. A runtime upgrade needs no attention: every
/// [`Snapshot`](crate::Snapshot) uses the metadata of its own block.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) online: OnlineClient<Config>,
    pub(crate) methods: Methods,
    pub(crate) rpc: RpcClient,
    nodes: Arc<Nodes>,
}

impl Client {
    /// Connect to a node's JSON-RPC interface, as in `ws://127.0.0.1:9944`.
    ///
    /// Fails at once when nobody answers there. From then on the connection keeps itself, with nodes of the same chain only.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_pinned(url, &Pin::Any).await
    }

    /// The same, with a node of a certain chain. [`Pin::of_user`] is for programs that people start; for what runs
    /// unattended name the chain.
    pub async fn connect_pinned(url: &str, pin: &Pin) -> Result<Self, Error> {
        Self::connect_any(&[url], pin).await
    }

    /// Connect to the first of some nodes that answers. When that is lost the next one is asked, and again the first one
    /// after the last; what belongs to another chain is passed over.
    ///
    /// Fails at once when none of them answers, or when the first one that does belongs to another chain than is meant.
    pub async fn connect_any(urls: &[impl AsRef<str>], pin: &Pin) -> Result<Self, Error> {
        let urls: Vec<String> = urls.iter().map(|url| url.as_ref().to_owned()).collect();
        urls.iter().try_for_each(|url| check(url))?;
        let mut problem = None;
        for (place, url) in urls.iter().enumerate() {
            match nodes::connect(url).await {
                Ok((connection, genesis)) => {
                    pin.meet(url, genesis)?;
                    return Self::over(Nodes::new(urls, place, connection, genesis)).await;
                }
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        Err(problem.unwrap_or_else(|| Fatal::Url(String::new()).into()))
    }

    /// A client of the same nodes that asks another one, which has a block above this height: for programs that have had no new
    /// block for a while. A node that stands still answers, so that it is not left as one that is lost. What was under way
    /// with this client goes on, and has to be begun again with the other.
    ///
    /// `None` where no other node is further.
    pub async fn ahead_of(&self, height: BlockNumber) -> Option<Self> {
        let nodes = self.nodes.ahead_of(height).await?;
        let client = Self::over(nodes).await;
        client.inspect_err(|problem| warn!(%problem, "cannot go on with another node")).ok()
    }

    async fn over(nodes: Nodes) -> Result<Self, Error> {
        let nodes = Arc::new(nodes);
        let rpc = RpcClient::new(nodes.clone());
        // The methods that every node has, because they keep no state at the node: after a restart of the node nothing
        // has to be taken up again.
        let backend = LegacyBackend::builder().build(rpc.clone());
        let config = SubstrateConfig::builder().set_genesis_hash(nodes.genesis()).build();
        let online =
            OnlineClient::from_backend_with_config(config, Arc::new(backend)).await.map_err(Error::subxt)?;
        Ok(Self { online, methods: LegacyRpcMethods::new(rpc.clone()), rpc, nodes })
    }

    /// Where the node is that answered first.
    pub fn url(&self) -> &str {
        self.nodes.url()
    }

    /// The hash of the chain's first block: it tells chains apart.
    pub fn genesis(&self) -> BlockHash {
        self.online.genesis_hash()
    }

    /// Whether the chain says of itself that its money is play money: its type is development or local.
    pub async fn is_for_tests(&self) -> Result<bool, Error> {
        let answer = self.rpc.request::<serde_json::Value>("system_chainType", rpc_params![]);
        let chain_type = answer.await.map_err(rpc_error)?;
        Ok(chain_type == "Development" || chain_type == "Local")
    }

    /// Wait until the node has caught up with the chain.
    ///
    /// A transaction lives for some blocks from the head of the chain as the node knows it. One that is signed while the node
    /// is behind is too old when the node has caught up.
    pub(crate) async fn caught_up(&self) -> Result<(), Error> {
        let begin = Instant::now();
        loop {
            let health = self.methods.system_health().await.map_err(rpc_error)?;
            let Some(reason) = behind(&health) else { return Ok(()) };
            if begin.elapsed() > CATCH_UP {
                return Err(Transient::Behind(reason).into());
            }
            info!(reason, "waiting for the node to catch up");
            sleep(CATCH_UP_PAUSE).await;
        }
    }

    pub(crate) async fn number_of(&self, hash: BlockHash) -> Result<BlockNumber, Error> {
        let header = self.methods.chain_get_header(Some(hash)).await.map_err(rpc_error)?;
        let header = header.ok_or_else(|| Transient::Node(format!("block {hash:?} has gone")))?;
        height(header.number)
    }

    /// The block at a height, on the chain that ends in the node's best block; `None` where that chain is shorter. A fork
    /// may still replace it, unless it is no higher than [`Client::finalized`].
    pub async fn block_at(&self, number: BlockNumber) -> Result<Option<BlockId>, Error> {
        let hash = self.methods.chain_get_block_hash(Some(u64::from(number).into())).await;
        Ok(hash.map_err(rpc_error)?.map(|hash| BlockId { number, hash }))
    }
}

/// Whether an address has the form of one, and what is said there can be read on the way.
fn check(url: &str) -> Result<(), Error> {
    static WARNED: Once = Once::new();
    let is_one = url.starts_with("ws://") || url.starts_with("wss://");
    if !is_one || url.contains(|c: char| c.is_whitespace() || c == '\\') {
        return Err(Fatal::Url(url.into()).into());
    }
    if url.starts_with("ws://") && !is_on_this_machine(url) {
        WARNED.call_once(|| {
            warn!(
                "ws:// to another machine is not encrypted, and anybody on the way can change what the node says; use wss://, or \
                 a tunnel: ssh -N -L 9944:127.0.0.1:9944 HOST, and the address ws://127.0.0.1:9944"
            );
        });
    }
    Ok(())
}

/// Why a node may not know the head of the chain.
fn behind(health: &SystemHealth) -> Option<&'static str> {
    match health {
        SystemHealth { is_syncing: true, .. } => Some("it is still fetching blocks"),
        SystemHealth { peers: 0, should_have_peers: true, .. } => Some("it has no connection to other nodes"),
        _ => None,
    }
}

/// A height as the chain counts it. What a node says may be anything.
pub(crate) fn height(number: u64) -> Result<BlockNumber, Error> {
    let nonsense = |_| Transient::Node(format!("it names a block {number}, and no chain is as high")).into();
    number.try_into().map_err(nonsense)
}

/// For `map_err` on what the plain methods of the interface give.
pub(crate) fn rpc_error(error: subxt::rpcs::Error) -> Error {
    Error::subxt(subxt::error::BackendError::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_fetches_blocks_or_has_no_peers_may_be_behind() {
        let health =
            |peers, is_syncing, should_have_peers| SystemHealth { peers, is_syncing, should_have_peers };
        assert!(behind(&health(3, true, true)).is_some());
        assert!(behind(&health(0, false, true)).is_some());
        assert!(behind(&health(3, false, true)).is_none());
        // The only node of a test chain.
        assert!(behind(&health(0, false, false)).is_none());
    }

    #[test]
    fn a_height_that_no_chain_has_is_an_error() {
        assert_eq!(height(7).unwrap(), 7);
        assert!(height(u64::from(u32::MAX) + 1).unwrap_err().is_transient());
    }

    #[test]
    fn addresses_are_those_of_web_sockets() {
        for url in ["ws://127.0.0.1:9944", "wss://rpc.example"] {
            check(url).unwrap();
        }
        for url in ["", "http://127.0.0.1:9944", "ws://127.0.0.1 9944", "ws://rpc.example\\@127.0.0.1"] {
            assert!(matches!(check(url), Err(Error::Fatal(Fatal::Url(_)))), "{url}");
        }
    }
}
