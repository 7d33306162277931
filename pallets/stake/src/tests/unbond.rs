use frame_support::{assert_noop, assert_ok};
use talka_primitives::traits::Stake as _;

use super::*;
use crate::{Chunk, Error};

#[test]
fn keeps_the_money_held_and_out_of_the_bond() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::unbond(signed(ALICE), 200));
        assert_eq!(events(), [Event::Unbonding { who: ALICE, amount: 200, at: 1 + PERIOD }]);
        assert_eq!(ledger(ALICE).unbonding.to_vec(), [Chunk { amount: 200, at: 1 + PERIOD }]);
        assert_eq!((ledger(ALICE).bond, held(ALICE)), (100, 300));
        assert_eq!(Stake::standing(&ALICE).bond, 100);
    });
}

#[test]
fn leaves_nothing_or_the_least_bond() {
    ExtBuilder::default().bonded(ALICE, 300, 0).bonded(BOB, 300, 0).build_and_execute(|| {
        assert_noop!(Stake::unbond(signed(ALICE), 201), Error::<Test>::BondTooSmall);
        assert_noop!(Stake::unbond(signed(ALICE), 299), Error::<Test>::BondTooSmall);
        assert_ok!(Stake::unbond(signed(ALICE), 200));
        assert_ok!(Stake::unbond(signed(BOB), 300));
    });
}

#[test]
fn leaves_alone_what_tasks_have_locked() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 150));
        assert_noop!(Stake::unbond(signed(ALICE), 151), Error::<Test>::StakeLocked);
        assert_noop!(Stake::unbond(signed(ALICE), 300), Error::<Test>::StakeLocked);
        assert_ok!(Stake::unbond(signed(ALICE), 150));
        assert_noop!(Stake::unbond(signed(ALICE), 1), Error::<Test>::StakeLocked);
    });
}

#[test]
fn refuses_more_than_is_bonded() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_noop!(Stake::unbond(signed(ALICE), 301), Error::<Test>::StakeLocked);
        assert_noop!(Stake::unbond(signed(ALICE), u128::MAX), Error::<Test>::StakeLocked);
    });
}

#[test]
fn refuses_nothing() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_noop!(Stake::unbond(signed(ALICE), 0), Error::<Test>::ZeroAmount);
    });
}

#[test]
fn refuses_who_has_no_bond() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_noop!(Stake::unbond(signed(BOB), 100), Error::<Test>::NotBonded);
        assert_ok!(Stake::unbond(signed(ALICE), 300));
        assert_noop!(Stake::unbond(signed(ALICE), 100), Error::<Test>::NotBonded);
    });
}

#[test]
fn refuses_when_too_many_parts_are_on_their_way() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        for _ in 0..MAX_UNBONDING {
            assert_ok!(Stake::unbond(signed(ALICE), 1));
        }
        assert_noop!(Stake::unbond(signed(ALICE), 1), Error::<Test>::TooManyUnbondings);
    });
}

#[test]
fn takes_the_whole_of_what_a_loss_has_left() {
    ExtBuilder::default().bonded(ALICE, 100, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 40));
        Stake::forfeit(&ALICE, 40, &BOB);
        assert_noop!(Stake::unbond(signed(ALICE), 1), Error::<Test>::BondTooSmall);
        assert_ok!(Stake::unbond(signed(ALICE), 60));
    });
}
