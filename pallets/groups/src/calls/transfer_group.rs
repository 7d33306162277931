use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::GroupId;

use crate::{Config, Error, Event, Pallet, PendingOwners};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_transfer_group(who: T::AccountId, id: GroupId, to: T::AccountId) -> DispatchResult {
        Self::own_group(&who, id)?;
        let withdraws = to == who;
        ensure!(!withdraws || PendingOwners::<T>::contains_key(id), Error::<T>::NothingOffered);

        if withdraws {
            PendingOwners::<T>::remove(id);
            Self::deposit_event(Event::TransferWithdrawn { group: id });
        } else {
            PendingOwners::<T>::insert(id, &to);
            Self::deposit_event(Event::TransferOffered { group: id, to });
        }
        Ok(())
    }
}
