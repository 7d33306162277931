//! How many may begin to stand alone, after how many were found lying.
//!
//! Collateral makes lying a loss. It does not stop who lies for reasons of its own and comes back under a new name: each
//! of its lives gets some results accepted that are wrong, [`wrong_before_found`] in the mean, at any price. What bounds
//! those is how many lives there are. So there is a gate before standing alone, for each category and class, on a
//! clock that counts accepted tasks:
//!
//! ```text
//! let in    ⇔  clock ≥ opens;  then   opens = clock + interval
//! convicted (of who was let in):      opens = max(opens, clock) + wrong before found · tolerated
//! ```
//!
//! A conviction closes the gate for as many accepted tasks as it takes to dilute what the liar got away with to one wrong
//! result in `tolerated`. It goes by the rate at which the lie was audited: a lie is found out with the probability `d`
//! and accepted with `1 - d`, and being found out dilutes `(1 - d) / d` of them, so each lie is answered for in the mean,
//! whenever it is told and by whom. However saboteurs time their lies, in the long run they stay below what is
//! tolerated; but those who waited can lie all at once. Who waits meanwhile is the price: newcomers that are honest.
//!
//! Honest mistakes close it as well. Where they happen once in `n` executions, `tolerated` must be less than `n`, or the
//! gate closes for good: what is found cannot hold errors below the rate at which honest workers make them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{audit::wrong_before_found, unit::Rate};

/// What governance decides about the gate.
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
pub struct GateRules {
    /// Accepted tasks between one worker that is let in and the next.
    pub interval: u64,
    /// Of how many accepted results one may be wrong because of liars that come back. 0 where there is no gate.
    pub tolerated: u64,
}

/// When the gate opens.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
pub struct Gate {
    /// The count of accepted tasks at which somebody can be let in again.
    pub opens: u64,
}

impl Gate {
    /// Let one worker in, if the gate is open.
    pub fn let_in(&mut self, clock: u64, rules: GateRules) -> bool {
        let open = clock >= self.opens;
        if open {
            self.opens = clock.saturating_add(rules.interval);
        }
        open
    }

    /// A worker that was let in has been found lying, in a task that was audited at this rate. Each task counts, also
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
        assert!(gate.let_in(5, RULES));
        assert!(!gate.let_in(14, RULES));
        assert!(gate.let_in(15, RULES));
        gate.convicted(16, Rate(500), RULES);
        assert!(!gate.let_in(39_024, RULES));
        assert!(gate.let_in(39_025, RULES));
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
                } else if gate.let_in(clock, RULES) {
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
            gate.let_in(clock, rules);
            gate.convicted(clock, Rate(rate), rules);
            prop_assert!(gate.opens >= opens);
        }
    }
}
