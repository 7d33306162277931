//! Reports to the sidechain: how tasks have ended that contracts on Ethereum have bought.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use talka_client::{snapshot::MAX_PAGE, Keypair, Snapshot};
use talka_primitives::{
    gateway::{CallView, Progress},
    manifest::Manifest,
    view::Outcome,
    CallId, Hint as _,
};
use tracing::{info, warn};

use crate::{
    error::BridgeError,
    metrics::{Fate, Relaying, REPORT},
    payload::Fetcher,
    talka::Talka,
};

/// Before a report that failed is tried again.
const PAUSE: Duration = Duration::from_secs(60);

/// Who reports, and what is to wait.
pub(super) struct Reports {
    reporter: Option<Keypair>,
    /// Not before.
    again: BTreeMap<CallId, Instant>,
}

impl Reports {
    pub(super) fn of(reporter: Option<Keypair>) -> Self {
        Self { reporter, again: BTreeMap::new() }
    }

    /// Report what has ended and was not reported. Whether something was.
    pub(super) async fn pass(
        &mut self,
        talka: &Talka,
        fetcher: &Fetcher,
        metrics: &Relaying,
        dry_run: bool,
    ) -> Result<bool, BridgeError> {
        let Some(key) = self.reporter.clone() else { return Ok(false) };
        let now = Instant::now();
        self.again.retain(|_, again| *again > now);
        let snapshot = talka.finalized().await?;
        let account = talka.client().account(key);
        let mut acted = false;
        let mut after = None;
        loop {
            let page = talka.within(snapshot.calls(after, MAX_PAGE)).await?;
            for listed in &page.items {
                let (id, view) = (listed.id, &listed.item);
                if !view.progress.is_over() || self.again.contains_key(&id) {
                    continue;
                }
                self.again.insert(id, now + PAUSE);
                let manifest = match manifest(talka, fetcher, &snapshot, view).await {
                    Ok(manifest) => manifest,
                    Err(problem @ (BridgeError::NoResult(_) | BridgeError::Silent(_))) => {
                        warn!(call = %id, %problem, "a result that cannot be reported yet");
                        continue;
                    }
                    Err(problem) => return Err(problem),
                };
                if dry_run {
                    info!(call = %id, "this would be reported");
                    continue;
                }
                match talka.within(account.gateway().report(id, manifest.as_ref())).await {
                    Ok(_) => {
                        info!(call = %id, "reported");
                        metrics.common.sent(REPORT, Fate::Done);
                        acted = true;
                    }
                    Err(problem) => {
                        metrics.common.sent(REPORT, Fate::Failed);
                        if problem.is_the_nodes() {
                            return Err(problem);
                        }
                        // Mostly: somebody else was faster. An account that cannot pay holds up nothing else.
                        warn!(call = %id, %problem, hint = %problem.hint(), "a report failed");
                    }
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(acted),
            }
        }
    }
}

/// What proves how a task has ended: the manifest where it has a result, else nothing.
async fn manifest(
    talka: &Talka,
    fetcher: &Fetcher,
    snapshot: &Snapshot,
    view: &CallView,
) -> Result<Option<Manifest>, BridgeError> {
    let (Progress::Ended(Outcome::Completed { digest, .. }), Some(deal)) = (view.progress, view.call.deal)
    else {
        return Ok(None);
    };
    let pool = talka.within(snapshot.deal(deal)).await?.map(|view| view.deal.pool);
    fetcher.manifest(talka, digest, pool).await.map(Some)
}
