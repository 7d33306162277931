//! Follows a deal to its end, and prints what happens to its tasks.
//!
//! ```sh
//! cargo run -p talka-client --example watch -- 0 --from 120
//! ```
//!
//! Only final blocks are read, each of them once and in order: so a program that acts on events misses none, and sees none
//! that a fork takes back. For a progress bar, `Client::watch_deal` is faster: it follows the best blocks.

use anyhow::{Context as _, Result};
use clap::Parser;
use talka_client::{events::TaskEvent, Client, Error, Tlk, Transient};
use talka_primitives::{view::Progress, BlockNumber, DealId};

/// Follow a deal and print its events.
#[derive(Parser)]
struct Options {
    /// Deal
    deal: DealId,
    /// First block to read [default: the last final block]. Nodes forget the events of old blocks, after 256 if they are no
    /// archive nodes
    #[arg(long)]
    from: Option<BlockNumber>,
    /// Node
    #[arg(long, default_value = "ws://127.0.0.1:9944")]
    url: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let client = Client::connect(&options.url).await?;
    let mut next = match options.from {
        Some(block) => block,
        None => client.finalized().await?.block().number,
    };
    let mut blocks = client.best_blocks();
    let progress = loop {
        match read(&client, options.deal, &mut next).await {
            Ok(progress) => {
                let progress = progress.context("the final blocks have no such deal")?;
                if progress.is_over() {
                    break progress;
                }
            }
            // The client connects again by itself, and `next` is still the first block that was not read.
            Err(Error::Transient(problem @ Transient::Disconnected)) => eprintln!("{problem}"),
            Err(error) => return Err(error.into()),
        }
        // A new block is the time to look whether others have become final.
        blocks.next().await;
    };
    let Progress { completed, failed, .. } = progress;
    println!("deal {} is over: {completed} tasks completed, {failed} failed", options.deal);
    Ok(())
}

/// Print what the final blocks from `next` on tell of a deal, and how far it is at the last of them. `next` is then the
/// block after that.
async fn read(client: &Client, deal: DealId, next: &mut BlockNumber) -> Result<Option<Progress>, Error> {
    let head = client.finalized().await?;
    while *next <= head.block().number {
        if let Some(block) = client.block_at(*next).await? {
            let events = client.at(block).await?.task_events().await?;
            for event in events.iter().filter(|event| event.deal() == deal) {
                print(*next, event);
            }
        }
        *next += 1;
    }
    Ok(head.deal(deal).await?.map(|view| view.progress))
}

fn print(block: BlockNumber, event: &TaskEvent) {
    let task = event.task();
    match event {
        TaskEvent::Assigned { worker, until, .. } => {
            println!("block {block}: {worker} was drawn for task {task} and has until block {until}");
        }
        TaskEvent::Committed { worker, .. } => {
            println!("block {block}: {worker} committed to a result of {task}")
        }
        TaskEvent::AuditBegun { .. } => println!("block {block}: the result of {task} is audited"),
        TaskEvent::Paid { worker, amount, .. } => {
            println!("block {block}: {worker} was paid {} TLK for {task}", Tlk(*amount));
        }
        TaskEvent::Completed { digest, assurance, .. } => {
            println!("block {block}: task {task} has the result {digest} ({assurance:?})");
        }
        // The requester has its money back.
        TaskEvent::Failed { reason, .. } => println!("block {block}: task {task} has failed ({reason:?})"),
        // The others tell of reveals, absences, disputes and juries.
        _ => {}
    }
}
