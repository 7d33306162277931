//! Runs the benchmarks of the runtime's pallets, as `frame-omni-bencher` does, and with its arguments. `scripts/weights`
//! calls it.
//!
//! It is not that program because that one needs RocksDB, which this project has nowhere. The runtime gets the host functions
//! of the node, and those of the benchmarks.

mod database;

use clap::Parser;
use frame_benchmarking_cli::BenchmarkCmd;
use sp_runtime::traits::BlakeTwo256;
use tracing_subscriber::EnvFilter;

/// What the command line says.
#[derive(Debug, Parser)]
#[command(name = "talka-weights")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// What is measured.
#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Those of `frame-omni-bencher v1`.
    V1 {
        #[command(subcommand)]
        command: Command,
    },
    /// A read and a write of the state in the node's database.
    Database(database::Options),
}

/// What is to be done.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run benchmarks.
    Benchmark {
        #[command(subcommand)]
        command: BenchmarkCmd,
    },
}

fn main() -> sc_cli::Result<()> {
    let usual = || EnvFilter::new("info,cranelift_codegen=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| usual());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match Arguments::parse().task {
        // The node has no host functions but those of Substrate, which the benchmarks bring.
        Task::V1 { command: Command::Benchmark { command: BenchmarkCmd::Pallet(pallet) } } => {
            pallet.run_with_spec::<BlakeTwo256, ()>(None)
        }
        Task::V1 { .. } => Err("only `v1 benchmark pallet` is here\nhint: `scripts/weights` runs it".into()),
        Task::Database(options) => options.run(),
    }
}
