//! The Rust SDK of Talka: everything that a program needs to take part in a chain over its JSON-RPC interface.
//!
//! ```no_run
//! use talka_client::{market, order::random_salt, Client, KeyError, KeySource, Tlk};
//! use talka_primitives::{
//!     order::{RequestOrder, Restrictions, Terms},
//!     AppId, CategoryId, Parameters, Tags, Trust,
//! };
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::connect("ws://127.0.0.1:9944").await?;
//! let key = "dev:Requester1".parse::<KeySource>()?;
//! let account = client.account(key.load(|| Err(KeyError::NoPassword("there is no keystore".into())))?);
//!
//! let deadline = client.best().await?.block().number + 300;
//! let request = RequestOrder {
//!     app: AppId(0),
//!     dataset: None,
//!     category: CategoryId(0),
//!     trust: Trust(4),
//!     arguments: market::arguments(&["--paths=100000".into()])?,
//!     parameters: Parameters::Range { first: 0 },
//!     beneficiary: None,
//!     deadline,
//!     terms: Terms {
//!         signer: account.id(),
//!         price: "30".parse::<Tlk>()?.0,
//!         volume: 8,
//!         tags: Tags(0),
//!         only: Restrictions::default(),
//!         expiry: deadline,
//!         salt: random_salt()?,
//!     },
//! };
//! for bought in account.broker().buy(request, &[], [].into()).await?.deals {
//!     let mut watch = client.watch_deal(bought.made.deal);
//!     while let Some(step) = watch.next().await? {
//!         println!("block {}: {:?}", step.block.number, step.view.progress);
//!         if step.view.progress.is_over() {
//!             break;
//!         }
//!     }
//!     println!("{:?}", watch.outcomes());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Whole programs are in `examples/`: `buy`, `watch`, `sell` and `fetch`, which verifies results. What lies beside the
//! client (other languages, events, versions) is in `docs/integrate.md`.
//!
//! | Module | What for |
//! |---|---|
//! | [`client`] | a [`Client`] keeps the connection, through restarts of nodes and upgrades of the runtime |
//! | [`pin`] | which chain is meant, and the networks that were met before |
//! | [`snapshot`] | a [`Snapshot`] answers questions about the chain's state at one block |
//! | [`account`] | an [`Account`] signs, sends and follows transactions to their outcome |
//! | [`market`], [`orders`], [`groups`], [`stake`], [`poco`], [`validators`], [`gateway`], [`balances`] | the calls, each a typed function of [`Account`] |
//! | [`bridge`] | deposits, withdrawals and attestations; proofs of what Ethereum is told |
//! | [`order`] | orders that are signed off chain, and their files |
//! | [`broker`] | buys at the cheapest of all offers |
//! | [`beefy`] | finality for other chains, as a node keeps it |
//! | [`watch`] | streams: best blocks, the progress of a deal |
//! | [`events`] | what a block tells of tasks |
//! | [`keys`] | where secrets come from |
//! | [`live`] | questions to workers about the tasks that they execute |
//! | [`terms`] | what a deal means for those who execute its tasks |
//! | [`amount`] | amounts of TLK as people write them |
//! | [`terminal`] | texts of strangers on a terminal |
//! | [`error`] | what can go wrong, and what to do about it |
//!
//! # Contract
//!
//! 1. **Nothing else is signed than was meant**, whatever the node says. Calls, events and queries are generated from the
//!    runtime's metadata (`metadata.scale`, which a test compares with the runtime's own). Transactions are written by that
//!    metadata, and signed if the node's writes the same, for the version of their encoding (`transaction_version`) and for the
//!    chain of the first connection, which a [`Pin`] names. Before a query is used its shape is
//!    compared with what the node says of the block's runtime. Upgrades that leave the encoding of a call alone need no new
//!    client; after others the calls and queries concerned fail with [`Fatal::Incompatible`], and the rest go on.
//! 2. **A call has its effect once or not at all.** [`Account::send`] sends the same signed bytes again after a lost
//!    connection. A call is signed again only when a finalized block has proven that the first transaction has no effect and can
//!    have none any more. After any error but [`Transient::OutcomeUnknown`] it had no effect, and will have none, beyond
//!    the fee where the chain refused it. Dropping the future does not take the transaction back.
//! 3. **Streams do not end with the connection.** [`watch::BestBlocks`] and [`watch::DealWatch`] wait until it is there
//!    again. Questions to a [`Snapshot`] are asked once: a [`Transient`] error says that asking again is sensible.
//! 4. **Best or final is the caller's choice.** A receipt is for a best block, which a fork may replace, unless the
//!    account is [waiting for finality](Account::waiting). A [`Snapshot`] is of one block and does not change.
//! 5. **Bad input is refused before anything is sent**: texts and lists that are too long, orders whose signature or
//!    chain is wrong, a purchase that the offers do not cover or that its account cannot pay.
//!
//! What is *not* verified: the node's word about the chain's state, and about what became of a transaction. A node that lies
//! can make a program spend what its account has, or lose what it has bonded: ask your own. `docs/decisions/0019-trust-in-a-node.md`
//! says what is left to trust. Results need
//! no trust in the node that serves them: they are checked against the digest on chain ([`talka_primitives::manifest`]). Secrets
//! are read and written by [`keys`] alone.
//!
//! # When modifying
//!
//! * A changed runtime: `scripts/metadata`, from which `build.rs` generates calls, events and queries. A new event of a task
//!   is a new [`events::TaskEvent`].
//! * A new call is a function of its pallet's module; the command line and `docs/integrate.md` may want it too.
//! * Nothing here may know the runtime's crate (the tests do), or decide by a rule that is not in `talka-primitives`.
//! * A new [`Error`] needs a hint, and a place among the transient or the fatal ones: daemons decide by it.
//! * The examples are run by the end-to-end tests and are copied by others: keep them in step.

#![deny(missing_docs)]

pub mod account;
pub mod amount;
mod api;
pub mod balances;
pub mod beefy;
mod block;
pub mod bridge;
pub mod broker;
pub mod client;
mod embedded;
pub mod error;
pub mod events;
pub mod gateway;
pub mod groups;
pub mod keys;
pub mod live;
pub mod market;
mod missing;
mod nodes;
pub mod order;
pub mod orders;
pub mod pin;
pub mod poco;
mod pool;
pub mod snapshot;
pub mod stake;
pub mod terminal;
pub mod terms;
pub mod validators;
pub mod watch;

pub use account::{Account, Receipt, Wait};
pub use amount::Tlk;
pub use client::{BlockHash, BlockId, Client};
pub use error::{Error, Fatal, Refusal, Transient};
pub use keys::{KeyError, KeySource, Keypair};
pub use order::SignedOrder;
pub use pin::Pin;
pub use snapshot::Snapshot;
pub use subxt::utils::AccountId32 as AccountId;
