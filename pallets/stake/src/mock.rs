//! A chain with only balances and this pallet.

use frame_support::{parameter_types, traits::ConstU32};
use sp_io::TestExternalities;
use talka_pallet_test_support::{balances, begin, execute};
pub use talka_pallet_test_support::{MAX_UNBONDING, MIN_BOND};
use talka_primitives::{
    merit::MeritRules,
    traits::{Passes, Standing},
    Balance, Merit, Score,
};

use crate as pallet_stake;
use crate::GenesisBond;

pub const ALICE: u64 = 1;
pub const BOB: u64 = 2;
pub const CAROL: u64 = 3;
/// Has no account until somebody pays it.
pub const UNBORN: u64 = 50;
pub const FUND: u64 = 99;

pub const EXISTENTIAL_DEPOSIT: Balance = 10;
pub const PERIOD: u32 = 20;
pub const ENDOWMENT: Balance = 10_000;
pub const RULES: MeritRules = MeritRules { yardstick: 2, half_life: 100, ripening: 30 };

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Stake: pallet_stake,
    }
);

talka_pallet_test_support::base!(Test, u64, EXISTENTIAL_DEPOSIT);

parameter_types! {
    pub const AuditFund: u64 = FUND;
    /// Who lost its passes to work alone.
    pub static RevokedOnes: Vec<u64> = Vec::new();
}

/// A list of who lost its passes.
pub struct Revoked;

impl Passes<u64> for Revoked {
    fn revoke(who: &u64) {
        RevokedOnes::mutate(|revoked| revoked.push(*who));
    }
}

talka_pallet_test_support::stakes!(Test, pallet_stake, passes: Revoked, fund: AuditFund, unbonding: PERIOD);

pub type MaxUnbonding = ConstU32<MAX_UNBONDING>;

/// A standing that is ripe from the beginning.
pub fn standing(bond: Balance, locked: Balance, merit: Balance) -> Standing {
    let score = Score((merit / RULES.yardstick) as u32);
    Standing { bond, pledged: 0, ripe: bond, locked, merit: Merit(merit), score, ripe_at: 0 }
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
        begin::<Test>(RuntimeGenesisConfig {
            balances: balances::<Test>([ALICE, BOB, CAROL, FUND], ENDOWMENT),
            stake: pallet_stake::GenesisConfig { bonds: self.bonds, rules: Some(RULES) },
            ..Default::default()
        })
    }

    /// Run a test; afterwards every invariant holds and there is as much money as before.
    pub fn build_and_execute(self, test: impl FnOnce()) {
        execute::<Test, _>(self.build(), Stake::do_try_state, test);
    }
}
