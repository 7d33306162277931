//! What the call costs.
//!
//! Provisional: the database accesses are counted in the code, the computing time is a generous estimate.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What the call costs. What Proof of Contribution asks and tells is part of its own steps' weights.
pub trait WeightInfo {
    /// `set_rules`.
    fn set_rules() -> Weight;
}

/// Counted accesses, at the database's price.
pub struct CountedAccesses<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for CountedAccesses<T> {
    fn set_rules() -> Weight {
        Weight::from_parts(20_000_000, 0).saturating_add(T::DbWeight::get().writes(1))
    }
}

impl WeightInfo for () {
    fn set_rules() -> Weight {
        Weight::from_parts(10_000, 0)
    }
}
