//! A chain with only this pallet.

use frame_system::EnsureRoot;
use sp_io::TestExternalities;
use talka_pallet_test_support::{begin, execute};
use talka_primitives::{
    audit::{Assurance, AuditRules, Kind},
    gate::GateRules,
    Balance, CategoryId, Rate,
};

use crate as pallet_audit;

pub const WORKER: u64 = 1;
pub const OTHER: u64 = 2;
pub const XS: CategoryId = CategoryId(0);
pub const S: CategoryId = CategoryId(1);
pub const KIND: Kind = Kind { category: XS, assurance: Assurance::Adjudicated };
/// The least value of a task.
pub const FLOOR: Balance = 10;
pub const RULES: AuditRules =
    AuditRules { young_rate: Rate(2_000), jurors: 3, gate: GateRules { interval: 4, tolerated: 2 } };

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Audit: pallet_audit,
    }
);

talka_pallet_test_support::base!(Test, u64, 1);

impl pallet_audit::Config for Test {
    type GovernanceOrigin = EnsureRoot<u64>;
    type WeightInfo = ();
}

/// A chain with [`RULES`].
pub fn new_test_ext() -> TestExternalities {
    let genesis = RuntimeGenesisConfig {
        audit: pallet_audit::GenesisConfig { rules: Some(RULES), ..Default::default() },
        ..Default::default()
    };
    begin::<Test>(genesis)
}

/// Run a test; afterwards every invariant holds.
pub fn build_and_execute(test: impl FnOnce()) {
    execute::<Test, _>(new_test_ext(), Audit::do_try_state, test);
}

pub fn events() -> Vec<crate::Event<Test>> {
    talka_pallet_test_support::events::<Test, _>()
}
