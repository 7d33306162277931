use super::*;

#[test]
fn unlocks_the_stake_when_it_is_not_liable_any_more() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::resign(signed(4)));
        let until = retired(4).until;
        while Session::current_index() < until {
            assert_noop!(Validators::release(signed(4)), Error::<Test>::StillLiable);
            assert_noop!(Stake::unbond(signed(4), BOND), talka_pallet_stake::Error::<Test>::StakeLocked);
            session();
        }
        events();
        assert_ok!(Validators::release(signed(4)));
        assert_eq!(events(), [Event::Released { who: 4, amount: STAKE }]);
        let standing = Stake::standing(&4);
        assert_eq!((standing.bond, standing.pledged), (BOND, 0));
        assert_ok!(Stake::unbond(signed(4), BOND));
        assert_noop!(Validators::release(signed(4)), Error::<Test>::NothingToRelease);
    });
}

#[test]
fn refuses_a_candidate_and_who_never_was_one() {
    ExtBuilder::default().build_and_execute(|| {
        assert_noop!(Validators::release(signed(1)), Error::<Test>::NothingToRelease);
        assert_noop!(Validators::release(signed(EVE)), Error::<Test>::NothingToRelease);
    });
}

#[test]
fn gives_back_what_a_slash_left() {
    ExtBuilder::default().build_and_execute(|| {
        equivocates(4, 0, 50);
        while Session::current_index() < retired(4).until {
            session();
        }
        assert_ok!(Validators::release(signed(4)));
        assert_eq!(Stake::standing(&4).pledged, 0);
        assert_eq!(Stake::standing(&4).bond, BOND - STAKE / 2);
    });
}

/// Who attests for it on the bridge has a stake behind it as long as it does.
#[test]
fn tells_the_bridge_that_nobody_attests_for_it() {
    ExtBuilder::default().build_and_execute(|| {
        Forgotten::set(vec![]);
        assert_ok!(Validators::resign(signed(4)));
        while Validators::release(signed(4)).is_err() {
            assert!(Forgotten::get().is_empty());
            session();
        }
        assert_eq!(Forgotten::get(), [4]);
    });
}
