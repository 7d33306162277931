//! Validators as jurors, as Proof of Contribution sees them.

use alloc::vec::Vec;
use sp_runtime::traits::Get;
use talka_primitives::{
    jury,
    odds::effective_stake,
    traits::{Jurors, Stake},
    Balance,
};

use crate::{ActsFor, Candidates, Config, Pallet, RetiredOnes, Sessions};

impl<T: Config> Jurors<T::AccountId> for Pallet<T> {
    fn max_jurors() -> u32 {
        T::MaxSeats::get()
    }

    /// The validators of the session that is under way, without those that equivocated.
    fn all() -> Vec<(T::AccountId, Balance)> {
        T::Sessions::seated()
            .into_iter()
            .filter(|who| !Self::has_equivocated(who))
            .map(|who| {
                let stake = Self::effective_stake_of(&who);
                (who, stake)
            })
            .collect()
    }

    fn acts_for(key: &T::AccountId) -> Option<T::AccountId> {
        ActsFor::<T>::get(key).filter(|_| !Self::is_bonded(key))
    }

    fn fine(who: &T::AccountId, value: Balance) -> Balance {
        let mut taken = 0;
        let mut take = |stake: &mut Balance| {
            taken = jury::fine(value, *stake);
            *stake = stake.saturating_sub(taken);
        };
        if let Some(mut one) = Candidates::<T>::get(who) {
            take(&mut one.stake);
            Candidates::<T>::insert(who, one);
        } else if let Some(mut one) = RetiredOnes::<T>::get(who) {
            take(&mut one.stake);
            RetiredOnes::<T>::insert(who, one);
        }
        T::Stake::forfeit_pledge(who, taken);
        taken
    }
}

impl<T: Config> Pallet<T> {
    /// Whether an account works or validates by itself: no stranger is to give it duties by naming it.
    pub(crate) fn is_bonded(who: &T::AccountId) -> bool {
        let standing = T::Stake::standing(who);
        standing.bond > 0 || standing.pledged > 0
    }

    fn effective_stake_of(who: &T::AccountId) -> Balance {
        match (Candidates::<T>::get(who), RetiredOnes::<T>::get(who)) {
            (Some(one), _) => one.effective_stake(),
            (None, Some(one)) => effective_stake(one.stake, one.score),
            (None, None) => 0,
        }
    }
}
