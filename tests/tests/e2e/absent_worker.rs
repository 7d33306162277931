//! A worker that takes a task and never delivers.

use std::time::Duration;

use anyhow::{ensure, Context as _, Result};
use talka_client::amount::UNIT;
use talka_primitives::{settlement::absence_fine, Balance, CategoryId, TaskId};
use talka_tests::{
    books::audit_fund,
    network::{Order, BOND, VALUE},
    worker::Behaviour,
    Network,
};

/// Enough more than the other one that it is drawn first.
const BIG_BOND: Balance = 500 * BOND;
const SHORT: CategoryId = CategoryId(9);

#[tokio::test(flavor = "multi_thread")]
async fn is_fined_and_replaced() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let (absent, honest, app) = tokio::try_join!(
        network.absent_worker("Worker1", pool, BIG_BOND),
        network.worker("Worker2", pool, Behaviour::Honest),
        network.publish_idle_app(),
    )?;
    network.set_category(SHORT, 1, pool).await?;

    let before = network.books().await?;
    let deal = network.request("Requester1", &Order { category: SHORT, ..Order::new(app, pool) }).await?.deal;
    let chronicle = network.until_over(deal, Duration::from_secs(90)).await?.of(deal);
    let after = network.books().await?;

    let task = TaskId { deal, index: 0 };
    assert_eq!(chronicle.absences(), [(task, absent)]);
    let (_, winners) = chronicle.completed().remove(&task).context("the task was completed")?;
    assert_eq!(winners, [honest.account]);

    let fine = absence_fine(VALUE);
    let fund = after.of(audit_fund()) - before.of(audit_fund());
    assert_eq!(before.bonds() - after.bonds(), fine);
    ensure!(fund >= fine && fund < fine + UNIT, "more than the fine and a fee went to the fund: {fund}");
    let standing = network.client.best().await?.worker(absent).await?.context("it has a standing")?;
    assert_eq!(standing.bond, BIG_BOND - fine);
    network.finish([honest]).await
}
