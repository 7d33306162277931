use super::*;

#[test]
fn makes_a_candidate_and_locks_its_stake() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::register(signed(EVE), 700));
        assert_eq!(candidate(EVE), Candidate { stake: 700, score: Score(0), missed: 0 });
        assert_eq!(pledged(EVE), 700);
        assert_eq!(events(), [Event::Registered { who: EVE, stake: 700 }]);
    });
}

#[test]
fn refuses_who_cannot_be_elected() {
    ExtBuilder::default().build_and_execute(|| {
        assert_noop!(Validators::register(signed(1), MIN_STAKE), Error::<Test>::AlreadyCandidate);
        assert_noop!(Validators::register(signed(FERDIE), MIN_STAKE), Error::<Test>::NoKeys);
        assert_noop!(Validators::register(signed(EVE), MIN_STAKE - 1), Error::<Test>::StakeTooSmall);
        assert_noop!(
            Validators::register(signed(EVE), BOND + 1),
            talka_pallet_stake::Error::<Test>::StakeLocked
        );
        set_keys(GRETA);
        assert_noop!(
            Validators::register(signed(GRETA), MIN_STAKE),
            talka_pallet_stake::Error::<Test>::NotBonded
        );
    });
}

#[test]
fn does_not_count_what_tasks_have_locked() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Stake::lock(&EVE, BOND - MIN_STAKE + 1));
        assert_noop!(
            Validators::register(signed(EVE), MIN_STAKE),
            talka_pallet_stake::Error::<Test>::StakeLocked
        );
    });
}

#[test]
fn refuses_more_candidates_than_an_election_can_read() {
    ExtBuilder::default().build_and_execute(|| {
        for other in 100..105 {
            Candidates::<Test>::insert(other, Candidate::default());
        }
        assert_noop!(Validators::register(signed(EVE), MIN_STAKE), Error::<Test>::TooManyCandidates);
        for other in 100..105 {
            Candidates::<Test>::remove(other);
        }
    });
}

#[test]
fn counts_what_is_still_locked_when_somebody_returns() {
    ExtBuilder::default().scored(1, 12).build_and_execute(|| {
        assert_ok!(Validators::resign(signed(1)));
        assert_ok!(Validators::register(signed(1), 0));
        assert_eq!(candidate(1), Candidate { stake: STAKE, score: Score(12), missed: 0 });
        assert_eq!(RetiredOnes::<Test>::get(1), None);
        assert_eq!(pledged(1), STAKE);
    });
}

#[test]
fn bars_an_equivocator_while_it_is_liable() {
    ExtBuilder::default().build_and_execute(|| {
        equivocates(1, 0, 10);
        assert_noop!(Validators::register(signed(1), 0), Error::<Test>::Barred);
        while Session::current_index() < retired(1).until {
            session();
        }
        assert_ok!(Validators::register(signed(1), 0));
        assert_eq!(candidate(1), Candidate { stake: STAKE * 9 / 10, score: Score(0), missed: 0 });
    });
}
