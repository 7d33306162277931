//! Talka's contracts on Ethereum, as programs off chain use them: typed calls, reads that several nodes agree on, and
//! transactions that cost no more than somebody has allowed.
//!
//! ```no_run
//! use talka_ethereum::{Address, Ethereum, Sender, Vault};
//!
//! # async fn example() -> Result<(), talka_ethereum::EthereumError> {
//! let ethereum = Ethereum::connect(&["https://one.example".into(), "https://two.example".into()]).await?;
//! let key = talka_ethereum::load_key("file:/etc/talka/ethereum.key")?;
//! let sender = Sender::new(&ethereum, key, 30_000_000_000);
//! let vault = Vault::at(&ethereum, Address::from([0x42; 20]));
//! let deposit = vault.deposit(&sender, [7; 32], 5_000_000_000).await?;
//! println!("deposit {}", deposit.nonce);
//! # Ok(())
//! # }
//! ```
//!
//! | Module | What for |
//! |---|---|
//! | [`abi`] | the contracts' calls, events and errors |
//! | [`client`] | an [`Ethereum`] asks nodes, and says where they disagree |
//! | [`send`] | a [`Sender`] sends transactions, and waits for their receipts |
//! | [`fees`] | what a transaction may cost: pure functions |
//! | [`sidechain`], [`vault`], [`gateway`], [`token`] | the contracts |
//! | [`deploy`] | puts them on a chain, from what forge has compiled |
//! | [`key`] | keys from files |
//! | [`revert`] | what a contract means by refusing |
//! | [`signature`] | whose a signature is |
//!
//! # Contract
//!
//! 1. **What others rely on, more than half of the nodes say, and none says otherwise.** The chain, the finalised block, its
//!    logs and its state are asked of all nodes. Nodes that disagree are an error that names them. What the next transaction
//!    needs (fees, numbers, whether it would be refused) is asked of the first node that answers: a lie about that costs a fee
//!    at most.
//! 2. **No transaction pays more for a unit of gas than it may.** Where the chain asks for more, nothing is sent. One that
//!    waits too long is replaced by one that pays more, within the same limit.
//! 3. **One transaction at a time.** All of one [`Sender`] have their turn, so that none waits for another's number. What would
//!    be refused is not sent.
//! 4. **A refusal has a name and a hint**, for every error of the contracts.
//! 5. **A key comes from a file that only its owner can read.** It is on no command line and in no error.
//!
//! # When modifying
//!
//! * The contracts do not change. If one does all the same: `abi.rs`; `tests/compiled.rs` compares that with forge's output.
//! * Another error of a contract needs a hint in `revert.rs`, else that does not compile.
//! * `tests/anvil.rs` runs against a real chain: it needs the program that `TALKA_ANVIL` names, and the folder `TALKA_CONTRACTS`.
//! * Why alloy, and which parts of it: `docs/decisions/0025-alloy.md`.

#![deny(missing_docs)]

pub mod abi;
mod agree;
pub mod client;
pub mod deploy;
mod error;
pub mod fees;
pub mod gateway;
pub mod key;
mod node;
pub mod revert;
pub mod send;
pub mod sidechain;
pub mod signature;
pub mod token;
pub mod vault;

pub use alloy::primitives::{keccak256, Address, Bytes, B256, U256};

pub use self::{
    client::{At, Block, Ethereum, Log},
    deploy::{Artifacts, Deployed},
    error::EthereumError,
    gateway::{Gateway, Status},
    key::{load as load_key, Key},
    revert::Revert,
    send::{Cost, Receipt, Sender, Transaction},
    sidechain::{Import, Set, SidechainClient},
    token::Token,
    vault::Vault,
};
