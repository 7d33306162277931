//! A chain with only balances and this pallet.

use frame_support::parameter_types;
use sp_io::TestExternalities;
use talka_pallet_test_support::{balances, begin, execute};
use talka_primitives::Balance;

use crate as pallet_groups;

pub const ALICE: u64 = 1;
pub const BOB: u64 = 2;
pub const CAROL: u64 = 3;
/// Has just enough for one group without members.
pub const POOR: u64 = 4;
/// Has no account until somebody pays it.
pub const UNBORN: u64 = 50;

pub const EXISTENTIAL_DEPOSIT: Balance = 10;
pub const GROUP_DEPOSIT: Balance = 100;
pub const MEMBER_DEPOSIT: Balance = 20;
pub const MAX_BATCH: u32 = 4;
pub const ENDOWMENT: Balance = 100_000;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        AccessGroups: pallet_groups,
    }
);

talka_pallet_test_support::base!(Test, u64, EXISTENTIAL_DEPOSIT);

parameter_types! {
    pub const GroupDeposit: Balance = GROUP_DEPOSIT;
    pub const MemberDeposit: Balance = MEMBER_DEPOSIT;
    pub const MaxBatch: u32 = MAX_BATCH;
}

impl pallet_groups::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type GroupDeposit = GroupDeposit;
    type MemberDeposit = MemberDeposit;
    type MaxBatch = MaxBatch;
    type WeightInfo = ();
}

/// What is there at the start: some accounts with money.
pub fn new_test_ext() -> TestExternalities {
    let mut balances = balances::<Test>([ALICE, BOB, CAROL], ENDOWMENT);
    balances.balances.push((POOR, EXISTENTIAL_DEPOSIT + GROUP_DEPOSIT));
    begin::<Test>(RuntimeGenesisConfig { balances, ..Default::default() })
}

/// Run a test; afterwards every invariant holds and there is as much money as before.
pub fn build_and_execute(test: impl FnOnce()) {
    execute::<Test, _>(new_test_ext(), AccessGroups::do_try_state, test);
}
