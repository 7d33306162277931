//! Processes that are killed one after the other, at moments that nobody chose.

use std::time::Duration;

use anyhow::Result;
use talka_primitives::Trust;
use talka_tests::{network::Order, worker::Behaviour, Network};
use tokio::time::sleep;

const TASKS: u32 = 6;
const ROUNDS: u64 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn lose_no_money_no_digest_and_no_task() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let worker = |name| network.worker(name, pool, Behaviour::Honest);
    let (one, two, three, app) = tokio::try_join!(
        worker("Worker1"),
        worker("Worker2"),
        worker("Worker3"),
        network.publish_idle_app()
    )?;
    let mut workers = [one, two, three];
    let order = Order { trust: Trust(4), tasks: TASKS, ..Order::new(app, pool) };
    let deal = network.request("Requester1", &order).await?.deal;

    for round in 0..ROUNDS {
        // Between one and four seconds, in no rhythm with the blocks.
        sleep(Duration::from_millis(1_000 + round * 1_103 % 3_000)).await;
        match (round % 4) as usize {
            3 => {
                network.node.kill();
                network.node.restart().await?;
            }
            unlucky => {
                workers[unlucky].kill();
                workers[unlucky].start()?;
            }
        }
    }

    let chronicle = network.until_over(deal, Duration::from_secs(60)).await?.of(deal);
    assert_eq!(chronicle.completed().len(), TASKS as usize);
    assert!(chronicle.completed().values().all(|(_, winners)| winners.len() == 3));
    assert!(chronicle.lost().is_empty() && chronicle.absences().is_empty());
    network.finish(workers).await
}
