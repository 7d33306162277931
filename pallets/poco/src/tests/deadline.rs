use super::agreement::{agree, agree_on, begun_late, phase, until_revealing, work_until};
use crate::{mock::*, Event, Tasks};
use frame_support::assert_ok;
use sp_runtime::Perbill;
use talka_primitives::{
    asset::PoolPolicy,
    task::{Failure, Phase},
    view::{Outcome, TaskView},
    Share, TaskId,
};

#[test]
fn of_a_deal_that_nobody_served_refunds_it_and_costs_its_operator_nothing() {
    Chain::of(0).execute(|| {
        let deadline = System::block_number() + LEAST_AUDITED;
        let task = request_until(10, 4, deadline);
        assert_eq!(wealth(REQUESTER), ENDOWMENT);
        assert_eq!(held(REQUESTER), 10 * (POOL_PRICE + APP_PRICE + VALUE));
        run_to(deadline);
        assert_eq!(progress(task.deal).queued, 10);
        next_block();
        assert_eq!(progress(task.deal).failed, 10);
        assert_eq!([held(REQUESTER), held(OPERATOR)], [0; 2]);
        assert_eq!([wealth(REQUESTER), wealth(OPERATOR), wealth(FUND)], [ENDOWMENT; 3]);
        System::assert_has_event(Event::DealExpired { deal: task.deal, tasks: 10 }.into());
        System::assert_has_event(Event::DealEnded { deal: task.deal, completed: 0, failed: 10 }.into());
        let expected = TaskView::Ended(Outcome::Failed { reason: Failure::DeadlinePassed, at: deadline + 1 });
        assert_eq!(Poco::task_view(task), Some(expected));
        assert_eq!(Poco::outcomes(task.deal, 0, 100).items.len(), 10);
    });
}

#[test]
fn seizes_the_guarantee_where_workers_had_all_their_time_and_did_not_deliver() {
    Chain::of(3).execute(|| {
        let (task, deadline) = begun_late(3, 4);
        let who = drawn(task);
        assert_ok!(commit(who[0], task, 7));
        work_until(task, deadline);
        assert_eq!(drawn(task), who[1..]);
        next_block();
        assert_eq!(progress(task.deal).failed, 1);
        // Those that could have delivered pay it; those that did deliver, and the operator, pay nothing.
        assert_eq!([wealth(REQUESTER), wealth(OPERATOR)], [ENDOWMENT; 2]);
        assert_eq!(wealth(FUND), ENDOWMENT + GUARANTEE);
        assert_eq!([wealth(who[0]), wealth(who[1])], [ENDOWMENT, ENDOWMENT - GUARANTEE]);
        System::assert_has_event(Event::StakeLost { task, worker: who[1], amount: GUARANTEE }.into());
        assert!(who.iter().all(|who| locked(*who) == 0));
        assert_eq!(held(OPERATOR), 0);
    });
}

#[test]
fn costs_the_operator_what_those_that_stayed_away_have_not_locked() {
    Chain::of(1).execute(|| {
        let policy = PoolPolicy { worker_stake_ratio: Share(12), ..PoolPolicy::default() };
        assert_ok!(Marketplace::set_pool_policy(RuntimeOrigin::signed(OPERATOR), POOL, policy));
        run_to(System::block_number() + NOTICE);
        // At trust 1 a worker locks what the pool asks for, and no more: 3 of a price of 25.
        let (task, deadline) = begun_late(1, 1);
        let who = drawn(task)[0];
        assert_eq!(locked(who), 3);
        work_until(task, deadline + 1);
        assert_eq!(progress(task.deal).failed, 1);
        assert_eq!([wealth(who), wealth(OPERATOR)], [ENDOWMENT - 3, ENDOWMENT - GUARANTEE + 3]);
        assert_eq!(wealth(FUND), ENDOWMENT + GUARANTEE);
    });
}

