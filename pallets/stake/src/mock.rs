//! A chain with balances and this pallet, and nothing else.

use frame_support::{derive_impl, parameter_types, traits::VariantCountOf};
use frame_system::EnsureRoot;
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;
use talka_primitives::{merit::MeritRules, traits::Standing, Balance, Merit, Score};

use crate as pallet_stake;
use crate::GenesisBond;

pub const ALICE: u64 = 1;
pub const BOB: u64 = 2;
pub const CAROL: u64 = 3;
/// Has no account until somebody pays it.
pub const UNBORN: u64 = 50;
pub const FUND: u64 = 99;

pub const EXISTENTIAL_DEPOSIT: Balance = 10;
pub const MIN_BOND: Balance = 100;
pub const PERIOD: u32 = 20;
pub const MAX_UNBONDING: u32 = 4;
pub const ENDOWMENT: Balance = 10_000;
pub const RULES: MeritRules = MeritRules { yardstick: 2, half_life: 100, ripening: 30 };

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Stake: pallet_stake,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

parameter_types! {
    pub const ExistentialDeposit: Balance = EXISTENTIAL_DEPOSIT;
    pub const MinBond: Balance = MIN_BOND;
    pub const UnbondingPeriod: u32 = PERIOD;
    pub const MaxUnbonding: u32 = MAX_UNBONDING;
    pub const AuditFund: u64 = FUND;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
}

impl pallet_stake::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type MinBond = MinBond;
    type UnbondingPeriod = UnbondingPeriod;
    type MaxUnbonding = MaxUnbonding;
    type GovernanceOrigin = EnsureRoot<u64>;
    type AuditFund = AuditFund;
    type WeightInfo = ();
}

/// A standing that is ripe from the beginning.
pub fn standing(bond: Balance, locked: Balance, merit: Balance) -> Standing {
    let score = Score((merit / RULES.yardstick) as u32);
    Standing { bond, locked, merit: Merit(merit), score, ripe_at: 0 }
}

/// What is there at the start: some accounts with money, and bonds.
#[derive(Default)]
pub struct ExtBuilder {
    bonds: Vec<GenesisBond<u64>>,
}

impl ExtBuilder {
    pub fn bonded(mut self, who: u64, bond: Balance, merit: Balance) -> Self {
        self.bonds.push(GenesisBond { who, bond, merit: Merit(merit) });
        self
    }

    pub fn build(self) -> TestExternalities {
        let balances = [ALICE, BOB, CAROL, FUND].map(|who| (who, ENDOWMENT)).to_vec();
        let genesis = RuntimeGenesisConfig {
            balances: pallet_balances::GenesisConfig { balances, ..Default::default() },
            stake: pallet_stake::GenesisConfig { bonds: self.bonds, rules: Some(RULES) },
            ..Default::default()
        };
        let mut ext = TestExternalities::new(genesis.build_storage().unwrap());
        ext.execute_with(|| System::set_block_number(1));
        ext
    }

    /// Run a test; afterwards every invariant holds and there is as much money as before.
    pub fn build_and_execute(self, test: impl FnOnce()) {
        self.build().execute_with(|| {
            let issuance = Balances::total_issuance();
            test();
            Stake::do_try_state().unwrap();
            assert_eq!(Balances::total_issuance(), issuance);
        });
    }
}
