use frame_support::{assert_noop, assert_ok};

use super::*;
use crate::{Error, PendingOwners};

#[test]
fn offers_the_group_and_changes_nothing_before_it_is_accepted() {
    build_and_execute(|| {
        group_of([CAROL]);
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, BOB));
        assert_eq!(events(), [Event::TransferOffered { group: GROUP, to: BOB }]);
        let add = |who| AccessGroups::add_members(signed(who), GROUP, batch([UNBORN]));
        assert_noop!(add(BOB), Error::<Test>::NotOwner);
        assert_eq!((held(BOB), free(BOB)), (0, ENDOWMENT));
        assert_ok!(add(ALICE));
    });
}

#[test]
fn is_for_the_account_that_was_named_last() {
    build_and_execute(|| {
        group_of([]);
        for to in [BOB, UNBORN, CAROL] {
            assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, to));
        }
        assert_noop!(AccessGroups::accept_group(signed(BOB), GROUP), Error::<Test>::NotOffered);
        assert_ok!(AccessGroups::accept_group(signed(CAROL), GROUP));
    });
}

#[test]
fn to_oneself_withdraws_the_offer() {
    build_and_execute(|| {
        group_of([]);
        let to = |to| AccessGroups::transfer_group(signed(ALICE), GROUP, to);
        assert_noop!(to(ALICE), Error::<Test>::NothingOffered);
        assert_ok!(to(BOB));
        events();
        assert_ok!(to(ALICE));
        assert_eq!(events(), [Event::TransferWithdrawn { group: GROUP }]);
        assert_noop!(AccessGroups::accept_group(signed(BOB), GROUP), Error::<Test>::NotOffered);
    });
}

#[test]
fn ends_with_the_group() {
    build_and_execute(|| {
        group_of([]);
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, BOB));
        assert_ok!(AccessGroups::disband_group(signed(ALICE), GROUP));
        assert!(!PendingOwners::<Test>::contains_key(GROUP));
        assert_noop!(AccessGroups::accept_group(signed(BOB), GROUP), Error::<Test>::UnknownGroup);
    });
}

#[test]
fn refuses_somebody_else() {
    build_and_execute(|| {
        group_of([BOB]);
        let outcome = AccessGroups::transfer_group(signed(BOB), GROUP, BOB);
        assert_noop!(outcome, Error::<Test>::NotOwner);
    });
}

#[test]
fn refuses_the_unknown() {
    build_and_execute(|| {
        let outcome = AccessGroups::transfer_group(signed(ALICE), UNKNOWN_GROUP, BOB);
        assert_noop!(outcome, Error::<Test>::UnknownGroup);
    });
}
