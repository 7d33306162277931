//! What calls and steps of the hook cost.
//!
//! Provisional: the database accesses are counted in the code, the computing time is a generous estimate. Weights
//! measured by `frame-benchmarking` replace them; the functions' parameters are those that the cost depends on.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};
use talka_primitives::{jury::MAX_JURORS, task::MAX_CONTRIBUTIONS};

/// What calls and steps of the hook cost.
pub trait WeightInfo {
    /// `go_online`.
    fn go_online() -> Weight;
    /// `go_offline`.
    fn go_offline() -> Weight;
    /// `heartbeat`.
    fn heartbeat() -> Weight;
    /// `commit` of `n` results.
    fn commit(n: u32) -> Weight;
    /// `reveal` of `n` digests, each of which settles a task with `s` contributions and `j` jurors.
    fn reveal(n: u32, s: u32, j: u32) -> Weight;
    /// `decline`, with the refund that the last of many brings.
    fn decline() -> Weight;
    /// `cancel_deal`.
    fn cancel_deal() -> Weight;
    /// Find out whether a heartbeat is due.
    fn check_heartbeat() -> Weight;
    /// Find out whether `n` commitments are awaited.
    fn check_commit(n: u32) -> Weight;
    /// Find out whether `n` digests are asked for.
    fn check_reveal(n: u32) -> Weight;
    /// Find out whether a task can be declined.
    fn check_decline() -> Weight;
    /// At the end of a block, find out whether it had room for duties.
    fn count_room() -> Weight;
    /// Find that a block has no appointment.
    fn look_at_agenda() -> Weight;
    /// Keep one appointment, with all that may follow from it.
    fn keep_appointment() -> Weight;
    /// See whether there are new deals.
    fn look_for_deals() -> Weight;
    /// Take in a new deal.
    fn take_in_deal() -> Weight;
    /// See who has made this block and its parent, and remember it.
    fn look_at_authors() -> Weight;
    /// See whether something waits for its lot.
    fn look_for_lots() -> Weight;
    /// Draw one lot, and do what follows.
    fn draw_lot() -> Weight;
    /// Draw a jury out of so many validators.
    fn draw_jury(validators: u32) -> Weight;
    /// Look at one bench.
    fn serve_bench() -> Weight;
    /// Take one entry of a queue and draw for it, up to `n` times.
    fn draw(n: u32) -> Weight;
}

/// Counted accesses, at the database's price.
pub struct CountedAccesses<T>(PhantomData<T>);

/// Largest records: a task with all its contributions, and a pool's classes.
const PROOF: u64 = 8 * 1024;

impl<T: frame_system::Config> CountedAccesses<T> {
    fn cost(micros: u64, reads: u64, writes: u64) -> Weight {
        Weight::from_parts(micros.saturating_mul(1_000_000), reads.saturating_mul(PROOF))
            .saturating_add(T::DbWeight::get().reads_writes(reads, writes))
    }

    /// Paying, unlocking and judging one contributor.
    fn settle_one() -> Weight {
        Self::cost(15, 7, 6)
    }

    /// Dismissing one juror, and paying or fining it.
    fn settle_juror() -> Weight {
        Self::cost(5, 3, 2)
    }
}

