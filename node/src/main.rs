//! The node of a Talka network: it makes, checks and finalises blocks, and answers questions about them.
//!
//! | Module | What |
//! |---|---|
//! | `cli` | what can be typed |
//! | `command` | what is done about it |
//! | `chain_spec` | the networks it knows |
//! | `service` | the parts of a running node, put together |
//! | `rpc` | what it answers |
//!
//! No rule of the chain is here: those are in the runtime, which the node executes as WebAssembly.

#![allow(clippy::result_large_err)] // The SDK's error is large. It is made once: when the node cannot go on.

mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;

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
