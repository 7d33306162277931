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
    /// How the cost of a request, a draw and a deadline grows with what is open
    Cost(figures::cost::Options),
    /// How long it takes to list what is offered
    Offers(figures::offers::Options),
    /// What the sandbox costs
    Executor(figures::executor::Options),
    /// How fast a store takes and fetches a blob
    Store(figures::store::Options),
}

impl Figure {
    async fn run(&self) -> Result<()> {
        match self {
            Self::Throughput(options) => options.run().await,
            Self::Latency(options) => options.run_below().await,
            Self::Overload(options) => options.run_above().await,
            Self::State(options) => options.run().await,
            Self::Finality(options) => options.run().await,
            Self::Cost(options) => options.run(),
            Self::Offers(options) => options.run().await,
            Self::Executor(options) => options.run(),
            Self::Store(options) => options.run().await,
        }
    }
}

fn main() -> ExitCode {
    talka_executor::compile_if_asked();
    run()
}

#[tokio::main]
async fn run() -> ExitCode {
    match CommandLine::parse().figure.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