impl<T: frame_system::Config> WeightInfo for CountedAccesses<T> {
    fn go_online() -> Weight {
        Self::cost(40, 8, 8)
    }
    fn go_offline() -> Weight {
        Self::cost(20, 4, 5)
    }
    fn heartbeat() -> Weight {
        Self::cost(10, 1, 1)
    }
    fn commit(n: u32) -> Weight {
        // The worker, its ledger and its seats once; the task, its queue, lot or appointment for each.
        Self::cost(20, 10, 10).saturating_add(Self::cost(20, 5, 5).saturating_mul(n.into()))
    }
    fn reveal(n: u32, s: u32, j: u32) -> Weight {
        let settlement = Self::cost(30, 8, 8)
            .saturating_add(Self::settle_one().saturating_mul(s.into()))
            .saturating_add(Self::settle_juror().saturating_mul(j.into()));
        Self::cost(10, 1, 1)
            .saturating_add(Self::cost(25, 3, 3).saturating_mul(n.into()))
            .saturating_add(settlement.saturating_mul(n.into()))
    }
    fn decline() -> Weight {
        Self::keep_appointment()
    }
    fn cancel_deal() -> Weight {
        // The deal and its state; balance and holds of payer and operator.
        Self::cost(25, 8, 6)
    }
    fn check_heartbeat() -> Weight {
        Self::cost(5, 1, 0)
    }
    fn check_commit(n: u32) -> Weight {
        // The worker, its summons, for whom it acts and the summons of that one, its bond, the blocks without room; each task is
        // decoded, and the course of its life tried.
        Self::cost(10, 6, 0).saturating_add(Self::cost(25, 2, 0).saturating_mul(n.into()))
    }
    fn check_reveal(n: u32) -> Weight {
        Self::cost(5, 1, 0).saturating_add(Self::cost(30, 2, 0).saturating_mul(n.into()))
    }
    fn check_decline() -> Weight {
        Self::cost(30, 7, 0)
    }
    fn count_room() -> Weight {
        Self::cost(5, 3, 1)
    }
    fn look_at_agenda() -> Weight {
        Self::cost(5, 2, 2)
    }
    fn keep_appointment() -> Weight {
        Self::cost(50, 13, 13)
            .saturating_add(Self::settle_one().saturating_mul(MAX_CONTRIBUTIONS.into()))
            .saturating_add(Self::settle_juror().saturating_mul(MAX_JURORS.into()))
    }
    fn look_for_deals() -> Weight {
        Self::cost(5, 2, 1)
    }
    fn take_in_deal() -> Weight {
        // The deal, its pool's queue, the ready pools, the agenda; these, its state, and an entry of each list. No more
        // than that where it is late: its state, the pool's record, balance and holds of payer and operator, the fund.
        Self::cost(20, 7, 7)
    }
    fn look_at_authors() -> Weight {
        // The author and its output, which other pallets have found already; the last one; how many validators there are.
        Self::cost(10, 4, 1)
    }
    fn look_for_lots() -> Weight {
        // Of each queue its ends and its first entry.
        Self::cost(5, 6, 0)
    }
    fn draw_lot() -> Weight {
        // The entry and the ends, of two queues; the task, its deal, what stands behind its worker, the rules; its queue or
        // appointment.
        Self::cost(20, 11, 9)
    }
    fn draw_jury(validators: u32) -> Weight {
        // Of each validator its stake and its summons; what follows where nobody is there is the end of the task.
        Self::cost(30, 6, 4)
            .saturating_add(Self::cost(2, 2, 0).saturating_mul(validators.into()))
            .saturating_add(Self::cost(2, 1, 1).saturating_mul(MAX_JURORS.into()))
            .saturating_add(Self::keep_appointment())
    }
    fn serve_bench() -> Weight {
        Self::cost(10, 4, 3)
    }
    fn draw(n: u32) -> Weight {
        // A worker that is drawn in vain stands up and sits down again, on both benches; its terms need the rules of
        // audits, and whether it was let in.
        Self::cost(25, 9, 8).saturating_add(Self::cost(15, 11, 8).saturating_mul(n.into()))
    }
}

impl WeightInfo for () {
    fn go_online() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn go_offline() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn heartbeat() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn commit(n: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(n.into())
    }
    fn reveal(n: u32, s: u32, j: u32) -> Weight {
        let settled = s.saturating_add(j).saturating_add(1);
        Weight::from_parts(10_000, 0).saturating_mul(n.into()).saturating_mul(settled.into())
    }
    fn decline() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn cancel_deal() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn check_heartbeat() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn check_commit(n: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(n.into())
    }
    fn check_reveal(n: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(n.into())
    }
    fn check_decline() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn count_room() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn look_at_agenda() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn keep_appointment() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn look_for_deals() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn take_in_deal() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn look_at_authors() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn look_for_lots() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn draw_lot() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn draw_jury(validators: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(validators.into())
    }
    fn serve_bench() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn draw(n: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(n.into())
    }
}
