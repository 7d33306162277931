use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, TokenError};

use super::*;
use crate::{Error, NextGroupId};

#[test]
fn lists_a_group_without_members_under_the_next_number() {
    build_and_execute(|| {
        assert_ok!(AccessGroups::create_group(signed(ALICE), name("a bank")));
        assert_ok!(AccessGroups::create_group(signed(BOB), name("a laboratory")));
        assert_eq!(
            events(),
            [
                Event::GroupCreated { group: GroupId(0), owner: ALICE },
                Event::GroupCreated { group: GroupId(1), owner: BOB },
            ]
        );
        let bank = Group { owner: ALICE, name: name("a bank"), members: 0 };
        assert_eq!(Groups::<Test>::get(GroupId(0)), Some(bank));
        assert!(members(GroupId(0)).is_empty());
    });
}

#[test]
fn holds_the_deposit() {
    build_and_execute(|| {
        assert_ok!(AccessGroups::create_group(signed(ALICE), name("a bank")));
        assert_eq!((held(ALICE), free(ALICE)), (GROUP_DEPOSIT, ENDOWMENT - GROUP_DEPOSIT));
        assert_ok!(AccessGroups::create_group(signed(ALICE), name("a bank")));
        assert_eq!(held(ALICE), 2 * GROUP_DEPOSIT);
    });
}

#[test]
fn takes_the_last_free_coin_and_keeps_the_account_alive() {
    build_and_execute(|| {
        assert_ok!(AccessGroups::create_group(signed(POOR), name("a club")));
        assert_eq!((held(POOR), free(POOR)), (GROUP_DEPOSIT, EXISTENTIAL_DEPOSIT));
        let leave = || Balances::transfer_allow_death(signed(POOR), ALICE, EXISTENTIAL_DEPOSIT);
        assert_noop!(leave(), TokenError::Frozen);
        assert_ok!(AccessGroups::disband_group(signed(POOR), GROUP));
        assert_ok!(Balances::transfer_all(signed(POOR), ALICE, false));
        assert!(!System::account_exists(&POOR));
    });
}

#[test]
fn refuses_who_cannot_pay_the_deposit() {
    build_and_execute(|| {
        let create = |who| AccessGroups::create_group(signed(who), name("a club"));
        assert_noop!(create(UNBORN), Error::<Test>::FundsTooLow);
        assert_ok!(Balances::transfer_allow_death(signed(POOR), ALICE, 1));
        assert_noop!(create(POOR), Error::<Test>::FundsTooLow);
        assert_ok!(Balances::transfer_allow_death(signed(ALICE), POOR, 1));
        assert_ok!(create(POOR));
        assert_noop!(create(POOR), Error::<Test>::FundsTooLow);
    });
}

#[test]
fn refuses_an_empty_name() {
    build_and_execute(|| {
        assert_noop!(AccessGroups::create_group(signed(ALICE), name("")), Error::<Test>::EmptyName);
    });
}

#[test]
fn refuses_what_is_not_text() {
    build_and_execute(|| {
        for bytes in [&[0xc3, 0x28][..], b"\x1b[2J", b"a\0b"] {
            assert_noop!(AccessGroups::create_group(signed(ALICE), name(bytes)), Error::<Test>::NotText);
        }
        assert_ok!(AccessGroups::create_group(signed(ALICE), name("Größe α")));
    });
}

#[test]
fn ends_with_the_last_number() {
    build_and_execute(|| {
        NextGroupId::<Test>::put(GroupId(u32::MAX));
        let outcome = AccessGroups::create_group(signed(ALICE), name("a bank"));
        assert_noop!(outcome, Error::<Test>::IdsExhausted);
    });
}

#[test]
fn needs_a_signature() {
    build_and_execute(|| {
        let none = RuntimeOrigin::none;
        let outcome = AccessGroups::create_group(none(), name("a bank"));
        assert_noop!(outcome, DispatchError::BadOrigin);
        let outcome = AccessGroups::create_group(RuntimeOrigin::root(), name("a bank"));
        assert_noop!(outcome, DispatchError::BadOrigin);
        assert_noop!(AccessGroups::add_members(none(), GROUP, batch([BOB])), DispatchError::BadOrigin);
        assert_noop!(AccessGroups::remove_members(none(), GROUP, batch([BOB])), DispatchError::BadOrigin);
        assert_noop!(AccessGroups::transfer_group(none(), GROUP, BOB), DispatchError::BadOrigin);
        assert_noop!(AccessGroups::accept_group(none(), GROUP), DispatchError::BadOrigin);
        assert_noop!(AccessGroups::disband_group(none(), GROUP), DispatchError::BadOrigin);
    });
}
