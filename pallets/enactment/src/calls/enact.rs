use frame_support::{ensure, pallet_prelude::DispatchResult};
use frame_system::{Pallet as System, RawOrigin};
use sp_runtime::traits::{Dispatchable as _, Hash as _};

use crate::{Config, Error, Event, List, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_enact(call: T::RuntimeCall) -> DispatchResult {
        let now = System::<T>::block_number();
        let call_hash = T::Hashing::hash_of(&call);
        let mut list = List::<T>::get();
        let place = list.iter().position(|listing| listing.call_hash == call_hash && listing.until >= now);
        let listing = list.remove(place.ok_or(Error::<T>::NotListed)?);
        ensure!(listing.from <= now, Error::<T>::TooEarly);

        // Before the call, which may change the list. If it fails, all of this is undone.
        List::<T>::put(list);
        call.dispatch(RawOrigin::Root.into()).map_err(|refused| refused.error)?;
        Self::deposit_event(Event::Enacted { call_hash });
        Ok(())
    }
}