#[test]
fn takes_no_time_to_reveal_from_a_worker_that_committed_in_time() {
    Chain::of(1).execute(|| {
        let (task, deadline) = begun_late(1, 1);
        let who = drawn(task);
        work_until(task, deadline);
        assert_ok!(commit(who[0], task, 7));
        run_to(deadline + REVEAL_PERIOD - 1);
        assert_ok!(reveal(who[0], task, 7));
        assert_eq!(progress(task.deal).completed, 1);
        assert!(wealth(who[0]) > ENDOWMENT && wealth(OPERATOR) > ENDOWMENT);
    });
}

#[test]
fn seizes_no_guarantee_for_who_was_drawn_too_late_to_commit() {
    Chain::of(2).execute(|| {
        let (task, deadline) = begun_late(2, 1);
        let first = drawn(task)[0];
        next_block();
        // Another one is drawn, with less time to the deadline than the category gives it.
        let reason = talka_primitives::task::DeclineReason::DataUnavailable;
        assert_ok!(Poco::decline(RuntimeOrigin::signed(first), task, reason));
        next_block();
        let second = drawn(task);
        assert!(second.len() == 1 && second[0] != first);
        work_until(task, deadline + 1);
        assert_eq!(progress(task.deal).failed, 1);
        assert_eq!([wealth(REQUESTER), wealth(OPERATOR), wealth(FUND)], [ENDOWMENT; 3]);
        assert_eq!(wealth(second[0]), ENDOWMENT);
    });
}

#[test]
fn keeps_tasks_from_beginning_that_nobody_could_commit_to_before_it() {
    Chain::of(1).execute(|| {
        assert_ok!(Poco::go_offline(RuntimeOrigin::signed(WORKER)));
        let deadline = System::block_number() + LEAST_AUDITED;
        let task = request_until(2, 1, deadline);
        run_to(deadline - RUN_TIME - GRACE);
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 1, Default::default()));
        run_to(deadline);
        assert_eq!((drawn(task), progress(task.deal).queued), (vec![], 2));
        assert_eq!(Poco::pool_standing(POOL).waiting, 0, "nobody looks at it again before the deadline");
        next_block();
        assert_eq!(progress(task.deal).failed, 2);
        assert_eq!([wealth(REQUESTER), wealth(OPERATOR), wealth(FUND)], [ENDOWMENT; 3]);
    });
}

#[test]
fn takes_no_time_to_reveal_from_those_that_agreed() {
    Chain::of(3).execute(|| {
        let (task, deadline) = begun_late(3, 4);
        let who = drawn(task);
        work_until(task, deadline);
        for who in &who {
            assert_ok!(commit(*who, task, 7));
        }
        until_revealing(task, 7);
        assert_ok!(reveal(who[0], task, 7));
        run_to(System::block_number() + REVEAL_PERIOD - 1);
        for other in (WORKER..WORKER + 3).filter(|other| *other != who[0]) {
            assert_ok!(reveal(other, task, 7));
        }
        assert_eq!(progress(task.deal).completed, 1);
        assert!(who.iter().all(|who| wealth(*who) > ENDOWMENT));
    });
}

#[test]
fn takes_the_value_from_a_worker_that_reveals_nothing_in_a_full_period() {
    Chain::of(3).execute(|| {
        let task = request(1, 4);
        next_block();
        let who = drawn(task);
        for who in &who {
            assert_ok!(commit(*who, task, 7));
        }
        until_revealing(task, 7);
        assert_ok!(reveal(who[0], task, 7));
        run_to(System::block_number() + REVEAL_PERIOD + 1);
        assert_eq!(progress(task.deal).completed, 1);
        assert_eq!(wealth(who[1]), ENDOWMENT - VALUE);
    });
}

