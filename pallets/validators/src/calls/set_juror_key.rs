use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::traits::DutyKeys;

use crate::{ActsFor, Candidates, Config, Error, Event, Pallet, RetiredOnes};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_juror_key(who: T::AccountId, key: Option<T::AccountId>) -> DispatchResult {
        // One that has resigned may still have a seat, and be on juries.
        let known = Candidates::<T>::contains_key(&who) || RetiredOnes::<T>::contains_key(&who);
        ensure!(known, Error::<T>::NotCandidate);
        if let Some(key) = &key {
            // An account that works or validates itself, or acts for a worker, is not to be given the duties of a stranger.
            ensure!(!Self::is_bonded(key) && !T::DutyKeys::acts(key), Error::<T>::JurorKeyInUse);
            let free = ActsFor::<T>::get(key).is_none_or(|validator| validator == who);
            ensure!(free, Error::<T>::JurorKeyInUse);
        }

        Self::put_juror_key(&who, key.as_ref());
        Self::deposit_event(Event::JurorKeySet { who, key });
        Ok(())
    }
}
