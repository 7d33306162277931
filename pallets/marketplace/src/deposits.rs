//! Deposits: what is held for what the chain has to remember, all of it under [`HoldReason::Deposit`]. The amounts are rules:
//! [`talka_primitives::deposit`].

use frame_support::{
    defensive, ensure,
    pallet_prelude::DispatchResult,
    traits::{
        fungible::{InspectHold, MutateHold},
        tokens::{Fortitude, Precision, Restriction},
        Get,
    },
};
use talka_primitives::{deposit::Footprint, Balance};

use crate::{Config, Error, HoldReason, Pallet};

impl<T: Config> Pallet<T> {
    /// The deposit for something that the chain has to remember from now on, in units of TLK.
    pub(crate) fn deposit_for(footprint: Footprint) -> Balance {
        T::StoragePrice::get().of(footprint)
    }

    /// Whether `amount` can be held of an account.
    pub(crate) fn ensure_deposit(who: &T::AccountId, amount: Balance) -> DispatchResult {
        let can_hold = amount == 0 || T::Currency::can_hold(&HoldReason::Deposit.into(), who, amount);
        ensure!(can_hold, Error::<T>::FundsTooLow);
        Ok(())
    }

    /// Hold a deposit.
    pub(crate) fn hold_deposit(who: &T::AccountId, amount: Balance) -> DispatchResult {
        Self::ensure_deposit(who, amount)?;
        Self::hold(HoldReason::Deposit, who, amount)
    }

    /// Give a deposit back.
    pub(crate) fn release_deposit(who: &T::AccountId, amount: Balance) {
        if amount == 0 {
            return;
        }
        let released = T::Currency::release(&HoldReason::Deposit.into(), who, amount, Precision::Exact);
        if let Err(error) = released {
            defensive!("the deposit of what is remembered is held", error);
        }
    }

    /// Something has changed its size: hold more for it, or give some of its deposit back.
    pub(crate) fn change_deposit(who: &T::AccountId, before: Balance, after: Balance) -> DispatchResult {
        Self::hold_deposit(who, after.saturating_sub(before))?;
        Self::release_deposit(who, before.saturating_sub(after));
        Ok(())
    }

    /// A deposit goes along with what it is for, to a new owner.
    pub(crate) fn move_deposit(from: &T::AccountId, to: &T::AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let reason = HoldReason::Deposit.into();
        ensure!(T::Currency::hold_available(&reason, to), Error::<T>::NoAccount);
        // Polite: what is given away and withdrawn there must not be a way out of a freeze.
        let movable = T::Currency::reducible_total_balance_on_hold(from, Fortitude::Polite);
        ensure!(movable >= amount, Error::<T>::DepositFrozen);

        T::Currency::transfer_on_hold(
            &reason,
            from,
            to,
            amount,
            Precision::Exact,
            Restriction::OnHold,
            Fortitude::Polite,
        )?;
        Ok(())
    }
}
