use super::agreement::agree;
use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use talka_primitives::{
    task::Failure,
    view::{Outcome, TaskView},
    DealId, TaskId,
};

fn cancel(who: u64, deal: DealId) -> frame_support::pallet_prelude::DispatchResult {
    Poco::cancel_deal(RuntimeOrigin::signed(who), deal)
}

#[test]
fn gives_all_back_for_what_has_not_begun() {
    Chain::of(0).execute(|| {
        let task = request(10, 4);
        next_block();
        assert_ok!(cancel(REQUESTER, task.deal));
        assert_eq!([wealth(REQUESTER), wealth(OPERATOR), wealth(FUND)], [ENDOWMENT; 3]);
        assert_eq!([held(REQUESTER), held(OPERATOR)], [0; 2]);
        assert_eq!(progress(task.deal).failed, 10);
        System::assert_has_event(Event::DealCancelled { deal: task.deal, tasks: 10 }.into());
        System::assert_has_event(Event::DealEnded { deal: task.deal, completed: 0, failed: 10 }.into());
        let outcome = Outcome::Failed { reason: Failure::Cancelled, at: System::block_number() };
        assert_eq!(Poco::task_view(task), Some(TaskView::Ended(outcome)));
        assert_eq!(Poco::outcomes(task.deal, 0, 100).items.len(), 10);
        assert_eq!(Poco::pool_standing(POOL).failed, 0, "the pool is not to blame");
    });
}

#[test]
fn leaves_what_has_begun_to_its_workers() {
    Chain::of(1).execute(|| {
        let first = request(3, 1);
        next_block();
        assert_eq!(drawn(first).len(), 1);
        assert_ok!(cancel(REQUESTER, first.deal));
        agree(first, 7);
        assert_eq!((progress(first.deal).completed, progress(first.deal).failed), (1, 2));
        assert_eq!(wealth(REQUESTER), ENDOWMENT - POOL_PRICE - APP_PRICE);
        next_block();
        assert!(matches!(Poco::task_view(TaskId { index: 1, ..first }), Some(TaskView::Ended(_))));
    });
}

#[test]
fn lets_the_pool_go_on_with_other_deals() {
    Chain::of(1).execute(|| {
        let (cancelled, other) = (request(5, 1), request(1, 1));
        next_block();
        assert_ok!(cancel(REQUESTER, cancelled.deal));
        agree(cancelled, 7);
        next_block();
        agree(other, 7);
        next_block();
        assert_eq!(Poco::pool_standing(POOL).waiting, 0);
    });
}

#[test]
fn is_refused_where_there_is_nothing_to_cancel_and_to_others() {
    Chain::of(1).execute(|| {
        assert_noop!(cancel(REQUESTER, DealId(0)), Error::<Test>::UnknownDeal);
        let task = request(1, 1);
        assert_noop!(cancel(REQUESTER, task.deal), Error::<Test>::NotTakenIn);
        next_block();
        assert_noop!(cancel(OPERATOR, task.deal), Error::<Test>::NotThePayer);
        assert_noop!(cancel(REQUESTER, task.deal), Error::<Test>::NothingQueued);
    });
}
