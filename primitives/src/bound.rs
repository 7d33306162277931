//! The upper bound on the error of accepted results, computed from the findings of audits.
//!
//! For each category and assurance the chain counts how many results were audited and how many of those were wrong
//! ([`Findings`]). Anyone can compute an upper bound of the error from the counts: the exact one-sided bound of C. J.
//! Clopper and E. S. Pearson, *The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial*
//! (1934). With `k` wrong results in `n` audits it is the `p` at which `k` or fewer would be found with a probability
//! of only 5 %:
//!
//! ```text
//! P(X ≤ k | n, p) = I(1 - p; n - k, k + 1) = 0.05        (0 of n: about 3 / n)
//! ```
//!
//! where `I` is the regularised incomplete beta function. [`upper95`] computes it in floating point, and so only with `std`: no
//! rule of the chain depends on that. The chain stores the counts. Where it has to tell a bound itself, to other chains, it tells
//! [`upper95_millionths`]: whole numbers, and never less than the exact bound. With `λ` the limit of Poisson's distribution for
//! `k`, by the cube of E. B. Wilson and M. M. Hilferty, *The Distribution of Chi-Square* (1931), that is
//!
//! ```text
//! p = 2 λ / (2 n - k + λ),   λ = 1.01 · m · (1 - 1 / (9 m) + z / (3 √m))³,   m = k + 1,   z = 1.644854
//! ```
//!
//! after L. N. Bol'shev, *Comparison of the Parameters of Poisson and Binomial Distributions* (1962). The hundredth is for what
//! the cube leaves out.
//!
//! The bound is meant to be too high rather than too low:
//!
//! * An audit that came to no end counts as wrong: two results that no jury could decide between, or an auditor that did not
//!   deliver before the deadline. A liar can bring about both, and the result that it hides in that way was not confirmed.
//! * Results below the floor of their category are counted apart. Each audit that the bound goes by has cost its payer at
//!   least the floor, and most of that went to auditors that it did not choose.
//!
//! The bound covers the errors that audits detect. If a fraction `s` of the auditors conceals errors of accomplices,
//! divide the bound by `1 - s`.

use serde::{Deserialize, Serialize};

use crate::{
    apply,
    unit::{Balance, Rate},
};

/// What an audit found, or a jury.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audit {
    /// There was none.
    None,
    /// The result was right.
    Right,
    /// What the worker had said was wrong.
    Wrong,
    /// It came to no end, so the task has no result: no jury decided, or no auditor delivered in time.
    Undecided,
}

/// What is known of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rate at which it was to be audited, where one worker gave it alone. Nothing where several gave it, or one without
    /// a pass to work alone: it tells nothing of those that have one.
    pub alone: Option<Rate>,
    /// What was found.
    pub audit: Audit,
    /// What the payer paid to an auditor, in units of TLK.
    pub paid: Balance,
}

/// A task that has ended, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What is known of its result.
    pub finding: Finding,
    /// What an accepted result costs, in units of TLK.
    pub price: Balance,
    /// The floor of its category, as the deal has it.
    pub floor: Balance,
}

/// How many results, and what they were worth together.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Their values together, in units of TLK.
    pub value: Balance,
}

impl Sum {
    fn add(&mut self, value: Balance) {
        self.count = self.count.saturating_add(1);
        self.value = self.value.saturating_add(value);
    }
}

/// What was counted.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Results that were accepted.
    pub accepted: Sum,
    /// Results of workers that worked alone, audited.
    pub audited: Sum,
    /// Those of them that were found wrong.
    pub wrong: Sum,
    /// Those of them whose audit came to no end. They were not accepted.
    pub undecided: Sum,
}

impl Counts {
    fn count(&mut self, Finding { alone, audit, .. }: Finding, value: Balance) {
        if audit != Audit::Undecided {
            self.accepted.add(value);
        }
        if alone.is_none() || audit == Audit::None {
            return;
        }
        self.audited.add(value);
        match audit {
            Audit::Wrong => self.wrong.add(value),
            Audit::Undecided => self.undecided.add(value),
            Audit::Right | Audit::None => {}
        }
    }

