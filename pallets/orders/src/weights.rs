//! What the calls and the hook's steps cost.
//!
//! Provisional: counted, not measured by benchmarks. Each formula is the storage accesses at the runtime's database
//! weight, [`SIGNATURE`] for each signature, [`BYTE`] for each byte, and [`CALL`] for the rest. Measured weights will be
//! made by benchmarks of this pallet (`frame-benchmarking`, one for each call at its worst case), and will take the place
//! of the formulas of [`SubstrateWeight`].
//! The proof size is 0 throughout: this chain has no collators, nobody sends storage proofs of its blocks.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS, WEIGHT_REF_TIME_PER_NANOS},
        RuntimeDbWeight, Weight,
    },
};
use talka_primitives::restriction::ENOUGH;

/// What a call does beside its storage accesses: hashing of keys, checks, the event. Comparable calls of the SDK's
/// pallets measure 15 to 50 µs.
pub const CALL: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What a byte of an order adds: it is decoded, hashed, checked and encoded once each.
pub const BYTE: Weight = Weight::from_parts(5 * WEIGHT_REF_TIME_PER_NANOS, 0);

/// What a signature takes to be verified: the dearest of the three kinds.
pub const SIGNATURE: Weight = Weight::from_parts(45 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Storage that a new deal is read from: app, dataset and pool, their open deals, category, number, and of three accounts
/// balance and holds.
const DEAL_READS: u64 = 14;
/// Storage that a new deal is written to: the deal, its place in the requester's list, the open deals of three things, the
/// number, and of three accounts balance and holds.
const DEAL_WRITES: u64 = 12;

/// Storage that is read to see what the workers of a pool can reach: of each its entry and its bond; the rules of merit. One
/// more than enough is looked at.
const INSIDERS_READS: u64 = 2 * (ENOUGH as u64 + 1) + 1;

/// What has to be done to match orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Length of the encoded orders; of those that are published, the greatest that there can be.
    pub bytes: u32,
    /// How many of them bring a signature.
    pub signed: u32,
    /// How many of them are published.
    pub published: u32,
    /// How many groups have to be looked into, at most.
    pub groups: u32,
    /// Whether the workers of the pool may have to be counted.
    pub counts_workers: bool,
}

/// What the calls and the hook's steps cost.
pub trait WeightInfo {
    /// The cost of `match_orders` and `sponsor_orders`. It does not depend on the number of tasks.
    fn match_orders(cost: Cost) -> Weight;
    /// The cost of `publish_order` for an order of so many bytes.
    fn publish_order(bytes: u32) -> Weight;
    /// The cost of `cancel_order` for an order of so many bytes.
    fn cancel_order(bytes: u32) -> Weight;
    /// See whether published orders were used up.
    fn look_for_used_up() -> Weight;
    /// See whether orders have expired in one block.
    fn look_for_expired() -> Weight;
    /// Clear away one order.
    fn clear() -> Weight;
}

/// The cost with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

macro_rules! table {
    ($db:expr) => {
        fn match_orders(cost: Cost) -> Weight {
            let Cost { bytes, signed, published, groups, counts_workers } = cost;
            let (signed, published, groups) = (u64::from(signed), u64::from(published), u64::from(groups));
            let db: RuntimeDbWeight = $db;
            // What is remembered of each order; the published order itself. Once for all: the list of those used up.
            let insiders = if counts_workers { INSIDERS_READS } else { 0 };
            let reads = DEAL_READS + signed + 2 * published + groups + published.min(1) + insiders;
            let writes = DEAL_WRITES + signed + published + published.min(1);
            CALL.saturating_add(BYTE.saturating_mul(bytes.into()))
                .saturating_add(SIGNATURE.saturating_mul(signed))
                .saturating_add(db.reads_writes(reads, writes))
        }
        fn publish_order(bytes: u32) -> Weight {
            let db: RuntimeDbWeight = $db;
            // The asset, the entry, balance and holds; the entry, the order, its shelf, balance and holds.
            CALL.saturating_add(BYTE.saturating_mul(bytes.into())).saturating_add(db.reads_writes(4, 5))
        }
        fn cancel_order(bytes: u32) -> Weight {
            let db: RuntimeDbWeight = $db;
            // The order, the entry; the entry; what clearing takes, balance and holds among it.
            CALL.saturating_add(BYTE.saturating_mul(bytes.into()))
                .saturating_add(db.reads_writes(2, 1))
                .saturating_add(Self::clear())
        }
        fn look_for_used_up() -> Weight {
            let db: RuntimeDbWeight = $db;
            db.reads_writes(1, 1)
        }
        fn look_for_expired() -> Weight {
            let db: RuntimeDbWeight = $db;
            db.reads_writes(1, 1)
        }
        fn clear() -> Weight {
            let db: RuntimeDbWeight = $db;
            // The order, the entry, balance and holds of its signer and of who has used it first; the same and the shelf.
            CALL.saturating_add(db.reads_writes(6, 7))
        }
    };
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    table!(T::DbWeight::get());
}

impl WeightInfo for () {
    table!(ParityDbWeight::get());
}
