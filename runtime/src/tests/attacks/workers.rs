//! Workers: what others can take from them, and what an adversary's own can do.

use super::*;
use alloc::collections::BTreeSet;
use talka_primitives::task::{Failure, Role};

fn has_pass(who: &str) -> bool {
    talka_pallet_audit::Passes::<Runtime>::get(account(who)).contains(&SMALLEST)
}

fn works_alone_on(task: TaskId, who: &str) -> bool {
    let role = open(task).and_then(|task| task.contribution(&account(who)).map(|one| one.role));
    matches!(role, Some(Role::Alone { .. }))
}

#[test]
fn a_request_for_more_trust_takes_no_pass_from_a_worker() {
    let worker = WORKERS[0];
    gated().execute_with(|| {
        market();
        works_alone(worker);
        let first = ONE.buy(BUYER)[0];
        pass(1);
        // The gate is closed behind it: a pass that it loses does not come back.
        assert!(works_alone_on(first, worker) && has_pass(worker));
        let tasks = Bag { trust: 100, tasks: 3, ..ONE }.buy(ADVERSARY);
        pass(1);
        for task in tasks {
            assert_eq!(drawn(task, &WORKERS), [worker]);
            assert!(!works_alone_on(task, worker), "it has too little merit for that");
        }
        assert!(has_pass(worker));
        let later = ONE.buy(BUYER)[0];
        pass(1);
        assert!(works_alone_on(later, worker));
    });
}

#[test]
fn tasks_that_cost_nothing_buy_merit_and_the_gate_s_time_at_their_price() {
    gated().execute_with(|| {
        market();
        // App, pool and workers are the adversary's: whatever it pays for them comes back to it.
        let (app, pool) = conspiracy(0, 1);
        let floor = Marketplace::categories()[0].item.min_value;
        let task = Bag { app, pool, ..ONE }.buy(ADVERSARY)[0];
        let all: Vec<_> = WORKERS.into_iter().chain(ACCOMPLICES).collect();
        let (before, paid) = (WORKERS.map(wealth), wealth(ADVERSARY));
        finish(task, &all);
        assert!(is_completed(task, TRUTH));
        // The auditor is none of its own, and has worked for the floor.
        let wages: Balance = WORKERS.map(wealth).iter().zip(before).map(|(has, had)| has - had).sum();
        assert_eq!((wages, paid - wealth(ADVERSARY)), (floor, floor));
        assert_eq!(ACCOMPLICES.map(merit).iter().sum::<Balance>(), floor);
        // One result on the gate's clock, of fifty thousand for a pass.
        assert_eq!(talka_pallet_audit::Gates::<Runtime>::get(SMALLEST).clock, 1);
    });
}

#[test]
fn a_task_that_no_auditor_can_finish_costs_none_of_them_anything() {
    development().execute_with(|| {
        market();
        let (app, pool) = conspiracy(25 * TLK, 1);
        let had = 1_000 * TLK;
        WORKERS.into_iter().for_each(|worker| Stake::set_merit(&account(worker), Merit(had)));
        let task = Bag { app, pool, blocks: least(Assurance::Adjudicated), ..ONE }.buy(ADVERSARY)[0];
        pass(1);
        // They know the result: they have computed it for days.
        succeed(ACCOMPLICES.map(|worker| commit(worker, &[task], TRUTH)));
        let before = WORKERS.map(wealth);
        // One auditor after another is drawn, and has not come to the end of it when its time is over.
        let mut tried = BTreeSet::new();
        while outcome(task).is_none() {
            tried.extend(drawn(task, &WORKERS));
            pass(1);
        }
        assert_eq!(tried.len(), WORKERS.len());
        assert!(matches!(outcome(task), Some(Outcome::Failed { reason: Failure::NotAudited, .. })));
        assert_eq!(WORKERS.map(wealth), before);
        for worker in WORKERS {
            // Except for what has faded in these blocks.
            assert!(merit(worker) > had - TLK, "{worker}");
            assert_eq!(Stake::standing(&account(worker)).locked, 0);
        }
    });
}

