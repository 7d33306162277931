//! The probability of a draw.
//!
//! `effective stake = bond · weight / (weight + 1)`: the bond, discounted by the probability that its owner is right.
//! The bond of a new worker counts for two thirds, that of a worker with a score of 300 for 99 / 100.
//!
//! Only what could be lost counts, so three parts of a bond have no odds: what is pledged for a candidacy as a validator,
//! what is not [ripe](Unripe) yet, and what open tasks have locked. The first two change rarely; the stake that a worker
//! is seated with is without them. The last changes with every task: a worker that is hit is [kept](keeps) with the
//! probability of the part of its stake that is not locked, so its seat can stay as it is.

use serde::{Deserialize, Serialize};

use crate::{
    apply,
    credibility::weight,
    unit::{proportion, Balance, BlockNumber, Score},
};

/// Blocks until a new account's bond takes part in draws, where governance has set nothing else: about a day. A liar
/// that was convicted, and comes back under another name, lies once a day at most.
pub const RIPENING: BlockNumber = 43_200;

/// The block from which on a bond takes part in draws that was put up in block `since`.
pub fn ripe_at(since: BlockNumber, ripening: BlockNumber) -> BlockNumber {
    since.saturating_add(ripening)
}

/// The part of a bond that is too young for draws. What was bonded before goes on taking part.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
pub struct Unripe {
    /// How much, in units of TLK.
    pub amount: Balance,
    /// The block from which on it is ripe.
    pub ripe_at: BlockNumber,
}

impl Unripe {
    /// How much of it is not ripe in block `now`.
    pub fn at(self, now: BlockNumber) -> Balance {
        if now < self.ripe_at {
            self.amount
        } else {
            0
        }
    }

    /// With an amount more that is bonded now. All of it is ripe after the mean of what is left to wait for each part,
    /// weighted by the parts and rounded up: nothing is ripe sooner for being added to something else, or in pieces.
    pub fn with(self, more: Balance, now: BlockNumber, ripening: BlockNumber) -> Self {
        let before = self.at(now);
        let amount = before.saturating_add(more);
        // What those that were there before wait less than those that are new.
        let ahead = ripening.saturating_sub(self.ripe_at.saturating_sub(now));
        let saved = proportion(ahead.into(), before, amount.max(1));
        // No more than `ahead`, which is a number of blocks.
        let wait = ripening.saturating_sub(saved as BlockNumber);
        Self { amount, ripe_at: self.at_least(now, now.saturating_add(wait)) }
    }

    /// A part that is still unripe never ripens sooner than it would have, whatever governance does to the rules.
    fn at_least(self, now: BlockNumber, ripe_at: BlockNumber) -> BlockNumber {
        if self.at(now) > 0 {
            ripe_at.max(self.ripe_at)
        } else {
            ripe_at
        }
    }
}

/// Whether a worker is kept whose seat was hit: a number is drawn from below its `ripe` bond, and `unlocked` of its bond
/// is not locked. With this its odds are those of what it has unlocked.
pub fn keeps(point: Balance, ripe: Balance, unlocked: Balance) -> bool {
    point < ripe.min(unlocked)
}

/// What a bond counts in draws, in units of TLK.
pub fn effective_stake(bond: Balance, score: Score) -> Balance {
    let weight = u128::from(weight(score).0);
    proportion(bond, weight, weight + 1)
}

/// Which of these stakes a point lies in that is drawn from below their sum, as they lie end to end. Each is hit with a
/// probability in proportion to it. `None` for a point beyond them.
pub fn hit(stakes: impl IntoIterator<Item = Balance>, mut point: Balance) -> Option<usize> {
    stakes.into_iter().position(|stake| {
        let here = point < stake;
        point = point.saturating_sub(stake);
        here
    })
}

/// The class of effective stakes that one is drawn from in constant expected time: `⌊log2(stake)⌋`.
///
/// Members of a class differ by less than a factor of two. A draw picks a class with the probability of its
/// total, then a member with equal chances, and keeps it with the probability `stake / ceiling(class)`, which
/// is at least one half: the result is exactly proportional to stake. `None` for a stake of 0, which is never
/// drawn.
pub fn class(stake: Balance) -> Option<u8> {
    stake.checked_ilog2().map(|log| log as u8)
}

