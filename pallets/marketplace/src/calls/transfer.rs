use frame_support::pallet_prelude::DispatchResult;
use talka_primitives::{App, AppId, Dataset, DatasetId, Pool, PoolId};

use crate::{Apps, Config, Datasets, Event, Pallet, Pools};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_transfer_app(who: T::AccountId, id: AppId, to: T::AccountId) -> DispatchResult {
        let app = Self::own_app(&who, id)?;

        Apps::<T>::insert(id, App { owner: to.clone(), ..app });
        Self::deposit_event(Event::AppTransferred { app: id, from: who, to });
        Ok(())
    }

    pub(crate) fn do_transfer_dataset(who: T::AccountId, id: DatasetId, to: T::AccountId) -> DispatchResult {
        let dataset = Self::own_dataset(&who, id)?;

        Datasets::<T>::insert(id, Dataset { owner: to.clone(), ..dataset });
        Self::deposit_event(Event::DatasetTransferred { dataset: id, from: who, to });
        Ok(())
    }

    pub(crate) fn do_transfer_pool(who: T::AccountId, id: PoolId, to: T::AccountId) -> DispatchResult {
        let pool = Self::own_pool(&who, id)?;

        Pools::<T>::insert(id, Pool { owner: to.clone(), ..pool });
        Self::deposit_event(Event::PoolTransferred { pool: id, from: who, to });
        Ok(())
    }
}
