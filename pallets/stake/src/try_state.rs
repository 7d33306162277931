//! The invariants that the README numbers, one function each.

use frame_support::{
    ensure,
    traits::{fungible::InspectHold, Get},
};
use sp_runtime::TryRuntimeError;

use crate::{Config, HoldReason, Ledgers, Pallet};

impl<T: Config> Pallet<T> {
    /// Check every invariant. It reads all ledgers: for tests and try-runtime, not for blocks.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::locked_stake_is_bonded()?;
        Self::ledgers_are_held()?;
        Self::ledgers_have_something_to_remember()?;
        Self::unbondings_are_in_order()?;
        Self::unripe_stake_is_bonded()
    }

    /// 1: No account has more locked and pledged than it has bonded: nothing is pledged twice.
    fn locked_stake_is_bonded() -> Result<(), TryRuntimeError> {
        for ledger in Ledgers::<T>::iter_values() {
            let taken = ledger.locked.saturating_add(ledger.pledged);
            ensure!(taken <= ledger.bond, "stake 1: more is locked than bonded");
        }
        Ok(())
    }

    /// 2: Exactly what is bonded or on its way back is held, of every account that has a ledger.
    fn ledgers_are_held() -> Result<(), TryRuntimeError> {
        for (who, ledger) in Ledgers::<T>::iter() {
            let held = T::Currency::balance_on_hold(&HoldReason::Bond.into(), &who);
            ensure!(held == ledger.held(), "stake 2: the hold is not what the ledger says");
        }
        Ok(())
    }

    /// 3: No ledger is empty.
    fn ledgers_have_something_to_remember() -> Result<(), TryRuntimeError> {
        for ledger in Ledgers::<T>::iter_values() {
            ensure!(!ledger.is_empty(), "stake 3: an empty ledger is stored");
        }
        Ok(())
    }

    /// 4: What is on its way back is some amount, arrives in the order it left, and within the unbonding period.
    fn unbondings_are_in_order() -> Result<(), TryRuntimeError> {
        let latest = Self::now().saturating_add(T::UnbondingPeriod::get());
        for ledger in Ledgers::<T>::iter_values() {
            ensure!(ledger.unbonding.iter().all(|chunk| chunk.amount > 0), "stake 4: nothing is on its way");
            ensure!(
                ledger.unbonding.is_sorted_by_key(|chunk| chunk.at),
                "stake 4: unbondings are out of order"
            );
            ensure!(
                ledger.unbonding.iter().all(|chunk| chunk.at <= latest),
                "stake 4: an unbonding takes too long"
            );
        }
        Ok(())
    }

    /// 5: No more of a bond is unripe than there is.
    fn unripe_stake_is_bonded() -> Result<(), TryRuntimeError> {
        for ledger in Ledgers::<T>::iter_values() {
            ensure!(ledger.unripe.amount <= ledger.bond, "stake 5: more is unripe than bonded");
        }
        Ok(())
    }
}
