use frame_support::assert_ok;
use talka_primitives::traits::Groups as AsOthersSeeThem;

use super::*;

fn is_member(group: GroupId, who: u64) -> bool {
    <AccessGroups as AsOthersSeeThem<u64>>::is_member(group, &who)
}

#[test]
fn have_whom_their_owner_has_added() {
    build_and_execute(|| {
        group_of([BOB, UNBORN]);
        assert!(is_member(GROUP, BOB) && is_member(GROUP, UNBORN));
        assert!(!is_member(GROUP, CAROL) && !is_member(GroupId(1), BOB));
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([BOB])));
        assert!(!is_member(GROUP, BOB) && is_member(GROUP, UNBORN));
    });
}

#[test]
fn have_their_owner_only_if_it_has_named_itself() {
    build_and_execute(|| {
        group_of([BOB]);
        assert!(!is_member(GROUP, ALICE));
        assert_ok!(AccessGroups::add_members(signed(ALICE), GROUP, batch([ALICE])));
        assert!(is_member(GROUP, ALICE));
    });
}

#[test]
fn have_nobody_before_and_after_they_exist() {
    build_and_execute(|| {
        assert!(!is_member(GROUP, BOB));
        group_of([BOB]);
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([BOB])));
        assert_ok!(AccessGroups::disband_group(signed(ALICE), GROUP));
        assert!(!is_member(GROUP, BOB));
    });
}
