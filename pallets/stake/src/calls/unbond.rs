use frame_support::{pallet_prelude::DispatchResult, traits::Get};
use talka_primitives::Balance;

use crate::{Config, Error, Event, Ledgers, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_unbond(who: T::AccountId, amount: Balance) -> DispatchResult {
        let at = Self::now().saturating_add(T::UnbondingPeriod::get());
        let mut ledger = Ledgers::<T>::get(&who).ok_or(Error::<T>::NotBonded)?;
        ledger.unbond(amount, T::MinBond::get(), at).map_err(Error::<T>::from)?;

        Self::store(&who, ledger);
        Self::deposit_event(Event::Unbonding { who, amount, at });
        Ok(())
    }
}
