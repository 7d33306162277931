//! Runs the community's test suite of WASI preview 1 in the sandbox.
//!
//! `cargo run -p talka-executor --example wasi_suite -- DIR`, where DIR is a checkout of the branch `prod/testsuite-base` of
//! github.com/WebAssembly/wasi-testsuite. Ends with an error if a test fails that is not among the [`EXCLUDED`], or one of those
//! passes.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;
use talka_executor::{Cancel, Executor, Job, Limits, Progress, WasmExecutor, STDOUT};
use talka_primitives::{id::TaskId, manifest::ExitStatus};

type Failure = Box<dyn std::error::Error>;

const LINKS: &str = "there are no links";
const FILES: &str = "a task has a dataset, and no other files at its start";
const ENVIRONMENT: &str = "the environment is that of the task";

/// What the sandbox excludes by its rules.
const EXCLUDED: [(&str, &str); 17] = [
    ("assemblyscript/environ_get-multiple-variables", ENVIRONMENT),
    ("assemblyscript/environ_sizes_get-multiple-variables", ENVIRONMENT),
    ("assemblyscript/environ_sizes_get-no-variables", ENVIRONMENT),
    ("c/fdopendir-with-access", FILES),
    ("c/fopen-with-access", FILES),
    ("c/lseek", FILES),
    ("c/pread-with-access", FILES),
    ("c/pwrite-with-access", FILES),
    ("c/sock_shutdown-invalid_fd", "it takes for closed what is the directory `/in`"),
    ("c/stat-dev-ino", FILES),
    ("rust/nofollow_errors", LINKS),
    ("rust/path_exists", LINKS),
    ("rust/path_link", LINKS),
    ("rust/path_symlink_trailing_slashes", LINKS),
    ("rust/readlink", LINKS),
    ("rust/symlink_create", LINKS),
    ("rust/symlink_filestat", LINKS),
];

fn main() -> Result<(), Failure> {
    let suite = env::args_os().nth(1).ok_or("which checkout? wasi_suite DIR")?;
    let scratch = tempfile::tempdir()?;
    let executor = WasmExecutor::new(scratch.path().join("cache"))?;
    let mut counts = [0; 3];
    let mut unexpected = 0;
    for (name, module) in modules(Path::new(&suite))? {
        let outcome = run(&executor, &module, scratch.path())?;
        let excluded = EXCLUDED.iter().find(|(excluded, _)| *excluded == name).map(|(_, reason)| *reason);
        let (kind, said) = match (&outcome, excluded) {
            (Ok(()), None) => (0, "passed".to_owned()),
            (Err(why), None) => (1, format!("FAILED: {why}")),
            (Ok(()), Some(_)) => (1, "PASSED, though it is excluded".to_owned()),
            (Err(_), Some(reason)) => (2, format!("excluded: {reason}")),
        };
        counts[kind] += 1;
        unexpected += usize::from(kind == 1);
        println!("{name:58} {said}");
    }
    let [passed, failed, excluded] = counts;
    println!("\n{passed} passed, {failed} failed, {excluded} excluded");
    match unexpected {
        0 if passed > 0 => Ok(()),
        0 => Err("there are no tests in this folder".into()),
        _ => Err(format!("{unexpected} are not as they should be").into()),
    }
}

/// The tests for preview 1, by language and name.
fn modules(suite: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let mut modules = Vec::new();
    for language in fs::read_dir(suite.join("tests"))? {
        let language = language?;
        let Ok(folder) = fs::read_dir(language.path().join("testsuite/wasm32-wasip1")) else { continue };
        for file in folder {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "wasm") {
                let name = path.file_stem().unwrap_or_default().display();
                modules.push((format!("{}/{name}", language.file_name().display()), path));
            }
        }
    }
    modules.sort();
    Ok(modules)
}

/// Runs a test as the file beside it says; answers why it failed.
fn run(executor: &WasmExecutor, module: &Path, scratch: &Path) -> Result<Result<(), String>, Failure> {
    let description = match fs::read(module.with_extension("json")) {
        Ok(description) => serde_json::from_slice(&description)?,
        Err(_) => Value::Null,
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let job = Job {
        task: TaskId::default(),
        task_count: 1,
        module: module.to_owned(),
        content: None,
        arguments: description["args"].as_array().into_iter().flatten().map(text).collect(),
        stdin: Vec::new(),
        dataset: None,
        limits: Limits {
            fuel: 10_000_000_000,
            memory_bytes: 256 << 20,
            output_bytes: 16 << 20,
            wall_clock: Duration::from_secs(60),
        },
        out_dir: scratch.join("out"),
        progress: Progress::new(),
    };
    let execution = executor.run(&job, &Cancel::new())?;
    let expected = ExitStatus::Exited(description["exit_code"].as_i64().unwrap_or(0) as i32);
    if execution.manifest.status != expected {
        let said = String::from_utf8_lossy(&execution.stderr);
        let last = said.lines().filter(|line| !line.starts_with("note:")).collect::<Vec<_>>().join(" ");
        return Ok(Err(format!("{:?}: {}", execution.manifest.status, last.escape_debug())));
    }
    let stdout = fs::read(job.out_dir.join(STDOUT))?;
    match description["stdout"].as_str() {
        Some(wanted) if stdout != wanted.as_bytes() => Ok(Err("another standard output".into())),
        _ => Ok(Ok(())),
    }
}
