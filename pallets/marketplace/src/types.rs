//! The stored types that nobody else needs.

use talka_primitives::{apply, stored, Balance, PoolId};

/// A worker's membership.
#[apply(stored)]
#[derive(Copy)]
pub struct Member {
    /// The pool that it has joined.
    pub pool: PoolId,
    /// What is held of it for that, in units of TLK.
    pub deposit: Balance,
}
