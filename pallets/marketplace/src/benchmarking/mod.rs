//! What the calls cost: a benchmark for each function of [`WeightInfo`](crate::WeightInfo), at its worst case.
//! `scripts/weights` runs them.

mod market;

use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, EnsureOrigin};
use frame_system::RawOrigin;
use talka_primitives::{
    order::Subject, traits::Dispatcher as _, AppId, Balance, ContentId, DatasetId, DealId, PoolId,
    RuntimeClass, Tags, Topic, Trust,
};

use crate::{
    Admissions, Apps, Call, Categories, Config, Datasets, Deals, Members, NextAppId, NextDatasetId,
    NextDealId, NextPoolId, Pallet, PendingOwners, Pools,
};
use market::{app, category, dataset, described, join, limits, other_policy, policy, pool, rich, text, uris};

pub use market::{arguments, longest_uri, open_market, staff, CATEGORY, MAX_TEXTS};

/// What the benchmarks need of other pallets.
pub trait BenchmarkHelper<AccountId> {
    /// An account, which has money, bonds enough to work anywhere.
    fn bond(who: &AccountId);

    /// A member of a pool goes online, with a duty key.
    fn go_online(who: &AccountId);
}

/// On a chain where nobody works.
impl<AccountId> BenchmarkHelper<AccountId> for () {
    fn bond(_: &AccountId) {}

    fn go_online(_: &AccountId) {}
}

const APP: AppId = AppId(0);
const DATASET: DatasetId = DatasetId(0);
const POOL: PoolId = PoolId(0);

/// The caller, with money.
fn caller<T: Config>() -> T::AccountId
where
    T::Currency: Mutate<T::AccountId>,
{
    rich::<T>(whitelisted_caller())
}

