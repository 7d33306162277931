//! What is for sale, asked in one call: the runtime API and the functions that answer it.

use alloc::vec::Vec;
use codec::{Codec, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use talka_primitives::{
    view::Listed, App, AppId, Category, CategoryId, Dataset, DatasetId, Deal, DealId, Pool, PoolId,
};

use crate::{
    Apps, Categories, Config, Datasets, Deals, DealsOf, NextAppId, NextDatasetId, NextPoolId, Pallet, Pools,
};

/// Most items in one answer.
pub const MAX_PAGE: u32 = 100;

sp_api::decl_runtime_apis! {
    /// What is for sale. An answer lists at most `limit` items, and never more than 100, in the order of their
    /// identifiers from `from` on; the next page begins after the last identifier of this one.
    pub trait MarketApi<AccountId> where AccountId: Codec {
        /// The apps.
        fn apps(from: AppId, limit: u32) -> Vec<Listed<AppId, App<AccountId>>>;
        /// The datasets.
        fn datasets(from: DatasetId, limit: u32) -> Vec<Listed<DatasetId, Dataset<AccountId>>>;
        /// The worker pools.
        fn pools(from: PoolId, limit: u32) -> Vec<Listed<PoolId, Pool<AccountId>>>;
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
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
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
    pub fn apps(from: AppId, limit: u32) -> Vec<Listed<AppId, App<T::AccountId>>> {
        page(from.0, NextAppId::<T>::get().0, limit, AppId, Apps::<T>::get)
    }

    /// See [`MarketApi`].
    pub fn datasets(from: DatasetId, limit: u32) -> Vec<Listed<DatasetId, Dataset<T::AccountId>>> {
        page(from.0, NextDatasetId::<T>::get().0, limit, DatasetId, Datasets::<T>::get)
    }

    /// See [`MarketApi`].
    pub fn pools(from: PoolId, limit: u32) -> Vec<Listed<PoolId, Pool<T::AccountId>>> {
        page(from.0, NextPoolId::<T>::get().0, limit, PoolId, Pools::<T>::get)
    }

    /// See [`MarketApi`].
    pub fn categories() -> Vec<Listed<CategoryId, Category>> {
        let mut categories: Vec<_> = Categories::<T>::iter().map(|(id, item)| Listed { id, item }).collect();
        categories.sort_by_key(|category| category.id);
        categories
    }

    /// See [`MarketApi`].
    pub fn app(id: AppId) -> Option<App<T::AccountId>> {
        Apps::<T>::get(id)
    }

    /// See [`MarketApi`].
    pub fn dataset(id: DatasetId) -> Option<Dataset<T::AccountId>> {
        Datasets::<T>::get(id)
    }

    /// See [`MarketApi`].
    pub fn pool(id: PoolId) -> Option<Pool<T::AccountId>> {
        Pools::<T>::get(id)
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

/// Up to `limit` items that have identifiers from `from` on and below `end`.
fn page<Id: Copy, Item>(
    from: u32,
    end: u32,
    limit: u32,
    id: impl Fn(u32) -> Id,
    get: impl Fn(Id) -> Option<Item>,
) -> Vec<Listed<Id, Item>> {
    (from..end)
        .map(id)
        .filter_map(|id| get(id).map(|item| Listed { id, item }))
        .take(limit.min(MAX_PAGE) as usize)
        .collect()
}
