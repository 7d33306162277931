//! What the decisions promise, by topic; `world` is a chain in miniature with crashes between any two actions.

mod forks;
mod jurors;
mod presence;
mod results;
mod world;

use talka_primitives::{
    asset::{App, Category, RuntimeClass, Tags, Topic, Uris},
    audit::Assurance,
    deal::{Arguments, Deal, Parameters},
    AppId, CategoryId, ContentId, DealId, Deposit, PoolId, Rate, Share, Trust,
};

use super::*;

const SLOTS: usize = 3;
const RULES: Rules = Rules { slots: SLOTS, batch: 4, heartbeat_period: 4, juror: false };

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
    let presence =
        Presence { member: true, online: true, current: true, last_seen: at, ..Presence::default() };
    look(at, execute, reveal, presence)
}

fn look(
    at: BlockNumber,
    execute: Vec<Assignment<AccountId>>,
    reveal: Vec<TaskId>,
    presence: Presence,
) -> Event {
    let duties = Duties { execute, reveal, over: Vec::new() };
    Event::Seen(Seen { at, duties, presence })
}

fn computed(assignment: &Assignment<AccountId>, byte: u8) -> Event {
    let report = Report::Computed(Digest([byte; 32]));
    Event::Ended { task: assignment.task, terms: Terms::of(assignment), report }
}
