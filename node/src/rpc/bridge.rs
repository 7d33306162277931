//! Proofs of messages to Ethereum, from what this node has indexed. As those of the Merkle Mountain Range, they need its index
//! beside the state, which a plain call of the runtime does not have.

use std::sync::Arc;

use jsonrpsee::{core::async_trait, proc_macros::rpc};
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::offchain::{storage::OffchainDb, OffchainDbExt, OffchainStorage};
use talka_pallet_bridge::api::BridgeApi;
use talka_primitives::bridge::OutboxProof;
use talka_runtime::Hash;

use super::error::Error;
use crate::types::FullClient;

/// The methods.
#[rpc(server, namespace = "bridge")]
pub trait Bridge {
    /// A message in the outbox with its proof under the root at the end of a block, which the leaf of the next block tells; of
    /// the best block where none is named. Bytes are written as on Ethereum, amounts as decimal strings.
    #[method(name = "outboxProof", blocking)]
    fn outbox_proof(&self, index: u32, at: Option<Hash>) -> Result<OutboxProof, Error>;
}

/// Answers them.
pub struct BridgeRpc<Storage> {
    client: Arc<FullClient>,
    index: OffchainDb<Storage>,
}

impl<Storage> BridgeRpc<Storage> {
    /// Ask this chain, and this index.
    pub fn new(client: Arc<FullClient>, index: Storage) -> Self {
        Self { client, index: OffchainDb::new(index) }
    }
}

#[async_trait]
impl<Storage: OffchainStorage + 'static> BridgeServer for BridgeRpc<Storage> {
    fn outbox_proof(&self, index: u32, at: Option<Hash>) -> Result<OutboxProof, Error> {
        let at = at.unwrap_or_else(|| self.client.info().best_hash);
        let mut api = self.client.runtime_api();
        api.register_extension(OffchainDbExt::new(self.index.clone()));
        Ok(api.outbox_proof(at, index)??)
    }
}
