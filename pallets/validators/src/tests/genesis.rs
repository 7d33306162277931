use super::*;
use talka_primitives::election::Rules;

#[test]
fn makes_candidates_with_locked_stakes() {
    ExtBuilder::default().scored(3, 7).build_and_execute(|| {
        assert_eq!(candidate(3), Candidate { stake: STAKE, score: Score(7), missed: 0 });
        assert_eq!(pledged(3), STAKE);
        assert_eq!(Validators::session_length(), SESSION);
        assert_eq!(Validators::slot_duration(), SLOT);
    });
}

#[test]
fn keeps_the_slot_that_it_names() {
    ExtBuilder { slot_duration: 500, ..ExtBuilder::default() }.build_and_execute(|| {
        assert_eq!(Validators::slot_duration(), 500);
    });
}

#[test]
#[should_panic(expected = "slots must last an even number of milliseconds from 100 to 60000, not 501")]
fn refuses_a_slot_without_a_half() {
    ExtBuilder { slot_duration: 501, ..ExtBuilder::default() }.build();
}

#[test]
#[should_panic(expected = "not 98")]
fn refuses_a_slot_that_is_too_short() {
    ExtBuilder { slot_duration: 98, ..ExtBuilder::default() }.build();
}

#[test]
#[should_panic(expected = "genesis: no election can be held by these rules")]
fn refuses_unsound_rules() {
    ExtBuilder::default().rules(Rules { min_seats: 0, ..RULES }).build();
}

#[test]
#[should_panic(expected = "genesis: 1 stakes less than the least stake")]
fn refuses_a_stake_below_the_least() {
    ExtBuilder::default().rules(Rules { min_stake: STAKE + 1, ..RULES }).build();
}

#[test]
#[should_panic(expected = "genesis: 7 cannot stake 3000")]
fn refuses_a_candidate_without_a_bond() {
    let mut builder = ExtBuilder::default();
    builder.candidates[0].who = GRETA;
    builder.build();
}

#[test]
#[should_panic(expected = "genesis: 4 sits and has put up no stake")]
fn refuses_a_validator_that_could_equivocate_for_nothing() {
    let mut builder = ExtBuilder::default();
    builder.candidates.pop();
    builder.build();
}

#[test]
#[should_panic(expected = "genesis: 1 is a candidate twice")]
fn refuses_a_candidate_twice() {
    let mut builder = ExtBuilder::default();
    builder.candidates[1].who = 1;
    builder.build();
}
