//! What the decisions promise, by topic; `world` is a chain in miniature with crashes between any two actions.

mod finality;
mod forks;
mod jurors;
mod presence;
mod results;
mod time;
mod world;

use talka_primitives::DealId;

use super::*;
use crate::fixture;

const SLOTS: usize = 3;
const PERIODS: Periods = Periods { commit_grace: 4, reveal_period: 20 };
const RULES: Rules = Rules { slots: SLOTS, batch: 4, heartbeat_period: 4, periods: PERIODS, juror: false };

fn task(index: usize) -> TaskId {
    TaskId { deal: DealId(1), index: index as u32 }
}

/// The variant makes it another one with the same number, as a branch may have it.
fn assignment(task: TaskId, variant: u8) -> Assignment<AccountId> {
    let mut assignment = fixture::assignment(task);
    assignment.deal.parameters = Parameters::Range { first: variant.into() };
    assignment
}

fn completed(digest: Digest, at: BlockNumber) -> Outcome {
    Outcome::Completed { digest, assurance: Assurance::Unverified, at }
}

fn seen(at: BlockNumber, execute: Vec<Assignment<AccountId>>, reveal: Vec<TaskId>) -> Event {
    look(at, execute, reveal, at_work(at))
}

fn look(
    at: BlockNumber,
    execute: Vec<Assignment<AccountId>>,
    reveal: Vec<TaskId>,
    presence: Presence,
) -> Event {
    Event::Seen(block(at, execute, reveal, presence))
}

/// A best block that is final at once.
fn block(
    at: BlockNumber,
    execute: Vec<Assignment<AccountId>>,
    reveal: Vec<TaskId>,
    presence: Presence,
) -> Seen {
    let settled = Settled {
        at,
        assigned: execute.iter().map(|assignment| (assignment.task, Terms::of(assignment))).collect(),
        reveal: reveal.iter().copied().collect(),
        over: Vec::new(),
    };
    let asked = reveal.iter().map(|task| (*task, Asked { until: at + 20, unverified: false })).collect();
    let duties = Duties { execute, reveal, over: Vec::new() };
    Seen { at, duties, presence, asked, settled, room: true }
}

/// How the chain sees a worker that can be drawn.
fn at_work(last_seen: BlockNumber) -> Presence {
    Presence { member: true, online: true, current: true, last_seen, ..Presence::default() }
}

fn computed(assignment: &Assignment<AccountId>, byte: u8) -> Event {
    let report = Report::Computed(Digest([byte; 32]));
    Event::Ended { task: assignment.task, terms: Terms::of(assignment), report }
}

fn kept(assignment: &Assignment<AccountId>) -> Event {
    Event::Kept { task: assignment.task, terms: Terms::of(assignment), on_disk: true }
}

/// An execution ends, and its record is persisted. What follows from both.
fn finish(state: &mut State, assignment: &Assignment<AccountId>, byte: u8) -> Vec<Action> {
    let mut actions = decide(state, computed(assignment, byte));
    if actions.iter().any(|action| matches!(action, Action::Persist(_))) {
        actions.extend(decide(state, kept(assignment)));
    }
    actions
}

fn record(assignment: &Assignment<AccountId>, byte: u8, deadline: BlockNumber) -> Record {
    let terms = Terms::of(assignment);
    Record { task: assignment.task, terms, digest: Digest([byte; 32]), deadline }
}
