#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "512"]
#![allow(missing_docs)] // What the macros make of the pallets cannot be documented here.
//! Talka's state transition function: which pallets make the chain, and how they are configured.
//!
//! | Module | What |
//! |---|---|
//! | [`duties`] | duties of workers as transactions |
//! | [`constants`] | the numbers, each with its reason |
//! | [`configs`] | the configuration of each pallet, by concern |
//! | [`genesis`] | what a new chain starts with, by preset |
//! | [`apis`] | what the node and the clients ask |
//! | [`migrations`] | how the state of the version before becomes that of this one |
//! | [`weights`] | what the work of a block costs |
//! | `benchmarks` | how that is measured; only with the feature `runtime-benchmarks` |
//!
//! No rule of the market is here: those are in `talka-primitives` and the pallets.
//!
//! # Contract
//!
//! 1. **Deterministic.** Every node comes to the same state, by the WebAssembly that is in the state itself. Its bytes can be built
//!    again from the commit (`docs/release.md`).
//! 2. **Bounded.** What a block does has a weight and fits into the block, hooks included.
//! 3. **One supply.** No call, hook or upgrade makes or destroys TLK, except the bridge: it makes what was locked on Ethereum, and
//!    destroys what is paid there.
//! 4. **Nobody is root.** Only the council can dispatch a call as root, one at a time, two days after it has listed it. On test
//!    chains it does not wait.
//!
//! # When modifying
//!
//! * Behaviour raises `spec_version`, the encoding of calls `transaction_version` too; `CHANGELOG.md` has a line for each `spec_version`.
//!   Numbers of pallets and calls are not changed and not used again.
//! * What is stored in another form, or for which another sum is held, needs a migration with its test.
//! * Constants, calls, storage, events and errors are in the metadata: `scripts/metadata`. What a guide says of a constant changes too.
//! * A new pallet: its configuration by concern, its part of each preset, its place in the order of hooks, the council's calls, its
//!   benchmarks and weights, and `docs/integrate.md`.

extern crate alloc;

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarks;
pub mod configs;
pub mod constants;
pub mod duties;
pub mod genesis;
pub mod migrations;
pub mod weights;

#[cfg(test)]
mod tests;

use alloc::{borrow::Cow, vec::Vec};
use sp_runtime::{
    generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

#[cfg(feature = "std")]
pub use apis::RuntimeApi;
pub use talka_primitives::{Balance, BlockNumber};

/// Of a transaction: sr25519, ed25519 or ecdsa.
pub type Signature = MultiSignature;
/// An account: 32 bytes.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How a transaction names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// How many transactions an account has sent.
pub type Nonce = u32;
/// Of a block, a state or a transaction.
pub type Hash = sp_core::H256;
/// Of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A transaction as it travels.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a transaction's signature covers.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// Executes blocks.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

/// What is checked of each transaction before its call, in the order of its encoding. All of it is known to
/// wallets by name: they need no definition from us.
///
/// Those from the number on see duties of workers in their own way: [`duties`].
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    duties::Duties,
);

/// Blocks as the node handles them: it need not know what transactions mean.
pub mod opaque {
    use super::{generic, Header};
    use sp_runtime::OpaqueExtrinsic;

    /// A block whose transactions are bytes.
    pub type Block = generic::Block<Header, OpaqueExtrinsic>;
}

impl_opaque_keys! {
    /// The keys that a validator works with; they say nothing about its money.
    pub struct SessionKeys {
        /// Authors blocks.
        pub babe: Babe,
        /// Finalises them.
        pub grandpa: Grandpa,
        /// Signs what is final for other chains.
        pub beefy: Beefy,
    }
}

