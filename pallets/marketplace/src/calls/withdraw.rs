use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{order::Subject, traits::Dispatcher, AppId, DatasetId, PoolId};

use crate::{
    Admissions, Apps, Config, Datasets, Error, Event, MemberCounts, OpenDeals, Pallet, PendingOwners, Pools,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_withdraw_app(who: T::AccountId, id: AppId) -> DispatchResult {
        let app = Self::own_app(&who, id)?;
        Self::ensure_unused(Subject::App(id))?;

        Apps::<T>::remove(id);
        PendingOwners::<T>::remove(Subject::App(id));
        Self::release_deposit(&who, app.deposit);
        Self::deposit_event(Event::AppWithdrawn { app: id });
        Ok(())
    }

    pub(crate) fn do_withdraw_dataset(who: T::AccountId, id: DatasetId) -> DispatchResult {
        let dataset = Self::own_dataset(&who, id)?;
        Self::ensure_unused(Subject::Dataset(id))?;

        Datasets::<T>::remove(id);
        PendingOwners::<T>::remove(Subject::Dataset(id));
        Self::release_deposit(&who, dataset.deposit);
        Self::deposit_event(Event::DatasetWithdrawn { dataset: id });
        Ok(())
    }

    pub(crate) fn do_withdraw_pool(who: T::AccountId, id: PoolId) -> DispatchResult {
        let pool = Self::own_pool(&who, id)?;
        Self::ensure_unused(Subject::Pool(id))?;
        let has_admitted = Admissions::<T>::iter_key_prefix(id).next().is_some();
        ensure!(MemberCounts::<T>::get(id) == 0 && !has_admitted, Error::<T>::NotEmpty);
        // The dispatcher checks as well.
        T::Dispatcher::forget_pool(id)?;

        Pools::<T>::remove(id);
        PendingOwners::<T>::remove(Subject::Pool(id));
        Self::release_deposit(&who, pool.deposit);
        Self::deposit_event(Event::PoolWithdrawn { pool: id });
        Ok(())
    }

    /// No deal needs it any more.
    fn ensure_unused(subject: Subject) -> DispatchResult {
        ensure!(OpenDeals::<T>::get(subject) == 0, Error::<T>::InUse);
        Ok(())
    }
}
