//! The bridge to Ethereum.

use frame_support::traits::ConstU128;
use frame_system::EnsureRoot;

use super::{governance::TwoThirdsOfCouncil, market::AuditFund};
use crate::{constants::bridge, AccountId, Balances, Gateway, Runtime, Validators};

impl talka_pallet_bridge::Config for Runtime {
    type Currency = Balances;
    type Validators = Validators;
    type Requests = Gateway;
    /// Once, and listed before: everybody can see for two days what is to count as a deposit.
    type ContractsOrigin = EnsureRoot<AccountId>;
    type LimitsOrigin = TwoThirdsOfCouncil;
    type AuditFund = AuditFund;
    type MessagePrice = ConstU128<{ bridge::MESSAGE_PRICE }>;
    type WeightInfo = talka_pallet_bridge::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}
