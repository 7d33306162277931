use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use frame_system::Pallet as System;
use sp_runtime::traits::Saturating;

use crate::{Config, Delay, Error, Event, List, Listing, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_list(call_hash: T::Hash) -> DispatchResult {
        let now = System::<T>::block_number();
        let mut list = List::<T>::get();
        list.retain(|listing| listing.until >= now);
        ensure!(list.iter().all(|listing| listing.call_hash != call_hash), Error::<T>::AlreadyListed);
        let from = now.saturating_add(Delay::<T>::get());
        let until = from.saturating_add(T::Window::get());
        list.try_push(Listing { call_hash, from, until }).map_err(|_| Error::<T>::TooManyListed)?;

        List::<T>::put(list);
        Self::deposit_event(Event::Listed { call_hash, from, until });
        Ok(())
    }
}
