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
    /// How long tasks take at parts of a rate
    Latency(figures::latency::Options),
    /// What happens at three times the rate that a node can settle
    Overload(figures::latency::Options),
    /// What a task leaves in the state and in the database
    State(figures::state::Options),
    /// How far finality is behind while validators are busy
    Finality(figures::finality::Options),
}

impl Figure {
    async fn run(&self) -> Result<()> {
        match self {
            Self::Throughput(options) => options.run().await,
            Self::Latency(options) => options.run_below().await,
            Self::Overload(options) => options.run_above().await,
            Self::State(options) => options.run().await,
            Self::Finality(options) => options.run().await,
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
