//! What the decisions promise, by topic; `world` is a chain in miniature with crashes between any two actions.

mod finality;
mod forks;
mod jurors;
mod presence;
mod results;
mod time;
mod world;

use talka_primitives::{
    asset::{App, Category, RuntimeClass, Tags, Topic, Uris},
    audit::Assurance,
    deal::{Arguments, Deal, Parameters},
    AppId, CategoryId, ContentId, DealId, Deposit, PoolId, Rate, Share, Trust,
};

use super::*;

const SLOTS: usize = 3;
const PERIODS: Periods = Periods { commit_grace: 4, reveal_period: 20 };
const RULES: Rules = Rules { slots: SLOTS, batch: 4, heartbeat_period: 4, periods: PERIODS, juror: false };

fn task(index: usize) -> TaskId {
    TaskId { deal: DealId(1), index: index as u32 }
}

fn assignment(task: TaskId, variant: u8) -> Assignment<AccountId> {
    let account = AccountId::from([9; 32]);
    let category = Category {
        name: "XS".try_into().unwrap(),
        run_time: 10,
        fuel: 1,
        memory: 1,
        audit_rate: Rate(500),
        min_value: 1,
    };
    let deal = Deal {
        requester: account,
        payer: account,
        beneficiary: account,
        app: AppId(0),
        app_owner: account,
        app_price: 1,
        dataset: None,
        pool: PoolId(0),
        operator: account,
        pool_price: 1,
        operator_share: Share(1),
        worker_stake: 1,
        category_id: CategoryId(0),
        category,
        trust: Trust(1),
        assurance: Assurance::Unverified,
        tasks: 100,
        arguments: Arguments::default(),
        parameters: Parameters::Range { first: variant.into() },
        deadline: 100_000,
        deposit: Deposit { of: account, amount: 0 },
    };
    let app = App {
        owner: account,
        price: Some(1),
        name: "app".try_into().unwrap(),
        runtime: RuntimeClass::Wasm { abi: 2 },
        content: ContentId([3; 32]),
        uris: Uris::default(),
        topic: Topic::Other,
        tags: Tags(0),
        description: "".try_into().unwrap(),
        deposit: 0,
    };
    let peers = Vec::new();
    Assignment { task, who: account, part: Part::Worker, until: 1_000, deal, app, dataset: None, peers }
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
