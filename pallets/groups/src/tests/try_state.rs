use frame_support::traits::{fungible::MutateHold, tokens::Precision};
use sp_runtime::TryRuntimeError;

use super::*;
use crate::{NextGroupId, PendingOwners};

/// Two groups of Alice's, one with two members, and something wrong with them.
fn broken(spoil: impl FnOnce()) -> Result<(), TryRuntimeError> {
    new_test_ext().execute_with(|| {
        group_of([BOB, CAROL]);
        AccessGroups::create_group(signed(ALICE), name("another")).unwrap();
        AccessGroups::do_try_state().unwrap();
        spoil();
        AccessGroups::do_try_state()
    })
}

#[test]
fn notices_that_an_identifier_would_be_given_twice() {
    for next in [0, 1] {
        let outcome = broken(|| NextGroupId::<Test>::put(GroupId(next)));
        assert_eq!(outcome, Err("groups 1: an identifier would be given twice".into()));
    }
}

#[test]
fn notices_that_a_group_has_not_as_many_members_as_it_says() {
    let spoils: [fn(); 4] = [
        || Groups::<Test>::mutate_extant(GROUP, |group| group.members += 1),
        || Groups::<Test>::mutate_extant(GROUP, |group| group.members -= 1),
        || Members::<Test>::remove(GROUP, BOB),
        || Members::<Test>::insert(GroupId(1), BOB, ()),
    ];
    for spoil in spoils {
        let expected = Err("groups 2: a group has not as many members as it says".into());
        assert_eq!(broken(spoil), expected);
    }
}

#[test]
fn notices_a_member_of_an_unknown_group() {
    let outcome = broken(|| Members::<Test>::insert(UNKNOWN_GROUP, BOB, ()));
    assert_eq!(outcome, Err("groups 2: a member of an unknown group".into()));
    let outcome = broken(|| Groups::<Test>::remove(GROUP));
    assert_eq!(outcome, Err("groups 2: a member of an unknown group".into()));
}

#[test]
fn notices_that_the_hold_is_not_what_the_groups_need() {
    let reason = HoldReason::Deposit.into();
    let spoils: [&dyn Fn(); 4] = [
        &|| Balances::hold(&reason, &ALICE, 1).unwrap(),
        &|| assert_eq!(Balances::release(&reason, &ALICE, 1, Precision::Exact), Ok(1)),
        &|| Groups::<Test>::remove(GroupId(1)),
        &|| Groups::<Test>::mutate_extant(GroupId(1), |group| group.owner = BOB),
    ];
    for spoil in spoils {
        assert_eq!(broken(spoil), Err("groups 3: the hold is not what the groups need".into()));
    }
}

#[test]
fn notices_that_something_is_held_of_somebody_without_a_group() {
    let outcome = broken(|| Balances::hold(&HoldReason::Deposit.into(), &BOB, 1).unwrap());
    assert_eq!(outcome, Err("groups 3: something is held of somebody without a group".into()));
}

#[test]
fn notices_an_impossible_offer() {
    let outcome = Err("groups 4: an impossible offer".into());
    assert_eq!(broken(|| PendingOwners::<Test>::insert(GROUP, ALICE)), outcome);
    assert_eq!(broken(|| PendingOwners::<Test>::insert(UNKNOWN_GROUP, BOB)), outcome);
}
