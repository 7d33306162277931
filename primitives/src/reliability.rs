//! How reliably a worker delivers what it is drawn for.
//!
//! To decline a task costs nothing: its app may not be reachable. But a worker that declines what others deliver keeps
//! tasks waiting, and with enough names it could make them fail. Such declines are counted against the tasks that the
//! worker delivered itself, once the task has ended; [`crate::settlement`] says which. Beyond a few it has to
//! pause, for twice as long each time.

use serde::{Deserialize, Serialize};

use crate::{apply, unit::BlockNumber};

/// Declines that cost nothing.
const TOLERATED: u32 = 3;
/// Tasks that make up for one more decline.
const DELIVERED_FOR_ONE: u32 = 8;
/// The first pause, in blocks.
const PAUSE: BlockNumber = 30;
/// How often a pause is doubled at most: to less than two days of blocks of two seconds.
const MAX_DOUBLINGS: u32 = 11;
/// Tasks after which those before count for half.
const MEMORY: u32 = 128;
/// Blocks without a task after which declines are forgiven, if the worker wants to be forgotten: longer than the longest pause.
const FORGIVEN_AFTER: BlockNumber = 2 * (PAUSE << MAX_DOUBLINGS);

/// What a worker did with a task that was delivered, by it or by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It delivered.
    Delivered,
    /// It declined.
    Declined,
}

/// The last tasks of a worker that were delivered.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
pub struct Reliability {
    /// By it.
    pub delivered: u32,
    /// By others, after it had declined.
    pub declined: u32,
}

impl Reliability {
    /// Count one more task. Gives the pause that follows from it, in blocks; 0 where there is none.
    pub fn count(&mut self, conduct: Conduct) -> BlockNumber {
        if self.delivered.saturating_add(self.declined) >= MEMORY {
            self.delivered /= 2;
            self.declined /= 2;
        }
        match conduct {
            Conduct::Delivered => {
                self.delivered = self.delivered.saturating_add(1);
                0
            }
            Conduct::Declined => {
                self.declined = self.declined.saturating_add(1);
                self.pause()
            }
        }
    }

    /// Whether nothing has to be remembered of a worker that had no task for so many blocks. To begin without declines again takes
    /// it longer than any pause.
    pub fn is_forgiven(self, blocks: BlockNumber) -> bool {
        self.declined == 0 || blocks >= FORGIVEN_AFTER
    }

    fn pause(self) -> BlockNumber {
        let tolerated = TOLERATED.saturating_add(self.delivered / DELIVERED_FOR_ONE);
        match self.declined.checked_sub(tolerated) {
            None | Some(0) => 0,
            Some(excess) => PAUSE << (excess - 1).min(MAX_DOUBLINGS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(conducts: impl IntoIterator<Item = Conduct>) -> (Reliability, Vec<BlockNumber>) {
        let mut reliability = Reliability::default();
        let pauses = conducts.into_iter().map(|conduct| reliability.count(conduct)).collect();
        (reliability, pauses)
    }

    #[test]
    fn makes_each_decline_dearer() {
        let (_, pauses) = after([Conduct::Declined; 6]);
        assert_eq!(pauses, [0, 0, 0, 30, 60, 120]);
    }

    #[test]
    fn who_declines_everything_is_hardly_ever_drawn() {
        let (_, pauses) = after([Conduct::Declined; 40]);
        assert_eq!(pauses.last(), Some(&(30 << MAX_DOUBLINGS)));
        assert!(u64::from(30u32 << MAX_DOUBLINGS) * 2 < 2 * 86_400);
    }

    #[test]
    fn forgives_declines_later_than_the_longest_pause_ends() {
        let (reliability, pauses) = after([Conduct::Declined; 40]);
        let longest = pauses.into_iter().max().unwrap();
        assert!(!reliability.is_forgiven(longest) && reliability.is_forgiven(2 * longest));
        assert!(Reliability::default().is_forgiven(0));
    }

    #[test]
    fn asks_no_pause_of_who_declines_one_task_in_ten() {
        let mut reliability = Reliability::default();
        for task in 0..1_000 {
            let conduct = if task % 10 == 9 { Conduct::Declined } else { Conduct::Delivered };
            assert_eq!(reliability.count(conduct), 0);
        }
    }

    proptest! {
        #[test]
        fn never_asks_for_a_pause_after_a_delivery(conducts in proptest::collection::vec(any::<bool>(), 0..500)) {
            let conduct = |delivered| if delivered { Conduct::Delivered } else { Conduct::Declined };
            let (reliability, pauses) = after(conducts.iter().map(|delivered| conduct(*delivered)));
            prop_assert!(conducts.iter().zip(pauses).all(|(delivered, pause)| !delivered || pause == 0));
            prop_assert!(reliability.delivered + reliability.declined <= MEMORY);
        }
    }
}
