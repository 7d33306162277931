use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use serde::Serialize;
use talka_client::terminal::one_line;
use talka_executor::{Cancel, Executor as _, Job, Limits, Progress, WasmExecutor};
use talka_primitives::{
    deal::MAX_TASKS,
    manifest::{Callback, ExitStatus, OutputFile, MAX_OUTPUT_BYTES},
    Digest, TaskId,
};

use crate::{
    context::Context,
    error::CliError,
    output::{callback_text, counted, facts, quoted, status_text, Output},
};

const MIB: u64 = 1024 * 1024;
/// The most fuel: as good as no limit.
const MAX_FUEL: u64 = u64::MAX / 2;
/// The most memory that WebAssembly can address.
const MAX_MEMORY_MIB: u64 = 4096;
/// The longest time: a year.
const MAX_SECONDS: u64 = 365 * 24 * 60 * 60;

/// Execute an app locally, in the sandbox, without a chain
///
/// Prints the digest that honest workers agree on for the same app, dataset, arguments and limits. Use it to test an app
/// before publishing it, or to check a result.
#[derive(Args, Debug)]
pub(crate) struct Command {
    /// The app: a WebAssembly file
    #[arg(long, value_name = "PATH")]
    file: PathBuf,
    /// The dataset that the app reads
    #[arg(long, value_name = "PATH")]
    dataset: Option<PathBuf>,
    /// Argument of the app, the parameter of the task last; can be repeated
    #[arg(long = "arg", value_name = "TEXT", allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// Task, as in 7.0; it seeds the app's random numbers
    #[arg(long, value_name = "DEAL.INDEX", default_value_t = TaskId::default())]
    task: TaskId,
    /// Number of tasks in the deal
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_TASKS)))]
    tasks: u32,
    /// Fuel limit: see `talka category list`
    #[arg(long, value_name = "N", default_value_t = MAX_FUEL, value_parser = clap::value_parser!(u64).range(1..=MAX_FUEL))]
    fuel: u64,
    /// Memory limit in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=MAX_MEMORY_MIB))]
    memory: u64,
    /// Time limit in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=MAX_SECONDS))]
    timeout: u64,
    /// Output directory; without it, only the digest is printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Command {
    /// Whether there is something to execute, and that task in the deal.
    fn check(&self) -> Result<(), CliError> {
        require_file(&self.file, "name the app's WebAssembly file")?;
        if let Some(dataset) = &self.dataset {
            require_file(dataset, "write the dataset to a file: apps read it in any order")?;
        }
        if self.task.index >= self.tasks {
            return Err(CliError::usage(
                format!("there is no task {} in a deal of {}", self.task, counted(self.tasks, "task")),
                "tasks are counted from 0: name the number of all with --tasks",
            ));
        }
        Ok(())
    }
}

/// Pipes and devices may block, and have no size.
fn require_file(path: &Path, hint: &str) -> Result<(), CliError> {
    let metadata = fs::metadata(path).map_err(CliError::io("read", path.display()))?;
    match metadata.is_file() {
        true => Ok(()),
        false => {
            let what = if metadata.is_dir() { "a directory" } else { "not a regular file" };
            Err(CliError::usage(format!("{} is {what}", path.display()), hint))
        }
    }
}

#[derive(Serialize)]
struct Executed {
    digest: Digest,
    status: ExitStatus,
    fuel_used: u64,
    /// Of the memory of the app, in bytes.
    memory_used: u64,
    elapsed_ms: u64,
    /// Of the file for the contract that has bought the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<Callback>,
    files: Vec<OutputFile>,
    empty_directories: Vec<String>,
    directory: Option<PathBuf>,
    stderr: String,
}

impl Output for Executed {
    fn text(&self) -> String {
        let mut known = vec![
            ("digest", self.digest.to_string()),
            ("status", status_text(self.status)),
            ("fuel used", self.fuel_used.to_string()),
            // It is made of pages of 64 KiB.
            ("memory used", format!("{} KiB", self.memory_used / 1024)),
            ("time", format!("{} ms", self.elapsed_ms)),
        ];
        known.extend(self.callback.map(|callback| ("callback", callback_text(callback))));
        let mut text = facts(&known);
        for file in &self.files {
            text.push_str(&format!("{}  {}\n", one_line(&file.path), counted(file.blob.size, "byte")));
        }
        for directory in &self.empty_directories {
            text.push_str(&format!("{}/  empty\n", one_line(directory)));
        }
        text
    }
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    command.check()?;
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
        content: None,
        arguments: command.arguments,
        stdin: Vec::new(),
        dataset: command.dataset,
        limits: Limits {
            fuel: command.fuel,
            memory_bytes: command.memory.saturating_mul(MIB),
            output_bytes: MAX_OUTPUT_BYTES,
            wall_clock: Duration::from_secs(command.timeout),
        },
        out_dir,
        progress: Progress::new(),
    };
    let executor = Arc::new(WasmExecutor::new(scratch.path().join("modules"))?);
    let execution = tokio::task::spawn_blocking(move || executor.run(&job, &Cancel::new()))
        .await
        .map_err(std::io::Error::other)
        .map_err(CliError::io("execute", "the app"))??;
    let stderr = String::from_utf8_lossy(&execution.stderr).into_owned();
    if !context.is_json() && !stderr.is_empty() {
        eprint!("{}", quoted(&stderr, ""));
    }
    context.print(&Executed {
        digest: execution.manifest.digest(),
        status: execution.manifest.status,
        fuel_used: execution.manifest.fuel_used,
        memory_used: execution.manifest.memory_used,
        elapsed_ms: execution.elapsed.as_millis() as u64,
        callback: execution.manifest.callback,
        files: execution.listing.files,
        empty_directories: execution.listing.empty_directories,
        directory: command.out,
        stderr,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::{manifest::Blob, ContentId};

    #[test]
    fn a_file_has_one_line_in_the_list_however_it_is_called() {
        let blob = Blob { size: 3, content: ContentId([2; 32]) };
        let executed = Executed {
            digest: Digest([5; 32]),
            status: ExitStatus::Exited(0),
            fuel_used: 12,
            memory_used: 1_114_112,
            elapsed_ms: 1,
            callback: None,
            files: vec![OutputFile { path: "a\nb  9 bytes\u{1b}[A\u{202e}".into(), blob }],
            empty_directories: vec!["c\nd".into()],
            directory: None,
            stderr: String::new(),
        };
        let text = executed.text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[3], "memory used  1088 KiB");
        assert_eq!(lines[5..], [r"a\nb  9 bytes\u{1b}[A\u{202e}  3 bytes", r"c\nd/  empty"]);
    }

    #[test]
    fn what_is_for_a_contract_is_told_with_the_hash_that_the_contract_compares() {
        let executed = Executed {
            digest: Digest([5; 32]),
            status: ExitStatus::Exited(0),
            fuel_used: 12,
            memory_used: 65_536,
            elapsed_ms: 1,
            callback: Some(Callback::of(b"abc")),
            files: Vec::new(),
            empty_directories: Vec::new(),
            directory: None,
            stderr: String::new(),
        };
        let hash = "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45";
        let text = executed.text();
        assert_eq!(text.lines().last(), Some(&*format!("callback     3 bytes, Keccak-256 0x{hash}")));
        let json = serde_json::to_value(&executed).unwrap();
        assert_eq!(json["callback"], serde_json::json!({ "size": 3, "keccak": hash }));
    }
}
