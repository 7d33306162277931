//! Two workers with one key: each would be asked for digests that only the other one has.

use std::{fs, time::Duration};

use anyhow::{ensure, Result};
use talka_tests::{
    worker::{Behaviour, Worker},
    Network,
};

#[tokio::test(flavor = "multi_thread")]
async fn has_one_worker_and_a_second_one_does_not_start() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let worker = network.worker("Worker1", pool, Behaviour::Honest).await?;
    let online = network.client.best().await?.worker(worker.account).await?;

    let elsewhere = network.folder().join("elsewhere");
    fs::create_dir(&elsewhere)?;
    let mut second =
        Worker::new(&elsewhere, &worker.name, worker.account, network.client.url(), Behaviour::Honest)?;
    second.start()?;
    ensure!(second.await_end(Duration::from_secs(30)), "it goes on: {}", second.last_words());
    let said = second.last_words();
    ensure!(said.contains("is online at peer://") && said.contains("--take-over"), "{said}");

    let after = network.client.best().await?.worker(worker.account).await?;
    let address = |view: Option<talka_primitives::view::WorkerView<_>>| view.map(|view| view.peer);
    assert_eq!(address(after), address(online));
    network.finish([worker]).await
}
