//! What is done on a best block, and what waits for a finalized one.

use super::*;

/// A best block, of which an earlier one is final.
fn ahead(best: Seen, settled: Settled) -> Event {
    Event::Seen(Seen { settled, ..best })
}

fn nothing_settled(at: BlockNumber) -> Settled {
    Settled { at, ..Settled::default() }
}

fn reveal(digest: u8) -> Action {
    Action::Reveal(vec![Finding { task: task(0), digest: Digest([digest; 32]) }])
}

/// A worker that has committed to a result of task 0.
fn committed() -> State {
    let mut state = State::new(RULES, [], []);
    let work = assignment(task(0), 0);
    decide(&mut state, seen(10, vec![work.clone()], vec![]));
    finish(&mut state, &work, 1);
    decide(
        &mut state,
        Event::Answered { lane: Lane::Commit, tasks: vec![task(0)], answer: Answer::Done(11) },
    );
    state
}

#[test]
fn shows_nothing_on_a_branch_that_another_one_replaces() {
    let mut state = committed();
    // On one branch the lots spare the result, its digest is asked for, and others end the task.
    let spared = block(12, vec![], vec![task(0)], at_work(12));
    assert_eq!(decide(&mut state, ahead(spared, nothing_settled(9))), []);
    let mut over = block(13, vec![], vec![], at_work(13));
    over.duties.over.push(Listed { id: task(0), item: completed(Digest([1; 32]), 13) });
    assert_eq!(decide(&mut state, ahead(over, nothing_settled(10))), []);
    assert_eq!(state.open(), [task(0)], "the digest is kept");
    // On the branch that stays it is audited, which takes long. An auditor has to execute it.
    for at in 13..60 {
        let audited = block(at, vec![], vec![], at_work(at));
        assert_eq!(decide(&mut state, ahead(audited, nothing_settled(at - 3))), []);
    }
    // At last it is asked for, and shown where that is final.
    let believed = block(60, vec![], vec![task(0)], at_work(60));
    assert_eq!(decide(&mut state, ahead(believed.clone(), nothing_settled(59))), []);
    let settled = Settled { at: 60, reveal: [task(0)].into(), ..Settled::default() };
    assert_eq!(decide(&mut state, ahead(Seen { at: 62, ..believed }, settled)), [reveal(1)]);
}

#[test]
fn shows_a_digest_after_half_of_the_time_though_finality_is_late() {
    let mut state = committed();
    let mut at = |at| {
        let mut best = block(at, vec![], vec![task(0)], at_work(at));
        best.asked = [(task(0), Asked { until: 40, unverified: false })].into();
        decide(&mut state, ahead(best, nothing_settled(9)))
    };
    assert_eq!(at(20), []);
    assert_eq!(at(40 - PERIODS.reveal_period / 2 - 1), []);
    assert_eq!(at(40 - PERIODS.reveal_period / 2), [reveal(1)]);
}

#[test]
fn shows_at_once_what_nobody_verifies() {
    let mut state = committed();
    let mut best = block(12, vec![], vec![task(0)], at_work(12));
    best.asked = [(task(0), Asked { until: 1_000, unverified: true })].into();
    assert_eq!(decide(&mut state, ahead(best, nothing_settled(9))), [reveal(1)]);
}

#[test]
fn keeps_a_digest_until_a_finalized_block_says_that_the_task_is_over() {
    let mut state = committed();
    let over = || vec![Listed { id: task(0), item: completed(Digest([1; 32]), 13) }];
    let mut best = block(13, vec![], vec![], at_work(13));
    best.duties.over = over();
    assert_eq!(decide(&mut state, ahead(best, nothing_settled(12))), []);
    let best = block(15, vec![], vec![], at_work(15));
    let settled = Settled { over: over(), ..nothing_settled(13) };
    let accepted = Some(Digest([1; 32]));
    let forgotten = Action::Forget { task: task(0), end: End::Right, accepted };
    assert_eq!(decide(&mut state, ahead(best, settled)), [forgotten]);
    assert!(state.open().is_empty());
}

#[test]
fn forgets_nothing_because_one_block_has_a_great_number() {
    let mut state = committed();
    let best = block(BlockNumber::MAX - 100, vec![], vec![], at_work(12));
    decide(&mut state, ahead(best, nothing_settled(12)));
    assert_eq!(state.open(), [task(0)]);
}

#[test]
fn executes_again_what_it_had_committed_to_and_lost() {
    let mut work = assignment(task(0), 0);
    // The time for its commitment is long over.
    work.until = 5;
    let mut state = State::new(RULES, [], [work.clone()]);
    assert_eq!(state.open(), [task(0)], "the chain is asked about it");
    assert_eq!(decide(&mut state, seen(20, vec![], vec![])), [Action::Execute(Box::new(work.clone()))]);
    for at in 21..30 {
        assert_eq!(
            decide(&mut state, seen(at, vec![], vec![task(0)])),
            [],
            "nothing to show, and nothing to stop"
        );
    }
    let actions = finish(&mut state, &work, 1);
    assert!(matches!(&actions[..], [Action::Persist(_), Action::Reveal(_)]), "{actions:?}");
    assert_eq!(state.lost(), 0);
}

#[test]
fn tries_again_to_find_a_lost_digest_and_never_declines_its_task() {
    let work = assignment(task(0), 0);
    let mut state = State::new(RULES, [], [work.clone()]);
    let mut tried_at = Vec::new();
    for at in 1..12 {
        let actions = decide(&mut state, seen(at, vec![], vec![]));
        assert!(actions.iter().all(|action| matches!(action, Action::Execute(_))), "{actions:?}");
        if !actions.is_empty() {
            tried_at.push(at);
            let report = Report::Impossible(DeclineReason::DataUnavailable);
            let ended = Event::Ended { task: task(0), terms: Terms::of(&work), report };
            assert_eq!(decide(&mut state, ended), []);
        }
    }
    assert_eq!(tried_at, [1, 2, 4, 8]);
}

#[test]
fn looks_for_nothing_that_it_has() {
    let work = assignment(task(0), 0);
    let state = State::new(RULES, [record(&work, 1, 100)], [work]);
    assert_eq!(state.lost(), 0);
}

#[test]
fn does_not_stand_for_a_result_that_is_not_on_the_disk() {
    let mut state = State::new(RULES, [], []);
    let work = assignment(task(0), 0);
    decide(&mut state, seen(1, vec![work.clone()], vec![]));
    assert!(matches!(&decide(&mut state, computed(&work, 1))[..], [Action::Persist(_)]));
    let failed = Event::Kept { task: task(0), terms: Terms::of(&work), on_disk: false };
    assert_eq!(decide(&mut state, failed), [Action::Decline(task(0), DeclineReason::OutOfResources)]);
    assert!(state.open().is_empty());
}

#[test]
fn gives_the_inputs_of_a_task_to_those_who_repeat_it_and_to_nobody_else() {
    let work = |assurance, part| {
        let mut work = Assignment { part, ..assignment(task(0), 0) };
        work.deal.assurance = assurance;
        work
    };
    for assurance in [Assurance::Replicated, Assurance::Adjudicated] {
        let public = work(assurance, Part::Worker);
        assert_eq!(public_inputs(&public), inputs(&public));
        assert_eq!(public_inputs(&work(assurance, Part::Juror)), []);
    }
    for assurance in [Assurance::Unverified, Assurance::Unaudited, Assurance::Internal] {
        assert_eq!(public_inputs(&work(assurance, Part::Worker)), []);
    }
}
