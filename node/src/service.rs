//! The parts of a running node, put together: database, import queue, transaction pool, network, BABE, GRANDPA, BEEFY.

use std::{path::PathBuf, sync::Arc};

use sc_consensus_babe::{BabeBlockImport, BabeLink, BabeWorkerHandle, SlotProportion};
use sc_consensus_grandpa::{
    FinalityProofProvider, GrandpaBlockImport, GrandpaPruningFilter, SharedVoterState,
};
use sc_executor::{HeapAllocStrategy, DEFAULT_HEAP_ALLOC_STRATEGY};
use sc_network::{config::FullNetworkConfiguration, NetworkBackend};
use sc_service::{
    config::ExecutorConfiguration, error::Error, BuildNetworkParams, Configuration, KeystoreContainer,
    SpawnTasksParams, TaskManager, WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_api::ProvideRuntimeApi;
use sp_consensus_babe::inherents::InherentDataProvider as Slot;
use sp_consensus_grandpa::GrandpaApi;
use sp_inherents::CreateInherentDataProviders;
use sp_timestamp::InherentDataProvider as Timestamp;
use talka_runtime::{opaque::Block, Hash, RuntimeApi};

use crate::{
    beefy,
    error::NodeError,
    rpc,
    types::{Executor, FullBackend, FullClient, SelectChain, TransactionPool},
};

/// What an author says about the moment of its block.
type Clock = Arc<dyn CreateInherentDataProviders<Block, (), InherentDataProviders = (Slot, Timestamp)>>;
type GrandpaImport = GrandpaBlockImport<FullBackend, Block, FullClient, SelectChain>;
type BlockImport = BabeBlockImport<Block, FullClient, beefy::Import<GrandpaImport>, Clock, SelectChain>;
type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, FullClient, SelectChain>;

/// Number of blocks after which a justification of finality is kept at the latest: with them other nodes can verify the
/// final chain without its votes.
const JUSTIFICATION_PERIOD: u32 = 512;
/// How long GRANDPA waits for the votes of the others before it goes on, as a part of a slot: 333 ms of two seconds.
const GOSSIPS_IN_A_SLOT: u32 = 6;
/// The part of a slot that its author has for the block. The runtime fills a block with as much work.
const PROPOSAL_PORTION: f32 = 2f32 / 3f32;

/// What every command needs that touches the database.
pub struct Parts {
    /// Executes the runtime.
    pub client: Arc<FullClient>,
    /// The database.
    pub backend: Arc<FullBackend>,
    /// What runs in the background, and ends with the node.
    pub task_manager: TaskManager,
    /// Checks and executes blocks from elsewhere.
    pub import_queue: sc_consensus::DefaultImportQueue<Block>,
    keystore: KeystoreContainer,
    select_chain: SelectChain,
    pool: Arc<TransactionPool>,
    clock: Clock,
    block_import: BlockImport,
    babe_link: BabeLink<Block>,
    babe_worker: BabeWorkerHandle<Block>,
    grandpa_link: GrandpaLink,
    beefy_links: (beefy::VoterLinks, beefy::RpcLinks),
    telemetry: Option<Telemetry>,
}

/// What executes the runtime. It keeps what it has compiled in `cache`, if there is one.
fn executor(config: &ExecutorConfiguration, cache: Option<PathBuf>) -> Executor {
    let heap = match config.default_heap_pages {
        Some(pages) => HeapAllocStrategy::Static { extra_pages: pages.try_into().unwrap_or(u32::MAX) },
        None => DEFAULT_HEAP_ALLOC_STRATEGY,
    };
    let executor = Executor::builder()
        .with_execution_method(config.wasm_method)
        .with_onchain_heap_alloc_strategy(heap)
        .with_offchain_heap_alloc_strategy(heap)
        .with_max_runtime_instances(config.max_runtime_instances)
        .with_runtime_cache_size(config.runtime_cache_size);
    match cache {
        Some(folder) => executor.with_cache_path(folder).build(),
        None => executor.build(),
    }
}

/// Open the database and what belongs to it, without starting anything that talks to others. A runtime that is in
/// `wasm_cache` is not compiled.
pub fn parts(config: &Configuration, wasm_cache: Option<PathBuf>) -> Result<Parts, Error> {
    let telemetry = config
        .telemetry_endpoints
        .clone()
        .filter(|endpoints| !endpoints.is_empty())
        .map(|endpoints| -> Result<_, sc_telemetry::Error> {
            let worker = TelemetryWorker::new(16)?;
            let telemetry = worker.handle().new_telemetry(endpoints);
            Ok((worker, telemetry))
        })
        .transpose()?;

    let (client, backend, keystore, task_manager) = sc_service::new_full_parts::<Block, RuntimeApi, _>(
        config,
        telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
        executor(&config.executor, wasm_cache),
        vec![Arc::new(GrandpaPruningFilter), Arc::new(beefy::is_signed)],
    )?;
    let client = Arc::new(client);
    require_validators(&client)?;

    let telemetry = telemetry.map(|(worker, telemetry)| {
        task_manager.spawn_handle().spawn("telemetry", None, worker.run());
        telemetry
    });
    let telemetry_handle = telemetry.as_ref().map(|telemetry| telemetry.handle());

    let select_chain = sc_consensus::LongestChain::new(backend.clone());
    let pool = Arc::new(
        sc_transaction_pool::Builder::new(
            task_manager.spawn_essential_handle(),
            client.clone(),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(config.prometheus_registry())
        .build(),
    );

    let (grandpa_import, grandpa_link) = sc_consensus_grandpa::block_import(
        client.clone(),
        JUSTIFICATION_PERIOD,
        &client,
        select_chain.clone(),
        telemetry_handle.clone(),
    )?;

    let (beefy_import, beefy_voter, beefy_rpc) = sc_consensus_beefy::beefy_block_import_and_links(
        grandpa_import.clone(),
        backend.clone(),
        client.clone(),
        config.prometheus_registry().cloned(),
    );

    let babe_config = sc_consensus_babe::configuration(&*client)?;
    let slot_duration = babe_config.slot_duration();
    let clock: Clock = Arc::new(move |_: Hash, ()| async move {
        let timestamp = Timestamp::from_system_time();
        Ok((Slot::from_timestamp_and_slot_duration(*timestamp, slot_duration), timestamp))
    });
    let (block_import, babe_link) = sc_consensus_babe::block_import(
        babe_config,
        beefy_import,
        client.clone(),
        clock.clone(),
        select_chain.clone(),
        OffchainTransactionPoolFactory::new(pool.clone()),
    )?;
    let (import_queue, babe_worker) =
        sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
            link: babe_link.clone(),
            block_import: block_import.clone(),
            justification_import: Some(Box::new(grandpa_import)),
            client: client.clone(),
            slot_duration,
            spawner: &task_manager.spawn_essential_handle(),
            registry: config.prometheus_registry(),
            telemetry: telemetry_handle,
        })?;

    Ok(Parts {
        client,
        backend,
        task_manager,
        import_queue,
        keystore,
        select_chain,
        pool,
        clock,
        block_import,
        babe_link,
        babe_worker,
        grandpa_link,
        beefy_links: (beefy_voter, beefy_rpc),
        telemetry,
    })
}

