//! The invariants that the README numbers, one function each.

use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::TryRuntimeError;
use talka_primitives::{Balance, GroupId};

use crate::{Config, Groups, HoldReason, Members, NextGroupId, Pallet, PendingOwners};

impl<T: Config> Pallet<T> {
    /// Check every invariant. It reads all groups and all accounts: for tests and try-runtime, not for blocks.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::groups_are_numbered()?;
        Self::members_are_counted()?;
        Self::deposits_are_held()?;
        Self::offers_are_of_owners()
    }

    /// 1: The identifier of every group is below the one that is given next.
    fn groups_are_numbered() -> Result<(), TryRuntimeError> {
        let next = NextGroupId::<T>::get();
        ensure!(Groups::<T>::iter_keys().all(|id| id < next), "groups 1: an identifier would be given twice");
        Ok(())
    }

    /// 2: Every group has as many members as it says, and no member is of a group that does not exist.
    fn members_are_counted() -> Result<(), TryRuntimeError> {
        let mut counted = BTreeMap::<GroupId, u32>::new();
        for (id, _) in Members::<T>::iter_keys() {
            let members = counted.entry(id).or_default();
            *members = members.saturating_add(1);
        }
        for (id, group) in Groups::<T>::iter() {
            let members = counted.remove(&id).unwrap_or_default();
            ensure!(group.members == members, "groups 2: a group has not as many members as it says");
        }
        ensure!(counted.is_empty(), "groups 2: a member of an unknown group");
        Ok(())
    }

    /// 3: Exactly the deposits of its groups and of their members are held of every owner, and nothing of anybody else.
    fn deposits_are_held() -> Result<(), TryRuntimeError> {
        let held = |who: &T::AccountId| T::Currency::balance_on_hold(&HoldReason::Deposit.into(), who);
        let mut deposits = BTreeMap::<T::AccountId, Balance>::new();
        for group in Groups::<T>::iter_values() {
            let deposit = deposits.entry(group.owner).or_default();
            *deposit = deposit.saturating_add(Self::group_deposit(group.members));
        }
        for (owner, deposit) in &deposits {
            ensure!(held(owner) == *deposit, "groups 3: the hold is not what the groups need");
        }
        for who in frame_system::Account::<T>::iter_keys() {
            let explained = deposits.contains_key(&who) || held(&who) == 0;
            ensure!(explained, "groups 3: something is held of somebody without a group");
        }
        Ok(())
    }

    /// 4: What is offered exists, and is not offered to its owner.
    fn offers_are_of_owners() -> Result<(), TryRuntimeError> {
        for (id, to) in PendingOwners::<T>::iter() {
            let possible = Groups::<T>::get(id).is_some_and(|group| group.owner != to);
            ensure!(possible, "groups 4: an impossible offer");
        }
        Ok(())
    }
}
