//! A task as the chain gives it to a worker, for tests.

use talka_client::AccountId;
use talka_primitives::{
    asset::{App, Category, Tags, Topic, Uris},
    audit::Assurance,
    deal::{Arguments, Deal, Parameters},
    manifest::WASM_ABI,
    view::{Assignment, Part},
    AppId, CategoryId, ContentId, Deposit, PoolId, Rate, RuntimeClass, Share, TaskId, Trust,
};

/// A worker's part in a task without a dataset. One account is everybody.
pub(crate) fn assignment(task: TaskId) -> Assignment<AccountId> {
    let account = AccountId::from([9; 32]);
    let category = Category {
        name: "XS".try_into().unwrap(),
        run_time: 10,
        fuel: 1 << 40,
        memory: 1 << 20,
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
        parameters: Parameters::Range { first: 0 },
        deadline: 100_000,
        deposit: Deposit { of: account, amount: 0 },
    };
    let app = App {
        owner: account,
        price: Some(1),
        name: "app".try_into().unwrap(),
        runtime: RuntimeClass::Wasm { abi: WASM_ABI },
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