/// A chain that starts without validators could never grow.
fn require_validators(client: &FullClient) -> Result<(), Error> {
    let genesis = client.chain_info().genesis_hash;
    // The state of the genesis may be pruned: then there are blocks, and somebody made them.
    match client.runtime_api().grandpa_authorities(genesis) {
        Ok(authorities) if authorities.is_empty() => Err(Error::Other(NodeError::NoValidators.into())),
        _ => Ok(()),
    }
}

/// Start a node.
pub fn start<Net: NetworkBackend<Block, Hash>>(
    config: Configuration,
    wasm_cache: Option<PathBuf>,
) -> Result<TaskManager, Error> {
    let Parts {
        client,
        backend,
        mut task_manager,
        import_queue,
        keystore,
        select_chain,
        pool,
        clock,
        block_import,
        babe_link,
        babe_worker,
        grandpa_link,
        beefy_links: (beefy_voter, beefy_rpc),
        mut telemetry,
    } = parts(&config, wasm_cache)?;

    let metrics = Net::register_notification_metrics(config.prometheus_registry());
    let mut net_config = FullNetworkConfiguration::<Block, Hash, Net>::new(
        &config.network,
        config.prometheus_registry().cloned(),
    );
    let genesis_hash = client.chain_info().genesis_hash;
    let grandpa_protocol = sc_consensus_grandpa::protocol_standard_name(&genesis_hash, &config.chain_spec);
    let (grandpa_protocol_config, grandpa_notifications) =
        sc_consensus_grandpa::grandpa_peers_set_config::<Block, Net>(
            grandpa_protocol.clone(),
            metrics.clone(),
            net_config.peer_store_handle(),
        );
    net_config.add_notification_protocol(grandpa_protocol_config);
    let beefy_protocols = beefy::Protocols::register(&mut net_config, &config, &client, metrics.clone());

    let authority_set = grandpa_link.shared_authority_set().clone();
    let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
        backend.clone(),
        authority_set.clone(),
        Vec::new(),
    ));
    let (network, system_rpc_tx, tx_handler_controller, sync_service, _) =
        sc_service::build_network(BuildNetworkParams {
            config: &config,
            net_config,
            client: client.clone(),
            transaction_pool: pool.clone(),
            spawn_handle: task_manager.spawn_handle(),
            spawn_essential_handle: task_manager.spawn_essential_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;

    let role = config.role;
    let name = config.network.node_name.clone();
    let force_authoring = config.force_authoring;
    let votes = !config.disable_grandpa;
    let indexes = config.offchain_worker.indexing_enabled;
    let slot_duration = babe_link.config().slot_duration().as_duration();
    let prometheus = config.prometheus_registry().cloned();
    let voter_state = SharedVoterState::empty();

    let rpc_deps = rpc::Deps {
        client: client.clone(),
        pool: pool.clone(),
        select_chain: select_chain.clone(),
        chain_spec: config.chain_spec.cloned_box(),
        keystore: keystore.keystore(),
        babe_worker,
        authority_set: authority_set.clone(),
        voter_state: voter_state.clone(),
        justifications: grandpa_link.justification_stream(),
        finality_proofs: FinalityProofProvider::new_for_service(backend.clone(), Some(authority_set)),
        backend: backend.clone(),
        beefy: beefy_rpc,
    };
    sc_service::spawn_tasks(SpawnTasksParams {
        config,
        client: client.clone(),
        backend: backend.clone(),
        task_manager: &mut task_manager,
        keystore: keystore.keystore(),
        transaction_pool: pool.clone(),
        rpc_builder: Box::new(move |executor| rpc::module(&rpc_deps, executor)),
        network: network.clone(),
        system_rpc_tx,
        tx_handler_controller,
        sync_service: sync_service.clone(),
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;
    let telemetry_handle = telemetry.as_ref().map(|telemetry| telemetry.handle());

    let signer = beefy::Voter {
        client: client.clone(),
        backend,
        keystore: role.is_authority().then(|| keystore.keystore()),
        network: network.clone(),
        sync: sync_service.clone(),
        protocols: beefy_protocols,
        links: beefy_voter,
        prometheus: prometheus.clone(),
        indexes,
    };
    signer.spawn(&task_manager);

    if role.is_authority() {
        let proposer = sc_basic_authorship::ProposerFactory::new(
            task_manager.spawn_handle(),
            client.clone(),
            pool.clone(),
            prometheus.as_ref(),
            telemetry_handle.clone(),
        );
        let babe = sc_consensus_babe::start_babe(sc_consensus_babe::BabeParams {
            keystore: keystore.keystore(),
            client,
            select_chain,
            env: proposer,
            block_import,
            sync_oracle: sync_service.clone(),
            justification_sync_link: sync_service.clone(),
            create_inherent_data_providers: clock,
            force_authoring,
            // Blocks go on while finality lags: deadlines are counted in them.
            backoff_authoring_blocks: None::<()>,
            babe_link,
            block_proposal_slot_portion: SlotProportion::new(PROPOSAL_PORTION),
            max_block_proposal_slot_portion: None,
            telemetry: telemetry_handle.clone(),
        })?;
        task_manager.spawn_essential_handle().spawn_blocking("babe", Some("block-authoring"), babe);
    }

    if votes {
        let grandpa = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
            config: sc_consensus_grandpa::Config {
                gossip_duration: slot_duration / GOSSIPS_IN_A_SLOT,
                justification_generation_period: JUSTIFICATION_PERIOD,
                observer_enabled: false,
                local_role: role,
                name: Some(name),
                // Without keys it follows the votes of the others.
                keystore: role.is_authority().then(|| keystore.keystore()),
                telemetry: telemetry_handle.clone(),
                protocol_name: grandpa_protocol,
            },
            link: grandpa_link,
            network,
            sync: sync_service,
            notification_service: grandpa_notifications,
            voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
            prometheus_registry: prometheus,
            shared_voter_state: voter_state,
            telemetry: telemetry_handle,
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(pool),
        })?;
        task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, grandpa);
    }

    Ok(task_manager)
}