macro_rules! version {
    ($spec:tt) => {
        /// Name and version of the runtime. A change of behaviour raises `spec_version`, one of the encoding of
        /// transactions `transaction_version` as well: another number of a pallet or a call, or of a variant in an argument,
        /// another type of an argument, other extensions. Programs sign for the version that they were made for, so that no node
        /// can make a signature mean something else.
        #[sp_version::runtime_version]
        pub const VERSION: RuntimeVersion = RuntimeVersion {
            spec_name: Cow::Borrowed("talka"),
            impl_name: Cow::Borrowed("talka-node"),
            authoring_version: 1,
            spec_version: $spec,
            impl_version: 1,
            apis: apis::RUNTIME_API_VERSIONS,
            transaction_version: 1,
            system_version: 1,
        };
    };
}
#[cfg(not(feature = "successor"))]
version!(1);
// The release after this one, made up, which the tests upgrade a living network to.
#[cfg(feature = "successor")]
version!(2);

/// The runtime's WebAssembly, as it goes into a chain's genesis.
#[cfg(feature = "std")]
mod wasm {
    #![allow(missing_docs)]
    include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
}
#[cfg(feature = "std")]
pub use wasm::*;

/// The WebAssembly of the release after this one, for tests of upgrades.
#[cfg(all(feature = "std", feature = "with-successor"))]
pub mod successor {
    #![allow(missing_docs)]
    include!(concat!(env!("OUT_DIR"), "/successor.rs"));
}

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;

    // Consensus. The session before authorship: the first block of a session is made by one of its own validators.
    #[runtime::pallet_index(2)]
    pub type Babe = pallet_babe;
    #[runtime::pallet_index(3)]
    pub type Grandpa = pallet_grandpa;
    #[runtime::pallet_index(4)]
    pub type Session = pallet_session;
    #[runtime::pallet_index(5)]
    pub type Authorship = pallet_authorship;
    #[runtime::pallet_index(6)]
    pub type Historical = pallet_session::historical;
    #[runtime::pallet_index(7)]
    pub type Offences = pallet_offences;

    // Money
    #[runtime::pallet_index(10)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(11)]
    pub type TransactionPayment = pallet_transaction_payment;

    // Finality for other chains. After the session: the first leaf of a session names the validators of the next one. What a
    // leaf says is fixed by the block's parent: the bridge writes the outbox's root at the end of a block. (Hooks run in the
    // order of the numbers; 12 was another pallet's.)
    #[runtime::pallet_index(13)]
    pub type Beefy = pallet_beefy;
    #[runtime::pallet_index(14)]
    pub type Mmr = pallet_mmr;
    #[runtime::pallet_index(15)]
    pub type BeefyMmrLeaf = pallet_beefy_mmr;

    // Ways to call
    #[runtime::pallet_index(20)]
    pub type Utility = pallet_utility;
    #[runtime::pallet_index(21)]
    pub type Proxy = pallet_proxy;
    #[runtime::pallet_index(22)]
    pub type Multisig = pallet_multisig;

    // The market
    #[runtime::pallet_index(30)]
    pub type Stake = talka_pallet_stake;
    #[runtime::pallet_index(31)]
    pub type Marketplace = talka_pallet_marketplace;
    #[runtime::pallet_index(32)]
    pub type Poco = talka_pallet_poco;
    #[runtime::pallet_index(33)]
    pub type Groups = talka_pallet_groups;
    #[runtime::pallet_index(34)]
    pub type Orders = talka_pallet_orders;

    // Whose word is at stake when blocks are made: after Stake, where its genesis locks stakes
    #[runtime::pallet_index(35)]
    pub type Validators = talka_pallet_validators;

    // What is found out about results
    #[runtime::pallet_index(36)]
    pub type Audit = talka_pallet_audit;

    // Governance
    #[runtime::pallet_index(40)]
    pub type Council = pallet_collective<Instance1>;
    #[runtime::pallet_index(41)]
    pub type Enactment = talka_pallet_enactment;
    #[runtime::pallet_index(42)]
    pub type TxPause = pallet_tx_pause;

    // Ethereum. After the validators, whose sessions it follows
    #[runtime::pallet_index(50)]
    pub type Bridge = talka_pallet_bridge;

    // Contracts on Ethereum, which buy and are answered: after the bridge, which brings their orders.
    #[runtime::pallet_index(51)]
    pub type Gateway = talka_pallet_gateway;
}
