use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{traits::Stake, Balance};

use crate::{Candidates, Config, Error, Event, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_add_stake(who: T::AccountId, amount: Balance) -> DispatchResult {
        ensure!(amount > 0, Error::<T>::ZeroAmount);
        let mut candidate = Candidates::<T>::get(&who).ok_or(Error::<T>::NotCandidate)?;

        T::Stake::pledge(&who, amount)?;
        // Saturation is not reached: the bond is not greater than all the money that exists.
        candidate.stake = candidate.stake.saturating_add(amount);
        Candidates::<T>::insert(&who, candidate);
        Self::deposit_event(Event::StakeAdded { who, stake: candidate.stake });
        Ok(())
    }
}
