use super::*;
use crate::{
    configs::ProxyType,
    constants::{currency::TLK, market::audit_fund, time::MINUTES},
};
use alloc::collections::BTreeMap;
use frame_support::{assert_noop, assert_ok, traits::InstanceFilter};
use sp_runtime::{traits::Dispatchable, DispatchError};
use talka_primitives::{
    commitment,
    matching::Request,
    view::{Outcome, TaskView},
    AppId, CategoryId, ContentId, DealId, Digest, Parameters, PoolId, PoolPolicy, RuntimeClass, TaskId,
    Topic, Trust,
};

const TASK: TaskId = TaskId { deal: DealId(0), index: 0 };
const DIGEST: Digest = Digest([7; 32]);
pub(super) const APP_PRICE: Balance = 3 * TLK;
pub(super) const POOL_PRICE: Balance = 25 * TLK;
/// How long a deal lasts, in blocks.
const DURATION: BlockNumber = 15 * MINUTES;
pub(super) const WORKERS: [&str; 3] = ["//Worker1", "//Worker2", "//Worker3"];

/// A block with one transaction, which must succeed.
pub(super) fn done<Call: Into<RuntimeCall>>(key: &str, call: Call) {
    assert_eq!(block([Transaction::new(key, call)]), [Ok(Ok(()))]);
}

/// An app for sale, and a pool with three workers.
pub(super) fn market() {
    done(
        "//Provider",
        talka_pallet_marketplace::Call::publish_app {
            name: "app".try_into().unwrap(),
            runtime: RuntimeClass::Wasm { abi: 2 },
            content: ContentId([1; 32]),
            uris: Default::default(),
            topic: Topic::Science,
            tags: Default::default(),
            description: Default::default(),
            price: Some(APP_PRICE),
        },
    );
    let (description, policy, tags) = (Default::default(), PoolPolicy::default(), Default::default());
    let guarantee_limit = 1_000 * TLK;
    done(
        "//Operator",
        talka_pallet_marketplace::Call::publish_pool { description, policy, tags, guarantee_limit },
    );
    let (pool, category, price) = (PoolId(0), CategoryId(0), Some(POOL_PRICE));
    done("//Operator", talka_pallet_marketplace::Call::set_pool_price { pool, category, price });
    for worker in WORKERS {
        done(worker, talka_pallet_stake::Call::bond { amount: 1_000 * TLK });
        done(worker, talka_pallet_marketplace::Call::join_pool { pool, terms: None });
        done(worker, talka_pallet_poco::Call::go_online { slots: 1, peer: Default::default() });
    }
}

/// One task, in which two fresh workers must agree.
fn request() -> talka_pallet_marketplace::Call<Runtime> {
    request_at(Trust(4))
}

pub(super) fn request_at(trust: Trust) -> talka_pallet_marketplace::Call<Runtime> {
    let order = Request {
        app: AppId(0),
        dataset: None,
        pool: PoolId(0),
        category: CategoryId(0),
        trust,
        tasks: 1,
        arguments: Default::default(),
        parameters: Parameters::Range { first: 0 },
        max_price: APP_PRICE + POOL_PRICE,
        beneficiary: None,
        deadline: System::block_number() + DURATION,
        restricted: false,
    };
    talka_pallet_marketplace::Call::request { order }
}

pub(super) fn commitment_of(worker: &str) -> talka_pallet_poco::Call<Runtime> {
    let (result, seal) =
        (commitment::result_hash(TASK, DIGEST), commitment::seal(&account(worker), TASK, DIGEST));
    let commitments = vec![talka_pallet_poco::Commitment { task: TASK, result, seal }].try_into().unwrap();
    talka_pallet_poco::Call::commit { commitments }
}

pub(super) fn reveal() -> talka_pallet_poco::Call<Runtime> {
    let reveals = vec![talka_pallet_poco::Reveal { task: TASK, digest: DIGEST }].try_into().unwrap();
    talka_pallet_poco::Call::reveal { reveals }
}

