//! The program `talka-worker`: the daemon of [`talka_worker`], with the WebAssembly sandbox.
//!
//! Its contract is the library's. It ends with 0 when it was asked to end, and with an error and a hint where it cannot go on. What it
//! takes is in `options.rs`.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Parser as _;
use talka_client::terminal;
use talka_executor::WasmExecutor;
use talka_primitives::Hint as _;
use talka_worker::{run, start_logging, Options};

fn main() -> ExitCode {
    let options = Options::parse();
    start_logging(&options);
    let executor = match WasmExecutor::new(options.base_path.join("modules")) {
        Ok(executor) => Arc::new(executor),
        Err(error) => return fail(&error.with_hint()),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&format!("{error}\nhint: the system lacks resources: stop other programs"))
        }
    };
    let result = runtime.block_on(run(options, executor));
    // Cancelled executions end at their next check.
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
