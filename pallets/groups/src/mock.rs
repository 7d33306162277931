//! A chain with balances and this pallet, and nothing else.

use frame_support::{derive_impl, parameter_types, traits::VariantCountOf};
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;
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

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

parameter_types! {
    pub const ExistentialDeposit: Balance = EXISTENTIAL_DEPOSIT;
    pub const GroupDeposit: Balance = GROUP_DEPOSIT;
    pub const MemberDeposit: Balance = MEMBER_DEPOSIT;
    pub const MaxBatch: u32 = MAX_BATCH;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
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
    let mut balances = [ALICE, BOB, CAROL].map(|who| (who, ENDOWMENT)).to_vec();
    balances.push((POOR, EXISTENTIAL_DEPOSIT + GROUP_DEPOSIT));
    let genesis = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig { balances, ..Default::default() },
        ..Default::default()
    };
    let mut ext = TestExternalities::new(genesis.build_storage().unwrap());
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// Run a test; afterwards every invariant holds and there is as much money as before.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        let issuance = Balances::total_issuance();
        test();
        AccessGroups::do_try_state().unwrap();
        assert_eq!(Balances::total_issuance(), issuance);
    });
}
