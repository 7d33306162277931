//! One file for each call, and for what happens to validators without one.

mod add_stake;
mod attendance;
mod election;
mod forget_keys;
mod genesis;
mod jurors;
mod offence;
mod register;
mod release;
mod resign;
mod seats;
mod set_juror_key;
mod set_rules;
mod try_state;

use frame_support::{assert_noop, assert_ok};
use sp_runtime::Perbill;
use talka_primitives::{traits::Stake as _, Balance, Score};

use crate::{mock::*, Candidate, Candidates, Cause, Error, Event, Retired, RetiredOnes, Sessions};

fn signed(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

fn candidate(who: u64) -> Candidate {
    Candidates::<Test>::get(who).expect("it is a candidate")
}

fn retired(who: u64) -> Retired {
    RetiredOnes::<Test>::get(who).expect("it is retired")
}

fn pledged(who: u64) -> Balance {
    Stake::standing(&who).pledged
}

fn seated() -> Vec<u64> {
    let mut seated = Session::validators();
    seated.sort();
    seated
}

/// The pallet's events since the last question.
fn events() -> Vec<Event<Test>> {
    talka_pallet_test_support::events::<Test, _>()
}

/// Somebody equivocated in a session: what the offences pallet says then.
fn equivocates(who: u64, session: u32, fraction: u32) {
    use sp_staking::offence::{OffenceDetails, OnOffenceHandler};
    let offender = OffenceDetails { offender: (who, ()), reporters: vec![] };
    Validators::on_offence(&[offender], &[Perbill::from_percent(fraction)], session);
}
