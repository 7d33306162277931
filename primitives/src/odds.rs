//! The probability of a draw.
//!
//! `effective stake = bond · weight / (weight + 1)`: the bond, discounted by the probability that its owner is right.
//! The bond of a new worker counts for two thirds, that of a worker with a score of 300 for 99 / 100.

use crate::{
    credibility::weight,
    unit::{proportion, Balance, BlockNumber, Score},
};

/// Blocks until a new account's bond takes part in draws, where governance has set nothing else: about a day. Who lost
/// its name for a lie, and comes back under another, lies once a day at most.
pub const RIPENING: BlockNumber = 43_200;

/// The block from which on a bond takes part in draws that was put up in block `since`.
pub fn ripe_at(since: BlockNumber, ripening: BlockNumber) -> BlockNumber {
    since.saturating_add(ripening)
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

    proptest! {
        #[test]
        fn grows_with_bond_and_score(bond in any::<u128>(), score in any::<u32>(), more in 0u32..1000) {
            let stake = effective_stake(bond, Score(score));
            prop_assert!(stake <= bond);
            prop_assert!(stake <= effective_stake(bond.saturating_add(more.into()), Score(score)));
            prop_assert!(stake <= effective_stake(bond, Score(score.saturating_add(more))));
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
