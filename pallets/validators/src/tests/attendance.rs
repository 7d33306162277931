use super::*;

#[test]
fn raises_the_scores_of_those_who_were_there() {
    ExtBuilder::default().build_and_execute(|| {
        session();
        for who in SITTING {
            assert_eq!(candidate(who).score, Score(1));
        }
        assert_eq!(crate::Authored::<Test>::iter_values().sum::<u32>(), 1);
    });
}

#[test]
fn takes_score_and_then_candidacy_of_those_who_are_away() {
    ExtBuilder::default().scored(4, 9).build_and_execute(|| {
        for (missed, score) in [(1, 6), (2, 4)] {
            session_without(&[4]);
            assert_eq!(candidate(4), Candidate { stake: STAKE, score: Score(score), missed });
        }
        events();
        session_without(&[4]);
        let until = Session::current_index() - 1 + LIABILITY + 2;
        assert_eq!(retired(4).cause, Cause::Absent);
        assert_eq!((retired(4).score, retired(4).until), (Score(2), until));
        let told = events();
        assert!(told.contains(&Event::Missed { who: 4, session: 2, missed: 3 }));
        assert!(told.contains(&Event::Retired { who: 4, cause: Cause::Absent, until }));
        session_without(&[4]);
        assert_eq!(seated(), [1, 2, 3]);
        // It may stand again at once.
        assert_ok!(Validators::register(signed(4), 0));
        session();
        session();
        assert_eq!(seated(), SITTING);
    });
}

#[test]
fn forgives_a_session_missed_now_and_then() {
    ExtBuilder::default().build_and_execute(|| {
        for _ in 0..3 {
            session_without(&[4]);
            session();
        }
        assert_eq!(candidate(4).missed, 0);
    });
}

#[test]
fn blames_nobody_for_a_session_in_which_nearly_no_block_was_made() {
    ExtBuilder::default().scored(4, 9).build_and_execute(|| {
        for who in [1, 2, 3] {
            block(who);
        }
        Validators::judge(0);
        assert_eq!(candidate(4), Candidate { stake: STAKE, score: Score(9), missed: 0 });
    });
}
