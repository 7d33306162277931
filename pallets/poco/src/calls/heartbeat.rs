use crate::pallet::{Config, Error, Pallet, Workers};
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get as _};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_heartbeat(who: T::AccountId) -> DispatchResult {
        ensure!(Workers::<T>::contains_key(&who), Error::<T>::NotOnline);
        ensure!(Self::may_beat(&who), Error::<T>::TooEarly);
        Workers::<T>::mutate_extant(&who, |worker| worker.last_seen = Self::now());
        Ok(())
    }

    pub(crate) fn may_beat(who: &T::AccountId) -> bool {
        Workers::<T>::get(who).is_some_and(|worker| {
            let next = worker.last_seen.saturating_add(T::HeartbeatPeriod::get() / 2);
            !worker.assigned.is_empty() && Self::now() >= next
        })
    }
}
