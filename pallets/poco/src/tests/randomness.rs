//! Who draws: never one validator alone, where there are two.

use super::agreement::{agree_on, phase};
use crate::{mock::*, Event, LastAuthored, LotQueue, Lots, Tasks};
use frame_support::assert_ok;
use sp_runtime::Perbill;
use talka_primitives::{audit, task::Phase, Rate, TaskId};

/// Two validators.
const ONE: u64 = 1;
const OTHER: u64 = 2;

/// The next block, made by one of them.
fn block_by(author: u64) {
    Author::set(Some(author));
    next_block();
}

/// A chain with one worker, seasoned, that may work alone.
fn alone() -> Chain {
    Chain::of(4).bonded(WORKER, 40 * POOL_PRICE * 100, 2_000).passed(WORKER)
}

/// A task on which a worker that works alone has just agreed with itself, in the present block.
fn agreed() -> TaskId {
    loop {
        let task = request(1, 4);
        next_block();
        let who = drawn(task);
        for who in &who {
            assert_ok!(commit(*who, task, 7));
        }
        if who == [WORKER] {
            return task;
        }
        agree_on(task, 7);
    }
}

/// Such a task for which the outputs of the next authors are as wanted. Those before it are done.
fn agreed_where(wanted: impl Fn(TaskId) -> bool) -> TaskId {
    for _ in 0..2_000 {
        let task = agreed();
        if wanted(task) {
            return task;
        }
        Author::set(None);
        agree_on(task, 7);
    }
    panic!("it never happens");
}

/// Whether the lot of an author's output hits that makes the block that is so far away.
fn hits(task: TaskId, author: u64, blocks: u32, turn: audit::Turn) -> bool {
    use sp_runtime::traits::{BlakeTwo256, Hash as _};
    let output = BlakeTwo256::hash_of(&(author, System::block_number() + blocks, Luck::get()));
    audit::hits(&audit::lot(talka_primitives::seed::Output(output.into()), task), Rate(500), turn)
}

fn is_agreed(task: TaskId) -> bool {
    matches!(phase(task), Phase::Agreed { .. })
}

#[test]
fn draws_no_worker_where_one_validator_has_made_both_blocks() {
    Chain::of(3).execute(|| {
        block_by(ONE);
        let task = request(1, 4);
        block_by(ONE);
        block_by(ONE);
        assert!(drawn(task).is_empty());
        assert_eq!(progress(task.deal).queued, 1, "it was taken in nevertheless");
        block_by(OTHER);
        assert_eq!(drawn(task).len(), 2);
    });
}

#[test]
fn draws_in_each_block_of_a_chain_with_one_validator() {
    alone().execute(|| {
        IsSole::set(true);
        block_by(ONE);
        let task = request(1, 4);
        block_by(ONE);
        let who = drawn(task);
        assert!(!who.is_empty());
        for who in who {
            assert_ok!(commit(who, task, 7));
        }
        block_by(ONE);
        block_by(ONE);
        assert!(!is_agreed(task));
    });
}

#[test]
fn draws_nothing_in_a_block_after_one_without_an_author() {
    Chain::of(3).execute(|| {
        block_by(ONE);
        let task = request(1, 4);
        LastAuthored::<Test>::kill();
        block_by(OTHER);
        assert!(drawn(task).is_empty());
        block_by(ONE);
        assert_eq!(drawn(task).len(), 2);
    });
}

#[test]
fn another_output_of_either_author_draws_other_workers() {
    let drawn_with = |luck: [u64; 2]| {
        Chain::of(100).execute(|| {
            Luck::set(luck[0]);
            block_by(ONE);
            let task = request(1, 1_000);
            Luck::set(luck[1]);
            block_by(OTHER);
            drawn(task)
        })
    };
    let drawn = [[1, 1], [1, 2], [2, 1]].map(drawn_with);
    assert!(drawn[0] != drawn[1] && drawn[0] != drawn[2] && drawn[1] != drawn[2]);
}

#[test]
fn one_author_can_have_a_result_audited_and_cannot_spare_it() {
    alone().execute(|| {
        // The one that makes the next block knows that it spares, the other one's output hits.
        let task = agreed_where(|task| {
            !hits(task, ONE, 1, audit::Turn::First) && hits(task, OTHER, 2, audit::Turn::Second)
        });
        block_by(ONE);
        assert!(is_agreed(task), "one author spares nothing");
        block_by(OTHER);
        assert!(matches!(phase(task), Phase::Audit { .. }));
        agree_on(task, 7);
    });
    alone().execute(|| {
        let task = agreed_where(|task| hits(task, ONE, 1, audit::Turn::First));
        block_by(ONE);
        System::assert_has_event(Event::AuditBegun { task }.into());
        Author::set(None);
        agree_on(task, 7);
    });
}

