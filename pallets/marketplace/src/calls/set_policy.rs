use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use talka_primitives::{asset::Announced, Pool, PoolId, PoolPolicy};

use crate::{Config, Error, Event, MemberCounts, Pallet, Pools};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_pool_policy(who: T::AccountId, id: PoolId, policy: PoolPolicy) -> DispatchResult {
        let pool = Self::own_pool(&who, id)?;
        ensure!(policy.is_valid(), Error::<T>::InvalidPolicy);

        if policy == pool.policy || MemberCounts::<T>::get(id) == 0 {
            Pools::<T>::insert(id, Pool { policy, announced: None, ..pool });
            Self::deposit_event(Event::PoolPolicySet { pool: id, policy });
        } else {
            let from = Self::now().saturating_add(T::PolicyNotice::get());
            Pools::<T>::insert(id, Pool { announced: Some(Announced { policy, from }), ..pool });
            Self::deposit_event(Event::PoolPolicyAnnounced { pool: id, policy, from });
        }
        Ok(())
    }
}
