//! What the calls cost.
//!
//! Provisional: counted, not measured. Each formula is the call's storage accesses at the runtime's database weight,
//! [`CALL`] for the rest, and [`BYTE`] for each byte of text that the call looks at. Measured weights will be made by
//! benchmarks of this pallet (`frame-benchmarking`, one for each call at its worst case), run on the reference machine,
//! and will take the place of the formulas of [`SubstrateWeight`].
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

/// What a call does beside its storage accesses: decoding, hashing of keys, checks, the event. Comparable calls of the
/// SDK's pallets measure 15 to 50 µs.
pub const CALL: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What a byte of the call's text adds: it is decoded, checked and encoded once each.
pub const BYTE: Weight = Weight::from_parts(10 * WEIGHT_REF_TIME_PER_NANOS, 0);

/// Storage that the dispatcher reads and writes when a worker leaves: the worker, its seats on two benches, who moves into them,
/// and that one's record; the classes of both, and the pool's crew; its duty key, and for whom that acts; balance and holds. No
/// more than that when a pool is withdrawn. The dispatcher keeps to it.
pub const DISPATCHER_READS: u64 = 13;
/// See [`DISPATCHER_READS`].
pub const DISPATCHER_WRITES: u64 = 14;

/// Storage that is read to see what the workers of a pool could give a restricted deal: of each its entry and its bond; the
/// rules of merit. One more than enough is looked at.
pub const INSIDERS_READS: u64 = 2 * (ENOUGH as u64 + 1) + 1;

/// What the calls cost. `bytes` is the length of the encoded text, or of the whole request.
pub trait WeightInfo {
    /// The cost of `publish_app`.
    fn publish_app(bytes: u32) -> Weight;
    /// The cost of `publish_dataset`.
    fn publish_dataset(bytes: u32) -> Weight;
    /// The cost of `publish_pool`.
    fn publish_pool(bytes: u32) -> Weight;
    /// The cost of `set_app_price`.
    fn set_app_price() -> Weight;
    /// The cost of `set_dataset_price`.
    fn set_dataset_price() -> Weight;
    /// The cost of `set_pool_price`.
    fn set_pool_price() -> Weight;
    /// The cost of `set_pool_policy`.
    fn set_pool_policy() -> Weight;
    /// The cost of `transfer_app`.
    fn transfer_app() -> Weight;
    /// The cost of `transfer_dataset`.
    fn transfer_dataset() -> Weight;
    /// The cost of `transfer_pool`.
    fn transfer_pool() -> Weight;
    /// The cost of `set_app_uris`.
    fn set_app_uris(bytes: u32) -> Weight;
    /// The cost of `set_dataset_uris`.
    fn set_dataset_uris(bytes: u32) -> Weight;
    /// The cost of `admit`.
    fn admit() -> Weight;
    /// The cost of `join_pool`.
    fn join_pool() -> Weight;
    /// The cost of `leave_pool`.
    fn leave_pool() -> Weight;
    /// The cost of `dismiss`.
    fn dismiss() -> Weight;
    /// The cost of `request`. It does not depend on the number of tasks.
    fn request(bytes: u32) -> Weight;
    /// What a `request` costs more that is restricted.
    fn look_at_insiders() -> Weight;
    /// The cost of `set_category`.
    fn set_category() -> Weight;
    /// The cost of `accept_app`.
    fn accept_app() -> Weight;
    /// The cost of `accept_dataset`.
    fn accept_dataset() -> Weight;
    /// The cost of `accept_pool`.
    fn accept_pool() -> Weight;
    /// The cost of `set_guarantee_limit`.
    fn set_guarantee_limit() -> Weight;
    /// The cost of `withdraw_app`.
    fn withdraw_app() -> Weight;
    /// The cost of `withdraw_dataset`.
    fn withdraw_dataset() -> Weight;
    /// The cost of `withdraw_pool`.
    fn withdraw_pool() -> Weight;
}

/// The cost with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// A table of costs from a database weight: one line for each call with its reads and writes.
macro_rules! count {
    ($db:expr; $($call:ident($($bytes:ident)?): $reads:expr, $writes:expr;)*) => {
        $(
            fn $call($($bytes: u32)?) -> Weight {
                let db: RuntimeDbWeight = $db;
                let fixed = CALL.saturating_add(db.reads_writes($reads, $writes));
                $(let fixed = fixed.saturating_add(BYTE.saturating_mul($bytes.into()));)?
                fixed
            }
        )*
    };
}

macro_rules! table {
    ($db:expr) => {
        count! { $db;
            // The record and its number; balance and holds of the owner.
            publish_app(bytes): 3, 4;
            publish_dataset(bytes): 3, 4;
            publish_pool(bytes): 3, 4;
            // The record.
            set_app_price(): 1, 1;
            set_dataset_price(): 1, 1;
            // The record and the category.
            set_pool_price(): 2, 1;
            // The record and the count of members.
            set_pool_policy(): 2, 1;
            // The record, the offer; the offer.
            transfer_app(): 2, 1;
            transfer_dataset(): 2, 1;
            transfer_pool(): 2, 1;
            // The record; balance and holds of the owner.
            set_app_uris(bytes): 3, 3;
            set_dataset_uris(bytes): 3, 3;
            // The pool, the admission, balance and holds of the operator.
            admit(): 4, 4;
            // The pool, the membership, the admission, the stake, the count; the membership and the count; balance and holds of
            // the worker.
            join_pool(): 7, 4;
            // The membership and the count; balance and holds of the worker; the dispatcher.
            leave_pool(): 4 + DISPATCHER_READS, 4 + DISPATCHER_WRITES;
            // The pool, the membership, the admission, the count; balance and holds of worker and operator; the dispatcher.
            dismiss(): 8 + DISPATCHER_READS, 8 + DISPATCHER_WRITES;
            // App, dataset, pool and their open deals, category, number, and of two accounts balance and holds; deal, its place
            // in the requester's list, open deals, number, and of two accounts balance and holds.
            request(bytes): 12, 10;
            look_at_insiders(): INSIDERS_READS, 0;
            set_category(): 1, 1;
            // The record and the offer; both; balance and holds of two accounts.
            accept_app(): 6, 6;
            accept_dataset(): 6, 6;
            accept_pool(): 6, 6;
            set_guarantee_limit(): 1, 1;
            // The record, its open deals, balance and holds; the record, the offer, balance and holds.
            withdraw_app(): 4, 4;
            withdraw_dataset(): 4, 4;
            // The same, its members and admissions; the dispatcher.
            withdraw_pool(): 6 + DISPATCHER_READS, 4 + DISPATCHER_WRITES;
        }
    };
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    table!(T::DbWeight::get());
}

impl WeightInfo for () {
    table!(ParityDbWeight::get());
}
