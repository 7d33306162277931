//! The worst losses of a simulation, and what they say: value at risk and expected shortfall.
//!
//! A loss is a whole number of [`LOSS_UNIT`]s, and a tail keeps the worst ones exactly. So tails of several
//! simulations can be pooled, and give to the last digit what one simulation over all their paths gives.
//!
//! With α the confidence and N the number of paths, value at risk is the smallest x with P(loss ≤ x) ≥ α, and
//! expected shortfall the mean of the worst (1 − α)·N losses, a fraction of the last one included: C. Acerbi,
//! D. Tasche, "On the coherence of expected shortfall", Journal of Banking & Finance 26 (2002) 1487–1503.

use std::str::FromStr;
#[cfg(not(target_family = "wasm"))]
use talka_app_common::Failure;

/// The resolution of a loss, as a part of the portfolio's gross amount.
pub const LOSS_UNIT: f64 = 1e-9;

/// A confidence level, in millionths. Written and read as a part of 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Confidence(u32);

const MILLION: u64 = 1_000_000;

impl Confidence {
    /// How many of `paths` lie beyond the level, in millionths of a path.
    fn tail_millionths(self, paths: u64) -> u64 {
        paths * (MILLION - u64::from(self.0))
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        Self::from(confidence.0) / MILLION as Self
    }
}

impl TryFrom<f64> for Confidence {
    type Error = &'static str;

    fn try_from(level: f64) -> Result<Self, Self::Error> {
        if (0.5..=0.9999).contains(&level) {
            Ok(Self((level * MILLION as f64 + 0.5) as u32))
        } else {
            Err("it lies between 0.5 and 0.9999")
        }
    }
}

impl FromStr for Confidence {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<f64>().map_err(|_| "it is not a number")?.try_into()
    }
}

/// The worst losses out of a number of paths, worst first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    paths: u64,
    losses: Vec<i64>,
}

impl Tail {
    /// The tail of `losses`, one for each path. It keeps those beyond the confidence level and, because a pool's
    /// level may lie a little deeper in this part of it, ten standard deviations of their number more.
    pub fn of(mut losses: Vec<i64>, confidence: Confidence) -> Self {
        let paths = losses.len() as u64;
        let beyond = confidence.tail_millionths(paths) / MILLION;
        let keep = (beyond + 10 * beyond.isqrt() + 10).min(paths) as usize;
        if keep < losses.len() {
            losses.select_nth_unstable_by(keep, |a, b| b.cmp(a));
            losses.truncate(keep);
        }
        losses.sort_unstable_by(|a, b| b.cmp(a));
        Self { paths, losses }
    }

    /// The greatest loss, as a part of the gross amount.
    pub fn worst_loss(&self) -> f64 {
        self.losses.first().map_or(f64::NAN, |loss| *loss as f64 * LOSS_UNIT)
    }

    /// The loss that is not exceeded with the given confidence, as a part of the gross amount.
    pub fn value_at_risk(&self, confidence: Confidence) -> f64 {
        self.losses.get(self.rank(confidence)).map_or(f64::NAN, |loss| *loss as f64 * LOSS_UNIT)
    }

    /// The mean of the losses beyond the confidence level, as a part of the gross amount.
    pub fn expected_shortfall(&self, confidence: Confidence) -> f64 {
        let rank = self.rank(confidence);
        let Some(level) = self.losses.get(rank) else { return f64::NAN };
        let tail = i128::from(confidence.tail_millionths(self.paths));
        let million = i128::from(MILLION);
        let beyond: i128 = self.losses[..rank].iter().map(|loss| i128::from(*loss)).sum();
        let sum = beyond * million + (tail - rank as i128 * million) * i128::from(*level);
        sum as f64 / tail as f64 * LOSS_UNIT
    }

    /// Where the value at risk stands among the losses, worst first and counted from 0.
    fn rank(&self, confidence: Confidence) -> usize {
        (confidence.tail_millionths(self.paths) / MILLION) as usize
    }

    /// The tail as text: the number of paths, then a loss a line.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.paths);
        for loss in &self.losses {
            text += &format!("{loss}\n");
        }
        text
    }
}

/// What merging needs, which no task does.
#[cfg(not(target_family = "wasm"))]
impl Tail {
    /// Number of paths that the tail is of.
    pub fn paths(&self) -> u64 {
        self.paths
    }

    /// Puts tails of independent simulations together. Fails where one of them does not reach down to the
    /// pool's value at risk, which would no longer be exact.
    pub fn pool(tails: &[Self], confidence: Confidence) -> Result<Self, Failure> {
        let mut pool = Self { paths: 0, losses: Vec::new() };
        for tail in tails {
            pool.paths += tail.paths;
            pool.losses.extend(&tail.losses);
        }
        pool.losses.sort_unstable_by(|a, b| b.cmp(a));
        let level = pool.losses.get(pool.rank(confidence)).copied().unwrap_or(i64::MIN);
        let reaches = |tail: &Self| {
            tail.paths == tail.losses.len() as u64 || tail.losses.last().is_some_and(|last| *last <= level)
        };
        if tails.iter().all(reaches) {
            Ok(pool)
        } else {
            Err(Failure::data(
                "a simulation kept too few losses for the pool",
                "its paths differ too much from the others': draw more paths in each task",
            ))
        }
    }

