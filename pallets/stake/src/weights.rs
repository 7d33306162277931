//! What the calls cost.
//!
//! Provisional: counted, not measured. Each formula is the call's storage accesses at the runtime's database weight,
//! [`CALL`] for the rest, and [`CHUNK`] for each turn of its loop. Measured weights will be made by benchmarks of this
//! pallet (`frame-benchmarking`, one for each call at its worst case), run on the reference machine, and will take the
//! place of the formulas of [`SubstrateWeight`].
//! The proof size is 0 throughout: this chain has no collators, nobody sends storage proofs of its blocks.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS, WEIGHT_REF_TIME_PER_NANOS},
        RuntimeDbWeight, Weight,
    },
};

/// What a call does beside its storage accesses: decoding, hashing of keys, checks, the event. Comparable calls of the
/// SDK's pallets measure 15 to 50 µs.
pub const CALL: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What one part of a bond that is on its way back adds: comparing and moving 20 bytes, twice.
pub const CHUNK: Weight = Weight::from_parts(100 * WEIGHT_REF_TIME_PER_NANOS, 0);

/// What the calls cost.
pub trait WeightInfo {
    /// The cost of `bond`.
    fn bond() -> Weight;
    /// The cost of `unbond`.
    fn unbond() -> Weight;
    /// The cost of `withdraw` where `chunks` parts of the bond are on their way back.
    fn withdraw(chunks: u32) -> Weight;
    /// The cost of `set_rules`.
    fn set_rules() -> Weight;
}

/// The cost with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn bond() -> Weight {
        bond(T::DbWeight::get())
    }
    fn unbond() -> Weight {
        unbond(T::DbWeight::get())
    }
    fn withdraw(chunks: u32) -> Weight {
        withdraw(T::DbWeight::get(), chunks)
    }
    fn set_rules() -> Weight {
        set_rules(T::DbWeight::get())
    }
}

impl WeightInfo for () {
    fn bond() -> Weight {
        bond(ParityDbWeight::get())
    }
    fn unbond() -> Weight {
        unbond(ParityDbWeight::get())
    }
    fn withdraw(chunks: u32) -> Weight {
        withdraw(ParityDbWeight::get(), chunks)
    }
    fn set_rules() -> Weight {
        set_rules(ParityDbWeight::get())
    }
}

/// Reads `ReputationRules`; reads and writes `Ledgers`, and of the balances `Account` and `Holds`.
fn bond(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.reads_writes(4, 3))
}

/// Writes `ReputationRules`.
fn set_rules(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.writes(1))
}

/// Reads and writes `Ledgers`.
fn unbond(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.reads_writes(1, 1))
}

/// Reads and writes `Ledgers`, and of the balances `Account` and `Holds`.
fn withdraw(db: RuntimeDbWeight, chunks: u32) -> Weight {
    CALL.saturating_add(CHUNK.saturating_mul(chunks.into())).saturating_add(db.reads_writes(3, 3))
}
