//! Filters for searching the market.

use codec::{Decode, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    asset::{App, Dataset, Pool, RuntimeClass, Tags, Topic},
    id::CategoryId,
    unit::Balance,
};

/// Which apps. What is not named does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct AppFilter {
    /// On this shelf of the store.
    pub topic: Option<Topic>,
    /// A pool that offers these tags can execute it.
    pub offered: Option<Tags>,
    /// Its published price is not above this.
    pub max_price: Option<Balance>,
    /// Made for this sandbox.
    pub runtime: Option<RuntimeClass>,
}

/// Which datasets. What is not named does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct DatasetFilter {
    /// On this shelf of the store.
    pub topic: Option<Topic>,
    /// A pool that offers these tags can use it.
    pub offered: Option<Tags>,
    /// Its published price is not above this.
    pub max_price: Option<Balance>,
}

/// Which pools. What is not named does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct PoolFilter {
    /// It offers all of these tags.
    pub needed: Option<Tags>,
    /// It has a published price for this size of task.
    pub category: Option<CategoryId>,
    /// That price is not above this; where no size is named, one of its prices is not.
    pub max_price: Option<Balance>,
}

impl AppFilter {
    /// Whether an app is looked for.
    pub fn admits<AccountId>(&self, app: &App<AccountId>) -> bool {
        self.topic.is_none_or(|topic| app.topic == topic)
            && self.offered.is_none_or(|offered| offered.offer(app.tags))
            && is_within(self.max_price, app.price)
            && self.runtime.is_none_or(|runtime| app.runtime == runtime)
    }
}

impl DatasetFilter {
    /// Whether a dataset is looked for.
    pub fn admits<AccountId>(&self, dataset: &Dataset<AccountId>) -> bool {
        self.topic.is_none_or(|topic| dataset.topic == topic)
            && self.offered.is_none_or(|offered| offered.offer(dataset.tags))
            && is_within(self.max_price, dataset.price)
    }
}

impl PoolFilter {
    /// Whether a pool is looked for.
    pub fn admits<AccountId>(&self, pool: &Pool<AccountId>) -> bool {
        let price = match self.category {
            Some(category) => pool.prices.get(&category),
            None => pool.prices.values().min(),
        };
        self.needed.is_none_or(|needed| pool.tags.offer(needed))
            && (self.category.is_none() || price.is_some())
            && is_within(self.max_price, price.copied())
    }
}

/// What has no published price is within no limit.
fn is_within(limit: Option<Balance>, price: Option<Balance>) -> bool {
    limit.is_none_or(|limit| price.is_some_and(|price| price <= limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ContentId;

    fn app() -> App<u64> {
        App {
            owner: 1,
            price: Some(3),
            name: Default::default(),
            runtime: RuntimeClass::Wasm { abi: 2 },
            content: ContentId([1; 32]),
            uris: Default::default(),
            topic: Topic::Finance,
            tags: Tags(0b01),
            description: Default::default(),
            deposit: 0,
        }
    }

    fn dataset() -> Dataset<u64> {
        let App { owner, price, name, content, uris, topic, tags, description, deposit, .. } = app();
        Dataset { owner, price, name, content, uris, topic, tags, description, deposit }
    }

    #[test]
    fn finds_apps_by_each_thing_and_by_all_together() {
        let all = AppFilter {
            topic: Some(Topic::Finance),
            offered: Some(Tags(0b11)),
            max_price: Some(3),
            runtime: Some(RuntimeClass::Wasm { abi: 2 }),
        };
        assert!(AppFilter::default().admits(&app()) && all.admits(&app()));
        assert!(!AppFilter { topic: Some(Topic::Media), ..all }.admits(&app()));
        assert!(!AppFilter { offered: Some(Tags(0b10)), ..all }.admits(&app()));
        assert!(!AppFilter { max_price: Some(2), ..all }.admits(&app()));
        assert!(!AppFilter { runtime: Some(RuntimeClass::Oci), ..all }.admits(&app()));
        let withdrawn = App { price: None, ..app() };
        assert!(AppFilter::default().admits(&withdrawn) && !all.admits(&withdrawn));
    }

    #[test]
    fn finds_datasets_by_each_thing_and_by_all_together() {
        let all =
            DatasetFilter { topic: Some(Topic::Finance), offered: Some(Tags(0b11)), max_price: Some(3) };
        assert!(DatasetFilter::default().admits(&dataset()) && all.admits(&dataset()));
        assert!(!DatasetFilter { topic: Some(Topic::Media), ..all }.admits(&dataset()));
        assert!(!DatasetFilter { offered: Some(Tags(0b10)), ..all }.admits(&dataset()));
        assert!(!DatasetFilter { max_price: Some(2), ..all }.admits(&dataset()));
    }

    #[test]
    fn finds_pools_by_tags_category_and_price() {
        let mut pool = Pool {
            owner: 1,
            description: Default::default(),
            policy: Default::default(),
            announced: None,
            guarantee_limit: 0,
            tags: Tags(0b11),
            prices: Default::default(),
            deposit: 0,
        };
        let filter = PoolFilter::default();
        assert!(filter.admits(&pool) && !PoolFilter { max_price: Some(9), ..filter }.admits(&pool));
        pool.prices.try_insert(CategoryId(0), 10).unwrap();
        pool.prices.try_insert(CategoryId(1), 20).unwrap();
        assert!(PoolFilter { needed: Some(Tags(0b10)), ..filter }.admits(&pool));
        assert!(!PoolFilter { needed: Some(Tags(0b100)), ..filter }.admits(&pool));
        let second = PoolFilter { category: Some(CategoryId(1)), ..filter };
        assert!(second.admits(&pool) && PoolFilter { max_price: Some(20), ..second }.admits(&pool));
        assert!(!PoolFilter { max_price: Some(19), ..second }.admits(&pool));
        assert!(!PoolFilter { category: Some(CategoryId(2)), ..filter }.admits(&pool));
        assert!(PoolFilter { max_price: Some(10), ..filter }.admits(&pool));
        assert!(!PoolFilter { max_price: Some(9), ..filter }.admits(&pool));
    }
}
