//! A worker whose machine loses power at the worst moment: when it has committed and not revealed.

use std::time::Duration;

use anyhow::{bail, ensure, Context as _, Result};
use talka_client::AccountId;
use talka_primitives::{
    task::{Phase, Stage, Task},
    view::TaskView,
    TaskId, Trust,
};
use talka_tests::{network::Order, wait, worker::Behaviour, Network};

const PATIENCE: Duration = Duration::from_secs(40);

/// Waits until the open task is as `is_so` wants it.
async fn until_task(
    network: &Network,
    id: TaskId,
    what: &str,
    is_so: impl Fn(&Task<AccountId>) -> bool,
) -> Result<()> {
    wait::until(what, PATIENCE, || async {
        match network.client.best().await?.task(id).await? {
            Some(TaskView::Open(task)) => Ok(is_so(&task).then_some(())),
            Some(TaskView::Queued) => Ok(None),
            other => bail!("too late: {other:?}"),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn reveals_after_a_restart_and_nobody_loses_stake() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    // The other one's slowness is what keeps consensus from being there at once.
    let (mut killed, slow, app) = tokio::try_join!(
        network.worker("Worker1", pool, Behaviour::Honest),
        network.worker("Worker2", pool, Behaviour::Slow(Duration::from_secs(12))),
        network.publish_idle_app(),
    )?;
    let deal = network.request("Requester1", &Order { trust: Trust(4), ..Order::new(app, pool) }).await?.deal;
    let id = TaskId { deal, index: 0 };

    // It comes when both have the task, and audits it.
    let drawn = |view: &Task<AccountId>| view.contributions.len() == 2;
    until_task(&network, id, "two workers", drawn).await?;
    let auditor = network.worker("Worker3", pool, Behaviour::Honest).await?;
    until_task(&network, id, "the first commitment", |task| {
        let stage = task.contribution(&killed.account).map(|contribution| contribution.stage);
        task.phase == Phase::Active && matches!(stage, Some(Stage::Committed { .. }))
    })
    .await?;
    killed.kill();
    until_task(&network, id, "the other one's reveal", |task| {
        matches!(task.phase, Phase::Revealing { digest: Some(_), .. })
    })
    .await?;
    killed.start()?;

    let chronicle = network.until_over(deal, PATIENCE).await?.of(deal);
    let (_, winners) = chronicle.completed().remove(&id).context("the task was completed")?;
    ensure!(winners.contains(&killed.account), "the restarted worker did not reveal: {winners:?}");
    assert_eq!(winners.len(), 3);
    assert!(chronicle.lost().is_empty() && chronicle.absences().is_empty());
    network.finish([killed, slow, auditor]).await
}
