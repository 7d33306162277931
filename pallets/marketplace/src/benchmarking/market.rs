//! What is there before a benchmark begins: apps, datasets, pools and workers, each as large as it can be. The benchmarks of the
//! order book, and of whatever else needs a market, begin with it too.

use alloc::{vec, vec::Vec};
use frame_benchmarking::{account, BenchmarkError};
use frame_support::traits::{fungible::Mutate, Get};
use talka_primitives::{
    asset::{Announced, Description, MaxCategories, Uri, Uris},
    audit::DEFAULT_RATE,
    deal::{Arguments, ParameterList},
    matching::Request,
    restriction::ENOUGH,
    text::Text,
    Admission, App, AppId, Balance, Category, CategoryId, ContentId, Dataset, DatasetId, Parameters, Pool,
    PoolId, PoolPolicy, RuntimeClass, Score, Tags, Topic, Trust,
};

use super::BenchmarkHelper;
use crate::{Config, NextAppId, NextDatasetId, NextPoolId, Pallet, Pools};

/// More than all that is paid and held here.
const PLENTY: Balance = 1 << 80;

/// The price of everything that is for sale here.
const PRICE: Balance = 1_000_000_000;

/// The category in which everything is sold: the last one.
pub const CATEGORY: CategoryId = CategoryId(31);

/// The most bytes that the texts of an app or a dataset have beside its name: addresses and description.
pub const MAX_TEXTS: u32 = 4 * 256 + 512;

/// An account with money.
pub fn rich<T: Config>(who: T::AccountId) -> T::AccountId
where
    T::Currency: Mutate<T::AccountId>,
{
    T::Currency::set_balance(&who, PLENTY);
    who
}

/// A text of this length.
pub(super) fn text<const N: u32>(bytes: u32) -> Text<N> {
    vec![b'x'; bytes as usize].try_into().expect("no text here is too long; qed")
}

/// Texts of this length altogether: each of them is full before the next one begins.
fn texts<const N: u32>(bytes: u32) -> Vec<Text<N>> {
    let full = (0..bytes / N).map(|_| N);
    let rest = Some(bytes % N).filter(|rest| *rest > 0);
    full.chain(rest).map(text).collect()
}

/// Addresses of this length altogether.
pub(super) fn uris(bytes: u32) -> Uris {
    Uris::truncate_from(texts(bytes))
}

/// Addresses and a description of this length altogether.
pub(super) fn described(bytes: u32) -> (Uris, Description) {
    let description = bytes.min(512);
    (uris(bytes - description), text(description))
}

/// Arguments and parameters of this length altogether, at most 8192, and the number of tasks that have a parameter.
pub fn arguments(bytes: u32) -> (Arguments, Parameters, u32) {
    let of_all = bytes.min(16 * 256);
    let mut items = texts(bytes - of_all);
    if items.is_empty() {
        items.push(Text::default());
    }
    let tasks = items.len() as u32;
    let items = ParameterList::truncate_from(items);
    (Arguments::truncate_from(texts(of_all)), Parameters::List { items }, tasks)
}

pub(super) fn app<T: Config>(owner: &T::AccountId, bytes: u32) -> Result<AppId, BenchmarkError> {
    let (uris, description) = described(bytes);
    let id = NextAppId::<T>::get();
    Pallet::<T>::do_publish_app(App {
        owner: owner.clone(),
        price: Some(PRICE),
        name: text(64),
        runtime: RuntimeClass::Wasm { abi: 2 },
        content: ContentId([1; 32]),
        uris,
        topic: Topic::Science,
        tags: Tags(1),
        description,
        deposit: 0,
    })?;
    Ok(id)
}

