//! The gate: how many workers get a pass to work alone, depending on past convictions.
//!
//! Collateral makes lying a loss. It does not stop an attacker that accepts losses and returns under a new name: each
//! of its identities gets some wrong results accepted, [`wrong_before_found`] on average, at any price. Only the
//! number of identities bounds them. A worker therefore needs a pass to work alone. A gate in each category gives
//! passes on a clock that counts results at the floor's value:
//!
//! ```text
//! audit of price p, at rate q:         clock = clock + ⌊p / (floor · q)⌋
//! pass      ⇔  clock ≥ opens;  then   opens = clock + interval
//! conviction of one that worked alone: opens = max(opens, clock) + dilution, where
//!           dilution = wrong before found · tolerated · ⌈value / floor⌉, and at most a billion
//! ```
//!
//! A pass lasts until its owner is convicted, in any category and role, so an identity has one pass per category. An
//! absence or fading merit does not revoke it.
//!
//! **The clock** goes by what audits cost. Everything else that a buyer pays goes in a circle where the buyer owns the
//! app, the pool and the workers: its results cost it nothing, and a clock that counted them would be its own. An audit
//! is paid to an auditor that is drawn at random from the workers of all pools. One audit at rate `q` stands for the `1 / q`
//! results of which it is drawn, so on average the clock advances by one for each result at the floor's value, and by ten
//! for one of ten times the value.
//!
//! The price of an opening follows. If a fraction `s` of the auditors is the attacker's, an audit of price `p` costs it
//! `(1 - s) · p` on average, and moves the clock by at most `p / (floor · q)`. No result is audited at less than the rate
//! of its category, so
//!
//! ```text
//! cost of n results on the clock  ≥  (1 - s) · q · n · floor
//! ```
//!
//! With a third of the auditors, audits at 5 % and 50 000 results between two passes that is 1 666 floors for an opening,
//! and 393 000 floors for the time that one conviction keeps the gate closed; twenty times as much before the attacker has
//! a worker that works alone. What the attacker pays is on top of what the merit of each new identity costs it.
//!
//! A conviction closes the gate for as many results as are needed to dilute the liar's wrong results to one in
//! `tolerated`, by value: a lie about a dear task takes as many more. The number depends on the rate at which the lie was
//! audited: a lie is detected with the probability `d` and accepted with `1 - d`, and a detection dilutes `(1 - d) / d`
//! accepted lies. On average each lie is diluted, whatever its time and author. In the long run saboteurs stay below the
//! tolerated rate, however they time their lies; but saboteurs that waited can lie all at once. The price is that honest
//! newcomers have to wait as well.
//!
//! One conviction closes the gate for [`MAX_GATE`] results at most, which is also the most that governance can have it wait: else
//! one lie about a task that is dear enough would close it for ever, and its author may have bought that task of itself. With the
//! default rules that bounds what lies about tasks of more than 84 floors are diluted by. They are a loss all the same: the
//! collateral is a multiple of their value.
//!
//! Honest mistakes close the gate too. If one in `n` executions is wrong, `tolerated` must be less than `n`, or the
//! gate closes for good: it cannot hold errors below the rate of honest mistakes.

use primitive_types::U256;
use serde::{Deserialize, Serialize};

use crate::{
    apply,
    audit::{wrong_before_found, MAX_GATE},
    unit::{Balance, Rate},
};

/// What governance decides about the gate. Results are counted at the floor's value.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GateRules {
    /// Results between one pass and the next.
    pub interval: u64,
    /// Of how many accepted results one may be wrong because of liars that come back. 0 where there is no gate.
    pub tolerated: u64,
}

/// When the gate opens.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
pub struct Gate {
    /// The results that audits stand for so far, at the floor's value.
    pub clock: u64,
    /// Where the clock stands when the next pass can be given.
    pub opens: u64,
}

/// An amount for a task, and what it is measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// What an audit has cost, or what a lie was worth, in units of TLK.
    pub amount: Balance,
    /// The floor of the category, as the deal has it.
    pub floor: Balance,
    /// How often the result was to be audited.
    pub rate: Rate,
}

