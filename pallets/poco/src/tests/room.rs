//! What blocks without room for duties do to who owes them.

use super::agreement::{agree, until_revealing};
use crate::{mock::*, Event, FullBlocks, Tasks};
use frame_support::{
    assert_noop, assert_ok,
    dispatch::DispatchClass::{self, Mandatory, Normal, Operational},
    traits::Get as _,
    weights::Weight,
};
use frame_system::{
    limits::{BlockLength, BlockWeights},
    BlockSize, BlockWeight,
};
use talka_primitives::task::Phase;

fn weights() -> BlockWeights {
    <Test as frame_system::Config>::BlockWeights::get()
}

/// Blocks, each of which is filled by calls of a class.
fn full_of(class: DispatchClass, blocks: u32) {
    for _ in 0..blocks {
        let all = weights().max_block;
        BlockWeight::<Test>::mutate(|used| used.set(all, class));
        next_block();
        BlockWeight::<Test>::kill();
    }
}

/// Blocks without room.
fn full(blocks: u32) {
    full_of(Operational, blocks);
}

#[test]
fn is_taken_by_duties_in_work_and_in_bytes_and_by_nothing_else() {
    Chain::of(0).execute(|| {
        full_of(Normal, 3);
        full_of(Mandatory, 3);
        assert_eq!(FullBlocks::<Test>::get(), 0);
        full(2);
        assert_eq!(FullBlocks::<Test>::get(), 2);
        let length: BlockLength = <Test as frame_system::Config>::BlockLength::get();
        BlockSize::<Test>::put(*length.max.get(Operational));
        next_block();
        BlockSize::<Test>::kill();
        next_block();
        assert_eq!(FullBlocks::<Test>::get(), 3);
    });
}

#[test]
fn is_there_while_one_more_batch_fits() {
    Chain::of(0).execute(|| {
        let weights = weights();
        let base = weights.get(Operational).base_extrinsic;
        let limit = weights.max_block - BlockShare::get() * weights.max_block;
        let most = limit - base - Poco::largest_duty();
        for (used, full) in [(most, 0), (most + Weight::from_parts(1, 0), 1)] {
            BlockWeight::<Test>::mutate(|all| all.set(used, Operational));
            next_block();
            assert_eq!(FullBlocks::<Test>::get(), full);
        }
    });
}

#[test]
fn lets_a_worker_commit_when_there_was_none_until_its_time_was_over() {
    Chain::of(2).execute(|| {
        let task = request(1, 1);
        next_block();
        let who = drawn(task)[0];
        let end = System::block_number() + RUN_TIME + GRACE;
        full(RUN_TIME + GRACE);
        full(100);
        assert!(System::block_number() > end);
        assert_eq!(drawn(task), [who], "it was counted as absent");
        assert_ok!(commit(who, task, 7));
        agree(task, 7);
        assert!(wealth(who) > ENDOWMENT);
    });
}

#[test]
fn counts_again_when_there_is_some() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        let who = drawn(task)[0];
        full(50);
        let last = System::block_number() + RUN_TIME + GRACE;
        while System::block_number() < last {
            run_to(System::block_number() + 1);
            let _ = Poco::heartbeat(RuntimeOrigin::signed(who));
        }
        assert_eq!(drawn(task), [who], "it has its whole time in blocks with room");
        next_block();
        System::assert_has_event(Event::WorkerAbsent { task, worker: who }.into());
    });
}

#[test]
fn is_needed_for_heartbeats_to_be_missed() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        let who = drawn(task)[0];
        full(3 * HEARTBEAT + 1);
        assert_eq!(drawn(task), [who]);
        run_to(System::block_number() + 3 * HEARTBEAT);
        assert_eq!(drawn(task), [who]);
        next_block();
        assert!(drawn(task).is_empty(), "it gave no sign of life in blocks that had room");
    });
}

#[test]
fn keeps_the_stake_of_who_could_not_reveal() {
    Chain::default().execute(|| {
        let task = request(1, 4);
        next_block();
        for who in drawn(task) {
            assert_ok!(commit(who, task, 7));
        }
        until_revealing(task, 7);
        let who: Vec<_> =
            Tasks::<Test>::get(task).unwrap().contributions.into_iter().map(|c| c.worker).collect();
        full(3 * REVEAL_PERIOD);
        assert!(matches!(Tasks::<Test>::get(task).unwrap().phase, Phase::Revealing { .. }));
        for one in &who {
            assert_ok!(reveal(*one, task, 7));
        }
        assert_eq!(progress(task.deal).completed, 1);
        assert!(who.into_iter().all(|who| wealth(who) >= ENDOWMENT && locked(who) == 0));
    });
}

#[test]
fn puts_off_the_deadline_of_what_was_begun() {
    Chain::of(1).execute(|| {
        let task = request_until(1, 1, System::block_number() + LEAST);
        next_block();
        let who = drawn(task)[0];
        full(2 * LEAST);
        assert_ok!(commit(who, task, 7));
        assert_ok!(reveal(who, task, 7));
        assert_eq!((progress(task.deal).completed, held(OPERATOR)), (1, 0));
        assert_eq!(wealth(FUND), ENDOWMENT);
    });
}

#[test]
fn that_lacked_before_a_task_does_not_make_it_longer() {
    Chain::of(1).execute(|| {
        full(200);
        let task = request(1, 1);
        next_block();
        let who = drawn(task)[0];
        // The hook is not run: it would have replaced the worker.
        System::set_block_number(System::block_number() + RUN_TIME + GRACE + 1);
        assert_noop!(commit(who, task, 7), crate::Error::<Test>::TooLate);
        run_to(System::block_number() + 1);
    });
}

#[test]
fn is_what_jurors_are_given_time_by() {
    Chain::of(2).execute(|| {
        let task = request(1, 4);
        next_block();
        for (who, result) in drawn(task).into_iter().zip([7, 8]) {
            assert_ok!(commit(who, task, result));
        }
        draw_lots();
        full(RUN_TIME + GRACE + 1);
        assert!(Fines::get().is_empty(), "jurors were fined for blocks that were full");
        for juror in JURORS {
            assert_ok!(commit(juror, task, 7));
        }
        full(REVEAL_PERIOD + 1);
        for juror in JURORS {
            assert_ok!(reveal(juror, task, 7));
        }
        assert!(Fines::get().is_empty());
        assert_eq!(progress(task.deal).completed, 1);
    });
}
