//! The hook's budget: what one stage has to do keeps no other from its work, and nobody loses by a chain that is late.

use super::agreement::{agree_on, phase};
use crate::{
    mock::*,
    types::{Bench, Line, LotQueue},
    LotEnds, NextIntake, Outcomes, Queues, Tasks, Workers,
};
use frame_support::{
    assert_ok,
    traits::{Get as _, Hooks as _},
    weights::Weight,
};
use frame_system::limits::BlockWeights;
use sp_runtime::Perbill;
use talka_primitives::{
    task::{DeclineReason::AppUnavailable, Failure, Phase, MAX_MEMBERS},
    view::Outcome,
    DealId, PoolId, TaskId,
};

/// Let the hook have `micros` microseconds of a block.
fn hook_of(micros: u64) {
    let limits: BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
    BlockShare::set(Perbill::from_rational(micros * 1_000_000, limits.max_block.ref_time()));
}

/// Run the next block's hook; what it has cost, and what it might have.
fn cost_of_next_block() -> (Weight, Weight) {
    Poco::on_finalize(System::block_number());
    System::set_block_number(System::block_number() + 1);
    let cost = Poco::on_initialize(System::block_number());
    check().unwrap();
    let limits: BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
    (cost, BlockShare::get() * limits.max_block)
}

/// A second pool with the first of the workers, which leaves the pool of the others.
fn other_pool() -> PoolId {
    let other = PoolId(1);
    assert_ok!(Marketplace::publish_pool(
        RuntimeOrigin::signed(OPERATOR),
        Default::default(),
        Default::default(),
        talka_primitives::Tags(0),
        u128::MAX
    ));
    assert_ok!(Marketplace::set_pool_price(
        RuntimeOrigin::signed(OPERATOR),
        other,
        CATEGORY,
        Some(POOL_PRICE)
    ));
    assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(WORKER)));
    assert_ok!(Marketplace::join_pool(RuntimeOrigin::signed(WORKER), other, None));
    assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 1, Default::default()));
    other
}

/// Buy one task of trust 1 in a pool.
fn request_in(pool: PoolId) -> TaskId {
    let deal = talka_pallet_marketplace::NextDealId::<Test>::get();
    let order = talka_primitives::matching::Request {
        app: APP,
        dataset: None,
        pool,
        category: CATEGORY,
        trust: talka_primitives::Trust(1),
        tasks: 1,
        arguments: Default::default(),
        parameters: talka_primitives::Parameters::Range { first: 0 },
        max_price: 1_000,
        beneficiary: None,
        deadline: System::block_number() + 200,
        restricted: false,
    };
    assert_ok!(Marketplace::request(RuntimeOrigin::signed(REQUESTER), order));
    TaskId { deal, index: 0 }
}

#[test]
fn never_takes_more_than_its_share() {
    Chain::of(12).slots(4).execute(|| {
        for micros in [200, 1_000, 5_000] {
            hook_of(micros);
            request(40, 4);
            for _ in 0..5 {
                let (cost, share) = cost_of_next_block();
                // What is done before and after the stages has a price of its own.
                assert!(cost.ref_time() <= share.ref_time() + 20_000_000, "{cost:?} of {share:?}");
            }
        }
    });
}

#[test]
fn draws_and_draws_lots_however_many_deals_there_are_to_take_in() {
    Chain::of(3).execute(|| {
        let agreed = request(1, 4);
        next_block();
        let waiting = request(1, 1);
        next_block();
        let last = drawn(waiting)[0];
        assert_ok!(commit(last, waiting, 7));
        assert_ok!(reveal(last, waiting, 7));
        for who in drawn(agreed) {
            assert_ok!(commit(who, agreed, 7));
        }
        for _ in 0..300 {
            request(1, 1);
        }
        let before = NextIntake::<Test>::get();
        hook_of(3_000);
        next_block();
        let after = NextIntake::<Test>::get();
        assert!(after > before && after.0 < before.0 + 300, "{}: they are not a flood", after.0);
        // The lot, the auditor, and workers for those that were taken in.
        assert!(matches!(phase(agreed), Phase::Audit { .. }));
        assert_eq!(drawn(agreed).len(), 1);
        assert_eq!(Tasks::<Test>::iter().count(), 3);
        // They are taken in, all in their turn.
        for _ in 0..20 {
            next_block();
        }
        assert_eq!(NextIntake::<Test>::get(), DealId(302));
    });
}

