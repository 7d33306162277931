use super::*;
use crate::{
    configs::ProxyType,
    constants::{currency::TLK, market::audit_fund, time::MINUTES},
};
use frame_support::{assert_noop, traits::InstanceFilter};
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
const APP_PRICE: Balance = 3 * TLK;
const POOL_PRICE: Balance = 25 * TLK;
/// How long a deal lasts, in blocks.
const DURATION: BlockNumber = 15 * MINUTES;
const WORKERS: [&str; 3] = ["//Worker1", "//Worker2", "//Worker3"];

/// A block with one transaction, which must succeed.
fn done<Call: Into<RuntimeCall>>(key: &str, call: Call) {
    assert_eq!(block([Transaction::new(key, call)]), [Ok(Ok(()))]);
}

/// An app for sale, and a pool with three workers.
fn market() {
    done(
        "//Provider",
        talka_pallet_marketplace::Call::publish_app {
            name: "app".try_into().unwrap(),
            runtime: RuntimeClass::Wasm { abi: 1 },
            content: ContentId([1; 32]),
            uris: Default::default(),
            topic: Topic::Science,
            tags: Default::default(),
            description: Default::default(),
            price: Some(APP_PRICE),
        },
    );
    let (description, policy, tags) = (Default::default(), PoolPolicy::default(), Default::default());
    done("//Operator", talka_pallet_marketplace::Call::publish_pool { description, policy, tags });
    let (pool, category, price) = (PoolId(0), CategoryId(0), Some(POOL_PRICE));
    done("//Operator", talka_pallet_marketplace::Call::set_pool_price { pool, category, price });
    for worker in WORKERS {
        done(worker, talka_pallet_stake::Call::bond { amount: 1_000 * TLK });
        done(worker, talka_pallet_marketplace::Call::join_pool { pool });
        done(worker, talka_pallet_poco::Call::go_online { slots: 1, peer: Default::default() });
    }
}

/// One task, in which two fresh workers must agree.
fn request() -> talka_pallet_marketplace::Call<Runtime> {
    request_at(Trust(4))
}

fn request_at(trust: Trust) -> talka_pallet_marketplace::Call<Runtime> {
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
    };
    talka_pallet_marketplace::Call::request { order }
}

fn commitment_of(worker: &str) -> talka_pallet_poco::Call<Runtime> {
    let (result, seal) =
        (commitment::result_hash(TASK, DIGEST), commitment::seal(&account(worker), TASK, DIGEST));
    let commitments = vec![talka_pallet_poco::Commitment { task: TASK, result, seal }].try_into().unwrap();
    talka_pallet_poco::Call::commit { commitments }
}

fn reveal() -> talka_pallet_poco::Call<Runtime> {
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
fn pays_for_a_result_that_was_audited_in_six_blocks() {
    development().execute_with(|| {
        market();
        let before: Balance = WORKERS.map(balance).iter().sum();
        done("//Requester1", request());
        // Draw, commit; the lot at the end of the next block; the auditor's draw, its commitment, all reveals.
        assert_eq!(execute(&WORKERS, &[TASK], DIGEST), 6);
        let after: Balance = WORKERS.map(balance).iter().sum();
        // The workers' part of the pot goes in two halves, the audit has the price of the pool.
        assert_eq!(after - before, POOL_PRICE * 99 / 100 + POOL_PRICE, "a fee was taken");
    });
}

#[test]
fn takes_a_fee_for_what_is_no_duty() {
    development().execute_with(|| {
        market();
        let before = balance("//Eve");
        let results = block([
            Transaction::new("//Eve", talka_pallet_poco::Call::heartbeat {}),
            Transaction::new("//Eve", commitment_of("//Eve")),
            Transaction::new("//Eve", reveal()),
        ]);
        assert!(results.into_iter().all(|result| result.unwrap().is_err()));
        assert!(before - balance("//Eve") > 3 * crate::constants::fee::BASE);
    });
}

#[test]
fn takes_a_fee_for_a_duty_that_is_done_twice() {
    development().execute_with(|| {
        market();
        done("//Requester1", request());
        block([]);
        let is_drawn = |worker: &&str| !Poco::duties(account(worker), vec![]).execute.is_empty();
        let worker = WORKERS.into_iter().find(is_drawn).unwrap();
        done(worker, commitment_of(worker));
        let before = balance(worker);
        assert!(block([Transaction::new(worker, commitment_of(worker))])[0].unwrap().is_err());
        assert!(balance(worker) < before);
    });
}

#[test]
fn seizes_the_guarantee_and_refunds_by_itself_after_the_deadline() {
    development().execute_with(|| {
        market();
        let (operator, fund) = (balance("//Operator"), Balances::balance(&audit_fund()));
        done("//Requester1", request());
        let spent = balance("//Requester1");
        // Nobody works. The workers are found absent long before the deadline.
        for _ in 0..=DURATION {
            block([]);
        }
        assert!(matches!(Poco::task_view(TASK), Some(TaskView::Ended(Outcome::Failed { .. }))));
        assert_eq!(balance("//Requester1") - spent, APP_PRICE + POOL_PRICE + POOL_PRICE);
        let guarantee = POOL_PRICE * 30 / 100;
        assert_eq!(operator - balance("//Operator"), guarantee);
        assert!(Balances::balance(&audit_fund()) - fund >= guarantee);
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
        done("//Alice", pallet_sudo::Call::sudo { call: Box::new(call) });
        assert_eq!(Marketplace::categories().len(), 6);
    });
}

#[test]
fn lets_a_worker_s_proxy_work_and_nothing_else() {
    let work = RuntimeCall::from(talka_pallet_poco::Call::<Runtime>::heartbeat {});
    let unbond = RuntimeCall::from(talka_pallet_stake::Call::<Runtime>::unbond { amount: 1 });
    let cancel = RuntimeCall::from(talka_pallet_poco::Call::<Runtime>::cancel_deal { deal: DealId(0) });
    assert!(ProxyType::Worker.filter(&work) && !ProxyType::Worker.filter(&unbond));
    assert!(!ProxyType::Worker.filter(&cancel) && !ProxyType::Seller.filter(&cancel));
    assert!(!ProxyType::Seller.filter(&work) && !ProxyType::Seller.filter(&unbond));
    assert!(ProxyType::Any.filter(&unbond) && ProxyType::Any.is_superset(&ProxyType::Worker));
}
