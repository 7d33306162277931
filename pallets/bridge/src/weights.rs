//! What the calls and the hooks cost.
//!
//! Provisional: counted, not measured. Each formula is the storage accesses at the runtime's database weight, [`HASH`] for each
//! hash, [`BYTE`] for each byte of a message, and [`CALL`] for the rest. Measured weights will be made by benchmarks of this
//! pallet (`frame-benchmarking`, one for each function at its worst case), run on the reference machine, and will take the
//! place of the formulas of [`SubstrateWeight`]. The proof size is 0 throughout: this chain has no collators, nobody sends
//! storage proofs of its blocks.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS, WEIGHT_REF_TIME_PER_NANOS},
        RuntimeDbWeight, Weight,
    },
};
use talka_primitives::bridge::DEPTH;

/// What a call does beside its storage accesses: decoding, hashing of keys, checks, the event. Comparable calls of the
/// SDK's pallets measure 15 to 50 µs.
pub const CALL: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What one Keccak-256 of a node or a leaf takes in WebAssembly, and the index entry of a node.
pub const HASH: Weight = Weight::from_parts(5 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What a byte of a message adds: it is decoded and hashed.
pub const BYTE: Weight = Weight::from_parts(40 * WEIGHT_REF_TIME_PER_NANOS, 0);

/// What a deposit adds beside its storage accesses: two hashes, and its event.
pub const DEPOSIT: Weight = Weight::from_parts(30 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What a seat adds beside its storage access: its attestations are decoded and compared, and its account is looked for among
/// those of the others.
pub const SEAT: Weight = Weight::from_parts(3 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What the calls and the hooks cost. Each function has a benchmark of its name in the module `benchmarking`.
pub trait WeightInfo {
    /// The cost of `set_contracts`.
    fn set_contracts() -> Weight;
    /// The cost of `set_limits`.
    fn set_limits() -> Weight;
    /// The cost of `set_attester`.
    fn set_attester() -> Weight;
    /// The cost of `attest` with `seats` seats.
    fn attest(seats: u32) -> Weight;
    /// The cost of `credit`, without what messages ask for.
    ///
    /// * `deposits`: how many there are.
    /// * `bytes`: of their messages together.
    /// * `seats`: how many there are.
    fn credit(deposits: u32, bytes: u32, seats: u32) -> Weight;
    /// The cost of `claim_parked`.
    fn claim_parked() -> Weight;
    /// The cost of `withdraw`, and of what it adds to the end of the block.
    fn withdraw() -> Weight;
    /// The cost of sending a result, and of what it adds to the end of the block.
    fn send_result() -> Weight;
    /// See whether a session has begun, and whether messages were sent.
    fn look_at_session() -> Weight;
    /// Look at `number` attestations, and drop them all.
    fn drop_attestations(number: u32) -> Weight;
}

/// The cost with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

macro_rules! costs {
    ($($(#[$doc:meta])* $name:ident($($number:ident),*): $beside:expr, $reads:expr, $writes:expr;)*) => {
        impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
            $(fn $name($($number: u32),*) -> Weight { $name(T::DbWeight::get(), $($number),*) })*
        }
        impl WeightInfo for () {
            $(fn $name($($number: u32),*) -> Weight { $name(ParityDbWeight::get(), $($number),*) })*
        }
        $($(#[$doc])* fn $name(db: RuntimeDbWeight, $($number: u32),*) -> Weight {
            let beside: Weight = $beside;
            beside.saturating_add(db.reads_writes($reads, $writes))
        })*
    };
}

/// A message: its leaf, as many nodes as its place completes at most, and those above to the root at the end of the block, with
/// the hashes of trees that are empty.
fn message() -> Weight {
    CALL.saturating_add(HASH.saturating_mul(3 * DEPTH as u64 + 1))
}

fn seats(number: u32) -> Weight {
    SEAT.saturating_mul(number.into())
}

costs! {
    /// Reads the contracts; writes them, and `Credited`.
    set_contracts(): CALL.saturating_add(HASH), 1, 2;
    /// Writes the limits.
    set_limits(): CALL, 0, 1;
    /// Reads whether two accounts are validators, of each whether it stands for election and whether its stake is locked, and of
    /// `Attesters` and `AttestsFor` one entry; writes `Attesters`, `AttestsFor` twice, and `Attestations`.
    set_attester(): CALL, 6, 4;
    /// Reads the contracts, the validators, whether the account is one, for whom it attests, `Credited`, and the attestations of
    /// each validator; writes those of one.
    attest(number): CALL.saturating_add(seats(number)), 6 + u64::from(number), 1;
    /// Reads the contracts, the validators and the attestations of each; `Credited`, the limits, the bucket and the totals; for
    /// each deposit `Account`, and `Parked`. Writes what it reads of the last three and of accounts.
    credit(deposits, bytes, number):
        CALL.saturating_add(seats(number))
            .saturating_add(DEPOSIT.saturating_mul(deposits.into()))
            .saturating_add(BYTE.saturating_mul(bytes.into())),
        6 + u64::from(number) + 2 * u64::from(deposits),
        3 + 2 * u64::from(deposits);
    /// Reads `Parked`, the limits, the bucket, the totals and `Account`; writes all but the limits.
    claim_parked(): CALL, 5, 4;
    /// Reads the contracts, the limits, the totals, `Outbox`, whether it has grown, and two times `Account`; writes the totals,
    /// `Outbox` and its root, whether it has grown, and two times `Account`.
    withdraw(): message(), 7, 6;
    /// Reads the contracts, `Outbox`, and whether it has grown; writes `Outbox`, its root, and whether it has grown.
    send_result(): message(), 3, 3;
    /// Reads the session, that of the attestations, whether the outbox has grown, and for the block's leaf its root.
    look_at_session(): Weight::zero(), 4, 0;
    /// Reads the validators and each attestation; drops each, and writes the session.
    drop_attestations(number): seats(number), 1 + u64::from(number), 1 + u64::from(number);
}
