//! The program `talka-bridge`: the daemons of [`talka_bridge`], and the deployment of the contracts.
//!
//! Its contract is the library's. It ends with 0 when it was asked to end or had done what was due, and with an error and a
//! hint where it cannot go on. What it takes is in `options.rs`.

use std::{future::Future, process::ExitCode, time::Duration};

use clap::Parser as _;
use talka_bridge::{attest, deploy, relay, start_logging, BridgeError, Command, CommandLine};
use talka_client::terminal;
use talka_primitives::Hint as _;

fn main() -> ExitCode {
    let CommandLine { command } = CommandLine::parse();
    start_logging(command.log());
    match command {
        Command::Attest(options) => end(attest::run(options)),
        Command::Relay(options) => end(relay::run(options)),
        Command::Deploy(options) => end(deploy::run(options)),
    }
}

/// Wait for the end, and say how it was.
fn end(program: impl Future<Output = Result<(), BridgeError>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&format!("{error}\nhint: the system lacks resources: stop other programs"))
        }
    };
    let result = runtime.block_on(program);
    runtime.shutdown_timeout(Duration::from_secs(5));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.with_hint()),
    }
}

fn fail(error: &str) -> ExitCode {
    eprintln!("{}", terminal::lines(&format!("error: {error}")));
    ExitCode::FAILURE
}
