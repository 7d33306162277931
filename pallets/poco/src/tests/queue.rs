//! What waits for workers, and does so no longer than it has to.

use crate::{mock::*, Places, Queues, Records, Waiting, Work};
use frame_support::{assert_noop, assert_ok};
use talka_primitives::DealId;

/// What waits for the pool, in its order.
fn waiting() -> Vec<Work> {
    let ends = Queues::<Test>::get(BENCH).ends;
    (ends.head..ends.tail).map(|position| Waiting::<Test>::get(BENCH, position).unwrap()).collect()
}

fn cancel(deal: DealId) {
    assert_ok!(Poco::cancel_deal(RuntimeOrigin::signed(REQUESTER), deal));
    Poco::do_try_state().unwrap();
}

#[test]
fn of_a_pool_without_workers_keeps_nothing_that_has_ended() {
    Chain::of(0).execute(|| {
        let deadline = System::block_number() + LEAST;
        for _ in 0..3 {
            request_until(1, 1, deadline);
        }
        next_block();
        assert_eq!(waiting().len(), 3);
        run_to(deadline + 1);
        assert_eq!((waiting(), Waiting::<Test>::iter_keys().count()), (vec![], 0));
        assert_eq!(Places::<Test>::iter_keys().count(), 0);
    });
}

#[test]
fn keeps_no_task_that_has_ended_while_it_lacked_a_worker() {
    Chain::of(2).execute(|| {
        go_offline(WORKER + 1..WORKER + 2);
        let deadline = System::block_number() + LEAST_AUDITED;
        let task = request_until(1, 4, deadline);
        next_block();
        assert_ok!(commit(WORKER, task, 7));
        assert_ok!(Poco::go_offline(RuntimeOrigin::signed(WORKER)));
        next_block();
        assert_eq!(waiting(), [Work::Task(task)]);
        run_to(deadline + 1);
        assert_eq!((progress(task.deal).failed, waiting()), (1, vec![]));
    });
}

#[test]
fn moves_the_last_to_the_place_of_what_is_withdrawn_and_nobody_back() {
    Chain::of(0).execute(|| {
        let deals: Vec<_> = (0..4).map(|_| request(1, 1).deal).collect();
        next_block();
        let of = |places: &[usize]| places.iter().map(|at| Work::Deal(deals[*at])).collect::<Vec<_>>();
        assert_eq!(waiting(), of(&[0, 1, 2, 3]));
        cancel(deals[1]);
        assert_eq!(waiting(), of(&[0, 3, 2]));
        cancel(deals[2]);
        assert_eq!(waiting(), of(&[0, 3]));
        cancel(deals[0]);
        cancel(deals[3]);
        assert_eq!(waiting(), []);
    });
}

#[test]
fn goes_with_a_pool_that_is_withdrawn_and_so_does_its_record() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        let withdraw = || Marketplace::withdraw_pool(RuntimeOrigin::signed(OPERATOR), POOL);
        assert_noop!(withdraw(), talka_pallet_marketplace::Error::<Test>::InUse);
        super::agreement::agree(task, 7);
        assert_noop!(withdraw(), talka_pallet_marketplace::Error::<Test>::NotEmpty);
        assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(WORKER)));
        next_block();
        assert_ok!(withdraw());
        assert!(!Records::<Test>::contains_key(POOL) && !Queues::<Test>::contains_key(BENCH));
        assert!(!crate::Classes::<Test>::contains_key(BENCH));
        assert_eq!(Poco::pool_standing(POOL), Default::default());
        check().unwrap();
        // What was bought of it is remembered as before.
        assert_eq!(progress(task.deal).completed, 1);
    });
}
