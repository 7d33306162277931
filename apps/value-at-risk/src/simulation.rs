//! Filtered historical simulation: real days, replayed in a random order at today's volatility.
//!
//! Plain historical simulation draws past days as they were, so a quiet past hides a loud present. The filter
//! divides each day's return by the volatility that was expected that morning, draws from those standardised
//! days, and multiplies by the volatility expected now, which each drawn day then changes for the next. One draw
//! takes the same day for all assets, so that they move together as they really did.
//!
//! - G. Barone-Adesi, K. Giannopoulos, L. Vosper: "VaR without correlations for portfolios of derivative
//!   securities", Journal of Futures Markets 19 (1999) 583–602: the method.
//! - J. Hull, A. White: "Incorporating volatility updating into the historical simulation method for
//!   value-at-risk", Journal of Risk 1 (1998) 5–19: the scaling.
//! - J.P. Morgan/Reuters: "RiskMetrics — Technical Document", 4th edition, 1996, §5.2: the volatility model,
//!   σ²(t+1) = λ·σ²(t) + (1 − λ)·r²(t), with λ = 0.94 for days.

use crate::{history::History, tail::LOSS_UNIT};
use std::ops::Range;
use talka_app_common::philox4x32;

/// One day of one asset, ready to be replayed.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shock {
    /// The day's return in units of the volatility expected for that day; their mean is taken off.
    standardised: f64,
    /// What the day does to the volatility: σ(t+1) / σ(t).
    volatility_factor: f64,
}

/// A market history that paths can be drawn from.
#[derive(Clone, Debug)]
pub struct Model {
    /// Row by row, a day each: `shocks[day * assets + asset]`.
    shocks: Vec<Shock>,
    days: u32,
    /// Daily volatility of each asset expected for the day after the history's end.
    pub volatility: Vec<f64>,
}

impl Model {
    /// Filters `history` with `decay` (λ, above 0 and at most 1). The recursion starts at the mean square of the
    /// whole history. An asset that never moved has no risk, and its days are zero.
    pub fn fit(history: &History, decay: f64) -> Self {
        let days = history.returns.len();
        let assets = history.returns.first().map_or(0, Vec::len);
        let silent = Shock { standardised: 0.0, volatility_factor: 1.0 };
        let mut shocks = vec![silent; days * assets];
        let mut volatility = Vec::with_capacity(assets);
        for asset in 0..assets {
            let returns = || history.returns.iter().map(move |day| day[asset]);
            let mut variance = returns().map(|r| r * r).sum::<f64>() / days as f64;
            if variance > 0.0 {
                for (day, r) in returns().enumerate() {
                    shocks[day * assets + asset].standardised = r / variance.sqrt();
                    variance = decay * variance + (1.0 - decay) * r * r;
                }
                let mean =
                    (0..days).map(|day| shocks[day * assets + asset].standardised).sum::<f64>() / days as f64;
                for day in 0..days {
                    let shock = &mut shocks[day * assets + asset];
                    shock.standardised -= mean;
                    let square = shock.standardised * shock.standardised;
                    shock.volatility_factor = (decay + (1.0 - decay) * square).sqrt();
                }
            }
            volatility.push(variance.sqrt());
        }
        Self { shocks, days: days as u32, volatility }
    }

