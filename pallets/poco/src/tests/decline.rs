use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use talka_primitives::task::{DeclineReason::AppUnavailable, Failure};

#[test]
fn costs_nothing_and_brings_another_worker() {
    Chain::of(2).execute(|| {
        let task = request(1, 1);
        next_block();
        let who = drawn(task)[0];
        assert_ok!(Poco::decline(RuntimeOrigin::signed(who), task, AppUnavailable));
        assert_eq!((wealth(who), locked(who)), (ENDOWMENT, 0));
        next_block();
        assert_ne!(drawn(task)[0], who);
        super::agreement::agree(task, 7);
    });
}

#[test]
fn of_three_ends_the_task_with_a_refund() {
    Chain::of(5).execute(|| {
        let task = request(1, 1);
        for _ in 0..3 {
            next_block();
            let who = drawn(task)[0];
            assert_ok!(Poco::decline(RuntimeOrigin::signed(who), task, AppUnavailable));
        }
        System::assert_has_event(
            Event::TaskFailed { task, reason: Failure::Declined(AppUnavailable) }.into(),
        );
        assert_eq!(progress(task.deal).failed, 1);
        assert_eq!([wealth(REQUESTER), wealth(OPERATOR)], [ENDOWMENT; 2]);
        assert_eq!(held(OPERATOR), 0);
    });
}

#[test]
fn is_refused_to_others_and_after_the_commitment() {
    Chain::of(2).execute(|| {
        let task = request(1, 1);
        next_block();
        let who = drawn(task)[0];
        let decline = |who| Poco::decline(RuntimeOrigin::signed(who), task, AppUnavailable);
        assert_noop!(decline(REQUESTER), Error::<Test>::NotAssigned);
        assert_ok!(commit(who, task, 7));
        assert_noop!(decline(who), Error::<Test>::AlreadyCommitted);
    });
}
