//! One file for each file of calls, and for what Proof of Contribution asks of a deal.

mod api;
mod deposits;
mod genesis;
mod market;
mod membership;
mod money;
mod publish;
mod quotes;
mod request;
mod set_category;
mod set_guarantee_limit;
mod set_policy;
mod set_price;
mod set_uris;
mod transfer;
mod try_state;
mod withdraw;

use frame_support::traits::fungible::{Inspect, InspectHold};
use talka_primitives::{
    asset::{Description, Name, Uris},
    matching::Request,
    App, AppId, Balance, CategoryId, ContentId, Dataset, DatasetId, Deal, DealId, Parameters, Pool, PoolId,
    PoolPolicy, RuntimeClass, Share, Tags, Topic, Trust,
};

use crate::{mock::*, Apps, Datasets, Deals, Event, HoldReason, Pools};

const APP: AppId = AppId(0);
const DATASET: DatasetId = DatasetId(0);
const POOL: PoolId = PoolId(0);
const XS: CategoryId = CategoryId(0);
const S: CategoryId = CategoryId(1);
const UNKNOWN_CATEGORY: CategoryId = CategoryId(9);
const DEAL: DealId = DealId(0);

const APP_PRICE: Balance = 3;
const DATASET_PRICE: Balance = 1;
const POOL_PRICE: Balance = 25;
const PRICE: Balance = APP_PRICE + DATASET_PRICE + POOL_PRICE;
/// ⌊25 · 30 %⌋
const GUARANTEE: Balance = 7;

/// Bytes that are not UTF-8.
const NOT_UTF8: [u8; 2] = [0xc3, 0x28];

fn signed(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

fn text<Text: TryFrom<Vec<u8>>>(bytes: impl AsRef<[u8]>) -> Text {
    Text::try_from(bytes.as_ref().to_vec()).ok().expect("the text is short enough")
}

fn uris(uri: impl AsRef<[u8]>) -> Uris {
    vec![text(uri)].try_into().unwrap()
}

fn held(reason: HoldReason, who: u64) -> Balance {
    Balances::balance_on_hold(&reason.into(), &who)
}

fn free(who: u64) -> Balance {
    Balances::balance(&who)
}

/// The pallet's events since the last question.
fn events() -> Vec<Event<Test>> {
    talka_pallet_test_support::events::<Test, _>()
}

fn app() -> App<u64> {
    App {
        owner: OWNER,
        price: Some(APP_PRICE),
        name: text("value-at-risk"),
        runtime: RuntimeClass::Wasm { abi: 2 },
        content: ContentId([1; 32]),
        uris: uris("file:///app.wasm"),
        topic: Topic::Finance,
        tags: Tags(0b01),
        description: text("What a portfolio may lose in a day."),
        deposit: 0,
    }
}

fn publish_app(app: App<u64>) -> sp_runtime::DispatchResult {
    let App { owner, price, name, runtime, content, uris, topic, tags, description, .. } = app;
    Marketplace::publish_app(signed(owner), name, runtime, content, uris, topic, tags, description, price)
}

fn dataset() -> Dataset<u64> {
    Dataset {
        owner: OWNER,
        price: Some(DATASET_PRICE),
        name: text("prices"),
        content: ContentId([2; 32]),
        uris: uris("file:///prices.csv"),
        topic: Topic::Finance,
        tags: Tags(0b10),
        description: text("Closing prices."),
        deposit: 0,
    }
}

fn publish_dataset(dataset: Dataset<u64>) -> sp_runtime::DispatchResult {
    let Dataset { owner, price, name, content, uris, topic, tags, description, .. } = dataset;
    Marketplace::publish_dataset(signed(owner), name, content, uris, topic, tags, description, price)
}

fn policy() -> PoolPolicy {
    PoolPolicy { worker_stake_ratio: Share(35), operator_share: Share(5), ..Default::default() }
}

fn publish_pool(policy: PoolPolicy) -> sp_runtime::DispatchResult {
    Marketplace::publish_pool(signed(OPERATOR), text("Five old laptops."), policy, Tags(0b111), Balance::MAX)
}

/// An app, a dataset and a pool that serves category XS, ready to be bought.
fn open_market() {
    publish_app(app()).unwrap();
    publish_dataset(dataset()).unwrap();
    publish_pool(policy()).unwrap();
    Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(POOL_PRICE)).unwrap();
    events();
}

/// A request that the open market fulfils.
fn order(tasks: u32) -> Request<u64> {
    Request {
        app: APP,
        dataset: Some(DATASET),
        pool: POOL,
        category: XS,
        trust: Trust(1),
        tasks,
        arguments: Default::default(),
        parameters: Parameters::Range { first: 0 },
        max_price: PRICE,
        beneficiary: None,
        deadline: 1 + MAX_DURATION,
        restricted: false,
    }
}

/// A deal of `tasks` tasks on the open market.
fn deal(tasks: u32) -> Deal<u64> {
    open_market();
    Marketplace::request(signed(REQUESTER), order(tasks)).unwrap();
    events();
    Deals::<Test>::get(DEAL).unwrap()
}
