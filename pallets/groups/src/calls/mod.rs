//! What the calls do: one file each. Everything is checked first and written last.

mod accept_group;
mod add_members;
mod create_group;
mod disband_group;
mod remove_members;
mod transfer_group;

use frame_support::ensure;
use talka_primitives::{Group, GroupId};

use crate::{Config, Error, Groups, Pallet};

impl<T: Config> Pallet<T> {
    /// The group, if `who` owns it.
    fn own_group(who: &T::AccountId, id: GroupId) -> Result<Group<T::AccountId>, Error<T>> {
        let group = Groups::<T>::get(id).ok_or(Error::<T>::UnknownGroup)?;
        ensure!(group.owner == *who, Error::<T>::NotOwner);
        Ok(group)
    }
}
