use crate::pallet::{Config, Error, Pallet, Workers};
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get as _};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_heartbeat(who: T::AccountId) -> DispatchResult {
        Self::check_heartbeat(&who)?;
        Workers::<T>::mutate_extant(&who, |worker| {
            worker.last_seen = Self::moment();
            worker.next_beat = Self::now().saturating_add(T::HeartbeatPeriod::get() / 2);
        });
        Ok(())
    }

    /// One in half a period counts from the last one, not from the last draw or commitment: what happens to a worker between
    /// its heartbeat and the block with it does not undo the heartbeat, and what the worker has sent after it.
    pub(crate) fn check_heartbeat(who: &T::AccountId) -> Result<(), Error<T>> {
        let worker = Workers::<T>::get(who).ok_or(Error::NotOnline)?;
        ensure!(!worker.assigned.is_empty() && Self::now() >= worker.next_beat, Error::TooEarly);
        Ok(())
    }
}
