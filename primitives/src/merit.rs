//! Merit: how a worker earns the right to work alone, and how it loses it.
//!
//! **Merit** is the value of the results for which an audit or a jury found the worker right. In a task of value `v`
//! it gives the score `merit / v`: the number of tasks like this one that the worker has done. Ten thousand cheap
//! tasks therefore do not qualify a worker for one expensive task, and the credibility rule ([`crate::credibility`])
//! is unchanged.
//!
//! Only audits and juries give merit, and an audit has a price: the payer of the task pays `v` to the auditor, which
//! is drawn at random from the workers of all pools. An audit gives `v` to the audited workers, in equal parts, and
//! `v` to the auditor. An attacker that pays for tasks of its own workers, with a fraction `s` of the auditors its
//! own, gets `(1 + s) · v` of merit for `(1 - s) · v` of money. If less than a third of the auditors are its own, a
//! unit of merit costs more than half a unit of TLK.
//!
//! Audits of [restricted](crate::restriction) deals give none: there the auditor is drawn from one pool, all of whose workers
//! the attacker may have.
//!
//! [`crate::placement`] defines what merit is needed for.

use serde::{Deserialize, Serialize};

use crate::{
    apply, credibility,
    unit::{Balance, BlockNumber, Merit, Rate, Score, Weight},
};

/// What a worker that does not deliver loses of its merit, in values of the task.
const ABSENCE: u128 = 10;

/// The half-life of merit where governance has set nothing else, in blocks: 90 days.
pub const HALF_LIFE: BlockNumber = 90 * 43_200;

/// What governance decides about reputation.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MeritRules {
    /// The value of a task whose score draws go by, and terms of pools, in units of TLK: there is one draw for tasks of
    /// all values.
    pub yardstick: Balance,
    /// Blocks in which half of the merit fades that is not renewed; 0 where none does.
    pub half_life: BlockNumber,
    /// Blocks until a new bond takes part in draws.
    pub ripening: BlockNumber,
}

/// How often young workers are audited where governance has set nothing else.
pub const DEFAULT_YOUNG_RATE: Rate = Rate(2_000);

/// The score that a task of this value sees.
pub fn score(merit: Merit, value: Balance) -> Score {
    Score(u32::try_from(merit.0 / value.max(1)).unwrap_or(u32::MAX))
}

/// The weight that merit gives in the consensus on a task of this value.
pub fn weight(merit: Merit, value: Balance) -> Weight {
    credibility::weight(score(merit, value))
}

/// What each of `workers` workers earns by an audit that confirmed them. The auditor earns as much as one worker alone.
pub fn earned(value: Balance, workers: u32) -> Merit {
    Merit(value / Balance::from(workers.max(1)))
}

/// Merit with what was earned on top.
pub fn grown(merit: Merit, earned: Merit) -> Merit {
    Merit(merit.0.saturating_add(earned.0))
}

/// Most blocks that governance can have a new bond wait for: 30 days. Newcomers must come in at some time.
pub const MAX_RIPENING: BlockNumber = 30 * 43_200;

/// The dearest task that governance can measure with, in units of TLK: a billion TLK. Beyond that, all scores are 0.
pub const MAX_YARDSTICK: Balance = 1_000_000_000_000_000_000;

impl MeritRules {
    /// Whether reputation means something by them: there is something to measure it with, newcomers come in, and merit does
    /// not fade faster than its owner's bond ripens.
    pub fn are_sound(&self) -> bool {
        (1..=MAX_YARDSTICK).contains(&self.yardstick)
            && self.ripening <= MAX_RIPENING
            && (self.half_life == 0 || self.half_life >= self.ripening)
    }

    /// What is left of merit after some blocks in which none was earned: half after each half-life, and a straight line
    /// in between. A half-life of 0 means that nothing fades.
    pub fn faded(self, merit: Merit, blocks: BlockNumber) -> Merit {
        let half_life = self.half_life;
        let (Some(halvings), Some(rest)) = (blocks.checked_div(half_life), blocks.checked_rem(half_life))
        else {
            return merit;
        };
        let left = merit.0.checked_shr(halvings).unwrap_or(0);
        // ⌊left · rest / (2 · half-life)⌋ without overflow.
        let (rest, whole) = (u128::from(rest), 2 * u128::from(half_life));
        Merit(left - (left / whole * rest + left % whole * rest / whole))
    }
}

/// Merit after a task that was not delivered: it costs at once what ten audits earn.
pub fn after_absence(merit: Merit, value: Balance) -> Merit {
    Merit(merit.0.saturating_sub(value.saturating_mul(ABSENCE)))
}

/// Merit after a contribution that lost a vote or was not revealed: two thirds, rounded down.
pub fn after_loss(merit: Merit) -> Merit {
    Merit(merit.0 / 3 * 2 + merit.0 % 3 * 2 / 3)
}

/// Merit after a jury found the worker wrong: none.
pub fn after_conviction() -> Merit {
    Merit(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn faded(merit: Merit, blocks: BlockNumber, half_life: BlockNumber) -> Merit {
        MeritRules { yardstick: 1, half_life, ripening: 0 }.faded(merit, blocks)
    }

    #[test]
    fn counts_tasks_of_the_value_in_question() {
        assert_eq!([1, 1_000].map(|value| score(Merit(10_000), value)), [Score(10_000), Score(10)]);
    }

    #[test]
    fn fades_by_half_in_a_half_life() {
        let at = |blocks| faded(Merit(1_000), blocks, 100).0;
        assert_eq!([at(0), at(50), at(100), at(150), at(200), at(u32::MAX)], [1_000, 750, 500, 375, 250, 0]);
        assert_eq!(faded(Merit(1_000), 5, 0), Merit(1_000));
    }

    proptest! {
        #[test]
        fn one_audit_earns_no_more_than_it_is_paid_for(value in any::<u128>(), workers in 1u32..=32) {
            prop_assert!(earned(value, workers).0.checked_mul(workers.into()).unwrap() <= value);
        }

        #[test]
        fn nothing_but_an_audit_raises_merit(merit in any::<u128>(), value in any::<u128>(), blocks in any::<u32>(), more in 0u32..1000, half_life in any::<u32>()) {
            let merit = Merit(merit);
            prop_assert!(after_absence(merit, value) <= merit);
            prop_assert!(after_loss(merit) <= merit);
            prop_assert!(faded(merit, blocks, half_life) <= merit);
            prop_assert!(faded(merit, blocks.saturating_add(more), half_life) <= faded(merit, blocks, half_life));
        }
    }
}
