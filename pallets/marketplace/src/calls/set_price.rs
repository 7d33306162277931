use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{App, AppId, Balance, CategoryId, Dataset, DatasetId, PoolId};

use crate::{Apps, Categories, Config, Datasets, Error, Event, Pallet, Pools};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_app_price(who: T::AccountId, id: AppId, price: Option<Balance>) -> DispatchResult {
        let app = Self::own_app(&who, id)?;

        Apps::<T>::insert(id, App { price, ..app });
        Self::deposit_event(Event::AppPriceSet { app: id, price });
        Ok(())
    }

    pub(crate) fn do_set_dataset_price(
        who: T::AccountId,
        id: DatasetId,
        price: Option<Balance>,
    ) -> DispatchResult {
        let dataset = Self::own_dataset(&who, id)?;

        Datasets::<T>::insert(id, Dataset { price, ..dataset });
        Self::deposit_event(Event::DatasetPriceSet { dataset: id, price });
        Ok(())
    }

    pub(crate) fn do_set_pool_price(
        who: T::AccountId,
        id: PoolId,
        category: CategoryId,
        price: Option<Balance>,
    ) -> DispatchResult {
        let mut pool = Self::own_pool(&who, id)?;
        match price {
            Some(price) => {
                ensure!(Categories::<T>::contains_key(category), Error::<T>::UnknownCategory);
                ensure!(price >= pool.policy.min_price, Error::<T>::PriceTooLow);
                // There are no more categories than a pool has room for: this does not fail.
                pool.prices.try_insert(category, price).map_err(|_| Error::<T>::UnknownCategory)?;
            }
            None => ensure!(pool.prices.remove(&category).is_some(), Error::<T>::CategoryNotServed),
        }

        Pools::<T>::insert(id, pool);
        Self::deposit_event(Event::PoolPriceSet { pool: id, category, price });
        Ok(())
    }
}