#[test]
fn pays_for_a_result_that_nobody_checks_in_three_blocks_and_takes_no_fee_for_duties() {
    development().execute_with(|| {
        market();
        let issued = Balances::total_issuance();
        let before: Balance = WORKERS.map(balance).iter().sum();
        let provider = balance("//Provider");
        done("//Requester1", request_at(Trust(1)));
        // Draw, commit, reveal.
        assert_eq!(execute(&WORKERS, &[TASK], DIGEST), 3);

        let view = Poco::task_view(TASK).unwrap();
        assert!(matches!(view, TaskView::Ended(Outcome::Completed { digest: DIGEST, .. })), "{view:?}");
        let after: Balance = WORKERS.map(balance).iter().sum();
        assert_eq!(after - before, POOL_PRICE * 99 / 100, "a fee was taken");
        assert_eq!(balance("//Provider") - provider, APP_PRICE);
        assert_eq!(Balances::total_issuance(), issued);
    });
}

#[test]
fn pays_for_a_result_that_was_audited_in_five_blocks() {
    development().execute_with(|| {
        market();
        let before: Balance = WORKERS.map(balance).iter().sum();
        done("//Requester1", request());
        // The draw and the commitments; two blocks for the lots; the auditor's draw and commitment; all reveals.
        assert_eq!(execute(&WORKERS, &[TASK], DIGEST), 5);
        let after: Balance = WORKERS.map(balance).iter().sum();
        // The workers' part of the pot goes in two halves, the auditor has as much as the task costs.
        assert_eq!(after - before, POOL_PRICE * 99 / 100 + APP_PRICE + POOL_PRICE, "a fee was taken");
    });
}

#[test]
fn seizes_the_guarantee_and_refunds_by_itself_after_the_deadline() {
    development().execute_with(|| {
        market();
        let bonds =
            || WORKERS.map(|worker| Balances::total_balance(&account(worker))).iter().sum::<Balance>();
        let (operator, fund) = (balance("//Operator"), Balances::balance(&audit_fund()));
        let before = bonds();
        done("//Requester1", request());
        let spent = balance("//Requester1");
        // Nobody works. The workers are found absent long before the deadline.
        for _ in 0..=DURATION {
            block([]);
        }
        assert!(matches!(Poco::task_view(TASK), Some(TaskView::Ended(Outcome::Failed { .. }))));
        assert_eq!(balance("//Requester1") - spent, 2 * (APP_PRICE + POOL_PRICE));
        // Those that stayed away have locked more than that: the operator pays nothing.
        let guarantee = POOL_PRICE * 30 / 100;
        assert_eq!((before - bonds(), operator), (guarantee, balance("//Operator")));
        assert!(Balances::balance(&audit_fund()) - fund >= guarantee);
    });
}

/// What is held of each payer and operator is what its tasks that have not ended can cost it: no less, and no more.
fn check_holds() {
    use frame_support::traits::fungible::InspectHold;
    use talka_pallet_marketplace::{Deals, HoldReason};
    let (mut payments, mut guarantees) = (BTreeMap::new(), BTreeMap::new());
    for (id, deal) in Deals::<Runtime>::iter() {
        let progress = Poco::deal_view(id).unwrap().progress;
        let tasks = Balance::from(progress.queued + progress.open);
        *payments.entry(deal.payer.clone()).or_default() += deal.reserve().unwrap() * tasks;
        *guarantees.entry(deal.operator.clone()).or_default() += deal.guarantee() * tasks;
    }
    for (reason, due) in [(HoldReason::Payment, payments), (HoldReason::Guarantee, guarantees)] {
        for (who, amount) in due {
            let held = <Balances as InspectHold<AccountId>>::balance_on_hold(&reason.into(), &who);
            assert_eq!(held, amount, "{reason:?} of {who}");
        }
    }
}

#[test]
fn holds_what_tasks_that_have_not_ended_can_cost_and_nothing_else() {
    development().execute_with(|| {
        market();
        done("//Requester1", request());
        check_holds();
        assert!(talka_pallet_marketplace::Deals::<Runtime>::iter().next().is_some());
        block([]);
        check_holds();
        execute(&WORKERS, &[TASK], DIGEST);
        check_holds();
        done("//Requester1", request());
        // Nobody works until the deadline.
        for _ in 0..=DURATION {
            block([]);
        }
        check_holds();
    });
}

