use crate::{mock::*, Error, Event, Rules};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use talka_primitives::{audit::AuditRules, gate::GateRules, Rate};

#[test]
fn holds_from_now_on() {
    build_and_execute(|| {
        let rules = AuditRules { jurors: 5, ..RULES };
        assert_ok!(Audit::set_rules(RuntimeOrigin::root(), rules));
        assert_eq!(events(), [Event::RulesSet { rules }]);
        assert_eq!(Rules::<Test>::get(), rules);
    });
}

#[test]
fn refuses_rules_by_which_nobody_is_found_out() {
    build_and_execute(|| {
        for rules in [
            AuditRules { young_rate: Rate(99), ..RULES },
            AuditRules { young_rate: Rate(2_001), ..RULES },
            AuditRules { jurors: 0, ..RULES },
            AuditRules { jurors: 32, ..RULES },
            AuditRules { jurors: 6, ..RULES },
            AuditRules { gate: GateRules { interval: u64::MAX, ..RULES.gate }, ..RULES },
            AuditRules { gate: GateRules { tolerated: u64::MAX, ..RULES.gate }, ..RULES },
        ] {
            assert_noop!(Audit::set_rules(RuntimeOrigin::root(), rules), Error::<Test>::UnsoundRules);
        }
    });
}

#[test]
fn is_for_governance() {
    build_and_execute(|| {
        assert_noop!(Audit::set_rules(RuntimeOrigin::signed(WORKER), RULES), DispatchError::BadOrigin);
    });
}