#[test]
fn is_no_escape_for_a_liar_that_works_alone() {
    Chain::of(4).bonded(WORKER, 40 * POOL_PRICE * 100, 2_000).passed(WORKER).execute(|| {
        for _ in 0..400 {
            let (task, deadline) = begun_late(4, 4);
            let who = drawn(task);
            // It lies in the last block in which it can.
            work_until(task, deadline);
            let lie = if who == [WORKER] { 66 } else { 7 };
            for who in who {
                assert_ok!(commit(who, task, lie));
            }
            draw_lots();
            draw_lots();
            if let (Phase::Audit { .. }, 66) = (phase(task), lie) {
                let auditor = drawn(task)[0];
                assert_ok!(commit(auditor, task, 7));
                assert_eq!(phase(task), Phase::Disputed);
                return;
            }
            agree_on(task, lie);
        }
        panic!("it is never audited");
    });
}

#[test]
fn of_a_bag_half_done_refunds_the_other_half() {
    Chain::of(1).execute(|| {
        let deadline = System::block_number() + LEAST_AUDITED;
        let first = request_until(4, 1, deadline);
        for index in 0..2 {
            let task = TaskId { index, ..first };
            next_block();
            work_until(task, System::block_number() + RUN_TIME - 1);
            agree(task, 7);
        }
        // It is too late for the third.
        run_to(deadline + 1);
        let progress = progress(first.deal);
        assert_eq!((progress.completed, progress.failed), (2, 2));
        assert_eq!(wealth(REQUESTER), ENDOWMENT - 2 * (POOL_PRICE + APP_PRICE));
    });
}

#[test]
fn leaves_a_task_that_begins_at_once_all_the_time_that_it_can_take() {
    Chain::of(3).execute(|| {
        let deadline = System::block_number() + LEAST_AUDITED;
        let task = request_until(1, 4, deadline);
        next_block();
        work_until(task, System::block_number() + RUN_TIME + GRACE);
        let members = drawn(task);
        for who in &members {
            assert_ok!(commit(*who, task, 7));
        }
        draw_lots();
        let [(auditor, until)] = Tasks::<Test>::get(task).unwrap().awaited()[..] else {
            panic!("two fresh workers are always audited")
        };
        work_until(task, until);
        assert_ok!(commit(auditor, task, 7));
        run_to(System::block_number() + REVEAL_PERIOD);
        assert_eq!(agree_on(task, 7).len(), 3);
        assert!(System::block_number() <= deadline);
        assert_eq!(progress(task.deal).completed, 1);
    });
}

#[test]
fn is_kept_late_but_in_order_when_blocks_are_full() {
    Chain::of(0).execute(|| {
        let deadline = System::block_number() + LEAST;
        let deals: Vec<_> = (0..5).map(|_| request_until(1, 1, deadline)).collect();
        next_block();
        BlockShare::set(Perbill::from_parts(0));
        run_to(deadline + 8);
        assert!(deals.iter().all(|task| progress(task.deal).queued == 1));
        BlockShare::set(Perbill::from_percent(25));
        next_block();
        assert!(deals.iter().all(|task| progress(task.deal).failed == 1));
        assert_eq!(wealth(REQUESTER), ENDOWMENT);
    });
}

#[test]
fn of_a_deal_that_was_never_taken_in_refunds_it_and_blames_nobody_for_full_blocks() {
    Chain::of(2).execute(|| {
        let deadline = System::block_number() + LEAST;
        BlockShare::set(Perbill::from_parts(0));
        let task = request_until(3, 1, deadline);
        run_to(deadline + 8);
        assert_eq!((progress(task.deal).queued, crate::NextIntake::<Test>::get().0), (3, 0));
        BlockShare::set(Perbill::from_percent(25));
        next_block();
        assert_eq!((progress(task.deal).failed, drawn(task)), (3, vec![]));
        assert_eq!((wealth(REQUESTER), held(OPERATOR)), (ENDOWMENT, 0));
        assert_eq!([wealth(OPERATOR), wealth(FUND)], [ENDOWMENT; 2]);
        assert_eq!(Poco::pool_standing(POOL).failed, 3);
    });
}
