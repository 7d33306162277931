use crate::{mock::*, Error, Event, Workers};
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
fn of_three_does_not_end_the_task() {
    Chain::of(4).execute(|| {
        let task = request(1, 1);
        for _ in 0..3 {
            next_block();
            assert_ok!(Poco::decline(RuntimeOrigin::signed(drawn(task)[0]), task, AppUnavailable));
        }
        next_block();
        super::agreement::agree(task, 7);
        assert_eq!(progress(task.deal).completed, 1);
    });
}

#[test]
fn of_what_others_deliver_brings_a_pause_in_the_end() {
    // Of two that differ nobody could tell which is lazy; of four one stands out.
    Chain::of(4).execute(|| {
        let online = || Workers::<Test>::get(WORKER).unwrap().online;
        let mut declines = 0;
        while online() {
            let task = request(1, 1);
            next_block();
            if drawn(task) == [WORKER] {
                assert_ok!(Poco::decline(RuntimeOrigin::signed(WORKER), task, AppUnavailable));
                declines += 1;
                next_block();
            }
            super::agreement::agree(task, 7);
            assert!(declines < 60, "it is never held against it");
        }
        assert!(declines > 4);
        let until = Workers::<Test>::get(WORKER).unwrap().paused_until;
        System::assert_has_event(Event::WorkerPaused { worker: WORKER, until }.into());
        let go_online = || Poco::go_online(RuntimeOrigin::signed(WORKER), 1, Default::default());
        assert_noop!(go_online(), Error::<Test>::Paused);
        // Nor does another pool help.
        assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(WORKER)));
        assert_ok!(Marketplace::join_pool(RuntimeOrigin::signed(WORKER), POOL, None));
        assert_noop!(go_online(), Error::<Test>::Paused);
        assert_eq!((wealth(WORKER), locked(WORKER)), (ENDOWMENT, 0));
        run_to(until);
        assert_ok!(go_online());
    });
}

#[test]
fn of_what_nobody_delivers_is_not_held_against_workers() {
    Chain::of(3).execute(|| {
        for _ in 0..6 {
            let task = request_until(1, 1, System::block_number() + LEAST);
            while progress(task.deal).failed == 0 {
                next_block();
                for who in drawn(task) {
                    assert_ok!(Poco::decline(RuntimeOrigin::signed(who), task, AppUnavailable));
                }
            }
        }
        for who in WORKER..WORKER + 3 {
            let worker = Workers::<Test>::get(who).unwrap();
            assert!(worker.online && worker.reliability == Default::default());
        }
    });
}

#[test]
fn of_five_ends_the_task_with_a_refund() {
    Chain::of(6).execute(|| {
        let task = request(1, 1);
        for _ in 0..5 {
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

/// A provider that serves its app only to its own workers pays them for it.
#[test]
fn of_what_half_of_the_pool_declines_is_held_against_nobody() {
    let others = [WORKER, WORKER + 1];
    Chain::of(4).execute(|| {
        for _ in 0..60 {
            let task = request(1, 1);
            next_block();
            while let Some(who) = drawn(task).into_iter().find(|who| others.contains(who)) {
                assert_ok!(Poco::decline(RuntimeOrigin::signed(who), task, AppUnavailable));
                next_block();
            }
            super::agreement::agree(task, 7);
        }
        let declined = |who| Workers::<Test>::get(who).unwrap().reliability.declined;
        assert!(others.iter().all(|who| declined(*who) > 4));
        assert!((WORKER..WORKER + 4).all(|who| Workers::<Test>::get(who).unwrap().online));
    });
}
