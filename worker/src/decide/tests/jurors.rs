//! What is different for jurors.

use super::*;

/// A juror's rules.
const JUROR: Rules = Rules { juror: true, ..RULES };

/// A task to be executed for a jury.
fn summons(task: TaskId) -> Assignment<AccountId> {
    Assignment { part: Part::Juror, ..assignment(task, 0) }
}

/// What a juror sees that is no worker.
fn summoned(at: BlockNumber, execute: Vec<Assignment<AccountId>>, reveal: Vec<TaskId>) -> Event {
    look(at, execute, reveal, Presence::default())
}

#[test]
fn as_a_juror_executes_commits_and_reveals_a_summons() {
    let mut state = State::new(JUROR, [], []);
    let work = summons(task(0));
    let actions = decide(&mut state, summoned(1, vec![work.clone()], vec![]));
    assert_eq!(actions, [Action::Execute(Box::new(work.clone()))]);
    let finding = Finding { task: task(0), digest: Digest([1; 32]) };
    let actions = finish(&mut state, &work, 1);
    assert!(
        matches!(&actions[..], [Action::Persist(_), Action::Commit { findings: batch, .. }] if *batch == [finding]),
        "{actions:?}"
    );
    let answer = Answer::Done(2);
    decide(&mut state, Event::Answered { lane: Lane::Commit, tasks: vec![task(0)], answer });
    let actions = decide(&mut state, summoned(3, vec![], vec![task(0)]));
    assert_eq!(actions, [Action::Reveal(vec![finding])]);
}

#[test]
fn as_a_juror_never_goes_online_or_offline_and_sends_no_sign_of_life() {
    let mut state = State::new(JUROR, [], []);
    let work = summons(task(0));
    let presences = [
        Presence::default(),
        Presence { member: true, ..Presence::default() },
        Presence { member: true, online: true, current: true, ..Presence::default() },
        Presence { member: true, ..Presence::default() },
    ];
    for (at, presence) in (100..).zip(presences) {
        let actions = decide(&mut state, look(at, vec![work.clone()], vec![], presence));
        assert!(actions.iter().all(|action| matches!(action, Action::Execute(_))), "{actions:?}");
    }
}

/// When a juror executed, and when it declined, with executions that fail like this.
fn juror_that_fails(reports: &[Report]) -> (Vec<BlockNumber>, Vec<BlockNumber>) {
    let mut state = State::new(JUROR, [], []);
    let work = summons(task(0));
    let (mut tried_at, mut declined_at) = (Vec::new(), Vec::new());
    let mut decide_all = |state: &mut State, at, event| {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for action in decide(state, event) {
                match action {
                    Action::Execute(_) => {
                        let report = reports[tried_at.len() % reports.len()];
                        events.push(Event::Ended { task: task(0), terms: Terms::of(&work), report });
                        tried_at.push(at);
                    }
                    Action::Decline(..) => declined_at.push(at),
                    other => panic!("a juror does {other:?}"),
                }
            }
        }
    };
    for at in 1..12 {
        decide_all(&mut state, at, summoned(at, vec![work.clone()], vec![]));
    }
    (tried_at, declined_at)
}

#[test]
fn as_a_juror_declines_after_a_second_try() {
    let unreachable = [Report::Impossible(DeclineReason::AppUnavailable)];
    assert_eq!(juror_that_fails(&unreachable), (vec![1, 2], vec![2]));
}

#[test]
fn as_a_juror_tries_again_more_slowly_each_time_where_its_machine_fails() {
    assert_eq!(juror_that_fails(&[Report::Nothing]), (vec![1, 2, 4, 8], vec![]));
}

#[test]
fn keeps_a_jurors_digest_though_the_deadline_of_the_deal_is_long_over() {
    let mut state = State::new(JUROR, [], []);
    let mut work = summons(task(0));
    (work.deal.deadline, work.until) = (10, 5_000);
    decide(&mut state, summoned(4_000, vec![work.clone()], vec![]));
    finish(&mut state, &work, 1);
    decide(&mut state, summoned(5_500, vec![], vec![]));
    assert_eq!(state.open(), [task(0)]);
}

#[test]
fn as_a_juror_stops_when_all_is_revealed_whatever_the_chain_says_of_its_presence() {
    let mut state = State::new(JUROR, [], []);
    let online = Presence { member: true, online: true, ..Presence::default() };
    decide(&mut state, look(1, vec![], vec![], online));
    assert_eq!(decide(&mut state, Event::Drain), [Action::Finish]);
}

#[test]
fn as_a_worker_sends_no_sign_of_life_and_tries_twice_for_a_jury() {
    let mut state = State::new(RULES, [], []);
    let work = summons(task(0));
    let online = Presence { member: true, online: true, current: true, ..Presence::default() };
    let mut see = |at| decide(&mut state, look(at, vec![work.clone()], vec![], online));
    assert_eq!(see(100), [Action::Execute(Box::new(work.clone()))]);
    let report = Report::Impossible(DeclineReason::AppUnavailable);
    let ended = Event::Ended { task: task(0), terms: Terms::of(&work), report };
    assert_eq!(decide(&mut state, ended), []);
}
