//! How reliably a worker delivers what it is drawn for.
//!
//! To decline a task costs nothing: its app may not be reachable. But a worker that declines what others deliver keeps
//! tasks waiting, and with enough names it could make them fail. Such declines are counted once the task has ended;
//! [`crate::settlement`] says which. Beyond a few the worker has to pause, for twice as long each time:
//!
//! ```text
//! tolerated = 3 + max(tasks that it delivered / 8, 4 · its tasks · part of the pool's tasks that were declined)
//! pause     = 30 · 2^(declined - tolerated - 1) blocks, if it declined more than is tolerated
//! ```
//!
//! Nobody can tell a worker that cannot fetch an app from one that does not want to. So a worker is measured by the others of
//! its pool. If a provider serves its app only to its own workers, all others of the pool decline: as long as these are at least
//! half of the pool, by stake, each of them declines at most four times as often as the pool does, and nobody has to pause.
//! Those that decline out of laziness stand out, as long as they are less than a third. Both follow from which tasks are
//! counted: of those at trust 1, where many workers with a part `s` of the stake decline each, `s · (1 - s)` are delivered after
//! one decline, and `(1 - s) · (1 + s)` after one at most; so the part of the pool's that was declined is `s / (1 + 2s)`, a
//! quarter where `s` is one half. One worker declines a task once, and is replaced: where all of `s` is one worker's, it is
//! `s / (1 + s)`, a quarter where `s` is a third. A larger one costs each task a block.

use serde::{Deserialize, Serialize};

use crate::{apply, unit::BlockNumber};

/// Declines that cost nothing.
const TOLERATED: u32 = 3;
/// Tasks that make up for one more decline.
const DELIVERED_FOR_ONE: u32 = 8;
/// How much more often than its pool a worker may decline.
const TIMES_AS_OFTEN: u64 = 4;
/// The first pause, in blocks.
const PAUSE: BlockNumber = 30;
/// How often a pause is doubled at most: to less than two days of blocks of two seconds.
const MAX_DOUBLINGS: u32 = 11;
/// Tasks of a worker after which those before count for half.
const MEMORY: u32 = 128;
/// Tasks of a pool after which those before count for half.
const POOL_MEMORY: u32 = 1_024;
/// Blocks without a task after which declines are forgiven, if the worker wants to be forgotten: longer than the longest pause.
const FORGIVEN_AFTER: BlockNumber = 2 * (PAUSE << MAX_DOUBLINGS);

/// What a worker did with a task that was delivered, by it or by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It delivered.
    Delivered,
    /// It delivered, but nobody is compared with it: it was an auditor of some other pool's task, or too many declined for
    /// declines to count.
    Apart,
    /// It declined.
    Declined,
}

/// The last tasks that were delivered, of a worker, or of all workers of a pool.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
pub struct Reliability {
    /// By it, or by them.
    pub delivered: u32,
    /// By others, after it had declined, or one of them.
    pub declined: u32,
}

impl Reliability {
    /// Count one more task of a worker, in a pool of this reliability. Gives the pause that follows from it, in blocks; 0
    /// where there is none.
    pub fn count(&mut self, conduct: Conduct, pool: Self) -> BlockNumber {
        self.note(conduct, MEMORY);
        match conduct {
            Conduct::Delivered | Conduct::Apart => 0,
            Conduct::Declined => self.pause(pool),
        }
    }

    /// Count one more task of some worker of the pool that this is of.
    pub fn count_in_pool(&mut self, conduct: Conduct) {
        if conduct != Conduct::Apart {
            self.note(conduct, POOL_MEMORY);
        }
    }

    fn note(&mut self, conduct: Conduct, memory: u32) {
        if self.tasks() >= u64::from(memory) {
            self.delivered /= 2;
            self.declined /= 2;
        }
        match conduct {
            Conduct::Delivered | Conduct::Apart => self.delivered = self.delivered.saturating_add(1),
            Conduct::Declined => self.declined = self.declined.saturating_add(1),
        }
    }

