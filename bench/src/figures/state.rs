//! What a task that has ended leaves: in the state until the chain forgets it, and in the database.

use std::time::Duration;

use anyhow::{ensure, Result};
use clap::Args;
use frame_support::storage::storage_prefix;
use talka_runtime::BlockNumber;

use super::{Load, Rig};
use crate::{
    engine::Engine,
    load::Demand,
    report::{number, say},
};

/// Of how many blocks the node keeps the state, as it does where nothing is said.
const STATES: u32 = 256;
/// The pallets that remember something of tasks.
const PALLETS: [&str; 6] = ["Poco", "Marketplace", "Stake", "Audit", "Balances", "System"];
/// The items of `System` that are not of tasks: they grow with the blocks, or are replaced in each.
const OF_BLOCKS: [&str; 3] = ["BlockHash", "Events", "BlockWeight"];
/// Outcomes that one call forgets at most.
const AT_ONCE: u32 = 1_000;
/// Blocks that the last tasks may take.
const WIND_DOWN: u32 = 200;
/// Blocks after which what was to be forgotten has to be.
const FORGETTING: u32 = 60;

// What the measurement is told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    load: Load,
    /// Executions of each task: 1, 3, 4 or 5
    #[arg(long, default_value_t = 3)]
    executions: u32,
    /// Seconds of load
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// Tasks in a deal
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    bag: u32,
    /// Blocks from a request to its deadline: at least as many as a task may take by the rules
    #[arg(long, default_value_t = 260)]
    duration: BlockNumber,
}

impl Options {
    /// Measure and print.
    pub async fn run(&self) -> Result<()> {
        let Rig { network, mut engine, .. } = Rig::start(&self.load, self.executions, 1, STATES).await?;
        engine.clients.duration = self.duration;
        let (state, database, began) = (state(&engine).await?, network.database()?, engine.now);

        // Little waits, so that nearly all of what is bought is executed.
        let mut demand = Demand::Full { bag: self.bag, waiting: u64::from(self.bag) * 2 };
        engine.tally.begin(0);
        engine.go_on(&mut demand, Duration::from_secs(self.seconds)).await?;
        let left = engine.wind_down(WIND_DOWN).await?;
        ensure!(left == 0, "{left} tasks have not ended");
        let (settled, last) = (engine.tally.counts.settled, engine.now);
        ensure!(settled > 0, "no task was settled\nhint: the log of the node tells why");
        let per_task = |after: u64, before: u64| number((after as f64 - before as f64) / settled as f64);
        say("state/settled", settled, "tasks");
        say("state/blocks", last - began, "blocks");
        say_sizes("remembered", &state, &self::state(&engine).await?, per_task);
        say("state/database/growth", per_task(network.database()?, database), "bytes/task");

        // The deadline of the last deal, and as many blocks as the node keeps the states of.
        let until = last + self.duration.max(STATES) + 1;
        while engine.now < until {
            engine.step(&mut Demand::Nothing).await?;
        }
        say("state/database/growth_after_pruning", per_task(network.database()?, database), "bytes/task");
        let ended = std::mem::take(&mut engine.clients.ended);
        for (deal, client) in ended {
            engine.send(client, talka_pallet_poco::Call::forget_deal { deal, outcomes: AT_ONCE })?;
        }
        let until = engine.now + FORGETTING;
        while engine.now < until {
            engine.step(&mut Demand::Nothing).await?;
        }
        say_sizes("forgotten", &state, &self::state(&engine).await?, per_task);
        engine.tally.counts.say("state");
        network.finish();
        Ok(())
    }
}

/// Print what each pallet has more than before.
fn say_sizes(when: &str, before: &[u64], after: &[u64], per_task: impl Fn(u64, u64) -> String) {
    for ((pallet, before), after) in PALLETS.iter().zip(before).zip(after) {
        say(format!("state/{when}/{pallet}"), per_task(*after, *before), "bytes/task");
    }
    let sum = |sizes: &[u64]| sizes.iter().sum::<u64>();
    say(format!("state/{when}/all"), per_task(sum(after), sum(before)), "bytes/task");
}

/// The bytes of the state of each of these pallets, keys included.
async fn state(engine: &Engine) -> Result<Vec<u64>> {
    let rpc = engine.rpc();
    let hash = rpc.hash(engine.now).await?;
    let mut sizes = Vec::new();
    for pallet in PALLETS {
        // The first half of a key is the pallet's.
        let prefix = storage_prefix(pallet.as_bytes(), b"");
        let mut size = rpc.size_below(&prefix[..16], hash).await?;
        if pallet == "System" {
            for item in OF_BLOCKS {
                size -= rpc.size_below(&storage_prefix(pallet.as_bytes(), item.as_bytes()), hash).await?;
            }
        }
        sizes.push(size);
    }
    Ok(sizes)
}
