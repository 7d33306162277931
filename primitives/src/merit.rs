//! Who may stand alone for a result, and what that costs to become.
//!
//! **Merit** is the value of what a worker was audited for and found right in. A task of the value `v` sees of it the
//! score `merit / v`: how many tasks like itself the worker has done. So ten thousand cheap tasks make nobody
//! trusted with a dear one, and the credibility rule ([`crate::credibility`]) stays as it is.
//!
//! Nothing but an audit, or a jury, earns merit, and an audit has its price: the payer of the task pays `v` to the auditor,
//! and auditors are drawn by lot from the workers of all pools. An
//! audited task gives `v` to those who are audited, in equal parts, and `v` to the auditor. Who pays for tasks
//! that its own workers execute, with a part `s` of the auditors its own, gets `(1 + s) · v` of merit for
//! `(1 - s) · v` of money: with less than a third of them, a unit of merit for more than half a unit of TLK.
//!
//! A worker stands alone for a task of value `v` if
//!
//! ```text
//! weight(merit / v) closes consensus alone     (303 values at trust 100)
//! merit  ≥ 2 · collateral(v, rate)             (78 values at 5 %)
//! locked ≥ collateral(v, rate)                 (39 values at 5 %)
//! ```
//!
//! and the [gate](crate::gate) has let it in. By the second, merit that was bought cost more than all wrong results of
//! one liar are worth; by the third, each lie is a loss by itself.
//!
//! Whoever has not ten times that merit is **young** and is audited more often, at 20 % where governance sets nothing else:
//! a saboteur that lies as soon as it can is found out after a fifth of the lies, and to lie seldom found out it must
//! have done ten times the work. The collateral goes by the rate at which its owner is audited. A result for which nobody
//! may stand alone is always audited.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    audit::collateral,
    credibility::{accepted, group, weight},
    unit::{Balance, BlockNumber, Merit, Rate, Score, Trust},
};

/// What a worker that does not deliver loses of its merit, in values of the task.
const ABSENCE: u128 = 10;

/// The half-life of merit where governance has set nothing else, in blocks: 90 days.
pub const HALF_LIFE: BlockNumber = 90 * 43_200;

/// What governance decides about reputation.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
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

/// A worker is young for a task as long as its merit would not do for one of so many times the value.
const SEASONED: u128 = 10;

/// The score that a task of this value sees.
pub fn score(merit: Merit, value: Balance) -> Score {
    Score(u32::try_from(merit.0 / value.max(1)).unwrap_or(u32::MAX))
}

/// What each of so many workers earns by an audit that confirmed them; the auditor earns as much as one alone.
pub fn earned(value: Balance, workers: u32) -> Merit {
    Merit(value / Balance::from(workers.max(1)))
}

/// Merit with what was earned on top.
pub fn grown(merit: Merit, earned: Merit) -> Merit {
    Merit(merit.0.saturating_add(earned.0))
}

