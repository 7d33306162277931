//! How much Proof of Contribution the chain carries: what its weights and the parts of its hook come to. The document about it
//! has these numbers.

use crate::{
    constants::{block, consensus, market},
    weights::{BlockBase, ExtrinsicBase},
    Poco, Runtime,
};
use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_MICROS, Weight};
use talka_pallet_poco::{WeightInfo, DRAW_FLOORS, STAGE_FLOORS};
use talka_primitives::{
    budget::Budget,
    jury::{DEFAULT_JURORS, MAX_JURORS},
    task::{MAX_CONTRIBUTIONS, MAX_SLOTS},
};

type Costs = <Runtime as talka_pallet_poco::Config>::WeightInfo;

const DOCUMENT: &str = include_str!("../../../docs/protocol/capacity.md");

/// The stages of the hook, in their order.
const DUE: usize = 0;
const LOTS: usize = 1;
const JURIES: usize = 2;
const FORGETTING: usize = 3;
const INTAKE: usize = 4;
const DRAWS: usize = 5;
/// The lines of benches.
const AUDITORS: usize = 0;
const FIRST: usize = 1;

/// More than the extensions of a transaction take.
const EXTENSIONS: u64 = 500 * WEIGHT_REF_TIME_PER_MICROS;

/// What the stages of the hook share.
fn hook() -> u64 {
    (block::HOOK_SHARE * block::MAX_WEIGHT).saturating_sub(Costs::look_at_authors()).ref_time()
}

fn floor(stage: usize) -> u64 {
    STAGE_FLOORS[stage].of(hook().into()) as u64
}

fn line(line: usize) -> u64 {
    DRAW_FLOORS[line].of(floor(DRAWS).into()) as u64
}

fn sum(weights: impl IntoIterator<Item = (u32, Weight)>) -> u64 {
    weights.into_iter().map(|(times, weight)| weight.saturating_mul(times.into()).ref_time()).sum()
}

/// Tasks, each in a deal of its own, and what they need. Each worker has one slot, and is the second that is looked at.
#[derive(Clone, Copy)]
struct Load {
    tasks: u32,
    workers: u32,
    auditors: u32,
    lots: u32,
}

/// A worker each.
const UNVERIFIED: Load = Load { tasks: 1, workers: 1, auditors: 0, lots: 0 };
/// A worker each that works alone. One in twenty is audited; at most two lots for each.
const ALONE: Load = Load { tasks: 20, workers: 20, auditors: 1, lots: 40 };
/// Two workers and an auditor.
const PAIR: Load = Load { tasks: 1, workers: 2, auditors: 1, lots: 1 };

impl Load {
    fn times(self, number: u32) -> Self {
        let Self { tasks, workers, auditors, lots } = self;
        Self {
            tasks: number * tasks,
            workers: number * workers,
            auditors: number * auditors,
            lots: number * lots,
        }
    }

    /// What draws from a line of benches cost: `entries` entries of queues, `workers` draws, and `others` looks at workers that
    /// have the task already.
    fn draws(entries: u32, workers: u32, others: u32) -> u64 {
        sum([
            (u32::from(entries > 0), Costs::serve_bench()),
            (entries, Costs::take_entry()),
            (entries, Costs::store_draws()),
            (2 * workers + others, Costs::look_at_seat()),
            (workers, Costs::draw_worker()),
            (workers, Costs::move_seat()),
        ])
    }

    /// Whether the hook of one block can do it.
    fn fits(self) -> bool {
        let Self { tasks, workers, auditors, lots } = self;
        let looks = [
            (1, Costs::look_at_agenda()),
            // For each task its two limits, in which nothing is due any more, and the deadline of its deal, which is over.
            (3 * tasks + workers + auditors, Costs::look_at_appointment()),
            (tasks, Costs::pass_deadline()),
            (workers + auditors, Costs::look_at_worker(0)),
        ];
        let wanted = [
            sum(looks),
            sum([(1, Costs::look_for_lots()), (lots, Costs::draw_lot())]),
            0,
            sum([(tasks + 1, Costs::look_at_ending()), (tasks, Costs::forget_deal(1))]),
            sum([(1, Costs::look_for_deals()), (tasks, Costs::take_in_deal())]),
        ];
        let mut fits = true;
        let mut stages = Budget::new(hook(), STAGE_FLOORS);
        for wanted in wanted {
            stages.give(|most| {
                fits &= wanted <= most;
                wanted.min(most)
            });
        }
        stages.give(|most| {
            let mut lines = Budget::new(most, DRAW_FLOORS);
            for wanted in [Self::draws(auditors, auditors, 2 * auditors), Self::draws(tasks, workers, 0)] {
                lines.give(|most| {
                    fits &= wanted <= most;
                    wanted.min(most)
                });
            }
            0
        });
        fits
    }

    /// What the duties of its workers take of a block, where each sends one at a time.
    fn duties(self) -> u64 {
        let sent = |call: Weight, check: Weight| {
            let whole = call.saturating_add(check).saturating_add(ExtrinsicBase::get());
            whole.ref_time() + EXTENSIONS
        };
        let each =
            sent(Costs::commit(1), Costs::check_commit(1)) + sent(Costs::reveal(1), Costs::check_reveal(1));
        let (nobody, one) = (Costs::settle(0, 0), Costs::settle(1, 0));
        let settled = sum([(self.tasks, nobody), (self.workers + self.auditors, one.saturating_sub(nobody))]);
        u64::from(self.workers + self.auditors) * each + settled
    }

