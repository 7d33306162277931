//! The demo: a real node, five real workers of which one lies, three bags of real tasks, verified results on the disk.
//!
//! `scripts/demo` calls it when everything is built. It ends with exactly one line that begins with `DEMO`: programs read it, and
//! `README.md` quotes it.

mod check;
mod table;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{anyhow, ensure, Context as _, Result};
use clap::Parser;
use talka_client::AccountId;
use talka_tests::{
    specification::FAST,
    stage::{
        bags::{self, BAGS},
        follow, results, Stage,
    },
    worker::Behaviour,
    Network,
};

/// The workers, and the one that lies. Nobody else knows which.
const WORKERS: [&str; 5] = ["Worker1", "Worker2", "Worker3", "Worker4", "Worker5"];
const LIAR: &str = "Worker3";
/// The only validator of a development chain: it judges alone.
const VALIDATOR: &str = "Alice";

/// Show the whole of Talka once: buy three bags of tasks, and look what becomes of them.
#[derive(Parser)]
struct CommandLine {
    /// Where to leave the results.
    #[arg(long, default_value = "demo-output")]
    out: PathBuf,

    /// Seconds that set-up and build have taken, to be counted in the total.
    #[arg(long, default_value_t = 0)]
    elapsed: u64,
}

/// What the last line tells.
struct Figures {
    tasks: usize,
    accepted_wrong: usize,
    liars_penalised: usize,
    task_seconds_p50: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let begin = Instant::now();
    let CommandLine { out, elapsed } = CommandLine::parse();
    let outcome = tokio::select! {
        outcome = demo(&out) => outcome,
        _ = tokio::signal::ctrl_c() => Err(anyhow!("it was interrupted")),
    };
    match outcome {
        Ok(figures) => {
            println!(
                "DEMO ok tasks={} accepted_wrong={} liars_penalised={} task_seconds_p50={:.1} total_seconds={:.1}",
                figures.tasks,
                figures.accepted_wrong,
                figures.liars_penalised,
                figures.task_seconds_p50,
                elapsed as f64 + begin.elapsed().as_secs_f64(),
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            let chain = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
            println!("DEMO failed: {}", chain.lines().map(str::trim).collect::<Vec<_>>().join(" | "));
            ExitCode::FAILURE
        }
    }
}

async fn demo(out: &Path) -> Result<Figures> {
    step("a development node and what sits on juries for it, a pool, three apps with their data, five workers of which one lies");
    let cast = WORKERS.map(|name| {
        let behaviour = if name == LIAR { Behaviour::Lying } else { Behaviour::Honest };
        (name.to_owned(), behaviour)
    });
    let network = Network::start().await?;
    let jurors = vec![network.juror(VALIDATOR)?];
    let stage = Stage::set(network, &cast, jurors).await?;
    println!(
        "node       {} (a block every {} s, four times as fast as a public network; try polkadot.js on it)",
        stage.network.node.url(),
        FAST as f64 / 1_000.0
    );
    stage.describe();

    step("three bags of tasks are bought, and wait in the pool's queue for workers");
    let before = stage.standings().await?;
    let bought = bags::buy(&stage, &BAGS).await?;
    let seconds = follow::to_the_end(&stage, &BAGS, &bought).await?;

    step("who computed what, and what came of it");
    let chronicle = stage.network.chronicle().await?;
    let after = stage.standings().await?;
    table::print(&stage, &bought, &chronicle, &before, &after);
    let liars_penalised = check::penalties(&stage, &chronicle)?;

    step("the results, fetched from the workers and compared with a run of the same apps on this machine");
    let accepted_wrong = results::check(&stage, &BAGS, &bought, out)?;
    ensure!(accepted_wrong == 0, "{accepted_wrong} wrong results were accepted");

    step("how long a task takes that has nothing to wait for");
    let alone = bags::one_by_one(&stage).await?;
    let tasks = BAGS.iter().map(|bag| bag.example.tasks as usize).sum();
    let task_seconds_p50 = follow::print_times(&chronicle, &BAGS, &bought, seconds, alone)?;

    stage.strike().await?;
    Ok(Figures { tasks, accepted_wrong, liars_penalised, task_seconds_p50 })
}

/// The account of the liar.
fn liar(stage: &Stage) -> Result<AccountId> {
    let liar = stage.workers.iter().find(|worker| worker.name == LIAR);
    liar.map(|worker| worker.account).context("there is a liar")
}

fn step(what: &str) {
    println!("\n== {what}");
}
