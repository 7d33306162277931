//! Money that comes back by itself.

use std::time::Duration;

use anyhow::Result;
use talka_primitives::{
    task::{DeclineReason, Failure},
    Balance, Deal, TaskId,
};
use talka_tests::{
    books::{audit_fund, Books},
    network::{Order, POOL_PRICE},
    worker::Behaviour,
    Network,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// What the requester has less is one fee, and the author of the blocks has it.
fn only_a_fee_was_paid(network: &Network, before: &Books, after: &Books) -> Result<()> {
    let (requester, author) = (network.account("Requester1")?.id(), network.account("Alice")?.id());
    let spent = before.of(requester) - after.of(requester);
    assert!(spent > 0);
    assert_eq!(after.of(author) - before.of(author), spent);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn come_for_an_app_that_three_workers_cannot_fetch() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let worker = |name| network.worker(name, pool, Behaviour::Honest);
    let (one, two, three, app) = tokio::try_join!(
        worker("Worker1"),
        worker("Worker2"),
        worker("Worker3"),
        network.publish_lost_app()
    )?;
    let before = network.books().await?;
    let deal = network.request("Requester1", &Order::new(app, pool)).await?.deal;
    let chronicle = network.until_over(deal, PATIENCE).await?.of(deal);
    let after = network.books().await?;

    let task = TaskId { deal, index: 0 };
    assert_eq!(chronicle.failed(), [(task, Failure::Declined(DeclineReason::AppUnavailable))].into());
    assert_eq!(chronicle.drawn(task), [one.account, two.account, three.account].into());
    only_a_fee_was_paid(&network, &before, &after)?;
    // Nobody can be blamed: stakes and guarantee are back.
    for account in [one.account, two.account, three.account, network.account("Operator")?.id(), audit_fund()]
    {
        assert_eq!(after.of(account), before.of(account));
    }
    network.finish([one, two, three]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn come_at_the_deadline_without_a_claim() -> Result<()> {
    const TASKS: u32 = 3;
    let network = Network::start().await?;
    let pool = network.pool().await?;
    // One task is begun, and two never are.
    let (hanging, app) =
        tokio::try_join!(network.worker("Worker1", pool, Behaviour::Hanging), network.publish_idle_app())?;
    let before = network.books().await?;
    let deal = network
        .request("Requester1", &Order { tasks: TASKS, blocks: 6, ..Order::new(app, pool) })
        .await?
        .deal;
    let chronicle = network.until_over(deal, PATIENCE).await?.of(deal);
    let after = network.books().await?;

    let task = TaskId { deal, index: 0 };
    assert_eq!(chronicle.failed(), [(task, Failure::DeadlinePassed)].into());
    let view = network.client.best().await?.deal(deal).await?.expect("a deal that was made stays");
    let deadline = view.deal.deadline;
    assert_eq!(
        chronicle.span(task).map(|(_, ended)| ended),
        Some(deadline + 1),
        "the block after the deadline"
    );
    assert_eq!((view.progress.completed, view.progress.failed), (0, TASKS));

    only_a_fee_was_paid(&network, &before, &after)?;
    let seized = Balance::from(TASKS) * Deal::guarantee(&view.deal);
    assert_eq!(seized, Balance::from(TASKS) * POOL_PRICE * 30 / 100);
    let operator = network.account("Operator")?.id();
    assert_eq!(before.of(operator) - after.of(operator), seized);
    assert_eq!(after.of(audit_fund()) - before.of(audit_fund()), seized);
    network.finish([hanging]).await
}
