//! One file for each call, and for what the other pallets and the runtime API ask.

mod accept_group;
mod add_members;
mod api;
mod create_group;
mod disband_group;
mod groups;
mod money;
mod remove_members;
mod transfer_group;
mod try_state;

use frame_support::traits::fungible::{Inspect, InspectHold};
use talka_primitives::{asset::Name, Balance, Group, GroupId};

use crate::{mock::*, Batch, Event, Groups, HoldReason, Members};

/// The group that is created first.
const GROUP: GroupId = GroupId(0);
const UNKNOWN_GROUP: GroupId = GroupId(9);

fn signed(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

fn name(bytes: impl AsRef<[u8]>) -> Name {
    bytes.as_ref().to_vec().try_into().expect("the name is short enough")
}

fn batch(members: impl Into<Vec<u64>>) -> Batch<Test> {
    members.into().try_into().expect("the members are few enough")
}

/// A group of Alice's with these members, the first of all.
fn group_of(members: impl Into<Vec<u64>>) {
    let members = members.into();
    AccessGroups::create_group(signed(ALICE), name("our own machines")).unwrap();
    if !members.is_empty() {
        AccessGroups::add_members(signed(ALICE), GROUP, batch(members)).unwrap();
    }
    events();
}

/// How many members the group says that it has.
fn count() -> u32 {
    Groups::<Test>::get(GROUP).unwrap().members
}

/// The members that are stored, in order.
fn members(group: GroupId) -> Vec<u64> {
    let mut members: Vec<_> = Members::<Test>::iter_key_prefix(group).collect();
    members.sort();
    members
}

/// What is held for `groups` groups that have `members` members together.
fn deposits(groups: u32, members: u32) -> Balance {
    GROUP_DEPOSIT * Balance::from(groups) + MEMBER_DEPOSIT * Balance::from(members)
}

fn held(who: u64) -> Balance {
    Balances::balance_on_hold(&HoldReason::Deposit.into(), &who)
}

fn free(who: u64) -> Balance {
    Balances::balance(&who)
}

/// The pallet's events since the last question.
fn events() -> Vec<Event<Test>> {
    talka_pallet_test_support::events::<Test, _>()
}
