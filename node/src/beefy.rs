//! BEEFY, which signs for other chains what GRANDPA has finalised, and the Merkle Mountain Range that it signs.

use std::{marker::PhantomData, sync::Arc};

use mmr_gadget::MmrGadget;
use prometheus_endpoint::Registry;
use sc_consensus_beefy::{
    communication::{beefy_peers_set_config, request_response::BeefyJustifsRequestHandler},
    gossip_protocol_name,
    import::BeefyBlockImport,
    start_beefy_gadget, BeefyNetworkParams, BeefyParams, BeefyRPCLinks, BeefyVoterLinks,
};
use sc_network::{
    config::FullNetworkConfiguration, service::traits::NetworkService, NetworkBackend, NotificationMetrics,
    NotificationService, ProtocolName,
};
use sc_network_sync::SyncingService;
use sc_service::{Configuration, TaskManager};
use sp_consensus_beefy::{ecdsa_crypto::AuthorityId, mmr::MmrRootProvider, BEEFY_ENGINE_ID};
use sp_keystore::KeystorePtr;
use sp_runtime::Justifications;
use talka_runtime::{opaque::Block, Hash};

use crate::types::{FullBackend, FullClient};

/// Who signs: an ECDSA key, as Ethereum's are.
pub type Signer = AuthorityId;
/// Takes what BEEFY has signed off blocks from elsewhere, and gives them on.
pub type Import<Inner> = BeefyBlockImport<Block, FullBackend, FullClient, Inner, Signer>;
/// What the import and the interface have to do with the voter.
pub type VoterLinks = BeefyVoterLinks<Block, Signer>;
/// What the interface hears of the voter.
pub type RpcLinks = BeefyRPCLinks<Block, Signer>;

/// Blocks from one vote to the next, beside the first of each session, which is always voted on: a minute. A message to another
/// chain waits for half of that on average, and Ethereum takes minutes to finalise. Each justification is kept, 65 bytes for
/// each signature. All validators must have the same number: those with another vote for other blocks.
const PERIOD: u32 = 30;

/// Keep blocks with a justification where blocks are pruned: who follows the chain from elsewhere needs one of each session.
pub fn is_signed(justifications: &Justifications) -> bool {
    justifications.get(BEEFY_ENGINE_ID).is_some()
}

/// How votes travel, and justifications that a node has missed.
pub struct Protocols {
    votes: ProtocolName,
    notifications: Box<dyn NotificationService>,
    justifications: BeefyJustifsRequestHandler<Block, FullClient>,
}

impl Protocols {
    /// Tell the network about them, before it is built.
    pub fn register<Net: NetworkBackend<Block, Hash>>(
        net_config: &mut FullNetworkConfiguration<Block, Hash, Net>,
        config: &Configuration,
        client: &Arc<FullClient>,
        metrics: NotificationMetrics,
    ) -> Self {
        let genesis_hash = client.chain_info().genesis_hash;
        let fork_id = config.chain_spec.fork_id();
        let votes = gossip_protocol_name(genesis_hash, fork_id);
        let (notification_config, notifications) =
            beefy_peers_set_config::<Block, Net>(votes.clone(), metrics, net_config.peer_store_handle());
        net_config.add_notification_protocol(notification_config);
        let (justifications, request_config) = BeefyJustifsRequestHandler::new::<_, Net>(
            genesis_hash,
            fork_id,
            client.clone(),
            config.prometheus_registry().cloned(),
        );
        net_config.add_request_response_protocol(request_config);
        Self { votes, notifications, justifications }
    }
}

/// What BEEFY works with.
pub struct Voter {
    /// Blocks and state.
    pub client: Arc<FullClient>,
    /// The database.
    pub backend: Arc<FullBackend>,
    /// The node's keys, if it may vote. Without them it follows the votes of the others.
    pub keystore: Option<KeystorePtr>,
    /// Other nodes.
    pub network: Arc<dyn NetworkService>,
    /// Whether the node is catching up.
    pub sync: Arc<SyncingService<Block>>,
    /// How votes travel.
    pub protocols: Protocols,
    /// To import and interface.
    pub links: VoterLinks,
    /// Where the node's metrics are.
    pub prometheus: Option<Registry>,
    /// Whether the node indexes the range: see [`crate::indexing`].
    pub indexes: bool,
}

impl Voter {
    /// Start to vote, or to follow the votes, and to keep the range in order.
    pub fn spawn(self, tasks: &TaskManager) {
        let Self { client, backend, keystore, network, sync, protocols, links, prometheus, indexes } = self;
        let Protocols { votes, notifications, justifications } = protocols;
        let is_authority = keystore.is_some();
        let gadget = start_beefy_gadget::<_, _, _, _, _, _, _, Signer>(BeefyParams {
            client: client.clone(),
            backend: backend.clone(),
            payload_provider: MmrRootProvider::new(client.clone()),
            runtime: client.clone(),
            key_store: keystore,
            network_params: BeefyNetworkParams {
                network: Arc::new(network),
                sync,
                notification_service: notifications,
                gossip_protocol_name: votes,
                justifications_protocol_name: justifications.protocol_name(),
                _phantom: PhantomData,
            },
            min_block_delta: PERIOD,
            prometheus_registry: prometheus,
            links,
            on_demand_justifications_handler: justifications,
            is_authority,
        });
        // The node ends with it, and is started again: a validator that does not sign must not go unnoticed.
        tasks.spawn_essential_handle().spawn_blocking("beefy", None, gadget);
        if indexes {
            let prefix = sp_mmr_primitives::INDEXING_PREFIX.to_vec();
            let range = MmrGadget::<Block, FullBackend, FullClient>::start(client, backend, prefix);
            tasks.spawn_essential_handle().spawn_blocking("mmr", None, range);
        }
    }
}
