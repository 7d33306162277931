//! The keys that act for workers, so that the key of a bond can stay offline. Only this module writes [`DutyKeys`] and
//! [`ActsFor`].
//!
//! A worker names a key, and nothing follows from that for the key before it has agreed: a stranger can give nobody work, and can take
//! nobody's key away. Each worker has one key at most, and each key acts for one worker at most.

use crate::{
    pallet::{ActsFor, Config, DutyKeys, Error, HoldReason, Pallet, Workers},
    types::DutyKey,
};
use frame_support::{
    defensive, ensure,
    pallet_prelude::DispatchResult,
    traits::{
        fungible::{InspectHold, MutateHold},
        tokens::Precision,
        Get as _,
    },
};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use sp_runtime::traits::BadOrigin;
use talka_primitives::{
    traits::{DutyKeys as Acting, Jurors as _, Market as _, Stake as _},
    Balance,
};

impl<T: Config> Pallet<T> {
    /// The worker for which an account acts; itself, where that is none.
    pub fn worker_of(who: &T::AccountId) -> T::AccountId {
        ActsFor::<T>::get(who).unwrap_or_else(|| who.clone())
    }

    /// The worker that a call is about: its sender, or the worker for which that acts.
    pub(crate) fn ensure_worker(origin: OriginFor<T>) -> Result<T::AccountId, BadOrigin> {
        let who: T::AccountId = ensure_signed(origin)?;
        Ok(Self::worker_of(&who))
    }

    /// Whether an account is a worker: the chain remembers it as one, or it is a member of a pool.
    pub(crate) fn is_worker(who: &T::AccountId) -> bool {
        Workers::<T>::contains_key(who) || T::Market::membership(who).is_some()
    }

    /// Whether an account does nothing but what a key is for.
    pub(crate) fn check_is_free(key: &T::AccountId) -> DispatchResult {
        let standing = T::Stake::standing(key);
        let is_bonded = standing.bond > 0 || standing.pledged > 0;
        let is_busy = is_bonded || Self::is_worker(key) || T::Jurors::acts_for(key).is_some();
        ensure!(!is_busy, Error::<T>::DutyKeyInUse);
        Ok(())
    }

    /// From now on this key may act for a worker, once it has agreed; one that was named before may not.
    pub(crate) fn put_duty_key(worker: &T::AccountId, key: T::AccountId) -> DispatchResult {
        let deposit = match DutyKeys::<T>::get(worker) {
            Some(former) if former.key == key => return Ok(()),
            Some(former) => {
                Self::stop_acting(&former.key, worker);
                former.deposit
            }
            None => Self::hold_for_key(worker)?,
        };
        DutyKeys::<T>::insert(worker, DutyKey { key, deposit });
        Ok(())
    }

    /// No key acts for a worker any more, and its deposit goes back.
    pub(crate) fn drop_duty_key(worker: &T::AccountId) {
        let Some(DutyKey { key, deposit }) = DutyKeys::<T>::take(worker) else { return };
        Self::stop_acting(&key, worker);
        if deposit > 0 {
            let reason = HoldReason::DutyKey.into();
            if let Err(error) = T::Currency::release(&reason, worker, deposit, Precision::Exact) {
                defensive!("the deposit for a duty key is held", error);
            }
        }
    }

    /// A key acts for a worker that has named it, and for no other.
    pub(crate) fn begin_acting(key: &T::AccountId, worker: &T::AccountId) {
        ActsFor::<T>::insert(key, worker);
    }

    /// A key does not act for a worker any more, if it did.
    pub(crate) fn stop_acting(key: &T::AccountId, worker: &T::AccountId) {
        if ActsFor::<T>::get(key).as_ref() == Some(worker) {
            ActsFor::<T>::remove(key);
        }
    }

    fn hold_for_key(worker: &T::AccountId) -> Result<Balance, sp_runtime::DispatchError> {
        let (reason, deposit) = (HoldReason::DutyKey.into(), T::DutyKeyDeposit::get());
        if deposit > 0 {
            ensure!(T::Currency::can_hold(&reason, worker, deposit), Error::<T>::FundsTooLow);
            T::Currency::hold(&reason, worker, deposit)?;
        }
        Ok(deposit)
    }
}

impl<T: Config> Acting<T::AccountId> for Pallet<T> {
    fn acts(key: &T::AccountId) -> bool {
        ActsFor::<T>::contains_key(key)
    }
}
