//! The daemons of the bridge to Ethereum, and the deployment of its contracts.
//!
//! # Role
//!
//! | Program | Between | What it does |
//! |---|---|---|
//! | [`attest`] | Ethereum → Talka | says for a validator which deposits are final, and has them credited |
//! | [`relay`] | Talka → Ethereum | imports finality, claims withdrawals, delivers results; reports to Talka how tasks ended |
//! | [`deploy`] | | puts light client, vault and gateway on Ethereum |
//!
//! # Contract
//!
//! 1. **Nothing is signed on one word.** A deposit is attested where all Ethereum nodes that answer agree, it is final, its
//!    hash follows from the deposits before it, and the vault counts the same. What a Talka node says is imported where the
//!    light client's own rules ([`beefy`]) hold for it.
//! 2. **Nothing is paid for in vain, as far as can be seen.** Each transaction is estimated before it is sent: what would be
//!    refused, costs more gas than may be paid for, or does not pay, is not sent.
//! 3. **Nothing is remembered that the chains know.** A daemon that was killed, or runs twice, does no harm: what was done is
//!    seen, and what was done twice is refused.
//! 4. **Sessions are imported in order**, one commitment of each, whatever that costs within the limit on fees.
//! 5. **One message holds up no other.** What cannot be proven, paid or fetched is tried again later.
//! 6. **A contradiction stops what it concerns, and is told**: in the log, and by an alarm among the metrics.
//!
//! What to do next is decided by pure functions (`attest/plan.rs`, `relay/plan.rs`); what is around them asks and sends.
//!
//! # When modifying
//!
//! * A rule of the light client is in `contracts/src/SidechainClient.sol` and in `beefy.rs`: both are tested against
//!   `contracts/test/vectors`.
//! * The chain of deposits, the outbox and attestations are rules of `talka_primitives::bridge`: nothing of them is here.
//! * Another call of a contract belongs to `talka-ethereum`.
//! * Options and metrics are told in `docs/operate/bridge.md`; the help is a snapshot (`INSTA_UPDATE=always` writes it again).

#![deny(missing_docs)]

pub mod attest;
pub mod beefy;
pub mod deploy;
mod error;
mod log;
mod metrics;
mod options;
mod payload;
pub mod relay;
mod signals;
mod talka;

pub use self::{
    error::BridgeError,
    log::start_logging,
    options::{
        AttestOptions, Chains, Command, CommandLine, DeployOptions, LogFormat, LogOptions, Payer,
        RelayOptions, Running,
    },
};