/// The upper bound of the stakes in a class, itself not in it (but for the last class of all).
pub fn ceiling(class: u8) -> Balance {
    1u128.checked_shl(u32::from(class) + 1).unwrap_or(Balance::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    #[test]
    fn discounts_the_bond_by_the_odds_of_being_right() {
        assert_eq!(effective_stake(300, Score(0)), 200);
        assert_eq!(effective_stake(1_000, Score(300)), 990);
    }

    #[test]
    fn lets_a_bond_ripen_for_a_day() {
        assert_eq!(ripe_at(5, RIPENING), 43_205);
    }

    #[test]
    fn lets_an_addition_ripen_too() {
        let first = Unripe::default().with(100, 5, 30);
        assert_eq!(first, Unripe { amount: 100, ripe_at: 35 });
        // A third of the whole has 20 blocks left to wait, the rest 30: 26 ⅔, rounded up.
        assert_eq!(first.with(200, 15, 30), Unripe { amount: 300, ripe_at: 15 + 27 });
        // What is ripe stays ripe: only what is added waits.
        assert_eq!(first.with(1, 35, 30), Unripe { amount: 1, ripe_at: 65 });
        assert_eq!([34, 35].map(|now| first.at(now)), [100, 0]);
    }

    proptest! {
        #[test]
        fn grows_with_bond_and_score(bond in any::<u128>(), score in any::<u32>(), more in 0u32..1000) {
            let stake = effective_stake(bond, Score(score));
            prop_assert!(stake <= bond);
            prop_assert!(stake <= effective_stake(bond.saturating_add(more.into()), Score(score)));
            prop_assert!(stake <= effective_stake(bond, Score(score.saturating_add(more))));
        }

        #[test]
        fn nothing_ripens_sooner_in_pieces_or_beside_something_else(
            parts in proptest::collection::vec((1u128..1 << 80, 0u32..40), 1..8), ripening in 1u32..100,
        ) {
            let (mut now, mut unripe) = (0, Unripe::default());
            // What is still to be waited for: amounts times blocks.
            let mut owed = 0u128;
            for (amount, pause) in parts {
                now += pause;
                let rest = |unripe: Unripe| unripe.at(now) * u128::from(unripe.ripe_at.saturating_sub(now));
                owed = rest(unripe) + amount * u128::from(ripening);
                let before = unripe;
                unripe = unripe.with(amount, now, ripening);
                prop_assert!(rest(unripe) >= owed);
                prop_assert!(unripe.ripe_at <= now + ripening);
                prop_assert!(before.at(now) == 0 || unripe.ripe_at >= before.ripe_at);
                prop_assert_eq!(unripe.amount, before.at(now) + amount);
            }
            prop_assert!(owed > 0);
        }

        #[test]
        fn does_not_overflow(amount in any::<u128>(), at in any::<u32>(), more in any::<u128>(), now in any::<u32>(), ripening in any::<u32>()) {
            let unripe = Unripe { amount, ripe_at: at }.with(more, now, ripening);
            prop_assert!(unripe.at(now) <= unripe.amount);
        }

        /// The seat's stake, and then the part of it that is not locked: together, the odds of what is unlocked.
        #[test]
        fn a_worker_is_kept_in_proportion_to_what_it_has_unlocked(ripe in 1u128..200, unlocked in 0u128..300) {
            let kept = (0..ripe).filter(|point| keeps(*point, ripe, unlocked)).count();
            prop_assert_eq!(kept as u128, ripe.min(unlocked));
        }

        #[test]
        fn hits_each_stake_as_often_as_it_is_large(stakes in proptest::collection::vec(0u128..20, 0..12)) {
            let whole = stakes.iter().sum();
            let mut hits = vec![0; stakes.len()];
            for point in 0..whole {
                hits[hit(stakes.iter().copied(), point).unwrap()] += 1;
            }
            prop_assert_eq!(hit(stakes.iter().copied(), whole), None);
            prop_assert_eq!(hits, stakes);
        }

        #[test]
        fn keeps_a_member_with_a_probability_of_one_half_at_least(stake in 1u128..) {
            let ceiling = ceiling(class(stake).unwrap());
            prop_assert!(stake <= ceiling && stake >= ceiling / 2);
        }
    }
}
