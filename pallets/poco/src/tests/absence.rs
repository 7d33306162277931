use super::agreement::agree;
use crate::{mock::*, Event, Workers};
use frame_support::assert_ok;

#[test]
fn is_fined_and_replaced_at_once() {
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
        assert_eq!(wealth(absent), ENDOWMENT - STAKE / 10);
        assert_eq!(merit(absent), left_of(&before) - 10 * POOL_PRICE);
        assert_eq!(locked(absent), 0);
        let other = drawn(task);
        assert!(other.len() == 1 && other[0] != absent);
        agree(task, 7);
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
