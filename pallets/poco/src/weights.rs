//! What calls and steps of the hook cost.
//!
//! Provisional: the database accesses are counted in the code, the computing time is a generous estimate. Weights
//! measured by `frame-benchmarking` replace them; the functions' parameters are those that the cost depends on.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What calls and steps of the hook cost. Each function has a benchmark of its name in the module `benchmarking`.
pub trait WeightInfo {
    /// `go_online`.
    fn go_online() -> Weight;
    /// `go_offline`.
    fn go_offline() -> Weight;
    /// `heartbeat`.
    fn heartbeat() -> Weight;
    /// `commit` of `n` results, none of which has a task wait for more workers. It settles nothing: a task that is lost by it ends
    /// in the hook.
    ///
    /// * `n`: how many commitments the call has, from 1 to `MaxBatch`.
    fn commit(n: u32) -> Weight;
    /// `reveal` of `n` digests, without what they settle.
    ///
    /// * `n`: how many reveals the call has, from 1 to `MaxBatch`.
    fn reveal(n: u32) -> Weight;
    /// Settle a task without a jury. Together it has up to [`MAX_CONTRIBUTIONS`] contributions.
    ///
    /// * `s`: how many workers have committed, or were absent.
    /// * `r`: how many have declined, or execute it still: each may leave its seats, or take seats again.
    ///
    /// [`MAX_CONTRIBUTIONS`]: talka_primitives::task::MAX_CONTRIBUTIONS
    fn settle(s: u32, r: u32) -> Weight;
    /// Settle a task by a jury; or, with no contribution, dismiss a jury.
    ///
    /// * `s`: how many workers were drawn for the task, up to [`MAX_CONTRIBUTIONS`]; none where a jury is dismissed.
    /// * `j`: how many jurors its jury has, up to [`MAX_JURORS`].
    ///
    /// [`MAX_CONTRIBUTIONS`]: talka_primitives::task::MAX_CONTRIBUTIONS
    /// [`MAX_JURORS`]: talka_primitives::jury::MAX_JURORS
    fn judge(s: u32, j: u32) -> Weight;
    /// Put a task that lacks workers into a queue, and have the bench served; without storing the task.
    fn seek_workers() -> Weight;
    /// `decline`, without what it settles, and without seeking another worker.
    fn decline() -> Weight;
    /// `cancel_deal`.
    fn cancel_deal() -> Weight;
    /// `forget_deal` with the outcomes of `n` tasks, and with the deal itself; the same in the hook.
    ///
    /// * `n`: how many outcomes are removed, up to as many as a call can ask for.
    fn forget_deal(n: u32) -> Weight;
    /// `set_retention`.
    fn set_retention() -> Weight;
    /// `deregister`.
    fn deregister() -> Weight;
    /// `set_duty_key`.
    fn set_duty_key() -> Weight;
    /// `act_for`.
    fn act_for() -> Weight;
    /// Look at the deal that is to be forgotten next.
    fn look_at_ending() -> Weight;
    /// Forget the outcome of one task.
    fn forget_outcome() -> Weight;
    /// Find out whether a heartbeat is due.
    fn check_heartbeat() -> Weight;
    /// Find out whether `n` commitments are awaited.
    ///
    /// * `n`: how many commitments the call has, from 1 to `MaxBatch`.
    fn check_commit(n: u32) -> Weight;
    /// Find out whether `n` digests are asked for.
    ///
    /// * `n`: how many reveals the call has, from 1 to `MaxBatch`.
    fn check_reveal(n: u32) -> Weight;
    /// Find out whether a task can be declined.
    fn check_decline() -> Weight;
    /// Read and write what the steps of a block share: once a block, however many steps there are. The other functions are
    /// measured without that.
    fn shared_records() -> Weight;
    /// At the end of a block, find out whether it had room for duties.
    fn count_room() -> Weight;
    /// Find that a block has no appointment.
    fn look_at_agenda() -> Weight;
    /// Take one appointment, and see whether something is due.
    fn look_at_appointment() -> Weight;
    /// Look at `n` workers of a task, do what is due, and give up `a` of them that are absent; without what it settles, and without
    /// seeking others.
    ///
    /// * `n`: how many workers the task awaits, the absent ones included.
    /// * `a`: how many of these are absent.
    fn keep_appointment(n: u32, a: u32) -> Weight;
    /// Look at a worker, and have `n` of its tasks looked at.
    ///
    /// * `n`: how many tasks it has, if it is silent, up to `MAX_SLOTS`; none if it is not.
    fn look_at_worker(n: u32) -> Weight;
    /// Refund what was not begun of a deal, which may be its end.
    fn expire_deal() -> Weight;
    /// Have a deal that is over wait to be forgotten.
    fn pass_deadline() -> Weight;
    /// See whether there are new deals.
    fn look_for_deals() -> Weight;
    /// Take in a new deal, without what it costs where it has expired.
    fn take_in_deal() -> Weight;
    /// See who has made this block and its parent, and remember it.
    fn look_at_authors() -> Weight;
    /// See whether something waits for its lot.
    fn look_for_lots() -> Weight;
    /// Draw one lot, and do what follows, without what it settles, and without seeking an auditor.
    fn draw_lot() -> Weight;
    /// See which validators can sit on a jury.
    ///
    /// * `validators` (`v` in the benchmark): how many can be jurors, up to `Jurors::max_jurors`.
    fn look_for_jurors(validators: u32) -> Weight;
    /// Draw `n` jurors.
    ///
    /// * `n`: how many are drawn, up to [`MAX_JURORS`](talka_primitives::jury::MAX_JURORS).
    fn seat_jury(n: u32) -> Weight;
    /// Begin and end the turn of one bench.
    fn serve_bench() -> Weight;
    /// Take one entry of a queue, and put it back.
    fn take_entry() -> Weight;
    /// Hit a worker on a bench, and see whether it can take a task.
    fn look_at_seat() -> Weight;
    /// A worker leaves its seats, or takes seats.
    fn move_seat() -> Weight;
    /// Give a task to a worker that was hit.
    fn draw_worker() -> Weight;
    /// Store a task for which workers were drawn.
    fn store_draws() -> Weight;
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

