//! One file for each call, for what the bridge brings, and for what anybody can read.

mod api;
mod money;
mod receive;
mod report;
mod set_pools;
mod sweep;
mod try_state;

use codec::Encode;
use frame_support::traits::fungible::{Inspect, InspectHold};
use talka_pallet_marketplace::Deals;
use talka_primitives::{
    audit::Assurance,
    bridge::EthereumAddress,
    gateway::{call_id, Order, Progress},
    manifest::{Blob, Callback, ExitStatus, Manifest, WASM_ABI},
    task::Failure,
    traits::Market,
    view::Outcome,
    AppId, Balance, CallId, CategoryId, ContentId, Deal, DealId, Digest, PoolId, PoolPolicy, RuntimeClass,
    Share, Tags, TaskId, Topic, Trust,
};

use crate::{mock::*, Calls, Event, HoldReason, ShownManifest};

/// A contract that orders.
const CONTRACT: EthereumAddress = EthereumAddress([7; 20]);
/// Another one.
const OTHER: EthereumAddress = EthereumAddress([8; 20]);

const POOL: PoolId = PoolId(0);
/// Sells for less.
const CHEAP_POOL: PoolId = PoolId(1);
const UNKNOWN_POOL: PoolId = PoolId(9);
const XS: CategoryId = CategoryId(0);
const DEAL: DealId = DealId(0);
const TASK: TaskId = TaskId { deal: DEAL, index: 0 };

const APP_PRICE: Balance = 40;
const POOL_PRICE: Balance = 160;
const PRICE: Balance = APP_PRICE + POOL_PRICE;
/// What is held for a deal, and for a call.
const DEAL_DEPOSIT: Balance = 8 * STORAGE.item;
const CALL_DEPOSIT: Balance = STORAGE.item;
/// What has to come with the order here: its price, an audit of it, deposits, the answer, what keeps the account alive.
const COST: Balance = 2 * PRICE + DEAL_DEPOSIT + CALL_DEPOSIT + ANSWER_PRICE + EXISTENTIAL_DEPOSIT;
/// More than that.
const AMOUNT: Balance = 1_000;

fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// The account of a contract.
fn payer(contract: EthereumAddress) -> AccountId {
    Gateway::account_of(contract).unwrap()
}

fn free(contract: EthereumAddress) -> Balance {
    Balances::balance(&payer(contract))
}

/// Free, and held for whatever.
fn wealth(contract: EthereumAddress) -> Balance {
    Balances::total_balance(&payer(contract))
}

fn held_for_calls(contract: EthereumAddress) -> Balance {
    Balances::balance_on_hold(&HoldReason::Call.into(), &payer(contract))
}

/// How many calls wait for an answer.
fn waiting() -> usize {
    Calls::<Test>::iter_keys().count()
}

/// The call that the deposit with this number carries.
fn call(nonce: u64) -> CallId {
    call_id(CONTRACTS.chain_id, CONTRACTS.gateway, nonce)
}

/// An app, and two pools that serve category XS.
fn open_market() {
    Marketplace::publish_app(
        signed(PROVIDER),
        "an app".try_into().unwrap(),
        RuntimeClass::Wasm { abi: 2 },
        ContentId([1; 32]),
        Default::default(),
        Topic::Other,
        Tags(0),
        Default::default(),
        Some(APP_PRICE),
    )
    .unwrap();
    for (pool, price) in [(POOL, POOL_PRICE), (CHEAP_POOL, POOL_PRICE - 1)] {
        let policy = PoolPolicy { operator_share: Share(5), ..Default::default() };
        let limit = Balance::MAX;
        Marketplace::publish_pool(signed(OPERATOR), Default::default(), policy, Tags(0), limit).unwrap();
        Marketplace::set_pool_price(signed(OPERATOR), pool, XS, Some(price)).unwrap();
    }
    System::reset_events();
}

/// A task that the open market sells.
fn order() -> Order {
    Order {
        requester: CONTRACT,
        app: AppId(0),
        dataset: None,
        pool: Some(POOL),
        category: XS,
        trust: Trust(4),
        arguments: vec!["--horizon".try_into().unwrap(), "10".try_into().unwrap()].try_into().unwrap(),
        parameter: "weights".try_into().unwrap(),
    }
}

/// The first order of all comes with enough, and is taken.
fn ordered() -> CallId {
    open_market();
    deposit(0, AMOUNT, &order().message());
    assert!(Calls::<Test>::contains_key(call(0)));
    System::reset_events();
    call(0)
}

fn deal(id: DealId) -> Deal<AccountId> {
    Deals::<Test>::get(id).unwrap()
}

/// What an execution gave that wrote this for the caller.
fn manifest(status: ExitStatus, callback: Option<Callback>) -> Manifest {
    let blob = Blob { size: 0, content: ContentId([3; 32]) };
    Manifest {
        abi: WASM_ABI,
        status,
        fuel_used: 1,
        memory_used: 65_536,
        fingerprint: [4; 32],
        listing: blob,
        callback,
        stdout: blob,
        stderr: blob,
    }
}

/// That of an app that has succeeded.
fn good() -> Manifest {
    manifest(ExitStatus::Exited(0), Some(Callback::of(b"payload")))
}

fn shown(manifest: &Manifest) -> ShownManifest {
    manifest.encode().try_into().unwrap()
}

/// The task of a deal is accepted and paid for, and what is not needed goes back: as Proof of Contribution does it.
fn complete(id: DealId, digest: Digest) {
    let deal = deal(id);
    Marketplace::pay(&deal, &deal.app_owner, deal.app_price);
    Marketplace::pay(&deal, &deal.operator, deal.pool_price);
    Marketplace::pay(&deal, &deal.payer, deal.audit_price());
    Marketplace::end_guarantee(&deal, 0);
    Marketplace::close(&deal);
    let outcome =
        Outcome::Completed { digest, assurance: Assurance::Adjudicated, at: System::block_number() };
    end(id, Progress::Ended(outcome));
}

/// The task of a deal fails, and all of its money goes back.
fn fail(id: DealId) {
    let deal = deal(id);
    Marketplace::refund(&deal, 1);
    Marketplace::end_guarantee(&deal, 0);
    Marketplace::close(&deal);
    let outcome = Outcome::Failed { reason: Failure::DeadlinePassed, at: System::block_number() };
    end(id, Progress::Ended(outcome));
}

/// The chain forgets a deal that is over.
fn forget(id: DealId) {
    Marketplace::forget(id);
    end(id, Progress::Lost);
}

fn end(deal: DealId, progress: Progress) {
    Ends::mutate(|ends| ends.insert(TaskId { deal, index: 0 }, progress));
}

fn report(id: CallId, manifest: &Manifest) -> sp_runtime::DispatchResult {
    report_bytes(id, shown(manifest))
}

fn report_bytes(id: CallId, manifest: ShownManifest) -> sp_runtime::DispatchResult {
    Gateway::report(signed(STRANGER), id, manifest).map(|_| ()).map_err(|error| error.error)
}

/// The pallet's events since the last question.
fn events() -> Vec<Event<Test>> {
    talka_pallet_test_support::events::<Test, _>()
}
