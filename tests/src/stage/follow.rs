//! What is shown while the bags are executed, and how long it takes.

use std::{
    io::{stdout, IsTerminal as _},
    time::{Duration, Instant},
};

use anyhow::{ensure, Context as _, Result};
use talka_client::{events::TaskEvent, watch::DealProgress};
use talka_primitives::{view::Outcome, view::Progress, BlockNumber, TaskId};
use tokio::sync::mpsc;

use super::{
    bags::{Bag, Bought},
    Stage,
};
use crate::{chronicle::Chronicle, wait};

const PATIENCE: Duration = Duration::from_secs(300);

/// Show the progress of bags (`#` a result, `o` at work, `.` waiting) until they are over. Gives for each task the
/// seconds from the block of its request to that of its settlement, waiting in the queue included.
pub async fn to_the_end(stage: &Stage, bags: &[Bag], bought: &[Bought]) -> Result<Vec<f64>> {
    let (sender, mut news) = mpsc::unbounded_channel();
    for (bag, bought) in bought.iter().enumerate() {
        let (client, deal, sender) = (stage.network.client.clone(), bought.deal, sender.clone());
        tokio::spawn(async move {
            let mut watch = client.watch_deal(deal);
            loop {
                let step = watch.next().await;
                let over = !matches!(&step, Ok(Some(step)) if !step.view.progress.is_over());
                if sender.send((bag, step, Instant::now())).is_err() || over {
                    return;
                }
            }
        });
    }
    drop(sender);

    let mut seconds = Vec::new();
    let mut board = Board::new(bags);
    let watching = async {
        while let Some((bag, step, at)) = news.recv().await {
            let step = step?.context("a deal that was made stays")?;
            for entry in &step.ended {
                ensure!(
                    matches!(entry.item, Outcome::Completed { .. }),
                    "task {} failed: {:?}",
                    entry.id,
                    entry.item
                );
                seconds.push(at.duration_since(bought[bag].at).as_secs_f64());
            }
            board.update(bag, &step);
            board.show();
        }
        Ok(())
    };
    let outcome = wait::within("the bags to be over", PATIENCE, watching).await;
    board.print();
    outcome.map(|()| seconds)
}

/// How far all bags are. On a terminal it stays in its place; elsewhere it is a line for each block.
struct Board<'a> {
    bags: &'a [Bag],
    block: BlockNumber,
    shown: BlockNumber,
    progress: Vec<Progress>,
    lies: usize,
}

impl<'a> Board<'a> {
    fn new(bags: &'a [Bag]) -> Self {
        Self { bags, block: 0, shown: 0, progress: vec![Progress::default(); bags.len()], lies: 0 }
    }

    fn update(&mut self, bag: usize, step: &DealProgress) {
        self.block = self.block.max(step.block.number);
        self.progress[bag] = step.view.progress;
        self.lies += step.events.iter().filter(|event| matches!(event, TaskEvent::Convicted { .. })).count();
    }

    /// Once for each block, when all bags have been heard of.
    fn show(&mut self) {
        let heard_of = |progress: &Progress| *progress != Progress::default();
        if self.shown != self.block && self.progress.iter().all(heard_of) {
            self.print();
        }
    }

    fn print(&mut self) {
        let head = format!("block {:>3}, lies found: {}", self.block, self.lies);
        let bags = self.bags.iter().zip(&self.progress).map(|(bag, progress)| {
            let bar = "#".repeat(progress.completed as usize)
                + &"o".repeat(progress.open as usize)
                + &".".repeat(progress.queued as usize);
            format!("{:<15} [{bar}] {}/{}", bag.example.app, progress.completed, bag.example.tasks)
        });
        let lines: Vec<_> = [head].into_iter().chain(bags).collect();
        if !stdout().is_terminal() {
            println!("{}", lines.join("  "));
        } else {
            if self.shown > 0 {
                print!("\x1b[{}A", lines.len());
            }
            lines.iter().for_each(|line| println!("\x1b[2K{line}"));
        }
        self.shown = self.block;
    }
}

/// Say how long tasks took; gives the median of the seconds.
pub fn print_times(
    chronicle: &Chronicle,
    bags: &[Bag],
    bought: &[Bought],
    seconds: Vec<f64>,
    alone: Vec<BlockNumber>,
) -> Result<f64> {
    let mut blocks = Vec::new();
    for (bag, bought) in bags.iter().zip(bought) {
        for index in 0..bag.example.tasks {
            let task = TaskId { deal: bought.deal, index };
            let (drawn, settled) = chronicle.span(task).context("every task was settled")?;
            blocks.push(settled - drawn);
        }
    }
    let median_seconds = median(seconds).context("tasks took time")?;
    let median_blocks = median(blocks).context("tasks took blocks")?;
    println!(
        "in the bags, from request to settlement, waiting for workers included: median {median_seconds:.1} s"
    );
    println!("in the bags, from the first draw to settlement: median {median_blocks} blocks");
    println!("alone, from request to settlement, one after the other: {alone:?} blocks");
    let alone = median(alone).context("tasks were measured alone")?;
    ensure!(alone <= 6, "a task alone took {alone} blocks at the median, and the budget is 6");
    Ok(median_seconds)
}

/// The middle one; of two in the middle the greater.
pub fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() / 2).copied()
}
