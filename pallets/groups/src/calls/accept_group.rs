use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::{
        fungible::{InspectHold, MutateHold},
        tokens::{Fortitude, Precision, Restriction},
    },
};
use talka_primitives::{Group, GroupId};

use crate::{Config, Error, Event, Groups, HoldReason, Pallet, PendingOwners};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_accept_group(who: T::AccountId, id: GroupId) -> DispatchResult {
        let reason = HoldReason::Deposit.into();
        let group = Groups::<T>::get(id).ok_or(Error::<T>::UnknownGroup)?;
        ensure!(PendingOwners::<T>::get(id).as_ref() == Some(&who), Error::<T>::NotOffered);
        ensure!(T::Currency::hold_available(&reason, &who), Error::<T>::NoAccount);
        let deposit = Self::group_deposit(group.members);
        // Polite: a group that is given away and disbanded there must not be a way out of a freeze.
        let movable = T::Currency::reducible_total_balance_on_hold(&group.owner, Fortitude::Polite);
        ensure!(movable >= deposit, Error::<T>::DepositFrozen);

        T::Currency::transfer_on_hold(
            &reason,
            &group.owner,
            &who,
            deposit,
            Precision::Exact,
            Restriction::OnHold,
            Fortitude::Polite,
        )?;
        PendingOwners::<T>::remove(id);
        Self::deposit_event(Event::GroupTransferred {
            group: id,
            from: group.owner.clone(),
            to: who.clone(),
        });
        Groups::<T>::insert(id, Group { owner: who, ..group });
        Ok(())
    }
}
