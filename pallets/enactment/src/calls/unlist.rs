use frame_support::{ensure, pallet_prelude::DispatchResult};

use crate::{Config, Error, Event, List, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_unlist(call_hash: T::Hash) -> DispatchResult {
        let mut list = List::<T>::get();
        let before = list.len();
        list.retain(|listing| listing.call_hash != call_hash);
        ensure!(list.len() < before, Error::<T>::NotListed);

        List::<T>::put(list);
        Self::deposit_event(Event::Unlisted { call_hash });
        Ok(())
    }
}
