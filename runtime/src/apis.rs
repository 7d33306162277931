//! What the node and the clients ask of the runtime.

use alloc::vec::Vec;
use frame_support::{
    genesis_builder_helper::{build_state, get_preset},
    weights::Weight,
};
use pallet_mmr::primitives::{
    AncestryProof, DataOrHash, EncodableOpaqueLeaf, Error as MmrError, LeafIndex, LeafProof,
};
use pallet_transaction_payment::{FeeDetails, RuntimeDispatchInfo};
use sp_api::impl_runtime_apis;
use sp_consensus_beefy::{
    ecdsa_crypto::{AuthorityId as BeefyId, AuthoritySignature as BeefySignature},
    mmr::{BeefyAuthoritySet, BeefyNextAuthoritySet},
    MmrHashing, MmrRootHash,
};
use sp_core::{Get, OpaqueMetadata};
use sp_genesis_builder::PresetId;
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
    traits::Block as BlockT,
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult, ExtrinsicInclusionMode, KeyTypeId, OpaqueValue,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;
use talka_primitives::{
    bridge::{AttesterView, BridgeState, EthereumAddress, OutboxProof, ProofError},
    filter::{AppFilter, DatasetFilter, PoolFilter},
    gateway::CallView,
    order::{Order, Shelf},
    restriction::Insiders,
    view::{
        Assignment, DealView, Duties, FindingsView, Listed, OrderState, OrderView, Outcome, Page,
        PoolStanding, TaskView, ValidatorView, WorkerView,
    },
    App, AppId, CallId, Category, CategoryId, Dataset, DatasetId, DealId, Group, GroupId, OrderId, Pool,
    PoolId, TaskId,
};

#[cfg(feature = "try-runtime")]
use crate::configs::BlockWeights;
use crate::{
    configs::{ownership_proof, EPOCH_CONFIG},
    genesis, AccountId, Audit, Babe, Balance, Beefy, BeefyMmrLeaf, Block, BlockNumber, Bridge, Executive,
    Gateway, Grandpa, Groups, Header, InherentDataExt, Marketplace, Mmr, Nonce, Orders, Poco, Runtime,
    RuntimeCall, RuntimeGenesisConfig, SessionKeys, System, TransactionPayment, Validators, VERSION,
};

impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block)
        }

        fn initialize_block(header: &<Block as BlockT>::Header) -> ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }

        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }

        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
        fn execute_view_function(
            id: frame_support::view_functions::ViewFunctionId,
            input: Vec<u8>,
        ) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
            Runtime::execute_view_function(id, input)
        }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
            Executive::apply_extrinsic(extrinsic)
        }

        fn finalize_block() -> <Block as BlockT>::Header {
            Executive::finalize_block()
        }

        fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
            data.create_extrinsics()
        }

        fn check_inherents(block: <Block as BlockT>::LazyBlock, data: InherentData) -> CheckInherentsResult {
            data.check_extrinsics(&block)
        }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            transaction: <Block as BlockT>::Extrinsic,
            block_hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            Executive::validate_transaction(source, transaction, block_hash)
        }
    }

    impl sp_consensus_babe::BabeApi<Block> for Runtime {
        fn configuration() -> sp_consensus_babe::BabeConfiguration {
            let epoch_config = Babe::epoch_config().unwrap_or(EPOCH_CONFIG);
            sp_consensus_babe::BabeConfiguration {
                slot_duration: Babe::slot_duration(),
                epoch_length: <Runtime as pallet_babe::Config>::EpochDuration::get(),
                c: epoch_config.c,
                authorities: Babe::authorities().to_vec(),
                randomness: Babe::randomness(),
                allowed_slots: epoch_config.allowed_slots,
            }
        }

        fn current_epoch_start() -> sp_consensus_babe::Slot {
            Babe::current_epoch_start()
        }

        fn current_epoch() -> sp_consensus_babe::Epoch {
            Babe::current_epoch()
        }

        fn next_epoch() -> sp_consensus_babe::Epoch {
            Babe::next_epoch()
        }

        fn generate_key_ownership_proof(
            _slot: sp_consensus_babe::Slot,
            authority: sp_consensus_babe::AuthorityId,
        ) -> Option<sp_consensus_babe::OpaqueKeyOwnershipProof> {
            ownership_proof(sp_consensus_babe::KEY_TYPE, authority)
                .map(sp_consensus_babe::OpaqueKeyOwnershipProof::new)
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            proof: sp_consensus_babe::EquivocationProof<<Block as BlockT>::Header>,
            key_owner: sp_consensus_babe::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Babe::submit_unsigned_equivocation_report(proof, key_owner.decode()?)
        }
    }

    impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
        fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
            Grandpa::grandpa_authorities()
        }

        fn current_set_id() -> sp_consensus_grandpa::SetId {
            Grandpa::current_set_id()
        }

        fn generate_key_ownership_proof(
            _set_id: sp_consensus_grandpa::SetId,
            authority: sp_consensus_grandpa::AuthorityId,
        ) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
            ownership_proof(sp_consensus_grandpa::KEY_TYPE, authority)
                .map(sp_consensus_grandpa::OpaqueKeyOwnershipProof::new)
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            proof: sp_consensus_grandpa::EquivocationProof<
                <Block as BlockT>::Hash,
                sp_runtime::traits::NumberFor<Block>,
            >,
            key_owner: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Grandpa::submit_unsigned_equivocation_report(proof, key_owner.decode()?)
        }
    }

    impl sp_consensus_beefy::BeefyApi<Block, BeefyId> for Runtime {
        fn beefy_genesis() -> Option<BlockNumber> {
            pallet_beefy::GenesisBlock::<Runtime>::get()
        }

        fn validator_set() -> Option<sp_consensus_beefy::ValidatorSet<BeefyId>> {
            Beefy::validator_set()
        }

        fn submit_report_double_voting_unsigned_extrinsic(
            proof: sp_consensus_beefy::DoubleVotingProof<BlockNumber, BeefyId, BeefySignature>,
            key_owner: sp_consensus_beefy::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Beefy::submit_unsigned_double_voting_report(proof, key_owner.decode()?)
        }

        fn submit_report_fork_voting_unsigned_extrinsic(
            proof: sp_consensus_beefy::ForkVotingProof<Header, BeefyId, OpaqueValue>,
            key_owner: sp_consensus_beefy::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Beefy::submit_unsigned_fork_voting_report(proof.try_into()?, key_owner.decode()?)
        }

        fn submit_report_future_block_voting_unsigned_extrinsic(
            proof: sp_consensus_beefy::FutureBlockVotingProof<BlockNumber, BeefyId>,
            key_owner: sp_consensus_beefy::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Beefy::submit_unsigned_future_block_voting_report(proof, key_owner.decode()?)
        }

        fn generate_key_ownership_proof(
            _set_id: sp_consensus_beefy::ValidatorSetId,
            authority: BeefyId,
        ) -> Option<sp_consensus_beefy::OpaqueKeyOwnershipProof> {
            ownership_proof(sp_consensus_beefy::KEY_TYPE, authority)
                .map(sp_consensus_beefy::OpaqueKeyOwnershipProof::new)
        }
    }

    impl pallet_beefy_mmr::BeefyMmrApi<Block, MmrRootHash> for Runtime {
        fn authority_set_proof() -> BeefyAuthoritySet<MmrRootHash> {
            BeefyMmrLeaf::authority_set_proof()
        }

        fn next_authority_set_proof() -> BeefyNextAuthoritySet<MmrRootHash> {
            BeefyMmrLeaf::next_authority_set_proof()
        }
    }

    impl pallet_mmr::primitives::MmrApi<Block, MmrRootHash, BlockNumber> for Runtime {
        fn mmr_root() -> Result<MmrRootHash, MmrError> {
            Ok(Mmr::mmr_root())
        }

        fn mmr_leaf_count() -> Result<LeafIndex, MmrError> {
            Ok(Mmr::mmr_leaves())
        }

        fn generate_proof(
            blocks: Vec<BlockNumber>,
            best_known: Option<BlockNumber>,
        ) -> Result<(Vec<EncodableOpaqueLeaf>, LeafProof<MmrRootHash>), MmrError> {
            let (leaves, proof) = Mmr::generate_proof(blocks, best_known)?;
            Ok((leaves.iter().map(EncodableOpaqueLeaf::from_leaf).collect(), proof))
        }

        fn generate_ancestry_proof(
            earlier: BlockNumber,
            best_known: Option<BlockNumber>,
        ) -> Result<AncestryProof<MmrRootHash>, MmrError> {
            Mmr::generate_ancestry_proof(earlier, best_known)
        }

        fn verify_proof(
            leaves: Vec<EncodableOpaqueLeaf>,
            proof: LeafProof<MmrRootHash>,
        ) -> Result<(), MmrError> {
            let leaves = leaves
                .into_iter()
                .map(|leaf| leaf.into_opaque_leaf().try_decode().ok_or(MmrError::Verify))
                .collect::<Result<Vec<_>, MmrError>>()?;
            Mmr::verify_leaves(leaves, proof)
        }

        fn verify_proof_stateless(
            root: MmrRootHash,
            leaves: Vec<EncodableOpaqueLeaf>,
            proof: LeafProof<MmrRootHash>,
        ) -> Result<(), MmrError> {
            let nodes = leaves.into_iter().map(|leaf| DataOrHash::Data(leaf.into_opaque_leaf())).collect();
            pallet_mmr::verify_leaves_proof::<MmrHashing, _>(root, nodes, proof)
        }
    }

    impl sp_session::SessionKeys<Block> for Runtime {
        fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> OpaqueGeneratedSessionKeys {
            SessionKeys::generate(&owner, seed).into()
        }

        fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
            SessionKeys::decode_into_raw_public_keys(&encoded)
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(account: AccountId) -> Nonce {
            System::account_nonce(account)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
        fn query_info(transaction: <Block as BlockT>::Extrinsic, len: u32) -> RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(transaction, len)
        }

        fn query_fee_details(transaction: <Block as BlockT>::Extrinsic, len: u32) -> FeeDetails<Balance> {
            TransactionPayment::query_fee_details(transaction, len)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(len: u32) -> Balance {
            TransactionPayment::length_to_fee(len)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<Block, Balance, RuntimeCall>
        for Runtime
    {
        fn query_call_info(call: RuntimeCall, len: u32) -> RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_call_info(call, len)
        }

        fn query_call_fee_details(call: RuntimeCall, len: u32) -> FeeDetails<Balance> {
            TransactionPayment::query_call_fee_details(call, len)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(len: u32) -> Balance {
            TransactionPayment::length_to_fee(len)
        }
    }

    impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
            build_state::<RuntimeGenesisConfig>(config)
        }

        fn get_preset(id: &Option<PresetId>) -> Option<Vec<u8>> {
            get_preset::<RuntimeGenesisConfig>(id, genesis::preset)
        }

        fn preset_names() -> Vec<PresetId> {
            genesis::preset_names()
        }
    }

    impl talka_pallet_validators::api::ValidatorsApi<Block, AccountId> for Runtime {
        fn validators() -> Vec<ValidatorView<AccountId>> {
            Validators::validators()
        }
    }

    impl talka_pallet_bridge::api::BridgeApi<Block, AccountId> for Runtime {
        fn bridge_state() -> BridgeState {
            Bridge::bridge_state()
        }

        fn attesters() -> Vec<AttesterView<AccountId>> {
            Bridge::attesters()
        }

        fn outbox_proof(index: u32) -> Result<OutboxProof, ProofError> {
            Bridge::outbox_proof(index)
        }
    }

    impl talka_pallet_audit::api::AuditApi<Block> for Runtime {
        fn findings() -> Vec<FindingsView> {
            Audit::findings()
        }
    }

    impl talka_pallet_marketplace::api::MarketApi<Block, AccountId> for Runtime {
        fn apps(filter: AppFilter, from: AppId, limit: u32) -> Page<AppId, App<AccountId>> {
            Marketplace::apps(&filter, from, limit)
        }

        fn datasets(filter: DatasetFilter, from: DatasetId, limit: u32) -> Page<DatasetId, Dataset<AccountId>> {
            Marketplace::datasets(&filter, from, limit)
        }

        fn pools(filter: PoolFilter, from: PoolId, limit: u32) -> Page<PoolId, Pool<AccountId>> {
            Marketplace::pools(&filter, from, limit)
        }

        fn categories() -> Vec<Listed<CategoryId, Category>> {
            Marketplace::categories()
        }

        fn app(id: AppId) -> Option<App<AccountId>> {
            Marketplace::app(id)
        }

        fn dataset(id: DatasetId) -> Option<Dataset<AccountId>> {
            Marketplace::dataset(id)
        }

        fn pool(id: PoolId) -> Option<Pool<AccountId>> {
            Marketplace::pool(id)
        }
    }

    impl talka_pallet_poco::api::PocoApi<Block, AccountId> for Runtime {
        fn deal(id: DealId) -> Option<DealView<AccountId>> {
            Poco::deal_view(id)
        }

        fn is_forgotten(id: DealId) -> bool {
            Poco::is_forgotten(id)
        }

        fn deals_of(requester: AccountId, from: DealId, limit: u32) -> Vec<DealView<AccountId>> {
            let deals = Marketplace::deals_of(&requester, from, limit);
            Poco::deal_views(deals.into_iter().map(|deal| deal.id), limit)
        }

        fn task(id: TaskId) -> Option<TaskView<AccountId>> {
            Poco::task_view(id)
        }

        fn outcomes(deal: DealId, from: u32, limit: u32) -> Page<TaskId, Outcome> {
            Poco::outcomes(deal, from, limit)
        }

        fn duties(worker: AccountId, open: Vec<TaskId>) -> Duties<AccountId> {
            Poco::duties(worker, open)
        }

        fn committed(who: AccountId, after: Option<TaskId>) -> Page<TaskId, Assignment<AccountId>> {
            Poco::committed(who, after)
        }

        fn worker_of(key: AccountId) -> AccountId {
            Poco::worker_of(&key)
        }

        fn worker(account: AccountId) -> Option<WorkerView<AccountId>> {
            Poco::worker_view(account)
        }

        fn workers(pool: PoolId, limit: u32) -> Vec<WorkerView<AccountId>> {
            Poco::worker_views(pool, limit)
        }

        fn standing(pool: PoolId) -> PoolStanding {
            Poco::pool_standing(pool)
        }

        fn insiders(pool: PoolId) -> Insiders {
            Poco::insiders_of(pool)
        }
    }

    impl talka_pallet_groups::api::GroupsApi<Block, AccountId> for Runtime {
        fn groups(from: GroupId, limit: u32) -> Page<GroupId, Group<AccountId>> {
            Groups::groups(from, limit)
        }

        fn group(id: GroupId) -> Option<Group<AccountId>> {
            Groups::group(id)
        }

        fn members(group: GroupId, from: Option<AccountId>, limit: u32) -> Vec<AccountId> {
            Groups::members(group, from, limit)
        }

        fn is_member(group: GroupId, who: AccountId) -> bool {
            Groups::is_member(group, &who)
        }
    }

    impl talka_pallet_orders::api::OrdersApi<Block, AccountId> for Runtime {
        fn orders(
            shelf: Option<Shelf>,
            after: Option<OrderId>,
            limit: u32,
        ) -> Page<OrderId, OrderView<AccountId>> {
            Orders::orders(shelf, after, limit)
        }

        fn order(id: OrderId) -> Option<OrderView<AccountId>> {
            Orders::order(id)
        }

        fn state(order: Order<AccountId>) -> OrderState {
            Orders::order_state(&order)
        }

        fn id(order: Order<AccountId>) -> OrderId {
            Orders::order_id(&order)
        }
    }

    impl talka_pallet_gateway::api::GatewayApi<Block, AccountId> for Runtime {
        fn calls(after: Option<CallId>, limit: u32) -> Page<CallId, CallView> {
            Gateway::calls(after, limit)
        }

        fn call(id: CallId) -> Option<CallView> {
            Gateway::call(id)
        }

        fn account(requester: EthereumAddress) -> Option<AccountId> {
            Gateway::account_of(requester)
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    impl frame_benchmarking::Benchmark<Block> for Runtime {
        fn benchmark_metadata(
            extra: bool,
        ) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
            crate::benchmarks::list(extra)
        }

        fn dispatch_benchmark(
            config: frame_benchmarking::BenchmarkConfig,
        ) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
            crate::benchmarks::run(config)
        }
    }

    #[cfg(feature = "try-runtime")]
    impl frame_try_runtime::TryRuntime<Block> for Runtime {
        fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
            let weight = Executive::try_runtime_upgrade(checks).expect("the upgrade can be made; qed");
            (weight, BlockWeights::get().max_block)
        }

        fn execute_block(
            block: <Block as BlockT>::LazyBlock,
            check_state_root: bool,
            check_signatures: bool,
            select: frame_try_runtime::TryStateSelect,
        ) -> Weight {
            Executive::try_execute_block(block, check_state_root, check_signatures, select)
                .expect("the block can be executed; qed")
        }
    }
}
