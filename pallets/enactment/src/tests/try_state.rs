use sp_runtime::TryRuntimeError;

use crate::{mock::*, List, ListingOf};

/// A call that is listed, and something wrong with the list.
fn broken(spoil: impl FnOnce(&mut Vec<ListingOf<Test>>)) -> Result<(), TryRuntimeError> {
    let mut outcome = Ok(());
    build_and_execute(|| {
        Enactment::list(signed(HALF), hash(&call(1))).unwrap();
        let sound = List::<Test>::get();
        let mut list = sound.clone().into_inner();
        spoil(&mut list);
        List::<Test>::put(frame_support::BoundedVec::truncate_from(list));
        outcome = Enactment::do_try_state();
        List::<Test>::put(sound);
    });
    outcome
}

#[test]
fn notices_a_call_that_is_listed_twice() {
    let outcome = broken(|list| list.push(list[0]));
    assert_eq!(outcome, Err("enactment 1: a call is listed twice".into()));
}

#[test]
fn notices_a_call_that_can_be_enacted_for_too_long() {
    let outcome = broken(|list| list[0].until += 1);
    assert_eq!(outcome, Err("enactment 2: a call can be enacted for too long".into()));
}
