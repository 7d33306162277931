use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{App, Dataset, Pool};

use crate::{Apps, Config, Datasets, Error, Event, NextAppId, NextDatasetId, NextPoolId, Pallet, Pools};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_publish_app(app: App<T::AccountId>) -> DispatchResult {
        Self::ensure_name(&app.name)?;
        Self::ensure_text(&app.uris)?;
        Self::ensure_text([&app.description])?;
        let id = NextAppId::<T>::get();
        let next = id.next().ok_or(Error::<T>::IdsExhausted)?;
        let owner = app.owner.clone();
        let deposit = Self::deposit_for(app.footprint());

        Self::hold_deposit(&owner, deposit)?;
        Apps::<T>::insert(id, App { deposit, ..app });
        NextAppId::<T>::put(next);
        Self::deposit_event(Event::AppPublished { app: id, owner });
        Ok(())
    }

    pub(crate) fn do_publish_dataset(dataset: Dataset<T::AccountId>) -> DispatchResult {
        Self::ensure_name(&dataset.name)?;
        Self::ensure_text(&dataset.uris)?;
        Self::ensure_text([&dataset.description])?;
        let id = NextDatasetId::<T>::get();
        let next = id.next().ok_or(Error::<T>::IdsExhausted)?;
        let owner = dataset.owner.clone();
        let deposit = Self::deposit_for(dataset.footprint());

        Self::hold_deposit(&owner, deposit)?;
        Datasets::<T>::insert(id, Dataset { deposit, ..dataset });
        NextDatasetId::<T>::put(next);
        Self::deposit_event(Event::DatasetPublished { dataset: id, owner });
        Ok(())
    }

    pub(crate) fn do_publish_pool(pool: Pool<T::AccountId>) -> DispatchResult {
        ensure!(pool.policy.is_valid(), Error::<T>::InvalidPolicy);
        Self::ensure_text([&pool.description])?;
        let id = NextPoolId::<T>::get();
        let next = id.next().ok_or(Error::<T>::IdsExhausted)?;
        let owner = pool.owner.clone();
        let deposit = Self::deposit_for(pool.footprint());

        Self::hold_deposit(&owner, deposit)?;
        Pools::<T>::insert(id, Pool { deposit, ..pool });
        NextPoolId::<T>::put(next);
        Self::deposit_event(Event::PoolPublished { pool: id, owner });
        Ok(())
    }
}
