//! Runs the benchmarks of the runtime's pallets, as `frame-omni-bencher` does, and with its arguments. `scripts/weights`
//! calls it.
//!
//! It is not that program because that one needs RocksDB, which this project has nowhere. The runtime gets the host functions
//! of the node, and those of the benchmarks.

use clap::Parser;
use frame_benchmarking_cli::BenchmarkCmd;
use sp_runtime::traits::BlakeTwo256;
use tracing_subscriber::EnvFilter;

/// What the command line says.
#[derive(Debug, Parser)]
#[command(name = "talka-weights")]
struct Arguments {
    #[command(subcommand)]
    version: Version,
}

/// Which arguments follow.
#[derive(Debug, clap::Subcommand)]
enum Version {
    /// Those of `frame-omni-bencher v1`.
    V1 {
        #[command(subcommand)]
        command: Command,
    },
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
    let Version::V1 { command: Command::Benchmark { command } } = Arguments::parse().version;
    match command {
        // The node has no host functions but those of Substrate, which the benchmarks bring.
        BenchmarkCmd::Pallet(pallet) => pallet.run_with_spec::<BlakeTwo256, ()>(None),
        _ => Err("only `v1 benchmark pallet` is here\nhint: `scripts/weights` runs it".into()),
    }
}
