//! Money of others: what is held of an account, and seized, without its word.

use super::*;
use talka_pallet_marketplace::{Call, Error};
use talka_primitives::{task::Failure, Share};

fn refusal(error: Error<Runtime>) -> ApplyExtrinsicResult {
    Ok(Err(error.into()))
}

#[test]
fn a_deadline_of_the_next_block_takes_nothing_from_an_operator() {
    development().execute_with(|| {
        market();
        let bag = Bag { trust: 1, tasks: 40, ..ONE };
        let too_soon = least(Assurance::Unverified) - 1;
        for blocks in [1, 10, too_soon] {
            let order = Transaction::new(ADVERSARY, Bag { blocks, ..bag }.order());
            assert_eq!(next([order]), [refusal(Error::DeadlineTooSoon)]);
        }
        // The nearest deadline that there can be, of a pool without a worker: its operator owes nobody anything.
        WORKERS.into_iter().for_each(|worker| send(worker, offline()));
        let operator = wealth("//Operator");
        let tasks = Bag { blocks: too_soon + 1, ..bag }.buy(ADVERSARY);
        assert!(guaranteed("//Operator") > 0);
        pass(too_soon + 2);
        let expired = |task: &TaskId| {
            matches!(outcome(*task), Some(Outcome::Failed { reason: Failure::DeadlinePassed, .. }))
        };
        assert!(tasks.iter().all(expired));
        assert_eq!((wealth("//Operator"), guaranteed("//Operator")), (operator, 0));
    });
}

#[test]
fn a_pool_cannot_be_given_to_a_stranger() {
    const STRANGER: &str = "//Charlie";
    development().execute_with(|| {
        market();
        let (app, pool) = publish(ADVERSARY, 1_000 * TLK);
        let bag = Bag { app, pool, trust: 1, tasks: 10, blocks: least(Assurance::Unverified) };
        let before = balance(STRANGER);
        send(ADVERSARY, Call::transfer_pool { pool, to: account(STRANGER) });
        bag.buy(ADVERSARY);
        assert_eq!(guaranteed(STRANGER), 0);
        assert!(guaranteed(ADVERSARY) > 0, "it operates its pool still");
        pass(bag.blocks + 1);
        assert_eq!(balance(STRANGER), before, "nothing was held, frozen or seized of it");
        // The new owner of a pool states its guarantee limit when it accepts.
        send(STRANGER, Call::accept_pool { pool, guarantee_limit: 0 });
        assert_eq!(next([Transaction::new(BUYER, bag.order())]), [refusal(Error::GuaranteeOverLimit)]);
        assert_eq!(guaranteed(STRANGER), 0);
    });
}

#[test]
fn a_stranger_freezes_no_more_of_an_operator_than_it_allows() {
    development().execute_with(|| {
        market();
        let limit = 100 * TLK;
        send("//Operator", Call::set_guarantee_limit { pool: POOL, limit });
        let bag = |tasks| Bag { trust: 1, tasks, ..ONE };
        let too_much = Transaction::new(ADVERSARY, bag(10_000).order());
        assert_eq!(next([too_much]), [refusal(Error::GuaranteeOverLimit)]);
        // In pieces neither.
        while next([Transaction::new(ADVERSARY, bag(3).order())]) == [Ok(Ok(()))] {}
        assert!(guaranteed("//Operator") > 0 && guaranteed("//Operator") <= limit);
    });
}

#[test]
fn new_terms_of_a_pool_bind_no_worker_before_it_could_leave() {
    development().execute_with(|| {
        market();
        let (operator_share, worker_stake_ratio) = (Share(100), Share(100));
        let policy = PoolPolicy { operator_share, worker_stake_ratio, ..Default::default() };
        send("//Operator", Call::set_pool_policy { pool: POOL, policy });
        let task = Bag { trust: 1, ..ONE }.buy("//Operator")[0];
        pass(1);
        let [worker] = drawn(task, &WORKERS)[..] else { panic!("one is drawn") };
        let deal = Poco::deal_view(task.deal).unwrap().deal;
        assert!(deal.worker_stake < deal.pool_price && deal.operator_share < Share(100));
        let before = wealth(worker);
        finish(task, &WORKERS);
        assert!(wealth(worker) > before, "its work was for nothing");
    });
}
