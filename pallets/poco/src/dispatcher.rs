//! This pallet, as the marketplace sees it.

use crate::{
    pallet::{Classes, Config, Crew, Error, Pallet, Records, Workers},
    queue::Queue,
    types::Bench,
};
use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{restriction::Insiders, traits::Dispatcher, PoolId};

impl<T: Config> Dispatcher<T::AccountId> for Pallet<T> {
    fn leave(who: &T::AccountId) -> DispatchResult {
        let Some(mut worker) = Workers::<T>::get(who) else {
            // It was never online: nothing is left of it.
            Self::drop_duty_key(who);
            return Ok(());
        };
        ensure!(worker.assigned.is_empty(), Error::<T>::Busy);
        Self::take_offline(who, &mut worker);
        Crew::<T>::remove(worker.pool, who);
        if worker.reliability.declined == 0 {
            Self::forget_worker(who, worker.deposit);
        } else {
            // It cannot escape from its declines by joining another pool.
            Workers::<T>::insert(who, worker);
        }
        Ok(())
    }

    fn forget_pool(pool: PoolId) -> DispatchResult {
        let bench = Bench::Pool(pool);
        ensure!(Queue::<T>::forget(bench), Error::<T>::PoolBusy);
        // Nobody sits there any more: what is left is an empty list.
        Classes::<T>::remove(bench);
        Records::<T>::remove(pool);
        Ok(())
    }

    fn insiders(pool: PoolId) -> Insiders {
        Self::insiders_of(pool)
    }
}
