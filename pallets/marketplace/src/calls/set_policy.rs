use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{Pool, PoolId, PoolPolicy};

use crate::{Config, Error, Event, Pallet, Pools};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_pool_policy(who: T::AccountId, id: PoolId, policy: PoolPolicy) -> DispatchResult {
        let pool = Self::own_pool(&who, id)?;
        ensure!(policy.is_valid(), Error::<T>::InvalidPolicy);

        Pools::<T>::insert(id, Pool { policy, ..pool });
        Self::deposit_event(Event::PoolPolicySet { pool: id, policy });
        Ok(())
    }
}
