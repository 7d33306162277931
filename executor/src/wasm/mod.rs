//! The deterministic WebAssembly sandbox.

mod cache;
mod engine;
mod execution;
mod instrument;
mod stop;
mod wasi;

use std::{fs, path::PathBuf, time::Instant};

use talka_primitives::manifest::{Manifest, WASM_ABI};

use crate::{
    error::{at, ExecutorError},
    job::{Cancel, Execution, Job},
    output, Executor,
};
use cache::{ModuleCache, Prepared};
use execution::{execute, Outcome, Watchdog};

/// Runs WASI commands, to the bit the same on every machine. See the [crate's head](crate).
pub struct WasmExecutor {
    modules: ModuleCache,
}

impl WasmExecutor {
    /// An executor that keeps compiled modules in `cache_dir`, a directory that is made if it is missing and that
    /// nobody else may be able to write to. Several processes may share it.
    ///
    /// # Errors
    ///
    /// If the directory can't be made, or this machine can't run WebAssembly.
    pub fn new(cache_dir: impl Into<PathBuf>) -> Result<Self, ExecutorError> {
        let engine = engine::engine()?;
        let linker = wasi::linker(&engine)?;
        Ok(Self { modules: ModuleCache::new(engine, linker, cache_dir.into())? })
    }

    /// Whether these bytes are an app, found out as before a task: compiled, and not run.
    ///
    /// # Errors
    ///
    /// Problems of the host alone, as in [`Executor::run`].
    pub fn check(&self, module: &[u8]) -> Result<Finding, ExecutorError> {
        Ok(match &*self.modules.get(module)? {
            Prepared::App { initial_memory, .. } => Finding::App { initial_memory: *initial_memory },
            Prepared::NotAnApp(reason) => Finding::NotAnApp(reason.clone()),
        })
    }
}

/// What a module was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// An app.
    App {
        /// Memory that it has at the start, in bytes. In a category with less it ends at once.
        initial_memory: u64,
    },
    /// Something that ends at once, with the status [`NotACommand`](talka_primitives::manifest::Trap::NotACommand),
    /// wherever it is executed; and why.
    NotAnApp(String),
}

impl Executor for WasmExecutor {
    fn run(&self, job: &Job, cancel: &Cancel) -> Result<Execution, ExecutorError> {
        let watchdog = Watchdog { job, cancel, started: Instant::now() };
        watchdog.check()?;
        let module = fs::read(&job.module).map_err(at(&job.module))?;
        let prepared = self.modules.get(&module)?;
        drop(module);
        // The module may have taken long to compile.
        watchdog.check()?;
        let Outcome {
            status,
            fuel_used,
            memory_used,
            fingerprint,
            mut files,
            empty_directories,
            stdout,
            stderr,
        } = execute(&prepared, &watchdog)?;
        let manifest = Manifest {
            abi: WASM_ABI,
            status,
            fuel_used,
            memory_used,
            fingerprint,
            files: output::describe(&mut files),
            empty_directories,
            stdout: output::blob(&stdout),
            stderr: output::blob(&stderr),
        };
        output::write(&job.out_dir, &files, &stdout, &stderr, &manifest)?;
        Ok(Execution { manifest, stderr, elapsed: watchdog.started.elapsed() })
    }
}
