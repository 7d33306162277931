use frame_support::{assert_noop, assert_ok};
use talka_primitives::{
    traits::{Stake as _, Standing},
    Merit, Score,
};

use super::*;
use crate::Error;

#[test]
fn stands_at_zero_for_who_never_bonded() {
    ExtBuilder::default().build_and_execute(|| {
        assert_eq!(Stake::standing(&ALICE), Standing::default());
    });
}

#[test]
fn locks_what_is_unlocked_and_no_more() {
    ExtBuilder::default().bonded(ALICE, 300, 5).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 200));
        assert_noop!(Stake::lock(&ALICE, 101), Error::<Test>::StakeLocked);
        assert_ok!(Stake::lock(&ALICE, 100));
        assert_eq!(Stake::standing(&ALICE), standing(300, 300, 5));
        assert_noop!(Stake::lock(&BOB, 1), Error::<Test>::NotBonded);
        assert_ok!(Stake::lock(&BOB, 0));
    });
}

#[test]
fn locks_nothing_of_what_is_on_its_way_back() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::unbond(signed(ALICE), 200));
        assert_noop!(Stake::lock(&ALICE, 101), Error::<Test>::StakeLocked);
        assert_ok!(Stake::lock(&ALICE, 100));
    });
}

#[test]
fn pledges_what_is_unlocked_and_no_more() {
    ExtBuilder::default().bonded(ALICE, 300, 5).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 100));
        assert_ok!(Stake::pledge(&ALICE, 150));
        assert_noop!(Stake::pledge(&ALICE, 51), Error::<Test>::StakeLocked);
        assert_noop!(Stake::lock(&ALICE, 51), Error::<Test>::StakeLocked);
        assert_noop!(Stake::unbond(signed(ALICE), 51), Error::<Test>::StakeLocked);
        assert_noop!(Stake::pledge(&BOB, 1), Error::<Test>::NotBonded);
        assert_eq!(Stake::standing(&ALICE), Standing { pledged: 150, ..standing(150, 100, 5) });
        Stake::forfeit_pledge(&ALICE, 30);
        assert_eq!(events(), [Event::Forfeited { who: ALICE, amount: 30, to: FUND }]);
        Stake::release(&ALICE, 120);
        assert_eq!(Stake::standing(&ALICE), standing(270, 100, 5));
    });
}

#[test]
fn the_locked_stake_of_a_validator_has_no_odds_in_draws_of_workers() {
    ExtBuilder::default().bonded(ALICE, 5_001, 0).bonded(BOB, 5_001, 0).build_and_execute(|| {
        assert_ok!(Stake::pledge(&ALICE, 5_000));
        let (validator, worker) = (Stake::standing(&ALICE), Stake::standing(&BOB));
        assert_eq!((validator.seat_stake(), worker.seat_stake()), (0, 3_334));
        // Neither has what a task has locked.
        assert_ok!(Stake::lock(&BOB, 5_001));
        assert_eq!(Stake::standing(&BOB).effective_stake(), 0);
    });
}

#[test]
#[should_panic(expected = "more is released than was pledged")]
fn cannot_be_released_further_than_it_was_pledged() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::pledge(&ALICE, 100));
        Stake::release(&ALICE, 101);
    });
}

#[test]
#[should_panic(expected = "more is forfeit than was pledged")]
fn cannot_lose_more_than_was_pledged() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::pledge(&ALICE, 100));
        Stake::forfeit_pledge(&ALICE, 101);
    });
}

#[test]
fn unlocks_and_sets_the_merit() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 200));
        Stake::unlock(&ALICE, 150);
        Stake::set_merit(&ALICE, Merit(1));
        assert_eq!(events(), [Event::MeritChanged { who: ALICE, merit: Merit(1) }]);
        Stake::unlock(&ALICE, 50);
        Stake::set_merit(&ALICE, Merit(1));
        assert_eq!(events(), []);
        assert_eq!(Stake::standing(&ALICE), standing(300, 0, 1));
    });
}

#[test]
fn forfeits_straight_to_the_payee() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 200));
        Stake::forfeit(&ALICE, 150, &BOB);
        assert_eq!(events(), [Event::Forfeited { who: ALICE, amount: 150, to: BOB }]);
        assert_eq!(Stake::standing(&ALICE), standing(150, 50, 0));
        assert_eq!((held(ALICE), free(BOB)), (150, ENDOWMENT + 150));
    });
}

