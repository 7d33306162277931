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
//! where `I` is the regularised incomplete beta function. It is computed in floating point, and so only with `std`: no
//! rule of the chain depends on it. The chain stores the counts.
//!
//! The bound covers the errors that audits detect. If a fraction `s` of the auditors conceals errors of accomplices,
//! divide the bound by `1 - s`.

use serde::{Deserialize, Serialize};

use crate::apply;

/// What is known of an accepted result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Several workers gave it, or one without a pass to work alone: it tells nothing of those that have one.
    Together,
    /// One worker gave it alone.
    Alone {
        /// Whether it was audited.
        audited: bool,
        /// Whether what the worker had said was found wrong.
        wrong: bool,
    },
}

/// What audits found in one category and class.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// Results that were accepted: the clock of the gate.
    pub accepted: u64,
    /// Results of workers that worked alone, audited.
    pub audited: u64,
    /// Those of them that were found wrong.
    pub wrong: u64,
}

impl Findings {
    /// Count one more result.
    pub fn count(&mut self, finding: Finding) {
        self.accepted = self.accepted.saturating_add(1);
        if let Finding::Alone { audited: true, wrong } = finding {
            self.audited = self.audited.saturating_add(1);
            self.wrong = self.wrong.saturating_add(wrong.into());
        }
    }
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
    fn holds_for_counts_as_large_as_a_chain_has() {
        let upper = upper95(20, 20_000_000);
        assert!((upper * 2e7 - 29.062).abs() < 1e-2, "{upper}");
        let upper = upper95(4_000_000, 20_000_000);
        assert!((0.2..0.200_2).contains(&upper), "{upper}");
        assert!((upper95(0, 1_000_000_000_000) / 2.995_732e-12 - 1.0).abs() < 1e-5);
    }

    #[test]
    fn counts_only_what_audits_saw() {
        let mut findings = Findings::default();
        findings.count(Finding::Alone { audited: false, wrong: true });
        findings.count(Finding::Alone { audited: true, wrong: false });
        findings.count(Finding::Alone { audited: true, wrong: true });
        assert_eq!(findings, Findings { accepted: 3, audited: 2, wrong: 1 });
    }

    proptest! {
        #[test]
        fn is_where_so_few_are_found_with_the_probability_of_the_doubt(trials in 1u64..100, part in 0u64..90) {
            let found = (trials - 1) * part / 100;
            let upper = upper95(found, trials);
            prop_assert!((at_most(found, trials, upper) - 0.05).abs() < 1e-9);
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
