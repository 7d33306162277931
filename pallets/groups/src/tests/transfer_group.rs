use frame_support::{
    assert_noop, assert_ok,
    traits::{LockableCurrency, WithdrawReasons},
};

use super::*;
use crate::Error;

#[test]
fn makes_the_new_owners_signature_count() {
    build_and_execute(|| {
        group_of([CAROL]);
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, BOB));
        assert_eq!(events(), [Event::GroupTransferred { group: GROUP, from: ALICE, to: BOB }]);
        let add = |who| AccessGroups::add_members(signed(who), GROUP, batch([UNBORN]));
        assert_noop!(add(ALICE), Error::<Test>::NotOwner);
        assert_ok!(add(BOB));
    });
}

#[test]
fn changes_nothing_else() {
    build_and_execute(|| {
        group_of([ALICE, CAROL]);
        let before = Groups::<Test>::get(GROUP).unwrap();
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, BOB));
        assert_eq!(Groups::<Test>::get(GROUP), Some(Group { owner: BOB, ..before }));
        assert_eq!(members(GROUP), [ALICE, CAROL]);
    });
}

#[test]
fn gives_away_what_is_held_for_this_group_and_no_more() {
    build_and_execute(|| {
        group_of([ALICE, CAROL]);
        assert_ok!(AccessGroups::create_group(signed(ALICE), name("another")));
        assert_ok!(AccessGroups::create_group(signed(BOB), name("one of Bob's")));
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, BOB));
        assert_eq!((held(ALICE), free(ALICE)), (deposits(1, 0), ENDOWMENT - deposits(2, 2)));
        assert_eq!((held(BOB), free(BOB)), (deposits(2, 2), ENDOWMENT - deposits(1, 0)));
    });
}

#[test]
fn needs_no_money_of_the_new_owner() {
    build_and_execute(|| {
        group_of([CAROL]);
        assert_ok!(Balances::transfer_allow_death(signed(ALICE), UNBORN, EXISTENTIAL_DEPOSIT));
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, UNBORN));
        assert_eq!((held(UNBORN), free(UNBORN)), (deposits(1, 1), EXISTENTIAL_DEPOSIT));
        assert_ok!(AccessGroups::remove_members(signed(UNBORN), GROUP, batch([CAROL])));
        assert_ok!(AccessGroups::disband_group(signed(UNBORN), GROUP));
        assert_eq!((held(UNBORN), free(UNBORN)), (0, EXISTENTIAL_DEPOSIT + deposits(1, 1)));
    });
}

#[test]
fn lets_the_old_owner_spend_the_rest() {
    build_and_execute(|| {
        assert_ok!(AccessGroups::create_group(signed(POOR), name("a club")));
        assert_ok!(AccessGroups::transfer_group(signed(POOR), GROUP, ALICE));
        assert_eq!((held(POOR), free(POOR)), (0, EXISTENTIAL_DEPOSIT));
        assert_ok!(Balances::transfer_all(signed(POOR), ALICE, false));
        assert!(!System::account_exists(&POOR));
    });
}

#[test]
fn refuses_an_owner_without_an_account() {
    build_and_execute(|| {
        group_of([UNBORN]);
        let outcome = AccessGroups::transfer_group(signed(ALICE), GROUP, UNBORN);
        assert_noop!(outcome, Error::<Test>::NoAccount);
    });
}

#[test]
fn refuses_the_owner_that_there_is() {
    build_and_execute(|| {
        group_of([]);
        let outcome = AccessGroups::transfer_group(signed(ALICE), GROUP, ALICE);
        assert_noop!(outcome, Error::<Test>::SameOwner);
    });
}

#[test]
fn is_no_way_out_of_a_freeze() {
    build_and_execute(|| {
        group_of([BOB]);
        let freeze = |amount| Balances::set_lock(*b"lockedup", &ALICE, amount, WithdrawReasons::all());
        let transfer = || AccessGroups::transfer_group(signed(ALICE), GROUP, BOB);
        freeze(ENDOWMENT);
        assert_noop!(transfer(), Error::<Test>::DepositFrozen);
        freeze(ENDOWMENT - deposits(1, 1) + 1);
        assert_noop!(transfer(), Error::<Test>::DepositFrozen);
        freeze(ENDOWMENT - deposits(1, 1));
        assert_ok!(transfer());
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