    /// Whether each count is a part of the one that it is taken from.
    pub fn are_parts(&self) -> bool {
        let is_part = |part: Sum, whole: Sum| part.count <= whole.count && part.value <= whole.value;
        let both = |one: Sum, other: Sum| Sum {
            count: one.count.saturating_add(other.count),
            value: one.value.saturating_add(other.value),
        };
        is_part(both(self.wrong, self.undecided), self.audited)
            && is_part(self.audited, both(self.accepted, self.undecided))
    }

    /// The upper bound of the error, in millionths: see [`upper95_millionths`]. All of them where nothing was audited.
    pub fn upper95_millionths(&self) -> u32 {
        upper95_millionths(self.wrong.count.saturating_add(self.undecided.count), self.audited.count)
    }

    /// The upper bound of the error: see [`upper95`]. 1 where nothing was audited.
    #[cfg(feature = "std")]
    pub fn upper95(&self) -> f64 {
        upper95(self.wrong.count.saturating_add(self.undecided.count), self.audited.count)
    }
}

/// What audits found in one category and class.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// Results at a price of at least the floor: the published bound goes by these.
    pub priced: Counts,
    /// Results at a lower price, counted apart.
    pub cheap: Counts,
}

impl Findings {
    /// Count one more task that has ended.
    pub fn count(&mut self, Sample { finding, price, floor }: Sample) {
        if price >= floor {
            self.priced.count(finding, price);
        } else {
            self.cheap.count(finding, price);
        }
    }
}

/// The whole, in millionths.
const MILLION: u32 = 1_000_000;

/// An upper bound of [`upper95`], in millionths, from whole numbers alone: for what the chain itself tells.
pub fn upper95_millionths(found: u64, trials: u64) -> u32 {
    /// All numbers are parts of it.
    const ONE: u128 = 1_000_000_000;
    /// A third of the 0.95 quantile of the standard normal distribution.
    const THIRD_OF_Z: u128 = 548_284_543;
    if found >= trials {
        return MILLION;
    }
    let m = u128::from(found).saturating_add(1);
    // At most 2^64 · 10^18: far from the end of the numbers. So is all that follows.
    let root = m.saturating_mul(ONE * ONE).isqrt();
    let base = (ONE + THIRD_OF_Z * ONE / root + 1).saturating_sub(ONE / (9 * m));
    let cube = base * base * base / (ONE * ONE) + 1;
    let limit = m.saturating_mul(cube);
    let limit = limit.saturating_add(limit / 100);
    let twice = u128::from(trials).saturating_mul(2).saturating_sub(found.into());
    let part = limit.saturating_mul(2 * u128::from(MILLION));
    let whole = twice.saturating_mul(ONE).saturating_add(limit);
    part.div_ceil(whole).min(MILLION.into()) as u32
}

/// The upper bound of the probability of something that was seen `found` times in `trials`, with a confidence of 95 %.
#[cfg(feature = "std")]
pub fn upper95(found: u64, trials: u64) -> f64 {
    float::upper(found, trials, 0.05)
}

#[cfg(feature = "std")]
mod float {
    /// Bisection on a logarithmic scale, from 10⁻¹⁸ on: 80 steps leave a relative error of 10⁻²².
    pub(super) fn upper(found: u64, trials: u64, doubt: f64) -> f64 {
        if found >= trials {
            return 1.0;
        }
        let (a, b) = (found as f64 + 1.0, (trials - found) as f64);
        let (mut low, mut high) = (1e-18f64.ln(), 0f64);
        for _ in 0..80 {
            let middle = (low + high) / 2.0;
            if 1.0 - beta(middle.exp(), a, b) > doubt {
                low = middle;
            } else {
                high = middle;
            }
        }
        high.exp()
    }

