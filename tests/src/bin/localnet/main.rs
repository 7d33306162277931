//! A network on one machine: validators, workers, a pool and apps that are for sale. It goes on until it is stopped.
//!
//! `scripts/localnet` calls it when everything is built. A network that was stopped, or killed, goes on where it was: what it needs to know
//! for that is in its `note`, which earlier versions have written too. `docs/operate/node.md` tells its ports and folders.

mod note;
mod status;

use std::{
    future::Future,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{ensure, Context as _, Result};
use clap::Parser;
use talka_tests::{
    cluster::{Plan, Ports},
    folder::Folder,
    programs::program,
    stage::{
        bags::{self, Bag, BAGS},
        follow, results, Stage,
    },
    worker::{Behaviour, Worker},
    Cluster, Network,
};
use tokio::signal::unix::{signal, SignalKind};

use crate::{note::Note, status::Status};

/// How long a new chain may take until a block is final.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long workers may finish what they have begun.
const COURTESY: Duration = Duration::from_secs(3);
/// How long a process may take to end by itself.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A network of validators and workers on this machine, until Ctrl-C.
#[derive(Parser)]
struct CommandLine {
    /// How many validators.
    #[arg(default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    validators: u8,

    /// How many workers.
    #[arg(default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=32))]
    workers: u8,

    /// Where the network keeps its files. Where there is a network already, it goes on.
    #[arg(long, value_name = "DIR", default_value = "localnet")]
    folder: PathBuf,

    /// Use any free ports instead of the usual ones, and serve no metrics: for a second network on this machine.
    #[arg(long)]
    free_ports: bool,

    /// Forget the network in the folder first.
    #[arg(long)]
    fresh: bool,

    /// Buy the bags of the demo, or the one of this app, and check the results.
    #[arg(long, value_name = "APP", num_args = 0..=1, default_missing_value = "all")]
    bag: Option<String>,

    /// Stop after this number of seconds.
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,

    /// Stop when this block is final.
    #[arg(long, value_name = "BLOCK")]
    until_final: Option<u32>,
}

impl CommandLine {
    /// The bags that are to be bought.
    fn bags(&self) -> Result<Vec<Bag>> {
        let Some(wanted) = &self.bag else { return Ok(Vec::new()) };
        let is_wanted = |bag: &&Bag| wanted == "all" || wanted == bag.example.app;
        let bags: Vec<_> = BAGS.iter().filter(is_wanted).cloned().collect();
        let apps = BAGS.each_ref().map(|bag| bag.example.app).join(", ");
        ensure!(!bags.is_empty(), "there is no bag of `{wanted}`\nhint: there are {apps}, and `all`");
        Ok(bags)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let line = CommandLine::parse();
    match localnet(&line).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            println!("LOCALNET failed: {}", error.to_string().lines().next().unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

async fn localnet(line: &CommandLine) -> Result<()> {
    let bags = line.bags()?;
    let mut stop = Stop::listen()?;
    let Some(opened) = stop.or(open(line)).await else { return Ok(()) };
    let (cluster, stage, seconds) = opened?;
    let outcome = stop.or(play(line, &bags, &cluster, &stage, seconds)).await;
    if outcome.is_none() {
        println!("stopping; workers have {} s to finish what they have begun", COURTESY.as_secs());
    }
    stage.network.close().await;
    let killed = stop_all(&cluster, &stage);
    ensure!(killed.is_empty(), "had to be killed: {}\nhint: their logs tell why", killed.join(", "));
    outcome.unwrap_or(Ok(()))?;
    println!("stopped; the network is in {}", cluster.folder().path().display());
    Ok(())
}

/// Start everything. Gives the seconds until a block was final, too.
async fn open(line: &CommandLine) -> Result<(Cluster, Stage, f64)> {
    let begin = Instant::now();
    if line.fresh {
        Cluster::forget(&line.folder)?;
    }
    let goes_on = Cluster::is_in(&line.folder);
    let folder = Folder::at(&line.folder)?;
    let names: Vec<_> = (1..=line.workers).map(|number| format!("Worker{number}")).collect();
    let mut plan = Plan::with_validators(line.validators.into());
    plan.ports = if line.free_ports { Ports::Free } else { Ports::Usual };
    plan.start.slot = None;
    plan.start.endowed = names.clone();

    let what = if goes_on { "goes on" } else { "begins" };
    println!("a chain of {} validators {what} in {}", line.validators, folder.path().display());
    let cluster = Cluster::start(folder, &plan).await?;
    let before = cluster.nodes[0].heads().await?.finalized;
    cluster.until_final(0, before + 1, PATIENCE).await?;
    let seconds = begin.elapsed().as_secs_f64();
    println!("block {} was final {seconds:.1} s after the start", before + 1);

    let cast: Vec<_> = names.into_iter().map(|name| (name, Behaviour::Honest)).collect();
    let note = Note::in_folder(cluster.folder().path())?;
    let network = Network::over(&cluster, note.provider).await.context("cannot trade on the chain")?;
    let jurors = cluster
        .nodes
        .iter()
        .map(|node| network.juror_at(&node.url(), node.name()))
        .collect::<Result<Vec<_>>>()?;
    let stage = match &note.offer {
        Some(offer) => Stage::set_again(network, offer.clone(), &cast, jurors).await?,
        None => Stage::set(network, &cast, jurors).await?,
    };
    note.save(cluster.folder().path(), &stage.offer)?;
    for node in &cluster.nodes {
        println!("validator  {:<12} {}  log {}", node.name(), node.url(), node.log().display());
    }
    stage.describe();
    describe_use(&stage)?;
    Ok((cluster, stage, seconds))
}

/// The command lines that a user may try.
fn describe_use(stage: &Stage) -> Result<()> {
    let bag = &BAGS[0];
    let ware = stage.offer.ware(&bag.example)?;
    println!("\nTry it:");
    println!("  export TALKA_URL={} TALKA_KEY=dev:{}", stage.network.node.url(), bag.requester);
    println!("  PATH={}:$PATH", program("talka")?.parent().unwrap_or(Path::new(".")).display());
    println!("  talka app list");
    println!(
        "  talka run --app {} --dataset {} --pool {} --tasks {} --trust {} --out results {}",
        ware.app,
        ware.dataset,
        stage.offer.pool,
        bag.example.tasks,
        bags::TRUST,
        bag.example
            .arguments
            .iter()
            .map(|argument| format!("--arg {argument}"))
            .collect::<Vec<_>>()
            .join(" "),
    );
    println!("  talka deal list");
    println!("In a browser: ./scripts/page, and then the node at {}\n", stage.network.node.url());
    Ok(())
}

/// Buy the bags, then show how the network does, for as long as was asked.
async fn play(
    line: &CommandLine,
    bags: &[Bag],
    cluster: &Cluster,
    stage: &Stage,
    seconds: f64,
) -> Result<()> {
    let begin = Instant::now();
    if !bags.is_empty() {
        let bought = bags::buy(stage, bags).await?;
        follow::to_the_end(stage, bags, &bought).await?;
        let out = cluster.folder().path().join("results");
        let wrong = results::check(stage, bags, &bought, &out)?;
        ensure!(wrong == 0, "{wrong} wrong results were accepted");
        let tasks: u32 = bags.iter().map(|bag| bag.example.tasks).sum();
        println!(
            "LOCALNET ok validators={} workers={} tasks={tasks} accepted_wrong={wrong} seconds_to_final={seconds:.1}",
            cluster.nodes.len(),
            stage.workers.len(),
        );
    }
    let mut status = Status::of(cluster, stage).await?;
    loop {
        let finalized = status.show().await?;
        let is_over = line.seconds.is_some_and(|seconds| begin.elapsed() >= Duration::from_secs(seconds))
            || line.until_final.is_some_and(|block| finalized >= block);
        if is_over {
            return Ok(());
        }
        tokio::time::sleep(status::PERIOD).await;
    }
}

/// Ask everybody to end, workers first. Gives the names of those that had to be killed.
fn stop_all(cluster: &Cluster, stage: &Stage) -> Vec<String> {
    let workers = stage.workers.iter().chain(&stage.jurors);
    let mut killed = Worker::end_all(workers, COURTESY, LAST_WORDS, |busy| {
        println!("still finishing tasks, which are dropped now: {}", busy.join(", "));
    });
    killed.extend(cluster.stop(LAST_WORDS));
    killed
}

/// Whether somebody wants all to end.
struct Stop {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
        })
    }

    /// What the work gives; nothing where it was stopped.
    async fn or<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            outcome = work => Some(outcome),
            _ = self.interrupted.recv() => None,
            _ = self.terminated.recv() => None,
        }
    }
}
