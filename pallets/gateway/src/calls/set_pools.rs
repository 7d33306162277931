use alloc::collections::BTreeSet;
use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::gateway::Pools as PoolList;

use crate::{Config, Error, Event, Pallet, Pools};

impl<T: Config> Pallet<T> {
    /// A pool that does not exist, or is withdrawn later, sells nothing: an order asks the others.
    pub(crate) fn do_set_pools(pools: PoolList) -> DispatchResult {
        let named: BTreeSet<_> = pools.iter().collect();
        ensure!(named.len() == pools.len(), Error::<T>::PoolNamedTwice);

        Pools::<T>::put(&pools);
        Self::deposit_event(Event::PoolsSet { pools });
        Ok(())
    }
}