    /// The regularised incomplete beta function `I(x; a, b)`, by its continued fraction (Lentz's method; Numerical
    /// Recipes, 6.4).
    fn beta(x: f64, a: f64, b: f64) -> f64 {
        if x <= 0.0 || x >= 1.0 {
            return x.clamp(0.0, 1.0);
        }
        let (small, large) = (a.min(b), a.max(b));
        let front = (ln_rise(large, small) - ln_gamma(small) + a * x.ln() + b * (-x).ln_1p()).exp();
        if x < (a + 1.0) / (a + b + 2.0) {
            front * fraction(x, a, b) / a
        } else {
            1.0 - front * fraction(1.0 - x, b, a) / b
        }
    }

    fn fraction(x: f64, a: f64, b: f64) -> f64 {
        let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
        let mut c = 1.0;
        let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
        let mut product = d;
        // Converges in about √max(a, b) steps.
        for step in 1..200_000 {
            let m = f64::from(step);
            let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
            d = 1.0 / away_from_zero(1.0 + even * d);
            c = away_from_zero(1.0 + even / c);
            product *= d * c;
            let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
            d = 1.0 / away_from_zero(1.0 + odd * d);
            c = away_from_zero(1.0 + odd / c);
            product *= d * c;
            if (d * c - 1.0).abs() < 1e-14 {
                break;
            }
        }
        product
    }

    /// `ln Γ(x)` for `x ≥ 1`: Stirling's series, from 10 on; below, by recurrence.
    fn ln_gamma(x: f64) -> f64 {
        let (mut x, mut shift) = (x, 0.0);
        while x < 10.0 {
            shift += x.ln();
            x += 1.0;
        }
        (x - 0.5) * x.ln() - x + 0.5 * (2.0 * core::f64::consts::PI).ln() + series(x) - shift
    }

    /// `ln Γ(x + a) - ln Γ(x)`. For large `x` both are so large that their difference would have no digit left: there
    /// it is taken term by term.
    fn ln_rise(x: f64, a: f64) -> f64 {
        if x < 10.0 {
            return ln_gamma(x + a) - ln_gamma(x);
        }
        (x - 0.5) * (a / x).ln_1p() + a * (x + a).ln() - a + series(x + a) - series(x)
    }

