//! How long a task takes while a network has less to do than it can, and what happens while it is asked for more.

use std::time::Duration;

use anyhow::{ensure, Result};
use clap::Args;

use super::{Load, Rig};
use crate::{
    engine::Engine,
    load::Demand,
    report::{number, say},
};

/// Seconds of a block.
const BLOCK: f64 = 2.0;
/// Of how many blocks the node keeps the state.
const STATES: u32 = 256;

// What both measurements are told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    load: Load,
    /// Tasks a second that the node settles at most: what `throughput` has found
    #[arg(long)]
    rate: f64,
    /// Parts of that rate, in per cent [default: 10,50,90; of an overload 50,300]
    #[arg(long, value_delimiter = ',')]
    percent: Vec<u32>,
    /// Validators
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    validators: u8,
    /// Executions of each task: 1, 3, 4 or 5
    #[arg(long, default_value_t = 3)]
    executions: u32,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// Seconds before it, at its rate
    #[arg(long, default_value_t = 40)]
    warm_up: u64,
    /// Blocks that tasks may take after a measurement until they count as lost
    #[arg(long, default_value_t = 600)]
    patience: u32,
}

impl Options {
    /// Measure below the limit, and print.
    pub async fn run_below(&self) -> Result<()> {
        self.run("latency", &[10, 50, 90]).await
    }

    /// Measure below and far above the limit, and print.
    pub async fn run_above(&self) -> Result<()> {
        self.run("overload", &[50, 300]).await
    }

    async fn run(&self, name: &str, usual: &[u32]) -> Result<()> {
        ensure!(
            self.rate > 0.0,
            "no rate is given\nhint: --rate with the number that `throughput` has found"
        );
        let percents = if self.percent.is_empty() { usual } else { self.percent.as_slice() };
        let validators = usize::from(self.validators);
        let Rig { network, mut engine, .. } =
            Rig::start(&self.load, self.executions, validators, STATES).await?;
        for percent in percents {
            self.measure(&mut engine, name, *percent).await?;
        }
        network.finish();
        Ok(())
    }

    async fn measure(&self, engine: &mut Engine, name: &str, percent: u32) -> Result<()> {
        let name = format!("{name}/{percent}");
        let rate = self.rate * f64::from(percent) / 100.0;
        let mut demand = Demand::rate(rate * BLOCK);
        engine.go_on(&mut demand, Duration::from_secs(self.warm_up)).await?;

        engine.tally.begin(engine.now);
        let before = (engine.clients.sent, engine.clients.withheld, engine.clients.made);
        engine.go_on(&mut demand, Duration::from_secs(self.seconds)).await?;
        let (sent, withheld) = (engine.clients.sent - before.0, engine.clients.withheld - before.1);
        let lost = engine.drain(self.patience).await?;
        let unanswered = engine.clients.on_their_way() as u64;

        let counts = &engine.tally.counts;
        say(format!("{name}/rate"), number(rate), "tasks/s");
        say(format!("{name}/requests_sent"), sent, "requests");
        say(format!("{name}/requests_withheld"), withheld, "requests");
        say(format!("{name}/requests_accepted"), engine.clients.made - before.2, "requests");
        say(format!("{name}/requests_refused"), counts.refused_requests, "requests");
        say(format!("{name}/requests_failed"), counts.failed_requests, "requests");
        say(format!("{name}/requests_unanswered"), unanswered, "requests");
        counts.from_request.say(format!("{name}/from_request"), "blocks");
        counts.from_draw.say(format!("{name}/from_draw"), "blocks");
        counts.say(&name);
        say(format!("{name}/tasks_lost"), lost + counts.failed, "tasks");
        Ok(())
    }
}
