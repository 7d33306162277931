use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::traits::Seats;

use crate::{AttestsFor, Config, Error, Event, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_attester(validator: T::AccountId, key: Option<T::AccountId>) -> DispatchResult {
        // One that has resigned may still have a seat.
        ensure!(T::Validators::is_known(&validator), Error::<T>::NotValidator);
        if let Some(key) = &key {
            ensure!(!T::Validators::is_known(key), Error::<T>::AttesterInUse);
            let free = AttestsFor::<T>::get(key).is_none_or(|other| other == validator);
            ensure!(free, Error::<T>::AttesterInUse);
        }

        Self::put_attester(&validator, key.as_ref());
        Self::deposit_event(Event::AttesterSet { validator, attester: key });
        Ok(())
    }
}
