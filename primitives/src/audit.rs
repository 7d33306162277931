//! Audits: which results are repeated before the reveal, and the collateral that makes lying a loss.
//!
//! After consensus two block authors decide, one after another, whether one more worker repeats a task before the reveal:
//! the author of the *next* block, and the first one after it that is a different validator. Each draws a [`lot`] from
//! its own [`Output`]; if one of them hits, the result is audited. The chances add up to the rate exactly: the first one hits
//! with half the rate, the second one with `rate / (2 - rate)`. So a result is spared by two validators and never by one.
//! An author that knows its lot beforehand, or withholds its block because of it, changes its own half and not the other's.
//!
//! A liar that expects to be detected with probability `d` gains `(1 - d) · value` and loses `d · collateral`. The rule
//! counts on a third of the audits, `d = rate / 3`. More than that detects a lie
//!
//! * while one validator does all it can for the liar: it knows its lots, has the commitment stand where they spare it, and
//!   withholds blocks; and a quarter of the workers' stake and a quarter of the validators conceal the lie as auditors and
//!   jurors. The other author's lot remains, half of the audits; three quarters of the auditors contradict, and
//!   [juries](crate::jury) of seven confirm them in 93 % of the cases: `1/2 · 3/4 · 0.93 = 0.35`.
//! * while less than a third of the workers' stake and of the validators are with the liar and withhold every block that
//!   would have it audited, but the liar does not choose the block of its commitment: `2/3 · 2/3 · 0.79 = 0.35`.
//!
//! It does not hold where several validators collude and the liar waits until two of them make blocks in sequence: then both
//! lots are theirs, but for slots that others have by right. `talka-sim` measures from which share on that pays. With
//!
//! ```text
//! collateral = ⌊value · (3 - rate) / rate⌋ + 1          (59 values at 5 %, 14 at 20 %)
//! ```
//!
//! the expected gain of a lie is negative wherever the rule holds. Collateral is locked for each task, so the number of
//! simultaneous lies makes no difference. If the rule counted on all audits, it would be `value · (1 - rate) / rate`, 19
//! values at 5 %.

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
    seed::Output,
    unit::{Balance, Rate, Trust},
};

const LOT_TAG: &[u8] = b"talka/audit/1";

/// The rate of audits where governance has set none.
pub const DEFAULT_RATE: Rate = Rate(500);
/// The lowest rate that governance can set.
pub const MIN_RATE: Rate = Rate(100);
/// The highest rate that governance can set.
pub const MAX_RATE: Rate = Rate(2_000);

/// Most results that governance can have the gate wait for between two passes, or tolerate one wrong result in. A network that
/// accepts a million a day needs three years for as many: beyond that, a gate is a wall.
pub const MAX_GATE: u64 = 1_000_000_000;

/// Half the rate is a part of twice the whole.
const TWICE: u32 = 2 * Rate::ALWAYS.0 as u32;

/// `3 · ALWAYS`: a third of the audits is counted on.
const WHOLE: u32 = 3 * Rate::ALWAYS.0 as u32;

/// What stands behind the result of a task: fixed when the deal is made, and shown wherever the result is.
#[apply(stored)]
#[derive(Copy, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Assurance {
    /// Nothing but the worker's word: at trust 1 the requester wants no more. Not audited, and not counted.
    Unverified,
    /// Workers of one pool that agreed. The deal is [restricted](crate::restriction) to it, and the pool has nobody to spare
    /// for audits.
    Unaudited,
    /// Workers of one pool that agreed, and audits by others of the same pool: the deal is
    /// [restricted](crate::restriction) to it. Where results differ, more of its workers are drawn.
    Internal,
    /// Workers that agreed, and audits. The app is not deterministic: where results differ, more workers are drawn.
    Replicated,
    /// Audits, and a jury that decides where results differ: the app is deterministic.
    Adjudicated,
}

impl Assurance {
    /// That of an app of this class, at this trust, where the deal is not restricted.
    pub fn of(class: RuntimeClass, trust: Trust) -> Self {
        match class {
            _ if trust <= Trust(1) => Self::Unverified,
            RuntimeClass::Wasm { .. } => Self::Adjudicated,
            RuntimeClass::Oci => Self::Replicated,
        }
    }

    /// Whether results are audited.
    pub fn is_audited(self) -> bool {
        self > Self::Unaudited
    }

    /// Whether two results prove that one is wrong, and a jury finds out which.
    pub fn is_deterministic(self) -> bool {
        self == Self::Adjudicated
    }

