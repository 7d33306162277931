//! Audits: which results are repeated before the reveal, and the collateral that makes lying a loss.
//!
//! After consensus the randomness of the *next* block decides whether one more worker repeats a task before the
//! reveal. Committed workers cannot predict it, so a lie is detected with the probability of an audit, whatever its
//! author chooses to lie about.
//!
//! A liar that expects to be detected with probability `d` gains `(1 - d) · value` and loses `d · collateral`.
//! Auditors are workers, and disputes are decided by validators; some of both may be accomplices of the liar. The rule
//! therefore counts on only half of the audits, `d = rate / 2`. That holds while less than a third of the workers'
//! stake and less than a third of the validators are with the liar: two thirds of the auditors contradict it, and
//! [juries](crate::jury) of seven confirm the auditors in more than three quarters of the cases. A validator can also
//! withhold its block if the block would have audited an accomplice, at the price of the block; if validators do that,
//! the rule holds up to a quarter. Then
//!
//! ```text
//! collateral = ⌊value · (2 - rate) / rate⌋ + 1          (39 values at 5 %, 9 at 20 %)
//! ```
//!
//! makes the expected gain of every lie negative. Collateral is locked for each task, so the number of simultaneous
//! lies makes no difference. If the rule counted on all audits, it would be `value · (1 - rate) / rate`, 19 values at
//! 5 %.

use blake2::{digest::consts::U32, Blake2b, Digest as _};
use codec::Encode;
use primitive_types::U256;
use serde::{Deserialize, Serialize};

use crate::{
    apply,
    asset::RuntimeClass,
    gate::GateRules,
    id::{CategoryId, TaskId},
    jury::{DEFAULT_JURORS, MAX_JURORS},
    merit::DEFAULT_YOUNG_RATE,
    unit::{Balance, Rate, Trust},
};

const LOT_TAG: &[u8] = b"talka/audit/1";

/// The rate of audits where governance has set none.
pub const DEFAULT_RATE: Rate = Rate(500);
/// The lowest rate that governance can set.
pub const MIN_RATE: Rate = Rate(100);
/// The highest rate that governance can set.
pub const MAX_RATE: Rate = Rate(2_000);

/// `2 · ALWAYS`: half of the audits are counted on.
const WHOLE: u32 = 2 * Rate::ALWAYS.0 as u32;

/// What stands behind the result of a task: fixed when the deal is made, and shown wherever the result is.
#[apply(stored)]
#[derive(Copy, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Assurance {
    /// Nothing but the worker's word: at trust 1 the requester wants no more. Not audited, and not counted.
    Unverified,
    /// Workers that agreed, and audits. The app is not deterministic: where results differ, more workers are drawn.
    Replicated,
    /// Audits, and a jury that decides where results differ: the app is deterministic.
    Adjudicated,
}

impl Assurance {
    /// That of an app of this class, at this trust.
    pub fn of(class: RuntimeClass, trust: Trust) -> Self {
        match class {
            _ if trust <= Trust(1) => Self::Unverified,
            RuntimeClass::Wasm { .. } => Self::Adjudicated,
            RuntimeClass::Oci => Self::Replicated,
        }
    }

    /// Whether results are audited.
    pub fn is_audited(self) -> bool {
        self > Self::Unverified
    }

    /// Whether two results prove that one is wrong.
    pub fn is_deterministic(self) -> bool {
        self == Self::Adjudicated
    }
}

/// Results that are counted together: of tasks of one size, with the same behind them.
#[apply(stored)]
#[derive(Copy, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kind {
    /// The size.
    pub category: CategoryId,
    /// What stands behind them.
    pub assurance: Assurance,
}

/// What governance decides about audits and juries in all categories.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AuditRules {
    /// How often young workers are audited: see [`crate::placement::Conditions::audit_rate`].
    pub young_rate: Rate,
    /// How many jurors are drawn. An even number means one more.
    pub jurors: u32,
    /// When workers get a pass to work alone.
    pub gate: GateRules,
}

impl Default for AuditRules {
    fn default() -> Self {
        let gate = GateRules { interval: 50_000, tolerated: 200_000 };
        Self { young_rate: DEFAULT_YOUNG_RATE, jurors: DEFAULT_JURORS, gate }
    }
}

impl AuditRules {
    /// Whether lies can be found out and judged by them.
    pub fn are_sound(&self) -> bool {
        is_valid(self.young_rate) && (1..=MAX_JURORS).contains(&self.jurors)
    }
}

/// Whether a category can have this rate of audits.
pub fn is_valid(rate: Rate) -> bool {
    (MIN_RATE..=MAX_RATE).contains(&rate)
}

/// What one task draws from the randomness of a block: the tasks of a block are audited independently.
pub fn lot(randomness: &[u8; 32], task: TaskId) -> [u8; 32] {
    let mut hasher = Blake2b::<U32>::new();
    hasher.update(LOT_TAG);
    (randomness, task).using_encoded(|bytes| hasher.update(bytes));
    hasher.finalize().into()
}

/// Whether a task is audited. Off by less than `2⁻⁶⁰` from the rate.
pub fn is_audited(lot: &[u8; 32], rate: Rate) -> bool {
    let mut head = [0; 8];
    head.copy_from_slice(&lot[..8]);
    let drawn = (u128::from(u64::from_le_bytes(head)) * u128::from(Rate::ALWAYS.0)) >> 64;
    drawn < u128::from(rate.0)
}

