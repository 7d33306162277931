//! The connection to a node.

use std::{sync::Arc, time::Duration};

use subxt::{
    backend::LegacyBackend,
    config::{RpcConfigFor, SubstrateConfig},
    rpcs::{
        client::{
            reconnecting_rpc_client::{ExponentialBackoff, RpcClient as ReconnectingClient},
            RpcClient,
        },
        methods::legacy::LegacyRpcMethods,
        rpc_params,
    },
    OnlineClient,
};
use talka_primitives::BlockNumber;

use crate::error::{Error, Fatal, Transient};

pub use crate::block::{BlockHash, BlockId};

pub(crate) type Config = SubstrateConfig;
pub(crate) type Methods = LegacyRpcMethods<RpcConfigFor<Config>>;

/// First pause before a broken connection is made again. Each next pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a node that is made again whenever it breaks. Cheap to clone.
///
/// While there is no connection, queries wait. A runtime upgrade needs no attention: every
/// [`Snapshot`](crate::Snapshot) uses the metadata of its own block.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) online: OnlineClient<Config>,
    pub(crate) methods: Methods,
    pub(crate) rpc: RpcClient,
    url: Arc<str>,
}

impl Client {
    /// Connect to a node's JSON-RPC interface, as in `ws://127.0.0.1:9944`.
    ///
    /// Fails at once when nobody answers there. From then on the connection keeps itself.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        if !(url.starts_with("ws://") || url.starts_with("wss://")) || url.contains(char::is_whitespace) {
            return Err(Fatal::Url(url.into()).into());
        }
        let unreachable = |cause: String| {
            // Only the last of the nested causes tells something.
            let cause = cause.rsplit("client error: ").next().unwrap_or(&cause).to_owned();
            Transient::Unreachable { url: url.into(), cause }
        };
        // The client that reconnects would wait for ever, and not say for what.
        RpcClient::from_insecure_url(url).await.map_err(|cause| unreachable(cause.to_string()))?;
        let rpc = ReconnectingClient::builder()
            .retry_policy(
                ExponentialBackoff::from_millis(FIRST_PAUSE.as_millis() as u64).max_delay(LONGEST_PAUSE),
            )
            .request_timeout(PATIENCE)
            .build(url)
            .await
            .map_err(|cause| unreachable(cause.to_string()))?;
        let rpc = RpcClient::new(rpc);
        // The methods that every node has, because they keep no state at the node: after a restart of the node nothing
        // has to be taken up again.
        let backend = LegacyBackend::builder().build(rpc.clone());
        let online = OnlineClient::from_backend(Arc::new(backend)).await.map_err(Error::subxt)?;
        Ok(Self { online, methods: LegacyRpcMethods::new(rpc.clone()), rpc, url: url.into() })
    }

    /// Where the node is.
    pub fn url(&self) -> &str {
        &self.url
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

    pub(crate) async fn number_of(&self, hash: BlockHash) -> Result<BlockNumber, Error> {
        let header = self.methods.chain_get_header(Some(hash)).await.map_err(rpc_error)?;
        let header = header.ok_or_else(|| Transient::Node(format!("block {hash:?} has gone")))?;
        Ok(header.number.try_into().unwrap_or(BlockNumber::MAX))
    }

    /// The block at a height, on the chain that ends in the node's best block; `None` where that chain is shorter. A fork
    /// may still replace it, unless it is no higher than [`Client::finalized`].
    pub async fn block_at(&self, number: BlockNumber) -> Result<Option<BlockId>, Error> {
        let hash = self.methods.chain_get_block_hash(Some(u64::from(number).into())).await;
        Ok(hash.map_err(rpc_error)?.map(|hash| BlockId { number, hash }))
    }
}

/// For `map_err` on what the plain methods of the interface give.
pub(crate) fn rpc_error(error: subxt::rpcs::Error) -> Error {
    Error::subxt(subxt::error::BackendError::from(error))
}
