use frame_support::pallet_prelude::DispatchResult;

use crate::{Candidates, Cause, Config, Error, Event, Pallet, RetiredOnes};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_resign(who: T::AccountId) -> DispatchResult {
        let candidate = Candidates::<T>::take(&who).ok_or(Error::<T>::NotCandidate)?;
        let (cause, until) = (Cause::Resigned, Self::liable_from_now());
        RetiredOnes::<T>::insert(&who, candidate.retire(cause, until));
        Self::deposit_event(Event::Retired { who, cause, until });
        Ok(())
    }
}
