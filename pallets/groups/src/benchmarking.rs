//! What the calls cost: a benchmark for each function of [`WeightInfo`](crate::WeightInfo), at its worst case.
//! `scripts/weights` runs them.

use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::{
    fungible::{Inspect, Mutate},
    Get,
};
use frame_system::RawOrigin;
use talka_primitives::{asset::Name, Balance, GroupId};

use crate::{Batch, Call, Config, Groups, Members, NextGroupId, Pallet, PendingOwners};

/// More than all deposits here.
const PLENTY: Balance = 1 << 80;

/// The group that is created first.
const GROUP: GroupId = GroupId(0);

/// An account with money.
fn rich<T: Config>(who: T::AccountId) -> T::AccountId
where
    T::Currency: Mutate<T::AccountId>,
{
    T::Currency::set_balance(&who, PLENTY);
    who
}

fn name(bytes: u32) -> Name {
    vec![b'x'; bytes as usize].try_into().expect("no name here is too long; qed")
}

/// Accounts that have nothing to do with the group before.
fn strangers<T: Config>(number: u32) -> Batch<T> {
    let accounts: Vec<_> = (0..number).map(|one| account("member", one, 0)).collect();
    Batch::<T>::truncate_from(accounts)
}

/// A group with the longest name, of this owner and with as many members.
fn group_of<T: Config>(owner: &T::AccountId, members: u32) -> Result<(), BenchmarkError> {
    Pallet::<T>::do_create_group(owner.clone(), name(64))?;
    if members > 0 {
        Pallet::<T>::do_add_members(owner.clone(), GROUP, strangers::<T>(members))?;
    }
    Ok(())
}

fn members_of<T: Config>() -> Option<u32> {
    Groups::<T>::get(GROUP).map(|group| group.members)
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn create_group(b: Linear<1, 64>) {
        let owner = rich::<T>(whitelisted_caller());
        let long = name(b);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner.clone()), long);

        assert_eq!(NextGroupId::<T>::get(), GroupId(1));
        assert_eq!(Groups::<T>::get(GROUP).map(|group| group.owner), Some(owner));
    }

    #[benchmark]
    fn add_members(m: Linear<1, { T::MaxBatch::get() }>) -> Result<(), BenchmarkError> {
        let owner = rich::<T>(whitelisted_caller());
        group_of::<T>(&owner, 0)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), GROUP, strangers::<T>(m));

        assert_eq!(members_of::<T>(), Some(m));
        assert_eq!(Members::<T>::iter_key_prefix(GROUP).count(), m as usize);
        Ok(())
    }

    #[benchmark]
    fn remove_members(m: Linear<1, { T::MaxBatch::get() }>) -> Result<(), BenchmarkError> {
        let owner = rich::<T>(whitelisted_caller());
        group_of::<T>(&owner, T::MaxBatch::get())?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), GROUP, strangers::<T>(m));

        assert_eq!(members_of::<T>(), Some(T::MaxBatch::get() - m));
        assert_eq!(Members::<T>::iter_key_prefix(GROUP).count(), (T::MaxBatch::get() - m) as usize);
        Ok(())
    }

    #[benchmark]
    fn transfer_group() -> Result<(), BenchmarkError> {
        let owner = rich::<T>(whitelisted_caller());
        let heir: T::AccountId = account("heir", 0, 0);
        group_of::<T>(&owner, 0)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), GROUP, heir.clone());

        assert_eq!(PendingOwners::<T>::get(GROUP), Some(heir));
        Ok(())
    }

    #[benchmark]
    fn accept_group() -> Result<(), BenchmarkError> {
        let owner = rich::<T>(account("owner", 0, 0));
        let heir = rich::<T>(whitelisted_caller());
        group_of::<T>(&owner, T::MaxBatch::get())?;
        Pallet::<T>::do_transfer_group(owner.clone(), GROUP, heir.clone())?;

        #[extrinsic_call]
        _(RawOrigin::Signed(heir.clone()), GROUP);

        assert_eq!(Groups::<T>::get(GROUP).map(|group| group.owner), Some(heir));
        assert_eq!(T::Currency::balance(&owner), T::Currency::total_balance(&owner), "nothing is held of it");
        Ok(())
    }

    #[benchmark]
    fn disband_group() -> Result<(), BenchmarkError> {
        let owner = rich::<T>(whitelisted_caller());
        group_of::<T>(&owner, 0)?;
        // What is offered to somebody goes too.
        Pallet::<T>::do_transfer_group(owner.clone(), GROUP, account("heir", 0, 0))?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), GROUP);

        assert!(!Groups::<T>::contains_key(GROUP) && !PendingOwners::<T>::contains_key(GROUP));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
