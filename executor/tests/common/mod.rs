//! A place to run apps in.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use talka_executor::{Cancel, Execution, Executor, ExecutorError, Job, Limits, Progress, WasmExecutor};
use talka_primitives::{
    id::{DealId, TaskId},
    manifest::{ExitStatus, Trap},
};
use tempfile::TempDir;

pub const MIB: u64 = 1 << 20;

/// An executor, and a directory for its cache, modules and results.
pub struct Lab {
    pub dir: TempDir,
    pub executor: WasmExecutor,
    count: AtomicU32,
}

impl Lab {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let executor = WasmExecutor::new(dir.path().join("cache")).unwrap();
        Self { dir, executor, count: AtomicU32::new(0) }
    }

    pub fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    /// A path in the directory that was not used yet.
    pub fn fresh(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}-{}", self.count.fetch_add(1, Ordering::Relaxed)))
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.fresh(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A task with a module, given as text or binary.
    pub fn job(&self, module: impl AsRef<[u8]>) -> Job {
        let module = wat::parse_bytes(module.as_ref()).map(|wasm| wasm.into_owned());
        self.job_of_bytes(module.unwrap())
    }

    /// A task with these bytes for a module.
    pub fn job_of_bytes(&self, module: impl AsRef<[u8]>) -> Job {
        self.job_of_file(&self.file("module", module))
    }

    pub fn job_of_file(&self, module: &Path) -> Job {
        Job {
            task: TaskId { deal: DealId(7), index: 3 },
            task_count: 12,
            module: module.to_owned(),
            content: None,
            arguments: Vec::new(),
            stdin: Vec::new(),
            dataset: None,
            limits: Limits {
                fuel: 1_000_000_000,
                memory_bytes: 64 * MIB,
                output_bytes: 16 * MIB,
                wall_clock: Duration::from_secs(120),
            },
            out_dir: self.fresh("out"),
            progress: Progress::new(),
        }
    }

    pub fn try_run(&self, job: &Job) -> Result<Execution, ExecutorError> {
        self.executor.run(job, &Cancel::new())
    }

    pub fn run(&self, job: &Job) -> Execution {
        self.try_run(job).unwrap()
    }

    /// Runs a module, given as text, twice; the runs must agree.
    pub fn status(&self, module: &str) -> ExitStatus {
        let job = self.job(module);
        let execution = self.run(&job);
        assert_eq!(self.run(&job).manifest.digest(), execution.manifest.digest());
        execution.manifest.status
    }
}

pub fn trapped(trap: Trap) -> ExitStatus {
    ExitStatus::Trapped(trap)
}

/// What the app left at `path` in `/out`.
pub fn output(job: &Job, path: &str) -> Vec<u8> {
    fs::read(job.out_dir.join(talka_executor::FILES).join(path)).unwrap()
}

pub fn stdout(job: &Job) -> String {
    String::from_utf8(fs::read(job.out_dir.join(talka_executor::STDOUT)).unwrap()).unwrap()
}

/// A module with this body of `_start`, one page of memory, and these declarations before it.
pub fn command(declarations: &str, body: &str) -> String {
    format!(
        r#"(module {declarations}
            (memory (export "memory") 1)
            (func (export "_start") {body}))"#
    )
}

/// Compiles a program of `tests/guest` with the ordinary compiler and standard library.
pub fn rust_program(name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guest").join(name).with_extension("rs");
    let hash = blake3::hash(&fs::read(&source).unwrap()).to_hex();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.wasm", &hash[..16]));
    if !target.exists() {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let wasm = directory.path().join("program.wasm");
        let status = Command::new("rustc")
            .args(["--edition=2021", "--target=wasm32-wasip1", "-O", "-Cstrip=symbols", "-o"])
            .args([&wasm, &source])
            .status()
            .unwrap();
        assert!(status.success(), "rustc --target wasm32-wasip1 failed: is the target installed?");
        fs::rename(wasm, &target).unwrap();
    }
    target
}
