//! When the result of a group of workers is accepted.
//!
//! Credibility-based fault tolerance after L. F. G. Sarmenta, *Sabotage-Tolerance Mechanisms for Volunteer Computing
//! Systems* (2002), with the constants of iExec's PoCo:
//!
//! ```text
//! weight(score) = max(score / 3, 3) - 1
//! group(h)      = product of the weights of those who committed h
//! total         = 1 + Σ group
//! accepted  ⇔   group(h) · trust > total · (trust - 1)
//! ```
//!
//! An accepted result is right with a probability above `1 - 1 / trust`.

use alloc::vec::Vec;

use crate::unit::{Score, Trust, Weight};

/// Groups stop growing here. With it `group · trust` and `total · trust` stay below 2¹²⁸ for any number of
/// groups that a task can have: `2⁹⁶ · 2²⁰ · 33 < 2¹²²`.
const GROUP_CAP: u128 = 1 << 96;

/// Odds that a worker of this score is right. Scores from 0 to 11 give 2.
pub fn weight(score: Score) -> Weight {
    Weight((score.0 / 3).max(3) - 1)
}

/// The weight of several workers that agree.
pub fn group(weights: impl IntoIterator<Item = Weight>) -> u128 {
    weights
        .into_iter()
        .fold(1u128, |product, weight| product.saturating_mul(weight.0.max(1).into()).min(GROUP_CAP))
}

/// Whether `group` is believed against `others`, the groups of other results.
pub fn accepted(group: u128, others: impl IntoIterator<Item = u128>, trust: Trust) -> bool {
    let trust = u128::from(trust.0.clamp(1, Trust::MAX.0));
    let group = group.min(GROUP_CAP);
    let total = others
        .into_iter()
        .fold(group.saturating_add(1), |total, other| total.saturating_add(other.min(GROUP_CAP)));
    group.saturating_mul(trust) > total.saturating_mul(trust - 1)
}

/// How many of these workers make a result that is believed, taken in this order, if they agree and nobody else has another
/// result. `None` where all of them do not.
pub fn needed(weights: impl IntoIterator<Item = Weight>, trust: Trust) -> Option<u32> {
    let mut together = 1;
    let believed = weights.into_iter().position(|weight| {
        together = group([weight]).saturating_mul(together).min(GROUP_CAP);
        accepted(together, [], trust)
    })?;
    u32::try_from(believed).ok()?.checked_add(1)
}

/// The results that were committed to, each with those who stand behind it.
#[derive(Clone, Debug)]
pub struct Tally<Key> {
    groups: Vec<(Key, u128)>,
}

impl<Key> Default for Tally<Key> {
    fn default() -> Self {
        Self { groups: Vec::new() }
    }
}

impl<Key: PartialEq + Copy> Tally<Key> {
    /// Count one commitment.
    pub fn add(&mut self, key: Key, weight: Weight) {
        match self.groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, product)) => *product = group([weight]).saturating_mul(*product).min(GROUP_CAP),
            None => self.groups.push((key, group([weight]))),
        }
    }

    /// The result that is believed, if one is. At trust 1 everything would be: then the heaviest, and among
    /// equals the first committed, is.
    pub fn winner(&self, trust: Trust) -> Option<Key> {
        let (key, product) = self.heaviest()?;
        accepted(product, self.others(key), trust).then_some(key)
    }

    /// Whether some result would be believed if all of `pending` joined the heaviest group (a new group where
    /// there is none yet).
    pub fn within_reach(&self, pending: impl IntoIterator<Item = Weight>, trust: Trust) -> bool {
        let hoped = group(pending);
        match self.heaviest() {
            Some((key, product)) => {
                accepted(product.saturating_mul(hoped).min(GROUP_CAP), self.others(key), trust)
            }
            // An empty product is 1, and at trust 1 it would do: but a result needs somebody to compute it.
            None => hoped > 1 && accepted(hoped, [], trust),
        }
    }

    fn heaviest(&self) -> Option<(Key, u128)> {
        self.groups.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    fn others(&self, key: Key) -> impl Iterator<Item = u128> + '_ {
        self.groups.iter().filter(move |(other, _)| *other != key).map(|(_, product)| *product)
    }
}

/// The score after a contribution that agreed with the accepted result. A worker that was alone was checked by
/// nobody and stays where it is.
pub fn score_when_right(score: Score, contributors: usize) -> Score {
    if contributors > 1 {
        Score(score.0.saturating_add(1))
    } else {
        score
    }
}

