//! How many tasks a second a node settles, and what that costs.

use std::time::{Duration, Instant};

use anyhow::{ensure, Result};
use clap::Args;

use super::{Load, Rig};
use crate::{
    load::Demand,
    node::cpu,
    report::{number, say},
};

/// Blocks that a task may take after the load has ended.
const WIND_DOWN: u32 = 200;
/// Of how many blocks the node keeps the state, as it does where nothing is said.
const STATES: u32 = 256;

// Tasks settled a second, with the book full
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    load: Load,
    /// Executions of each task: 1, 3, 4 or 5; each is measured on a network of its own
    #[arg(long, value_delimiter = ',', default_values_t = [1, 3, 5])]
    executions: Vec<u32>,
    /// Seconds of a measurement
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Seconds before it
    #[arg(long, default_value_t = 40)]
    warm_up: u64,
    /// Tasks in a deal
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    bag: u32,
    /// Tasks that always wait
    #[arg(long, default_value_t = 3_000)]
    waiting: u64,
}

impl Options {
    /// Measure and print.
    pub async fn run(&self) -> Result<()> {
        for executions in &self.executions {
            self.measure(*executions).await?;
        }
        Ok(())
    }

    async fn measure(&self, executions: u32) -> Result<()> {
        let Rig { network, mut engine, .. } = Rig::start(&self.load, executions, 1, STATES).await?;
        let mut demand = Demand::Full { bag: self.bag, waiting: self.waiting };
        engine.go_on(&mut demand, Duration::from_secs(self.warm_up)).await?;

        engine.tally.begin(0);
        let (node, load, began) = (network.cpu()?, cpu("self")?, Instant::now());
        let (sum, count) = network.histogram("substrate_proposer_block_constructed").await?;
        let (whole, _) = network.histogram("substrate_proposer_block_proposal_time").await?;
        let made = network.making_times().count();
        engine.go_on(&mut demand, Duration::from_secs(self.seconds)).await?;
        let (node, load, seconds) =
            (network.cpu()? - node, cpu("self")? - load, began.elapsed().as_secs_f64());
        let (sum_after, count_after) = network.histogram("substrate_proposer_block_constructed").await?;
        let (whole_after, _) = network.histogram("substrate_proposer_block_proposal_time").await?;

        let name = format!("throughput/{executions}");
        let counts = std::mem::take(&mut engine.tally.counts);
        ensure!(counts.settled > 0, "no task was settled\nhint: the log of the node tells why");
        let tasks = counts.settled as f64;
        say(format!("{name}/settled"), number(tasks / seconds), "tasks/s");
        say(format!("{name}/settled_in_a_block"), number(tasks / counts.blocks as f64), "tasks");
        say(format!("{name}/executions"), number(counts.executions as f64 / tasks), "executions/task");
        say(format!("{name}/block_interval"), number(seconds / counts.blocks as f64), "s");
        say(format!("{name}/node_cpu"), number(node.as_secs_f64() * 1_000.0 / tasks), "ms/task");
        say(format!("{name}/node_cpu_share"), number(node.as_secs_f64() / seconds), "processors");
        say(format!("{name}/load_cpu"), number(load.as_secs_f64() * 1_000.0 / tasks), "ms/task");
        let blocks = (count_after - count).max(1.0);
        say(format!("{name}/block_made/mean"), number((sum_after - sum) * 1_000.0 / blocks), "ms");
        say(format!("{name}/block_proposed/mean"), number((whole_after - whole) * 1_000.0 / blocks), "ms");
        if let Some(longest) = network.making_times().after(made).max() {
            say(format!("{name}/block_made/longest"), longest, "ms");
        }
        counts.from_request.say(format!("{name}/from_request"), "blocks");
        counts.from_draw.say(format!("{name}/from_draw"), "blocks");
        counts.say(&name);
        say(format!("{name}/duties_sent_again"), engine.crew.again, "duties");

        engine.tally.begin(engine.now);
        let left = engine.wind_down(WIND_DOWN).await?;
        let counts = &engine.tally.counts;
        say(format!("{name}/tasks_lost"), left + counts.failed, "tasks");
        say(format!("{name}/penalties_after"), counts.penalties(), "penalties");
        network.finish();
        Ok(())
    }
}
