use frame_support::{assert_noop, assert_ok};

use super::*;
use crate::Error;

#[test]
fn leaves_no_trace() {
    build_and_execute(|| {
        group_of([BOB]);
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([BOB])));
        events();
        assert_ok!(AccessGroups::disband_group(signed(ALICE), GROUP));
        assert_eq!(events(), [Event::GroupDisbanded { group: GROUP }]);
        assert_eq!((Groups::<Test>::get(GROUP), members(GROUP)), (None, vec![]));
    });
}

#[test]
fn releases_the_deposit() {
    build_and_execute(|| {
        group_of([]);
        assert_ok!(AccessGroups::create_group(signed(ALICE), name("another")));
        assert_ok!(AccessGroups::disband_group(signed(ALICE), GROUP));
        assert_eq!((held(ALICE), free(ALICE)), (deposits(1, 0), ENDOWMENT - deposits(1, 0)));
        assert_ok!(AccessGroups::disband_group(signed(ALICE), GroupId(1)));
        assert_eq!((held(ALICE), free(ALICE)), (0, ENDOWMENT));
    });
}

#[test]
fn never_gives_the_number_again() {
    build_and_execute(|| {
        group_of([]);
        assert_ok!(AccessGroups::disband_group(signed(ALICE), GROUP));
        assert_ok!(AccessGroups::create_group(signed(BOB), name("our own machines")));
        assert_eq!(events().last(), Some(&Event::GroupCreated { group: GroupId(1), owner: BOB }));
        assert_noop!(AccessGroups::disband_group(signed(ALICE), GROUP), Error::<Test>::UnknownGroup);
    });
}

#[test]
fn refuses_while_there_are_members() {
    build_and_execute(|| {
        group_of([BOB, CAROL]);
        let disband = || AccessGroups::disband_group(signed(ALICE), GROUP);
        assert_noop!(disband(), Error::<Test>::NotEmpty);
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([BOB])));
        assert_noop!(disband(), Error::<Test>::NotEmpty);
        assert_ok!(AccessGroups::remove_members(signed(ALICE), GROUP, batch([CAROL])));
        assert_ok!(disband());
    });
}

#[test]
fn refuses_somebody_else() {
    build_and_execute(|| {
        group_of([]);
        assert_noop!(AccessGroups::disband_group(signed(BOB), GROUP), Error::<Test>::NotOwner);
    });
}

#[test]
fn refuses_the_unknown() {
    build_and_execute(|| {
        let outcome = AccessGroups::disband_group(signed(ALICE), UNKNOWN_GROUP);
        assert_noop!(outcome, Error::<Test>::UnknownGroup);
    });
}
