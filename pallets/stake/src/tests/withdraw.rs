use frame_support::{assert_noop, assert_ok};
use talka_primitives::{traits::Stake as _, Merit};

use super::*;
use crate::{Chunk, Error};

#[test]
fn releases_what_has_arrived_and_nothing_else() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::unbond(signed(ALICE), 10));
        assert_ok!(Stake::unbond(signed(ALICE), 20));
        System::set_block_number(2);
        assert_ok!(Stake::unbond(signed(ALICE), 40));
        events();

        System::set_block_number(1 + PERIOD);
        assert_ok!(Stake::withdraw(signed(ALICE)));
        assert_eq!(events(), [Event::Withdrawn { who: ALICE, amount: 30 }]);
        assert_eq!(ledger(ALICE).unbonding.to_vec(), [Chunk { amount: 40, at: 2 + PERIOD }]);
        assert_eq!((ledger(ALICE).bond, held(ALICE), free(ALICE)), (230, 270, ENDOWMENT - 270));
    });
}

#[test]
fn comes_not_one_block_too_early() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::unbond(signed(ALICE), 300));
        System::set_block_number(PERIOD);
        assert_noop!(Stake::withdraw(signed(ALICE)), Error::<Test>::NothingToWithdraw);
    });
}

#[test]
fn does_not_touch_what_is_bonded_or_locked() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 300));
        System::set_block_number(1 + PERIOD);
        assert_noop!(Stake::withdraw(signed(ALICE)), Error::<Test>::NothingToWithdraw);
    });
}

#[test]
fn refuses_who_never_bonded() {
    ExtBuilder::default().build_and_execute(|| {
        assert_noop!(Stake::withdraw(signed(ALICE)), Error::<Test>::NotBonded);
    });
}

#[test]
fn leaves_no_trace_of_a_bond_without_merit() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::unbond(signed(ALICE), 300));
        System::set_block_number(1 + PERIOD);
        assert_ok!(Stake::withdraw(signed(ALICE)));
        assert!(!Ledgers::<Test>::contains_key(ALICE));
        assert_eq!(free(ALICE), ENDOWMENT);
    });
}

#[test]
fn leaves_the_merit() {
    ExtBuilder::default().bonded(ALICE, 300, 7).build_and_execute(|| {
        assert_ok!(Stake::unbond(signed(ALICE), 300));
        System::set_block_number(1 + PERIOD);
        assert_ok!(Stake::withdraw(signed(ALICE)));
        assert_eq!((ledger(ALICE).merit, held(ALICE)), (Merit(7), 0));
        assert_ok!(Stake::bond(signed(ALICE), 300));
        assert_eq!(Stake::standing(&ALICE).merit, Merit(7));
    });
}