    /// Whether only workers of one pool stand behind a result, above trust 1. What they say of one another is no
    /// evidence: it earns no merit, is no part of the published bound, and costs nobody its stake.
    pub fn is_internal(self) -> bool {
        matches!(self, Self::Unaudited | Self::Internal)
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
    /// How many jurors are drawn: an odd number.
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
    /// Whether lies can be found out and judged by them, and newcomers let in.
    pub fn are_sound(&self) -> bool {
        let GateRules { interval, tolerated } = self.gate;
        is_valid(self.young_rate)
            && (1..=MAX_JURORS).contains(&self.jurors)
            && self.jurors % 2 == 1
            && interval.max(tolerated) <= MAX_GATE
    }
}

/// Whether a category can have this rate of audits.
pub fn is_valid(rate: Rate) -> bool {
    (MIN_RATE..=MAX_RATE).contains(&rate)
}

/// Whose lot it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// That of the author of the next block.
    First,
    /// That of the next author after it that is another validator. It is drawn where the first one has spared the result.
    Second,
}

impl Turn {
    /// Both, in their order.
    pub const ALL: [Self; 2] = [Self::First, Self::Second];
}

/// What one task draws from an author's output: the tasks of a block are audited independently.
pub fn lot(output: Output, task: TaskId) -> [u8; 32] {
    let mut hasher = Blake2b::<U32>::new();
    hasher.update(LOT_TAG);
    (output, task).using_encoded(|bytes| hasher.update(bytes));
    hasher.finalize().into()
}

