//! What the node answers: the questions that every chain of this kind answers, and those about deals, tasks and the bridge.

mod bridge;
mod deals;
mod error;
mod json;
mod poco;

use std::sync::Arc;

use jsonrpsee::RpcModule;
use mmr_rpc::{Mmr, MmrApiServer};
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_client_api::Backend as _;
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_babe_rpc::{Babe, BabeApiServer};
use sc_consensus_beefy_rpc::{Beefy, BeefyApiServer};
use sc_consensus_grandpa::{
    FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sc_service::ChainSpec;
use sc_sync_state_rpc::{SyncState, SyncStateApiServer};
use sp_consensus_beefy::MmrRootHash;
use sp_keystore::KeystorePtr;
use substrate_frame_rpc_system::{System, SystemApiServer};
use talka_runtime::{opaque::Block, BlockNumber, Hash};

use self::{
    bridge::{BridgeRpc, BridgeServer},
    poco::{PocoRpc, PocoServer},
};
use crate::{
    beefy,
    types::{FullBackend, FullClient, SelectChain, TransactionPool},
};

/// What the answers are made from.
pub struct Deps {
    /// Blocks and state.
    pub client: Arc<FullClient>,
    /// Transactions that wait.
    pub pool: Arc<TransactionPool>,
    /// Which chain is best.
    pub select_chain: SelectChain,
    /// The network's specification.
    pub chain_spec: Box<dyn ChainSpec>,
    /// The node's keys.
    pub keystore: KeystorePtr,
    /// What BABE knows about epochs.
    pub babe_worker: BabeWorkerHandle<Block>,
    /// Who votes.
    pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
    /// How the vote stands.
    pub voter_state: SharedVoterState,
    /// Justifications of finality, as they are made.
    pub justifications: GrandpaJustificationStream<Block>,
    /// Justifications that were made.
    pub finality_proofs: Arc<FinalityProofProvider<FullBackend, Block>>,
    /// The database, with what blocks have indexed.
    pub backend: Arc<FullBackend>,
    /// What is signed for other chains, as it is signed.
    pub beefy: beefy::RpcLinks,
}

/// All methods that `sc-service` does not bring itself.
pub fn module(deps: &Deps, executor: SubscriptionTaskExecutor) -> Result<RpcModule<()>, sc_service::Error> {
    merged(deps, executor).map_err(sc_service::Error::Application)
}

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

fn merged(deps: &Deps, executor: SubscriptionTaskExecutor) -> Result<RpcModule<()>, BoxedError> {
    let Deps { client, pool, select_chain, chain_spec, keystore, .. } = deps;
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool.clone()).into_rpc())?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(
        Babe::new(client.clone(), deps.babe_worker.clone(), keystore.clone(), select_chain.clone())
            .into_rpc(),
    )?;
    module.merge(
        Grandpa::new(
            executor.clone(),
            deps.authority_set.clone(),
            deps.voter_state.clone(),
            deps.justifications.clone(),
            deps.finality_proofs.clone(),
        )
        .into_rpc(),
    )?;
    module.merge(
        Beefy::<Block, beefy::Signer>::new(
            deps.beefy.from_voter_justif_stream.clone(),
            deps.beefy.from_voter_best_beefy_stream.clone(),
            executor.clone(),
        )?
        .into_rpc(),
    )?;
    let index = deps.backend.offchain_storage().ok_or("the database has no room for an index")?;
    module.merge(Mmr::<_, (Block, MmrRootHash), _>::new(client.clone(), index.clone()).into_rpc())?;
    module.merge(BridgeRpc::new(client.clone(), index).into_rpc())?;
    module.merge(
        SyncState::new(
            chain_spec.cloned_box(),
            client.clone(),
            deps.authority_set.clone(),
            deps.babe_worker.clone(),
        )?
        .into_rpc(),
    )?;
    module.merge(PocoRpc::new(client.clone(), executor).into_rpc())?;
    Ok(module)
}
