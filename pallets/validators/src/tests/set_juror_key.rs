use sp_runtime::traits::BadOrigin;
use talka_primitives::traits::Jurors as _;

use super::*;
use crate::{ActsFor, JurorKeys};

/// Has no bond.
const KEY: u64 = GRETA;
const OTHER: u64 = 77;

#[test]
fn lets_a_key_act_for_the_validator() {
    ExtBuilder::default().build_and_execute(|| {
        assert_eq!(Validators::acts_for(&KEY), None);
        assert_ok!(Validators::set_juror_key(signed(1), Some(KEY)));
        assert_eq!(events(), [Event::JurorKeySet { who: 1, key: Some(KEY) }]);
        assert_eq!(Validators::acts_for(&KEY), Some(1));
        // It has no other right of the validator's.
        assert_noop!(Validators::resign(signed(KEY)), Error::<Test>::NotCandidate);
    });
}

#[test]
fn replaces_the_key_that_was_there() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::set_juror_key(signed(1), Some(KEY)));
        assert_ok!(Validators::set_juror_key(signed(1), Some(OTHER)));
        assert_eq!((Validators::acts_for(&KEY), Validators::acts_for(&OTHER)), (None, Some(1)));
        assert_ok!(Validators::set_juror_key(signed(1), None));
        assert_eq!(Validators::acts_for(&OTHER), None);
        assert!(JurorKeys::<Test>::iter().next().is_none() && ActsFor::<Test>::iter().next().is_none());
    });
}

#[test]
fn gives_nobody_that_works_the_duties_of_a_stranger() {
    ExtBuilder::default().build_and_execute(|| {
        for busy in [1, 2, EVE] {
            assert_noop!(Validators::set_juror_key(signed(1), Some(busy)), Error::<Test>::JurorKeyInUse);
        }
        assert_ok!(Validators::set_juror_key(signed(2), Some(KEY)));
        assert_noop!(Validators::set_juror_key(signed(1), Some(KEY)), Error::<Test>::JurorKeyInUse);
        assert_ok!(Validators::set_juror_key(signed(2), Some(KEY)));
    });
}

/// Independent of who names it: a stranger must not give it summons that cost it time.
#[test]
fn acts_for_nobody_but_itself_once_it_has_a_bond() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::set_juror_key(signed(1), Some(KEY)));
        assert_ok!(Stake::bond(signed(KEY), BOND));
        assert_eq!(Validators::acts_for(&KEY), None);
        assert_ok!(Validators::set_juror_key(signed(1), Some(OTHER)));
        assert_eq!(Validators::acts_for(&OTHER), Some(1));
    });
}

#[test]
fn is_none_that_acts_for_a_worker() {
    ExtBuilder::default().build_and_execute(|| {
        WorkersKeys::set(vec![OTHER]);
        assert_noop!(Validators::set_juror_key(signed(1), Some(OTHER)), Error::<Test>::JurorKeyInUse);
        WorkersKeys::set(vec![]);
        assert_ok!(Validators::set_juror_key(signed(1), Some(OTHER)));
    });
}

#[test]
fn is_for_candidates_and_for_validators_that_have_resigned() {
    ExtBuilder::default().build_and_execute(|| {
        assert_noop!(Validators::set_juror_key(signed(EVE), Some(KEY)), Error::<Test>::NotCandidate);
        assert_noop!(Validators::set_juror_key(RuntimeOrigin::root(), None), BadOrigin);
        assert_ok!(Validators::resign(signed(1)));
        assert_ok!(Validators::set_juror_key(signed(1), Some(KEY)));
    });
}

#[test]
fn is_forgotten_with_the_stake() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::set_juror_key(signed(1), Some(KEY)));
        assert_ok!(Validators::resign(signed(1)));
        while Validators::release(signed(1)).is_err() {
            session();
        }
        assert_eq!(Validators::acts_for(&KEY), None);
    });
}