#[test]
fn draws_and_takes_in_however_many_deadlines_pass() {
    Chain::of(1).execute(|| {
        let other = other_pool();
        let deadline = System::block_number() + LEAST;
        let deals: Vec<_> = (0..300).map(|_| request_until(1, 1, deadline)).collect();
        run_to(deadline);
        let task = request_in(other);
        hook_of(3_000);
        next_block();
        assert_eq!(drawn(task), [WORKER]);
        let expired = || deals.iter().filter(|task| progress(task.deal).failed == 1).count();
        assert!((10..300).contains(&expired()), "{} have expired", expired());
        assert_ok!(commit(WORKER, task, 7));
        assert_ok!(reveal(WORKER, task, 7));
        while expired() < 300 {
            let before = expired();
            next_block();
            assert!(expired() > before);
        }
        assert_eq!(held(REQUESTER), 0);
    });
}

#[test]
fn draws_however_many_juries_wait() {
    let rich = |chain: Chain, who| chain.bonded(who, 400_000, 0);
    (WORKER..WORKER + 3).fold(Chain::of(3).slots(32), rich).execute(|| {
        let first = request(30, 4);
        for _ in 0..4 {
            next_block();
        }
        for index in 0..30 {
            let task = TaskId { index, ..first };
            for (who, result) in drawn(task).into_iter().zip(60..) {
                assert_ok!(commit(who, task, result));
            }
            assert_eq!(phase(task), Phase::Disputed);
        }
        next_block();
        let task = request(1, 1);
        hook_of(3_000);
        next_block();
        assert_eq!(drawn(task).len(), 1);
        let waiting = || LotEnds::<Test>::get(LotQueue::Jury).length();
        assert!((1..30).contains(&waiting()), "{} juries wait", waiting());
        for _ in 0..20 {
            next_block();
        }
        assert_eq!(waiting(), 0, "each has its turn");
    });
}

#[test]
fn serves_a_pool_in_the_next_block_however_much_another_has_to_try_in_vain() {
    // All but the first have bonds that are too small for what is bought.
    let poor = (WORKER + 1..WORKER + 9).map(|who| (who, 100, 0));
    Chain { workers: 9, bonds: poor.collect(), ..Chain::default() }.execute(|| {
        let other = other_pool();
        assert_ok!(Marketplace::set_pool_price(RuntimeOrigin::signed(OPERATOR), POOL, CATEGORY, Some(900)));
        for _ in 0..200 {
            request(1, 1);
        }
        hook_of(6_000);
        for _ in 0..10 {
            next_block();
        }
        assert!(Queues::<Test>::get(BENCH).in_vain);
        for _ in 0..5 {
            let task = request_in(other);
            // As if a worker of the first pool had come.
            assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER + 1), 1, Default::default()));
            next_block();
            assert_eq!(drawn(task), [WORKER], "it waits behind a pool in which nobody can be drawn");
            assert_ok!(commit(WORKER, task, 7));
            assert_ok!(reveal(WORKER, task, 7));
        }
        // Where somebody can be drawn again, the pool is served well again.
        assert_ok!(Stake::bond(RuntimeOrigin::signed(WORKER + 1), 50_000));
        run_to(System::block_number() + RIPENING);
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER + 1), 1, Default::default()));
        next_block();
        assert_eq!(Workers::<Test>::get(WORKER + 1).unwrap().assigned.len(), 1);
    });
}

