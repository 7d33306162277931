use super::*;

#[test]
fn keeps_the_stake_locked_and_the_seat_until_the_session_after_next() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::resign(signed(4)));
        // Session 1 is announced already, and it is liable for `LIABILITY` more.
        let until = 1 + LIABILITY + 1;
        assert_eq!(
            retired(4),
            Retired { stake: STAKE, score: Score(0), until, cause: Cause::Resigned, slash: None }
        );
        assert_eq!(events(), [Event::Retired { who: 4, cause: Cause::Resigned, until }]);
        assert_eq!(pledged(4), STAKE);
        session();
        assert_eq!(seated(), [1, 2, 3, 4]);
        session();
        assert_eq!(seated(), [1, 2, 3]);
    });
}

#[test]
fn leaves_a_validator_in_its_seat_while_it_is_needed() {
    ExtBuilder::default().build_and_execute(|| {
        for who in [3, 4] {
            assert_ok!(Validators::resign(signed(who)));
        }
        for _ in 0..4 {
            session();
        }
        // Three are needed: of the two one had to stay, and is liable for that.
        assert_eq!(seated().len(), 3);
        let kept = seated().into_iter().find(|who| *who > 2).unwrap();
        let gone = if kept == 3 { 4 } else { 3 };
        // The next session, for which it is elected too, counts.
        assert_eq!(retired(kept).until, Session::current_index() + 1 + LIABILITY + 1);
        assert_eq!(retired(gone).until, 1 + LIABILITY + 1);
        // Until somebody takes its place.
        assert_ok!(Validators::register(signed(EVE), MIN_STAKE));
        session();
        session();
        assert_eq!(seated(), [1, 2, EVE].to_vec());
    });
}

#[test]
fn refuses_who_does_not_stand() {
    ExtBuilder::default().build_and_execute(|| {
        assert_noop!(Validators::resign(signed(EVE)), Error::<Test>::NotCandidate);
        assert_ok!(Validators::resign(signed(1)));
        assert_noop!(Validators::resign(signed(1)), Error::<Test>::NotCandidate);
    });
}
