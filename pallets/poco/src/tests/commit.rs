use crate::{mock::*, Error, Event, Tasks};
use frame_support::{assert_noop, assert_ok, BoundedVec};
use talka_primitives::{task::Phase, DealId, TaskId};

#[test]
fn counts_equal_results_until_they_are_agreed_on() {
    Chain::default().execute(|| {
        let task = request(1, 4);
        next_block();
        let who = drawn(task);
        assert_eq!(who.len(), 2);
        assert_ok!(commit(who[0], task, 7));
        assert_eq!(Tasks::<Test>::get(task).unwrap().phase, Phase::Active);
        assert_ok!(commit(who[1], task, 7));
        assert!(matches!(Tasks::<Test>::get(task).unwrap().phase, Phase::Agreed { .. }));
        System::assert_has_event(Event::Committed { task, worker: who[1] }.into());
    });
}

#[test]
fn carries_many_tasks() {
    Chain::of(2).slots(8).bonded(WORKER, 6 * LOCK, 0).bonded(WORKER + 1, 6 * LOCK, 0).execute(|| {
        let first = request(6, 4);
        next_block();
        for who in [WORKER, WORKER + 1] {
            let batch: Vec<_> =
                (0..6).map(|index| commitment(who, TaskId { index, ..first }, index as u8)).collect();
            assert_ok!(Poco::commit(RuntimeOrigin::signed(who), BoundedVec::truncate_from(batch)));
        }
        assert!(Tasks::<Test>::iter_values().all(|task| matches!(task.phase, Phase::Agreed { .. })));
    });
}

#[test]
fn is_refused_without_an_assignment() {
    Chain::default().execute(|| {
        let task = request(1, 1);
        assert_noop!(commit(WORKER, task, 7), Error::<Test>::UnknownTask);
        assert_noop!(commit(WORKER, TaskId { deal: DealId(9), index: 0 }, 7), Error::<Test>::UnknownTask);
        next_block();
        let other = (WORKER..).find(|who| !drawn(task).contains(who)).unwrap();
        assert_noop!(commit(other, task, 7), Error::<Test>::NotAssigned);
        assert_noop!(
            Poco::commit(RuntimeOrigin::signed(WORKER), BoundedVec::new()),
            Error::<Test>::EmptyBatch
        );
    });
}

#[test]
fn is_refused_twice() {
    Chain::default().execute(|| {
        let task = request(1, 4);
        next_block();
        let who = drawn(task)[0];
        assert_ok!(commit(who, task, 7));
        assert_noop!(commit(who, task, 8), Error::<Test>::AlreadyCommitted);
    });
}

#[test]
fn is_refused_after_the_task_has_ended() {
    Chain::default().execute(|| {
        let task = request(1, 1);
        next_block();
        let who = drawn(task)[0];
        super::agreement::agree(task, 7);
        assert_noop!(commit(who, task, 7), Error::<Test>::TaskEnded);
    });
}

#[test]
fn is_refused_too_late() {
    Chain::default().execute(|| {
        let task = request(1, 1);
        next_block();
        let who = drawn(task)[0];
        // The hook is not run: it would have replaced the worker.
        System::set_block_number(System::block_number() + RUN_TIME + GRACE + 1);
        assert_noop!(commit(who, task, 7), Error::<Test>::TooLate);
        run_to(System::block_number() + 1);
    });
}

#[test]
fn takes_effect_for_all_tasks_or_none() {
    Chain::of(1).slots(4).execute(|| {
        let first = request(2, 1);
        next_block();
        let batch = vec![
            commitment(WORKER, first, 7),
            commitment(WORKER, TaskId { index: 1, ..first }, 7),
            commitment(WORKER, TaskId { index: 5, ..first }, 7),
        ];
        assert_noop!(
            Poco::commit(RuntimeOrigin::signed(WORKER), BoundedVec::truncate_from(batch)),
            Error::<Test>::UnknownTask
        );
    });
}

#[test]
fn with_a_copied_seal_gains_nothing() {
    Chain::of(3).execute(|| {
        let task = request(1, 4);
        next_block();
        let [honest, copier] = drawn(task)[..] else { panic!("two are drawn") };
        assert_ok!(commit(honest, task, 7));
        let copy = commitment(honest, task, 7);
        assert_ok!(Poco::commit(RuntimeOrigin::signed(copier), BoundedVec::truncate_from(vec![copy])));
        super::agreement::until_revealing(task, 7);
        assert_noop!(reveal(copier, task, 7), Error::<Test>::WrongSeal);
        assert_ok!(reveal(honest, task, 7));
        run_to(System::block_number() + REVEAL_PERIOD + 1);
        assert_eq!(progress(task.deal).completed, 1);
        assert_eq!(wealth(copier), ENDOWMENT - VALUE);
    });
}

#[test]
fn frees_the_slot() {
    Chain::of(1).execute(|| {
        let first = request(2, 1);
        next_block();
        assert_eq!(drawn(first), [WORKER]);
        let second = TaskId { index: 1, ..first };
        assert!(drawn(second).is_empty());
        assert_ok!(commit(WORKER, first, 7));
        next_block();
        assert_eq!(drawn(second), [WORKER]);
    });
}
