use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use talka_primitives::{
    merit::{MeritRules, MAX_RIPENING, MAX_YARDSTICK},
    traits::Stake as _,
    Merit, Score,
};

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
fn refuses_rules_by_which_reputation_means_nothing_and_who_does_not_govern() {
    ExtBuilder::default().build_and_execute(|| {
        for rules in [
            MeritRules { yardstick: 0, ..RULES },
            MeritRules { yardstick: MAX_YARDSTICK + 1, ..RULES },
            MeritRules { half_life: RULES.ripening - 1, ..RULES },
            MeritRules { ripening: MAX_RIPENING + 1, half_life: 0, ..RULES },
        ] {
            assert_noop!(Stake::set_rules(RuntimeOrigin::root(), rules), Error::<Test>::UnsoundRules);
        }
        assert_noop!(Stake::set_rules(signed(ALICE), RULES), DispatchError::BadOrigin);
    });
}
