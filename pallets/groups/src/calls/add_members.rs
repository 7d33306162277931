use alloc::collections::BTreeSet;
use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::fungible::{InspectHold, MutateHold},
};
use talka_primitives::GroupId;

use crate::{Batch, Config, Error, Event, Groups, HoldReason, Members, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_add_members(who: T::AccountId, id: GroupId, members: Batch<T>) -> DispatchResult {
        let reason = HoldReason::Deposit.into();
        let mut group = Self::own_group(&who, id)?;
        ensure!(!members.is_empty(), Error::<T>::NobodyNamed);
        // An account that is named twice would be a member already the second time.
        let mut named = BTreeSet::new();
        for member in &members {
            let new = !Members::<T>::contains_key(id, member) && named.insert(member);
            ensure!(new, Error::<T>::AlreadyAMember);
        }
        let count = members.len() as u32;
        group.members = group.members.checked_add(count).ok_or(Error::<T>::GroupFull)?;
        let deposit = Self::member_deposits(count);
        ensure!(T::Currency::can_hold(&reason, &who, deposit), Error::<T>::FundsTooLow);

        T::Currency::hold(&reason, &who, deposit)?;
        Groups::<T>::insert(id, group);
        for member in &members {
            Members::<T>::insert(id, member, ());
        }
        Self::deposit_event(Event::MembersAdded { group: id, members });
        Ok(())
    }
}
