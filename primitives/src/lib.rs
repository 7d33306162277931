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
//! | [`task`] | the life of a task: one function, [`task::Task::advance`] |
//! | [`settlement`] | who gets what when a task is completed |
//! | [`audit`] | which results are repeated before they are shown, and what makes lying a loss |
//! | [`merit`] | who may stand alone for a result, and what that costs to become |
//! | [`gate`] | how many may begin to stand alone, after how many were found lying |
//! | [`jury`] | who is right when two workers disagree |
//! | [`bound`] | how wrong accepted results can be at most, from what audits found |
//! | [`deal`] | what is bought, and what is held for it |
//! | [`order`] | what somebody offers or wants, how it is named and signed, and how much of it is left |
//! | [`matching`] | whether orders and what is for sale fit together, and the deal they become |
//! | [`group`] | what a list of accounts is to which orders can be restricted |
//! | [`election`] | who makes and finalises blocks |
//! | [`manifest`] | what a result is, and the digest that names it |
//! | [`traits`] | how the pallets meet |
//! | [`view`], [`filter`] | what the runtime's APIs answer, and what they can be asked for |

extern crate alloc;

pub mod asset;
pub mod audit;
pub mod bound;
pub mod commitment;
pub mod credibility;
pub mod deal;
pub mod election;
pub mod filter;
pub mod gate;
pub mod group;
pub mod id;
pub mod jury;
pub mod manifest;
pub mod matching;
pub mod merit;
pub mod odds;
pub mod order;
pub mod settlement;
pub mod task;
pub mod text;
pub mod traits;
pub mod unit;
pub mod view;

pub use asset::{Admission, App, Category, Dataset, Pool, PoolPolicy, RuntimeClass, Tags, Topic};
pub use deal::{DatasetTerms, Deal, Parameters};
pub use group::Group;
pub use id::{
    AppId, CategoryId, ContentId, DatasetId, DealId, Digest, GroupId, OrderId, PoolId, ResultHash, Salt,
    Seal, TaskId,
};
pub use unit::{Balance, BlockNumber, Merit, Rate, Score, Share, Trust, Weight};
