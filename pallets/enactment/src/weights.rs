//! What the calls cost.
//!
//! Provisional: counted, not measured. Each formula is the call's storage accesses at the runtime's database weight, and an estimate
//! for the rest. The proof size is 0 throughout: nobody sends storage proofs of this chain's blocks.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS, WEIGHT_REF_TIME_PER_NANOS},
        RuntimeDbWeight, Weight,
    },
};

/// What a call does beside its storage accesses: decoding, checks, the event.
const CALL: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// Hashing one byte of a call.
const BYTE: Weight = Weight::from_parts(2 * WEIGHT_REF_TIME_PER_NANOS, 0);

/// What the calls cost.
pub trait WeightInfo {
    /// The cost of `list`.
    fn list() -> Weight;
    /// The cost of `unlist`.
    fn unlist() -> Weight;
    /// The cost of `enact` for a call of `bytes` bytes, without the cost of the call itself.
    fn enact(bytes: u32) -> Weight;
}

/// The cost with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn list() -> Weight {
        list(T::DbWeight::get())
    }
    fn unlist() -> Weight {
        unlist(T::DbWeight::get())
    }
    fn enact(bytes: u32) -> Weight {
        enact(T::DbWeight::get(), bytes)
    }
}

impl WeightInfo for () {
    fn list() -> Weight {
        list(ParityDbWeight::get())
    }
    fn unlist() -> Weight {
        unlist(ParityDbWeight::get())
    }
    fn enact(bytes: u32) -> Weight {
        enact(ParityDbWeight::get(), bytes)
    }
}

/// Reads `Delay`; reads and writes `Listings`.
fn list(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.reads_writes(2, 1))
}

/// Reads and writes `Listings`.
fn unlist(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.reads_writes(1, 1))
}

/// Reads and writes `Listings`.
fn enact(db: RuntimeDbWeight, bytes: u32) -> Weight {
    CALL.saturating_add(BYTE.saturating_mul(bytes.into())).saturating_add(db.reads_writes(1, 1))
}
