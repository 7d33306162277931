//! A worker that is started before the block that makes it a member of its pool.

use std::time::Duration;

use anyhow::{ensure, Result};
use talka_tests::{
    network::BOND,
    wait,
    worker::{Behaviour, Worker},
    Network,
};

const PATIENCE: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn waits_some_blocks_to_become_a_member_and_no_longer() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let start = |name: &str| -> Result<Worker> {
        let account = network.account(name)?.id();
        let mut worker =
            Worker::new(network.folder(), name, account, network.client.url(), Behaviour::Honest)?;
        worker.start()?;
        Ok(worker)
    };
    let worker = start("Worker1")?;
    wait::until("the worker to wait", PATIENCE, || async {
        Ok(worker.last_words().contains("looking again").then_some(()))
    })
    .await?;
    let account = network.account("Worker1")?;
    let (stake, market) = (account.stake(), account.market());
    tokio::try_join!(stake.bond(BOND), market.join_pool(pool, None))?;
    network.until_online(&worker).await?;

    let stranger = start("Worker2")?;
    ensure!(stranger.await_end(PATIENCE), "it waits for ever");
    ensure!(stranger.last_words().contains("has joined no pool"), "{}", stranger.last_words());
    network.finish([worker]).await
}
