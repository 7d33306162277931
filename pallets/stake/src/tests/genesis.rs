use talka_primitives::traits::Stake as _;

use super::*;

#[test]
fn bonds_and_sets_merits_ripe_at_once() {
    ExtBuilder::default().bonded(ALICE, 300, 7).bonded(BOB, MIN_BOND, 0).build_and_execute(|| {
        assert_eq!(Stake::standing(&ALICE), standing(300, 0, 7));
        assert_eq!(Stake::standing(&BOB), standing(MIN_BOND, 0, 0));
        assert_eq!((held(ALICE), free(ALICE)), (300, ENDOWMENT - 300));
    });
}

#[test]
#[should_panic(expected = "bonds twice")]
fn refuses_a_second_bond_of_one_account() {
    ExtBuilder::default().bonded(ALICE, 300, 0).bonded(ALICE, 300, 0).build();
}

#[test]
#[should_panic(expected = "cannot bond 99")]
fn refuses_a_bond_that_is_too_small() {
    ExtBuilder::default().bonded(ALICE, MIN_BOND - 1, 0).build();
}

#[test]
#[should_panic(expected = "cannot bond 300")]
fn refuses_a_bond_without_the_money() {
    ExtBuilder::default().bonded(UNBORN, 300, 0).build();
}
