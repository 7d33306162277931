//! How far finality is behind the head while validators are busy.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::Args;
use futures::{channel::mpsc::unbounded, FutureExt as _, StreamExt as _};
use talka_runtime::BlockNumber;

use super::{Load, Rig};
use crate::{
    load::Demand,
    report::{number, say, Sample},
    rpc::height,
};

/// Of how many blocks each node keeps the state.
const STATES: u32 = 256;
/// Blocks that a task may take after the load has ended.
const WIND_DOWN: u32 = 200;

// What the measurement is told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    load: Load,
    /// Validators
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    validators: u8,
    /// Tasks a second that are bought; without it the book is full
    #[arg(long)]
    rate: Option<f64>,
    /// Executions of each task: 1, 3, 4 or 5
    #[arg(long, default_value_t = 3)]
    executions: u32,
    /// Seconds of the measurement
    #[arg(long, default_value_t = 180)]
    seconds: u64,
    /// Seconds before it
    #[arg(long, default_value_t = 40)]
    warm_up: u64,
}

impl Options {
    /// Measure and print.
    pub async fn run(&self) -> Result<()> {
        let validators = usize::from(self.validators);
        let Rig { network, mut engine, .. } =
            Rig::start(&self.load, self.executions, validators, STATES).await?;
        let mut demand = match self.rate {
            Some(rate) => Demand::rate(rate * 2.0),
            None => Demand::Full { bag: 1_000, waiting: 3_000 },
        };
        engine.go_on(&mut demand, Duration::from_secs(self.warm_up)).await?;

        engine.tally.begin(0);
        let first = engine.now + 1;
        let mut heads = engine.rpc().finalized_heads().await?;
        let (said, mut finals) = unbounded();
        let listener = tokio::spawn(async move {
            while let Some(Ok(head)) = heads.next().await {
                let Ok(number) = height(&head) else { break };
                // Fails only where the measurement is over.
                let _ = said.unbounded_send((number, Instant::now()));
            }
        });
        let began = Instant::now();
        engine.go_on(&mut demand, Duration::from_secs(self.seconds)).await?;
        let seconds = began.elapsed().as_secs_f64();
        let finals: Vec<_> = std::iter::from_fn(|| finals.next().now_or_never().flatten()).collect();
        listener.abort();

        let name = format!("finality/{validators}");
        let (blocks, times) = lags(&engine.seen, &finals, first);
        blocks.say(format!("{name}/lag"), "blocks");
        times.say(format!("{name}/lag_in_time"), "ms");
        say(format!("{name}/settled"), number(engine.tally.counts.settled as f64 / seconds), "tasks/s");
        engine.tally.counts.say(&name);
        let lost = engine.wind_down(WIND_DOWN).await?;
        say(format!("{name}/tasks_left"), lost, "tasks");
        network.finish();
        Ok(())
    }
}

/// For each block from `first` on that became final: how many blocks the head was ahead then, and the milliseconds since it was
/// seen first.
fn lags(
    seen: &BTreeMap<BlockNumber, Instant>,
    finals: &[(BlockNumber, Instant)],
    first: BlockNumber,
) -> (Sample, Sample) {
    let (mut blocks, mut times) = (Sample::default(), Sample::default());
    let mut next = first;
    for (last, when) in finals {
        for number in next..=*last {
            let Some(born) = seen.get(&number) else { continue };
            let head = seen.iter().rev().find(|(_, born)| *born <= when).map_or(number, |(head, _)| *head);
            blocks.push(u64::from(head.saturating_sub(number)));
            times.push(when.saturating_duration_since(*born).as_millis() as u64);
        }
        next = next.max(last.saturating_add(1));
    }
    (blocks, times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_is_final_with_the_first_final_head_at_or_after_it() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let seen: BTreeMap<BlockNumber, Instant> =
            (1..=5).map(|number| (number, at(2 * u64::from(number)))).collect();
        // Blocks 1 to 3 when the head is 4; then the same head again, then block 4 when the head is 5.
        let finals = [(3, at(9)), (3, at(9)), (4, at(10))];
        let (blocks, times) = lags(&seen, &finals, 2);
        assert_eq!((blocks.count(), blocks.max(), blocks.mean()), (3, Some(2), Some(4.0 / 3.0)));
        assert_eq!((times.percentile(0), times.max()), (Some(2_000), Some(5_000)));
    }
}
