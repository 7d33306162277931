//! Two requesters that want the same workers at the same time.

use std::time::Duration;

use anyhow::{Context as _, Result};
use talka_client::events::TaskEvent;
use talka_primitives::DealId;
use talka_tests::{network::Order, worker::Behaviour, Network};

const TASKS: u32 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn are_served_in_turns() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let worker = |name| network.worker(name, pool, Behaviour::Honest);
    let (one, two, app) = tokio::try_join!(worker("Worker1"), worker("Worker2"), network.publish_idle_app())?;
    let order = Order { tasks: TASKS, ..Order::new(app, pool) };
    let (first, second) =
        tokio::try_join!(network.request("Requester1", &order), network.request("Requester2", &order))?;
    let (first, second) = (first.deal, second.deal);
    network.until_over(first, Duration::from_secs(60)).await?;
    let chronicle = network.until_over(second, Duration::from_secs(60)).await?;

    for deal in [first, second] {
        assert_eq!(chronicle.of(deal).completed().len(), TASKS as usize);
        assert!(chronicle.of(deal).lost().is_empty());
    }
    // Neither waits until the other is served. From the block on in which both are there, draws alternate between
    // the two, until one has nothing left to be drawn for.
    let draws: Vec<_> = chronicle
        .facts
        .iter()
        .filter(|fact| matches!(fact.event, TaskEvent::Assigned { .. }))
        .map(|fact| (fact.block, fact.event.deal()))
        .collect();
    let blocks =
        |deal: DealId| draws.iter().filter(move |(_, drawn)| *drawn == deal).map(|(block, _)| *block);
    let both_there = blocks(first).min().max(blocks(second).min()).context("tasks of both were drawn")?;
    let both_left = blocks(first).max().min(blocks(second).max()).context("tasks of both were drawn")?;
    let mut ahead = 0i32;
    for (block, deal) in draws.iter().filter(|(block, _)| (both_there..=both_left).contains(block)) {
        ahead += if *deal == first { 1 } else { -1 };
        assert!(ahead.abs() <= 1, "at block {block} one deal is {} draws ahead: {draws:?}", ahead.abs());
    }
    network.finish([one, two]).await
}