fn paused_until(who: &str) -> BlockNumber {
    Poco::worker_view(account(who)).unwrap().paused_until
}

#[test]
fn workers_that_decline_everything_fail_no_task() {
    const IDLERS: [&str; 3] = ["//Worker4", "//Worker5", "//Worker6"];
    development().execute_with(|| {
        market();
        // They are drawn nearly always.
        IDLERS.into_iter().for_each(|idler| enrol(idler, POOL, 100_000 * TLK, 1));
        assert!(is_completed(buy_among(&IDLERS), TRUTH), "three of them end no task");
    });
}

/// A task at trust 1 that these decline and others execute, to its end.
fn buy_among(idlers: &[&'static str]) -> TaskId {
    let task = Bag { trust: 1, ..ONE }.buy(BUYER)[0];
    while outcome(task).is_none() {
        let declines = drawn(task, idlers).into_iter().map(|idler| decline(idler, task));
        let duties = WORKERS.iter().filter_map(|worker| duty(worker, &[task], TRUTH));
        succeed(declines.chain(duties).collect::<Vec<_>>());
    }
    task
}

#[test]
fn a_worker_that_declines_everything_has_to_pause() {
    const IDLER: &str = "//Worker4";
    development().execute_with(|| {
        market();
        // It declines more often than its pool: than all of those that deliver.
        enrol(IDLER, POOL, 500 * TLK, 1);
        let mut rounds = 0;
        while paused_until(IDLER) == 0 {
            assert!(rounds < 400, "it is never held against it");
            rounds += 1;
            assert!(is_completed(buy_among(&[IDLER]), TRUTH));
        }
        let again = Transaction::new(IDLER, online(1));
        let refused = talka_pallet_poco::Error::<Runtime>::Paused.into();
        assert_eq!(next([again]), [Ok(Err(refused))]);
    });
}

#[test]
fn a_worker_s_machine_needs_no_key_that_can_spend_its_bond() {
    use talka_pallet_poco::Call::{act_for, set_duty_key};
    const KEYS: [&str; 3] = ["//Ferdie", "//Worker7", "//Worker8"];
    network().execute_with(|| {
        market();
        for (worker, key) in WORKERS.into_iter().zip(KEYS) {
            send(worker, set_duty_key { key: Some(account(key)) });
            send(key, act_for { worker: Some(account(worker)) });
        }
        let bag = Bag { trust: 1, ..ONE };
        let task = bag.buy(BUYER)[0];
        pass(1);
        let [worker] = drawn(task, &WORKERS)[..] else { panic!("one is drawn") };
        let key = KEYS[WORKERS.iter().position(|who| *who == worker).unwrap()];
        let (of_key, of_worker) = (balance(key), wealth(worker));
        succeed([commit_for(key, worker, &[task], TRUTH)]);
        succeed([reveal(key, task, TRUTH)]);
        assert!(is_completed(task, TRUTH) && wealth(worker) > of_worker);
        assert_eq!(balance(key), of_key, "what it sends is free of fee");
        // A stolen key gives nothing of the worker's away, and appoints no other.
        let theft = [
            Transaction::new(key, talka_pallet_stake::Call::unbond { amount: TLK }),
            Transaction::new(key, talka_pallet_marketplace::Call::leave_pool {}),
            Transaction::new(key, set_duty_key { key: Some(account(ADVERSARY)) }),
        ];
        assert!(next(theft).iter().all(|result| matches!(result, Ok(Err(_)))));
        // It is taken back in the middle of a task, which the worker goes on with.
        let task = bag.buy(BUYER)[0];
        pass(1);
        let [worker] = drawn(task, &WORKERS)[..] else { panic!("one is drawn") };
        let key = KEYS[WORKERS.iter().position(|who| *who == worker).unwrap()];
        send(worker, set_duty_key { key: None });
        assert!(matches!(next([commit_for(key, worker, &[task], LIES[0])])[..], [Err(_)]));
        succeed([commit(worker, &[task], TRUTH)]);
        succeed([reveal(worker, task, TRUTH)]);
        assert!(is_completed(task, TRUTH));
    });
}