    fn tasks(self) -> u64 {
        u64::from(self.delivered).saturating_add(self.declined.into())
    }

    /// Whether nothing has to be remembered of a worker that had no task for `blocks` blocks. To begin without declines again
    /// takes it longer than any pause.
    pub fn is_forgiven(self, blocks: BlockNumber) -> bool {
        self.declined == 0 || blocks >= FORGIVEN_AFTER
    }

    fn pause(self, pool: Self) -> BlockNumber {
        let tolerated = u64::from(TOLERATED).saturating_add(self.made_up_for().max(self.as_others(pool)));
        match u64::from(self.declined).checked_sub(tolerated) {
            None | Some(0) => 0,
            Some(excess) => PAUSE << (excess - 1).min(MAX_DOUBLINGS.into()),
        }
    }

    fn made_up_for(self) -> u64 {
        (self.delivered / DELIVERED_FOR_ONE).into()
    }

    /// The declines of a worker that declines [`TIMES_AS_OFTEN`] times as often as the others of its pool.
    fn as_others(self, pool: Self) -> u64 {
        let often = TIMES_AS_OFTEN.saturating_mul(self.tasks()).saturating_mul(pool.declined.into());
        often.checked_div(pool.tasks()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{Draws, Seed};
    use proptest::prelude::*;

    /// The others of the pool decline nothing.
    const BUSY: Reliability = Reliability { delivered: 255, declined: 0 };

    fn after(conducts: impl IntoIterator<Item = Conduct>) -> (Reliability, Vec<BlockNumber>) {
        let mut reliability = Reliability::default();
        let pauses = conducts.into_iter().map(|conduct| reliability.count(conduct, BUSY)).collect();
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
            assert_eq!(reliability.count(conduct, BUSY), 0);
        }
    }

    /// A pool of `workers`, all with the same stake, of which the first `declining` decline each task that is drawn for them. Gives
    /// the longest pause that each has had, after 20 000 tasks at trust 1.
    fn pool_of(workers: usize, declining: usize) -> Vec<BlockNumber> {
        let mut pool = Reliability::default();
        let mut all = vec![Reliability::default(); workers];
        let mut pauses = vec![0; workers];
        let mut draws = Draws::of(Seed([1; 32]));
        for _ in 0..20_000 {
            let mut idle: Vec<_> = (0..workers).collect();
            let mut declined = Vec::new();
            let delivers = loop {
                let who = idle.swap_remove(draws.one_of(idle.iter().map(|_| 1)).unwrap());
                if who >= declining {
                    break who;
                }
                declined.push(who);
            };
            let deeds = match declined[..] {
                [] => vec![(delivers, Conduct::Delivered)],
                [who] => vec![(delivers, Conduct::Delivered), (who, Conduct::Declined)],
                _ => vec![(delivers, Conduct::Apart)],
            };
            for (who, conduct) in deeds {
                pool.count_in_pool(conduct);
                pauses[who] = all[who].count(conduct, pool).max(pauses[who]);
            }
        }
        pauses
    }

    #[test]
    fn an_app_that_most_of_a_pool_cannot_fetch_pauses_nobody() {
        for (workers, declining) in [(8, 6), (40, 30), (40, 24)] {
            assert_eq!(pool_of(workers, declining).into_iter().max(), Some(0), "{declining} of {workers}");
        }
    }

    #[test]
    fn who_declines_what_most_others_deliver_has_to_pause() {
        for (workers, declining) in [(8, 1), (8, 3), (40, 1), (40, 15)] {
            let pauses = pool_of(workers, declining);
            let (lazy, others) = pauses.split_at(declining);
            assert!(lazy.iter().all(|pause| *pause >= PAUSE << 4), "{declining} of {workers}: {lazy:?}");
            assert!(others.iter().all(|pause| *pause == 0));
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
