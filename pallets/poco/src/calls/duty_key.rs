use crate::pallet::{ActsFor, Config, DutyKeys, Error, Event, Pallet};
use frame_support::{ensure, pallet_prelude::DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_duty_key(worker: T::AccountId, key: Option<T::AccountId>) -> DispatchResult {
        match &key {
            Some(key) => {
                ensure!(Self::is_worker(&worker), Error::<T>::NotAMember);
                Self::check_is_free(key)?;
                Self::put_duty_key(&worker, key.clone())?;
            }
            None => Self::drop_duty_key(&worker),
        }
        Self::deposit_event(Event::DutyKeySet { worker, key });
        Ok(())
    }

    pub(crate) fn do_act_for(key: T::AccountId, worker: Option<T::AccountId>) -> DispatchResult {
        match &worker {
            Some(worker) => {
                let named = DutyKeys::<T>::get(worker).is_some_and(|named| named.key == key);
                ensure!(named, Error::<T>::NotNamed);
                Self::check_is_free(&key)?;
                Self::begin_acting(&key, worker);
            }
            None => {
                let former = ActsFor::<T>::get(&key).ok_or(Error::<T>::ActsForNobody)?;
                Self::stop_acting(&key, &former);
            }
        }
        Self::deposit_event(Event::ActingFor { key, worker });
        Ok(())
    }
}
