use frame_support::{
    pallet_prelude::DispatchResult,
    traits::{fungible::MutateHold, tokens::Precision},
};

use crate::{Config, Error, Event, HoldReason, Ledgers, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_withdraw(who: T::AccountId) -> DispatchResult {
        let mut ledger = Ledgers::<T>::get(&who).ok_or(Error::<T>::NotBonded)?;
        let amount = ledger.withdraw(Self::now()).map_err(Error::<T>::from)?;

        T::Currency::release(&HoldReason::Bond.into(), &who, amount, Precision::Exact)?;
        Self::store(&who, ledger);
        Self::deposit_event(Event::Withdrawn { who, amount });
        Ok(())
    }
}
