use super::*;
use crate::{Authored, ElectionRules};
use sp_runtime::TryRuntimeError;

fn broken(spoil: impl FnOnce()) -> Result<(), TryRuntimeError> {
    ExtBuilder::default().build().execute_with(|| {
        Validators::do_try_state().unwrap();
        spoil();
        Validators::do_try_state()
    })
}

#[test]
fn notices_unsound_rules() {
    let outcome = broken(|| ElectionRules::<Test>::mutate(|rules| rules.seats = 0));
    assert_eq!(outcome, Err("validators 1: the rules are unsound".into()));
}

#[test]
fn notices_who_stands_and_does_not() {
    let outcome = broken(|| RetiredOnes::<Test>::insert(1, Candidate::default().retire(Cause::Resigned, 0)));
    assert_eq!(outcome, Err("validators 2: a candidate is retired".into()));
    let outcome = broken(|| (100..110).for_each(|who| Candidates::<Test>::insert(who, Candidate::default())));
    assert_eq!(outcome, Err("validators 2: too many candidates".into()));
}

#[test]
fn notices_a_stake_that_is_not_pledged() {
    let outcome = broken(|| Stake::release(&1, 1));
    assert_eq!(outcome, Err("validators 3: a stake is not pledged".into()));
    let retired = Candidate { stake: 1, ..Default::default() }.retire(Cause::Resigned, 0);
    let outcome = broken(|| RetiredOnes::<Test>::insert(EVE, retired));
    assert_eq!(outcome, Err("validators 3: a stake is not pledged".into()));
}

#[test]
fn notices_an_absent_candidate() {
    let outcome = broken(|| Candidates::<Test>::insert(1, Candidate { missed: 3, ..candidate(1) }));
    assert_eq!(outcome, Err("validators 4: an absent one stands for election".into()));
}

#[test]
fn notices_blocks_of_others() {
    let outcome = broken(|| Authored::<Test>::insert(EVE, 1));
    assert_eq!(outcome, Err("validators 5: somebody else made a block".into()));
}