    /// Draws `paths` of `horizon` days and gives each one's loss, in [`LOSS_UNIT`]s of the portfolio's gross
    /// amount, a gain being negative. `weights` are the amounts held at the start and are not changed later.
    ///
    /// A path's days are a function of `seed`, `stream` and the path's number alone, so a range of paths may be
    /// computed by anybody, in any order. Each day is drawn with the same probability up to one part in
    /// 2^32 / days, a bias far below the sampling error of any number of paths that a computer can draw.
    pub fn losses(
        &self,
        weights: &[f64],
        horizon: u32,
        seed: u32,
        stream: u32,
        paths: Range<u32>,
    ) -> Vec<i64> {
        let assets = weights.len();
        let scale = 1.0 / (weights.iter().map(|weight| weight.abs()).sum::<f64>() * LOSS_UNIT);
        let mut growth = vec![0.0; assets];
        let mut volatility = vec![0.0; assets];
        paths
            .map(|path| {
                growth.fill(0.0);
                volatility.copy_from_slice(&self.volatility);
                let mut words = [0; 4];
                for step in 0..horizon {
                    let word = (step % 4) as usize;
                    if word == 0 {
                        words = philox4x32([path, step / 4, 0, 0], [seed, stream]);
                    }
                    let day = (u64::from(words[word]) * u64::from(self.days)) >> 32;
                    let row = &self.shocks[day as usize * assets..][..assets];
                    for ((shock, growth), volatility) in row.iter().zip(&mut growth).zip(&mut volatility) {
                        *growth += *volatility * shock.standardised;
                        *volatility *= shock.volatility_factor;
                    }
                }
                let loss: f64 =
                    weights.iter().zip(&growth).map(|(weight, growth)| -weight * libm::expm1(*growth)).sum();
                (loss * scale) as i64
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tail::{Confidence, Tail};
    use proptest::prelude::*;

    const DAILY: f64 = 0.01;

    /// Independent normal returns of two assets by Box and Muller: a market whose value at risk is known.
    fn normal_market(days: u32) -> History {
        let unit = |word: u32| (f64::from(word) + 0.5) / 4_294_967_296.0;
        let returns = (0..days)
            .map(|day| {
                let [a, b, ..] = philox4x32([day, 0, 0, 0], [17, 0]);
                let radius = DAILY * (-2.0 * libm::log(unit(a))).sqrt();
                let angle = std::f64::consts::TAU * unit(b);
                vec![radius * libm::cos(angle), radius * libm::sin(angle)]
            })
            .collect();
        History { first_day: "0".into(), last_day: "1".into(), returns }
    }

    fn assert_close(estimate: f64, expected: f64, tolerance: f64) {
        assert!((estimate / expected - 1.0).abs() < tolerance, "{estimate} is not near {expected}");
    }

    /// With constant volatility the log return over h days is normal with deviation s = σ·√h, so that
    /// VaR = 1 − exp(−z·s) and ES = 1 − exp(s²/2)·Φ(−z − s)/(1 − α), where z is the normal quantile of α.
    #[test]
    fn agrees_with_the_closed_form_on_normal_returns() {
        let model = Model::fit(&normal_market(20_000), 1.0);
        let confidence: Confidence = "0.99".parse().unwrap();
        let losses = model.losses(&[1.0, 0.0], 10, 1, 0, 0..200_000);
        let tail = Tail::of(losses, confidence);

        let z = 2.326_347_874_040_841;
        let s = DAILY * 10_f64.sqrt();
        let phi = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
        let expected_shortfall = 1.0 - (s * s / 2.0).exp() * phi(-z - s) / 0.01;
        assert_close(tail.value_at_risk(confidence), 1.0 - (-z * s).exp(), 0.02);
        assert_close(tail.expected_shortfall(confidence), expected_shortfall, 0.02);
    }

    #[test]
    fn sees_that_independent_assets_diversify_and_that_a_hedge_cancels() {
        let model = Model::fit(&normal_market(20_000), 1.0);
        let confidence: Confidence = "0.99".parse().unwrap();
        let risk = |weights: &[f64]| {
            Tail::of(model.losses(weights, 1, 1, 0, 0..100_000), confidence).value_at_risk(confidence)
        };
        assert_close(risk(&[1.0, 1.0]) / risk(&[1.0, 0.0]), 0.5_f64.sqrt(), 0.03);

        let mut twins = normal_market(1_000);
        twins.returns.iter_mut().for_each(|day| day[1] = day[0]);
        let twins = Model::fit(&twins, 0.94);
        assert!(twins.losses(&[1.0, -1.0], 5, 1, 0, 0..1_000).iter().all(|loss| *loss == 0));
    }

    #[test]
    fn starts_from_the_volatility_of_the_last_days() {
        let mut market = normal_market(1_000);
        market.returns[900..].iter_mut().flatten().for_each(|r| *r *= 3.0);
        let model = Model::fit(&market, 0.94);
        assert!(
            model.volatility.iter().all(|volatility| *volatility > 2.0 * DAILY),
            "{:?}",
            model.volatility
        );
    }

    #[test]
    fn gives_an_asset_that_never_moves_no_risk() {
        let mut market = normal_market(300);
        market.returns.iter_mut().for_each(|day| day[0] = 0.0);
        let model = Model::fit(&market, 0.94);
        assert_eq!(model.losses(&[1.0, 0.0], 10, 1, 0, 0..100), vec![0; 100]);
    }

    proptest! {
        #[test]
        fn draws_the_same_paths_however_they_are_cut(cut in 0..500_u32, seed: u32, stream: u32, horizon in 1..12_u32) {
            let model = Model::fit(&normal_market(300), 0.94);
            let whole = model.losses(&[0.7, -0.3], horizon, seed, stream, 0..500);
            let mut parts = model.losses(&[0.7, -0.3], horizon, seed, stream, 0..cut);
            parts.extend(model.losses(&[0.7, -0.3], horizon, seed, stream, cut..500));
            prop_assert_eq!(whole, parts);
        }
    }
}
