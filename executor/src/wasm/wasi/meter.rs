//! What the system calls of an app cost it, and when they end.
//!
//! Work is paid for before it is done: an app that has not got the fuel does not get the work, and the watchdog is
//! looked at while there is more to do.

use wasmtime::Trap;

use super::abi::Fault;
use crate::{
    job::Job,
    progress::Progress,
    wasm::stop::{Stopped, Watchdog},
};

/// Work that one unit of fuel pays for. Work is counted in bytes that are moved in memory.
const WORK_PER_FUEL: u64 = 8;

/// Any call.
const CALL_WORK: u64 = 500 * WORK_PER_FUEL;

/// One access to the memory, beside the bytes that are moved.
pub(super) const ACCESS_WORK: u64 = 4 * WORK_PER_FUEL;

/// One step along a path, one entry of a directory that is visited, or one buffer.
pub(super) const STEP_WORK: u64 = 128 * WORK_PER_FUEL;

/// One read of the dataset: the host's system asks its disk.
pub(super) const DATASET_WORK: u64 = 1_000 * WORK_PER_FUEL;

/// One byte of randomness, beside its being moved.
pub(super) const RANDOM_WORK: u64 = WORK_PER_FUEL - 1;

/// One new file or directory: a result is kept file by file, and each costs a record and a part of a flush.
pub(super) const NODE_WORK: u64 = 50_000 * WORK_PER_FUEL;

/// Fuel between two looks at the watchdog: some tenths of a millisecond. Of no influence on what an app computes.
const LOOK_FUEL: u64 = 250_000;

/// Counts the work of system calls.
pub(super) struct Meter {
    watchdog: Watchdog,
    progress: Progress,
    /// Fuel of the task.
    limit: u64,
    /// Fuel left before the present call.
    before: u64,
    /// Work of the present call.
    work: u64,
    /// Fuel left when the watchdog was last looked at.
    looked: u64,
}

impl Meter {
    pub(super) fn new(job: &Job, watchdog: &Watchdog) -> Self {
        let limit = job.limits.fuel;
        Self {
            watchdog: watchdog.clone(),
            progress: job.progress.clone(),
            limit,
            before: limit,
            work: 0,
            looked: limit,
        }
    }

    /// Begins a call, with this fuel left.
    pub(super) fn begin(&mut self, fuel: u64) -> Result<(), Fault> {
        self.before = fuel;
        self.work = 0;
        self.pay(CALL_WORK)
    }

    /// Takes what some work costs, before it is done.
    pub(super) fn pay(&mut self, work: u64) -> Result<(), Fault> {
        self.work = self.work.saturating_add(work);
        if self.work / WORK_PER_FUEL > self.before {
            return Err(Fault::stop(Trap::OutOfFuel));
        }
        let left = self.left();
        if self.looked.saturating_sub(left) >= LOOK_FUEL {
            self.looked = left;
            self.watchdog.check().map_err(|error| Fault::stop(Stopped::Watchdog(error)))?;
        }
        Ok(())
    }

    /// Ends a call; answers the fuel that is left.
    pub(super) fn end(&self) -> u64 {
        let left = self.left();
        self.progress.set_fuel(self.limit - left);
        left
    }

    /// Work of the present call.
    #[cfg(test)]
    pub(super) fn work(&self) -> u64 {
        self.work
    }

    fn left(&self) -> u64 {
        self.before.saturating_sub(self.work / WORK_PER_FUEL)
    }
}
