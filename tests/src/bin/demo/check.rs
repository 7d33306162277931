//! Whether there was a penalty for the liar alone.

use anyhow::{ensure, Result};
use talka_tests::{chronicle::Chronicle, stage::Stage};

use crate::liar;

/// The number of liars that a jury convicted. Nobody else may have lost anything.
pub fn penalties(stage: &Stage, chronicle: &Chronicle) -> Result<usize> {
    let liar = liar(stage)?;
    let lost = chronicle.convicted();
    ensure!(lost.contains_key(&liar), "the liar was not found out");
    ensure!(lost.len() == 1 && chronicle.lost().is_empty(), "honest workers lost stake: {lost:?}");
    ensure!(!chronicle.paid().contains_key(&liar), "the liar was paid");
    Ok(lost.len())
}
