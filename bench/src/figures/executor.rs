//! What the sandbox costs: an app that does nothing, and the example apps beside the same programs without a sandbox.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{ensure, Result};
use clap::Args;
use talka_executor::{Cancel, Executor as _, Job, Limits, Progress, WasmExecutor};
use talka_primitives::{manifest::ExitStatus, ContentId, TaskId};
use talka_tests::{
    apps::{Example, EXAMPLES},
    programs::artefact,
};
use tempfile::TempDir;

use crate::report::{number, say};

/// An app that does nothing.
const EMPTY: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

// What the measurement is told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// How often the app that does nothing is run
    #[arg(long, default_value_t = 201)]
    runs: usize,
    /// How often each example is run in each way
    #[arg(long, default_value_t = 5)]
    examples: usize,
}

impl Options {
    /// Measure and print.
    pub fn run(&self) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let lab = Lab { executor: WasmExecutor::new(folder.path().join("cache"))?, folder };

        let module = lab.folder.path().join("empty.wasm");
        fs::write(&module, wat::parse_str(EMPTY)?)?;
        let run = || lab.run(&module, Vec::new(), None, 1);
        say("executor/empty/cold", micros(run()?), "us");
        say("executor/empty/warm", micros(median(self.runs, run)?), "us");

        for example in &EXAMPLES {
            let (module, data) = (artefact(example.app)?, example.data());
            let run = || lab.run(&module, example.arguments_of(0), Some(data.clone()), example.tasks);
            let cold = run()?;
            let warm = median(self.examples, run)?;
            let native = median(self.examples, || lab.run_natively(example))?;
            let name = format!("executor/{}", example.app);
            say(format!("{name}/cold"), micros(cold), "us");
            say(format!("{name}/warm"), micros(warm), "us");
            say(format!("{name}/native"), micros(native), "us");
            say(format!("{name}/ratio"), number(warm.as_secs_f64() / native.as_secs_f64()), "times");
        }
        Ok(())
    }
}

/// An executor, and a folder for what is run and what comes of it.
struct Lab {
    executor: WasmExecutor,
    folder: TempDir,
}

impl Lab {
    /// Run task 0 in the sandbox: how long that took, with the result written.
    fn run(
        &self,
        module: &Path,
        arguments: Vec<String>,
        dataset: Option<PathBuf>,
        tasks: u32,
    ) -> Result<Duration> {
        let job = Job {
            task: TaskId::default(),
            task_count: tasks,
            module: module.to_owned(),
            content: Some(ContentId(*blake3::hash(&fs::read(module)?).as_bytes())),
            arguments,
            stdin: Vec::new(),
            dataset,
            limits: Limits {
                fuel: u64::MAX,
                memory_bytes: 1 << 30,
                output_bytes: 64 << 20,
                wall_clock: Duration::from_secs(600),
            },
            out_dir: self.folder.path().join("out"),
            progress: Progress::new(),
        };
        let began = Instant::now();
        let execution = self.executor.run(&job, &Cancel::new())?;
        let took = began.elapsed();
        let status = execution.manifest.status;
        ensure!(status == ExitStatus::Exited(0), "{} ended with {status:?}", module.display());
        Ok(took)
    }

    /// Run task 0 of an example without a sandbox, as a process of its own.
    fn run_natively(&self, example: &Example) -> Result<Duration> {
        let out = self.folder.path().join("native");
        let began = Instant::now();
        example.run_natively(TaskId::default(), &out)?;
        Ok(began.elapsed())
    }
}

/// The median of some runs, one at least.
fn median(runs: usize, run: impl FnMut() -> Result<Duration>) -> Result<Duration> {
    let mut times = std::iter::repeat_with(run).take(runs.max(1)).collect::<Result<Vec<_>>>()?;
    times.sort();
    Ok(times[times.len() / 2])
}

fn micros(time: Duration) -> String {
    number(time.as_secs_f64() * 1_000_000.0)
}
