use crate::pallet::{Config, Error, Event, HoldReason, Pallet, Workers};
use frame_support::{
    defensive, ensure,
    pallet_prelude::{DispatchError, DispatchResult},
    traits::{
        fungible::{InspectHold, MutateHold},
        tokens::Precision,
        Get as _,
    },
};
use talka_primitives::{traits::Market as _, Balance};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_deregister(who: T::AccountId) -> DispatchResult {
        let worker = Workers::<T>::get(&who).ok_or(Error::<T>::NotRegistered)?;
        ensure!(T::Market::membership(&who).is_none(), Error::<T>::StillAMember);
        let absent = Self::now().saturating_sub(worker.last_seen.height);
        ensure!(worker.reliability.is_forgiven(absent), Error::<T>::DeclinesRemembered);

        Self::forget_worker(&who, worker.deposit);
        Ok(())
    }

    /// Hold the deposit for the record of a worker. Gives how much it is.
    pub(crate) fn register(who: &T::AccountId) -> Result<Balance, DispatchError> {
        let (reason, deposit) = (HoldReason::Registration.into(), T::RegistrationDeposit::get());
        if deposit > 0 {
            ensure!(T::Currency::can_hold(&reason, who, deposit), Error::<T>::FundsTooLow);
            T::Currency::hold(&reason, who, deposit)?;
        }
        Ok(deposit)
    }

    /// Remove the record of a worker, with its duty key, and give the deposits back.
    pub(crate) fn forget_worker(who: &T::AccountId, deposit: Balance) {
        Self::drop_duty_key(who);
        Workers::<T>::remove(who);
        if deposit > 0 {
            let reason = HoldReason::Registration.into();
            if let Err(error) = T::Currency::release(&reason, who, deposit, Precision::Exact) {
                defensive!("the deposit of a worker is held", error);
            }
        }
        Self::deposit_event(Event::WorkerDeregistered { worker: who.clone() });
    }
}
