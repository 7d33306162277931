//! The program `talka-worker`: the daemon of [`talka_worker`], with the WebAssembly sandbox.
//!
//! Its contract is the library's. It ends with 0 when it was asked to end, and with an error and a hint where it cannot go on. What it
//! takes is in `options.rs`.

use std::{future::Future, process::ExitCode, sync::Arc, time::Duration};

use talka_client::terminal;
use talka_executor::{compile_if_asked, WasmExecutor};
use talka_primitives::Hint as _;
use talka_worker::{examine, prepare, run, start_logging, CommandLine, Options, WorkerError};

fn main() -> ExitCode {
    compile_if_asked();
    match CommandLine::parse() {
        CommandLine::Work(options) => work(options),
        CommandLine::Doctor(options) => {
            start_logging(&options);
            end(examine(&options))
        }
    }
}

fn work(options: Options) -> ExitCode {
    start_logging(&options);
    // Compiled modules lie below it: nobody else may be able to put one there.
    if let Err(error) = prepare(&options) {
        return fail(&error.with_hint());
    }
    match WasmExecutor::new(options.base_path.join("modules")) {
        Ok(executor) => end(run(options, Arc::new(executor))),
        Err(error) => fail(&error.with_hint()),
    }
}

/// Wait for the end, and say how it was.
fn end(program: impl Future<Output = Result<(), WorkerError>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&format!("{error}\nhint: the system lacks resources: stop other programs"))
        }
    };
    let result = runtime.block_on(program);
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
