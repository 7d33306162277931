//! What the calls cost, and what an order costs.
//!
//! Provisional: counted, not measured. Each formula is the storage accesses at the runtime's database weight, [`BYTE`] for each
//! byte that is decoded and hashed, [`MESSAGE`] for each message to Ethereum, and [`CALL`] for the rest. Measured weights will be
//! made by the benchmarks of this pallet, and will take the place of the formulas of [`SubstrateWeight`].
//! The proof size is 0 throughout: this chain has no collators, nobody sends storage proofs of its blocks.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS, WEIGHT_REF_TIME_PER_NANOS},
        RuntimeDbWeight, Weight,
    },
};
use talka_primitives::{
    gateway::{MAX_MESSAGE, MAX_POOLS},
    restriction::ENOUGH,
};

/// What a call does beside its storage accesses: hashing of keys, checks, the event. Comparable calls of the SDK's pallets
/// measure 15 to 50 µs.
pub const CALL: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What a byte of an order or of a manifest adds: it is decoded, hashed, checked and encoded once each.
pub const BYTE: Weight = Weight::from_parts(5 * WEIGHT_REF_TIME_PER_NANOS, 0);

/// What a message to Ethereum adds beside its storage accesses: the hash of its leaf, and of a node on each of 32 levels.
pub const MESSAGE: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Storage that a message to Ethereum touches: the contracts, the outbox, limits, what the bridge has credited, whether the block
/// has sent one.
const MESSAGE_ACCESSES: u64 = 6;

/// Storage that is read to see what a deal would be: app, dataset, pool, category, the operator's balance and holds; the workers
/// of the pool, of each its entry and its bond, and the rules of merit. One more than enough is looked at.
const QUOTE_READS: u64 = 7 + 2 * (ENOUGH as u64 + 1) + 1;

/// Storage that a new deal is written to, and read from beside what a quote reads: the deal, its place in the requester's list,
/// the open deals of three things, the number, and of two accounts balance and holds.
const DEAL_ACCESSES: u64 = 10;

/// Balance and holds of the account of a contract, and of the audit fund.
const MONEY: u64 = 4;

/// What the calls cost, and what an order costs.
pub trait WeightInfo {
    /// The most that an order costs that came with a deposit: the longest one, for which all pools are asked.
    fn receive() -> Weight;
    /// The cost of `report` with a manifest of this number of bytes.
    fn report(bytes: u32) -> Weight;
    /// The cost of `sweep`.
    fn sweep() -> Weight;
    /// The cost of `set_pools`.
    fn set_pools() -> Weight;
}

/// The cost with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn receive() -> Weight {
        receive(T::DbWeight::get())
    }
    fn report(bytes: u32) -> Weight {
        report(T::DbWeight::get(), bytes)
    }
    fn sweep() -> Weight {
        sweep(T::DbWeight::get())
    }
    fn set_pools() -> Weight {
        set_pools(T::DbWeight::get())
    }
}

impl WeightInfo for () {
    fn receive() -> Weight {
        receive(ParityDbWeight::get())
    }
    fn report(bytes: u32) -> Weight {
        report(ParityDbWeight::get(), bytes)
    }
    fn sweep() -> Weight {
        sweep(ParityDbWeight::get())
    }
    fn set_pools() -> Weight {
        set_pools(ParityDbWeight::get())
    }
}

/// The quotes of all pools and once more that of the best one, with the order copied for each; the deal, the call, the pools, the
/// contracts and the money. Where it is refused two messages are sent, as if it was not.
fn receive(db: RuntimeDbWeight) -> Weight {
    let quotes = u64::from(MAX_POOLS) + 1;
    let bytes = BYTE.saturating_mul(u64::from(MAX_MESSAGE).saturating_mul(quotes));
    CALL.saturating_mul(quotes + 1)
        .saturating_add(bytes)
        .saturating_add(db.reads(QUOTE_READS * quotes + 2))
        .saturating_add(db.reads_writes(DEAL_ACCESSES + MONEY + 1, DEAL_ACCESSES + MONEY + 1))
        .saturating_add(message(db).saturating_mul(2))
}

/// Reads the task's end where it may be (the task, the outcome, the deal and its state, what was taken in), what audits have
/// found, and the contracts; reads and writes the call and the money. The answer and the withdrawal are sent.
fn report(db: RuntimeDbWeight, bytes: u32) -> Weight {
    CALL.saturating_add(BYTE.saturating_mul(bytes.into()))
        .saturating_add(db.reads(7))
        .saturating_add(db.reads_writes(MONEY + 1, MONEY + 1))
        .saturating_add(message(db).saturating_mul(2))
}

/// The contracts and the money; a withdrawal is sent.
fn sweep(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.reads_writes(MONEY + 1, MONEY)).saturating_add(message(db))
}

/// Writes the pools.
fn set_pools(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.writes(1))
}

fn message(db: RuntimeDbWeight) -> Weight {
    MESSAGE.saturating_add(db.reads_writes(MESSAGE_ACCESSES, MESSAGE_ACCESSES))
}
