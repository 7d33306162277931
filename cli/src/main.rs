//! The command line `talka`: publish, sell, buy, watch and fetch results.
//!
//! | Module | What |
//! |---|---|
//! | [`args`] | what can be typed; its comments are the help |
//! | [`parse`] | what typed values mean |
//! | [`commands`] | what each command does: a file for each |
//! | [`context`] | the connection, the key, and where output goes |
//! | [`output`] | what commands print, as text and as JSON |
//! | [`follow`], [`results`] | a deal's progress, and the way of its results to the disk |
//! | [`error`] | every error with its hint and exit code |
//!
//! Data goes to standard output, talk to standard error.

mod args;
mod commands;
mod context;
mod error;
mod follow;
mod output;
mod parse;
mod results;

use std::{
    io::{self, IsTerminal as _},
    process::ExitCode,
    time::Duration,
};

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use crate::{args::Cli, error::CliError};

fn main() -> ExitCode {
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
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .without_time()
        .init();

    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => return fail(&CliError::io("start", "a runtime")(cause)),
    };
    let result = runtime.block_on(commands::run(cli));
    runtime.shutdown_timeout(Duration::from_secs(1));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &CliError) -> ExitCode {
    let (message, hint) = error.explain();
    eprintln!("error: {message}\nhint: {hint}");
    ExitCode::from(error.code())
}

/// What clap says, in the form that all our errors have.
fn complain_about_usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        print!("{}", error.render().ansi());
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let text = text.trim_end().trim_end_matches("For more information, try '--help'.").trim_end();
    eprintln!("{text}\n\nhint: `talka help` lists the commands, and --help after a command explains it");
    ExitCode::from(error::USAGE)
}
