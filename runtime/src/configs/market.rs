//! Stakes, deals, tasks, audits.

use frame_support::{
    parameter_types,
    traits::{ConstU128, ConstU32, Randomness},
};
use pallet_babe::{ParentBlockRandomness, RandomnessFromOneEpochAgo};
use sp_runtime::Perbill;

use super::governance::TwoThirdsOfCouncil;
use crate::{
    constants::{block, market},
    AccountId, Audit, Balances, BlockNumber, Groups, Hash, Marketplace, Poco, Runtime, RuntimeHoldReason,
    Signature, Stake, Validators,
};

parameter_types! {
    /// The account of the audit fund.
    pub AuditFund: AccountId = market::audit_fund();
    /// The part of a block that the hook of Proof of Contribution may use.
    pub const HookShare: Perbill = block::HOOK_SHARE;
}

impl talka_pallet_stake::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type MinBond = ConstU128<{ market::MIN_BOND }>;
    type UnbondingPeriod = ConstU32<{ market::UNBONDING_PERIOD }>;
    type MaxUnbonding = ConstU32<{ market::MAX_UNBONDING }>;
    type Passes = Audit;
    type GovernanceOrigin = TwoThirdsOfCouncil;
    type AuditFund = AuditFund;
    type WeightInfo = talka_pallet_stake::weights::SubstrateWeight<Runtime>;
}

impl talka_pallet_marketplace::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Dispatcher = Poco;
    type Groups = Groups;
    type Stake = Stake;
    type GovernanceOrigin = TwoThirdsOfCouncil;
    type AuditFund = AuditFund;
    type MaxDuration = ConstU32<{ market::MAX_DEAL_DURATION }>;
    type WeightInfo = talka_pallet_marketplace::weights::SubstrateWeight<Runtime>;
}

impl talka_pallet_groups::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type GroupDeposit = ConstU128<{ market::GROUP_DEPOSIT }>;
    type MemberDeposit = ConstU128<{ market::MEMBER_DEPOSIT }>;
    type MaxBatch = ConstU32<{ market::MAX_BATCH }>;
    type WeightInfo = talka_pallet_groups::weights::SubstrateWeight<Runtime>;
}

impl talka_pallet_orders::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Deals = Marketplace;
    type Signature = Signature;
    type BaseDeposit = ConstU128<{ market::ORDER_DEPOSIT }>;
    type ByteDeposit = ConstU128<{ market::ORDER_BYTE_DEPOSIT }>;
    type MaxLife = ConstU32<{ market::MAX_ORDER_LIFE }>;
    type WeightInfo = talka_pallet_orders::weights::SubstrateWeight<Runtime>;
}

impl talka_pallet_audit::Config for Runtime {
    type GovernanceOrigin = TwoThirdsOfCouncil;
    type WeightInfo = talka_pallet_audit::weights::CountedAccesses<Runtime>;
}

/// The VRF output of a block's author: fixed by its key and the epoch's randomness before anybody knew which
/// tasks would be drawn with it. At the start of a block it is the parent's, at the end the block's own: BABE stores it in
/// its `on_finalize`, which is before that of Proof of Contribution.
///
/// A block without one (the genesis) is followed by draws from the epoch's randomness. It is never constant.
pub struct VrfRandomness;

impl Randomness<Hash, BlockNumber> for VrfRandomness {
    fn random(subject: &[u8]) -> (Hash, BlockNumber) {
        match ParentBlockRandomness::<Runtime>::random(subject) {
            (Some(hash), known_since) => (hash, known_since),
            (None, _) => RandomnessFromOneEpochAgo::<Runtime>::random(subject),
        }
    }
}

impl talka_pallet_poco::Config for Runtime {
    type Stake = Stake;
    type Market = Marketplace;
    type Audits = Audit;
    type Jurors = Validators;
    type Randomness = VrfRandomness;
    type HeartbeatPeriod = ConstU32<{ market::HEARTBEAT_PERIOD }>;
    type CommitGrace = ConstU32<{ market::COMMIT_GRACE }>;
    type RevealPeriod = ConstU32<{ market::REVEAL_PERIOD }>;
    type MaxBatch = ConstU32<{ market::MAX_BATCH }>;
    type BlockShare = HookShare;
    type WeightInfo = talka_pallet_poco::weights::CountedAccesses<Runtime>;
}
