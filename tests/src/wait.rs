//! Waiting with a deadline, for something that has a name.

use std::{future::Future, time::Duration};

use anyhow::{Context as _, Result};
use tokio::time::{sleep, timeout};

const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Wait until `look` finds something, and say what was missing where it does not in time.
pub async fn until<T, Look, Looking>(what: &str, patience: Duration, mut look: Look) -> Result<T>
where
    Look: FnMut() -> Looking,
    Looking: Future<Output = Result<Option<T>>>,
{
    let looking = async {
        loop {
            if let Some(found) = look().await? {
                return Ok(found);
            }
            sleep(LOOK_AGAIN).await;
        }
    };
    within(what, patience, looking).await
}

/// Let something take no longer than `patience`.
pub async fn within<T>(what: &str, patience: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(patience, work)
        .await
        .with_context(|| format!("waited {} s in vain: {what}", patience.as_secs()))?
}
