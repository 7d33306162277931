//! How far a node is, as it says itself.

use anyhow::{Context as _, Result};
use serde_json::Value;
use subxt::{
    config::RpcConfigFor,
    rpcs::{methods::legacy::LegacyRpcMethods, rpc_params, RpcClient},
    SubstrateConfig,
};
use talka_client::client::BlockHash;
use talka_primitives::BlockNumber;

/// What a node knows of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// How many others it is connected to.
    pub peers: usize,
    /// The height of its best block.
    pub best: BlockNumber,
    /// The height of the last block that is final.
    pub finalized: BlockNumber,
    /// The hash of that block.
    pub finalized_hash: BlockHash,
}

/// Asks one node.
#[derive(Clone, Debug)]
pub struct Asked {
    client: RpcClient,
    methods: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
}

impl Asked {
    /// Connect to a node. The connection does not outlive the node.
    pub async fn connect(url: &str) -> Result<Self> {
        let client = RpcClient::from_insecure_url(url).await?;
        Ok(Self { methods: LegacyRpcMethods::new(client.clone()), client })
    }

    /// How far the node is now.
    pub async fn heads(&self) -> Result<Heads> {
        let (health, finalized_hash) =
            tokio::try_join!(self.methods.system_health(), self.methods.chain_get_finalized_head())?;
        let (best, finalized) = tokio::try_join!(self.number_of(None), self.number_of(Some(finalized_hash)))?;
        Ok(Heads { peers: health.peers, best, finalized, finalized_hash })
    }

    /// The hash of a block of the node's best chain, as far as the chain reaches.
    pub async fn hash_of(&self, number: BlockNumber) -> Result<Option<BlockHash>> {
        Ok(self.methods.chain_get_block_hash(Some(u64::from(number).into())).await?)
    }

    /// The number of the set of validators that votes now: it grows by one whenever they change.
    pub async fn authority_set(&self) -> Result<u64> {
        let state: Value = self.client.request("grandpa_roundState", rpc_params![]).await?;
        state["setId"].as_u64().context("the voters have a set")
    }

    async fn number_of(&self, block: Option<BlockHash>) -> Result<BlockNumber, subxt::rpcs::Error> {
        let header = self.methods.chain_get_header(block).await?;
        let height = header.and_then(|header| BlockNumber::try_from(header.number).ok());
        height.ok_or_else(|| subxt::rpcs::Error::Client("the node has no such block".into()))
    }
}

/// Ask a node once.
pub async fn of(url: &str) -> Result<Heads> {
    Asked::connect(url).await?.heads().await.with_context(|| format!("asked {url}"))
}
