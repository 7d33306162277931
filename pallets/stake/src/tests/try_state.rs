use sp_runtime::TryRuntimeError;

use super::*;
use crate::Chunk;

/// Alice with a bond of 300, a part of it on its way back, and something wrong with her ledger.
fn broken(spoil: impl FnOnce(&mut Ledger<MaxUnbonding>)) -> Result<(), TryRuntimeError> {
    ExtBuilder::default().bonded(ALICE, 300, 0).build().execute_with(|| {
        Stake::unbond(signed(ALICE), 100).unwrap();
        Stake::unbond(signed(ALICE), 50).unwrap();
        Stake::do_try_state().unwrap();
        Ledgers::<Test>::mutate(ALICE, |ledger| spoil(ledger.as_mut().unwrap()));
        Stake::do_try_state()
    })
}

#[test]
fn notices_that_more_is_locked_than_bonded() {
    let outcome = broken(|ledger| ledger.locked = ledger.bond + 1);
    assert_eq!(outcome, Err("stake 1: more is locked than bonded".into()));
}

#[test]
fn notices_that_the_same_is_locked_and_pledged() {
    let outcome = broken(|ledger| (ledger.locked, ledger.pledged) = (ledger.bond, 1));
    assert_eq!(outcome, Err("stake 1: more is locked than bonded".into()));
}

#[test]
fn notices_that_more_is_unripe_than_bonded() {
    let outcome = broken(|ledger| ledger.unripe.amount = ledger.bond + 1);
    assert_eq!(outcome, Err("stake 5: more is unripe than bonded".into()));
}

#[test]
fn notices_that_the_hold_is_not_what_the_ledger_says() {
    for off_by in [1, u128::MAX] {
        let outcome = broken(|ledger| ledger.bond = ledger.bond.wrapping_add(off_by));
        assert_eq!(outcome, Err("stake 2: the hold is not what the ledger says".into()));
    }
}

#[test]
fn notices_an_empty_ledger() {
    ExtBuilder::default().build().execute_with(|| {
        Ledgers::<Test>::insert(BOB, Ledger::default());
        assert_eq!(Stake::do_try_state(), Err("stake 3: an empty ledger is stored".into()));
    });
}

#[test]
fn notices_that_nothing_is_on_its_way() {
    let outcome = broken(|ledger| ledger.unbonding.try_push(Chunk { amount: 0, at: 1 + PERIOD }).unwrap());
    assert_eq!(outcome, Err("stake 4: nothing is on its way".into()));
}

#[test]
fn notices_that_unbondings_are_out_of_order() {
    let outcome = broken(|ledger| ledger.unbonding[1].at = 5);
    assert_eq!(outcome, Err("stake 4: unbondings are out of order".into()));
}

#[test]
fn notices_that_an_unbonding_takes_too_long() {
    let outcome = broken(|ledger| ledger.unbonding[1].at = 2 + PERIOD);
    assert_eq!(outcome, Err("stake 4: an unbonding takes too long".into()));
}
