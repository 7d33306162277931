//! What the calls do: one file for each group. Everything is checked first and written last.

mod membership;
mod publish;
mod request;
mod set_category;
mod set_guarantee_limit;
mod set_policy;
mod set_price;
mod set_uris;
mod transfer;
mod withdraw;

use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{matching::is_text, text::Text, App, AppId, Dataset, DatasetId, Pool, PoolId};

use crate::{Apps, Config, Datasets, Error, Pallet};

impl<T: Config> Pallet<T> {
    /// The app, if `who` owns it.
    fn own_app(who: &T::AccountId, id: AppId) -> Result<App<T::AccountId>, Error<T>> {
        let app = Apps::<T>::get(id).ok_or(Error::<T>::UnknownApp)?;
        ensure!(app.owner == *who, Error::<T>::NotOwner);
        Ok(app)
    }

    /// The dataset, if `who` owns it.
    fn own_dataset(who: &T::AccountId, id: DatasetId) -> Result<Dataset<T::AccountId>, Error<T>> {
        let dataset = Datasets::<T>::get(id).ok_or(Error::<T>::UnknownDataset)?;
        ensure!(dataset.owner == *who, Error::<T>::NotOwner);
        Ok(dataset)
    }

    /// The pool, with the policy that is in force now, if `who` operates it.
    fn own_pool(who: &T::AccountId, id: PoolId) -> Result<Pool<T::AccountId>, Error<T>> {
        let pool = Self::pool(id).ok_or(Error::<T>::UnknownPool)?;
        ensure!(pool.owner == *who, Error::<T>::NotOwner);
        Ok(pool)
    }

    fn ensure_name<const N: u32>(name: &Text<N>) -> DispatchResult {
        ensure!(!name.is_empty(), Error::<T>::EmptyName);
        Self::ensure_text([name])
    }

    fn ensure_text<'a, const N: u32>(texts: impl IntoIterator<Item = &'a Text<N>>) -> DispatchResult {
        ensure!(texts.into_iter().all(is_text), Error::<T>::NotText);
        Ok(())
    }
}
