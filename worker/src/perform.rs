//! Sends the worker's transactions, and says what became of them.

use std::future::Future;

use talka_client::{Account, Error, Receipt};
use talka_primitives::{Hint as _, TaskId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    daemon::Message,
    decide::{Action, Answer, Event, Lane},
    metrics::Metrics,
};

#[derive(Clone)]
pub(crate) struct Performer {
    pub(crate) account: Account,
    pub(crate) slots: u8,
    pub(crate) peer: String,
    pub(crate) metrics: Metrics,
    pub(crate) messages: mpsc::UnboundedSender<Message>,
    /// The node is not asked any more: of what is on its way nothing will be heard.
    pub(crate) left: CancellationToken,
}

impl Performer {
    /// Send the transaction that an action asks for; hands back an action that is none.
    pub(crate) fn send(&self, action: Action) -> Option<Action> {
        let this = self.clone();
        match action {
            Action::Commit { who, findings } => {
                let tasks = findings.iter().map(|finding| finding.task).collect();
                let send = async move { this.account.poco().commit_for(&who, &findings).await };
                self.spawn(Lane::Commit, tasks, send);
            }
            Action::Reveal(findings) => {
                let tasks = findings.iter().map(|finding| finding.task).collect();
                self.spawn(Lane::Reveal, tasks, async move { this.account.poco().reveal(&findings).await });
            }
            Action::Decline(task, reason) => {
                warn!(%task, ?reason, "declining a task");
                let send = async move { this.account.poco().decline(task, reason).await };
                self.spawn(Lane::Decline(task), vec![task], send);
            }
            Action::Heartbeat => {
                self.spawn(Lane::Heartbeat, Vec::new(), async move { this.account.poco().heartbeat().await });
            }
            Action::GoOnline => {
                info!(slots = self.slots, peer = %self.peer, "going online");
                let send = async move { this.account.poco().go_online(this.slots, &this.peer).await };
                self.spawn(Lane::Presence, Vec::new(), send);
            }
            Action::GoOffline => {
                info!("going offline");
                self.spawn(Lane::Presence, Vec::new(), async move { this.account.poco().go_offline().await });
            }
            other => return Some(other),
        }
        None
    }

    fn spawn(
        &self,
        lane: Lane,
        tasks: Vec<TaskId>,
        send: impl Future<Output = Result<Receipt, Error>> + Send + 'static,
    ) {
        let (metrics, messages, left) = (self.metrics.clone(), self.messages.clone(), self.left.clone());
        tokio::spawn(async move {
            let answer = tokio::select! {
                result = send => judge(lane, tasks.len(), result),
                () = left.cancelled() => Answer::Lost,
            };
            metrics.answered(lane, tasks.len(), answer);
            // Nobody listens any more when the worker stops.
            messages.send(Message::Event(Event::Answered { lane, tasks, answer })).ok();
        });
    }
}

fn judge(lane: Lane, items: usize, result: Result<Receipt, Error>) -> Answer {
    match result {
        Ok(receipt) => {
            info!(?lane, items, block = receipt.block.number, "sent");
            Answer::Done(receipt.block.number)
        }
        Err(Error::Transient(problem)) => {
            debug!(?lane, items, %problem, "not sent");
            Answer::Lost
        }
        Err(Error::Fatal(error)) => {
            let hint = &*error.hint();
            match lane {
                // Somebody has to do something about it.
                Lane::Presence => warn!(?lane, %error, hint, "refused"),
                // Most often the task is over, or a fork changed what is awaited: the next block tells.
                _ => info!(?lane, items, %error, hint, "refused"),
            }
            Answer::Refused
        }
    }
}
