//! The gate: how many workers get a pass to work alone, depending on past convictions.
//!
//! Collateral makes lying a loss. It does not stop an attacker that accepts losses and returns under a new name: each
//! of its identities gets some wrong results accepted, [`wrong_before_found`] on average, at any price. Only the
//! number of identities bounds them. A worker therefore needs a pass to work alone. A gate in each category gives
//! passes on a clock that counts accepted tasks:
//!
//! ```text
//! pass      ⇔  clock ≥ opens;  then   opens = clock + interval
//! conviction of one that worked alone: opens = max(opens, clock) + wrong before found · tolerated
//! ```
//!
//! A pass lasts until its owner is convicted, in any category and role, so an identity has one pass per category. An
//! absence or fading merit does not revoke it.
//!
//! A conviction closes the gate for as many accepted tasks as are needed to dilute the liar's wrong results to one in
//! `tolerated`. The number depends on the rate at which the lie was audited: a lie is detected with the probability
//! `d` and accepted with `1 - d`, and a detection dilutes `(1 - d) / d` accepted lies. On average each lie is diluted,
//! whatever its time and author. In the long run saboteurs stay below the tolerated rate, however they time their
//! lies; but saboteurs that waited can lie all at once. The price is that honest newcomers have to wait as well.
//!
//! Honest mistakes close the gate too. If one in `n` executions is wrong, `tolerated` must be less than `n`, or the
//! gate closes for good: it cannot hold errors below the rate of honest mistakes.

use serde::{Deserialize, Serialize};

use crate::{apply, audit::wrong_before_found, unit::Rate};

/// What governance decides about the gate.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GateRules {
    /// Accepted tasks between one pass and the next.
    pub interval: u64,
    /// Of how many accepted results one may be wrong because of liars that come back. 0 where there is no gate.
    pub tolerated: u64,
}

/// When the gate opens.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
pub struct Gate {
    /// The count of accepted tasks at which the next pass can be given.
    pub opens: u64,
}

impl Gate {
    /// Give one worker a pass, if the gate is open.
    pub fn admit(&mut self, clock: u64, rules: GateRules) -> bool {
        let open = clock >= self.opens;
        if open {
            self.opens = clock.saturating_add(rules.interval);
        }
        open
    }

    /// A worker that worked alone was convicted, in a task that was audited at this rate. Each task counts, also
    /// those that were under way when it was first found out.
    pub fn convicted(&mut self, clock: u64, rate: Rate, rules: GateRules) {
        let dilution = u64::from(wrong_before_found(rate)).saturating_mul(rules.tolerated);
        self.opens = self.opens.max(clock).saturating_add(dilution);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: GateRules = GateRules { interval: 10, tolerated: 1_000 };

    #[test]
    fn lets_one_in_at_a_time_and_none_after_a_lie() {
        let mut gate = Gate::default();
        assert!(gate.admit(5, RULES));
        assert!(!gate.admit(14, RULES));
        assert!(gate.admit(15, RULES));
        gate.convicted(16, Rate(500), RULES);
        assert!(!gate.admit(39_024, RULES));
        assert!(gate.admit(39_025, RULES));
    }

    proptest! {
        /// Whoever comes when, and whenever those who are in lie: they stay below what is tolerated.
        #[test]
        fn dilutes_the_lies_of_every_strategy(
            steps in proptest::collection::vec((0u64..100_000, any::<bool>()), 0..200),
        ) {
            let (mut gate, mut clock, mut inside, mut convicted) = (Gate::default(), 0, 0u64, 0u64);
            for (pause, lie) in steps {
                clock += pause;
                if lie && inside > 0 {
                    inside -= 1;
                    convicted += 1;
                    gate.convicted(clock, Rate(500), RULES);
                } else if gate.admit(clock, RULES) {
                    inside += 1;
                    // All who lied before were diluted before this one came.
                    prop_assert!(convicted * 39 * RULES.tolerated <= clock);
                }
            }
            prop_assert!((convicted + inside).saturating_sub(1) * RULES.interval <= gate.opens);
        }

        #[test]
        fn does_not_overflow(opens in any::<u64>(), clock in any::<u64>(), interval in any::<u64>(), tolerated in any::<u64>(), rate in any::<u16>()) {
            let mut gate = Gate { opens };
            let rules = GateRules { interval, tolerated };
            gate.admit(clock, rules);
            gate.convicted(clock, Rate(rate), rules);
            prop_assert!(gate.opens >= opens);
        }
    }
}