    /// What comes with the end of a task, and of a deal with its last one: it is taken out of its queue; app, dataset and pool
    /// have one open deal less; the deal waits to be forgotten.
    fn end() -> Weight {
        // Its entry in a queue and the last one, which moves there, with the places of both; three counts; its place among the
        // deals that wait. The ends of these, and how many records were written, the hook reads and writes in each block.
        Self::cost(10, 5, 8)
    }
}

impl<T: frame_system::Config> WeightInfo for CountedAccesses<T> {
    fn go_online() -> Weight {
        // For whom it acts; membership, pool, ledger, rules, the worker, the crew; its seats on two benches, twice, who moves into
        // them, and that one's record; the classes and queues of both, and the lines of benches. At the first time balance and holds.
        Self::cost(40, 23, 20)
    }
    fn go_offline() -> Weight {
        // For whom it acts; the worker, its seats on two benches, who moves into them, and that one's record; the classes of both.
        Self::cost(20, 11, 9)
    }
    fn heartbeat() -> Weight {
        // For whom it acts; the worker.
        Self::cost(10, 2, 1)
    }
    fn commit(n: u32) -> Weight {
        // For whom it acts; the worker, its ledger and its seats once; for each the task, its appointment, and its lot, or its queue
        // with its line and its place there.
        Self::cost(20, 11, 10).saturating_add(Self::cost(20, 6, 8).saturating_mul(n.into()))
    }
    fn reveal(n: u32) -> Weight {
        // For whom it acts, also on juries, and the ledger behind that; for each the task, its appointment, its deal.
        Self::cost(10, 3, 1).saturating_add(Self::cost(25, 3, 3).saturating_mul(n.into()))
    }
    fn settle(s: u32, r: u32) -> Weight {
        // The task, its outcome, the deal's state, the pool's record; balance and hold of payer and operator; the balances of the
        // owners of app and dataset, and of the fund; what audits found, and the gate; the classes and queues of two benches, and
        // a line of benches. For each worker its ledger, its balance and hold or a payee's balance, the worker; its seats.
        Self::cost(60, 19, 19)
            .saturating_add(Self::cost(15, 6, 4).saturating_mul(s.into()))
            .saturating_add(Self::cost(20, 7, 7).saturating_mul(r.into()))
            .saturating_add(Self::end())
    }
    fn judge(s: u32, j: u32) -> Weight {
        // As without a jury. For each worker its ledger, balance and hold, and its passes; the worker, its seat on two benches, who
        // moves into each, and that one's record. For each juror its summons and its balance; or its stake, ledger, balance and
        // hold, which is a third of them at most.
        Self::cost(60, 19, 19)
            .saturating_add(Self::cost(20, 11, 11).saturating_mul(s.into()))
            .saturating_add(Self::cost(8, 5, 3).saturating_mul(j.into()))
            .saturating_add(Self::end())
    }
    fn seek_workers() -> Weight {
        // The deal, its queue with its line and its place there.
        Self::cost(10, 4, 5)
    }
    fn decline() -> Weight {
        // For whom it acts, also on juries, and the ledger behind that; the task, its appointment, its queue with its line and its
        // place there; the worker, its ledger, its seats on two benches.
        Self::cost(50, 16, 14)
    }
    fn cancel_deal() -> Weight {
        // The deal and its state; balance and holds of payer and operator.
        Self::cost(25, 8, 6).saturating_add(Self::end())
    }
    fn forget_deal(n: u32) -> Weight {
        // The deal, its state, its place in the requester's list and among those that wait; balance and holds of who opened it.
        Self::cost(30, 8, 8).saturating_add(Self::forget_outcome().saturating_mul(n.into()))
    }
    fn set_retention() -> Weight {
        Self::cost(10, 0, 1)
    }
    fn deregister() -> Weight {
        // The worker, its membership, its duty key, and for whom that acts; balance and holds.
        Self::cost(20, 6, 5)
    }
    fn set_duty_key() -> Weight {
        // The worker and its membership; of the key the same, its ledger, for whom it votes and the ledger behind that; the key that
        // was named before, and for whom that acts; balance and holds.
        Self::cost(25, 13, 4)
    }
    fn act_for() -> Weight {
        // The key that the worker has named; of the key whether it is a worker, its membership, its ledger, for whom it votes, and for
        // whom it acts.
        Self::cost(15, 8, 1)
    }
    fn look_at_ending() -> Weight {
        // How many records were written; the first deal, the ends of the queue, for how long deals are remembered.
        Self::cost(5, 4, 2)
    }
    fn forget_outcome() -> Weight {
        Self::cost(3, 0, 1)
    }
    fn check_heartbeat() -> Weight {
        // For whom it acts; the worker.
        Self::cost(5, 2, 0)
    }
    fn check_commit(n: u32) -> Weight {
        // For whom it acts; the worker, its summons, for whom it votes, the ledger behind that and the summons of that one, its bond,
        // the blocks without room; each task is decoded, and the course of its life tried.
        Self::cost(10, 8, 0).saturating_add(Self::cost(25, 2, 0).saturating_mul(n.into()))
    }
    fn check_reveal(n: u32) -> Weight {
        // For whom it acts and for whom it votes, the ledger behind that; each task is decoded, and the course of its life tried.
        Self::cost(5, 4, 0).saturating_add(Self::cost(30, 2, 0).saturating_mul(n.into()))
    }
    fn check_decline() -> Weight {
        // As for a commitment to one task.
        Self::cost(30, 9, 0)
    }
    fn shared_records() -> Weight {
        // The ends of queues and lines, the cursor, counters, the rules, and what auditors wait for.
        Self::cost(5, 18, 14)
    }
    fn count_room() -> Weight {
        Self::cost(5, 3, 1)
    }
    fn look_at_agenda() -> Weight {
        Self::cost(5, 2, 2)
    }
    fn look_at_appointment() -> Weight {
        // The appointment and the cursor; the task, worker, or state of the deal.
        Self::cost(15, 3, 2)
    }
    fn keep_appointment(n: u32, a: u32) -> Weight {
        // The task with its deal, the blocks without room, its next appointment, its queue with its line and its place there. Of
        // each worker its record; of those that are absent their seats on two benches, who moves into them, and that one's record;
        // the classes of both.
        Self::cost(50, 9, 9)
            .saturating_add(Self::cost(2, 1, 0).saturating_mul(n.into()))
            .saturating_add(Self::cost(15, 8, 9).saturating_mul(a.into()))
    }
    fn look_at_worker(n: u32) -> Weight {
        // The worker, the blocks without room, its next appointment; an appointment for each of its tasks.
        Self::cost(15, 3, 4).saturating_add(Self::cost(3, 0, 1).saturating_mul(n.into()))
    }
    fn expire_deal() -> Weight {
        // The deal and its state, the pool's record, balance and hold of payer and operator.
        Self::cost(25, 7, 6).saturating_add(Self::end())
    }
    fn pass_deadline() -> Weight {
        // The deal's state, its place among those that wait.
        Self::cost(5, 0, 2)
    }
    fn look_for_deals() -> Weight {
        Self::cost(5, 2, 1)
    }
    fn take_in_deal() -> Weight {
        // The deal, its pool's queue, the lines of benches, the agenda; these, its state, and an entry of each list, with its place in
        // the queue.
        Self::cost(20, 7, 8)
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
        // The entry and the ends, of two queues; the task, its deal, what stands behind its worker, the rules; its queue with its line
        // and its place there, or its appointment.
        Self::cost(20, 11, 10)
    }
    fn look_for_jurors(validators: u32) -> Weight {
        // The lot, the task, the session; of each validator its stake, what it has done wrong, and its summons.
        Self::cost(20, 5, 0).saturating_add(Self::cost(3, 3, 0).saturating_mul(validators.into()))
    }
    fn seat_jury(n: u32) -> Weight {
        // The lot, the task with its deal, its next appointment; the summons of each juror.
        Self::cost(20, 4, 5).saturating_add(Self::cost(3, 1, 1).saturating_mul(n.into()))
    }
    fn serve_bench() -> Weight {
        // A line of benches, the queue, the classes.
        Self::cost(10, 4, 3)
    }
    fn take_entry() -> Weight {
        // The queue, two of its entries, its place, the deal, its state or the task, the blocks without room, the rules of audits.
        Self::cost(25, 7, 5)
    }
    fn look_at_seat() -> Weight {
        // The classes, three seats, the ledger, the rules of merit, the worker.
        Self::cost(15, 7, 0)
    }
    fn move_seat() -> Weight {
        // On two benches: the seat, the one that is moved into it, that one's record, the class; the worker.
        Self::cost(10, 9, 9)
    }
    fn draw_worker() -> Weight {
        // The ledger, the worker, its appointment, its passes, the gate.
        Self::cost(15, 6, 6)
    }
    fn store_draws() -> Weight {
        // The task, its appointment, the deal's state, one more entry of the queue and its place.
        Self::cost(10, 2, 6)
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
    fn reveal(n: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(n.into())
    }
    fn settle(s: u32, r: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(s.saturating_add(r).saturating_add(1).into())
    }
    fn judge(s: u32, j: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(s.saturating_add(j).saturating_add(1).into())
    }
    fn seek_workers() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn decline() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn cancel_deal() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn forget_deal(n: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(n.saturating_add(1).into())
    }
    fn set_retention() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn deregister() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn set_duty_key() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn act_for() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn look_at_ending() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn forget_outcome() -> Weight {
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
    fn shared_records() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn count_room() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn look_at_agenda() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn look_at_appointment() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn keep_appointment(n: u32, a: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(n.saturating_add(a).saturating_add(1).into())
    }
    fn look_at_worker(n: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(n.saturating_add(1).into())
    }
    fn expire_deal() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn pass_deadline() -> Weight {
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
    fn look_for_jurors(validators: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(validators.into())
    }
    fn seat_jury(n: u32) -> Weight {
        Weight::from_parts(10_000, 0).saturating_mul(n.saturating_add(1).into())
    }
    fn serve_bench() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn take_entry() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn look_at_seat() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn move_seat() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn draw_worker() -> Weight {
        Weight::from_parts(10_000, 0)
    }
    fn store_draws() -> Weight {
        Weight::from_parts(10_000, 0)
    }
}
