//! What the calls and the hook's steps cost.
//!
//! Provisional: counted, not measured by benchmarks. Each formula is the storage accesses at the runtime's database
//! weight, [`SIGNATURE`] for each signature, [`BYTE`] for each byte, and [`CALL`] for the rest. Measured weights will be
//! made by benchmarks of this pallet (`frame-benchmarking`, one for each call at its worst case), and will take the place
//! of the formulas of [`SubstrateWeight`].
//! The proof size is 0 throughout: this chain has no collators, nobody sends storage proofs of its blocks.

use core::marker::PhantomData;

use codec::Encode;
use frame_support::{
    traits::Get,
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS, WEIGHT_REF_TIME_PER_NANOS},
        RuntimeDbWeight, Weight,
    },
};
use talka_primitives::{
    order::{Named, Order},
    restriction::ENOUGH,
};

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

/// Bytes of the longest request.
const LONGEST: u64 = 9_000;

/// What has to be done to match orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Length of the encoded orders; a published one is named only.
    pub bytes: u32,
    /// How many of them bring a signature.
    pub signed: u32,
    /// How many of them are published.
    pub published: u32,
    /// How many groups have to be looked into, at most. Orders that name one are confined: the workers are counted.
    pub groups: u32,
    /// Whether the workers of the pool may have to be counted.
    pub counts_workers: bool,
}

/// What the calls and the hook's steps cost. Each required function is measured by itself; the others put them together.
pub trait WeightInfo {
    /// Match a request with as many offers, all of which bring a signature; the rest is bought at published prices. Together
    /// they have this number of bytes.
    fn match_signed(offers: u32, bytes: u32) -> Weight;
    /// Match the longest request with as many offers, all of which are published; the rest is bought at published prices.
    fn match_published(offers: u32) -> Weight;
    /// Match a request with three offers, all signed and short, where the workers of the pool are counted, and this number of
    /// groups is looked into.
    fn match_restricted(groups: u32) -> Weight;
    /// Publish an order that sells something.
    fn publish_offer() -> Weight;
    /// Publish a request of this number of bytes.
    fn publish_request(bytes: u32) -> Weight;
    /// Cancel a published order that is named.
    fn cancel_published() -> Weight;
    /// Cancel an order of this number of bytes that is given, published or not.
    fn cancel_signed(bytes: u32) -> Weight;
    /// See whether published orders were used up.
    fn look_for_used_up() -> Weight;
    /// See whether orders have expired in one block.
    fn look_for_expired() -> Weight;
    /// Clear away one order.
    fn clear() -> Weight;

    /// The cost of `match_orders` and `sponsor_orders`. It does not depend on the number of tasks.
    ///
    /// Of orders of which some are published and some signed, the request is taken to be published, whichever it is: as the
    /// longest order it costs most.
    fn match_orders(cost: Cost) -> Weight {
        let Cost { bytes, signed, published, groups, counts_workers } = cost;
        let plain = match published.checked_sub(1) {
            None => Self::match_signed(signed.saturating_sub(1), bytes),
            Some(offers) => {
                let signed = Self::match_signed(signed, bytes).saturating_sub(Self::match_signed(0, 0));
                Self::match_published(offers).saturating_add(signed)
            }
        };
        if !counts_workers {
            return plain;
        }
        let restriction = Self::match_restricted(groups).saturating_sub(Self::match_signed(3, 0));
        plain.saturating_add(restriction)
    }

    /// The cost of `publish_order`.
    fn publish_order<AccountId: Encode>(order: &Order<AccountId>) -> Weight {
        match order {
            Order::Request(_) => Self::publish_request(order.encoded_size() as u32),
            _ => Self::publish_offer(),
        }
    }

    /// The cost of `cancel_order`.
    fn cancel_order<AccountId: Encode>(order: &Named<AccountId>) -> Weight {
        match order {
            Named::Published(_) => Self::cancel_published(),
            Named::Signed(_) => Self::cancel_signed(order.encoded_size() as u32),
        }
    }
}

/// The cost with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

macro_rules! table {
    ($db:expr) => {
        fn match_signed(offers: u32, bytes: u32) -> Weight {
            let db: RuntimeDbWeight = $db;
            // What is remembered of each order.
            let orders = u64::from(offers).saturating_add(1);
            CALL.saturating_add(BYTE.saturating_mul(bytes.into()))
                .saturating_add(SIGNATURE.saturating_mul(orders))
                .saturating_add(db.reads_writes(DEAL_READS + orders, DEAL_WRITES + orders))
        }
        fn match_published(offers: u32) -> Weight {
            let db: RuntimeDbWeight = $db;
            // What is remembered of each order; the published order itself. Once for all: the list of those used up.
            let orders = u64::from(offers).saturating_add(1);
            CALL.saturating_add(BYTE.saturating_mul(LONGEST))
                .saturating_add(db.reads_writes(DEAL_READS + 2 * orders + 1, DEAL_WRITES + orders + 1))
        }
        fn match_restricted(groups: u32) -> Weight {
            let db: RuntimeDbWeight = $db;
            Self::match_signed(3, 0).saturating_add(db.reads(INSIDERS_READS + u64::from(groups)))
        }
        fn publish_offer() -> Weight {
            // The asset beside what a request takes.
            let db: RuntimeDbWeight = $db;
            Self::publish_request(0).saturating_add(db.reads(1))
        }
        fn publish_request(bytes: u32) -> Weight {
            let db: RuntimeDbWeight = $db;
            // The entry, balance and holds; the entry, the order, its shelf, balance and holds.
            CALL.saturating_add(BYTE.saturating_mul(bytes.into())).saturating_add(db.reads_writes(3, 5))
        }
        fn cancel_published() -> Weight {
            Self::cancel_signed(LONGEST as u32)
        }
        fn cancel_signed(bytes: u32) -> Weight {
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