/// What must be locked behind a result.
///
/// `None` where there is no such amount: at a rate of 0, or above 2¹²⁸.
pub fn collateral(value: Balance, rate: Rate) -> Option<Balance> {
    let caught = U256::from(rate.0.min(Rate::ALWAYS.0));
    let missed = U256::from(WHOLE) - caught;
    let amount = (U256::from(value) * missed).checked_div(caught)?;
    Balance::try_from(amount).ok()?.checked_add(1)
}

/// What a worker locks whose result is audited at this rate: the collateral, and at least enough to pay the jury that
/// finds it wrong, and a worker that was right.
pub fn stake(value: Balance, rate: Rate, jurors: u32) -> Option<Balance> {
    Some(collateral(value, rate)?.max(value.checked_mul(u128::from(jurors) + 1)?))
}

/// A wrong result, on purpose.
#[derive(Clone, Copy, Debug)]
pub struct Lie {
    /// What it is worth to its author.
    pub value: Balance,
    /// What its author has locked.
    pub locked: Balance,
    /// How often it is audited.
    pub rate: Rate,
}

impl Lie {
    /// Whether it can be expected to pay.
    pub fn pays(self) -> bool {
        let caught = self.rate.0.min(Rate::ALWAYS.0);
        U256::from(self.value) * U256::from(WHOLE - u32::from(caught))
            >= U256::from(self.locked) * U256::from(caught)
    }
}

/// How many wrong results a liar that is audited at this rate gets accepted in the mean before it is found out, rounded
/// up: what each life of a saboteur costs the network that does not mind what it loses.
pub fn wrong_before_found(rate: Rate) -> u32 {
    let caught = u32::from(rate.0.clamp(1, Rate::ALWAYS.0));
    (WHOLE - caught).div_ceil(caught)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DealId;
    use proptest::prelude::*;

    #[test]
    fn locks_what_is_specified() {
        assert_eq!(collateral(100, Rate(500)), Some(3_901));
        assert_eq!(collateral(100, Rate(2_000)), Some(901));
        assert_eq!(collateral(100, Rate::ALWAYS), Some(101));
        assert_eq!(collateral(100, Rate(0)), None);
        assert_eq!(collateral(Balance::MAX, Rate(500)), None);
        assert_eq!(stake(100, Rate::ALWAYS, 7), Some(800));
        assert_eq!(stake(100, Rate(500), 7), Some(3_901));
        assert_eq!(wrong_before_found(Rate(500)), 39);
    }

    #[test]
    fn audits_as_often_as_the_rate_says() {
        let task = |index| TaskId { deal: DealId(1), index };
        let hit = |rate| (0..100_000).filter(|i| is_audited(&lot(&[7; 32], task(*i)), rate)).count();
        assert!((4_800..5_200).contains(&hit(Rate(500))));
        assert_eq!((hit(Rate(0)), hit(Rate::ALWAYS)), (0, 100_000));
    }

    #[test]
    fn draws_independently_for_each_task_and_block() {
        let (one, two) = (TaskId { deal: DealId(1), index: 0 }, TaskId { deal: DealId(1), index: 1 });
        assert_ne!(lot(&[0; 32], one), lot(&[0; 32], two));
        assert_ne!(lot(&[0; 32], one), lot(&[1; 32], one));
    }

    proptest! {
        #[test]
        fn a_higher_rate_audits_whatever_a_lower_one_does(lot in any::<[u8; 32]>(), rate in 0u16..10_000) {
            prop_assert!(!is_audited(&lot, Rate(rate)) || is_audited(&lot, Rate(rate + 1)));
        }

        #[test]
        fn no_lie_pays_behind_its_collateral(value in any::<u128>(), rate in 1u16..=10_000, jurors in 0u32..100) {
            let pays = |locked| Lie { value, locked, rate: Rate(rate) }.pays();
            if let Some(locked) = collateral(value, Rate(rate)) {
                prop_assert!(!pays(locked));
                // Not a unit more than is needed.
                prop_assert!(pays(locked - 1));
                // Exactly: (1 - d) · value < d · locked, with d = rate / 2.
                let (gain, loss) = (U256::from(value) * U256::from(20_000 - u32::from(rate)), U256::from(locked) * U256::from(rate));
                prop_assert!(gain < loss);
            }
            if let Some(locked) = stake(value, Rate(rate), jurors) {
                prop_assert!(!pays(locked));
            }
        }

        #[test]
        fn half_of_the_audits_is_less_than_is_found_while_a_third_colludes(rate in 1u32..=10_000, fellows in 0u32..=3_333, failing in 0u32..=2_499) {
            // A lie is found out if its auditor is no fellow and the jury does not fail.
            let found = u64::from(rate) * u64::from(10_000 - fellows) * u64::from(10_000 - failing);
            prop_assert!(2 * found > u64::from(rate) * 100_000_000);
        }

        #[test]
        fn and_so_it_is_while_a_quarter_colludes_and_withholds_blocks(rate in 1u32..=10_000, fellows in 0u32..=2_500, withheld in 0u32..=2_500, failing in 0u32..=1_000) {
            // A hit in a block that is withheld is drawn again; that it can hit again is left out.
            let found = u128::from(rate) * u128::from(10_000 - fellows) * u128::from(10_000 - withheld) * u128::from(10_000 - failing);
            prop_assert!(2 * found > u128::from(rate) * 1_000_000_000_000);
        }
    }
}
