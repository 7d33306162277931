use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::{fungible::MutateHold, tokens::Precision},
};
use talka_primitives::GroupId;

use crate::{Config, Error, Event, Groups, HoldReason, Pallet, PendingOwners};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_disband_group(who: T::AccountId, id: GroupId) -> DispatchResult {
        let group = Self::own_group(&who, id)?;
        ensure!(group.members == 0, Error::<T>::NotEmpty);
        let deposit = Self::group_deposit(0);

        T::Currency::release(&HoldReason::Deposit.into(), &who, deposit, Precision::Exact)?;
        Groups::<T>::remove(id);
        PendingOwners::<T>::remove(id);
        Self::deposit_event(Event::GroupDisbanded { group: id });
        Ok(())
    }
}
