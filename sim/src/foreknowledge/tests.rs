use super::*;

/// Enough for a spread of the share that is found of a twentieth.
const LIES: u64 = 40_000;

fn play(rule: Rule, validators: usize, colluding: usize, timed: bool) -> Lies {
    let fellows = (100 * colluding / validators) as u8;
    Collusion { rule, validators, colluding, fellows, timed }.play(LIES, 7)
}

/// What a lie is worth to its author with what the chain has it lock.
fn gain(lies: Lies) -> f64 {
    lies.gain(collateral(VALUE, DEFAULT_RATE).unwrap())
}

#[test]
fn audits_as_often_as_the_rate_says_where_nobody_waits_or_withholds() {
    for rule in Rule::ALL {
        // One in ten thousand validators never makes a block.
        let lies =
            Collusion { rule, validators: 10_000, colluding: 1, fellows: 0, timed: false }.play(LIES, 7);
        assert!((0.93..1.07).contains(&lies.audits_left()), "{rule:?}: {lies:?}");
        assert_eq!(lies.convicted, lies.audited);
    }
}

#[test]
fn one_author_that_knows_the_lot_makes_lies_pay() {
    for validators in [20, 10, 4] {
        let lies = play(Rule::OneAuthor, validators, 1, true);
        assert!(lies.audits_left() < 0.2 && gain(lies) > 0.5, "{validators}: {lies:?}");
    }
}

/// One that knows nothing beforehand, and can withhold its block, is hardly worse off: it loses a block for one lie in twenty.
#[test]
fn one_lot_of_two_mixed_outputs_leaves_little_more() {
    for validators in [20, 10, 4] {
        let lies = play(Rule::Mixed, validators, 1, true);
        assert!(lies.audits_left() < 0.35 && gain(lies) > 0.3, "{validators}: {lies:?}");
        assert!(lies.withheld * 15 < lies.told, "{lies:?}");
    }
}

#[test]
fn one_author_cannot_make_lies_pay_where_another_draws_as_well() {
    for validators in [100, 20, 10, 4] {
        for timed in [false, true] {
            let lies = play(Rule::TwoAuthors, validators, 1, timed);
            assert!(lies.audits_left() > 0.5, "{validators} {timed}: {lies:?}");
            assert!(gain(lies) < 0.0, "{validators} {timed}: {lies:?}");
        }
    }
}

#[test]
fn neither_can_a_third_that_does_not_wait_for_its_slots() {
    for colluding in [5, 10, 20, 33] {
        let lies = play(Rule::TwoAuthors, 100, colluding, false);
        // What is withheld is drawn again.
        let left = 1.0 - colluding as f64 / 100.0;
        assert!((left - 0.06..left + 0.06).contains(&lies.audits_left()), "{colluding}: {lies:?}");
        assert!(gain(lies) < 0.03, "{colluding}: {lies:?}");
    }
}

/// The limit that decision 16 tells of.
#[test]
fn several_that_wait_for_two_slots_in_sequence_can() {
    assert!(gain(play(Rule::TwoAuthors, 100, 5, true)) < 0.0);
    let lies = play(Rule::TwoAuthors, 100, 20, true);
    assert!(lies.audits_left() < 0.25 && gain(lies) > 0.0, "{lies:?}");
}

#[test]
fn says_the_same_each_time() {
    let of = Collusion { rule: Rule::TwoAuthors, validators: 20, colluding: 1, fellows: 5, timed: true };
    let told = line(of, of.play(1_000, 3));
    assert_eq!(told, line(of, of.play(1_000, 3)));
    assert!(told.starts_with(
        "FOREKNOWLEDGE rule=two-authors validators=20 colluding=1 fellows=5% timed=true lies=1000 "
    ));
    for key in ["audits_left=0.", "found=0.", "blocks_withheld_per_lie=", "gain_at_39=", "gain=", "enough="] {
        assert!(told.contains(key), "{told}");
    }
}
