use super::agreement::agree;
use crate::{mock::*, Event, Workers};
use frame_support::assert_ok;
use talka_primitives::task::DeclineReason;

#[test]
fn is_replaced_at_once_and_fined_when_others_have_delivered() {
    Chain::of(2).bonded(WORKER, BOND, 100).bonded(WORKER + 1, BOND, 100).execute(|| {
        let task = request(1, 1);
        next_block();
        let absent = drawn(task)[0];
        let before = ledger(absent);
        // It is alive, but its time is over.
        let end = System::block_number() + RUN_TIME + GRACE;
        while System::block_number() < end {
            run_to(System::block_number() + 1);
            let _ = Poco::heartbeat(RuntimeOrigin::signed(absent));
        }
        assert_eq!(drawn(task), [absent]);
        next_block();
        System::assert_has_event(Event::WorkerAbsent { task, worker: absent }.into());
        System::assert_has_event(Event::WorkerOffline { worker: absent }.into());
        assert_eq!((merit(absent), locked(absent)), (left_of(&before), STAKE));
        let other = drawn(task);
        assert!(other.len() == 1 && other[0] != absent);
        agree(task, 7);
        assert_eq!(wealth(absent), ENDOWMENT - VALUE / 10);
        assert_eq!(merit(absent), left_of(&before) - 10 * VALUE);
        assert_eq!(locked(absent), 0);
    });
}

#[test]
fn costs_nothing_where_nobody_can_finish_the_task() {
    let reputed = |chain: Chain, who| chain.bonded(who, BOND, 50);
    (WORKER..WORKER + 3).fold(Chain::of(3), reputed).execute(|| {
        // One commits at once, as one does that knows the result. The others never come to the end of it, and of one the decline is
        // not in a block in time.
        let task = request(1, 4);
        next_block();
        let swift = drawn(task)[0];
        assert_ok!(commit(swift, task, 7));
        let mut declined = 0;
        while progress(task.deal).failed == 0 {
            if let (Some(who), 0) = (drawn(task).first(), declined) {
                assert_ok!(Poco::decline(RuntimeOrigin::signed(*who), task, DeclineReason::OutOfTime));
                declined += 1;
            }
            next_block();
        }
        assert_eq!((declined, wealth(OPERATOR)), (1, ENDOWMENT));
        for who in WORKER..WORKER + 3 {
            assert_eq!((wealth(who), locked(who)), (ENDOWMENT, 0));
            assert_eq!(merit(who), left_of(&ledger(who)));
        }
        assert!((WORKER..WORKER + 3).all(|who| ledger(who).merit.0 == 50 * VALUE));
    });
}

#[test]
fn is_found_out_by_missed_heartbeats() {
    Chain::of(2).execute(|| {
        let task = request(1, 1);
        next_block();
        let absent = drawn(task)[0];
        let since = System::block_number();
        run_to(since + 3 * HEARTBEAT + 1);
        assert!(since + 3 * HEARTBEAT + 1 < since + RUN_TIME);
        assert!(!drawn(task).contains(&absent));
        agree(task, 7);
    });
}

#[test]
fn is_not_who_gives_signs_of_life() {
    Chain::of(2).execute(|| {
        let task = request(1, 1);
        next_block();
        let who = drawn(task)[0];
        let since = System::block_number();
        while System::block_number() < since + RUN_TIME {
            run_to(System::block_number() + HEARTBEAT);
            assert_ok!(Poco::heartbeat(RuntimeOrigin::signed(who)));
        }
        assert_eq!(drawn(task), [who]);
        agree(task, 7);
        assert!(Workers::<Test>::get(who).unwrap().online);
    });
}

#[test]
fn keeps_it_from_being_drawn_until_it_says_so() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        run_to(System::block_number() + RUN_TIME + GRACE + 5);
        assert!(drawn(task).is_empty());
        // It had the task before: another must do it, and there is none.
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 1, Default::default()));
        next_block();
        assert!(drawn(task).is_empty());
        let second = request(1, 1);
        next_block();
        assert_eq!(drawn(second), [WORKER]);
    });
}
