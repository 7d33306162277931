//! Publishes what audits have found, which bounds the error of the chain's results.

use std::time::Duration;

use talka_client::{Client, Error};
use tokio::time::sleep;
use tracing::warn;

use crate::metrics::Metrics;

/// It changes slowly, and nothing that the worker does depends on it.
const PAUSE: Duration = Duration::from_secs(60);

pub(crate) async fn keep_publishing(client: Client, metrics: Metrics) {
    loop {
        sleep(PAUSE).await;
        if let Err(problem) = publish(&client, &metrics).await {
            warn!(%problem, "cannot ask what audits have found");
        }
    }
}

/// Set the metrics of every category, also of those in which nothing was counted yet.
pub(crate) async fn publish(client: &Client, metrics: &Metrics) -> Result<(), Error> {
    let snapshot = client.best().await?;
    metrics.found(&snapshot.categories().await?, &snapshot.findings().await?);
    Ok(())
}
