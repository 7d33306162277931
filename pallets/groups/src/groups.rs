//! Groups, as the other pallets see them.

use talka_primitives::{traits::Groups, GroupId};

use crate::{Config, Members, Pallet};

impl<T: Config> Groups<T::AccountId> for Pallet<T> {
    fn is_member(group: GroupId, who: &T::AccountId) -> bool {
        Members::<T>::contains_key(group, who)
    }
}
