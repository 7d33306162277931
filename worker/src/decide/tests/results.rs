//! From a result to its commitment and its reveal.

use std::collections::{BTreeSet, VecDeque};

use super::*;

#[test]
fn persists_before_it_commits() {
    let mut state = State::new(RULES, [], []);
    let work = assignment(task(0), 0);
    let actions = decide(&mut state, seen(1, vec![work.clone()], vec![]));
    assert_eq!(actions, [Action::Execute(Box::new(work.clone()))]);
    let actions = finish(&mut state, &work, 1);
    let finding = Finding { task: task(0), digest: Digest([1; 32]) };
    assert!(matches!(&actions[..], [Action::Persist(record), Action::Commit { findings: batch, .. }]
        if record.digest == finding.digest && *batch == [finding]));
}

#[test]
fn reveals_after_a_crash_what_it_had_committed_to() {
    let work = assignment(task(0), 0);
    let record = Record { task: task(0), terms: Terms::of(&work), digest: Digest([1; 32]), deadline: 10 };
    let mut state = State::new(RULES, [record], []);
    assert_eq!(state.open(), [task(0)]);
    // Perhaps it was sent before the crash, and is on its way.
    assert_eq!(decide(&mut state, seen(5, vec![], vec![task(0)])), []);
    let actions = decide(&mut state, seen(6, vec![], vec![task(0)]));
    assert_eq!(actions, [Action::Reveal(vec![Finding { task: task(0), digest: record.digest }])]);
}

#[test]
fn lets_commitments_travel_together_while_others_are_on_their_way() {
    let rules = Rules { slots: 6, ..RULES };
    let mut state = State::new(rules, [], []);
    let work: Vec<_> = (0..6).map(|index| assignment(task(index), 0)).collect();
    decide(&mut state, seen(1, work.clone(), vec![]));
    for item in &work[..3] {
        let actions = finish(&mut state, item, 1);
        assert!(
            matches!(&actions[..], [Action::Persist(_), Action::Commit { findings: batch, .. }] if batch.len() == 1)
        );
    }
    for item in &work[3..] {
        assert!(matches!(&finish(&mut state, item, 1)[..], [Action::Persist(_)]));
    }
    let answered = Event::Answered { lane: Lane::Commit, tasks: vec![task(0)], answer: Answer::Done(2) };
    let actions = decide(&mut state, answered);
    assert!(matches!(&actions[..], [Action::Commit { findings: batch, .. }] if batch.len() == 3));
}

#[test]
fn is_not_held_up_by_one_item_that_the_chain_refuses() {
    let work: Vec<_> = (0..3).map(|index| assignment(task(index), 0)).collect();
    let records = work.iter().map(|item| Record {
        task: item.task,
        terms: Terms::of(item),
        digest: Digest([1; 32]),
        deadline: 100,
    });
    let mut state = State::new(RULES, records, []);
    decide(&mut state, seen(1, work.clone(), vec![]));
    // The chain refuses everything that contains task 0.
    let mut left: BTreeSet<_> = [task(1), task(2)].into();
    let mut at = 1;
    while !left.is_empty() {
        at += 1;
        assert!(at < 20, "{left:?} still waits");
        let waiting = work.iter().filter(|item| item.task == task(0) || left.contains(&item.task)).cloned();
        let mut actions = VecDeque::from(decide(&mut state, seen(at, waiting.collect(), vec![])));
        while let Some(action) = actions.pop_front() {
            let Action::Commit { findings: batch, .. } = action else { continue };
            let tasks: Vec<_> = batch.iter().map(|item| item.task).collect();
            let answer = if tasks.contains(&task(0)) { Answer::Refused } else { Answer::Done(at) };
            if answer != Answer::Refused {
                left.retain(|id| !tasks.contains(id));
            }
            actions.extend(decide(&mut state, Event::Answered { lane: Lane::Commit, tasks, answer }));
        }
    }
}

#[test]
fn stops_only_when_all_is_revealed() {
    let mut state = State::new(RULES, [], []);
    let work = assignment(task(0), 0);
    decide(&mut state, seen(1, vec![work.clone()], vec![]));
    assert_eq!(decide(&mut state, Event::Drain), [Action::GoOffline]);
    decide(&mut state, Event::Answered { lane: Lane::Presence, tasks: vec![], answer: Answer::Done(2) });
    finish(&mut state, &work, 1);
    decide(&mut state, Event::Answered { lane: Lane::Commit, tasks: vec![task(0)], answer: Answer::Done(3) });
    let offline = |at, reveal: Vec<TaskId>| {
        let presence = Presence { member: true, ..Presence::default() };
        look(at, vec![], reveal, presence)
    };
    assert_eq!(decide(&mut state, offline(4, vec![])), []);
    assert!(matches!(&decide(&mut state, offline(5, vec![task(0)]))[..], [Action::Reveal(_)]));
    let answered = Event::Answered { lane: Lane::Reveal, tasks: vec![task(0)], answer: Answer::Done(6) };
    decide(&mut state, answered);
    assert_eq!(decide(&mut state, offline(6, vec![])), [Action::Finish]);
}

#[test]
fn keeps_its_digest_while_an_audit_outlasts_the_deadline_of_the_deal() {
    let mut state = State::new(RULES, [], []);
    let mut work = assignment(task(0), 0);
    (work.deal.deadline, work.deal.category.run_time, work.until) = (10, 5_000, 60);
    decide(&mut state, seen(9, vec![work.clone()], vec![]));
    finish(&mut state, &work, 1);
    decide(&mut state, seen(9_000, vec![], vec![]));
    assert_eq!(state.open(), [task(0)]);
    // Two executions later nobody audits it any more.
    decide(&mut state, seen(11_011, vec![], vec![]));
    assert!(state.open().is_empty());
}