    fn series(x: f64) -> f64 {
        let (inverse, square) = (1.0 / x, 1.0 / (x * x));
        inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)))
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `P(X ≤ found)`, term by term.
    fn at_most(found: u64, trials: u64, p: f64) -> f64 {
        let mut term = (1.0 - p).powi(trials as i32);
        let mut sum = term;
        for k in 0..found {
            term *= (trials - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
            sum += term;
        }
        sum
    }

    #[test]
    fn agrees_with_published_values() {
        // The rule of three; and the table of exact limits for 1 and 5 of 10 at 90 % on two sides.
        for (found, trials, expected) in
            [(0, 1_000, 0.002_991), (0, 10, 0.258_866), (1, 10, 0.394_163), (5, 10, 0.777_559)]
        {
            let upper = upper95(found, trials);
            assert!((upper - expected).abs() < 1e-6, "{found} of {trials}: {upper}");
        }
        assert_eq!((upper95(3, 3), upper95(0, 0)), (1.0, 1.0));
    }

    #[test]
    fn whole_numbers_tell_the_bound_of_few_audits() {
        assert_eq!((upper95_millionths(0, 0), upper95_millionths(3, 3)), (MILLION, MILLION));
        for (found, trials) in (1..200u64).flat_map(|trials| (0..trials).map(move |found| (found, trials))) {
            let exact = upper95(found, trials) * 1e6;
            assert!(
                f64::from(upper95_millionths(found, trials)) >= exact - 1e-3,
                "{found} of {trials}: {exact}"
            );
        }
    }

    #[test]
    fn holds_for_counts_as_large_as_a_chain_has() {
        let upper = upper95(20, 20_000_000);
        assert!((upper * 2e7 - 29.062).abs() < 1e-2, "{upper}");
        let upper = upper95(4_000_000, 20_000_000);
        assert!((0.2..0.200_2).contains(&upper), "{upper}");
        assert!((upper95(0, 1_000_000_000_000) / 2.995_732e-12 - 1.0).abs() < 1e-5);
    }

    fn sample(alone: Option<Rate>, audit: Audit, price: Balance) -> Sample {
        Sample { finding: Finding { alone, audit, paid: 0 }, price, floor: 10 }
    }

    const ALONE: Option<Rate> = Some(Rate(500));

    #[test]
    fn counts_only_what_audits_saw() {
        let mut findings = Findings::default();
        findings.count(sample(None, Audit::Right, 10));
        findings.count(sample(ALONE, Audit::None, 20));
        findings.count(sample(ALONE, Audit::Right, 30));
        findings.count(sample(ALONE, Audit::Wrong, 40));
        let sum = |count, value| Sum { count, value };
        let counted =
            Counts { accepted: sum(4, 100), audited: sum(2, 70), wrong: sum(1, 40), undecided: sum(0, 0) };
        assert_eq!(findings, Findings { priced: counted, cheap: Counts::default() });
    }

    #[test]
    fn an_audit_that_nobody_decided_is_counted_and_counts_as_wrong() {
        let mut counts = Counts::default();
        (0..99).for_each(|_| counts.count(sample(ALONE, Audit::Right, 10).finding, 10));
        let before = counts;
        counts.count(sample(ALONE, Audit::Undecided, 10).finding, 10);
        assert_eq!(
            (counts.accepted, counts.audited.count, counts.undecided.count),
            (before.accepted, 100, 1)
        );
        assert_eq!(counts.upper95(), upper95(1, 100));
    }

    #[test]
    fn results_below_the_floor_do_not_dilute_the_bound() {
        let mut findings = Findings::default();
        findings.count(sample(ALONE, Audit::Wrong, 10));
        let before = findings.priced;
        (0..1_000).for_each(|_| findings.count(sample(ALONE, Audit::Right, 9)));
        assert_eq!((findings.priced, findings.cheap.accepted.count), (before, 1_000));
        assert_eq!(findings.priced.upper95(), 1.0);
    }

    proptest! {
        #[test]
        fn is_where_so_few_are_found_with_the_probability_of_the_doubt(trials in 1u64..100, part in 0u64..90) {
            let found = (trials - 1) * part / 100;
            let upper = upper95(found, trials);
            prop_assert!((at_most(found, trials, upper) - 0.05).abs() < 1e-9);
        }

        #[test]
        fn whole_numbers_bound_the_error_from_above_and_closely(found in 0u64..3_000, more in 1u64..10_000_000) {
            let trials = found + more;
            let (exact, told) = (upper95(found, trials), upper95_millionths(found, trials));
            prop_assert!(f64::from(told) >= exact * 1e6 - 1e-3, "{} of {}: {} < {}", found, trials, told, exact);
            prop_assert!(f64::from(told) <= (exact * 1e6 * 1.15 + 1.0), "{} of {}: {} > {}", found, trials, told, exact);
        }

        #[test]
        fn whole_numbers_are_total_and_grow_with_what_is_found(found in any::<u64>(), trials in any::<u64>()) {
            let told = upper95_millionths(found, trials);
            prop_assert!((1..=MILLION).contains(&told));
            prop_assert!(told <= upper95_millionths(found.saturating_add(1), trials));
        }

        #[test]
        fn counts_are_parts_whatever_is_counted(
            all in proptest::collection::vec((any::<bool>(), 0usize..4, any::<u64>()), 0..50),
        ) {
            let mut findings = Findings::default();
            for (alone, audit, price) in all {
                let audit = [Audit::None, Audit::Right, Audit::Wrong, Audit::Undecided][audit];
                findings.count(sample(ALONE.filter(|_| alone), audit, price.into()));
                prop_assert!(findings.priced.are_parts() && findings.cheap.are_parts());
            }
        }

        #[test]
        fn grows_with_what_is_found_and_shrinks_with_trials(found in 0u64..1_000, more in 1u64..1_000_000) {
            let trials = found + more;
            prop_assert!(upper95(found, trials) <= upper95(found + 1, trials));
            prop_assert!(upper95(found, trials) >= upper95(found, trials + 1));
            prop_assert!(upper95(found, trials) >= found as f64 / trials as f64);
        }
    }
}
