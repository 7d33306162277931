use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use talka_primitives::{traits::Stake, Balance};

use crate::{Candidate, Candidates, Config, ElectionRules, Error, Event, Pallet, RetiredOnes, Sessions};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register(who: T::AccountId, stake: Balance) -> DispatchResult {
        ensure!(!Candidates::<T>::contains_key(&who), Error::<T>::AlreadyCandidate);
        let before = RetiredOnes::<T>::get(&who);
        let current = T::Sessions::current();
        ensure!(before.is_none_or(|one| one.may_return(current)), Error::<T>::Barred);
        ensure!(T::Sessions::has_keys(&who), Error::<T>::NoKeys);
        ensure!(Candidates::<T>::count() < T::MaxCandidates::get(), Error::<T>::TooManyCandidates);
        let (locked, score) = before.map(|one| (one.stake, one.score)).unwrap_or_default();
        // Saturation is not reached: that amount does not exist, and the pledge is refused.
        let total = locked.saturating_add(stake);
        ensure!(total >= ElectionRules::<T>::get().min_stake, Error::<T>::StakeTooSmall);

        T::Stake::pledge(&who, stake)?;
        RetiredOnes::<T>::remove(&who);
        Candidates::<T>::insert(&who, Candidate { stake: total, score, missed: 0 });
        Self::deposit_event(Event::Registered { who, stake: total });
        Ok(())
    }
}
