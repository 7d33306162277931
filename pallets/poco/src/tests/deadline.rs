use super::agreement::{agree, until_revealing};
use crate::{mock::*, Event};
use frame_support::assert_ok;
use sp_runtime::Perbill;
use talka_primitives::{
    task::Failure,
    view::{Outcome, TaskView},
    TaskId,
};

#[test]
fn refunds_what_was_never_begun_in_the_block_after() {
    Chain::of(0).execute(|| {
        let now = System::block_number();
        let task = request_until(10, 4, now + 5);
        assert_eq!(wealth(REQUESTER), ENDOWMENT);
        assert_eq!(held(REQUESTER), 10 * (POOL_PRICE + APP_PRICE + POOL_PRICE));
        run_to(now + 5);
        assert_eq!(progress(task.deal).queued, 10);
        next_block();
        assert_eq!(progress(task.deal).failed, 10);
        assert_eq!(held(REQUESTER), 0);
        assert_eq!(wealth(OPERATOR), ENDOWMENT - 10 * GUARANTEE);
        assert_eq!(wealth(FUND), ENDOWMENT + 10 * GUARANTEE);
        System::assert_has_event(Event::DealExpired { deal: task.deal, tasks: 10 }.into());
        System::assert_has_event(Event::DealEnded { deal: task.deal, completed: 0, failed: 10 }.into());
        let expected = TaskView::Ended(Outcome::Failed { reason: Failure::DeadlinePassed, at: now + 6 });
        assert_eq!(Poco::task_view(task), Some(expected));
        assert_eq!(Poco::outcomes(task.deal, 0, 100).len(), 10);
    });
}

#[test]
fn refunds_open_tasks_and_blames_no_worker() {
    Chain::of(3).execute(|| {
        let now = System::block_number();
        let task = request_until(1, 4, now + 5);
        next_block();
        let who = drawn(task);
        assert_ok!(commit(who[0], task, 7));
        run_to(now + 6);
        assert_eq!(progress(task.deal).failed, 1);
        assert_eq!(wealth(REQUESTER), ENDOWMENT);
        assert_eq!(wealth(FUND), ENDOWMENT + GUARANTEE);
        assert!(who.iter().all(|who| wealth(*who) == ENDOWMENT && locked(*who) == 0));
    });
}

#[test]
fn pays_for_a_result_that_is_known() {
    Chain::of(3).execute(|| {
        let now = System::block_number();
        let task = request_until(1, 4, now + 7);
        next_block();
        let who = drawn(task);
        for who in &who {
            assert_ok!(commit(*who, task, 7));
        }
        until_revealing(task, 7);
        assert_ok!(reveal(who[0], task, 7));
        run_to(now + 8);
        assert_eq!(progress(task.deal).completed, 1);
        assert_eq!(wealth(who[1]), ENDOWMENT - STAKE);
    });
}

#[test]
fn of_a_bag_half_done_refunds_the_other_half() {
    Chain::of(1).execute(|| {
        let now = System::block_number();
        let first = request_until(4, 1, now + 6);
        for index in 0..2 {
            next_block();
            agree(TaskId { index, ..first }, 7);
        }
        run_to(now + 7);
        let progress = progress(first.deal);
        assert_eq!((progress.completed, progress.failed), (2, 2));
        assert_eq!(wealth(REQUESTER), ENDOWMENT - 2 * (POOL_PRICE + APP_PRICE));
    });
}

#[test]
fn is_kept_late_but_in_order_when_blocks_are_full() {
    Chain::of(0).execute(|| {
        let now = System::block_number();
        let deals: Vec<_> = (0..5).map(|_| request_until(1, 1, now + 2)).collect();
        next_block();
        BlockShare::set(Perbill::from_parts(0));
        run_to(now + 10);
        assert!(deals.iter().all(|task| progress(task.deal).queued == 1));
        BlockShare::set(Perbill::from_percent(25));
        next_block();
        assert!(deals.iter().all(|task| progress(task.deal).failed == 1));
        assert_eq!(wealth(REQUESTER), ENDOWMENT);
    });
}

#[test]
fn of_a_deal_that_was_never_taken_in_refunds_it_when_blocks_have_room_again() {
    Chain::of(2).execute(|| {
        let now = System::block_number();
        BlockShare::set(Perbill::from_parts(0));
        let task = request_until(3, 1, now + 2);
        run_to(now + 10);
        assert_eq!((progress(task.deal).queued, crate::NextIntake::<Test>::get().0), (3, 0));
        BlockShare::set(Perbill::from_percent(25));
        next_block();
        assert_eq!((progress(task.deal).failed, drawn(task)), (3, vec![]));
        assert_eq!((wealth(REQUESTER), held(OPERATOR)), (ENDOWMENT, 0));
        assert_eq!(Poco::pool_standing(POOL).failed, 3);
    });
}
