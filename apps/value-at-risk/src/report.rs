//! What a task writes.

use crate::{
    history::{Portfolio, Quotes},
    tail::{Confidence, Tail},
};
use serde::{Deserialize, Serialize};

/// What is asked: equal in all tasks of a bag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// What the numbers of the dataset are.
    pub quotes: Quotes,
    /// Days that the portfolio is held.
    pub horizon_days: u32,
    /// The confidence level.
    pub confidence: Confidence,
    /// Paths drawn by each task.
    pub paths: u32,
    /// Decay of the volatility model.
    pub decay: f64,
    /// Chooses other random numbers for the whole bag.
    pub seed: u32,
}

/// What the paths are drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// First day of the history used.
    pub first_day: String,
    /// Last day of the history used.
    pub last_day: String,
    /// Number of daily returns.
    pub returns: usize,
    /// Volatility of each asset expected for the day after the last, as a part of 1.
    pub volatility: Vec<f64>,
}

/// Losses at the horizon, as parts of the portfolio's gross amount and in money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The loss that is not exceeded with the given confidence.
    pub value_at_risk: f64,
    /// The mean of the losses beyond that.
    pub expected_shortfall: f64,
    /// The greatest loss of all paths.
    pub worst_loss: f64,
    /// `value_at_risk` in money.
    pub value_at_risk_amount: f64,
    /// `expected_shortfall` in money.
    pub expected_shortfall_amount: f64,
}

impl Estimate {
    /// Reads the estimate off a tail.
    pub fn of(tail: &Tail, confidence: Confidence, gross: f64) -> Self {
        let value_at_risk = tail.value_at_risk(confidence);
        let expected_shortfall = tail.expected_shortfall(confidence);
        Self {
            value_at_risk,
            expected_shortfall,
            worst_loss: tail.worst_loss(),
            value_at_risk_amount: value_at_risk * gross,
            expected_shortfall_amount: expected_shortfall * gross,
        }
    }
}

/// What one task writes to `var.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was asked.
    pub question: Question,
    /// What the paths were drawn from.
    pub source: Source,
    /// The stream of random numbers: the task's own parameter.
    pub stream: u32,
    /// What the paths say.
    pub estimate: Estimate,
}
