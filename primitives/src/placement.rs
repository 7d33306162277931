//! How a worker takes part in a task: its role, audit rate, and locked stake.
//!
//! | Role | Worker | Locked if a jury can convict |
//! |---|---|---|
//! | alone | the first worker of a task, if it has the merit, the bond and a pass of the [gate](crate::gate) | `stake(value, audit rate)` |
//! | member | one of several workers whose results must agree | `stake(value, always)` |
//! | auditor | a worker that repeats a result that was agreed on | `stake(value, always)` |
//!
//! [`stake`] is the collateral, and at least enough to pay a jury. The pool's stake is the minimum for every worker.
//! If results of honest workers may differ, no worker is convicted, and only the pool's stake is locked.
//!
//! A worker has the merit to work alone on a task of value `v` if
//!
//! ```text
//! weight(merit / v) closes consensus alone             (303 values at trust 100)
//! merit  ≥ 2 · collateral(v, rate of the category)     (118 values at 5 %)
//! ```
//!
//! The second condition makes bought merit cost more than all wrong results of one liar are worth. The collateral
//! makes each lie a loss by itself.
//!
//! A worker with less than ten times that merit is **young** and is audited more often, at 20 % unless governance sets
//! another rate. A saboteur that lies as soon as it can is detected after a fifth of its lies; to be detected less
//! often it has to do ten times the work first. A result that no worker gave alone is always audited.

use crate::{
    audit::{collateral, stake, Assurance, AuditRules},
    credibility,
    deal::Deal,
    merit,
    task::{Contribution, Role, Stage, Task},
    unit::{Balance, Merit, Rate, Trust, Weight},
};

/// A worker is young for a task as long as its merit would not do for one of this many times the value.
const SEASONED: u128 = 10;

/// What a task asks of its workers: fixed by its deal and by the rules of audits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// What a lie about the task can be worth: see [`Deal::value`].
    pub value: Balance,
    /// How sure the requester wants to be.
    pub trust: Trust,
    /// What stands behind the result.
    pub assurance: Assurance,
    /// The audit rate of the category.
    pub category_rate: Rate,
    /// The audit rate of young workers.
    pub young_rate: Rate,
    /// How many jurors decide a dispute.
    pub jurors: u32,
    /// What the pool asks each worker to lock.
    pub pool_stake: Balance,
}

/// What a task needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A first worker: no other is executing the task or has committed to a result.
    First,
    /// One more worker.
    Further,
    /// An auditor.
    Audit,
}

/// How a worker takes part in a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// What it does.
    pub role: Role,
    /// Its weight in the consensus.
    pub weight: Weight,
    /// What it locks of its bond.
    pub locked: Balance,
}

/// The placements that are open to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Alone; the worker also needs a pass of the gate.
    pub alone: Option<Placement>,
    /// As a member or an auditor, if it does not work alone.
    pub shared: Placement,
}

impl Opening {
    /// What this task needs next, given that it lacks a worker.
    pub fn of<AccountId: Clone + PartialEq + codec::Encode>(task: &Task<AccountId>) -> Self {
        let is_gone =
            |one: &Contribution<AccountId>| matches!(one.stage, Stage::Declined { .. } | Stage::Absent);
        if task.is_audit() {
            Self::Audit
        } else if task.contributions.iter().all(is_gone) {
            Self::First
        } else {
            Self::Further
        }
    }
}

impl Conditions {
    /// Those of the tasks of a deal.
    pub fn of<AccountId>(deal: &Deal<AccountId>, rules: &AuditRules) -> Self {
        Self {
            value: deal.value(),
            trust: deal.trust,
            assurance: deal.assurance,
            category_rate: deal.category.audit_rate,
            young_rate: rules.young_rate,
            jurors: rules.jurors,
            pool_stake: deal.worker_stake,
        }
    }

    /// The weight of a worker with this merit.
    pub fn weight(&self, merit: Merit) -> Weight {
        merit::weight(merit, self.value)
    }

    /// Whether a worker has the merit to work alone.
    pub fn suffices(&self, merit: Merit) -> bool {
        let group = credibility::group([self.weight(merit)]);
        let bought = collateral(self.value, self.category_rate).and_then(|amount| amount.checked_mul(2));
        credibility::accepted(group, [], self.trust) && bought.is_some_and(|least| merit.0 >= least)
    }

