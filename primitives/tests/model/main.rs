//! Every course that the life of a task can take, with few workers and jurors: some lie, copy, stay away, show nothing,
//! and things happen in the worst order. What [`properties`] promises holds in all of them.
//!
//! Time stands still: whatever has a time may be over at once, or never. All workers that nobody knows are alike, and so
//! are all jurors. `workers` counts the former; `credible` is one more.

mod chain;
mod life;
mod properties;
mod results;

use chain::MAX_WORKERS;
use life::{Life, WORKERS};
use properties::*;
use stateright::{Checker as _, HasDiscoveries, Model as _};
use std::{
    sync::{atomic::Ordering, Arc},
    time::Instant,
};
use talka_primitives::{
    audit::Assurance,
    task::{Role, MAX_MEMBERS},
    DealId, Rate, TaskId,
};

const ID: TaskId = TaskId { deal: DealId(1), index: 0 };

fn check(life: Life) {
    let longest = Arc::clone(&life.longest);
    let Life { assurance, trust, workers, credible, absent_before, lies, mixes, seats, .. } = &life;
    let told = format!(
        "assurance={} trust={trust} workers={workers} credible={} absent={absent_before} lies={lies} mixes={} seats={seats}",
        format!("{assurance:?}").to_lowercase(),
        u8::from(credible.is_some()),
        u8::from(*mixes),
    );
    let begun = Instant::now();
    let checker = life.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!(
        "MODEL {told} states={} transitions={} depth={} steps_to_the_end={} seconds={:.1}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        longest.load(Ordering::Relaxed),
        begun.elapsed().as_secs_f64(),
    );
    checker.assert_properties();
}

/// What can be seen wherever a jury can be called.
const DISPUTES: [Sight; 9] = [
    TRUTH_ACCEPTED,
    LIE_ACCEPTED,
    LIE_DECIDED,
    LIAR_CONVICTED,
    SECOND_JURY,
    TWO_JURIES_FAIL,
    NO_JURY,
    NOT_AUDITED,
    LATE,
];

#[test]
fn a_task_that_nobody_checks_ends_with_what_one_worker_says() {
    let sights = [TRUTH_ACCEPTED, LIE_ACCEPTED, DECLINED, LATE];
    check(Life { lies: 2, workers: MAX_WORKERS, ..Life::new(Assurance::Unverified, 1, &sights) });
}

#[test]
fn workers_whose_results_may_differ_vote() {
    let sights = [TRUTH_ACCEPTED, LIE_ACCEPTED, OUTVOTED, COPIER_LOSES, NOT_AUDITED, LATE];
    check(Life { lies: 2, ..Life::new(Assurance::Replicated, 3, &sights) });
    check(Life { lies: 2, ..Life::new(Assurance::Replicated, 5, &sights[..2]) });
    let credible = Some(Role::Member);
    check(Life { lies: 2, credible, workers: 4, ..Life::new(Assurance::Replicated, 3, &sights) });
}

#[test]
fn workers_of_one_pool_vote_and_lose_nothing_by_it() {
    let sights = [TRUTH_ACCEPTED, LIE_ACCEPTED, OUTVOTED_FREELY, COPIER_LOSES, LATE];
    check(Life::new(Assurance::Unaudited, 3, &sights));
    check(Life::new(Assurance::Internal, 3, &[&sights[..], &[NOT_AUDITED]].concat()));
}

#[test]
fn workers_that_contradict_each_other_are_judged() {
    let sights = [&DISPUTES[..], &[COPIER_LOSES]].concat();
    check(Life::new(Assurance::Adjudicated, 3, &sights));
    check(Life { lies: 2, seats: 2, ..Life::new(Assurance::Adjudicated, 3, &[ALL_CONVICTED]) });
    check(Life::new(Assurance::Adjudicated, 5, &sights));
}

#[test]
fn who_stands_alone_is_judged_if_it_is_contradicted() {
    let credible = Some(Role::Alone { rate: Rate(500) });
    let sights = [&DISPUTES[..], &[ALONE_CONVICTED, COPIER_LOSES]].concat();
    check(Life { credible, workers: 2, ..Life::new(Assurance::Adjudicated, 3, &sights) });
    check(Life { credible, workers: 3, seats: 2, ..Life::new(Assurance::Adjudicated, 3, &sights) });
}

#[test]
fn a_seal_for_another_result_is_worth_nothing() {
    check(Life { mixes: true, ..Life::new(Assurance::Replicated, 3, &[OUTVOTED, COPIER_LOSES]) });
    let sights = [LIAR_CONVICTED, COPIER_LOSES, SECOND_JURY];
    check(Life { mixes: true, workers: 3, seats: 2, ..Life::new(Assurance::Adjudicated, 3, &sights) });
}

#[test]
fn where_hardly_anybody_is_left_to_be_drawn_a_task_ends_without_consensus() {
    let sights = [TRUTH_ACCEPTED, NO_CONSENSUS];
    for (assurance, trust) in
        [(Assurance::Unverified, 1), (Assurance::Replicated, 3), (Assurance::Adjudicated, 3)]
    {
        let absent_before = MAX_MEMBERS as u8 - WORKERS;
        check(Life { absent_before, seats: 1, ..Life::new(assurance, trust, &sights) });
    }
}
