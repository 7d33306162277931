use frame_support::pallet_prelude::DispatchResult;

use crate::{Config, Error, Event, Pallet, ParkedAmounts};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_claim_parked(who: T::AccountId) -> DispatchResult {
        let amount = ParkedAmounts::<T>::get(&who).ok_or(Error::<T>::NothingParked)?;
        Self::mint(&who, amount)?;

        Self::unpark(&who, amount);
        Self::deposit_event(Event::Claimed { who, amount });
        Ok(())
    }
}
