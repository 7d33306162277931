//! The record of a pool: counts of all its tasks, and the times of the last ones.

use alloc::vec::Vec;
use frame_support::{traits::ConstU32, BoundedVec};
use talka_primitives::{apply, reliability::Reliability, stored, BlockNumber};

/// How many times are remembered. Odd, so that there is a middle one.
pub const TIMES: u32 = 31;

/// A pool's record.
#[apply(stored)]
#[derive(Default)]
pub struct Record {
    /// Tasks that ended with a result.
    pub completed: u64,
    /// Tasks that ended without one.
    pub failed: u64,
    /// Of the last completed tasks, the blocks from the first draw to the settlement. The oldest is overwritten, so the
    /// order is that of a ring.
    pub times: BoundedVec<BlockNumber, ConstU32<TIMES>>,
    /// What its workers did with its last tasks that were delivered.
    pub reliability: Reliability,
}

impl Record {
    /// A task was completed, `blocks` blocks after its first draw.
    pub fn complete(&mut self, blocks: BlockNumber) {
        let place = (self.completed % u64::from(TIMES)) as usize;
        match self.times.get_mut(place) {
            Some(oldest) => *oldest = blocks,
            // There is room: before it is full, the place is the one after the last.
            None => drop(self.times.try_push(blocks)),
        }
        self.completed = self.completed.saturating_add(1);
    }

    /// `tasks` tasks have failed.
    pub fn fail(&mut self, tasks: u32) {
        self.failed = self.failed.saturating_add(tasks.into());
    }

    /// The middle one of the times, the higher one of two; none where no task was completed.
    pub fn median(&self) -> Option<BlockNumber> {
        let mut times: Vec<_> = self.times.iter().copied().collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_the_median_of_the_last_times(all in proptest::collection::vec(any::<u32>(), 0..100)) {
            let mut record = Record::default();
            all.iter().for_each(|time| record.complete(*time));
            let mut last: Vec<_> = all.iter().rev().take(TIMES as usize).copied().collect();
            last.sort_unstable();
            prop_assert_eq!(record.median(), last.get(last.len() / 2).copied());
            prop_assert_eq!(record.completed, all.len() as u64);
        }
    }
}