    /// How often results are audited that a worker with this merit gives alone: always where the merit does not suffice.
    pub fn audit_rate(&self, merit: Merit) -> Rate {
        let dearer = Self { value: self.value.saturating_mul(SEASONED), ..*self };
        if !self.suffices(merit) {
            Rate::ALWAYS
        } else if !dearer.suffices(merit) {
            self.young_rate.max(self.category_rate)
        } else {
            self.category_rate
        }
    }

    /// How often results like that of this task are audited: at the rate for which its worker has locked its stake, or
    /// more often if its merit has shrunk since. `merit` gives the present merit of an account.
    pub fn audit_rate_of<AccountId: Clone + PartialEq + codec::Encode>(
        &self,
        task: &Task<AccountId>,
        merit: impl FnOnce(&AccountId) -> Merit,
    ) -> Rate {
        match task.alone() {
            Some(Contribution { worker, role: Role::Alone { rate }, .. }) => {
                // Merit that has grown since must not lower the rate below what the stake is for.
                self.audit_rate(merit(worker)).max(*rate)
            }
            _ => Rate::ALWAYS,
        }
    }

    /// What a worker locks whose result is audited at this rate. `None` where there is no such amount.
    pub fn stake(&self, rate: Rate) -> Option<Balance> {
        if !self.assurance.is_deterministic() {
            return Some(self.pool_stake);
        }
        Some(stake(self.value, rate, self.jurors)?.max(self.pool_stake))
    }

