use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::{
        fungible::{InspectHold, MutateHold},
        tokens::{Fortitude, Precision, Restriction},
    },
};
use talka_primitives::{Group, GroupId};

use crate::{Config, Error, Event, Groups, HoldReason, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_transfer_group(who: T::AccountId, id: GroupId, to: T::AccountId) -> DispatchResult {
        let reason = HoldReason::Deposit.into();
        let group = Self::own_group(&who, id)?;
        // The event would tell of a change that there is not.
        ensure!(to != who, Error::<T>::SameOwner);
        ensure!(T::Currency::hold_available(&reason, &to), Error::<T>::NoAccount);
        let deposit = Self::group_deposit(group.members);
        // Polite: a group that is given away and disbanded there must not be a way out of a freeze.
        let movable = T::Currency::reducible_total_balance_on_hold(&who, Fortitude::Polite);
        ensure!(movable >= deposit, Error::<T>::DepositFrozen);

        T::Currency::transfer_on_hold(
            &reason,
            &who,
            &to,
            deposit,
            Precision::Exact,
            Restriction::OnHold,
            Fortitude::Polite,
        )?;
        Groups::<T>::insert(id, Group { owner: to.clone(), ..group });
        Self::deposit_event(Event::GroupTransferred { group: id, from: who, to });
        Ok(())
    }
}
