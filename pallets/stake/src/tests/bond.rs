use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use talka_primitives::{traits::Stake as _, Merit};

use super::*;
use crate::Error;

#[test]
fn holds_the_amount() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Stake::bond(signed(ALICE), 300));
        assert_eq!(events(), [Event::Bonded { who: ALICE, amount: 300 }]);
        assert_eq!((ledger(ALICE).bond, held(ALICE), free(ALICE)), (300, 300, ENDOWMENT - 300));
    });
}

#[test]
fn adds_to_what_is_there() {
    ExtBuilder::default().bonded(ALICE, 300, 7).build_and_execute(|| {
        assert_ok!(Stake::bond(signed(ALICE), 1));
        assert_eq!((ledger(ALICE).bond, ledger(ALICE).merit, held(ALICE)), (301, Merit(7), 301));
    });
}

#[test]
fn takes_exactly_the_least_bond_and_the_last_free_coin() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Stake::bond(signed(ALICE), MIN_BOND));
        assert_ok!(Stake::bond(signed(BOB), ENDOWMENT - EXISTENTIAL_DEPOSIT));
        assert_eq!(free(BOB), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn refuses_a_bond_that_is_too_small() {
    ExtBuilder::default().build_and_execute(|| {
        assert_noop!(Stake::bond(signed(ALICE), MIN_BOND - 1), Error::<Test>::BondTooSmall);
    });
}

#[test]
fn refuses_nothing() {
    ExtBuilder::default().bonded(BOB, 300, 0).build_and_execute(|| {
        assert_noop!(Stake::bond(signed(ALICE), 0), Error::<Test>::ZeroAmount);
        assert_noop!(Stake::bond(signed(BOB), 0), Error::<Test>::ZeroAmount);
    });
}

#[test]
fn refuses_more_than_is_free() {
    ExtBuilder::default().bonded(BOB, 300, 0).build_and_execute(|| {
        let too_much = ENDOWMENT - EXISTENTIAL_DEPOSIT + 1;
        assert_noop!(Stake::bond(signed(ALICE), too_much), Error::<Test>::FundsTooLow);
        assert_noop!(Stake::bond(signed(ALICE), u128::MAX), Error::<Test>::FundsTooLow);
        assert_noop!(Stake::bond(signed(BOB), u128::MAX), Error::<Test>::FundsTooLow);
        assert_noop!(Stake::bond(signed(UNBORN), MIN_BOND), Error::<Test>::FundsTooLow);
    });
}

#[test]
fn needs_a_signature() {
    ExtBuilder::default().build_and_execute(|| {
        assert_noop!(Stake::bond(RuntimeOrigin::none(), 300), DispatchError::BadOrigin);
        assert_noop!(Stake::unbond(RuntimeOrigin::root(), 300), DispatchError::BadOrigin);
        assert_noop!(Stake::withdraw(RuntimeOrigin::none()), DispatchError::BadOrigin);
    });
}

#[test]
fn ripens() {
    ExtBuilder::default().build_and_execute(|| {
        System::set_block_number(7);
        assert_ok!(Stake::bond(signed(ALICE), 300));
        let standing = Stake::standing(&ALICE);
        assert_eq!((standing.ripe, standing.ripe_at), (0, 7 + RULES.ripening));
        System::set_block_number(7 + RULES.ripening);
        assert_eq!(Stake::standing(&ALICE).ripe, 300);
    });
}

#[test]
fn a_million_that_is_added_to_a_ripe_bond_has_no_odds_at_once() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        System::set_block_number(7);
        assert_ok!(Stake::bond(signed(ALICE), 5_000));
        let standing = Stake::standing(&ALICE);
        assert_eq!((standing.bond, standing.ripe, standing.effective_stake()), (5_300, 300, 200));
        // What was there before is drawn as before.
        assert!(standing.ripe_at <= 7);
        System::set_block_number(7 + RULES.ripening);
        assert_eq!(Stake::standing(&ALICE).ripe, 5_300);
    });
}
