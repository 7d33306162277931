//! A worker that misbehaves on demand, for the tests and the demo. All of it but the executor is the real worker.
//!
//! A new fault is a case of [`Fault`], and a `Behaviour` in `src/worker.rs` that asks for it. It may change what the executor does and
//! nothing else.

use std::{
    fs,
    process::ExitCode,
    str::FromStr,
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use clap::Parser;
use codec::Encode as _;
use talka_executor::{
    Cancel, Execution, Executor, ExecutorError, Job, TransientError, WasmExecutor, MANIFEST,
};
use talka_worker::{run, start_logging, Options};

/// What goes wrong with every task.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The result is another one than was computed; always the same for the same task.
    Lie,
    /// The task never ends.
    Hang,
    /// The task begins after a pause.
    Slow(Duration),
}

impl FromStr for Fault {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "lie" => Ok(Self::Lie),
            None if text == "hang" => Ok(Self::Hang),
            Some(("slow", seconds)) => {
                let seconds = seconds.parse().map_err(|_| "a pause is a number of seconds, as in slow:10")?;
                Ok(Self::Slow(Duration::from_secs(seconds)))
            }
            _ => Err("a fault is `lie`, `hang` or `slow:SECONDS`"),
        }
    }
}

/// Executes like the real one, but for the fault.
struct Faulty {
    executor: WasmExecutor,
    fault: Fault,
}

impl Executor for Faulty {
    fn run(&self, job: &Job, cancel: &Cancel) -> Result<Execution, ExecutorError> {
        match self.fault {
            Fault::Lie => falsify(self.executor.run(job, cancel)?, job),
            Fault::Hang => {
                pause(Duration::MAX, cancel);
                Err(ExecutorError::Cancelled)
            }
            Fault::Slow(duration) => {
                pause(duration, cancel);
                self.executor.run(job, cancel)
            }
        }
    }
}

/// Change the manifest, on the disk too: what is committed to, revealed and served is one and the same lie.
fn falsify(mut execution: Execution, job: &Job) -> Result<Execution, ExecutorError> {
    for byte in &mut execution.manifest.fingerprint {
        *byte = !*byte;
    }
    let path = job.out_dir.join(MANIFEST);
    fs::write(&path, execution.manifest.encode()).map_err(|source| TransientError::Io { path, source })?;
    Ok(execution)
}

fn pause(duration: Duration, cancel: &Cancel) {
    let begin = Instant::now();
    while begin.elapsed() < duration && !cancel.is_cancelled() {
        sleep(Duration::from_millis(50));
    }
}

/// A worker that misbehaves on demand.
#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    options: Options,

    /// What goes wrong with every task: `lie`, `hang` or `slow:SECONDS`.
    #[arg(long)]
    fault: Fault,
}

fn main() -> ExitCode {
    talka_executor::compile_if_asked();
    let CommandLine { options, fault } = CommandLine::parse();
    start_logging(&options);
    match work(options, fault) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn work(options: Options, fault: Fault) -> anyhow::Result<()> {
    let executor = WasmExecutor::new(options.base_path.join("modules"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(options, Arc::new(Faulty { executor, fault })))?;
    Ok(())
}
