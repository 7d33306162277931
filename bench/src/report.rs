//! What is printed: one line a figure.

use std::fmt::Display;

/// Print one figure: `BENCH name=… value=… unit=…`. No part has a space in it.
pub fn say(name: impl Display, value: impl Display, unit: &str) {
    println!("BENCH name={name} value={value} unit={unit}");
}

/// A number with three digits after the point.
pub fn number(value: f64) -> String {
    format!("{value:.3}")
}

/// Numbers that were observed, in no order.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<u64>);

impl Sample {
    /// One more.
    pub fn push(&mut self, value: u64) {
        self.0.push(value);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Those after the first `count`.
    pub fn after(&self, count: usize) -> Self {
        Self(self.0.iter().copied().skip(count).collect())
    }

    /// The least number that at least `percent` of a hundred do not exceed; nothing where there is none.
    pub fn percentile(&self, percent: usize) -> Option<u64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent.min(100)).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied()
    }

    /// The mean; nothing where there is none.
    pub fn mean(&self) -> Option<f64> {
        let sum: u128 = self.0.iter().map(|value| u128::from(*value)).sum();
        (!self.0.is_empty()).then(|| sum as f64 / self.0.len() as f64)
    }

    /// The largest; nothing where there is none.
    pub fn max(&self) -> Option<u64> {
        self.0.iter().copied().max()
    }

    /// Print the middle and the tail, and how many there were.
    pub fn say(&self, name: impl Display, unit: &str) {
        for percent in [50, 99] {
            if let Some(value) = self.percentile(percent) {
                say(format!("{name}/p{percent}"), value, unit);
            }
        }
        say(format!("{name}/count"), self.count(), "observations");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: impl IntoIterator<Item = u64>) -> Sample {
        let mut sample = Sample::default();
        values.into_iter().for_each(|value| sample.push(value));
        sample
    }

    #[test]
    fn a_percentile_is_a_number_that_was_observed() {
        let hundred = sample((1..=100).rev());
        let found = [0, 1, 50, 99, 100, 200].map(|percent| hundred.percentile(percent));
        assert_eq!(found, [Some(1), Some(1), Some(50), Some(99), Some(100), Some(100)]);
        assert_eq!(sample([7]).percentile(50), Some(7));
        assert_eq!(sample([1, 9]).percentile(50), Some(1));
        assert_eq!(sample([1, 9]).percentile(51), Some(9));
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        let none = Sample::default();
        assert_eq!((none.percentile(50), none.mean(), none.max(), none.count()), (None, None, None, 0));
    }

    #[test]
    fn mean_and_largest_are_of_all() {
        let some = sample([1, 2, 6]);
        assert_eq!((some.mean(), some.max(), some.count()), (Some(3.0), Some(6), 3));
        assert_eq!(sample([u64::MAX, u64::MAX]).mean(), Some(u64::MAX as f64));
    }
}
