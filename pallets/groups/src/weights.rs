//! What the calls cost.
//!
//! Provisional: counted, not measured. Each formula is the call's storage accesses at the runtime's database weight,
//! [`CALL`] for the rest, [`BYTE`] for each byte of text that the call looks at, and [`MEMBER`] for each account that
//! it names. Measured weights will be made by benchmarks of this pallet (`frame-benchmarking`, one for each call at its
//! worst case), run on the reference machine, and will take the place of the formulas of [`SubstrateWeight`].
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

/// What a byte of the call's text adds: it is decoded, checked and encoded once each.
pub const BYTE: Weight = Weight::from_parts(10 * WEIGHT_REF_TIME_PER_NANOS, 0);

/// What an account that the call names adds beside its storage accesses: its key is hashed twice, and it is decoded,
/// compared with the others and encoded.
pub const MEMBER: Weight = Weight::from_parts(5 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What the calls cost.
pub trait WeightInfo {
    /// The cost of `create_group` with `bytes` bytes of encoded text.
    fn create_group(bytes: u32) -> Weight;
    /// The cost of `add_members` with `members` accounts.
    fn add_members(members: u32) -> Weight;
    /// The cost of `remove_members` with `members` accounts.
    fn remove_members(members: u32) -> Weight;
    /// The cost of `transfer_group`.
    fn transfer_group() -> Weight;
    /// The cost of `accept_group`. It does not depend on the number of members.
    fn accept_group() -> Weight;
    /// The cost of `disband_group`.
    fn disband_group() -> Weight;
}

/// The cost with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn create_group(bytes: u32) -> Weight {
        create_group(T::DbWeight::get(), bytes)
    }
    fn add_members(members: u32) -> Weight {
        change_members(T::DbWeight::get(), members)
    }
    fn remove_members(members: u32) -> Weight {
        change_members(T::DbWeight::get(), members)
    }
    fn transfer_group() -> Weight {
        transfer_group(T::DbWeight::get())
    }
    fn accept_group() -> Weight {
        accept_group(T::DbWeight::get())
    }
    fn disband_group() -> Weight {
        disband_group(T::DbWeight::get())
    }
}

impl WeightInfo for () {
    fn create_group(bytes: u32) -> Weight {
        create_group(ParityDbWeight::get(), bytes)
    }
    fn add_members(members: u32) -> Weight {
        change_members(ParityDbWeight::get(), members)
    }
    fn remove_members(members: u32) -> Weight {
        change_members(ParityDbWeight::get(), members)
    }
    fn transfer_group() -> Weight {
        transfer_group(ParityDbWeight::get())
    }
    fn accept_group() -> Weight {
        accept_group(ParityDbWeight::get())
    }
    fn disband_group() -> Weight {
        disband_group(ParityDbWeight::get())
    }
}

/// Reads and writes `NextGroupId`, and of the balances `Account` and `Holds`; writes `Groups`.
fn create_group(db: RuntimeDbWeight, bytes: u32) -> Weight {
    CALL.saturating_add(BYTE.saturating_mul(bytes.into())).saturating_add(db.reads_writes(3, 4))
}

/// Reads and writes `Groups`, of the balances `Account` and `Holds`, and `Members` once for each account.
fn change_members(db: RuntimeDbWeight, members: u32) -> Weight {
    let member = MEMBER.saturating_add(db.reads_writes(1, 1));
    CALL.saturating_add(member.saturating_mul(members.into())).saturating_add(db.reads_writes(3, 3))
}

/// Reads `Groups` and `PendingOwners`, writes the latter.
fn transfer_group(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.reads_writes(2, 1))
}

/// Reads and writes `Groups` and `PendingOwners`, and of the balances of two accounts `Account` and `Holds`.
fn accept_group(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.reads_writes(6, 6))
}

/// Reads and writes `Groups`, and of the balances `Account` and `Holds`; writes `PendingOwners`.
fn disband_group(db: RuntimeDbWeight) -> Weight {
    CALL.saturating_add(db.reads_writes(3, 4))
}
