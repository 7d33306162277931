//! Who attests for whom. Only this module writes [`Attesters`], [`AttestsFor`], [`Attestations`] and [`AttestedIn`].

use alloc::vec::Vec;
use frame_support::weights::Weight;
use talka_primitives::{
    bridge::Attested,
    traits::{self, Seats},
};

use crate::{Attestations, AttestedIn, Attesters, AttestsFor, Config, Pallet, WeightInfo};

impl<T: Config> Pallet<T> {
    /// From now on this account attests for a validator, and the one before does not; or none does. What was attested counts no
    /// more.
    pub(crate) fn put_attester(validator: &T::AccountId, key: Option<&T::AccountId>) {
        if let Some(former) = Attesters::<T>::take(validator) {
            AttestsFor::<T>::remove(former);
        }
        if let Some(key) = key {
            Attesters::<T>::insert(validator, key);
            AttestsFor::<T>::insert(key, validator);
        }
        Attestations::<T>::remove(validator);
    }

    /// From now on this is what a validator has attested to.
    pub(crate) fn put_attested(validator: &T::AccountId, attested: Attested) {
        Attestations::<T>::insert(validator, attested);
    }

    /// The validator that an account attests for: itself where it stands for election, also if another one has named it before.
    pub(crate) fn validator_of(who: T::AccountId) -> Option<T::AccountId> {
        if T::Validators::is_known(&who) {
            Some(who)
        } else {
            AttestsFor::<T>::get(who)
        }
    }

    /// What these validators have attested to.
    pub(crate) fn attested_by(seated: &[T::AccountId]) -> Vec<Attested> {
        seated.iter().map(Attestations::<T>::get).collect()
    }

    /// When a session has begun: what was attested for validators without a seat counts no more. There are no more of them than
    /// seats: only validators of the session before can have attested.
    pub(crate) fn drop_those_that_left() -> Weight {
        let session = T::Validators::session();
        let look = T::WeightInfo::look_at_session();
        if AttestedIn::<T>::get() == session {
            return look;
        }
        AttestedIn::<T>::put(session);
        let seated = T::Validators::seated();
        let attested: Vec<_> = Attestations::<T>::iter_keys().collect();
        for validator in attested.iter().filter(|validator| !seated.contains(validator)) {
            Attestations::<T>::remove(validator);
        }
        look.saturating_add(T::WeightInfo::drop_attestations(attested.len() as u32))
    }
}

impl<T: Config> traits::Attesters<T::AccountId> for Pallet<T> {
    fn forget(validator: &T::AccountId) {
        Self::put_attester(validator, None);
    }
}
