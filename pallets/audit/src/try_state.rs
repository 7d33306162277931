//! Invariants, one function each.

use crate::{Config, Counts, Pallet, Rules};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check all invariants.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::counts_are_parts()?;
        Self::rules_are_sound()
    }

    /// 1. No more was found wrong than was audited, and no more audited than accepted.
    fn counts_are_parts() -> Result<(), TryRuntimeError> {
        for findings in Counts::<T>::iter_values() {
            let parts = findings.wrong <= findings.audited && findings.audited <= findings.accepted;
            ensure!(parts, "audit 1: more was found than was looked at");
        }
        Ok(())
    }

    /// 2. The rules are sound.
    fn rules_are_sound() -> Result<(), TryRuntimeError> {
        ensure!(Rules::<T>::get().are_sound(), "audit 2: unsound rules");
        Ok(())
    }
}
