//! The height of the chain decides how long a task may take.

use super::*;

fn decline() -> Action {
    Action::Decline(task(0), DeclineReason::OutOfTime)
}

/// What is said where the machine is short of something.
fn decline_for_want() -> Action {
    Action::Decline(task(0), DeclineReason::OutOfResources)
}

/// A task whose result may be committed to until block 100, of which two are left for that.
fn work() -> Assignment<AccountId> {
    Assignment { until: 100, ..assignment(task(0), 0) }
}

#[test]
fn leaves_time_for_what_comes_after_an_execution() {
    let margin_of = |run_time| {
        let mut work = work();
        work.deal.category.run_time = run_time;
        margin(&work, PERIODS)
    };
    assert_eq!([1, 30, 150, 18_000].map(margin_of), [2, 3, 15, 30]);
}

#[test]
fn stops_and_declines_what_cannot_be_in_time() {
    let mut state = State::new(RULES, [], []);
    assert!(matches!(&decide(&mut state, seen(1, vec![work()], vec![]))[..], [Action::Execute(_)]));
    assert_eq!(decide(&mut state, seen(97, vec![work()], vec![])), []);
    assert_eq!(decide(&mut state, seen(98, vec![work()], vec![])), [Action::Cancel(task(0)), decline()]);
    let ended = Event::Ended { task: task(0), terms: Terms::of(&work()), report: Report::Cancelled };
    assert_eq!(decide(&mut state, ended), []);
}

#[test]
fn goes_by_the_chain_s_height_however_long_its_blocks_take() {
    let mut state = State::new(RULES, [], []);
    decide(&mut state, seen(1, vec![work()], vec![]));
    // The chain stands still: the same block again and again.
    for _ in 0..1_000 {
        assert_eq!(decide(&mut state, seen(50, vec![work()], vec![])), []);
    }
}

#[test]
fn declines_what_no_slot_was_free_for() {
    let rules = Rules { slots: 0, ..RULES };
    let mut state = State::new(rules, [], []);
    assert_eq!(decide(&mut state, seen(97, vec![work()], vec![])), []);
    assert_eq!(decide(&mut state, seen(98, vec![work()], vec![])), [decline()]);
}

#[test]
fn does_not_decline_what_it_has_a_result_of() {
    let mut state = State::new(RULES, [record(&work(), 1, 100)], []);
    decide(&mut state, seen(97, vec![work()], vec![]));
    let actions = decide(&mut state, seen(98, vec![work()], vec![]));
    assert!(matches!(&actions[..], [Action::Commit { .. }]), "{actions:?}");
}

#[test]
fn declines_after_a_second_failure_of_its_own_machine() {
    let mut state = State::new(RULES, [], []);
    let nothing = || Event::Ended { task: task(0), terms: Terms::of(&work()), report: Report::Nothing };
    assert!(matches!(&decide(&mut state, seen(1, vec![work()], vec![]))[..], [Action::Execute(_)]));
    assert_eq!(decide(&mut state, nothing()), []);
    assert!(matches!(&decide(&mut state, seen(2, vec![work()], vec![]))[..], [Action::Execute(_)]));
    assert_eq!(decide(&mut state, nothing()), [decline_for_want()]);
}

#[test]
fn as_a_juror_declines_at_last_what_its_machine_cannot_do() {
    let summons = Assignment { part: Part::Juror, ..work() };
    let mut state = State::new(Rules { juror: true, ..RULES }, [], []);
    let mut see = |at| decide(&mut state, look(at, vec![summons.clone()], vec![], Presence::default()));
    assert!(matches!(&see(1)[..], [Action::Execute(_)]));
    assert_eq!(see(98), [Action::Cancel(task(0)), decline()]);
}

#[test]
fn without_room_takes_no_task_goes_offline_and_shows_what_it_has() {
    let shown = assignment(task(1), 0);
    let mut state = State::new(RULES, [record(&shown, 1, 100)], []);
    decide(&mut state, seen(1, vec![], vec![]));
    let full = Seen { room: false, ..block(2, vec![work()], vec![task(1)], at_work(2)) };
    let finding = Finding { task: task(1), digest: Digest([1; 32]) };
    let actions = decide(&mut state, Event::Seen(full));
    assert_eq!(actions, [Action::Reveal(vec![finding]), decline_for_want(), Action::GoOffline]);
    // With room it is drawn again.
    decide(&mut state, Event::Answered { lane: Lane::Presence, tasks: vec![], answer: Answer::Done(3) });
    let offline = Presence { online: false, ..at_work(3) };
    let actions = decide(&mut state, look(4, vec![], vec![], offline));
    assert_eq!(actions, [Action::GoOnline]);
}

#[test]
fn finishes_what_it_was_executing_when_room_became_short() {
    let mut state = State::new(RULES, [], []);
    decide(&mut state, seen(1, vec![work()], vec![]));
    let full = Seen { room: false, ..block(2, vec![work()], vec![], at_work(2)) };
    assert_eq!(decide(&mut state, Event::Seen(full)), [Action::GoOffline]);
    let actions = finish(&mut state, &work(), 1);
    assert!(matches!(&actions[..], [Action::Persist(_), Action::Commit { .. }]), "{actions:?}");
}
