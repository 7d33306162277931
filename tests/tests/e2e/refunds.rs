//! Money that comes back by itself.

use std::time::Duration;

use anyhow::Result;
use talka_primitives::{
    task::{DeclineReason, Failure},
    BlockNumber, CategoryId, TaskId,
};
use talka_tests::{
    books::{audit_fund, Books, Fee},
    network::Order,
    worker::Behaviour,
    Network,
};

const PATIENCE: Duration = Duration::from_secs(60);
const SHORT: CategoryId = CategoryId(9);

/// What the requester has less is one fee, and the author of the blocks has its part. Gives the fee.
fn only_a_fee_was_paid(network: &Network, before: &Books, after: &Books) -> Result<Fee> {
    let (requester, author) = (network.account("Requester1")?.id(), network.account("Alice")?.id());
    let spent = before.of(requester) - after.of(requester);
    assert!(spent > 0);
    let fee = Fee::of(spent);
    assert_eq!(after.of(author) - before.of(author), fee.author);
    Ok(fee)
}

#[tokio::test(flavor = "multi_thread")]
async fn come_for_an_app_that_five_workers_cannot_fetch() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let worker = |name| network.worker(name, pool, Behaviour::Honest);
    let (one, two, three, four, five, app) = tokio::try_join!(
        worker("Worker1"),
        worker("Worker2"),
        worker("Worker3"),
        worker("Worker4"),
        worker("Worker5"),
        network.publish_lost_app()
    )?;
    let workers = [one, two, three, four, five];
    let accounts = workers.each_ref().map(|worker| worker.account);
    let before = network.books().await?;
    let deal = network.request("Requester1", &Order::new(app, pool)).await?.deal;
    let chronicle = network.until_over(deal, PATIENCE).await?.of(deal);
    let after = network.books().await?;

    let task = TaskId { deal, index: 0 };
    assert_eq!(chronicle.failed(), [(task, Failure::Declined(DeclineReason::AppUnavailable))].into());
    assert_eq!(chronicle.drawn(task), accounts.into());
    let fee = only_a_fee_was_paid(&network, &before, &after)?;
    // Nobody can be blamed: stakes and guarantee are back.
    for account in accounts.into_iter().chain([network.account("Operator")?.id()]) {
        assert_eq!(after.of(account), before.of(account));
    }
    assert_eq!(after.of(audit_fund()) - before.of(audit_fund()), fee.fund);
    network.finish(workers).await
}

#[tokio::test(flavor = "multi_thread")]
async fn come_at_the_deadline_without_a_claim() -> Result<()> {
    const TASKS: u32 = 3;
    /// The most blocks that a task of the category takes: one to be drawn, 1 + 15 to commit, 150 to reveal; and some
    /// until the deal is made.
    const BLOCKS: BlockNumber = 1 + 1 + 15 + 150 + 6;
    let network = Network::start().await?;
    let pool = network.pool().await?;
    // A worker begins one task after another, and sees of each that it cannot make it in time.
    let (hanging, app) =
        tokio::try_join!(network.worker("Worker1", pool, Behaviour::Hanging), network.publish_idle_app())?;
    network.set_category(SHORT, 1, pool).await?;
    let before = network.books().await?;
    let order = Order { category: SHORT, tasks: TASKS, blocks: BLOCKS, ..Order::new(app, pool) };
    let deal = network.request("Requester1", &order).await?.deal;
    let chronicle = network.until_over(deal, 3 * PATIENCE).await?.of(deal);
    let after = network.books().await?;

    let tasks = || (0..TASKS).map(|index| TaskId { deal, index });
    assert_eq!(
        chronicle.failed(),
        tasks().map(|task| (task, Failure::Declined(DeclineReason::OutOfTime))).collect()
    );
    let view = network.client.best().await?.deal(deal).await?.expect("a deal that was made stays");
    let deadline = view.deal.deadline;
    for task in tasks() {
        let ended = chronicle.span(task).map(|(_, ended)| ended);
        assert_eq!(ended, Some(deadline + 1), "the block after the deadline");
    }
    assert_eq!((view.progress.completed, view.progress.failed), (0, TASKS));

    // A worker that says in time that it cannot deliver loses nothing, and nor does the operator.
    only_a_fee_was_paid(&network, &before, &after)?;
    for account in [hanging.account, network.account("Operator")?.id()] {
        assert_eq!(after.of(account), before.of(account));
    }
    network.finish([hanging]).await
}