    /// The placements that are open to a worker with this merit, and with `unlocked` of its bond unlocked. The stake of the
    /// shared placement may be more than that: then the worker cannot take the task.
    pub fn offer(&self, opening: Opening, merit: Merit, unlocked: Balance) -> Offer {
        let weight = self.weight(merit);
        let role = if opening == Opening::Audit { Role::Auditor } else { Role::Member };
        let locked = self.stake(Rate::ALWAYS).unwrap_or(Balance::MAX);
        let rate = self.audit_rate(merit);
        let may = opening == Opening::First && self.assurance.is_deterministic() && rate < Rate::ALWAYS;
        let stake = self.stake(rate).filter(|stake| may && *stake <= unlocked);
        let alone = stake.map(|locked| Placement { role: Role::Alone { rate }, weight, locked });
        Offer { alone, shared: Placement { role, weight, locked } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{wrong_before_found, Lie, MAX_RATE, MIN_RATE},
        merit::{earned, grown, DEFAULT_YOUNG_RATE},
    };
    use proptest::prelude::*;

    const RATE: Rate = Rate(500);

    fn conditions(value: Balance, trust: u32) -> Conditions {
        Conditions {
            value,
            trust: Trust(trust),
            assurance: Assurance::Adjudicated,
            category_rate: RATE,
            young_rate: DEFAULT_YOUNG_RATE,
            jurors: 7,
            pool_stake: 0,
        }
    }

    #[test]
    fn asks_for_the_merit_that_is_specified() {
        let least = |trust| (0..2_000).find(|merit| conditions(1, trust).suffices(Merit(*merit)));
        assert_eq!(least(100), Some(303));
        // Collateral is 59 values and a unit; twice that.
        assert_eq!(least(2), Some(120));
    }

    #[test]
    fn cheap_tasks_make_nobody_trusted_with_an_expensive_one() {
        let merit = (0..10_000).fold(Merit(0), |merit, _| grown(merit, earned(1, 1)));
        assert!(conditions(1, 100).suffices(merit));
        assert!(!conditions(100, 100).suffices(merit));
    }

    #[test]
    fn audits_the_young_more_often() {
        let rates = [302, 303, 3_029, 3_030].map(|merit| conditions(1, 100).audit_rate(Merit(merit)));
        assert_eq!(rates, [Rate::ALWAYS, Rate(2_000), Rate(2_000), RATE]);
    }

    #[test]
    fn locks_what_is_specified() {
        let conditions = Conditions { pool_stake: 35, ..conditions(100, 100) };
        let locked = |merit, opening| {
            let offer = conditions.offer(opening, Merit(merit), Balance::MAX);
            (offer.alone.map(|alone| alone.locked), offer.shared.locked)
        };
        assert_eq!(locked(0, Opening::First), (None, 800));
        assert_eq!(locked(30_300, Opening::First), (Some(1_401), 800));
        assert_eq!(locked(303_000, Opening::First), (Some(5_901), 800));
        assert_eq!(locked(303_000, Opening::Further), (None, 800));
        assert_eq!(locked(303_000, Opening::Audit), (None, 800));
        let replicated = Conditions { assurance: Assurance::Replicated, ..conditions };
        assert_eq!(replicated.offer(Opening::First, Merit(303_000), Balance::MAX).shared.locked, 35);
        assert_eq!(replicated.offer(Opening::First, Merit(303_000), Balance::MAX).alone, None);
    }

    fn rates() -> impl Strategy<Value = Rate> {
        (MIN_RATE.0..=MAX_RATE.0).prop_map(Rate)
    }

    proptest! {
        /// The promise that all this is for.
        #[test]
        fn a_rational_cheat_has_nothing_to_gain(
            merit in any::<u128>(), unlocked in any::<u128>(), value in 0u128..1 << 115, category_rate in rates(),
            young_rate in rates(), trust in 1u32..=1_000_000, jurors in 0u32..=31, pool_stake in any::<u64>(),
        ) {
            let pool_stake = pool_stake.into();
            let conditions = Conditions { category_rate, young_rate, jurors, pool_stake, ..conditions(value, trust) };
            let Offer { alone, shared } = conditions.offer(Opening::First, Merit(merit), unlocked);
            let pays = |locked, rate| Lie { value, locked, rate }.pays();
            if let Some(Placement { role: Role::Alone { rate }, locked, .. }) = alone {
                prop_assert!(locked <= unlocked);
                prop_assert!(!pays(locked, rate));
            }
            prop_assert!(!pays(shared.locked, Rate::ALWAYS));
        }

        #[test]
        fn just_enough_is_enough(
            value in 0u128..1 << 100, category_rate in rates(), young_rate in rates(), score in 303u32..100_000,
        ) {
            let merit = value.saturating_mul(score.into()).max(2 * collateral(value, category_rate).unwrap());
            let conditions = Conditions { category_rate, young_rate, ..conditions(value, 100) };
            let locked = conditions.stake(conditions.audit_rate(Merit(merit))).unwrap();
            let alone = |unlocked| conditions.offer(Opening::First, Merit(merit), unlocked).alone;
            prop_assert_eq!(alone(locked).map(|alone| alone.locked), Some(locked));
            prop_assert_eq!(alone(locked - 1), None);
        }

        #[test]
        fn more_merit_is_audited_less(
            merit in any::<u128>(), more in any::<u128>(), value in 0u128..1 << 100, category_rate in rates(), young_rate in rates(),
        ) {
            let conditions = Conditions { category_rate, young_rate, ..conditions(value, 100) };
            let rate = |merit| conditions.audit_rate(Merit(merit));
            prop_assert!(rate(merit) >= rate(merit.saturating_add(more)));
            prop_assert!(rate(merit) >= category_rate);
        }

        #[test]
        fn merit_costs_more_than_what_it_buys(value in 1u128..1 << 100, category_rate in rates(), fellows in 0u128..=3_333) {
            // What 10 000 audits of one's own tasks earn and cost, in the mean.
            let paid = (10_000 - fellows) * value;
            let gained = (10_000 + fellows) * earned(value, 1).0;
            prop_assert!(2 * paid > gained);
            // And the least merit that lets its owner work alone, against all it can gain before it is found out.
            let least = 2 * collateral(value, category_rate).unwrap();
            let conditions = Conditions { category_rate, ..conditions(value, 1) };
            prop_assert!(!conditions.suffices(Merit(least - 1)));
            prop_assert!(least / 2 > value * u128::from(wrong_before_found(category_rate) - 1));
        }

        #[test]
        fn a_more_expensive_task_asks_for_more(
            merit in any::<u128>(), value in 0u128..1 << 90, more in 0u128..1 << 90, category_rate in rates(), trust in 1u32..1_000_000,
        ) {
            let suffices = |value, trust| {
                Conditions { category_rate, ..conditions(value, trust) }.suffices(Merit(merit))
            };
            prop_assert!(suffices(value, trust) || !suffices(value + more, trust));
            prop_assert!(suffices(value, trust) || !suffices(value, trust + 1));
        }
    }
}
