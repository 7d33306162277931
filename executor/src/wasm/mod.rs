//! The deterministic WebAssembly sandbox.

mod cache;
mod compiler;
mod engine;
mod entry;
mod execution;
mod instrument;
mod stop;
mod wasi;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Instant,
};

use talka_primitives::{
    id::ContentId,
    manifest::{Blob, Listing, Manifest, WASM_ABI},
};

use crate::{
    error::{at, ExecutorError},
    job::{Cancel, Execution, Job, Limits},
    output, Executor,
};
use cache::{ModuleCache, Prepared};
use compiler::Source;
use engine::STACK_IN_USE;
use execution::{execute, Outcome};
use stop::Watchdog;

pub use cache::MODULES_MEMORY;
pub use compiler::{compile_if_asked, COMPILER_MEMORY};

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

    /// Whether these bytes are an app. They are checked as before a task: compiled, and not run.
    ///
    /// # Errors
    ///
    /// Problems of the host alone, as in [`Executor::run`].
    pub fn check(&self, module: &[u8]) -> Result<Finding, ExecutorError> {
        Ok(match &*self.modules.get(Source::Bytes(module), &|| Ok(()))? {
            Prepared::App { initial_memory, .. } => Finding::App { initial_memory: *initial_memory },
            Prepared::NotAnApp(reasons) => Finding::NotAnApp(reasons.clone()),
        })
    }
}

/// Memory of the host that one task takes at most, in bytes. Beside its tasks, a process takes [`COMPILER_MEMORY`]
/// while it compiles, once, and [`MODULES_MEMORY`].
pub fn memory_needed(limits: &Limits) -> u64 {
    limits.memory_bytes.saturating_add(limits.output_bytes.saturating_mul(4)).saturating_add(STACK_IN_USE)
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
    /// wherever it is executed; and why: all reasons that were found, each a part of a sentence.
    NotAnApp(Vec<String>),
}

impl Executor for WasmExecutor {
    fn run(&self, job: &Job, cancel: &Cancel) -> Result<Execution, ExecutorError> {
        let watchdog = Watchdog::new(job, cancel);
        watchdog.check()?;
        let content = match job.content {
            Some(content) => content,
            None => content_of(&job.module).map_err(at(&job.module))?,
        };
        let prepared = self.modules.get(Source::File(&job.module, content), &|| watchdog.check())?;
        watchdog.check()?;
        let started = Instant::now();
        let Outcome {
            status,
            fuel_used,
            memory_used,
            fingerprint,
            mut files,
            empty_directories,
            stdout,
            stderr,
        } = execute(&prepared, job, &watchdog)?;
        let listing = Listing { files: output::describe(&mut files), empty_directories };
        let manifest = Manifest {
            abi: WASM_ABI,
            status,
            fuel_used,
            memory_used,
            fingerprint,
            listing: listing.blob(),
            callback: output::callback(&files),
            stdout: Blob::of(&stdout),
            stderr: Blob::of(&stderr),
        };
        output::write(&job.out_dir, &files, &stdout, &stderr, &listing, &manifest)?;
        Ok(Execution { manifest, listing, stderr, elapsed: started.elapsed() })
    }
}

fn content_of(module: &Path) -> io::Result<ContentId> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(module)?)?;
    Ok(ContentId(*hasher.finalize().as_bytes()))
}