pub(super) fn dataset<T: Config>(owner: &T::AccountId, bytes: u32) -> Result<DatasetId, BenchmarkError> {
    let (uris, description) = described(bytes);
    let id = NextDatasetId::<T>::get();
    Pallet::<T>::do_publish_dataset(Dataset {
        owner: owner.clone(),
        price: Some(PRICE),
        name: text(64),
        content: ContentId([2; 32]),
        uris,
        topic: Topic::Science,
        tags: Tags(2),
        description,
        deposit: 0,
    })?;
    Ok(id)
}

/// The policy of the pools here: workers have to be admitted.
pub(super) fn policy() -> PoolPolicy {
    PoolPolicy { admission: Admission::Approval, ..PoolPolicy::default() }
}

/// Another one, with which nobody has to leave.
pub(super) fn other_policy() -> PoolPolicy {
    PoolPolicy { min_score: Score(1), ..policy() }
}

/// A pool with a price for each category, and with other terms to come.
pub(super) fn pool<T: Config>(owner: &T::AccountId) -> Result<PoolId, BenchmarkError> {
    let id = NextPoolId::<T>::get();
    let prices = (0..MaxCategories::get()).map(|number| (CategoryId(number as u8), PRICE));
    Pallet::<T>::do_publish_pool(Pool {
        owner: owner.clone(),
        description: text(512),
        policy: policy(),
        announced: None,
        guarantee_limit: Balance::MAX,
        tags: Tags(3),
        prices: Default::default(),
        deposit: 0,
    })?;
    Pools::<T>::mutate_extant(id, |pool| {
        pool.announced = Some(Announced { policy: other_policy(), from: u32::MAX });
        for (category, price) in prices {
            // There is room for all of them.
            let _ = pool.prices.try_insert(category, price);
        }
    });
    Ok(id)
}

/// Limits of the category.
pub(super) fn limits(fuel: u64) -> Category {
    Category { name: text(16), run_time: 1, fuel, memory: 1, audit_rate: DEFAULT_RATE, min_value: PRICE }
}

/// The category exists, and other limits are announced for it.
pub(super) fn category<T: Config>() -> Result<(), BenchmarkError> {
    Pallet::<T>::do_set_category(CATEGORY, limits(1))?;
    Pallet::<T>::do_set_category(CATEGORY, limits(2))?;
    Ok(())
}

/// A worker joins a pool, and goes online.
pub(super) fn join<T: Config>(worker: &T::AccountId, pool: PoolId) -> Result<(), BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    let operator = Pools::<T>::get(pool).ok_or("there is no such pool")?.owner;
    rich::<T>(worker.clone());
    T::BenchmarkHelper::bond(worker);
    Pallet::<T>::do_admit(operator, pool, worker.clone())?;
    Pallet::<T>::do_join_pool(worker.clone(), pool, None)?;
    T::BenchmarkHelper::go_online(worker);
    Ok(())
}

/// More workers join a pool than are looked at before a deal is made.
pub fn staff<T: Config>(pool: PoolId) -> Result<(), BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    for number in 0..=ENOUGH {
        join::<T>(&account("worker", number, 0), pool)?;
    }
    Ok(())
}

/// App, dataset and pool of these owners, in this order; and a request for one task that they fulfil at their published prices.
pub fn open_market<T: Config>(
    [provider, library, operator]: [T::AccountId; 3],
) -> Result<Request<T::AccountId>, BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    let (provider, library, operator) = (rich::<T>(provider), rich::<T>(library), rich::<T>(operator));
    category::<T>()?;
    let (arguments, parameters, tasks) = arguments(0);
    Ok(Request {
        app: app::<T>(&provider, MAX_TEXTS)?,
        dataset: Some(dataset::<T>(&library, MAX_TEXTS)?),
        pool: pool::<T>(&operator)?,
        category: CATEGORY,
        trust: Trust(1),
        tasks,
        arguments,
        parameters,
        max_price: 3 * PRICE,
        beneficiary: Some(account("beneficiary", 0, 0)),
        deadline: T::MaxDuration::get(),
        restricted: false,
    })
}

/// An address of the greatest length.
pub fn longest_uri() -> Uri {
    text(256)
}
