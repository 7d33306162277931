//! The connection to a node.

use std::{sync::Arc, time::Duration};

use subxt::{
    backend::LegacyBackend,
    config::{HashFor, RpcConfigFor, SubstrateConfig},
    rpcs::{
        client::{
            reconnecting_rpc_client::{ExponentialBackoff, RpcClient as ReconnectingClient},
            RpcClient,
        },
        methods::legacy::LegacyRpcMethods,
    },
    OnlineClient,
};
use talka_primitives::BlockNumber;

use crate::{
    account::Account,
    error::{Error, Fatal, Transient},
    keys::Keypair,
    snapshot::Snapshot,
    watch::BestBlocks,
};

pub(crate) type Config = SubstrateConfig;
pub(crate) type Methods = LegacyRpcMethods<RpcConfigFor<Config>>;

/// The hash of a block, or of a transaction.
pub type BlockHash = HashFor<Config>;

/// First pause before a broken connection is made again. Each next pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId {
    /// Its height.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: BlockHash,
}

/// A connection to a node that is made again whenever it breaks. Cheap to clone.
///
/// While there is no connection, queries wait. A runtime upgrade needs no attention: every [`Snapshot`] uses the
/// metadata of its own block.
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

    /// The state at the head of the chain. A fork may still replace this block.
    pub async fn best(&self) -> Result<Snapshot, Error> {
        let gone = || Transient::Node("it has no best block".into());
        let hash = self.methods.chain_get_block_hash(None).await.map_err(rpc_error)?.ok_or_else(gone)?;
        let number = self.number_of(hash).await?;
        self.at(BlockId { number, hash }).await
    }

    pub(crate) async fn number_of(&self, hash: BlockHash) -> Result<BlockNumber, Error> {
        let header = self.methods.chain_get_header(Some(hash)).await.map_err(rpc_error)?;
        let header = header.ok_or_else(|| Transient::Node(format!("block {hash:?} has gone")))?;
        Ok(header.number.try_into().unwrap_or(BlockNumber::MAX))
    }

    /// The state at the last block that cannot be replaced any more.
    pub async fn finalized(&self) -> Result<Snapshot, Error> {
        let at = self.online.at_current_block().await.map_err(Error::subxt)?;
        Ok(Snapshot::new(at))
    }

    /// The state at some block.
    pub async fn at(&self, block: BlockId) -> Result<Snapshot, Error> {
        let at = self
            .online
            .at_block_hash_and_number(block.hash, block.number.into())
            .await
            .map_err(Error::subxt)?;
        Ok(Snapshot::new(at))
    }

    /// The best blocks from now on. The stream does not end: it outlives broken connections.
    pub fn best_blocks(&self) -> BestBlocks {
        BestBlocks::new(self.clone())
    }

    /// An account that can act. Clones of an [`Account`] number their transactions together; make one for each key.
    pub fn account(&self, key: Keypair) -> Account {
        Account::new(self.clone(), key)
    }
}

/// For `map_err` on what the plain methods of the interface give.
pub(crate) fn rpc_error(error: subxt::rpcs::Error) -> Error {
    Error::subxt(subxt::error::BackendError::from(error))
}