/// What is left of merit after some blocks in which none was earned: half after each half-life, and a straight line
/// in between. A half-life of 0 means that nothing fades.
pub fn faded(merit: Merit, blocks: BlockNumber, half_life: BlockNumber) -> Merit {
    let (Some(halvings), Some(rest)) = (blocks.checked_div(half_life), blocks.checked_rem(half_life)) else {
        return merit;
    };
    let left = merit.0.checked_shr(halvings).unwrap_or(0);
    // ⌊left · rest / (2 · half-life)⌋ without overflow.
    let (rest, whole) = (u128::from(rest), 2 * u128::from(half_life));
    Merit(left - (left / whole * rest + left % whole * rest / whole))
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

/// Whether a worker has the merit to stand alone for a task.
pub fn suffices(merit: Merit, value: Balance, rate: Rate, trust: Trust) -> bool {
    let closes = accepted(group([weight(score(merit, value))]), [], trust);
    let bought = collateral(value, rate).and_then(|amount| amount.checked_mul(2));
    closes && bought.is_some_and(|least| merit.0 >= least)
}

/// How often the results of a worker are audited for which it stands alone, and a worker that has not the merit always.
pub fn rate(category: Rate, young: Rate, merit: Merit, value: Balance, trust: Trust) -> Rate {
    if !suffices(merit, value, category, trust) {
        Rate::ALWAYS
    } else if !suffices(merit, value.saturating_mul(SEASONED), category, trust) {
        young.max(category)
    } else {
        category
    }
}

/// The rate at which a worker is audited that stands alone for a task, with so much locked for it. `None` where it
/// does not, even if the gate has let it in.
///
/// To be asked when the collateral is locked, and kept with the task: merit that grows until the lot is drawn must not
/// lower the rate below what the collateral is for. Merit that was lost meanwhile may raise it.
pub fn stands_alone(
    merit: Merit,
    locked: Balance,
    value: Balance,
    category: Rate,
    young: Rate,
    trust: Trust,
) -> Option<Rate> {
    let rate = rate(category, young, merit, value, trust);
    let covered = collateral(value, rate).is_some_and(|least| locked >= least);
    (covered && rate < Rate::ALWAYS).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{is_valid, lying_pays, wrong_before_found, LEAST_RATE, MOST_RATE};
    use proptest::prelude::*;

    const RATE: Rate = Rate(500);

    #[test]
    fn asks_for_the_merit_that_is_specified() {
        let least = |trust| (0..2_000).find(|merit| suffices(Merit(*merit), 1, RATE, Trust(trust)));
        assert_eq!(least(100), Some(303));
        // Collateral is 39 values and a unit; twice that.
        assert_eq!(least(2), Some(80));
    }

    #[test]
    fn cheap_tasks_make_nobody_trusted_with_a_dear_one() {
        let merit = (0..10_000).fold(Merit(0), |merit, _| grown(merit, earned(1, 1)));
        assert!(suffices(merit, 1, RATE, Trust(100)));
        assert!(!suffices(merit, 100, RATE, Trust(100)));
        assert_eq!(score(merit, 1_000), Score(10));
    }

    #[test]
    fn audits_the_young_more_often() {
        let rates =
            [302, 303, 3_029, 3_030].map(|merit| rate(RATE, Rate(2_000), Merit(merit), 1, Trust(100)));
        assert_eq!(rates, [Rate::ALWAYS, Rate(2_000), Rate(2_000), RATE]);
    }

    #[test]
    fn fades_by_half_in_a_half_life() {
        let at = |blocks| faded(Merit(1_000), blocks, 100).0;
        assert_eq!([at(0), at(50), at(100), at(150), at(200), at(u32::MAX)], [1_000, 750, 500, 375, 250, 0]);
        assert_eq!(faded(Merit(1_000), 5, 0), Merit(1_000));
    }

    fn rates() -> impl Strategy<Value = Rate> {
        (LEAST_RATE.0..=MOST_RATE.0).prop_map(Rate)
    }

    proptest! {
        /// The promise that all this is for.
        #[test]
        fn a_rational_cheat_has_nothing_to_gain(
            merit in any::<u128>(), locked in any::<u128>(), value in any::<u128>(), category in rates(), young in rates(), trust in 1u32..=1_000_000,
        ) {
            if let Some(rate) = stands_alone(Merit(merit), locked, value, category, young, Trust(trust)) {
                prop_assert!(!lying_pays(value, locked, rate));
            }
        }

        #[test]
        fn and_neither_has_one_with_just_enough(value in 0u128..1 << 100, category in rates(), young in rates(), score in 303u32..100_000) {
            let merit = Merit(value.saturating_mul(score.into()).max(2 * collateral(value, category).unwrap()));
            let rate = rate(category, young, merit, value, Trust(100));
            let locked = collateral(value, rate).unwrap();
            prop_assert_eq!(stands_alone(merit, locked, value, category, young, Trust(100)), Some(rate));
            prop_assert_eq!(stands_alone(merit, locked - 1, value, category, young, Trust(100)), None);
            prop_assert!(!lying_pays(value, locked, rate));
        }

        #[test]
        fn more_merit_is_audited_less(merit in any::<u128>(), more in any::<u128>(), value in 0u128..1 << 100, category in rates(), young in rates()) {
            let rate = |merit| rate(category, young, Merit(merit), value, Trust(100));
            prop_assert!(rate(merit) >= rate(merit.saturating_add(more)));
            prop_assert!(rate(merit) >= category);
        }

        #[test]
        fn merit_costs_more_than_what_it_buys(value in 1u128..1 << 100, rate in rates(), fellows in 0u128..=3_333) {
            prop_assert!(is_valid(rate));
            // What 10 000 audits of one's own tasks earn and cost, in the mean.
            let paid = (10_000 - fellows) * value;
            let gained = (10_000 + fellows) * earned(value, 1).0;
            prop_assert!(2 * paid > gained);
            // And the least merit that lets its owner stand alone, against all it can gain before it is found out.
            let least = 2 * collateral(value, rate).unwrap();
            prop_assert!(!suffices(Merit(least - 1), value, rate, Trust(1)));
            prop_assert!(least / 2 > value * u128::from(wrong_before_found(rate) - 1));
        }

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

        #[test]
        fn a_dearer_task_asks_for_more(merit in any::<u128>(), value in 0u128..1 << 90, more in 0u128..1 << 90, rate in rates(), trust in 1u32..1_000_000) {
            let merit = Merit(merit);
            prop_assert!(suffices(merit, value, rate, Trust(trust)) || !suffices(merit, value + more, rate, Trust(trust)));
            prop_assert!(suffices(merit, value, rate, Trust(trust)) || !suffices(merit, value, rate, Trust(trust + 1)));
        }
    }
}