/// What a block costs that draws in vain for `deals` deals, where none of `workers` workers can take their tasks.
fn in_vain(workers: u64, deals: u32) -> u64 {
    let poor = (WORKER..WORKER + workers).map(|who| (who, 100, 0));
    Chain { workers, bonds: poor.collect(), ..Chain::default() }.execute(|| {
        assert_ok!(Marketplace::set_pool_price(RuntimeOrigin::signed(OPERATOR), POOL, CATEGORY, Some(900)));
        for _ in 0..deals {
            request(1, 1);
        }
        next_block();
        let costs = (0..4).map(|_| cost_of_next_block().0.ref_time());
        costs.max().unwrap_or(0)
    })
}

#[test]
fn looks_at_few_workers_of_a_bench_where_nobody_can_take_anything() {
    let most = in_vain(WORKERS, 40);
    // No more for many workers than for half of them, and no more for many deals than for one: one is given up in each block.
    let fewer = in_vain(WORKERS / 2, 40);
    assert!(most <= fewer * 3 / 2, "{most} for all, {fewer} for half of them");
    let one = in_vain(WORKERS, 1);
    assert!(most <= one * 3 / 2, "{most} for forty deals, {one} for one");
    // Forty-eight looks, with what is done in each block.
    assert!(most < 3_000_000_000, "{most}");
}

#[test]
fn looks_at_a_worker_once_in_a_while_however_many_tasks_it_has() {
    Chain::of(1).slots(32).bonded(WORKER, 400_000, 0).execute(|| {
        let quiet = || cost_of_next_block().0.ref_time();
        let nothing = quiet();
        let first = request(32, 1);
        next_block();
        assert_eq!(progress(first.deal).open, 32);
        for _ in 0..2 * HEARTBEAT {
            let _ = Poco::heartbeat(RuntimeOrigin::signed(WORKER));
            let cost = quiet();
            assert!(cost <= nothing + 50_000_000, "{cost} against {nothing}: its tasks were looked at");
        }
        assert_eq!(progress(first.deal).open, 32);
        assert_eq!(drawn(first), [WORKER]);
        // All of them are given up when it is silent, in one block if there is room.
        run_to(System::block_number() + 3 * HEARTBEAT + 1);
        assert!((0..32).all(|index| drawn(TaskId { index, ..first }).is_empty()));
        assert!(Workers::<Test>::get(WORKER).unwrap().assigned.is_empty());
    });
}

#[test]
fn that_is_late_puts_off_the_deadline_of_what_waits_for_a_worker() {
    const LATE: u32 = 3 * LEAST;
    Chain::of(2).execute(|| {
        let task = request_until(1, 1, System::block_number() + LEAST);
        next_block();
        let first = drawn(task)[0];
        let deadline = Tasks::<Test>::get(task).unwrap().deadline;
        assert_ok!(Poco::decline(RuntimeOrigin::signed(first), task, AppUnavailable));
        // The chain does nothing for longer than the task has time.
        BlockShare::set(Perbill::zero());
        run_to(System::block_number() + LATE);
        assert!(System::block_number() > deadline);
        BlockShare::set(Perbill::from_percent(25));
        next_block();
        // As if it had been drawn in the block after the decline.
        let second = drawn(task);
        assert!(second.len() == 1 && second[0] != first);
        assert_eq!(Tasks::<Test>::get(task).unwrap().deadline, deadline + LATE);
        run_to(System::block_number() + 2);
        assert_ok!(commit(second[0], task, 7));
        assert_ok!(reveal(second[0], task, 7));
        assert_eq!((progress(task.deal).completed, held(OPERATOR)), (1, 0));
    });
}

#[test]
fn that_is_late_with_an_absence_puts_off_the_deadline() {
    const LATE: u32 = 2 * LEAST;
    Chain::of(2).execute(|| {
        let task = request_until(1, 1, System::block_number() + LEAST);
        next_block();
        let (first, deadline) = (drawn(task)[0], Tasks::<Test>::get(task).unwrap().deadline);
        run_to(System::block_number() + 3 * HEARTBEAT);
        BlockShare::set(Perbill::zero());
        run_to(System::block_number() + LATE);
        assert_eq!(drawn(task), [first], "nobody has looked at it");
        BlockShare::set(Perbill::from_percent(25));
        next_block();
        // It was silent since the first of these blocks.
        let second = drawn(task);
        assert!(second.len() == 1 && second[0] != first);
        assert_eq!(Tasks::<Test>::get(task).unwrap().deadline, deadline + LATE);
        assert_ok!(commit(second[0], task, 7));
        assert_ok!(reveal(second[0], task, 7));
        assert_eq!(held(OPERATOR), 0);
        assert!(wealth(OPERATOR) > ENDOWMENT);
    });
}

