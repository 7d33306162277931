//! Money that comes back by itself.

use std::time::Duration;

use anyhow::Result;
use talka_client::amount::UNIT;
use talka_primitives::{
    task::{DeclineReason, Failure},
    Balance, BlockNumber, CategoryId, Deal, TaskId,
};
use talka_tests::{
    books::{audit_fund, Books, Fee},
    network::{Order, POOL_PRICE},
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
    /// So many blocks a task of the category takes at most: one to be drawn, 1 + 15 to commit, 150 to reveal; and some
    /// until the deal is made.
    const BLOCKS: BlockNumber = 1 + 1 + 15 + 150 + 6;
    let network = Network::start().await?;
    let pool = network.pool().await?;
    // A worker begins one task after another and delivers none.
    let (hanging, app) =
        tokio::try_join!(network.worker("Worker1", pool, Behaviour::Hanging), network.publish_idle_app())?;
    network.set_category(SHORT, 1, pool).await?;
    let before = network.books().await?;
    let order = Order { category: SHORT, tasks: TASKS, blocks: BLOCKS, ..Order::new(app, pool) };
    let deal = network.request("Requester1", &order).await?.deal;
    let chronicle = network.until_over(deal, 3 * PATIENCE).await?.of(deal);
    let after = network.books().await?;

    let tasks = || (0..TASKS).map(|index| TaskId { deal, index });
    assert_eq!(chronicle.failed(), tasks().map(|task| (task, Failure::DeadlinePassed)).collect());
    let view = network.client.best().await?.deal(deal).await?.expect("a deal that was made stays");
    let deadline = view.deal.deadline;
    for task in tasks() {
        let ended = chronicle.span(task).map(|(_, ended)| ended);
        assert_eq!(ended, Some(deadline + 1), "the block after the deadline");
    }
    assert_eq!((view.progress.completed, view.progress.failed), (0, TASKS));

    // The operator answers for the worker, which was drawn for each task and had all the time of the category.
    assert_eq!(Deal::guarantee(&view.deal), POOL_PRICE * 30 / 100);
    let seized = Balance::from(TASKS) * Deal::guarantee(&view.deal);
    let lost = |who| before.of(who) - after.of(who);
    assert_eq!(lost(network.account("Operator")?.id()), seized);
    // Nobody delivered the tasks, so that nothing shows that the worker could have: it pays the fees for going online again,
    // as the requester does for the deal.
    let fees = lost(network.account("Requester1")?.id()) + lost(hanging.account);
    let author = network.account("Alice")?.id();
    let gained = |who| after.of(who) - before.of(who);
    assert_eq!(gained(audit_fund()) + gained(author), seized + fees);
    assert!(fees < UNIT / 10);
    network.finish([hanging]).await
}
