use super::*;

#[test]
fn locks_more_of_the_bond() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::add_stake(signed(1), 500));
        assert_eq!(candidate(1).stake, STAKE + 500);
        assert_eq!(pledged(1), STAKE + 500);
        assert_eq!(events(), [Event::StakeAdded { who: 1, stake: STAKE + 500 }]);
    });
}

#[test]
fn refuses_nothing_what_is_not_there_and_who_does_not_stand() {
    ExtBuilder::default().build_and_execute(|| {
        assert_noop!(Validators::add_stake(signed(1), 0), Error::<Test>::ZeroAmount);
        assert_noop!(Validators::add_stake(signed(EVE), 1), Error::<Test>::NotCandidate);
        assert_noop!(
            Validators::add_stake(signed(1), BOND - STAKE + 1),
            talka_pallet_stake::Error::<Test>::StakeLocked
        );
    });
}