/// The score after a contribution that lost the vote, or was not revealed: two thirds, rounded down.
pub fn score_when_wrong(score: Score) -> Score {
    Score((u64::from(score.0) * 2 / 3) as u32)
}

/// The score after a task that the worker did not deliver in time: one less.
pub fn score_when_absent(score: Score) -> Score {
    Score(score.0.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn asks_for_as_many_fresh_workers_as_specified() {
        let fresh = core::iter::repeat_n(Weight(2), 64);
        let trusts = [1, 2, 3, 4, 5, 8, 9, 16, 100];
        let needed: Vec<_> = trusts.map(|trust| needed(fresh.clone(), Trust(trust)).unwrap()).into();
        assert_eq!(needed, [1, 1, 2, 2, 3, 3, 4, 4, 7]);
    }

    #[test]
    fn needs_nobody_after_those_who_are_believed_and_more_than_those_who_are_not() {
        assert_eq!(needed([Weight(100), Weight(2)], Trust(100)), Some(1));
        assert_eq!(needed([Weight(2), Weight(100)], Trust(100)), Some(2));
        assert_eq!(needed([Weight(2); 6], Trust(100)), None);
        assert_eq!(needed([], Trust(1)), None);
    }

    #[test]
    fn weighs_scores_as_specified() {
        let weights: Vec<_> =
            [0, 11, 12, 15, 303, u32::MAX].into_iter().map(|s| weight(Score(s)).0).collect();
        assert_eq!(weights, [2, 2, 3, 4, 100, u32::MAX / 3 - 1]);
    }

    #[test]
    fn needs_somebody_even_at_trust_one() {
        let empty = Tally::<u8>::default();
        assert_eq!(empty.winner(Trust(1)), None);
        assert!(!empty.within_reach([], Trust(1)));
        assert!(empty.within_reach([Weight(2)], Trust(1)));
    }

    fn weights() -> impl Strategy<Value = Vec<u32>> {
        proptest::collection::vec(prop_oneof![2u32..5, 2u32..1000, Just(u32::MAX / 3)], 0..32)
    }

    proptest! {
        #[test]
        fn is_monotonic_in_agreement(mine in weights(), other in weights(), trust in 1u32..=1_000_000, more in 2u32..1000) {
            let before = accepted(group(mine.iter().map(|w| Weight(*w))), [group(other.iter().map(|w| Weight(*w)))], Trust(trust));
            let after = accepted(
                group(mine.iter().chain([&more]).map(|w| Weight(*w))),
                [group(other.iter().map(|w| Weight(*w)))],
                Trust(trust),
            );
            prop_assert!(!before || after);
        }

        #[test]
        fn needs_the_fewest_when_the_heaviest_come_first(mine in weights(), trust in 1u32..=1_000_000) {
            let mut sorted: Vec<_> = mine.iter().map(|w| Weight(*w)).collect();
            let any = needed(sorted.clone(), Trust(trust));
            sorted.sort();
            let most = needed(sorted.clone(), Trust(trust));
            let fewest = needed(sorted.into_iter().rev(), Trust(trust));
            prop_assert!(fewest <= any && any <= most);
            let all = mine.iter().map(|w| Weight(*w));
            prop_assert_eq!(any.is_some(), !mine.is_empty() && accepted(group(all), [], Trust(trust)));
        }

        #[test]
        fn never_accepts_two_results(one in weights(), two in weights(), trust in 2u32..=1_000_000) {
            let (one, two) = (group(one.into_iter().map(Weight)), group(two.into_iter().map(Weight)));
            prop_assert!(!(accepted(one, [two], Trust(trust)) && accepted(two, [one], Trust(trust))));
        }

        #[test]
        fn does_not_accept_more_at_a_higher_trust(one in weights(), two in weights(), trust in 1u32..1_000_000) {
            let (one, two) = (group(one.into_iter().map(Weight)), group(two.into_iter().map(Weight)));
            prop_assert!(accepted(one, [two], Trust(trust)) || !accepted(one, [two], Trust(trust + 1)));
        }

        #[test]
        fn does_not_overflow_at_the_extremes(count in 0usize..200, trust in any::<u32>()) {
            let mut tally = Tally::default();
            for key in 0..count {
                tally.add(key % 7, Weight(u32::MAX));
            }
            tally.winner(Trust(trust));
            tally.within_reach([Weight(u32::MAX); 64], Trust(trust));
        }

        #[test]
        fn a_penalty_never_raises_a_score(score in any::<u32>()) {
            prop_assert!(score_when_wrong(Score(score)) <= Score(score));
            prop_assert!(score_when_absent(Score(score)) <= Score(score));
        }
    }
}
