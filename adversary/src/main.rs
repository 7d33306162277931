//! Looks for attacks until it is told to stop.

use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        Mutex, PoisonError,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::Parser;
use talka_adversary::{
    action::Script,
    dice::Dice,
    finding::Finding,
    run::{play, play_aloud, shrink_finding, Report},
    tactics::{self, Tactic},
};

/// Look for attacks on the runtime.
#[derive(Debug, Parser)]
#[command(name = "talka-adversary")]
struct Options {
    /// The first seed; each run has the next one
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs at most
    #[arg(long)]
    runs: Option<u64>,
    /// Transactions at most
    #[arg(long)]
    calls: Option<u64>,
    /// Minutes at most; one where nothing else is limited
    #[arg(long)]
    minutes: Option<u64>,
    /// Runs at the same time [default: one for each processor]
    #[arg(long)]
    threads: Option<usize>,
    /// Actions of the adversary in each run
    #[arg(long, default_value_t = 60)]
    actions: usize,
    /// Only findings whose name has this in it, as in Loss/Forfeit
    #[arg(long, default_value = "")]
    only: String,
    /// Only this tactic, and nothing else in a run
    #[arg(long, value_enum)]
    tactic: Option<Tactic>,
    /// Play this script, as it was printed, and nothing else
    #[arg(long)]
    script: Option<String>,
    /// Print the events of each block of the script
    #[arg(long, requires = "script")]
    trace: bool,
    /// Print the script of the first run, and end
    #[arg(long)]
    show: bool,
}

impl Options {
    /// What the adversary does in the run with this seed.
    fn script(&self, seed: u64) -> Script {
        let mut dice = Dice::seeded(seed);
        match self.tactic {
            Some(tactic) => Script { seed, actions: tactic.play(&mut dice) },
            None => tactics::script(&mut dice, seed, self.actions),
        }
    }

    /// When to stop, if it is by time.
    fn time(&self) -> Option<Duration> {
        let nothing_else = self.runs.is_none() && self.calls.is_none();
        let minutes = self.minutes.or(nothing_else.then_some(1))?;
        Some(Duration::from_secs(minutes.saturating_mul(60)))
    }
}

/// What all threads have found together.
struct Hunt<'a> {
    options: &'a Options,
    began: Instant,
    /// Runs that have begun.
    runs: AtomicU64,
    sum: Mutex<Sum>,
}

#[derive(Default)]
struct Sum {
    runs: u64,
    report: Report,
    known: Vec<Finding>,
}

impl Hunt<'_> {
    fn sum<R>(&self, what: impl FnOnce(&mut Sum) -> R) -> R {
        what(&mut self.sum.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The seed of the next run, if there is one.
    fn next(&self) -> Option<u64> {
        let calls = self.sum(|sum| sum.report.calls);
        let is_over = self.options.calls.is_some_and(|most| calls >= most)
            || self.options.time().is_some_and(|most| self.began.elapsed() >= most);
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let is_last = self.options.runs.is_some_and(|most| run >= most);
        (!is_over && !is_last).then(|| self.options.seed.wrapping_add(run))
    }

    /// Runs one after another.
    fn go_on(&self) {
        while let Some(seed) = self.next() {
            let script = self.options.script(seed);
            let report = play(&script);
            let (calls, news) = self.sum(|sum| sum.add(report, &self.options.only));
            for finding in news {
                let shortest = shrink_finding(&script, &finding);
                self.sum(|_| {
                    println!("after {} s and {calls} calls: {finding}", self.began.elapsed().as_secs());
                    print(&shortest);
                });
            }
        }
    }
}

impl Sum {
    /// Add a run. Gives the calls so far, and what was not found before.
    fn add(&mut self, report: Report, only: &str) -> (u64, Vec<Finding>) {
        let sum = &mut self.report;
        self.runs += 1;
        sum.calls += report.calls;
        sum.blocks += report.blocks;
        sum.refused += report.refused;
        sum.results += report.results;
        sum.wrong += report.wrong;
        let known = &self.known;
        let is_new = |finding: &Finding| {
            !known.iter().any(|other| other.is_like(finding)) && finding.to_string().contains(only)
        };
        let news: Vec<_> = report.findings.into_iter().filter(is_new).collect();
        self.known.extend(news.iter().cloned());
        (self.report.calls, news)
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(script) = &options.script {
        let script = Script::from_hex(script)?;
        print(&script);
        let report = if options.trace { play_aloud(&script) } else { play(&script) };
        for finding in report.findings {
            println!("{finding}");
        }
        return Ok(());
    }
    if options.show {
        print(&options.script(options.seed));
        return Ok(());
    }
    let threads = options.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let hunt =
        Hunt { options: &options, began: Instant::now(), runs: AtomicU64::new(0), sum: Mutex::default() };
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| hunt.go_on());
        }
    });
    hunt.sum(|Sum { runs, report, known }| {
        println!(
            "ATTACKS calls={} blocks={} runs={runs} seconds={} results={} wrong={} refused={} found={}",
            report.calls,
            report.blocks,
            hunt.began.elapsed().as_secs(),
            report.results,
            report.wrong,
            report.refused,
            known.len()
        );
    });
    Ok(())
}

fn print(script: &Script) {
    println!("  seed {}", script.seed);
    for action in &script.actions {
        println!("  {action:?}");
    }
    println!("  --script {}", script.to_hex());
}
