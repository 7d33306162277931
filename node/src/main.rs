//! The node of a Talka network: it makes, checks and finalises blocks, and answers questions about them.
//!
//! | Module | What |
//! |---|---|
//! | `cli` | what can be typed |
//! | `command` | what is done about it |
//! | `chain_spec` | the networks it knows |
//! | `service` | the parts of a running node, put together |
//! | `beefy` | finality for other chains |
//! | `indexing` | which nodes can prove blocks to other chains |
//! | `rpc` | what it answers |
//! | `error` | why it does not start |
//! | `types` | the SDK's parts as this node has them |
//! | `ports` | where it answers |
//!
//! No rule of the chain is here: those are in the runtime, which the node executes as WebAssembly.
//!
//! # Contract
//!
//! A node that is killed at any moment goes on where it was. It follows upgrades of the runtime without being restarted. The methods
//! `poco_*` answer for the best block, with amounts as strings, and their errors have a code, a name and a hint.
//!
//! # When modifying
//!
//! * Options and methods are told in `docs/operate/node.md` and `docs/integrate.md`; units, alerts and the dashboard
//!   (`docs/operate`) name options and metrics.
//! * A host function that the runtime needs must be in all nodes before the runtime that calls it.
//! * What `service` does when a node starts or stops is shown by `tests/tests/faults`; JavaScript by `tests/js`.

#![allow(clippy::result_large_err)] // The SDK's error is large. It is made once: when the node cannot go on.

mod beefy;
mod chain_spec;
mod cli;
mod command;
mod error;
mod indexing;
mod ports;
mod rpc;
mod service;
mod types;

use std::process::ExitCode;

fn main() -> ExitCode {
    match command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