#[test]
fn that_is_late_with_lots_and_auditors_costs_nobody_its_pay() {
    Chain::of(3).execute(|| {
        let task = request_until(1, 4, System::block_number() + LEAST_AUDITED);
        next_block();
        let members = drawn(task);
        for who in &members {
            assert_ok!(commit(*who, task, 7));
        }
        let before = Tasks::<Test>::get(task).unwrap().audit_until;
        BlockShare::set(Perbill::zero());
        run_to(before + 20);
        assert!(matches!(phase(task), Phase::Agreed { .. }));
        BlockShare::set(Perbill::from_percent(25));
        next_block();
        assert!(matches!(phase(task), Phase::Audit { .. }));
        let [(auditor, until)] = Tasks::<Test>::get(task).unwrap().awaited()[..] else {
            panic!("one is drawn")
        };
        assert!(Tasks::<Test>::get(task).unwrap().audit_until >= until + RUN_TIME + GRACE);
        super::agreement::work_until(task, until);
        assert_ok!(commit(auditor, task, 7));
        assert_eq!(agree_on(task, 7).len(), 3);
        assert!(members.into_iter().chain([auditor]).all(|who| wealth(who) > ENDOWMENT));
    });
}

#[test]
fn of_a_chain_in_time_puts_nothing_off() {
    Chain::of(3).execute(|| {
        go_offline(WORKER + 2..WORKER + 3);
        let task = request(1, 8);
        let deadline = System::block_number() + 200;
        // It lacks a third worker, and is tried in vain as often as something changes.
        for _ in 0..30 {
            next_block();
            assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 2, Default::default()));
            for who in drawn(task) {
                let _ = Poco::heartbeat(RuntimeOrigin::signed(who));
            }
        }
        next_block();
        assert_eq!(Tasks::<Test>::get(task).map(|task| task.deadline), Some(deadline));
    });
}

#[test]
fn ends_what_a_commitment_has_made_lost() {
    Chain::of(60).execute(|| {
        let task = request_of(REPLICATED, 1, 4);
        // No two agree, until as many have been drawn as can be.
        let mut results = 10u8..;
        let mut is_lost = false;
        for _ in 0..100 {
            next_block();
            for (who, result) in drawn(task).into_iter().zip(&mut results) {
                assert_ok!(commit(who, task, result));
                is_lost = Tasks::<Test>::get(task).unwrap().lost().is_some();
            }
            if is_lost {
                break;
            }
        }
        // The call that made it lost has not ended it: it does not pay for that.
        let lost = Tasks::<Test>::get(task).expect("it ends in the next block");
        assert_eq!(lost.contributions.len() as u32, MAX_MEMBERS);
        let (deal, at) = (task.deal, System::block_number() + 1);
        assert_eq!(progress(deal).open, 1);
        next_block();
        assert_eq!(Outcomes::<Test>::get(task), Some(Outcome::Failed { reason: Failure::NoConsensus, at }));
        assert!((WORKER..WORKER + 60).all(|who| locked(who) == 0));
        assert_eq!(held(REQUESTER), 0);
    });
}

#[test]
fn keeps_auditors_in_a_line_of_their_own() {
    Chain::of(2).execute(|| {
        let task = request(1, 4);
        next_block();
        for who in drawn(task) {
            assert_ok!(commit(who, task, 7));
        }
        next_block();
        // Nobody is left to audit it: the bench of auditors waits for news.
        assert!(matches!(phase(task), Phase::Audit { .. }));
        assert_eq!(Queues::<Test>::get(Bench::Auditors).ready, None);
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 2, Default::default()));
        assert_eq!(Queues::<Test>::get(Bench::Auditors).ready, Some(Line::Auditors));
        next_block();
    });
}
