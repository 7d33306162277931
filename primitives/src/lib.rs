#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
//! The rules of Talka's market and of Proof of Contribution (PoCo).
//!
//! Pure: nothing here stores, locks money or emits events, and nothing knows FRAME. The pallets, the worker
//! and the client call the very same functions, so a rule is read, tested and changed in one place.
//!
//! | Module | Rule |
//! |---|---|
//! | [`commitment`] | how a result is committed to before it is shown |
//! | [`credibility`] | when a group of workers that agree is believed |
//! | [`odds`] | with which probability a worker is drawn |
//! | [`seed`] | what is drawn from: the outputs of two block authors |
//! | [`task`] | the life of a task: one function, [`task::Task::advance`] |
//! | [`settlement`] | who gets what at the end of a task |
//! | [`audit`] | which results are repeated before they are shown, and what makes lying a loss |
//! | [`merit`] | how a worker earns the right to work alone, and how it loses it |
//! | [`reliability`] | when a worker that declines has to pause |
//! | [`room`] | which blocks count where time runs against a worker |
//! | [`placement`] | how a worker takes part in a task: in which role, at which audit rate, with what locked |
//! | [`gate`] | how many workers get a pass to work alone, after how many were found lying |
//! | [`jury`] | who is right when two workers disagree |
//! | [`bound`] | how wrong accepted results can be at most, from what audits found |
//! | [`budget`] | how much of a block each stage of the chain's own work has, whatever the others have to do |
//! | [`delay`], [`room`] | which blocks do not count where time runs out: the chain was late, or had no room for duties |
//! | [`deal`] | what is bought, and what is held for it |
//! | [`deposit`] | what is held for what the chain has to remember |
//! | [`order`] | what somebody offers or wants, how it is named and signed, and how much of it is left |
//! | [`matching`] | whether orders and what is for sale fit together, and the deal they become |
//! | [`restriction`] | who executes the tasks of a deal that is meant for some only, and what stands behind their results |
//! | [`gateway`] | what contracts on Ethereum order, what that may cost, and what they are answered |
//! | [`group`] | what a list of accounts is to which orders can be restricted |
//! | [`election`] | who makes and finalises blocks |
//! | [`bridge`] | what is agreed with Ethereum: deposits, attestations, withdrawals, the outbox |
//! | [`manifest`] | what a result is, and the digest that names it |
//! | [`traits`] | how the pallets meet |
//! | [`view`], [`filter`] | what the runtime's APIs answer, and what they can be asked for |
//! | [`live`] | what a worker tells a buyer of a task that it executes |
//! | [`hint`] | how the programs around the chain say what to do about an error |
//!
//! # Contract
//!
//! 1. **Pure.** What a function gives depends on its arguments alone: no clock, no randomness, no storage. So chain, client,
//!    simulator and model check come to the same.
//! 2. **Total.** Amounts are integers, and no input makes a rule panic or overflow: bad input is refused by a type of its own. Only
//!    [`bound`] computes with floating-point numbers, for people, and no decision of the chain depends on it.
//! 3. **Nothing is made or lost.** Shares of a sum add up to the sum, rounding included.
//!
//! # When modifying
//!
//! * Types here are stored on chain, signed and hashed: another layout is a migration of what is stored
//!   (`runtime/src/migrations.rs`), new metadata (`scripts/metadata`), a new tag of orders or commitments, or a new number of the ABI.
//! * A changed rule changes `spec_version`; what it is worth is measured by `sim`, checked by `tests/model`, and told in
//!   `docs/protocol`. Some numbers there are compared with the rules by `tests/documentation.rs`.

extern crate alloc;

#[doc(no_inline)]
pub use macro_rules_attribute::apply;

/// `#[apply(stored)]`: a type that the chain stores, or takes in its calls. It has what all of those need; what else it has
/// is derived beside it. A crate that uses it depends on `codec` and `scale-info`.
#[macro_export]
macro_rules! stored {
    ($($item:tt)*) => {
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[derive(::codec::Encode, ::codec::Decode, ::codec::DecodeWithMemTracking, ::codec::MaxEncodedLen)]
        #[derive(::scale_info::TypeInfo)]
        $($item)*
    };
}

pub mod asset;
pub mod audit;
pub mod bound;
pub mod bridge;
pub mod budget;
pub mod commitment;
pub mod credibility;
pub mod deal;
pub mod delay;
pub mod deposit;
pub mod election;
pub mod filter;
pub mod gate;
pub mod gateway;
pub mod group;
pub mod hint;
pub mod id;
pub mod jury;
pub mod live;
pub mod manifest;
pub mod matching;
pub mod merit;
pub mod odds;
pub mod order;
pub mod placement;
pub mod reliability;
pub mod restriction;
pub mod room;
pub mod seed;
pub mod settlement;
pub mod task;
pub mod text;
pub mod traits;
pub mod unit;
pub mod view;

pub use asset::{Admission, App, Category, Dataset, Pool, PoolPolicy, RuntimeClass, Tags, Topic};
pub use deal::{DatasetTerms, Deal, Parameters};
pub use deposit::{Deposit, StoragePrice};
pub use group::Group;
pub use hint::Hint;
pub use id::{
    AppId, CallId, CategoryId, ContentId, DatasetId, DealId, Digest, GroupId, OrderId, PoolId, ResultHash,
    Salt, Seal, TaskId,
};
pub use unit::{Balance, BlockNumber, Merit, Rate, Score, Share, Trust, Weight};
