//! What the calls cost, and what an order costs: a benchmark for each function of [`WeightInfo`](crate::WeightInfo), at its worst
//! case. `scripts/weights` runs them.

use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, EnsureOrigin};
use frame_system::RawOrigin;
use talka_primitives::{
    bridge::EthereumAddress,
    gateway::{Order, Pools as PoolList, MAX_POOLS},
    manifest::Blob,
    matching::Request,
    text::Text,
    traits::Requests,
    Balance, CallId, Digest, PoolId, TaskId, Trust,
};

use crate::{Call, Calls, Config, Pallet, Pools, ShownManifest};

/// What the benchmarks need of other pallets.
pub trait BenchmarkHelper<AccountId> {
    /// The contracts are named, and everything can be withdrawn.
    fn name_contracts();

    /// App, dataset and pool of these owners, in this order; and a request that they fulfil at their published prices.
    fn open_market(owners: [AccountId; 3]) -> Request<AccountId>;

    /// More workers join a pool than are looked at before a deal is made.
    fn staff(pool: PoolId);

    /// A task has a result with this digest.
    fn complete(task: TaskId, digest: Digest);
}

/// More than all that is paid and held here.
const PLENTY: Balance = 1 << 60;

const REQUESTER: EthereumAddress = EthereumAddress([7; 20]);

/// The longest order, which every pool that governance has named is asked for, and each can execute. To have one pool named as
/// often as there can be pools takes as long as to have as many named.
fn longest_order<T: Config>() -> Vec<u8> {
    T::BenchmarkHelper::name_contracts();
    let owners = ["provider", "library", "operator"].map(|name| account(name, 0, 0));
    let wanted = T::BenchmarkHelper::open_market(owners);
    T::BenchmarkHelper::staff(wanted.pool);
    Pools::<T>::put(PoolList::truncate_from(vec![wanted.pool; MAX_POOLS as usize]));
    let text = |bytes: usize| vec![b'x'; bytes];
    let argument = Text::try_from(text(256)).unwrap_or_default();
    let order = Order {
        requester: REQUESTER,
        app: wanted.app,
        dataset: wanted.dataset,
        pool: None,
        category: wanted.category,
        trust: Trust(4),
        arguments: vec![argument; 16].try_into().unwrap_or_default(),
        parameter: Text::try_from(text(64)).unwrap_or_default(),
    };
    order.message()
}

/// The account of who orders, with money.
fn payer<T: Config>() -> T::AccountId {
    let payer = <Pallet<T> as Requests<T::AccountId>>::account(REQUESTER);
    T::Currency::set_balance(&payer, PLENTY);
    payer
}

/// A call that waits for an answer.
fn ordered<T: Config>() -> Result<(CallId, TaskId), BenchmarkError> {
    let message = longest_order::<T>();
    payer::<T>();
    Pallet::<T>::received(0, PLENTY, true, &message);
    let (id, call) = Calls::<T>::iter().next().ok_or("the order is taken")?;
    Ok((id, call.task().ok_or("there is a deal")?))
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn receive() -> Result<(), BenchmarkError> {
        let message = longest_order::<T>();
        payer::<T>();

        #[block]
        {
            Pallet::<T>::received(0, PLENTY, true, &message);
        }

        assert_eq!(Calls::<T>::iter_values().filter(|call| call.deal.is_some()).count(), 1);
        Ok(())
    }

    #[benchmark]
    fn report(b: Linear<1, 218>) -> Result<(), BenchmarkError> {
        let (id, task) = ordered::<T>()?;
        let manifest = ShownManifest::truncate_from(vec![1; b as usize]);
        T::BenchmarkHelper::complete(task, Digest(Blob::of(&manifest).content.0));

        #[extrinsic_call]
        _(RawOrigin::Signed(whitelisted_caller()), id, manifest);

        assert!(!Calls::<T>::contains_key(id));
        Ok(())
    }

    #[benchmark]
    fn sweep() -> Result<(), BenchmarkError> {
        T::BenchmarkHelper::name_contracts();
        payer::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(whitelisted_caller()), REQUESTER);

        Ok(())
    }

    #[benchmark]
    fn set_pools() -> Result<(), BenchmarkError> {
        let pools = PoolList::truncate_from((0..MAX_POOLS).map(PoolId).collect());
        let origin = T::GovernanceOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, pools.clone());

        assert_eq!(Pools::<T>::get(), pools);
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
