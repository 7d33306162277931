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

    /// 1. No more was found wrong or left undecided than was audited, and no more audited than accepted or left undecided;
    ///    in number and in value.
    fn counts_are_parts() -> Result<(), TryRuntimeError> {
        for findings in Counts::<T>::iter_values() {
            let parts = findings.priced.are_parts() && findings.cheap.are_parts();
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
