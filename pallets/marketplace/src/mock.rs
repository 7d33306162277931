//! A chain with balances and this pallet. The stake and the dispatcher are tables that a test fills.

use std::collections::{BTreeMap, BTreeSet};

use frame_support::{
    derive_impl, parameter_types,
    traits::{SortedMembers, VariantCountOf},
    weights::constants::ParityDbWeight,
};
use frame_system::EnsureSignedBy;
use sp_io::TestExternalities;
use sp_runtime::{BuildStorage, DispatchResult};
use talka_primitives::{
    traits::{Dispatcher, Groups, Stake, Standing},
    view::Listed,
    Balance, Category, CategoryId, GroupId, Merit, Rate,
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
pub const ENDOWMENT: Balance = 1_000_000;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Marketplace: pallet_marketplace,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountData = pallet_balances::AccountData<Balance>;
    type DbWeight = ParityDbWeight;
}

parameter_types! {
    pub const ExistentialDeposit: Balance = EXISTENTIAL_DEPOSIT;
    pub const MaxDuration: u32 = MAX_DURATION;
    pub const AuditFund: u64 = FUND;
    /// What stands behind whom.
    pub static Standings: BTreeMap<u64, Standing> = BTreeMap::new();
    /// Who executes a task and cannot leave.
    pub static Busy: BTreeSet<u64> = BTreeSet::new();
    /// Who has left, in the dispatcher's eyes.
    pub static Gone: Vec<u64> = Vec::new();
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
}

/// A table of standings. Nothing in this pallet changes one.
pub struct StakeTable;

impl Stake<u64> for StakeTable {
    fn standing(who: &u64) -> Standing {
        Standings::get().get(who).copied().unwrap_or_default()
    }
    fn lock(_: &u64, _: Balance) -> DispatchResult {
        unreachable!("the marketplace locks no stake")
    }
    fn unlock(_: &u64, _: Balance) {
        unreachable!("the marketplace unlocks no stake")
    }
    fn set_merit(_: &u64, _: Merit) {
        unreachable!("the marketplace knows no merit")
    }
    fn disgrace(_: &u64) {
        unreachable!("the marketplace blames nobody")
    }
    fn forfeit(_: &u64, _: Balance, _: &u64) {
        unreachable!("the marketplace takes no stake")
    }
    fn forfeit_to_fund(_: &u64, _: Balance) {
        unreachable!("the marketplace takes no stake")
    }
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
}

/// A request restricts nothing to a group.
pub struct NoGroups;

impl Groups<u64> for NoGroups {
    fn is_member(_: GroupId, _: &u64) -> bool {
        unreachable!("only orders are restricted to groups")
    }
}

impl pallet_marketplace::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Dispatcher = Notebook;
    type Groups = NoGroups;
    type Stake = StakeTable;
    type GovernanceOrigin = EnsureSignedBy<OneGovernor, u64>;
    type AuditFund = AuditFund;
    type MaxDuration = MaxDuration;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

/// The only account that governs.
pub struct OneGovernor;

impl SortedMembers<u64> for OneGovernor {
    fn sorted_members() -> Vec<u64> {
        vec![GOVERNOR]
    }
}

/// A category that fits everything.
pub fn category(name: &str) -> Category {
    Category {
        name: name.try_into().unwrap(),
        run_time: 150,
        fuel: 1_000_000,
        memory: 1 << 20,
        audit_rate: Rate(500),
    }
}

/// A chain on which some accounts have money and categories 0 and 1 exist.
pub fn new_test_ext() -> TestExternalities {
    let people = [OWNER, OPERATOR, REQUESTER, WORKER, STRANGER, GOVERNOR, FUND];
    let genesis = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: people.map(|who| (who, ENDOWMENT)).to_vec(),
            ..Default::default()
        },
        marketplace: pallet_marketplace::GenesisConfig {
            categories: vec![
                Listed { id: CategoryId(0), item: category("XS") },
                Listed { id: CategoryId(1), item: category("S") },
            ],
            ..Default::default()
        },
        ..Default::default()
    };
    let mut ext = TestExternalities::new(genesis.build_storage().unwrap());
    ext.execute_with(|| {
        System::set_block_number(1);
        Standings::set(Default::default());
        Busy::set(Default::default());
        Gone::set(Default::default());
    });
    ext
}

/// Run a test; afterwards every invariant holds and there is as much money as before.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        let issuance = Balances::total_issuance();
        test();
        Marketplace::do_try_state().unwrap();
        assert_eq!(Balances::total_issuance(), issuance);
    });
}
