use super::*;
use crate::ElectionRules;
use sp_runtime::traits::BadOrigin;
use talka_primitives::election::Rules;

#[test]
fn changes_the_next_election() {
    ExtBuilder::default().build_and_execute(|| {
        let rules = Rules { seats: 5, ..RULES };
        assert_ok!(Validators::set_rules(RuntimeOrigin::root(), rules));
        assert_eq!(events(), [Event::RulesSet { rules }]);
        assert_ok!(Validators::register(signed(EVE), MIN_STAKE));
        session();
        session();
        assert_eq!(seated(), [1, 2, 3, 4, EVE]);
    });
}

#[test]
fn refuses_rules_that_no_election_can_be_held_by() {
    ExtBuilder::default().build_and_execute(|| {
        for rules in [
            Rules { seats: 9, ..RULES },
            Rules { min_seats: 0, ..RULES },
            Rules { min_seats: 5, ..RULES },
            Rules { term: 0, ..RULES },
            Rules { term: u32::MAX, ..RULES },
        ] {
            assert_noop!(Validators::set_rules(RuntimeOrigin::root(), rules), Error::<Test>::UnsoundRules);
        }
        assert_eq!(ElectionRules::<Test>::get(), RULES);
    });
}

#[test]
fn refuses_everybody_but_governance() {
    ExtBuilder::default().build_and_execute(|| {
        assert_noop!(Validators::set_rules(signed(1), RULES), BadOrigin);
    });
}