impl Worth {
    /// The results at the floor's value that an audit of this price stands for, rounded down.
    pub fn results(self) -> u64 {
        let stands_for = U256::from(self.amount) * U256::from(Rate::ALWAYS.0);
        let each = U256::from(self.floor.max(1)) * U256::from(self.rate.0.clamp(1, Rate::ALWAYS.0));
        u64::try_from(stands_for / each).unwrap_or(u64::MAX)
    }

    /// The value in floors, rounded up.
    fn floors(self) -> u64 {
        u64::try_from(self.amount.div_ceil(self.floor.max(1))).unwrap_or(u64::MAX)
    }
}

impl Gate {
    /// A payer paid an auditor.
    pub fn advance(&mut self, audit: Worth) {
        self.clock = self.clock.saturating_add(audit.results());
    }

    /// Give one worker a pass, if the gate is open.
    pub fn admit(&mut self, rules: GateRules) -> bool {
        let open = self.clock >= self.opens;
        if open {
            self.opens = self.clock.saturating_add(rules.interval);
        }
        open
    }

    /// A worker that worked alone was convicted, in a task of this value that was audited at this rate. Each task counts,
    /// also those that were under way when it was first found out.
    pub fn convicted(&mut self, lie: Worth, rules: GateRules) {
        let each = u64::from(wrong_before_found(lie.rate)).saturating_mul(rules.tolerated);
        let dilution = each.saturating_mul(lie.floors()).min(MAX_GATE);
        self.opens = self.opens.max(self.clock).saturating_add(dilution);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{MAX_RATE, MIN_RATE};
    use proptest::prelude::*;

    const RULES: GateRules = GateRules { interval: 10, tolerated: 1_000 };
    const FLOOR: Balance = 7;

    /// A value of `floors` floors.
    fn worth(floors: Balance, rate: u16) -> Worth {
        Worth { amount: floors * FLOOR, floor: FLOOR, rate: Rate(rate) }
    }

    /// Passes `results` results that were all audited.
    fn pass(gate: &mut Gate, results: u64) {
        (0..results).for_each(|_| gate.advance(worth(1, Rate::ALWAYS.0)));
    }

    #[test]
    fn lets_one_in_at_a_time_and_none_after_a_lie() {
        let mut gate = Gate { clock: 5, opens: 0 };
        assert!(gate.admit(RULES));
        pass(&mut gate, 9);
        assert!(!gate.admit(RULES));
        pass(&mut gate, 1);
        assert!(gate.admit(RULES));
        pass(&mut gate, 1);
        gate.convicted(worth(1, 500), RULES);
        assert_eq!(gate.opens, 25 + 59_000);
        gate.clock = 59_024;
        assert!(!gate.admit(RULES));
        pass(&mut gate, 1);
        assert!(gate.admit(RULES));
    }

    #[test]
    fn an_audit_stands_for_the_results_of_which_it_is_drawn() {
        let results = |floors, rate| worth(floors, rate).results();
        assert_eq!((results(1, 10_000), results(1, 2_000), results(1, 500)), (1, 5, 20));
        assert_eq!((results(10, 500), results(3, 700)), (200, 42));
        assert_eq!(Worth { amount: 2 * FLOOR - 1, floor: FLOOR, rate: Rate::ALWAYS }.results(), 1);
    }

    #[test]
    fn a_lie_about_a_dear_task_is_diluted_by_as_many_more_results() {
        let (mut cheap, mut dear) = (Gate::default(), Gate::default());
        cheap.convicted(worth(1, 500), RULES);
        dear.convicted(worth(1_000, 500), RULES);
        assert_eq!(dear.opens, 1_000 * cheap.opens);
    }

    /// Its author may have bought it of itself, at any price.
    #[test]
    fn one_lie_closes_the_gate_for_no_more_results_than_governance_could() {
        let mut gate = Gate { clock: 5, opens: 0 };
        gate.convicted(worth(1 << 100, 100), GateRules { interval: 0, tolerated: MAX_GATE });
        assert_eq!(gate.opens, 5 + MAX_GATE);
        gate.convicted(worth(1, 500), RULES);
        assert_eq!(gate.opens, 5 + MAX_GATE + 59_000);
    }

    #[test]
    fn results_that_cost_their_buyer_nothing_do_not_open_the_gate() {
        let mut gate = Gate { clock: 0, opens: 1 };
        (0..1_000).for_each(|_| gate.advance(worth(0, 500)));
        assert!(!gate.admit(RULES));
    }

    proptest! {
        /// An attacker that owns the pool, the app and a third of the auditors, whatever it has audited and how often: what
        /// the audits by others cost it.
        #[test]
        fn bringing_the_gate_forward_by_one_opening_has_a_price(
            audits in proptest::collection::vec((1u128..1 << 40, MIN_RATE.0..=Rate::ALWAYS.0), 1..60),
            floor in 1u128..1 << 40, category_rate in MIN_RATE.0..=MAX_RATE.0, interval in 1u64..100_000,
        ) {
            let (mut gate, mut opened, mut paid) = (Gate::default(), 0u128, U256::zero());
            gate.admit(GateRules { interval, tolerated: 0 });
            for (more, rate) in audits {
                // The value is never below the floor, and the rate never below that of the category.
                let amount = floor.saturating_mul(more % 1_000 + 1);
                gate.advance(Worth { amount, floor, rate: Rate(rate.max(category_rate)) });
                paid += U256::from(amount);
                opened += u128::from(gate.admit(GateRules { interval, tolerated: 0 }));
                // In the mean two thirds of it go to others: 2/3 · q · n · floor at least. The numbers are multiplied by 30 000.
                let cost = U256::from(2) * U256::from(10_000) * paid;
                let results = U256::from(opened) * U256::from(interval);
                prop_assert!(cost >= U256::from(2) * U256::from(category_rate) * results * U256::from(floor));
            }
        }

        /// On average the clock advances by one for each result at the floor's value.
        #[test]
        fn the_clock_counts_results_at_the_value_of_the_floor(floors in 1u128..1_000, rate in MIN_RATE.0..=Rate::ALWAYS.0) {
            // 10 000 results, of which `rate` are audited.
            let clock = u128::from(rate) * u128::from(worth(floors, rate).results());
            prop_assert!(clock <= 10_000 * floors);
            prop_assert!(clock + u128::from(rate) > 10_000 * floors);
        }

        /// Whatever the order in which workers come, and whenever those who are in lie: lies stay below what is tolerated.
        #[test]
        fn dilutes_the_lies_of_every_strategy(
            steps in proptest::collection::vec((0u64..100_000, proptest::option::of(1u64..50)), 0..200),
        ) {
            let (mut gate, mut inside, mut convicted, mut lies) = (Gate::default(), 0u64, 0u64, 0u64);
            for (pause, lie) in steps {
                gate.clock += pause;
                match lie {
                    Some(floors) if inside > 0 => {
                        inside -= 1;
                        convicted += 1;
                        lies += floors;
                        gate.convicted(worth(floors.into(), 500), RULES);
                    }
                    _ if gate.admit(RULES) => {
                        inside += 1;
                        // All lies that were told before were diluted before this one came, by value.
                        prop_assert!(lies * 59 * RULES.tolerated <= gate.clock);
                    }
                    _ => {}
                }
            }
            prop_assert!((convicted + inside).saturating_sub(1) * RULES.interval <= gate.opens);
        }

        #[test]
        fn does_not_overflow(
            opens in any::<u64>(), clock in any::<u64>(), interval in any::<u64>(), tolerated in any::<u64>(), rate in any::<u16>(),
            amount in any::<u128>(), floor in any::<u128>(),
        ) {
            let mut gate = Gate { clock, opens };
            let (rules, worth) = (GateRules { interval, tolerated }, Worth { amount, floor, rate: Rate(rate) });
            gate.admit(rules);
            gate.convicted(worth, rules);
            gate.advance(worth);
            prop_assert!(gate.opens >= opens && gate.clock >= clock);
        }
    }
}
