//! A node that loses power in the middle of a bag.

use std::time::Duration;

use anyhow::Result;
use talka_primitives::Trust;
use talka_tests::{network::Order, worker::Behaviour, Network};

const TASKS: u32 = 6;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_with_the_bag_after_a_restart() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let (one, two, three, app) = tokio::try_join!(
        network.worker("Worker1", pool, Behaviour::Honest),
        network.worker("Worker2", pool, Behaviour::Honest),
        network.worker("Worker3", pool, Behaviour::Honest),
        network.publish_idle_app(),
    )?;
    let order = Order { trust: Trust(4), tasks: TASKS, ..Order::new(app, pool) };
    let deal = network.request("Requester1", &order).await?.deal;
    let begun = |view: &talka_primitives::view::DealView<_>| view.progress.completed >= 1;
    network.until_deal(deal, "to have a first result", PATIENCE, begun).await?;

    network.node.kill();
    tokio::time::sleep(Duration::from_secs(3)).await;
    network.node.restart().await?;

    // Nobody was told: workers and client find the node again by themselves.
    let chronicle = network.until_over(deal, PATIENCE).await?.of(deal);
    assert_eq!(chronicle.completed().len(), TASKS as usize);
    assert!(chronicle.lost().is_empty() && chronicle.absences().is_empty());
    network.finish([one, two, three]).await
}
