use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::traits::{Attesters, Stake};

use crate::{Config, Error, Event, Pallet, RetiredOnes, Sessions};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_release(who: T::AccountId) -> DispatchResult {
        let one = RetiredOnes::<T>::get(&who).ok_or(Error::<T>::NothingToRelease)?;
        ensure!(T::Sessions::current() >= one.until, Error::<T>::StillLiable);

        RetiredOnes::<T>::remove(&who);
        Self::put_juror_key(&who, None);
        T::Attesters::forget(&who);
        T::Stake::release(&who, one.stake);
        Self::deposit_event(Event::Released { who, amount: one.stake });
        Ok(())
    }
}
