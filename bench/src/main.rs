#![doc = include_str!("../README.md")]

mod chain;
mod engine;
mod figures;
mod load;
mod node;
mod report;
mod rpc;
mod tally;
mod workers;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Measures Talka on real nodes. Each figure is a line `BENCH name=… value=… unit=…`; all else goes to standard error.
#[derive(Debug, Parser)]
#[command(name = "talka-bench")]
struct CommandLine {
    #[command(subcommand)]
    figure: Figure,
}

#[derive(Debug, clap::Subcommand)]
enum Figure {
    /// Tasks settled a second, with what they cost the node
    Throughput(figures::throughput::Options),
}

impl Figure {
    async fn run(&self) -> Result<()> {
        match self {
            Self::Throughput(options) => options.run().await,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match CommandLine::parse().figure.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
