use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::fungible::{InspectHold, MutateHold},
};
use talka_primitives::{asset::Name, matching::is_text, Group};

use crate::{Config, Error, Event, Groups, HoldReason, NextGroupId, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_create_group(owner: T::AccountId, name: Name) -> DispatchResult {
        let reason = HoldReason::Deposit.into();
        ensure!(!name.is_empty(), Error::<T>::EmptyName);
        ensure!(is_text(&name), Error::<T>::NotText);
        let id = NextGroupId::<T>::get();
        let next = id.next().ok_or(Error::<T>::IdsExhausted)?;
        let deposit = Self::group_deposit(0);
        ensure!(T::Currency::can_hold(&reason, &owner, deposit), Error::<T>::FundsTooLow);

        T::Currency::hold(&reason, &owner, deposit)?;
        Groups::<T>::insert(id, Group { owner: owner.clone(), name, members: 0 });
        NextGroupId::<T>::put(next);
        Self::deposit_event(Event::GroupCreated { group: id, owner });
        Ok(())
    }
}