#[test]
fn lets_nobody_but_governance_define_a_category() {
    development().execute_with(|| {
        let category = Marketplace::categories()[0].item.clone();
        let call =
            RuntimeCall::from(talka_pallet_marketplace::Call::set_category { id: CategoryId(9), category });
        assert_noop!(
            call.clone().dispatch(RuntimeOrigin::signed(account("//Alice"))).map_err(|error| error.error),
            DispatchError::BadOrigin
        );
        assert_ok!(call.dispatch(RuntimeOrigin::root()));
        assert_eq!(Marketplace::categories().len(), 6);
    });
}

#[test]
fn lets_a_seller_s_proxy_set_prices_and_give_nothing_to_another_account() {
    use talka_pallet_marketplace::Call as Market;
    let (to, id) = (account("//Eve"), 0);
    let refused: [RuntimeCall; 10] = [
        Market::<Runtime>::withdraw_app { app: AppId(id) }.into(),
        Market::<Runtime>::withdraw_dataset { dataset: talka_primitives::DatasetId(id) }.into(),
        Market::<Runtime>::withdraw_pool { pool: PoolId(id) }.into(),
        Market::<Runtime>::transfer_app { app: AppId(id), to: to.clone() }.into(),
        Market::<Runtime>::transfer_dataset { dataset: talka_primitives::DatasetId(id), to: to.clone() }
            .into(),
        Market::<Runtime>::transfer_pool { pool: PoolId(id), to: to.clone() }.into(),
        talka_pallet_groups::Call::<Runtime>::transfer_group { group: Default::default(), to: to.clone() }
            .into(),
        pallet_balances::Call::<Runtime>::transfer_all { dest: to.into(), keep_alive: false }.into(),
        talka_pallet_stake::Call::<Runtime>::bond { amount: 1 }.into(),
        pallet_proxy::Call::<Runtime>::remove_proxies {}.into(),
    ];
    for call in refused {
        assert!(!ProxyType::Seller.filter(&call), "{call:?}");
    }
    let price = RuntimeCall::from(Market::<Runtime>::set_app_price { app: AppId(id), price: Some(0) });
    assert!(ProxyType::Seller.filter(&price));
}

#[test]
fn lets_a_worker_s_proxy_work_and_nothing_else() {
    let work = RuntimeCall::from(talka_pallet_poco::Call::<Runtime>::heartbeat {});
    let unbond = RuntimeCall::from(talka_pallet_stake::Call::<Runtime>::unbond { amount: 1 });
    let cancel = RuntimeCall::from(talka_pallet_poco::Call::<Runtime>::cancel_deal { deal: DealId(0) });
    assert!(ProxyType::Worker.filter(&work) && !ProxyType::Worker.filter(&unbond));
    assert!(!ProxyType::Worker.filter(&cancel) && !ProxyType::Seller.filter(&cancel));
    let (deal, outcomes) = (DealId(0), 1);
    let forget = RuntimeCall::from(talka_pallet_poco::Call::<Runtime>::forget_deal { deal, outcomes });
    assert!(!ProxyType::Worker.filter(&forget) && !ProxyType::Seller.filter(&forget));
    // One that is taken back must not leave a key of its choice behind.
    let appoint = RuntimeCall::from(talka_pallet_poco::Call::<Runtime>::set_duty_key { key: None });
    assert!(!ProxyType::Worker.filter(&appoint) && ProxyType::Any.filter(&appoint));
    assert!(!ProxyType::Seller.filter(&work) && !ProxyType::Seller.filter(&unbond));
    // A seller sells; how much of the owner's money that may cost is the owner's own word.
    let publish = |guarantee_limit| {
        let (description, policy, tags) = (Default::default(), PoolPolicy::default(), Default::default());
        RuntimeCall::from(talka_pallet_marketplace::Call::<Runtime>::publish_pool {
            description,
            policy,
            tags,
            guarantee_limit,
        })
    };
    let (pool, limit) = (PoolId(0), 1);
    let raise =
        RuntimeCall::from(talka_pallet_marketplace::Call::<Runtime>::set_guarantee_limit { pool, limit });
    assert!(ProxyType::Seller.filter(&publish(0)) && !ProxyType::Seller.filter(&publish(1)));
    assert!(!ProxyType::Seller.filter(&raise) && ProxyType::Any.filter(&raise));
    assert!(ProxyType::Any.filter(&unbond) && ProxyType::Any.is_superset(&ProxyType::Worker));
}
