//! One file for each call, and for what the other pallets and the runtime API ask.

mod api;
mod attest;
mod claim_parked;
mod credit;
mod genesis;
mod money;
mod outbox;
mod requests;
mod sessions;
mod set_attester;
mod set_contracts;
mod set_limits;
mod try_state;
mod withdraw;

use frame_support::{assert_noop, assert_ok, pallet_prelude::Pays, traits::fungible::Inspect};
use sp_runtime::traits::BadOrigin;
use talka_primitives::{
    bridge::{Attestation, EthereumAddress, Limits},
    Balance,
};

use crate::{
    mock::*, AllTotals, Attestations, Attesters, AttestsFor, CreditedDeposits, CurrentLimits, Error, Event,
    NamedContracts, Outbox, OutboxRoot, ParkedAmounts,
};

fn balance(who: Account) -> Balance {
    Balances::balance(&who)
}

fn parked(who: Account) -> Option<Balance> {
    ParkedAmounts::<Test>::get(who)
}

fn credited() -> Attestation {
    CreditedDeposits::<Test>::get()
}

fn attested(who: &Account) -> Vec<Attestation> {
    Attestations::<Test>::get(who).into_inner()
}

fn backed() -> Balance {
    AllTotals::<Test>::get().backed()
}