#[test]
fn forfeits_to_a_new_account_what_keeps_it_alive() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 300));
        Stake::forfeit(&ALICE, EXISTENTIAL_DEPOSIT, &UNBORN);
        assert_eq!(free(UNBORN), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn forfeits_to_the_fund_what_cannot_be_received() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 300));
        let amount = EXISTENTIAL_DEPOSIT - 1;
        Stake::forfeit(&ALICE, amount, &UNBORN);
        assert_eq!(events(), [Event::Forfeited { who: ALICE, amount, to: FUND }]);
        assert_eq!((free(UNBORN), free(FUND)), (0, ENDOWMENT + amount));
    });
}

#[test]
fn forfeits_to_the_fund() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 300));
        Stake::forfeit_to_fund(&ALICE, 100);
        assert_eq!(events(), [Event::Forfeited { who: ALICE, amount: 100, to: FUND }]);
        assert_eq!(free(FUND), ENDOWMENT + 100);
    });
}

#[test]
fn forfeits_what_is_bonded_before_what_is_on_its_way_back() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 100));
        assert_ok!(Stake::unbond(signed(ALICE), 200));
        Stake::forfeit(&ALICE, 100, &BOB);
        System::set_block_number(1 + PERIOD);
        assert_ok!(Stake::withdraw(signed(ALICE)));
        assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT - 100, 0));
        assert!(!Ledgers::<Test>::contains_key(ALICE));
    });
}

#[test]
fn remembers_the_merit_of_who_lost_everything() {
    ExtBuilder::default().bonded(ALICE, 300, 9).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 300));
        Stake::forfeit(&ALICE, 300, &BOB);
        Stake::set_merit(&ALICE, Merit(6));
        assert_eq!(Stake::standing(&ALICE), standing(0, 0, 6));
        Stake::set_merit(&ALICE, Merit(0));
        assert!(!Ledgers::<Test>::contains_key(ALICE));
    });
}

#[test]
fn is_not_kept_from_losing_by_a_freeze_of_its_own() {
    ExtBuilder::default().bonded(ALICE, ENDOWMENT - EXISTENTIAL_DEPOSIT, 0).build_and_execute(|| {
        use frame_support::traits::{LockableCurrency, WithdrawReasons};
        Balances::set_lock(*b"lockedup", &ALICE, ENDOWMENT, WithdrawReasons::all());
        assert_ok!(Stake::lock(&ALICE, 500));
        Stake::forfeit(&ALICE, 500, &BOB);
        assert_eq!(free(BOB), ENDOWMENT + 500);
    });
}

#[test]
#[should_panic(expected = "more is unlocked than was locked")]
fn cannot_be_unlocked_further_than_it_was_locked() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 100));
        Stake::unlock(&ALICE, 101);
        Stake::set_merit(&ALICE, Merit(0));
    });
}

#[test]
#[should_panic(expected = "more is forfeit than was locked")]
fn cannot_be_forfeit_further_than_it_was_locked() {
    ExtBuilder::default().bonded(ALICE, 300, 0).build_and_execute(|| {
        assert_ok!(Stake::lock(&ALICE, 100));
        Stake::forfeit(&ALICE, 101, &BOB);
    });
}

#[test]
fn fades_while_nothing_is_earned() {
    ExtBuilder::default().bonded(ALICE, 300, 800).build_and_execute(|| {
        System::set_block_number(RULES.half_life);
        assert_eq!(Stake::standing(&ALICE).merit, Merit(400));
        assert_eq!(Stake::standing(&ALICE).score, Score(200));
        // The decay starts over from what is left.
        Stake::set_merit(&ALICE, Merit(500));
        assert_eq!(events(), [Event::MeritChanged { who: ALICE, merit: Merit(500) }]);
        System::set_block_number(2 * RULES.half_life);
        assert_eq!(Stake::standing(&ALICE).merit, Merit(250));
    });
}

#[test]
fn is_gone_for_who_is_disgraced_as_are_its_passes_and_its_bond_has_to_ripen_again() {
    ExtBuilder::default().bonded(ALICE, 300, 800).build_and_execute(|| {
        System::set_block_number(5);
        Stake::disgrace(&ALICE);
        assert_eq!(RevokedOnes::take(), [ALICE]);
        let standing = Stake::standing(&ALICE);
        assert_eq!((standing.merit, standing.ripe_at), (Merit(0), 5 + RULES.ripening));
        // Bonding again does not help, and neither does bonding more.
        assert_ok!(Stake::bond(signed(ALICE), 100));
        assert_eq!(Stake::standing(&ALICE).ripe_at, 5 + RULES.ripening);
        assert_ok!(Stake::unbond(signed(ALICE), 400));
        assert_ok!(Stake::bond(signed(ALICE), 100));
        assert_eq!(Stake::standing(&ALICE).ripe_at, 5 + RULES.ripening);
    });
}
