use frame_support::pallet_prelude::DispatchResult;
use talka_primitives::{Balance, Pool, PoolId};

use crate::{Config, Event, Pallet, Pools};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_guarantee_limit(who: T::AccountId, id: PoolId, limit: Balance) -> DispatchResult {
        let pool = Self::own_pool(&who, id)?;

        Pools::<T>::insert(id, Pool { guarantee_limit: limit, ..pool });
        Self::deposit_event(Event::GuaranteeLimitSet { pool: id, limit });
        Ok(())
    }
}