/// Whether a lot has the task audited. What is always audited need not wait for the second author. Off by less than
/// `2⁻⁶⁰` from the chance.
pub fn hits(lot: &[u8; 32], rate: Rate, turn: Turn) -> bool {
    let rate = rate.0.min(Rate::ALWAYS.0);
    let among = match turn {
        _ if rate == Rate::ALWAYS.0 => return true,
        Turn::First => TWICE,
        Turn::Second => TWICE - u32::from(rate),
    };
    let mut head = [0; 8];
    head.copy_from_slice(&lot[..8]);
    let drawn = (u128::from(u64::from_le_bytes(head)) * u128::from(among)) >> 64;
    drawn < u128::from(rate)
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
        assert_eq!(collateral(100, Rate(500)), Some(5_901));
        assert_eq!(collateral(100, Rate(2_000)), Some(1_401));
        assert_eq!(collateral(100, Rate::ALWAYS), Some(201));
        assert_eq!(collateral(100, Rate(0)), None);
        assert_eq!(collateral(Balance::MAX, Rate(500)), None);
        assert_eq!(stake(100, Rate::ALWAYS, 7), Some(800));
        assert_eq!(stake(100, Rate(500), 7), Some(5_901));
        assert_eq!(wrong_before_found(Rate(500)), 59);
    }

    fn task(index: u32) -> TaskId {
        TaskId { deal: DealId(1), index }
    }

    /// Of 100 000 tasks that both of these outputs draw for, how many are audited; one that is not there spares all.
    fn audited(outputs: [Option<Output>; 2], rate: Rate) -> usize {
        let hit = |index: &u32| {
            let mut turns = Turn::ALL.into_iter().zip(outputs);
            turns.any(|(turn, output)| {
                output.is_some_and(|output| hits(&lot(output, task(*index)), rate, turn))
            })
        };
        (0..100_000).filter(hit).count()
    }

    const ONE: Option<Output> = Some(Output([7; 32]));
    const OTHER: Option<Output> = Some(Output([8; 32]));

    #[test]
    fn rules_are_sound_within_bounds_and_with_an_odd_number_of_jurors() {
        let rules = AuditRules::default();
        let gate = |interval, tolerated| AuditRules { gate: GateRules { interval, tolerated }, ..rules };
        assert!(rules.are_sound() && gate(0, 0).are_sound() && gate(MAX_GATE, MAX_GATE).are_sound());
        assert!(!gate(MAX_GATE + 1, 0).are_sound() && !gate(0, MAX_GATE + 1).are_sound());
        for jurors in 0..=MAX_JURORS + 2 {
            let sound = jurors % 2 == 1 && jurors <= MAX_JURORS;
            assert_eq!(AuditRules { jurors, ..rules }.are_sound(), sound, "{jurors}");
        }
    }

    #[test]
    fn audits_as_often_as_the_rate_says() {
        assert!((4_800..5_200).contains(&audited([ONE, OTHER], Rate(500))));
        assert!((19_500..20_500).contains(&audited([ONE, OTHER], Rate(2_000))));
        assert_eq!(audited([ONE, OTHER], Rate(0)), 0);
        assert_eq!(audited([ONE, None], Rate::ALWAYS), 100_000);
    }

    /// An author that knows its lots has its friends lie only where these spare them: the other's lots are not less.
    #[test]
    fn one_author_that_spares_all_its_friends_leaves_half_of_the_audits() {
        for rate in [Rate(500), Rate(2_000), Rate(9_000)] {
            let half = 5 * usize::from(rate.0);
            let least = half - half / 20;
            assert!(audited([ONE, None], rate) > least && audited([None, OTHER], rate) > least, "{rate:?}");
        }
    }

    #[test]
    fn draws_independently_for_each_task_and_author() {
        let [one, other] = [Output([0; 32]), Output([1; 32])];
        assert_ne!(lot(one, task(0)), lot(one, task(1)));
        assert_ne!(lot(one, task(0)), lot(other, task(0)));
    }

    proptest! {
        #[test]
        fn a_higher_rate_audits_whatever_a_lower_one_does(lot in any::<[u8; 32]>(), rate in 0u16..10_000) {
            for turn in Turn::ALL {
                prop_assert!(!hits(&lot, Rate(rate), turn) || hits(&lot, Rate(rate + 1), turn));
            }
        }

        #[test]
        fn the_lots_of_two_authors_make_the_rate(rate in 0u32..10_000) {
            // Exactly: q / 2 + (1 - q / 2) · q / (2 - q) = q, with q = rate / 10 000.
            let (first, second) = ((u64::from(rate), u64::from(TWICE)), (u64::from(rate), u64::from(TWICE - rate)));
            let spared = (first.1 - first.0) * (second.1 - second.0);
            let whole = first.1 * second.1;
            prop_assert_eq!((whole - spared) * 10_000, u64::from(rate) * whole);
            // And neither has less than half of it.
            prop_assert!(2 * first.0 * 10_000 >= u64::from(rate) * first.1);
            prop_assert!(2 * second.0 * 10_000 >= u64::from(rate) * second.1);
        }

        #[test]
        fn no_lie_pays_behind_its_collateral(value in any::<u128>(), rate in 1u16..=10_000, jurors in 0u32..100) {
            let pays = |locked| Lie { value, locked, rate: Rate(rate) }.pays();
            if let Some(locked) = collateral(value, Rate(rate)) {
                prop_assert!(!pays(locked));
                // Not a unit more than is needed.
                prop_assert!(pays(locked - 1));
                // Exactly: (1 - d) · value < d · locked, with d = rate / 3.
                let (gain, loss) = (U256::from(value) * U256::from(30_000 - u32::from(rate)), U256::from(locked) * U256::from(rate));
                prop_assert!(gain < loss);
            }
            if let Some(locked) = stake(value, Rate(rate), jurors) {
                prop_assert!(!pays(locked));
            }
        }

        #[test]
        fn a_third_of_the_audits_is_less_than_is_found_while_one_author_plays_for_the_liar(
            rate in 1u32..=9_999, turn in prop_oneof![Just(Turn::First), Just(Turn::Second)], fellows in 0u32..=2_500, failing in 0u32..=1_000,
        ) {
            // Only the other author's lot is left. A lie is found out if its auditor is no fellow and the jury does not fail.
            let among = if turn == Turn::First { TWICE } else { TWICE - rate };
            let found = u128::from(rate) * u128::from(10_000 - fellows) * u128::from(10_000 - failing);
            // found / (among · 10 000²) > rate / WHOLE
            prop_assert!(found * u128::from(WHOLE) > u128::from(rate) * u128::from(among) * 100_000_000);
        }

        #[test]
        fn and_so_it_is_while_a_third_colludes_and_withholds_blocks(
            rate in 1u32..=9_999, fellows in 0u32..=3_333, withheld in 0u32..=3_333, failing in 0u32..=2_200,
        ) {
            // The part of both lots that is withheld is drawn again; that it can hit again is left out.
            let left = u128::from(rate) * u128::from(10_000 - withheld);
            let (first, second) = (left, left);
            let (first_of, second_of) = (u128::from(TWICE) * 10_000, u128::from(TWICE - rate) * 10_000);
            // 1 - (1 - first) · (1 - second), over the product of both.
            let audited = first_of * second_of - (first_of - first) * (second_of - second);
            let found = U256::from(audited) * U256::from(10_000 - fellows) * U256::from(10_000 - failing);
            let counted = U256::from(first_of * second_of) * U256::from(rate) * U256::from(100_000_000u64);
            prop_assert!(found * U256::from(WHOLE) > counted);
        }
    }
}
