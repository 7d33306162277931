//! What a fork brings about.

use super::*;

#[test]
fn keeps_both_results_where_a_fork_made_one_number_two_tasks() {
    let mut state = State::new(RULES, [], []);
    let (one, other) = (assignment(task(0), 0), assignment(task(0), 7));
    decide(&mut state, seen(1, vec![one.clone()], vec![]));
    finish(&mut state, &one, 1);
    let actions = decide(&mut state, seen(2, vec![other.clone()], vec![]));
    assert_eq!(actions, [Action::Execute(Box::new(other.clone()))]);
    finish(&mut state, &other, 2);
    // Back on the first fork, where the commitment to the first result had been included.
    let reveal = |digest| Action::Reveal(vec![Finding { task: task(0), digest: Digest([digest; 32]) }]);
    let actions = decide(&mut state, seen(3, vec![], vec![task(0)]));
    assert!(actions.contains(&reveal(1)));
    // On the other, the first guess is refused and the second is right.
    let refused = Event::Answered { lane: Lane::Reveal, tasks: vec![task(0)], answer: Answer::Refused };
    decide(&mut state, refused);
    let actions = decide(&mut state, seen(5, vec![], vec![task(0)]));
    assert!(actions.contains(&reveal(2)));
}

/// A best block above one that is final.
fn above(settled_at: BlockNumber, at: BlockNumber, execute: Vec<Assignment<AccountId>>) -> Event {
    let settled = Settled { at: settled_at, ..Settled::default() };
    Event::Seen(Seen { settled, ..block(at, execute, vec![], at_work(at)) })
}

#[test]
fn goes_on_executing_what_one_block_does_not_ask_for() {
    let mut state = State::new(RULES, [], []);
    let work = assignment(task(0), 0);
    decide(&mut state, above(7, 10, vec![work.clone()]));
    for at in [11, 13, 15] {
        assert_eq!(decide(&mut state, above(7, at, vec![])), []);
        assert_eq!(decide(&mut state, above(7, at, vec![])), []);
        assert_eq!(decide(&mut state, above(7, at + 1, vec![work.clone()])), [], "nothing was started again");
    }
}

#[test]
fn stops_what_three_blocks_in_a_row_do_not_ask_for() {
    let mut state = State::new(RULES, [], []);
    decide(&mut state, above(7, 10, vec![assignment(task(0), 0)]));
    assert_eq!(decide(&mut state, above(7, 11, vec![])), []);
    assert_eq!(decide(&mut state, above(7, 12, vec![])), []);
    assert_eq!(decide(&mut state, above(7, 13, vec![])), [Action::Cancel(task(0))]);
    assert_eq!(decide(&mut state, above(7, 14, vec![])), [], "once");
}

#[test]
fn stops_at_once_what_a_finalized_block_does_not_ask_for() {
    let mut state = State::new(RULES, [], []);
    decide(&mut state, above(7, 10, vec![assignment(task(0), 0)]));
    assert_eq!(decide(&mut state, above(10, 11, vec![])), [Action::Cancel(task(0))]);
}

#[test]
fn does_not_look_at_blocks_of_a_node_that_is_behind() {
    let mut state = State::new(RULES, [], []);
    let work = assignment(task(0), 0);
    decide(&mut state, above(97, 100, vec![work.clone()]));
    for at in 50..70 {
        assert_eq!(decide(&mut state, above(at - 3, at, vec![])), []);
    }
    assert_eq!(decide(&mut state, above(98, 101, vec![work])), []);
}

#[test]
fn follows_a_chain_that_was_rolled_back_for_long() {
    let mut state = State::new(RULES, [], []);
    decide(&mut state, above(20, 100, vec![assignment(task(0), 0)]));
    for at in [30, 31] {
        assert_eq!(decide(&mut state, above(20, at, vec![])), []);
    }
    assert_eq!(decide(&mut state, above(20, 32, vec![])), [Action::Cancel(task(0))]);
}

#[test]
fn knows_how_long_to_keep_a_result_that_comes_while_its_task_is_not_asked_for() {
    let mut state = State::new(RULES, [], []);
    let mut work = assignment(task(0), 0);
    (work.deal.deadline, work.deal.category.run_time) = (2_000, 5_000);
    decide(&mut state, above(7, 10, vec![work.clone()]));
    decide(&mut state, above(7, 11, vec![]));
    let actions = decide(&mut state, computed(&work, 1));
    assert!(matches!(&actions[..], [Action::Persist(record)] if record.deadline == 12_000), "{actions:?}");
}
