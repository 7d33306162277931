//! Stakes, deals, tasks, audits.

use frame_support::{
    parameter_types,
    traits::{ConstU128, ConstU32, Get},
};
use sp_runtime::{
    traits::{BlakeTwo256, Hash as _},
    Perbill,
};
use talka_primitives::{
    deal::Periods,
    seed::{Authored, Output},
    traits::Authorship,
    StoragePrice,
};

use super::governance::TwoThirdsOfCouncil;
use crate::{
    constants::{block, currency, market},
    AccountId, Audit, Babe, Balances, Groups, Marketplace, Poco, Runtime, RuntimeHoldReason, Signature,
    Stake, Validators,
};

parameter_types! {
    /// The account of the audit fund.
    pub AuditFund: AccountId = market::audit_fund();
    /// The part of a block that the hook of Proof of Contribution may use.
    pub const HookShare: Perbill = block::HOOK_SHARE;
    /// What is held for what the chain has to remember.
    pub const Storage: StoragePrice = currency::STORAGE;
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

/// What Proof of Contribution gives workers: the market leaves each task as much time.
pub struct PeriodsOfTasks;

impl Get<Periods> for PeriodsOfTasks {
    fn get() -> Periods {
        Periods {
            commit_grace: <Runtime as talka_pallet_poco::Config>::CommitGrace::get(),
            reveal_period: <Runtime as talka_pallet_poco::Config>::RevealPeriod::get(),
        }
    }
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
    type Periods = PeriodsOfTasks;
    type PolicyNotice = ConstU32<{ market::POLICY_NOTICE }>;
    type StoragePrice = Storage;
    type WeightInfo = talka_pallet_marketplace::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
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
    type EntryDeposit = ConstU128<{ market::ORDER_ENTRY_DEPOSIT }>;
    type MaxLife = ConstU32<{ market::MAX_ORDER_LIFE }>;
    type WeightInfo = talka_pallet_orders::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl talka_pallet_audit::Config for Runtime {
    type GovernanceOrigin = TwoThirdsOfCouncil;
    type WeightInfo = talka_pallet_audit::weights::CountedAccesses<Runtime>;
}

/// Who makes a block, and the output of its verifiable random function, as BABE's digest in the block's header has them. Every
/// node has verified the output before it executes the block. BABE reads the digest in its hook, and the session changes in
/// its own: both hooks come before that of Proof of Contribution.
pub struct BlockAuthors;

impl Authorship<AccountId> for BlockAuthors {
    fn own() -> Option<Authored<AccountId>> {
        let digest = Babe::initialized().flatten()?;
        let output = BlakeTwo256::hash_of(&digest.vrf_signature()?.pre_output);
        let author = pallet_authorship::Pallet::<Runtime>::author()?;
        Some(Authored { author, output: Output(output.into()) })
    }

    fn is_sole() -> bool {
        pallet_babe::Authorities::<Runtime>::decode_len().unwrap_or(0) <= 1
    }
}

impl talka_pallet_poco::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type GovernanceOrigin = TwoThirdsOfCouncil;
    type Stake = Stake;
    type Market = Marketplace;
    type Audits = Audit;
    type Jurors = Validators;
    type Authorship = BlockAuthors;
    type HeartbeatPeriod = ConstU32<{ market::HEARTBEAT_PERIOD }>;
    type CommitGrace = ConstU32<{ market::COMMIT_GRACE }>;
    type RevealPeriod = ConstU32<{ market::REVEAL_PERIOD }>;
    type MaxBatch = ConstU32<{ market::MAX_BATCH }>;
    type BlockShare = HookShare;
    type RegistrationDeposit = ConstU128<{ market::REGISTRATION_DEPOSIT }>;
    type DutyKeyDeposit = ConstU128<{ market::DUTY_KEY_DEPOSIT }>;
    type UsualRetention = ConstU32<{ market::RETENTION }>;
    type LeastRetention = ConstU32<{ market::LEAST_RETENTION }>;
    type MostRetention = ConstU32<{ market::MOST_RETENTION }>;
    type WeightInfo = talka_pallet_poco::weights::CountedAccesses<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = super::benchmarks::PocoBenchmarks;
}