#[test]
fn the_second_lot_is_another_validator_s_whatever_blocks_are_between() {
    alone().execute(|| {
        let task = agreed_where(|task| {
            let spares = |author, blocks, turn| !hits(task, author, blocks, turn);
            spares(ONE, 1, audit::Turn::First) && spares(OTHER, 4, audit::Turn::Second)
        });
        // Three blocks by the validator that has drawn first: it draws no second time.
        for _ in 0..3 {
            block_by(ONE);
            assert!(is_agreed(task));
            assert_eq!(Lots::<Test>::iter_prefix_values(LotQueue::Spared).count(), 1);
        }
        block_by(OTHER);
        assert!(matches!(phase(task), Phase::Revealing { .. }));
        agree_on(task, 7);
    });
}

#[test]
fn a_spared_result_is_shown_one_block_later_than_its_second_lot_and_an_audited_one_is_not_later() {
    alone().execute(|| {
        let spares = |task, blocks, turn| {
            let author = u64::from((System::block_number() + blocks) % 2);
            !hits(task, author, blocks, turn)
        };
        let is_spared = |task| spares(task, 1, audit::Turn::First) && spares(task, 2, audit::Turn::Second);
        let task = agreed_where(is_spared);
        let agreed = System::block_number();
        while is_agreed(task) {
            next_block();
        }
        assert_eq!(System::block_number(), agreed + 2);
        assert_ok!(reveal(WORKER, task, 7));
        assert_eq!(progress(task.deal).completed, 1);

        // By the second lot: the auditor is drawn in the same hook.
        let task =
            agreed_where(|task| spares(task, 1, audit::Turn::First) && !spares(task, 2, audit::Turn::Second));
        let agreed = System::block_number();
        while drawn(task).is_empty() {
            next_block();
        }
        assert_eq!(System::block_number(), agreed + 2);
        agree_on(task, 7);
    });
    // What is always audited waits for no lot.
    Chain::of(3).execute(|| {
        let task = request(1, 4);
        next_block();
        for who in drawn(task) {
            assert_ok!(commit(who, task, 7));
        }
        let agreed = System::block_number();
        next_block();
        assert_eq!((drawn(task).len(), System::block_number()), (1, agreed + 1));
        agree_on(task, 7);
    });
}

/// A disputed task.
fn disputed() -> TaskId {
    let task = request(1, 4);
    next_block();
    let [liar, honest] = drawn(task)[..] else { panic!("two are drawn") };
    assert_ok!(commit(liar, task, 66));
    assert_ok!(commit(honest, task, 7));
    task
}

fn has_jury(task: TaskId) -> bool {
    Tasks::<Test>::get(task).unwrap().jury.is_some()
}

#[test]
fn a_jury_is_drawn_by_two_authors_after_the_dispute() {
    Chain::default().execute(|| {
        let task = disputed();
        next_block();
        // The author of the block of the dispute has a part in what could be drawn now.
        assert!(!has_jury(task));
        next_block();
        assert!(has_jury(task));
    });
}

#[test]
fn a_jury_waits_while_one_validator_makes_the_blocks() {
    Chain::default().execute(|| {
        let task = disputed();
        for _ in 0..5 {
            block_by(ONE);
            assert!(!has_jury(task));
        }
        block_by(OTHER);
        assert!(has_jury(task));
    });
}

#[test]
fn another_output_of_either_author_seats_another_jury() {
    let seated_with = |luck: [u64; 2]| {
        Chain::default().execute(|| {
            Sitting::set((200..300).collect());
            let task = disputed();
            Luck::set(luck[0]);
            block_by(ONE);
            Luck::set(luck[1]);
            block_by(OTHER);
            let jury = Tasks::<Test>::get(task).unwrap().jury.unwrap();
            jury.seats.iter().map(|juror| juror.who).collect::<Vec<_>>()
        })
    };
    let seated = [[1, 1], [1, 2], [2, 1]].map(seated_with);
    assert!(seated[0] != seated[1] && seated[0] != seated[2] && seated[1] != seated[2]);
}

#[test]
fn what_does_not_fit_into_a_block_waits_for_its_lot_in_order() {
    Chain::of(6).execute(|| {
        let tasks = request(3, 4);
        next_block();
        let tasks: Vec<_> = (0..3).map(|index| TaskId { index, ..tasks }).collect();
        for task in &tasks {
            for who in drawn(*task) {
                assert_ok!(commit(who, *task, 7));
            }
        }
        let waiting = || Lots::<Test>::iter_prefix_values(LotQueue::Agreed).count();
        assert_eq!(waiting(), 3);
        BlockShare::set(Perbill::zero());
        for _ in 0..3 {
            next_block();
            assert_eq!(waiting(), 3);
        }
        BlockShare::set(Perbill::from_percent(25));
        next_block();
        assert_eq!(waiting(), 0);
        for task in tasks {
            agree_on(task, 7);
        }
    });
}
