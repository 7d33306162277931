//! One file for each call, and for what the other pallets do with a stake.

mod bond;
mod genesis;
mod money;
mod set_rules;
mod stake;
mod try_state;
mod unbond;
mod withdraw;

use frame_support::traits::fungible::{Inspect, InspectHold};
use talka_primitives::Balance;

use crate::{mock::*, Event, HoldReason, Ledger, Ledgers};

fn ledger(who: u64) -> Ledger<MaxUnbonding> {
    Ledgers::<Test>::get(who).unwrap_or_default()
}

fn held(who: u64) -> Balance {
    Balances::balance_on_hold(&HoldReason::Bond.into(), &who)
}

fn free(who: u64) -> Balance {
    Balances::balance(&who)
}

fn signed(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// The pallet's events since the last question.
fn events() -> Vec<Event<Test>> {
    talka_pallet_test_support::events::<Test, _>()
}
