//! The offers on the market: the runtime API and the functions that answer it.

use alloc::vec::Vec;
use codec::Codec;
use talka_primitives::{
    apply,
    filter::{AppFilter, DatasetFilter, PoolFilter},
    stored,
    view::{Listed, Page},
    App, AppId, Category, CategoryId, Dataset, DatasetId, Deal, DealId, Pool, PoolId,
};

use crate::{
    types::Size, Apps, Categories, Config, Datasets, Deals, DealsOf, NextAppId, NextDatasetId, NextPoolId,
    Pallet, Pools,
};

pub use talka_primitives::view::MAX_PAGE;

sp_api::decl_runtime_apis! {
    /// What is for sale. An answer lists at most `limit` items, and never more than 100, in the order of their
    /// identifiers from `from` on, of those that the filter admits; and it says where the next page begins.
    pub trait MarketApi<AccountId> where AccountId: Codec {
        /// The apps.
        fn apps(filter: AppFilter, from: AppId, limit: u32) -> Page<AppId, App<AccountId>>;
        /// The datasets.
        fn datasets(
            filter: DatasetFilter,
            from: DatasetId,
            limit: u32,
        ) -> Page<DatasetId, Dataset<AccountId>>;
        /// The worker pools.
        fn pools(filter: PoolFilter, from: PoolId, limit: u32) -> Page<PoolId, Pool<AccountId>>;
        /// The sizes of task, all of them.
        fn categories() -> Vec<Listed<CategoryId, Category>>;
        /// One app.
        fn app(id: AppId) -> Option<App<AccountId>>;
        /// One dataset.
        fn dataset(id: DatasetId) -> Option<Dataset<AccountId>>;
        /// One worker pool.
        fn pool(id: PoolId) -> Option<Pool<AccountId>>;
    }
}

/// A deal's number as a key: four bytes, the highest first, so that the order of keys is the order of deals.
#[apply(stored)]
#[derive(Copy)]
pub struct DealKey([u8; 4]);

impl From<DealId> for DealKey {
    fn from(id: DealId) -> Self {
        Self(id.0.to_be_bytes())
    }
}

impl From<DealKey> for DealId {
    fn from(key: DealKey) -> Self {
        Self(u32::from_be_bytes(key.0))
    }
}

impl<T: Config> Pallet<T> {
    /// See [`MarketApi`].
    pub fn apps(filter: &AppFilter, from: AppId, limit: u32) -> Page<AppId, App<T::AccountId>> {
        let get = |id| Apps::<T>::get(id).filter(|app| filter.admits(app));
        Page::of(from.0..NextAppId::<T>::get().0, limit.min(MAX_PAGE), AppId, get)
    }

    /// See [`MarketApi`].
    pub fn datasets(
        filter: &DatasetFilter,
        from: DatasetId,
        limit: u32,
    ) -> Page<DatasetId, Dataset<T::AccountId>> {
        let get = |id| Datasets::<T>::get(id).filter(|dataset| filter.admits(dataset));
        Page::of(from.0..NextDatasetId::<T>::get().0, limit.min(MAX_PAGE), DatasetId, get)
    }

    /// See [`MarketApi`].
    pub fn pools(filter: &PoolFilter, from: PoolId, limit: u32) -> Page<PoolId, Pool<T::AccountId>> {
        let get = |id| Self::pool(id).filter(|pool| filter.admits(pool));
        Page::of(from.0..NextPoolId::<T>::get().0, limit.min(MAX_PAGE), PoolId, get)
    }

    /// See [`MarketApi`].
    pub fn categories() -> Vec<Listed<CategoryId, Category>> {
        let now = Self::now();
        let in_force = |(id, size): (_, Size)| Listed { id, item: size.at(now) };
        let mut categories: Vec<_> = Categories::<T>::iter().map(in_force).collect();
        categories.sort_by_key(|category| category.id);
        categories
    }

    /// A size of task, with the limits that are in force now.
    pub fn category(id: CategoryId) -> Option<Category> {
        Categories::<T>::get(id).map(|size| size.at(Self::now()))
    }

    /// See [`MarketApi`].
    pub fn app(id: AppId) -> Option<App<T::AccountId>> {
        Apps::<T>::get(id)
    }

    /// See [`MarketApi`].
    pub fn dataset(id: DatasetId) -> Option<Dataset<T::AccountId>> {
        Datasets::<T>::get(id)
    }

    /// A pool, with the policy that is in force now: see [`MarketApi`].
    pub fn pool(id: PoolId) -> Option<Pool<T::AccountId>> {
        Pools::<T>::get(id).map(|pool| pool.at(Self::now()))
    }

    /// The deals of a requester, in their order from `from` on; at most `limit` and never more than [`MAX_PAGE`].
    pub fn deals_of(who: &T::AccountId, from: DealId, limit: u32) -> Vec<Listed<DealId, Deal<T::AccountId>>> {
        let keys = match from.0.checked_sub(1) {
            Some(before) => {
                let before = DealsOf::<T>::hashed_key_for(who, DealKey::from(DealId(before)));
                DealsOf::<T>::iter_key_prefix_from(who, before)
            }
            None => DealsOf::<T>::iter_key_prefix(who),
        };
        keys.take(limit.min(MAX_PAGE) as usize)
            .filter_map(|key| {
                let id = key.into();
                Deals::<T>::get(id).map(|item| Listed { id, item })
            })
            .collect()
    }
}