/// Somebody else with money.
fn other<T: Config>(name: &'static str) -> T::AccountId
where
    T::Currency: Mutate<T::AccountId>,
{
    rich::<T>(account(name, 0, 0))
}

/// To whom something is offered.
fn offered<T: Config>(subject: Subject) -> Option<T::AccountId> {
    PendingOwners::<T>::get(subject)
}

fn is_member<T: Config>(who: &T::AccountId) -> bool {
    Members::<T>::get(who).is_some_and(|member| member.pool == POOL)
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn publish_app(b: Linear<0, 1_536>) {
        let owner = caller::<T>();
        let (uris, description) = described(b);
        let (runtime, content) = (RuntimeClass::Wasm { abi: 2 }, ContentId([1; 32]));
        let name = text(64);

        #[extrinsic_call]
        _(
            RawOrigin::Signed(owner),
            name,
            runtime,
            content,
            uris,
            Topic::Science,
            Tags(1),
            description,
            Some(1),
        );

        assert!(Apps::<T>::contains_key(APP));
        assert_eq!(NextAppId::<T>::get(), AppId(1));
    }

    #[benchmark]
    fn publish_dataset(b: Linear<0, 1_536>) {
        let owner = caller::<T>();
        let (uris, description) = described(b);
        let (name, content) = (text(64), ContentId([1; 32]));

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), name, content, uris, Topic::Science, Tags(1), description, Some(1));

        assert!(Datasets::<T>::contains_key(DATASET));
        assert_eq!(NextDatasetId::<T>::get(), DatasetId(1));
    }

    #[benchmark]
    fn publish_pool(b: Linear<0, 512>) {
        let owner = caller::<T>();
        let description = text(b);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), description, policy(), Tags(3), Balance::MAX);

        assert!(Pools::<T>::contains_key(POOL));
        assert_eq!(NextPoolId::<T>::get(), PoolId(1));
    }

    #[benchmark]
    fn set_app_price() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        app::<T>(&owner, MAX_TEXTS)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), APP, Some(7));

        assert_eq!(Apps::<T>::get(APP).and_then(|app| app.price), Some(7));
        Ok(())
    }

    #[benchmark]
    fn set_dataset_price() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        dataset::<T>(&owner, MAX_TEXTS)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), DATASET, Some(7));

        assert_eq!(Datasets::<T>::get(DATASET).and_then(|dataset| dataset.price), Some(7));
        Ok(())
    }

    #[benchmark]
    fn set_pool_price() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        category::<T>()?;
        pool::<T>(&owner)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), POOL, CATEGORY, Some(7));

        assert_eq!(Pools::<T>::get(POOL).and_then(|pool| pool.prices.get(&CATEGORY).copied()), Some(7));
        Ok(())
    }

    /// The pool has a member: the policy is announced.
    #[benchmark]
    fn set_pool_policy() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        pool::<T>(&owner)?;
        join::<T>(&account("worker", 0, 0), POOL)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), POOL, other_policy());

        let announced = Pools::<T>::get(POOL).and_then(|pool| pool.announced);
        assert!(announced.is_some_and(|next| next.policy == other_policy() && next.from < u32::MAX));
        Ok(())
    }

    #[benchmark]
    fn transfer_app() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        app::<T>(&owner, MAX_TEXTS)?;
        let heir = other::<T>("heir");

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), APP, heir.clone());

        assert_eq!(offered::<T>(Subject::App(APP)), Some(heir));
        Ok(())
    }

    #[benchmark]
    fn transfer_dataset() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        dataset::<T>(&owner, MAX_TEXTS)?;
        let heir = other::<T>("heir");

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), DATASET, heir.clone());

        assert_eq!(offered::<T>(Subject::Dataset(DATASET)), Some(heir));
        Ok(())
    }

    #[benchmark]
    fn transfer_pool() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        pool::<T>(&owner)?;
        let heir = other::<T>("heir");

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), POOL, heir.clone());

        assert_eq!(offered::<T>(Subject::Pool(POOL)), Some(heir));
        Ok(())
    }

    /// There were no addresses before: the deposit grows.
    #[benchmark]
    fn set_app_uris(b: Linear<1, 1_024>) -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        app::<T>(&owner, 512)?;
        let new = uris(b);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), APP, new.clone());

        assert_eq!(Apps::<T>::get(APP).map(|app| app.uris), Some(new));
        Ok(())
    }

    /// There were no addresses before: the deposit grows.
    #[benchmark]
    fn set_dataset_uris(b: Linear<1, 1_024>) -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        dataset::<T>(&owner, 512)?;
        let new = uris(b);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), DATASET, new.clone());

        assert_eq!(Datasets::<T>::get(DATASET).map(|dataset| dataset.uris), Some(new));
        Ok(())
    }

    #[benchmark]
    fn admit() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        pool::<T>(&owner)?;
        let worker = other::<T>("worker");

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), POOL, worker.clone());

        assert!(Admissions::<T>::contains_key(POOL, &worker));
        Ok(())
    }

    #[benchmark]
    fn join_pool() -> Result<(), BenchmarkError> {
        let worker = caller::<T>();
        let operator = other::<T>("operator");
        pool::<T>(&operator)?;
        T::BenchmarkHelper::bond(&worker);
        Pallet::<T>::do_admit(operator, POOL, worker.clone())?;

        #[extrinsic_call]
        _(RawOrigin::Signed(worker.clone()), POOL, Some(policy()));

        assert!(is_member::<T>(&worker));
        Ok(())
    }

    /// It is online, with a duty key, and another one has to move into its seats.
    #[benchmark]
    fn leave_pool() -> Result<(), BenchmarkError> {
        pool::<T>(&other::<T>("operator"))?;
        let worker = caller::<T>();
        join::<T>(&worker, POOL)?;
        join::<T>(&account("worker", 0, 0), POOL)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(worker.clone()));

        assert!(!is_member::<T>(&worker));
        Ok(())
    }

    /// It is online, with a duty key, and another one has to move into its seats.
    #[benchmark]
    fn dismiss() -> Result<(), BenchmarkError> {
        let operator = caller::<T>();
        pool::<T>(&operator)?;
        let worker: T::AccountId = account("worker", 0, 0);
        join::<T>(&worker, POOL)?;
        join::<T>(&account("worker", 1, 0), POOL)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(operator), POOL, worker.clone());

        assert!(!is_member::<T>(&worker) && !Admissions::<T>::contains_key(POOL, &worker));
        Ok(())
    }

    /// Requester, operator and beneficiary are three accounts, and the workers of the pool need not be looked at.
    #[benchmark]
    fn request(b: Linear<0, 8_192>) -> Result<(), BenchmarkError> {
        let requester = caller::<T>();
        let mut order = open_market::<T>(["provider", "library", "operator"].map(|who| account(who, 0, 0)))?;
        (order.arguments, order.parameters, order.tasks) = arguments(b);

        #[extrinsic_call]
        _(RawOrigin::Signed(requester.clone()), order);

        assert_eq!(NextDealId::<T>::get(), DealId(1));
        assert_eq!(Deals::<T>::get(DealId(0)).map(|deal| deal.requester), Some(requester));
        Ok(())
    }

    /// The pool has more workers than are looked at.
    #[benchmark]
    fn look_at_insiders() -> Result<(), BenchmarkError> {
        let requester = caller::<T>();
        let order = open_market::<T>(["provider", "library", "operator"].map(|who| account(who, 0, 0)))?;
        Pallet::<T>::do_request(requester, order)?;
        staff::<T>(POOL)?;
        let mut deal = Deals::<T>::get(DealId(0)).ok_or("there is no deal")?;
        deal.trust = Trust(10);
        let assurance;

        #[block]
        {
            assurance = T::Dispatcher::insiders(deal.pool).assurance(&deal);
        }

        assert!(assurance.is_some());
        Ok(())
    }

    #[benchmark]
    fn set_category() -> Result<(), BenchmarkError> {
        let origin = T::GovernanceOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        category::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, CATEGORY, limits(3));

        let announced = Categories::<T>::get(CATEGORY).and_then(|size| size.announced);
        assert_eq!(announced.map(|(category, _)| category), Some(limits(3)));
        Ok(())
    }

    #[benchmark]
    fn accept_app() -> Result<(), BenchmarkError> {
        let (owner, heir) = (other::<T>("owner"), caller::<T>());
        app::<T>(&owner, MAX_TEXTS)?;
        Pallet::<T>::do_transfer_app(owner, APP, heir.clone())?;

        #[extrinsic_call]
        _(RawOrigin::Signed(heir.clone()), APP);

        assert_eq!(Apps::<T>::get(APP).map(|app| app.owner), Some(heir));
        Ok(())
    }

    #[benchmark]
    fn accept_dataset() -> Result<(), BenchmarkError> {
        let (owner, heir) = (other::<T>("owner"), caller::<T>());
        dataset::<T>(&owner, MAX_TEXTS)?;
        Pallet::<T>::do_transfer_dataset(owner, DATASET, heir.clone())?;

        #[extrinsic_call]
        _(RawOrigin::Signed(heir.clone()), DATASET);

        assert_eq!(Datasets::<T>::get(DATASET).map(|dataset| dataset.owner), Some(heir));
        Ok(())
    }

    #[benchmark]
    fn accept_pool() -> Result<(), BenchmarkError> {
        let (owner, heir) = (other::<T>("owner"), caller::<T>());
        pool::<T>(&owner)?;
        Pallet::<T>::do_transfer_pool(owner, POOL, heir.clone())?;

        #[extrinsic_call]
        _(RawOrigin::Signed(heir.clone()), POOL, 7);

        let now = Pools::<T>::get(POOL).map(|pool| (pool.owner, pool.guarantee_limit));
        assert_eq!(now, Some((heir, 7)));
        Ok(())
    }

    #[benchmark]
    fn set_guarantee_limit() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        pool::<T>(&owner)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), POOL, 7);

        assert_eq!(Pools::<T>::get(POOL).map(|pool| pool.guarantee_limit), Some(7));
        Ok(())
    }

    #[benchmark]
    fn withdraw_app() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        app::<T>(&owner, MAX_TEXTS)?;
        Pallet::<T>::do_transfer_app(owner.clone(), APP, other::<T>("heir"))?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), APP);

        assert!(!Apps::<T>::contains_key(APP) && offered::<T>(Subject::App(APP)).is_none());
        Ok(())
    }

    #[benchmark]
    fn withdraw_dataset() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        dataset::<T>(&owner, MAX_TEXTS)?;
        Pallet::<T>::do_transfer_dataset(owner.clone(), DATASET, other::<T>("heir"))?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), DATASET);

        assert!(!Datasets::<T>::contains_key(DATASET) && offered::<T>(Subject::Dataset(DATASET)).is_none());
        Ok(())
    }

    /// Somebody has worked in it: the dispatcher has something to forget.
    #[benchmark]
    fn withdraw_pool() -> Result<(), BenchmarkError> {
        let owner = caller::<T>();
        pool::<T>(&owner)?;
        let worker: T::AccountId = account("worker", 0, 0);
        join::<T>(&worker, POOL)?;
        Pallet::<T>::do_dismiss(owner.clone(), POOL, worker)?;
        Pallet::<T>::do_transfer_pool(owner.clone(), POOL, other::<T>("heir"))?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), POOL);

        assert!(!Pools::<T>::contains_key(POOL) && offered::<T>(Subject::Pool(POOL)).is_none());
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
