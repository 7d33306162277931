use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use talka_primitives::{merit::MeritRules, traits::Stake as _, Merit, Score};

use super::*;
use crate::Error;

#[test]
fn measures_with_another_yardstick() {
    ExtBuilder::default().bonded(ALICE, 300, 800).build_and_execute(|| {
        let rules = MeritRules { yardstick: 100, half_life: 0, ripening: 1 };
        assert_ok!(Stake::set_rules(RuntimeOrigin::root(), rules));
        assert_eq!(events(), [Event::RulesSet { rules }]);
        System::set_block_number(1_000);
        let standing = Stake::standing(&ALICE);
        assert_eq!((standing.merit, standing.score), (Merit(800), Score(8)));
    });
}

#[test]
fn refuses_a_yardstick_of_nothing_and_who_does_not_govern() {
    ExtBuilder::default().build_and_execute(|| {
        let nothing = MeritRules { yardstick: 0, ..RULES };
        assert_noop!(Stake::set_rules(RuntimeOrigin::root(), nothing), Error::<Test>::UnsoundRules);
        assert_noop!(Stake::set_rules(signed(ALICE), RULES), DispatchError::BadOrigin);
    });
}
