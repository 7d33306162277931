//! A chain with balances and this pallet. Stakes, and what the dispatcher says, are as a test wants them.

use std::collections::BTreeSet;

use frame_support::{parameter_types, traits::SortedMembers, weights::constants::ParityDbWeight};
use frame_system::EnsureSignedBy;
use sp_io::TestExternalities;
use sp_runtime::DispatchResult;
use talka_pallet_test_support::{balances, begin, execute, NoGroups};
pub use talka_pallet_test_support::{category, Stakes};
use talka_primitives::{
    deal::Periods, restriction::Insiders, traits::Dispatcher, view::Listed, Balance, CategoryId, PoolId,
    StoragePrice,
};

use crate as pallet_marketplace;

/// Owns what is sold.
pub const OWNER: u64 = 1;
/// Operates the pool.
pub const OPERATOR: u64 = 2;
pub const REQUESTER: u64 = 3;
pub const WORKER: u64 = 4;
pub const STRANGER: u64 = 5;
pub const GOVERNOR: u64 = 6;
/// Has no account until somebody pays it.
pub const UNBORN: u64 = 50;
pub const FUND: u64 = 99;

pub const EXISTENTIAL_DEPOSIT: Balance = 10;
pub const MAX_DURATION: u32 = 1_000;
pub const NOTICE: u32 = 40;
/// The least time of a task of the mock's categories: without an audit, and with one.
pub const LEAST: u32 = 1 + 150 + 5 + 10;
pub const LEAST_AUDITED: u32 = LEAST + 2 + 150 + 5;
pub const ENDOWMENT: Balance = 1_000_000;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Marketplace: pallet_marketplace,
    }
);

talka_pallet_test_support::base!(Test, u64, EXISTENTIAL_DEPOSIT, ParityDbWeight);

parameter_types! {
    pub const MaxDuration: u32 = MAX_DURATION;
    pub const TaskPeriods: Periods = Periods { commit_grace: 5, reveal_period: 10 };
    pub const PolicyNotice: u32 = NOTICE;
    pub const AuditFund: u64 = FUND;
    /// Who executes a task and cannot leave.
    pub static Busy: BTreeSet<u64> = BTreeSet::new();
    /// Who has left, in the dispatcher's eyes.
    pub static Gone: Vec<u64> = Vec::new();
    /// The workers of each pool.
    pub static Inside: Insiders = Insiders::MANY;
    /// The pools for which something is still to be done, in the dispatcher's eyes.
    pub static AtWork: BTreeSet<PoolId> = BTreeSet::new();
    /// Nothing, where a test does not say something else.
    pub static Storage: StoragePrice = StoragePrice { item: 0, byte: 0 };
}

/// A dispatcher that remembers what it was told.
pub struct Notebook;

impl Dispatcher<u64> for Notebook {
    fn leave(worker: &u64) -> DispatchResult {
        if Busy::get().contains(worker) {
            return Err("the worker is busy".into());
        }
        assert!(crate::Members::<Test>::contains_key(worker), "a worker is a member until it has left");
        Gone::mutate(|gone| gone.push(*worker));
        Ok(())
    }
    fn forget_pool(pool: PoolId) -> DispatchResult {
        if AtWork::get().contains(&pool) {
            return Err("the pool is at work".into());
        }
        Ok(())
    }
    fn insiders(_: PoolId) -> Insiders {
        Inside::get()
    }
}

impl pallet_marketplace::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Dispatcher = Notebook;
    type Groups = NoGroups;
    type Stake = Stakes;
    type GovernanceOrigin = EnsureSignedBy<OneGovernor, u64>;
    type AuditFund = AuditFund;
    type MaxDuration = MaxDuration;
    type Periods = TaskPeriods;
    type PolicyNotice = PolicyNotice;
    type StoragePrice = Storage;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
}

/// The only account that governs.
pub struct OneGovernor;

impl SortedMembers<u64> for OneGovernor {
    fn sorted_members() -> Vec<u64> {
        vec![GOVERNOR]
    }
}

/// A chain on which some accounts have money and categories 0 and 1 exist.
pub fn new_test_ext() -> TestExternalities {
    let people = [OWNER, OPERATOR, REQUESTER, WORKER, STRANGER, GOVERNOR, FUND];
    let genesis = RuntimeGenesisConfig {
        balances: balances::<Test>(people, ENDOWMENT),
        marketplace: pallet_marketplace::GenesisConfig {
            categories: vec![
                Listed { id: CategoryId(0), item: category("XS") },
                Listed { id: CategoryId(1), item: category("S") },
            ],
            ..Default::default()
        },
        ..Default::default()
    };
    Busy::set(Default::default());
    Gone::set(Default::default());
    AtWork::set(Default::default());
    Storage::set(StoragePrice::default());
    Inside::set(Insiders::MANY);
    begin::<Test>(genesis)
}

/// Run a test; afterwards every invariant holds and there is as much money as before.
pub fn build_and_execute(test: impl FnOnce()) {
    execute::<Test, _>(new_test_ext(), Marketplace::do_try_state, test);
}