    /// Reads what [`Tail::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, Failure> {
        let broken = || Failure::data("a tail is broken", "fetch the task's result again");
        let mut lines = text.lines();
        let paths: u32 = lines.next().and_then(|line| line.parse().ok()).ok_or_else(broken)?;
        let paths = u64::from(paths);
        let losses = lines.map(|line| line.parse().map_err(|_| broken())).collect::<Result<Vec<i64>, _>>()?;
        if losses.len() as u64 > paths || !losses.is_sorted_by(|a, b| a >= b) {
            return Err(broken());
        }
        Ok(Self { paths, losses })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(text: &str) -> Confidence {
        text.parse().unwrap()
    }

    /// The definitions, word for word, over all losses in ascending order.
    fn by_definition(losses: &[i64], confidence: Confidence) -> (f64, f64) {
        let mut sorted = losses.to_vec();
        sorted.sort_unstable();
        let paths = sorted.len() as u64;
        let covered = u64::from(confidence.0) * paths;
        let at = covered.div_ceil(MILLION) as usize - 1;
        let size = paths as f64 - covered as f64 / 1e6;
        let worse = &sorted[at + 1..];
        let sum: f64 = worse.iter().map(|loss| *loss as f64).sum();
        let rest = (size - worse.len() as f64) * sorted[at] as f64;
        (sorted[at] as f64 * LOSS_UNIT, (sum + rest) / size * LOSS_UNIT)
    }

    #[test]
    fn gives_the_textbook_numbers_for_the_losses_one_to_a_thousand() {
        let tail = Tail::of((1..=1000).collect(), level("0.99"));
        assert_eq!(tail.value_at_risk(level("0.99")), 990.0 * LOSS_UNIT);
        assert_eq!(tail.expected_shortfall(level("0.99")), 995.5 * LOSS_UNIT);
        assert_eq!(tail.worst_loss(), 1000.0 * LOSS_UNIT);
    }

    #[test]
    fn refuses_levels_that_are_no_tail() {
        for text in ["0.4", "1", "0.99999", "NaN", "high"] {
            assert!(text.parse::<Confidence>().is_err(), "{text}");
        }
    }

    #[test]
    fn refuses_to_pool_a_tail_that_does_not_reach_down_to_the_level() {
        let calm = Tail::of((0..10_000).collect(), level("0.99"));
        let wild = Tail::of((0..10_000).map(|loss| loss + 1_000_000).collect(), level("0.99"));
        assert!(Tail::pool(&[calm.clone(), wild.clone()], level("0.99")).is_ok());
        assert!(Tail::pool(&[calm.clone(), calm, wild], level("0.99")).is_err());
    }

    #[test]
    fn refuses_a_broken_text() {
        for text in ["", "x\n", "1\n3\n2\n", "5\n1\n2\n", "5\n1.5\n"] {
            assert!(Tail::from_text(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn keeps_to_the_definitions(
            losses in prop::collection::vec(-1_000_000..1_000_000_i64, 1..500),
            millionths in 500_000..999_900_u32,
        ) {
            let confidence = Confidence(millionths);
            let (value_at_risk, expected_shortfall) = by_definition(&losses, confidence);
            let tail = Tail::of(losses, confidence);
            prop_assert_eq!(tail.value_at_risk(confidence), value_at_risk);
            prop_assert!((tail.expected_shortfall(confidence) - expected_shortfall).abs() < 1e-11);
            prop_assert!(tail.expected_shortfall(confidence) >= value_at_risk);
        }

        #[test]
        fn pools_parts_to_exactly_what_the_whole_gives(
            losses in prop::collection::vec(-1_000_000..1_000_000_i64, 40..2_000),
            parts in 1..9_usize,
        ) {
            let confidence = level("0.95");
            let tails: Vec<_> = losses
                .chunks(losses.len().div_ceil(parts))
                .map(|part| Tail::of(part.to_vec(), confidence))
                .collect();
            let whole = Tail::of(losses, confidence);
            let pool = Tail::pool(&tails, confidence).unwrap();
            prop_assert_eq!(pool.paths(), whole.paths());
            prop_assert_eq!(pool.value_at_risk(confidence), whole.value_at_risk(confidence));
            prop_assert_eq!(pool.expected_shortfall(confidence), whole.expected_shortfall(confidence));
        }

        #[test]
        fn survives_being_written_and_read(losses in prop::collection::vec(any::<i64>(), 1..200)) {
            let tail = Tail::of(losses, level("0.9"));
            prop_assert_eq!(Tail::from_text(&tail.to_text()), Ok(tail));
        }
    }
}
