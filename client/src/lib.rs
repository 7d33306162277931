//! The Rust SDK of Talka: everything that a program needs to take part in a chain over its JSON-RPC interface.
//!
//! | Module | What for |
//! |---|---|
//! | [`client`] | a [`Client`] keeps the connection, through restarts of the node and upgrades of the runtime |
//! | [`snapshot`] | a [`Snapshot`] answers questions about the chain's state at one block |
//! | [`account`] | an [`Account`] signs, sends and follows transactions to their outcome |
//! | [`market`], [`orders`], [`groups`], [`stake`], [`poco`], [`validators`], [`balances`] | the calls, each a typed function of [`Account`] |
//! | [`order`] | orders that are signed off chain, and their files |
//! | [`broker`] | buys at the cheapest of all offers |
//! | [`watch`] | streams: best blocks, the progress of a deal |
//! | [`keys`] | where secrets come from |
//! | [`terms`] | what a deal means for whoever executes its tasks |
//! | [`amount`] | amounts of TLK as people write them |
//! | [`error`] | what can go wrong, and what to do about it |
//!
//! Calls, events and queries are generated from the runtime's metadata (`metadata.scale`, which a test compares
//! with the runtime's own). Before anything is sent the shape of a call is compared with what the connected node
//! says of itself, so a client that does not fit its chain fails with [`error::Fatal::Incompatible`] and never sends
//! something else than was meant. The types of `talka-primitives` are used as they are.
//!
//! Nothing here knows the runtime's crate, and nothing here retries what may have had an effect: see
//! [`Account::send`].

#![deny(missing_docs)]

pub mod account;
pub mod amount;
mod api;
pub mod balances;
pub mod broker;
pub mod client;
pub mod error;
pub mod events;
pub mod groups;
pub mod keys;
pub mod market;
pub mod order;
pub mod orders;
pub mod poco;
mod pool;
pub mod snapshot;
pub mod stake;
pub mod terms;
pub mod validators;
pub mod watch;
mod wire;

pub use account::{Account, Receipt, Wait};
pub use amount::Tlk;
pub use client::{BlockHash, BlockId, Client};
pub use error::{Error, Fatal, Refusal, Transient};
pub use keys::{KeyError, KeySource, Keypair};
pub use order::SignedOrder;
pub use snapshot::Snapshot;
pub use subxt::utils::AccountId32 as AccountId;
