//! What a chain can do in a block, shared out to stages that come one after another.
//!
//! Each stage has a floor: a part of the whole that no other stage can take from it. A stage may use all that is left, but for
//! the floors of those that come after it. So no stage can keep another from its work, however much there is to do in it, and
//! what one leaves is there for the next.

use crate::unit::Share;

/// What is left for the stages whose turn has not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget<const STAGES: usize> {
    left: u64,
    floors: [u64; STAGES],
    next: usize,
}

impl<const STAGES: usize> Budget<STAGES> {
    /// A whole, in whatever unit, of which each stage has this share at least, in the stages' order. Together they are not more
    /// than the whole: otherwise the first stages have less.
    pub fn new(whole: u64, floors: [Share; STAGES]) -> Self {
        // A part of the whole is not more than the whole.
        Self { left: whole, floors: floors.map(|share| share.of(whole.into()) as u64), next: 0 }
    }

    /// Let the next stage work. It is told what it may use, and says what it has used, which is not more. Nothing once all
    /// stages had their turn.
    pub fn give(&mut self, stage: impl FnOnce(u64) -> u64) {
        let after = self.next.saturating_add(1);
        let others = self.floors.iter().skip(after).fold(0u64, |sum, floor| sum.saturating_add(*floor));
        let most = if self.next < STAGES { self.left.saturating_sub(others) } else { 0 };
        self.left = self.left.saturating_sub(stage(most));
        self.next = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};
    use proptest::prelude::*;

    const STAGES: usize = 4;

    fn shares(parts: [u8; STAGES]) -> [Share; STAGES] {
        parts.map(Share)
    }

    /// What each stage may use if it wants `wanted`, and what it uses then.
    fn given(whole: u64, floors: [Share; STAGES], wanted: [u64; STAGES]) -> Vec<(u64, u64)> {
        let mut budget = Budget::new(whole, floors);
        let mut given = Vec::new();
        for wanted in wanted {
            budget.give(|most| {
                given.push((most, wanted.min(most)));
                wanted.min(most)
            });
        }
        given
    }

    #[test]
    fn passes_on_what_a_stage_leaves() {
        let floors = shares([10, 20, 30, 40]);
        let greedy = given(100, floors, [u64::MAX; STAGES]);
        assert_eq!(greedy, [(10, 10), (20, 20), (30, 30), (40, 40)]);
        let modest = given(100, floors, [4, 0, u64::MAX, 1]);
        assert_eq!(modest, [(10, 4), (26, 0), (56, 56), (40, 1)]);
    }

    #[test]
    fn gives_to_the_first_what_is_nobody_s() {
        assert_eq!(given(100, shares([10, 10, 10, 10]), [u64::MAX; STAGES])[0], (70, 70));
    }

    #[test]
    fn has_nothing_for_more_stages_than_there_are() {
        let mut budget = Budget::new(100, [Share(50)]);
        let mut most = vec![];
        for _ in 0..2 {
            budget.give(|given| {
                most.push(given);
                1
            });
        }
        assert_eq!(most, [100, 0]);
    }

    /// Parts of a whole.
    fn floors() -> impl Strategy<Value = [Share; STAGES]> {
        (0u8..=100, 0u8..=100, 0u8..=100).prop_map(|(first, second, third)| {
            let mut cuts = [first, second, third];
            cuts.sort_unstable();
            let [first, second, third] = cuts;
            shares([first, second - first, third - second, 100 - third])
        })
    }

    proptest! {
        #[test]
        fn keeps_each_floor_and_the_whole(
            whole in any::<u64>(), floors in floors(), wanted in any::<[u64; STAGES]>(), scale in 0u32..64,
        ) {
            // So that there are all: stages that want little, and stages that want more than there is.
            let wanted = wanted.map(|wanted| wanted >> scale);
            let mut used = 0u64;
            for (stage, (most, taken)) in given(whole, floors, wanted).into_iter().enumerate() {
                let floor = floors[stage].of(whole.into()) as u64;
                prop_assert!(most >= floor, "stage {} has {}, not {}", stage, most, floor);
                // All that is left, but for the floors of those after it.
                let later: u64 = floors[stage + 1..].iter().map(|share| share.of(whole.into()) as u64).sum();
                prop_assert_eq!(most, whole - used - later);
                used = used.checked_add(taken).expect("the whole is not exceeded");
                prop_assert!(used <= whole);
            }
        }

        #[test]
        fn takes_nothing_from_a_stage_by_what_others_want(
            whole in any::<u64>(), floors in floors(), wanted in any::<[u64; STAGES]>(), stage in 0..STAGES,
        ) {
            let alone: Vec<_> = (0..STAGES).map(|one| if one == stage { wanted[one] } else { 0 }).collect();
            let alone = given(whole, floors, [alone[0], alone[1], alone[2], alone[3]])[stage].1;
            let beside = given(whole, floors, wanted)[stage].1;
            let floor = floors[stage].of(whole.into()) as u64;
            prop_assert!(beside >= alone.min(floor));
        }
    }
}
