//! Asks the chain, at every best block, what there is to do.

use futures::FutureExt as _;
use talka_client::{snapshot::MAX_TASKS, AccountId, BlockId, Client, Error};
use talka_primitives::{view::Part, TaskId};
use tokio::sync::{mpsc, watch};
use tracing::{debug, warn};

use crate::{
    daemon::Message,
    decide::{Event, Presence, Seen},
    metrics::Metrics,
};

pub(crate) struct Observer {
    pub(crate) client: Client,
    pub(crate) account: AccountId,
    pub(crate) slots: u8,
    pub(crate) peer: String,
    /// Tasks about which the chain is to be asked.
    pub(crate) open: watch::Receiver<Vec<TaskId>>,
    pub(crate) metrics: Metrics,
}

impl Observer {
    pub(crate) async fn run(self, messages: mpsc::UnboundedSender<Message>) {
        let mut blocks = self.client.best_blocks();
        loop {
            let mut block = blocks.next().await;
            // Of blocks that came while the last one was asked only the newest matters.
            while let Some(newer) = blocks.next().now_or_never() {
                block = newer;
            }
            let message = match self.look(block).await {
                Ok(seen) => Message::Event(Event::Seen(seen)),
                Err(Error::Transient(problem)) => {
                    warn!(block = block.number, %problem, "cannot ask for duties");
                    continue;
                }
                Err(error) => Message::Broken(error.into()),
            };
            if messages.send(message).is_err() {
                return;
            }
        }
    }

    async fn look(&self, block: BlockId) -> Result<Seen, Error> {
        let snapshot = self.client.at(block).await?;
        let open = self.open.borrow().clone();
        let mut parts = open.chunks(MAX_TASKS as usize);
        let mut duties = snapshot.duties(self.account, parts.next().unwrap_or_default()).await?;
        for part in parts {
            let more = snapshot.duties(self.account, part).await?;
            duties.reveal.extend(more.reveal);
            duties.over.extend(more.over);
        }
        let view = snapshot.worker(self.account).await?;
        let funds = snapshot.funds(self.account).await?;
        let presence = view.as_ref().map_or_else(Presence::default, |view| Presence {
            member: view.pool.is_some(),
            online: view.online,
            current: view.slots == self.slots && view.peer.to_str() == self.peer,
            elsewhere: view.online && is_other(&self.peer, &view.peer.to_str()),
            last_seen: view.last_seen,
            ripe_at: view.ripe_at.max(view.paused_until),
        });
        if let Some(view) = &view {
            self.metrics.standing(view, funds);
        }
        self.metrics.height.set(block.number.into());
        debug!(
            block = block.number,
            execute = duties.execute.len(),
            summons = duties.execute.iter().filter(|item| item.part == Part::Juror).count(),
            reveal = duties.reveal.len(),
            over = duties.over.len(),
            "duties"
        );
        Ok(Seen { at: block.number, duties, presence })
    }
}

/// Whether an address belongs to another store than ours. The same store may have another port after a restart.
pub(crate) fn is_other(ours: &str, address: &str) -> bool {
    let store = |address: &str| address.split('@').next().map(str::to_owned);
    !address.is_empty() && store(ours) != store(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_store_at_another_port() {
        assert!(!is_other("peer://aa@127.0.0.1:1", "peer://aa@127.0.0.1:2"));
        assert!(!is_other("peer://aa@127.0.0.1:1", ""));
        assert!(is_other("peer://aa@127.0.0.1:1", "peer://bb@127.0.0.1:1"));
    }
}
