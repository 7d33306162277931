//! What the calls and the handlers cost.
//!
//! Provisional: counted, not measured. Each formula is the storage accesses at the runtime's database weight, and
//! [`CALL`] for the rest. Measured weights will be made by benchmarks of this pallet (`frame-benchmarking`, one for each
//! call at its worst case), run on the reference machine, and will take the place of the formulas of
//! [`SubstrateWeight`]. The proof size is 0 throughout: this chain has no collators, nobody sends storage proofs of its
//! blocks.
//!
//! Elections have no weight of their own: they run in the block that begins a session, which the session pallet counts
//! as full.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS},
        RuntimeDbWeight, Weight,
    },
};

/// What a call does beside its storage accesses: decoding, hashing of keys, checks, the event. Comparable calls of the
/// SDK's pallets measure 15 to 50 µs.
pub const CALL: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What the calls and the handlers cost.
pub trait WeightInfo {
    /// The cost of `register`.
    fn register() -> Weight;
    /// The cost of `add_stake`.
    fn add_stake() -> Weight;
    /// The cost of `resign`.
    fn resign() -> Weight;
    /// The cost of `release`.
    fn release() -> Weight;
    /// The cost of `forget_keys`.
    fn forget_keys() -> Weight;
    /// The cost of `set_rules`.
    fn set_rules() -> Weight;
    /// The cost of `set_juror_key`.
    fn set_juror_key() -> Weight;
    /// The cost of counting a block for its author.
    fn note_author() -> Weight;
    /// The cost of punishing one equivocator.
    fn punish() -> Weight;
}

/// The cost with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

macro_rules! costs {
    ($($(#[$doc:meta])* $name:ident: $reads:literal, $writes:literal;)*) => {
        impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
            $(fn $name() -> Weight { $name(T::DbWeight::get()) })*
        }
        impl WeightInfo for () {
            $(fn $name() -> Weight { $name(ParityDbWeight::get()) })*
        }
        $($(#[$doc])* fn $name(db: RuntimeDbWeight) -> Weight {
            CALL.saturating_add(db.reads_writes($reads, $writes))
        })*
    };
}

costs! {
    /// Reads `Candidates`, its counter, `Retired`, the rules, the session's index and keys, the ledger; writes
    /// `Candidates`, its counter, `Retired`, the ledger.
    register: 7, 4;
    /// Reads and writes `Candidates`, the ledger.
    add_stake: 2, 2;
    /// Reads `Candidates`, its counter, the session's index; writes `Candidates`, its counter, `Retired`.
    resign: 3, 3;
    /// Reads `Retired`, the session's index, the ledger, `JurorKeys`; writes `Retired`, the ledger, `JurorKeys` and
    /// `ActsFor`. Of the bridge it reads who attests, and writes that, for whom, and what was attested.
    release: 5, 7;
    /// Reads `Candidates`, the validators, those announced, the keys twice; writes the keys, the owners of two keys, and
    /// of the balances `Account` and `Holds`.
    forget_keys: 8, 5;
    /// Writes the rules.
    set_rules: 0, 1;
    /// Reads `Candidates`, `Retired`, the ledger, whether the key acts for a worker, `JurorKeys` and `ActsFor`; writes
    /// `JurorKeys`, and `ActsFor` twice.
    set_juror_key: 6, 3;
    /// Reads and writes `Authored`.
    note_author: 1, 1;
    /// Reads the validators, those disabled, `Candidates`, its counter, `Retired`, the session's index, the ledger, the
    /// passes, and of the balances `Account` twice and `Holds`; writes those disabled, `Candidates`, its counter, `Retired`,
    /// the ledger, the passes, and of the balances `Account` twice and `Holds`.
    punish: 11, 9;
}
