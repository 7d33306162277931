//! The invariants that the README numbers, one function each.

use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::TryRuntimeError;
use talka_primitives::{gateway::call_id, traits::Outbox, Balance};

use crate::{Calls, Config, HoldReason, Pallet, Pools};

impl<T: Config> Pallet<T> {
    /// Check every invariant. It reads everything: for tests and try-runtime, not for blocks.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::calls_have_their_identifiers()?;
        Self::deposits_are_held()?;
        Self::each_call_has_a_deal_of_its_own()?;
        Self::pools_are_named_once()
    }

    /// 1: Every call has the identifier that follows from its deposit.
    fn calls_have_their_identifiers() -> Result<(), TryRuntimeError> {
        for (id, call) in Calls::<T>::iter() {
            let contracts = T::Outbox::contracts().ok_or("gateway 1: a call from nowhere")?;
            let expected = call_id(contracts.chain_id, contracts.gateway, call.nonce);
            ensure!(id == expected, "gateway 1: a call under a wrong identifier");
        }
        Ok(())
    }

    /// 2: Exactly the deposits of calls are held of the accounts of those that have ordered.
    fn deposits_are_held() -> Result<(), TryRuntimeError> {
        let mut due = BTreeMap::<T::AccountId, Balance>::new();
        for call in Calls::<T>::iter_values() {
            let who = Self::account_of(call.requester).ok_or("gateway 2: a call of nobody")?;
            let sum = due.entry(who).or_default();
            *sum = sum.saturating_add(call.deposit);
        }
        for who in frame_system::Account::<T>::iter_keys() {
            let held = T::Currency::balance_on_hold(&HoldReason::Call.into(), &who);
            let recorded = due.remove(&who).unwrap_or_default();
            ensure!(held == recorded, "gateway 2: the hold is not the sum of deposits");
        }
        ensure!(due.values().all(|amount| *amount == 0), "gateway 2: a deposit of nobody");
        Ok(())
    }

    /// 3: No deal is that of two calls.
    fn each_call_has_a_deal_of_its_own() -> Result<(), TryRuntimeError> {
        let mut known = BTreeSet::new();
        let is_new = Calls::<T>::iter_values().filter_map(|call| call.deal).all(|deal| known.insert(deal));
        ensure!(is_new, "gateway 3: two calls have one deal");
        Ok(())
    }

    /// 4: No pool is named twice.
    fn pools_are_named_once() -> Result<(), TryRuntimeError> {
        let pools = Pools::<T>::get();
        let named: BTreeSet<_> = pools.iter().collect();
        ensure!(named.len() == pools.len(), "gateway 4: a pool is named twice");
        Ok(())
    }
}
