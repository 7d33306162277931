use alloc::collections::BTreeSet;
use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::{fungible::MutateHold, tokens::Precision},
};
use talka_primitives::GroupId;

use crate::{Batch, Config, Error, Event, Groups, HoldReason, Members, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_remove_members(who: T::AccountId, id: GroupId, members: Batch<T>) -> DispatchResult {
        let mut group = Self::own_group(&who, id)?;
        ensure!(!members.is_empty(), Error::<T>::NobodyNamed);
        // An account that is named twice would no longer be a member the second time.
        let mut named = BTreeSet::new();
        for member in &members {
            let known = Members::<T>::contains_key(id, member) && named.insert(member);
            ensure!(known, Error::<T>::NotAMember);
        }
        let count = members.len() as u32;
        // Saturation is not reached: each of them was counted when it was added.
        group.members = group.members.saturating_sub(count);
        let deposit = Self::member_deposits(count);

        T::Currency::release(&HoldReason::Deposit.into(), &who, deposit, Precision::Exact)?;
        Groups::<T>::insert(id, group);
        for member in &members {
            Members::<T>::remove(id, member);
        }
        Self::deposit_event(Event::MembersRemoved { group: id, members });
        Ok(())
    }
}
