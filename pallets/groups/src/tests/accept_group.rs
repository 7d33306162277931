use frame_support::{
    assert_noop, assert_ok,
    traits::{LockableCurrency, WithdrawReasons},
};

use super::*;
use crate::{Error, PendingOwners};

/// A group is offered and accepted.
fn give(from: u64, to: u64) {
    assert_ok!(AccessGroups::transfer_group(signed(from), GROUP, to));
    assert_ok!(AccessGroups::accept_group(signed(to), GROUP));
}

#[test]
fn makes_the_new_owners_signature_count() {
    build_and_execute(|| {
        group_of([CAROL]);
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, BOB));
        events();
        assert_ok!(AccessGroups::accept_group(signed(BOB), GROUP));
        assert_eq!(events(), [Event::GroupTransferred { group: GROUP, from: ALICE, to: BOB }]);
        let add = |who| AccessGroups::add_members(signed(who), GROUP, batch([UNBORN]));
        assert_noop!(add(ALICE), Error::<Test>::NotOwner);
        assert_ok!(add(BOB));
        assert!(!PendingOwners::<Test>::contains_key(GROUP));
    });
}

#[test]
fn changes_nothing_else() {
    build_and_execute(|| {
        group_of([ALICE, CAROL]);
        let before = Groups::<Test>::get(GROUP).unwrap();
        give(ALICE, BOB);
        assert_eq!(Groups::<Test>::get(GROUP), Some(Group { owner: BOB, ..before }));
        assert_eq!(members(GROUP), [ALICE, CAROL]);
    });
}

#[test]
fn takes_over_what_is_held_for_this_group_and_no_more() {
    build_and_execute(|| {
        group_of([ALICE, CAROL]);
        assert_ok!(AccessGroups::create_group(signed(ALICE), name("another")));
        assert_ok!(AccessGroups::create_group(signed(BOB), name("one of Bob's")));
        give(ALICE, BOB);
        assert_eq!((held(ALICE), free(ALICE)), (deposits(1, 0), ENDOWMENT - deposits(2, 2)));
        assert_eq!((held(BOB), free(BOB)), (deposits(2, 2), ENDOWMENT - deposits(1, 0)));
    });
}

#[test]
fn takes_over_the_deposits_of_the_day() {
    build_and_execute(|| {
        group_of([]);
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, BOB));
        assert_ok!(AccessGroups::add_members(signed(ALICE), GROUP, batch([CAROL])));
        assert_ok!(AccessGroups::accept_group(signed(BOB), GROUP));
        assert_eq!((held(ALICE), held(BOB)), (0, deposits(1, 1)));
    });
}

#[test]
fn needs_no_money_of_the_new_owner() {
    build_and_execute(|| {
        group_of([CAROL]);
        assert_ok!(Balances::transfer_allow_death(signed(ALICE), UNBORN, EXISTENTIAL_DEPOSIT));
        give(ALICE, UNBORN);
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
        give(POOR, ALICE);
        assert_eq!((held(POOR), free(POOR)), (0, EXISTENTIAL_DEPOSIT));
        assert_ok!(Balances::transfer_all(signed(POOR), ALICE, false));
        assert!(!System::account_exists(&POOR));
    });
}

#[test]
fn refuses_an_owner_without_an_account() {
    build_and_execute(|| {
        group_of([UNBORN]);
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, UNBORN));
        assert_noop!(AccessGroups::accept_group(signed(UNBORN), GROUP), Error::<Test>::NoAccount);
    });
}

#[test]
fn is_no_way_out_of_a_freeze() {
    build_and_execute(|| {
        group_of([BOB]);
        assert_ok!(AccessGroups::transfer_group(signed(ALICE), GROUP, BOB));
        let freeze = |amount| Balances::set_lock(*b"lockedup", &ALICE, amount, WithdrawReasons::all());
        let accept = || AccessGroups::accept_group(signed(BOB), GROUP);
        freeze(ENDOWMENT);
        assert_noop!(accept(), Error::<Test>::DepositFrozen);
        freeze(ENDOWMENT - deposits(1, 1) + 1);
        assert_noop!(accept(), Error::<Test>::DepositFrozen);
        freeze(ENDOWMENT - deposits(1, 1));
        assert_ok!(accept());
    });
}

#[test]
fn refuses_what_was_not_offered_and_the_unknown() {
    build_and_execute(|| {
        group_of([BOB]);
        assert_noop!(AccessGroups::accept_group(signed(BOB), GROUP), Error::<Test>::NotOffered);
        assert_noop!(AccessGroups::accept_group(signed(BOB), UNKNOWN_GROUP), Error::<Test>::UnknownGroup);
    });
}
