//! Zipf's law: the r-th most frequent of V terms has a share of r^-s / (1^-s + … + V^-s).

/// The exponent that fits best, with its error.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Fit {
    /// The exponent s.
    pub exponent: f64,
    /// Its standard error, if terms were drawn independently.
    pub standard_error: f64,
}

/// Fits the exponent to `frequencies`, from the most to the least frequent, by maximum likelihood.
///
/// The likelihood is greatest where the mean of ln r over all occurrences is the one that the law gives; its
/// standard error is 1 / √(n·Var(ln r)). See I. Moreno-Sánchez, F. Font-Clos, Á. Corral, "Large-scale analysis
/// of Zipf's law in English texts", PLoS ONE 11 (2016) e0147073. None with fewer than two terms, or where all
/// are equally frequent or rarer ones do not get rarer.
pub fn fit(frequencies: &[u64]) -> Option<Fit> {
    let logs: Vec<f64> = (1..=frequencies.len()).map(|rank| libm::log(rank as f64)).collect();
    let total = frequencies.iter().sum::<u64>() as f64;
    let observed = frequencies.iter().zip(&logs).map(|(count, log)| *count as f64 * log).sum::<f64>() / total;

    // The mean falls as the exponent grows, so that halving the interval finds it.
    let (mut low, mut high) = (0.0, 20.0);
    if !(moments(&logs, high).0 < observed && observed < moments(&logs, low).0) {
        return None;
    }
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if moments(&logs, middle).0 > observed {
            low = middle;
        } else {
            high = middle;
        }
    }
    let exponent = (low + high) / 2.0;
    Some(Fit { exponent, standard_error: 1.0 / (total * moments(&logs, exponent).1).sqrt() })
}

/// Mean and variance of ln r under Zipf's law, given ln r for each rank r.
fn moments(logs: &[f64], exponent: f64) -> (f64, f64) {
    let (mut weight, mut first, mut second) = (0.0, 0.0, 0.0);
    for log in logs {
        let share = libm::exp(-exponent * log);
        weight += share;
        first += share * log;
        second += share * log * log;
    }
    let mean = first / weight;
    (mean, second / weight - mean * mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn recovers_the_exponent_of_an_exact_law(exponent in 0.3..2.5_f64, terms in 50..2_000_usize) {
            let frequencies: Vec<u64> =
                (1..=terms).map(|rank| (1e12 * (rank as f64).powf(-exponent)) as u64).collect();
            let fit = fit(&frequencies).unwrap();
            prop_assert!((fit.exponent - exponent).abs() < 1e-3, "{:?} for {}", fit, exponent);
        }
    }

    #[test]
    fn gives_an_error_that_shrinks_with_the_root_of_the_sample() {
        let small: Vec<u64> = (1..=100).map(|rank| 1_000 / rank).collect();
        let large: Vec<u64> = small.iter().map(|count| count * 100).collect();
        let (small, large) = (fit(&small).unwrap(), fit(&large).unwrap());
        assert!((small.exponent - large.exponent).abs() < 1e-9);
        assert!((small.standard_error / large.standard_error - 10.0).abs() < 1e-6);
    }

    #[test]
    fn says_nothing_of_too_few_or_equally_frequent_terms() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[5]), None);
        assert_eq!(fit(&[3, 3, 3]), None);
    }
}
