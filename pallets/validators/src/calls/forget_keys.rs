use frame_support::{ensure, pallet_prelude::DispatchResult};

use crate::{Candidates, Config, Error, Event, Pallet, Sessions};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_forget_keys(who: T::AccountId) -> DispatchResult {
        let needed = Candidates::<T>::contains_key(&who)
            || T::Sessions::seated().contains(&who)
            || T::Sessions::announced().contains(&who);
        ensure!(!needed, Error::<T>::KeysNeeded);
        ensure!(T::Sessions::has_keys(&who), Error::<T>::NoKeys);

        T::Sessions::forget_keys(&who)?;
        Self::deposit_event(Event::KeysForgotten { who });
        Ok(())
    }
}
