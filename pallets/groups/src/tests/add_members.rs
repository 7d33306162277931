use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok};

use super::*;
use crate::Error;

#[test]
fn puts_them_into_the_group() {
    build_and_execute(|| {
        group_of([]);
        assert_ok!(AccessGroups::add_members(signed(ALICE), GROUP, batch([CAROL, BOB])));
        assert_eq!(events(), [Event::MembersAdded { group: GROUP, members: batch([CAROL, BOB]) }]);
        assert_eq!((members(GROUP), count()), (vec![BOB, CAROL], 2));
        assert_ok!(AccessGroups::add_members(signed(ALICE), GROUP, batch([ALICE, UNBORN])));
        assert_eq!((members(GROUP), count()), (vec![ALICE, BOB, CAROL, UNBORN], 4));
    });
}

#[test]
fn holds_a_deposit_for_each_of_its_owner_only() {
    build_and_execute(|| {
        group_of([]);
        assert_ok!(AccessGroups::add_members(signed(ALICE), GROUP, batch([BOB, CAROL, UNBORN])));
        assert_eq!((held(ALICE), free(ALICE)), (deposits(1, 3), ENDOWMENT - deposits(1, 3)));
        assert_eq!((held(BOB), free(BOB)), (0, ENDOWMENT));
    });
}

#[test]
fn puts_an_account_into_any_number_of_groups() {
    build_and_execute(|| {
        group_of([BOB]);
        assert_ok!(AccessGroups::create_group(signed(CAROL), name("another")));
        assert_ok!(AccessGroups::add_members(signed(CAROL), GroupId(1), batch([BOB])));
        assert_eq!((members(GROUP), members(GroupId(1))), (vec![BOB], vec![BOB]));
    });
}

#[test]
fn takes_as_many_at_once_as_there_may_be_and_no_more() {
    build_and_execute(|| {
        group_of([]);
        let most: Vec<_> = (100..100 + u64::from(MAX_BATCH)).collect();
        assert_ok!(AccessGroups::add_members(signed(ALICE), GROUP, batch(most.clone())));
        assert_eq!(members(GROUP), most);
        let too_many = vec![BOB; MAX_BATCH as usize + 1].encode();
        assert!(Batch::<Test>::decode(&mut &too_many[..]).is_err());
    });
}

#[test]
fn refuses_who_is_a_member_already_and_everybody_named_with_it() {
    build_and_execute(|| {
        group_of([BOB]);
        for named in [[BOB, CAROL], [CAROL, BOB]] {
            let outcome = AccessGroups::add_members(signed(ALICE), GROUP, batch(named));
            assert_noop!(outcome, Error::<Test>::AlreadyAMember);
        }
    });
}

#[test]
fn refuses_who_is_named_twice() {
    build_and_execute(|| {
        group_of([]);
        let outcome = AccessGroups::add_members(signed(ALICE), GROUP, batch([BOB, CAROL, BOB]));
        assert_noop!(outcome, Error::<Test>::AlreadyAMember);
    });
}

#[test]
fn refuses_nobody() {
    build_and_execute(|| {
        group_of([]);
        let outcome = AccessGroups::add_members(signed(ALICE), GROUP, batch([]));
        assert_noop!(outcome, Error::<Test>::NobodyNamed);
    });
}

#[test]
fn refuses_somebody_else_even_a_member() {
    build_and_execute(|| {
        group_of([BOB]);
        let outcome = AccessGroups::add_members(signed(BOB), GROUP, batch([CAROL]));
        assert_noop!(outcome, Error::<Test>::NotOwner);
    });
}

#[test]
fn refuses_the_unknown() {
    build_and_execute(|| {
        let outcome = AccessGroups::add_members(signed(ALICE), UNKNOWN_GROUP, batch([BOB]));
        assert_noop!(outcome, Error::<Test>::UnknownGroup);
    });
}

#[test]
fn refuses_who_cannot_pay_the_deposits() {
    build_and_execute(|| {
        assert_ok!(AccessGroups::create_group(signed(POOR), name("a club")));
        let add = |named: &[u64]| AccessGroups::add_members(signed(POOR), GROUP, batch(named));
        assert_noop!(add(&[BOB]), Error::<Test>::FundsTooLow);
        assert_ok!(Balances::transfer_allow_death(signed(ALICE), POOR, 2 * MEMBER_DEPOSIT - 1));
        assert_noop!(add(&[BOB, CAROL]), Error::<Test>::FundsTooLow);
        assert_ok!(add(&[BOB]));
        assert_noop!(add(&[CAROL]), Error::<Test>::FundsTooLow);
        assert_ok!(Balances::transfer_allow_death(signed(ALICE), POOR, 1));
        assert_ok!(add(&[CAROL]));
        assert_eq!((held(POOR), free(POOR)), (deposits(1, 2), EXISTENTIAL_DEPOSIT));
    });
}

#[test]
fn ends_with_the_last_that_can_be_counted() {
    new_test_ext().execute_with(|| {
        group_of([]);
        Groups::<Test>::mutate_extant(GROUP, |group| group.members = u32::MAX - 1);
        let outcome = AccessGroups::add_members(signed(ALICE), GROUP, batch([BOB, CAROL]));
        assert_noop!(outcome, Error::<Test>::GroupFull);
        assert_ok!(AccessGroups::add_members(signed(ALICE), GROUP, batch([BOB])));
    });
}
