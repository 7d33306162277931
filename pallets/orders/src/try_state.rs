//! The invariants that the README numbers, one function each.

use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::TryRuntimeError;
use talka_primitives::{
    order::{Order, Publication, Remembered},
    Balance,
};

use crate::{book::Book, Config, Entries, Forgotten, HoldReason, Pallet, Published, Shelves, UsedUp};

impl<T: Config> Pallet<T> {
    /// Check every invariant. It reads everything: for tests and try-runtime, not for blocks.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::orders_stand_on_their_shelves()?;
        Self::published_orders_are_remembered()?;
        Self::deposits_are_held()?;
        Self::nothing_is_oversold()?;
        Self::the_past_is_forgotten()
    }

    /// 1: Every published order has its own identifier, and stands on its shelf; nothing else does.
    fn orders_stand_on_their_shelves() -> Result<(), TryRuntimeError> {
        for (id, Publication { order, .. }) in Published::<T>::iter() {
            ensure!(Book::<T>::id(&order) == id, "orders 1: an order under a wrong identifier");
            ensure!(Shelves::<T>::contains_key(order.shelf(), id), "orders 1: an order is on no shelf");
        }
        let standing = Shelves::<T>::iter_keys().count();
        ensure!(standing == Published::<T>::iter_keys().count(), "orders 1: something else is on a shelf");
        Ok(())
    }

    /// 2: Of every published order it is remembered that it is, and of nothing else.
    fn published_orders_are_remembered() -> Result<(), TryRuntimeError> {
        for (id, Publication { order, .. }) in Published::<T>::iter() {
            ensure!(Book::<T>::entry(id, order.terms()).published, "orders 2: an order is not remembered");
        }
        let remembered = Entries::<T>::iter_values().filter(|known| known.entry.published).count();
        ensure!(
            remembered == Published::<T>::iter_keys().count(),
            "orders 2: an order is remembered as published that is not"
        );
        Ok(())
    }

    /// 3: Exactly the deposits of published orders, and of what is remembered of orders, are held of everybody.
    fn deposits_are_held() -> Result<(), TryRuntimeError> {
        let mut due = BTreeMap::<T::AccountId, Balance>::new();
        for Publication { order, deposit } in Published::<T>::iter_values() {
            let sum = due.entry(order.terms().signer.clone()).or_default();
            *sum = sum.saturating_add(deposit);
        }
        for Remembered { deposit, .. } in Entries::<T>::iter_values() {
            let sum = due.entry(deposit.of).or_default();
            *sum = sum.saturating_add(deposit.amount);
        }
        for who in frame_system::Account::<T>::iter_keys() {
            let held = T::Currency::balance_on_hold(&HoldReason::Order.into(), &who);
            let recorded = due.remove(&who).unwrap_or_default();
            ensure!(held == recorded, "orders 3: the hold is not the sum of deposits");
        }
        ensure!(due.values().all(|amount| *amount == 0), "orders 3: a deposit of nobody");
        Ok(())
    }

    /// 4: No published order is sold beyond its volume, or cancelled; and only one that is used up waits to be cleared
    ///    away.
    fn nothing_is_oversold() -> Result<(), TryRuntimeError> {
        let used = |id, order: &Order<T::AccountId>| Book::<T>::entry(id, order.terms());
        for (id, Publication { order, .. }) in Published::<T>::iter() {
            let entry = used(id, &order);
            ensure!(entry.used <= order.terms().volume, "orders 4: an order is oversold");
            ensure!(!entry.cancelled, "orders 4: a cancelled order is published");
        }
        for id in UsedUp::<T>::get() {
            let is_open = Published::<T>::get(id)
                .is_some_and(|Publication { order, .. }| used(id, &order).used < order.terms().volume);
            ensure!(!is_open, "orders 4: an open order is to be cleared away");
        }
        Ok(())
    }

    /// 5: Nothing is remembered from before the first block that may not be forgotten.
    fn the_past_is_forgotten() -> Result<(), TryRuntimeError> {
        let first = Forgotten::<T>::get();
        let remembered = Entries::<T>::iter_keys().all(|(expiry, _)| expiry >= first);
        ensure!(remembered, "orders 5: something from the past is remembered");
        Ok(())
    }
}
