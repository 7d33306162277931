use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use serde::Serialize;
use talka_client::terms::OUTPUT_BYTES;
use talka_executor::{Cancel, Executor as _, Job, Limits, WasmExecutor};
use talka_primitives::{
    manifest::{ExitStatus, OutputFile},
    ContentId, Digest, TaskId,
};

use super::content_of;
use crate::{
    context::Context,
    error::CliError,
    output::{facts, Output},
};

const MIB: u64 = 1024 * 1024;

/// Execute an app here, in the sandbox, without a chain
///
/// Prints the digest that honest workers would agree on for the same task: the same app, dataset, arguments and
/// limits. Use it to try an app before you publish it, or to check a result that you bought.
#[derive(Args, Debug)]
pub(crate) struct Command {
    /// The app: a WebAssembly file
    #[arg(long, value_name = "PATH")]
    file: PathBuf,
    /// The dataset that the app reads
    #[arg(long, value_name = "PATH")]
    dataset: Option<PathBuf>,
    /// An argument, the task's own parameter last; may be given several times
    #[arg(long = "arg", value_name = "TEXT", allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// The task; it seeds the random numbers that the app sees
    #[arg(long, value_name = "DEAL.INDEX", default_value_t = TaskId::default())]
    task: TaskId,
    /// How many tasks its deal has
    #[arg(long, value_name = "N", default_value_t = 1)]
    tasks: u32,
    /// Fuel that it may use: see `talka category list`
    #[arg(long, value_name = "N", default_value_t = u64::MAX / 2)]
    fuel: u64,
    /// Memory that it may use, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    memory: u64,
    /// Time that it may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    timeout: u64,
    /// Where to put the result; without it only the digest is printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Executed {
    digest: Digest,
    status: ExitStatus,
    fuel_used: u64,
    elapsed_ms: u64,
    files: Vec<OutputFile>,
    directory: Option<PathBuf>,
    stderr: String,
}

impl Output for Executed {
    fn text(&self) -> String {
        let mut text = facts(&[
            ("digest", self.digest.to_string()),
            ("status", format!("{:?}", self.status)),
            ("fuel used", self.fuel_used.to_string()),
            ("time", format!("{} ms", self.elapsed_ms)),
        ]);
        for file in &self.files {
            text.push_str(&format!("{}  {} bytes\n", file.path, file.blob.size));
        }
        text
    }
}

#[derive(Serialize)]
struct Checked {
    file: PathBuf,
    content: ContentId,
    bytes: u64,
}

impl Output for Checked {
    fn text(&self) -> String {
        format!("{}  {} ({} bytes)\n", self.content, self.file.display(), self.bytes)
    }
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    let scratch = tempfile::tempdir().map_err(CliError::io("create", "a temporary directory"))?;
    let out_dir = match &command.out {
        Some(out) if out.exists() => return Err(CliError::InTheWay(out.clone())),
        Some(out) => {
            let parent =
                out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            fs::create_dir_all(parent).map_err(CliError::io("create", parent.display()))?;
            out.clone()
        }
        None => scratch.path().join("out"),
    };
    let job = Job {
        task: command.task,
        task_count: command.tasks,
        module: command.file,
        arguments: command.arguments,
        stdin: Vec::new(),
        dataset: command.dataset,
        limits: Limits {
            fuel: command.fuel,
            memory_bytes: command.memory.saturating_mul(MIB),
            output_bytes: OUTPUT_BYTES,
            wall_clock: Duration::from_secs(command.timeout),
        },
        out_dir,
    };
    let executor = Arc::new(WasmExecutor::new(scratch.path().join("modules"))?);
    let execution = tokio::task::spawn_blocking(move || executor.run(&job, &Cancel::new()))
        .await
        .map_err(std::io::Error::other)
        .map_err(CliError::io("execute", "the app"))??;
    let stderr = String::from_utf8_lossy(&execution.stderr).into_owned();
    if !context.is_json() && !stderr.is_empty() {
        context.say(&stderr);
    }
    context.print(&Executed {
        digest: execution.manifest.digest(),
        status: execution.manifest.status,
        fuel_used: execution.manifest.fuel_used,
        elapsed_ms: execution.elapsed.as_millis() as u64,
        files: execution.manifest.files,
        directory: command.out,
        stderr,
    })
}

/// Whether a file can be an app, and its content id.
pub(crate) fn check(context: &Context, file: &Path) -> Result<(), CliError> {
    let bytes = fs::read(file).map_err(CliError::io("read", file.display()))?;
    if !bytes.starts_with(b"\0asm\x01\0\0\0") {
        return Err(CliError::usage(
            format!("{} is not a WebAssembly module", file.display()),
            "compile it to WASI, as in `cargo build --release --target wasm32-wasip1`",
        ));
    }
    context.print(&Checked { file: file.to_owned(), content: content_of(file)?, bytes: bytes.len() as u64 })
}
