//! One file for each call, for what the chain does by itself, and for what anybody can read.

mod api;
mod cancel_order;
mod deposits;
mod example;
mod match_orders;
mod money;
mod publish_order;
mod refusals;
mod restricted;
mod sponsor_orders;
mod time;
mod try_state;
mod vectors;

use frame_support::traits::fungible::{Inspect, InspectHold};
use sp_core::{sr25519, Pair};
use sp_runtime::{DispatchError, DispatchResult, MultiSignature};
use talka_primitives::{
    order::{
        order_id, wrapped, AppOrder, DatasetOrder, Entry, Match, Named, Order, OrderSignature, PoolOrder,
        PoolSource, RequestOrder, Restrictions, SignedOrder, Source, Terms,
    },
    AppId, Balance, CategoryId, ContentId, DatasetId, Deal, DealId, OrderId, Parameters, PoolId, PoolPolicy,
    RuntimeClass, Salt, Share, Tags, Topic, Trust,
};

use crate::{mock::*, Entries, Event, HoldReason};

type MarketHold = talka_pallet_marketplace::HoldReason;

const APP: AppId = AppId(0);
const DATASET: DatasetId = DatasetId(0);
const POOL: PoolId = PoolId(0);
const XS: CategoryId = CategoryId(0);

const APP_PRICE: Balance = 3;
const DATASET_PRICE: Balance = 1;
const POOL_PRICE: Balance = 25;
const PRICE: Balance = APP_PRICE + DATASET_PRICE + POOL_PRICE;
/// What is held for each task: its price, and that of an audit.
const RESERVE: Balance = PRICE + PRICE;

/// The last block of the orders here.
const EXPIRY: u32 = 100;
/// More than any test needs of it.
const PLENTY: u32 = 1_000;

fn signed(who: &str) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(who))
}

fn held(reason: HoldReason, who: &str) -> Balance {
    Balances::balance_on_hold(&reason.into(), &account(who))
}

fn held_for_deals(reason: MarketHold, who: &str) -> Balance {
    Balances::balance_on_hold(&reason.into(), &account(who))
}

fn free(who: &str) -> Balance {
    Balances::balance(&account(who))
}

/// The pallet's events since the last question.
fn events() -> Vec<Event<Test>> {
    talka_pallet_test_support::events::<Test, _>()
}

/// An app, a dataset and a pool, each of somebody else; none has a published price.
fn open_market() {
    let name = || vec![b'x'].try_into().unwrap();
    let content = ContentId([1; 32]);
    let class = RuntimeClass::Wasm { abi: 2 };
    let (uris, topic) = (Default::default(), Topic::Finance);
    let publish = Marketplace::publish_app(
        signed(PROVIDER),
        name(),
        class,
        content,
        Default::default(),
        topic,
        Tags(0b01),
        Default::default(),
        None,
    );
    publish.unwrap();
    let publish = Marketplace::publish_dataset(
        signed(LIBRARY),
        name(),
        content,
        uris,
        topic,
        Tags(0b10),
        Default::default(),
        None,
    );
    publish.unwrap();
    let policy = PoolPolicy { worker_stake_ratio: Share(35), operator_share: Share(5), ..Default::default() };
    Marketplace::publish_pool(signed(OPERATOR), Default::default(), policy, Tags(0b111), Balance::MAX)
        .unwrap();
    System::reset_events();
}

fn terms(signer: &str, price: Balance, volume: u32) -> Terms<AccountId> {
    Terms {
        signer: account(signer),
        price,
        volume,
        tags: Tags(0),
        only: Restrictions::default(),
        expiry: EXPIRY,
        salt: Salt([0; 32]),
    }
}

fn app_order() -> AppOrder<AccountId> {
    AppOrder { app: APP, terms: terms(PROVIDER, APP_PRICE, PLENTY) }
}

fn dataset_order() -> DatasetOrder<AccountId> {
    DatasetOrder { dataset: DATASET, terms: terms(LIBRARY, DATASET_PRICE, PLENTY) }
}

fn pool_order() -> PoolOrder<AccountId> {
    PoolOrder { pool: POOL, category: XS, trust: Trust(10), terms: terms(OPERATOR, POOL_PRICE, PLENTY) }
}

fn request_order(tasks: u32) -> RequestOrder<AccountId> {
    RequestOrder {
        app: APP,
        dataset: Some(DATASET),
        category: XS,
        trust: Trust(4),
        arguments: Default::default(),
        parameters: Parameters::Range { first: 0 },
        beneficiary: None,
        deadline: 500,
        terms: terms(REQUESTER, PRICE, tasks),
    }
}

/// What an order is known by here.
fn id(order: impl Into<Order<AccountId>>) -> OrderId {
    order_id(&GENESIS, &order.into())
}

/// An order, signed for this chain with somebody's key.
fn sign_as<Kind: Clone + Into<Order<AccountId>>>(
    order: Kind,
    pair: &sr25519::Pair,
) -> Source<Kind, MultiSignature> {
    let signature = OrderSignature::Raw(pair.sign(&id(order.clone()).0).into());
    Source::Signed(SignedOrder { order, genesis: GENESIS, signature })
}

/// An order, signed by whom it binds. (A test knows the names of all keys.)
fn sign<Kind: Clone + Into<Order<AccountId>>>(order: Kind) -> Source<Kind, MultiSignature> {
    let signer = order.clone().into().terms().signer.clone();
    let name = PEOPLE.into_iter().chain([POOR]).find(|name| account(name) == signer);
    sign_as(order, &pair(name.expect("the signer has a name")))
}

/// Publish an order as its signer.
fn publish(order: impl Into<Order<AccountId>>) -> Result<OrderId, DispatchError> {
    let order = order.into();
    Orders::publish_order(RuntimeOrigin::signed(order.terms().signer.clone()), order.clone())?;
    Ok(id(order))
}

/// The app gets a new owner.
fn give_app(from: &str, to: &str) {
    Marketplace::transfer_app(signed(from), APP, account(to)).unwrap();
    Marketplace::accept_app(signed(to), APP).unwrap();
}

/// The dataset gets a new owner.
fn give_dataset(from: &str, to: &str) {
    Marketplace::transfer_dataset(signed(from), DATASET, account(to)).unwrap();
    Marketplace::accept_dataset(signed(to), DATASET).unwrap();
}

/// The pool gets a new operator.
fn give_pool(from: &str, to: &str) {
    Marketplace::transfer_pool(signed(from), POOL, account(to)).unwrap();
    Marketplace::accept_pool(signed(to), POOL, Balance::MAX).unwrap();
}

type Orders4 = Match<AccountId, MultiSignature>;

/// Four orders that fit together, for `tasks` tasks.
fn four(tasks: u32) -> Orders4 {
    Match {
        app: Some(sign(app_order())),
        dataset: Some(sign(dataset_order())),
        pool: PoolSource::Ordered(sign(pool_order())),
        request: sign(request_order(tasks)),
    }
}

fn match_orders(orders: Orders4) -> DispatchResult {
    Orders::match_orders(signed(BROKER), Box::new(orders))
}

fn entry(order: impl Into<Order<AccountId>>) -> Entry {
    let order = order.into();
    let known = Entries::<Test>::get(order.terms().expiry, id(order));
    known.map(|remembered| remembered.entry).unwrap_or_default()
}

fn deal(id: u32) -> Deal<AccountId> {
    talka_pallet_marketplace::Deals::<Test>::get(DealId(id)).unwrap()
}

/// All that somebody has: free, and held for whatever.
fn wealth(who: &str) -> Balance {
    Balances::total_balance(&account(who))
}