    /// How many such tasks begin, are executed and end in each block, all the time.
    fn settled(self) -> u64 {
        let hook = (1u32..).take_while(|number| self.times(*number).fits()).last().unwrap_or(0);
        let rest = block::MAX_WEIGHT
            .saturating_sub(BlockBase::get())
            .saturating_sub(block::HOOK_SHARE * block::MAX_WEIGHT)
            .saturating_sub(Poco::largest_duty());
        u64::from(hook).min(rest.ref_time() / self.duties()) * u64::from(self.tasks)
    }
}

/// Of the due part of the hook, half is for workers that execute something: each is looked at once while three heartbeats are due.
fn workers_with_tasks() -> u64 {
    let look = Costs::look_at_appointment().saturating_add(Costs::look_at_worker(0));
    floor(DUE) / 2 * u64::from(3 * market::HEARTBEAT_PERIOD) / look.ref_time()
}

/// With a space between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(" ")
}

/// The last column of the table's row that begins with these words.
fn documented(beginning: &str) -> &'static str {
    let row = DOCUMENT.lines().find(|line| line.starts_with(&format!("| {beginning}")));
    let row = row.unwrap_or_else(|| panic!("no row begins with {beginning:?}"));
    row.trim_end_matches('|').rsplit('|').next().expect("a row has columns").trim()
}

#[test]
fn is_what_the_document_says() {
    let end = Costs::settle(2, 0).ref_time();
    let expired = sum([
        (1, Costs::look_at_appointment()),
        (1, Costs::keep_appointment(2, 2)),
        (1, Costs::settle(2, 0)),
    ]);
    let jury = sum([(1, Costs::look_for_jurors(21)), (1, Costs::seat_jury(DEFAULT_JURORS))]);
    let most_of_a_jury = Costs::look_for_jurors(200).ref_time() + end;
    let late_deal = sum([(1, Costs::look_for_deals()), (1, Costs::expire_deal())]);
    let forgotten = sum([(1, Costs::look_at_ending()), (1, Costs::forget_deal(1))]);
    let large_bag = sum([(1, Costs::look_at_ending()), (1, Costs::forget_deal(0))]);
    let numbers = [
        ("tasks settled in each block, at trust 1", UNVERIFIED.settled()),
        ("tasks settled in each block, by workers that work alone", ALONE.settled()),
        ("tasks settled in each block, by two workers and an auditor", PAIR.settled()),
        ("workers with tasks", workers_with_tasks()),
        ("open tasks", workers_with_tasks() * u64::from(MAX_SLOTS)),
        ("deals taken in", (floor(INTAKE) - late_deal) / Costs::take_in_deal().ref_time()),
        ("lots drawn", (floor(LOTS) - end) / Costs::draw_lot().ref_time()),
        ("tasks ended whose two workers are absent", floor(DUE) / expired),
        ("juries drawn", (floor(JURIES) - most_of_a_jury) / jury),
        ("deals of one task forgotten", floor(FORGETTING) / forgotten),
        (
            "tasks of a large bag forgotten",
            (floor(FORGETTING) - large_bag) / Costs::forget_outcome().ref_time(),
        ),
        ("tasks begun", line(FIRST) / (Load::draws(1, 1, 0) - Costs::serve_bench().ref_time())),
    ];
    for (what, number) in numbers {
        println!("CAPACITY {what}: {}", grouped(number));
    }
    for (what, number) in numbers {
        assert_eq!(documented(what), grouped(number), "{what}");
    }
}

#[test]
fn has_room_for_the_largest_item_of_each_stage() {
    let largest = Costs::settle(MAX_CONTRIBUTIONS, MAX_JURORS);
    let due = sum([
        (1, Costs::look_at_appointment()),
        (1, Costs::keep_appointment(MAX_CONTRIBUTIONS, MAX_CONTRIBUTIONS)),
        (1, largest),
    ]);
    assert!(due <= floor(DUE), "{due}");
    assert!(Costs::look_at_worker(MAX_SLOTS.into()).ref_time() <= floor(DUE));
    let lot = sum([(1, Costs::look_for_lots()), (1, Costs::draw_lot()), (1, largest)]);
    assert!(lot <= floor(LOTS), "{lot}");
    let validators = Costs::look_for_jurors(consensus::MAX_SEATS);
    let jury = sum([(1, validators), (1, largest.max(Costs::seat_jury(MAX_JURORS)))]);
    assert!(jury <= floor(JURIES), "{jury}");
    let forgotten = sum([(1, Costs::look_at_ending()), (1, Costs::forget_deal(1))]);
    assert!(forgotten <= floor(FORGETTING), "{forgotten}");
    let deal = sum([(1, Costs::look_for_deals()), (1, Costs::take_in_deal()), (1, Costs::expire_deal())]);
    assert!(deal <= floor(INTAKE), "{deal}");
    // As many are forgotten as can be taken in: otherwise a flood of deals would stay.
    assert!(floor(FORGETTING) / forgotten >= floor(INTAKE) / Costs::take_in_deal().ref_time());
    // Many times: a look, and what may follow from it.
    let draw = sum([
        (1, Costs::serve_bench()),
        (1, Costs::take_entry()),
        (1, Costs::look_at_seat()),
        (2, Costs::move_seat()),
        (1, Costs::store_draws()),
    ]);
    for at in [AUDITORS, FIRST, 2] {
        assert!(10 * draw <= line(at), "{draw}");
    }
}

#[test]
fn gives_each_stage_a_part_and_all_together_no_more_than_there_is() {
    for floors in [&STAGE_FLOORS[..], &DRAW_FLOORS[..]] {
        assert!(floors.iter().all(|share| share.0 > 0));
        assert!(floors.iter().map(|share| u32::from(share.0)).sum::<u32>() <= 100);
    }
}
