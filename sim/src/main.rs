//! What the rules of Proof of Contribution are worth against workers that cheat.
//!
//! Calls the rules themselves, in `talka-primitives`: none of them is written down here a second time. The same options print the same
//! lines: seeds are fixed. What is simulated, and what not, is in `README.md`.
//!
//! | Module | What |
//! |---|---|
//! | `world` | workers, adversaries, tasks; what a policy is asked |
//! | `talka`, `credibility`, `replication` | the policies |
//! | `scenario` | runs of a policy against an adversary |
//! | `foreknowledge` | block authors that know, or withhold, what decides about lies |
//! | `report`, `plot` | lines, tables, pictures |
//!
//! # When modifying
//!
//! A rule that changes changes what is printed. `tests.rs` has thresholds, and decision 13 figures that were measured: run the parts
//! concerned again, and write down what they say. An adversary is a strategy that the rules must bear, so a new one needs no new rule.

mod credibility;
mod foreknowledge;
mod plot;
mod replication;
mod report;
mod scenario;
mod talka;
#[cfg(test)]
mod tests;
mod world;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use scenario::{play_all, Common};

/// Part of what can be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Every policy against every adversary.
    Table,
    /// One wrong result in a million, at 1.10 executions per task.
    Goal,
    /// What saboteurs with endless money get accepted, and how long honest newcomers wait.
    Frontier,
    /// What lies are worth whose authors know, or withhold, what decides about them.
    Foreknowledge,
}

/// Simulate Proof of Contribution against workers that cheat.
#[derive(Debug, Parser)]
#[command(name = "talka-sim")]
struct Options {
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["table", "goal", "frontier", "foreknowledge"])]
    parts: Vec<Part>,
    /// Only runs whose name has this in it
    #[arg(long, default_value = "")]
    only: String,
    /// Tasks that are counted in each run
    #[arg(long, default_value_t = 20_000_000)]
    tasks: u64,
    /// Tasks before that, in which reputations grow; 10 000 for each worker where not given
    #[arg(long)]
    build_up: Option<u64>,
    /// Workers
    #[arg(long, default_value_t = 1_000)]
    workers: usize,
    /// The part of the workers that is not honest, in percent
    #[arg(long, default_value_t = 20)]
    share: usize,
    /// How often an honest execution errs
    #[arg(long, default_value_t = 1e-6)]
    error: f64,
    /// Where the random numbers begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the counts as CSV and the plots as SVG into this folder
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> Result<()> {
    let Options { parts, only, tasks, build_up, workers, share, error, seed, out } = Options::parse();
    let build_up = build_up.unwrap_or(10_000 * workers as u64);
    let common = Common { workers, share, error, seed, build_up, tasks };
    let play = |part, mut scenarios: Vec<scenario::Scenario>, line: fn(&scenario::Row) -> String| {
        scenarios.retain(|scenario| scenario.name.contains(&only));
        if parts.contains(&part) {
            play_all(scenarios, |row| println!("{}", line(row)))
        } else {
            Vec::new()
        }
    };
    let table = play(Part::Table, common.table(), report::sim);
    if !table.is_empty() {
        println!("\n{}\n", report::table(&table));
    }
    let goal = play(Part::Goal, common.goal(), report::goal);
    let frontier = play(Part::Frontier, common.frontier(), report::frontier);
    if parts.contains(&Part::Foreknowledge) {
        // A lie is quickly told: as many as a hundredth of the tasks.
        for collusion in foreknowledge::all() {
            println!("{}", foreknowledge::line(collusion, collusion.play(tasks / 100, seed)));
        }
    }
    match out {
        Some(out) => report::write(&out, &table, &goal, &frontier),
        None => Ok(()),
    }
}
