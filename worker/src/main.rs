//! The worker with the WebAssembly sandbox.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Parser as _;
use talka_executor::WasmExecutor;
use talka_worker::{run, start_logging, Options};

fn main() -> ExitCode {
    let options = Options::parse();
    start_logging(&options);
    let executor = match WasmExecutor::new(options.base_path.join("modules")) {
        Ok(executor) => Arc::new(executor),
        Err(error) => return fail(&error.to_string(), "see whether the base path can be written"),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string(), "the system lacks resources: stop other programs"),
    };
    let result = runtime.block_on(run(options, executor));
    // Cancelled executions end at their next check.
    runtime.shutdown_timeout(Duration::from_secs(5));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), &error.hint()),
    }
}

fn fail(error: &str, hint: &str) -> ExitCode {
    eprintln!("error: {error}\nhint: {hint}");
    ExitCode::FAILURE
}
