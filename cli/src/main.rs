//! The command line `talka`: publish, sell, buy, watch and fetch results.
//!
//! | Module | What |
//! |---|---|
//! | [`cli`] | the commands, and what runs each |
//! | [`args`] | what every command takes |
//! | [`parse`] | what typed values mean |
//! | [`commands`] | what each command does: a file for each |
//! | [`context`] | the connection, the key, and where output goes |
//! | [`output`] | what commands print, as text and as JSON |
//! | [`logs`] | what a task does and says while it is executed |
//! | [`follow`], [`results`] | a deal's progress, and the way of its results to the disk |
//! | [`keeper`] | results that are kept when their workers have left |
//! | [`ending`] | how commands end that go on until they are stopped |
//! | [`error`] | every error with its hint and exit code |
//!
//! # Contract
//!
//! Data goes to standard output, talk to standard error, and with `--output json` each command prints values that programs can rely on.
//! A command that fails says why and what to do next (`hint:`), and ends with 1, or with 2 where it was not well formed; what can be
//! known before money is spent is checked before.
//!
//! # When modifying
//!
//! * Help and output are kept as snapshots (`src/snapshots`): look at each difference. A field of the JSON that is renamed or gone breaks
//!   scripts, and is told in `CHANGELOG.md`.
//! * A command is a file in `commands`, prints a type of `output`, and does what it does through `talka-client`: what a program might
//!   want too belongs there.
//! * `docs/buy-and-sell.md` and `docs/operate` quote commands.

mod args;
mod cli;
mod commands;
mod context;
mod ending;
mod error;
mod follow;
mod keeper;
mod logs;
mod output;
mod parse;
mod results;

use std::{io, process::ExitCode, time::Duration};

use anstream::{AutoStream, ColorChoice};
use clap::{Parser as _, ValueEnum as _};
use serde_json::json;
use talka_client::terminal;
use talka_primitives::Hint as _;
use tracing_subscriber::{fmt::format::debug_fn, EnvFilter};

use crate::{args::Format, cli::Cli, error::CliError};

fn main() -> ExitCode {
    talka_executor::compile_if_asked();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return complain_about_usage(&error),
    };
    let level = match cli.global.verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter =
        EnvFilter::builder().parse_lossy(std::env::var("TALKA_LOG").unwrap_or_else(|_| level.into()));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .fmt_fields(debug_fn(|writer, field, value| terminal::log_field(writer, field.name(), value)))
        .with_writer(io::stderr)
        .with_ansi(AutoStream::choice(&io::stderr()) != ColorChoice::Never)
        .without_time()
        .init();

    let format = cli.global.output;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => return fail(&CliError::io("start", "a runtime")(cause), format),
    };
    let result = runtime.block_on(cli::run(cli));
    runtime.shutdown_timeout(Duration::from_secs(1));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, format),
    }
}

fn fail(error: &CliError, format: Format) -> ExitCode {
    complain(&error.to_string(), &error.hint(), format);
    ExitCode::from(error.code())
}

fn complain(message: &str, hint: &str, format: Format) {
    let text = match format {
        Format::Text => {
            format!("error: {}\nhint: {}", terminal::paragraph(message), terminal::paragraph(hint))
        }
        Format::Json => terminal::json(&json!({ "error": message, "hint": hint }).to_string()),
    };
    eprintln!("{text}");
}

/// What clap says, in the form that all our errors have.
fn complain_about_usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // An error means that the reader has had enough, as `head` has.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let text = text.trim_start_matches("error: ").trim_end();
    let text = text.trim_end_matches("For more information, try '--help'.").trim_end();
    let hint = "`talka help` lists the commands, and --help after a command explains it";
    complain(text, hint, typed_format());
    ExitCode::from(error::USAGE)
}

/// The format that was asked for, as far as that can be told of arguments that are not well formed.
fn typed_format() -> Format {
    let arguments: Vec<_> = std::env::args_os().map(|text| text.to_string_lossy().into_owned()).collect();
    let after = |name: &str| arguments.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1].clone());
    let joined = arguments.iter().find_map(|text| text.strip_prefix("--output=").map(ToOwned::to_owned));
    let typed = joined.or_else(|| after("--output")).or_else(|| std::env::var("TALKA_OUTPUT").ok());
    typed.and_then(|typed| Format::from_str(&typed, false).ok()).unwrap_or(Format::Text)
}
