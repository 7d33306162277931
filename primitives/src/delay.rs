//! How late a chain is with its own part.
//!
//! What a chain does by itself has bounds for each block, so it may be late. Those who wait for it must not lose by that: a limit
//! that only the chain can keep is put off by as many blocks as the chain was late ([`Task::put_off_by_delay`]). What limits the
//! time of a worker or a juror stays: it does not depend on how much the chain has to do.
//!
//! [`Task::put_off_by_delay`]: crate::task::Task::put_off_by_delay

use crate::{apply, unit::BlockNumber};

/// How late the chain was with something that it does whenever there is reason to: it is due in the block after the one in which
/// the reason came.
#[apply(stored)]
#[derive(Copy, Default)]
pub struct Delay {
    /// The block in which the reason came; nothing where there is none.
    pub since: Option<BlockNumber>,
    /// The blocks of delay of all that is done, together.
    pub past: BlockNumber,
}

impl Delay {
    /// A reason comes in this block. Where there was one already, that one counts.
    pub fn begin(&mut self, now: BlockNumber) {
        self.since = self.since.or(Some(now));
    }

    /// It is done in this block.
    pub fn end(&mut self, now: BlockNumber) {
        *self = Self { since: None, past: self.total(now) };
    }

    /// All blocks of delay before this one.
    pub fn total(self, now: BlockNumber) -> BlockNumber {
        let present = self.since.map_or(0, |since| now.saturating_sub(since.saturating_add(1)));
        self.past.saturating_add(present)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn is_none_in_the_next_block() {
        let mut delay = Delay::default();
        delay.begin(7);
        assert_eq!([7, 8, 9, 12].map(|now| delay.total(now)), [0, 0, 1, 4]);
        delay.end(8);
        assert_eq!(delay, Delay::default());
    }

    #[test]
    fn is_counted_from_the_first_reason() {
        let mut delay = Delay::default();
        delay.begin(7);
        delay.begin(9);
        delay.end(10);
        assert_eq!(delay, Delay { since: None, past: 2 });
    }

    /// What may happen in a block: first it is done, then a reason comes.
    fn blocks() -> impl Strategy<Value = Vec<(bool, bool)>> {
        proptest::collection::vec((any::<bool>(), any::<bool>()), 0..60)
    }

    proptest! {
        /// Each block counts in which it was due and was not done; no other.
        #[test]
        fn is_the_number_of_blocks_in_which_it_was_due(blocks in blocks()) {
            let (mut delay, mut due, mut late) = (Delay::default(), false, 0);
            for (now, (done, reason)) in (1..).zip(blocks) {
                prop_assert_eq!(delay.total(now), late);
                if done {
                    delay.end(now);
                    due = false;
                }
                late += u32::from(due);
                if reason {
                    delay.begin(now);
                    due = true;
                }
            }
        }
    }
}
