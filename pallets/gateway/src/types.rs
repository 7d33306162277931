//! The types that nobody else needs.

use frame_support::pallet_prelude::DispatchError;
use talka_primitives::{apply, stored, Balance};

/// Why no deal was made of an order.
#[apply(stored)]
#[derive(Copy)]
pub enum Refusal {
    /// What came with it could not be credited. It waits at the bridge to be claimed for the account of who has ordered.
    NotCredited,
    /// The message is no order.
    Unreadable,
    /// It names no pool, and governance has named none.
    NoPool,
    /// More has to be there than came with it.
    TooDear {
        /// What has to be there, in units of TLK: see [`talka_primitives::gateway::Cost`].
        cost: Balance,
    },
    /// The marketplace refuses it.
    Market(DispatchError),
}
