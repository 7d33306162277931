//! A chain with this pallet, and nothing else.

use frame_support::derive_impl;
use frame_system::EnsureRoot;
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;
use talka_primitives::{
    audit::{Assurance, AuditRules, Kind},
    gate::GateRules,
    CategoryId, Rate,
};

use crate as pallet_audit;

pub const WORKER: u64 = 1;
pub const OTHER: u64 = 2;
pub const XS: CategoryId = CategoryId(0);
pub const KIND: Kind = Kind { category: XS, assurance: Assurance::Adjudicated };
pub const RULES: AuditRules =
    AuditRules { young_rate: Rate(2_000), jurors: 3, gate: GateRules { interval: 4, tolerated: 2 } };

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Audit: pallet_audit,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
}

impl pallet_audit::Config for Test {
    type GovernanceOrigin = EnsureRoot<u64>;
    type WeightInfo = ();
}

/// Run a test; afterwards every invariant holds.
pub fn build_and_execute(test: impl FnOnce()) {
    let genesis = RuntimeGenesisConfig {
        audit: pallet_audit::GenesisConfig { rules: Some(RULES), ..Default::default() },
        ..Default::default()
    };
    TestExternalities::new(genesis.build_storage().unwrap()).execute_with(|| {
        System::set_block_number(1);
        test();
        Audit::do_try_state().unwrap();
    });
}

/// The pallet's events since the last question.
pub fn events() -> Vec<crate::Event<Test>> {
    let events = System::read_events_for_pallet();
    System::reset_events();
    events
}
