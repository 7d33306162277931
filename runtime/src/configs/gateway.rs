//! Contracts on Ethereum that buy tasks.

use frame_support::traits::{ConstU128, ConstU32};

use super::{
    governance::TwoThirdsOfCouncil,
    market::{AuditFund, Storage},
};
use crate::{constants::gateway, Audit, Balances, Bridge, Marketplace, Poco, Runtime, RuntimeHoldReason};

impl talka_pallet_gateway::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Market = Marketplace;
    type Results = Poco;
    type ErrorBounds = Audit;
    type Outbox = Bridge;
    type GovernanceOrigin = TwoThirdsOfCouncil;
    type AuditFund = AuditFund;
    type LeastAmount = ConstU128<{ gateway::LEAST_AMOUNT }>;
    type AnswerPrice = ConstU128<{ gateway::ANSWER_PRICE }>;
    type LeastReturn = ConstU128<{ gateway::LEAST_RETURN }>;
    type Patience = ConstU32<{ gateway::PATIENCE }>;
    type StoragePrice = Storage;
    type WeightInfo = talka_pallet_gateway::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}
