//! Blocks, accounts, time.

use frame_support::{derive_impl, dispatch::DispatchClass, parameter_types, traits::ConstU32};
use frame_system::limits;
use sp_runtime::traits::AccountIdLookup;
use sp_version::RuntimeVersion;

use super::{consensus::HalfSlot, governance::CallFilter};
use crate::{
    constants::block, migrations::Migrations, weights, AccountId, Babe, Balance, Block, Hash, Nonce,
    PalletInfo, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, RuntimeTask, VERSION,
};

parameter_types! {
    /// The work that fits into a block. What ordinary calls and hooks leave is for duties of workers, which fit
    /// in even when a block is full: see [`crate::duties`].
    pub BlockWeights: limits::BlockWeights = limits::BlockWeights::builder()
        .base_block(weights::BlockBase::get())
        .for_class(DispatchClass::all(), |class| class.base_extrinsic = weights::ExtrinsicBase::get())
        .for_class(DispatchClass::Normal, |class| class.max_total = Some(block::NORMAL_SHARE * block::MAX_WEIGHT))
        .for_class(DispatchClass::Operational, |class| {
            class.max_total = Some(block::MAX_WEIGHT);
            class.reserved = Some(block::MAX_WEIGHT - block::NORMAL_SHARE * block::MAX_WEIGHT);
        })
        .avg_block_initialization(block::HOOK_SHARE)
        .build_or_panic();
    /// The bytes that fit into a block.
    pub BlockLength: limits::BlockLength = limits::BlockLength::builder()
        .max_length(block::MAX_LENGTH)
        .modify_max_length_for_class(DispatchClass::Normal, |max| *max = block::NORMAL_SHARE * block::MAX_LENGTH)
        .build();
    pub const Version: RuntimeVersion = VERSION;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type BaseCallFilter = CallFilter;
    type SingleBlockMigrations = Migrations;
    type Block = Block;
    type BlockWeights = BlockWeights;
    type BlockLength = BlockLength;
    type AccountId = AccountId;
    type Lookup = AccountIdLookup<AccountId, ()>;
    type Nonce = Nonce;
    type Hash = Hash;
    type BlockHashCount = ConstU32<{ block::HASH_COUNT }>;
    type DbWeight = weights::DbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    /// That of any chain of this kind, which wallets know without being told: a key has the same address here as on other
    /// test networks. There is no public network yet. One with a token of value takes a prefix of its own from the registry
    /// of SS58 before its genesis, so that its addresses are not taken for those of another chain.
    type SS58Prefix = frame_support::traits::ConstU16<42>;
    type MaxConsumers = ConstU32<16>;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Babe;
    type MinimumPeriod = HalfSlot;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}
