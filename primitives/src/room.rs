//! Room for duties: which blocks count where time runs against a worker.
//!
//! A worker or a juror that misses a time limit loses money. It is at fault only if it could have been in time: if there were
//! blocks that had room for what it had to send. So limits are stored as heights, and each block without room puts them off by one.
//!
//! What ordinary calls fill does not matter: duties come before them, and have a part of each block to themselves. Only the
//! duties of others, and the chain's own work, can keep a duty out.

use serde::{Deserialize, Serialize};

use crate::{apply, unit::BlockNumber};

/// What something takes of a block, or may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Computing time, in picoseconds.
    pub work: u64,
    /// Encoded length.
    pub bytes: u32,
}

/// Whether a block had room for duties: after those that it has, the largest one would have fitted into what duties may take.
pub fn has_room(limit: Load, used: Load, largest: Load) -> bool {
    used.work.saturating_add(largest.work) <= limit.work
        && used.bytes.saturating_add(largest.bytes) <= limit.bytes
}

/// A block, on the clock that counts blocks with room.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
pub struct Moment {
    /// Its height.
    pub height: BlockNumber,
    /// How many blocks up to it had no room.
    pub full: BlockNumber,
}

impl Moment {
    /// How many blocks with room have come since an earlier moment.
    pub fn since(self, earlier: Self) -> BlockNumber {
        let blocks = self.height.saturating_sub(earlier.height);
        blocks.saturating_sub(self.full.saturating_sub(earlier.full))
    }
}

/// A limit that was set when `earlier` blocks had had no room, now that `full` have had none.
pub fn put_off(limit: BlockNumber, earlier: BlockNumber, full: BlockNumber) -> BlockNumber {
    limit.saturating_add(full.saturating_sub(earlier))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: Load = Load { work: 1_000, bytes: 100 };
    const LARGEST: Load = Load { work: 400, bytes: 10 };

    #[test]
    fn is_there_while_the_largest_duty_fits() {
        assert!(has_room(LIMIT, Load { work: 600, bytes: 90 }, LARGEST));
        assert!(!has_room(LIMIT, Load { work: 601, bytes: 0 }, LARGEST));
        assert!(!has_room(LIMIT, Load { work: 0, bytes: 91 }, LARGEST));
        assert!(!has_room(LIMIT, Load { work: u64::MAX, bytes: u32::MAX }, LARGEST));
    }

    /// The clock after each of these blocks: `true` for one with room.
    fn clock(blocks: &[bool]) -> Vec<Moment> {
        let mut now = Moment::default();
        let mut all = vec![now];
        for has_room in blocks {
            now.height += 1;
            now.full += u32::from(!has_room);
            all.push(now);
        }
        all
    }

    proptest! {
        #[test]
        fn does_not_come_back_with_more_duties(work in 0u64..2_000, bytes in 0u32..200, more in 0u64..2_000) {
            let used = Load { work, bytes };
            let busier = Load { work: work + more, bytes };
            prop_assert!(has_room(LIMIT, used, LARGEST) || !has_room(LIMIT, busier, LARGEST));
        }

        #[test]
        fn counts_the_blocks_that_have_it(blocks in proptest::collection::vec(any::<bool>(), 0..60), from in 0usize..60) {
            let clock = clock(&blocks);
            let from = from.min(blocks.len());
            let with_room = blocks[from..].iter().filter(|has_room| **has_room).count() as u32;
            prop_assert_eq!(clock[blocks.len()].since(clock[from]), with_room);
        }

        /// A period has as many blocks with room as it has blocks, however many without room come between.
        #[test]
        fn is_what_a_period_consists_of(blocks in proptest::collection::vec(any::<bool>(), 0..60), period in 0u32..20) {
            let clock = clock(&blocks);
            let over = |now: &&Moment| now.height > put_off(period, 0, now.full);
            let with_room = |now: &Moment| now.since(Moment::default());
            if let Some(first) = clock.iter().find(over) {
                prop_assert_eq!(with_room(first), period + 1);
            }
            prop_assert!(clock.iter().filter(|now| with_room(now) <= period).all(|now| !over(&now)));
        }

        #[test]
        fn never_brings_a_limit_forward(limit: u32, earlier: u32, full: u32) {
            prop_assert!(put_off(limit, earlier, full) >= limit);
        }
    }
}
