use frame_support::{assert_noop, assert_ok};

use super::*;
use crate::Error;

#[test]
fn takes_them_out_of_the_group_and_nobody_else() {
    build_and_execute(|| {
        group_of([ALICE, BOB, CAROL]);
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([CAROL, ALICE])));
        assert_eq!(events(), [Event::MembersRemoved { group: GROUP, members: batch([CAROL, ALICE]) }]);
        assert_eq!((members(GROUP), count()), (vec![BOB], 1));
    });
}

#[test]
fn releases_the_deposit_of_each() {
    build_and_execute(|| {
        group_of([ALICE, BOB, CAROL]);
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([CAROL])));
        assert_eq!((held(ALICE), free(ALICE)), (deposits(1, 2), ENDOWMENT - deposits(1, 2)));
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([ALICE, BOB])));
        assert_eq!((held(ALICE), free(ALICE)), (deposits(1, 0), ENDOWMENT - deposits(1, 0)));
    });
}

#[test]
fn releases_to_the_owner_of_the_day() {
    build_and_execute(|| {
        group_of([CAROL]);
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, BOB));
        assert_ok!(AccessGroups::accept_group(signed(BOB), GROUP));
        assert_ok!(AccessGroups::remove_members(signed(BOB), GROUP, batch([CAROL])));
        assert_eq!((held(BOB), free(BOB)), (GROUP_DEPOSIT, ENDOWMENT + MEMBER_DEPOSIT));
        assert_eq!((held(ALICE), free(ALICE)), (0, ENDOWMENT - deposits(1, 1)));
    });
}

#[test]
fn leaves_them_in_other_groups() {
    build_and_execute(|| {
        group_of([BOB]);
        assert_ok!(AccessGroups::create_group(signed(ALICE), name("another")));
        assert_ok!(AccessGroups::add_members(signed(ALICE), GroupId(1), batch([BOB])));
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([BOB])));
        assert_eq!((members(GROUP), members(GroupId(1))), (vec![], vec![BOB]));
    });
}

#[test]
fn lets_them_be_added_again() {
    build_and_execute(|| {
        group_of([BOB]);
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([BOB])));
        assert_ok!(AccessGroups::add_members(signed(ALICE), GROUP, batch([BOB])));
        assert_eq!((members(GROUP), count(), held(ALICE)), (vec![BOB], 1, deposits(1, 1)));
    });
}

#[test]
fn refuses_who_is_not_a_member_and_everybody_named_with_it() {
    build_and_execute(|| {
        group_of([BOB]);
        for named in [[BOB, CAROL], [CAROL, BOB]] {
            let outcome = AccessGroups::remove_members(signed(ALICE), GROUP, batch(named));
            assert_noop!(outcome, Error::<Test>::NotAMember);
        }
    });
}

#[test]
fn refuses_who_is_named_twice() {
    build_and_execute(|| {
        group_of([BOB, CAROL]);
        let outcome = AccessGroups::remove_members(signed(ALICE), GROUP, batch([BOB, CAROL, BOB]));
        assert_noop!(outcome, Error::<Test>::NotAMember);
    });
}

#[test]
fn refuses_nobody() {
    build_and_execute(|| {
        group_of([BOB]);
        let outcome = AccessGroups::remove_members(signed(ALICE), GROUP, batch([]));
        assert_noop!(outcome, Error::<Test>::NobodyNamed);
    });
}

#[test]
fn refuses_somebody_else_even_the_member() {
    build_and_execute(|| {
        group_of([BOB]);
        let outcome = AccessGroups::remove_members(signed(BOB), GROUP, batch([BOB]));
        assert_noop!(outcome, Error::<Test>::NotOwner);
    });
}

#[test]
fn refuses_the_unknown() {
    build_and_execute(|| {
        let outcome = AccessGroups::remove_members(signed(ALICE), UNKNOWN_GROUP, batch([BOB]));
        assert_noop!(outcome, Error::<Test>::UnknownGroup);
    });
}
