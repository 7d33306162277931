//! The order book: the runtime API and the functions that answer it.

use alloc::vec::Vec;
use codec::Codec;
use frame_support::traits::Get;
use talka_primitives::{
    order::{Order, Publication, Shelf},
    view::{Listed, OrderState, OrderView, Page},
    OrderId,
};

use crate::{book::Book, Config, Pallet, Published, Shelves};

pub use talka_primitives::view::MAX_PAGE;

sp_api::decl_runtime_apis! {
    /// The order book. An answer lists at most `limit` orders, and never more than 100, in the order of their
    /// identifiers, after `after` if there is one.
    pub trait OrdersApi<AccountId> where AccountId: Codec {
        /// The published orders of which something is left: those on a shelf, or all of them.
        fn orders(shelf: Option<Shelf>, after: Option<OrderId>, limit: u32) -> Page<OrderId, OrderView<AccountId>>;
        /// One published order.
        fn order(id: OrderId) -> Option<OrderView<AccountId>>;
        /// What has become of an order, published or not, as far as it is remembered.
        fn state(order: Order<AccountId>) -> OrderState;
        /// What an order is known by on this chain: what its signer signs.
        fn id(order: Order<AccountId>) -> OrderId;
    }
}

impl<T: Config> Pallet<T> {
    /// See [`OrdersApi`].
    pub fn orders(
        shelf: Option<Shelf>,
        after: Option<OrderId>,
        limit: u32,
    ) -> Page<OrderId, OrderView<T::AccountId>> {
        let max = limit.min(MAX_PAGE) as usize;
        match (shelf, after) {
            (Some(shelf), Some(after)) => {
                let after = Shelves::<T>::hashed_key_for(shelf, after);
                Self::page(Shelves::<T>::iter_key_prefix_from(shelf, after), max)
            }
            (Some(shelf), None) => Self::page(Shelves::<T>::iter_key_prefix(shelf), max),
            (None, Some(after)) => {
                Self::page(Published::<T>::iter_keys_from(Published::<T>::hashed_key_for(after)), max)
            }
            (None, None) => Self::page(Published::<T>::iter_keys(), max),
        }
    }

    /// As many as are wanted, of those that are open; and the last identifier, if that was not the end.
    fn page(ids: impl Iterator<Item = OrderId>, max: usize) -> Page<OrderId, OrderView<T::AccountId>> {
        let mut items = Vec::new();
        let mut last = None;
        for (looked_at, id) in ids.enumerate() {
            if items.len() >= max || looked_at >= MAX_PAGE as usize {
                return Page { items, next: last };
            }
            last = Some(id);
            items.extend(Self::order(id).filter(|view| view.left > 0).map(|item| Listed { id, item }));
        }
        Page { items, next: None }
    }

    /// See [`OrdersApi`].
    pub fn order(id: OrderId) -> Option<OrderView<T::AccountId>> {
        let Publication { order, .. } = Published::<T>::get(id)?;
        let terms = order.terms();
        let left = Book::<T>::entry(id, terms).left(terms, Self::now(), T::MaxLife::get()).unwrap_or(0);
        Some(OrderView { order, left })
    }

    /// See [`OrdersApi`].
    pub fn order_state(order: &Order<T::AccountId>) -> OrderState {
        let entry = Book::<T>::entry(Book::<T>::id(order), order.terms());
        OrderState { used: entry.used, cancelled: entry.cancelled }
    }

    /// See [`OrdersApi`].
    pub fn order_id(order: &Order<T::AccountId>) -> OrderId {
        Book::<T>::id(order)
    }
}
