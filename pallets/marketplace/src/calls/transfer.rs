//! Only this module writes [`PendingOwners`].

use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{order::Subject, App, AppId, Balance, Dataset, DatasetId, Pool, PoolId};

use crate::{Apps, Config, Datasets, Error, Event, Pallet, PendingOwners, Pools};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_transfer_app(who: T::AccountId, id: AppId, to: T::AccountId) -> DispatchResult {
        Self::own_app(&who, id)?;
        Self::offer(who, Subject::App(id), to)
    }

    pub(crate) fn do_transfer_dataset(who: T::AccountId, id: DatasetId, to: T::AccountId) -> DispatchResult {
        Self::own_dataset(&who, id)?;
        Self::offer(who, Subject::Dataset(id), to)
    }

    pub(crate) fn do_transfer_pool(who: T::AccountId, id: PoolId, to: T::AccountId) -> DispatchResult {
        Self::own_pool(&who, id)?;
        Self::offer(who, Subject::Pool(id), to)
    }

    pub(crate) fn do_accept_app(who: T::AccountId, id: AppId) -> DispatchResult {
        let app = Apps::<T>::get(id).ok_or(Error::<T>::UnknownApp)?;
        Self::ensure_offered(&who, Subject::App(id))?;

        Self::move_deposit(&app.owner, &who, app.deposit)?;
        PendingOwners::<T>::remove(Subject::App(id));
        Self::deposit_event(Event::AppTransferred { app: id, from: app.owner, to: who.clone() });
        Apps::<T>::insert(id, App { owner: who, ..app });
        Ok(())
    }

    pub(crate) fn do_accept_dataset(who: T::AccountId, id: DatasetId) -> DispatchResult {
        let dataset = Datasets::<T>::get(id).ok_or(Error::<T>::UnknownDataset)?;
        Self::ensure_offered(&who, Subject::Dataset(id))?;

        Self::move_deposit(&dataset.owner, &who, dataset.deposit)?;
        PendingOwners::<T>::remove(Subject::Dataset(id));
        Self::deposit_event(Event::DatasetTransferred { dataset: id, from: dataset.owner, to: who.clone() });
        Datasets::<T>::insert(id, Dataset { owner: who, ..dataset });
        Ok(())
    }

    pub(crate) fn do_accept_pool(who: T::AccountId, id: PoolId, guarantee_limit: Balance) -> DispatchResult {
        let pool = Self::pool(id).ok_or(Error::<T>::UnknownPool)?;
        Self::ensure_offered(&who, Subject::Pool(id))?;

        Self::move_deposit(&pool.owner, &who, pool.deposit)?;
        PendingOwners::<T>::remove(Subject::Pool(id));
        Self::deposit_event(Event::PoolTransferred { pool: id, from: pool.owner, to: who.clone() });
        Self::deposit_event(Event::GuaranteeLimitSet { pool: id, limit: guarantee_limit });
        Pools::<T>::insert(id, Pool { owner: who, guarantee_limit, ..pool });
        Ok(())
    }

    /// Offer what `owner` owns; to `owner`, nothing any more.
    fn offer(owner: T::AccountId, subject: Subject, to: T::AccountId) -> DispatchResult {
        let withdraws = to == owner;
        ensure!(!withdraws || PendingOwners::<T>::contains_key(subject), Error::<T>::NothingOffered);

        if withdraws {
            PendingOwners::<T>::remove(subject);
            Self::deposit_event(Event::TransferWithdrawn { subject });
        } else {
            PendingOwners::<T>::insert(subject, &to);
            Self::deposit_event(Event::TransferOffered { subject, to });
        }
        Ok(())
    }

    fn ensure_offered(who: &T::AccountId, subject: Subject) -> DispatchResult {
        ensure!(PendingOwners::<T>::get(subject).as_ref() == Some(who), Error::<T>::NotOffered);
        Ok(())
    }
}
