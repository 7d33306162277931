//! Groups and their members: the runtime API and the functions that answer it.

use alloc::vec::Vec;
use codec::Codec;
use talka_primitives::{traits, view::Page, Group, GroupId};

use crate::{Config, Groups, Members, NextGroupId, Pallet};

pub use talka_primitives::view::MAX_PAGE;

sp_api::decl_runtime_apis! {
    /// The groups and who is in them. An answer lists at most `limit` items, and never more than 100.
    pub trait GroupsApi<AccountId> where AccountId: Codec {
        /// The groups, in the order of their identifiers from `from` on. Those that were disbanded are left out. At most
        /// 1 000 identifiers are looked at: a page may have few groups, or none, and yet a next one.
        fn groups(from: GroupId, limit: u32) -> Page<GroupId, Group<AccountId>>;
        /// One group.
        fn group(id: GroupId) -> Option<Group<AccountId>>;
        /// The members of a group, in an order that stays while members come and go. The first page is without `from`,
        /// the next one from the last account of this one, which is not listed again.
        fn members(group: GroupId, from: Option<AccountId>, limit: u32) -> Vec<AccountId>;
        /// Whether an account is a member of a group. A group that does not exist has no members.
        fn is_member(group: GroupId, who: AccountId) -> bool;
    }
}

impl<T: Config> Pallet<T> {
    /// See [`GroupsApi`].
    pub fn groups(from: GroupId, limit: u32) -> Page<GroupId, Group<T::AccountId>> {
        Page::of(from.0..NextGroupId::<T>::get().0, limit.min(MAX_PAGE), GroupId, Self::group)
    }

    /// See [`GroupsApi`].
    pub fn group(id: GroupId) -> Option<Group<T::AccountId>> {
        Groups::<T>::get(id)
    }

    /// See [`GroupsApi`].
    pub fn members(group: GroupId, from: Option<T::AccountId>, limit: u32) -> Vec<T::AccountId> {
        let members = match from {
            // The key says where to go on, whether or not there is still something under it.
            Some(from) => {
                let from = Members::<T>::hashed_key_for(group, from);
                Members::<T>::iter_key_prefix_from(group, from)
            }
            None => Members::<T>::iter_key_prefix(group),
        };
        members.take(limit.min(MAX_PAGE) as usize).collect()
    }

    /// See [`GroupsApi`].
    pub fn is_member(group: GroupId, who: &T::AccountId) -> bool {
        <Self as traits::Groups<T::AccountId>>::is_member(group, who)
    }
}
