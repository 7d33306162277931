//! What blocks say about tasks.

use subxt::{config::SubstrateConfig, error::DispatchError, extrinsics::ExtrinsicEvents, ArcMetadata};
use talka_primitives::{
    task::{DeclineReason, Failure},
    Balance, BlockNumber, DealId, Digest, TaskId,
};

use crate::{
    api::{poco::Event as Poco, Event},
    error::Refusal,
    AccountId,
};

/// A fact about tasks that a block established.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskEvent {
    /// A worker was drawn.
    Assigned {
        /// The task.
        task: TaskId,
        /// Who.
        worker: AccountId,
        /// The last block in which it may commit.
        until: BlockNumber,
    },
    /// A worker has committed to a result.
    Committed {
        /// The task.
        task: TaskId,
        /// Who.
        worker: AccountId,
    },
    /// A result is believed.
    ConsensusReached {
        /// The task.
        task: TaskId,
    },
    /// A worker has shown the digest of its result.
    Revealed {
        /// The task.
        task: TaskId,
        /// Who.
        worker: AccountId,
        /// The digest.
        digest: Digest,
    },
    /// A task has a result.
    Completed {
        /// The task.
        task: TaskId,
        /// Address of the result's manifest.
        digest: Digest,
        /// Who was right, and has the result.
        winners: Vec<AccountId>,
    },
    /// A task has ended without a result.
    Failed {
        /// The task.
        task: TaskId,
        /// Why.
        reason: Failure,
    },
    /// A worker could not execute a task.
    Declined {
        /// The task.
        task: TaskId,
        /// Who.
        worker: AccountId,
        /// Why not.
        reason: DeclineReason,
    },
    /// A worker did not commit in time.
    Absent {
        /// The task.
        task: TaskId,
        /// Who.
        worker: AccountId,
    },
    /// A worker was paid.
    Paid {
        /// The task.
        task: TaskId,
        /// Who.
        worker: AccountId,
        /// How much, in units of TLK.
        amount: Balance,
    },
    /// A worker was wrong, or did not reveal.
    StakeLost {
        /// The task.
        task: TaskId,
        /// Who.
        worker: AccountId,
        /// How much it lost, in units of TLK.
        amount: Balance,
    },
}

impl TaskEvent {
    /// The task that it is about.
    pub fn task(&self) -> TaskId {
        match self {
            Self::Assigned { task, .. }
            | Self::Committed { task, .. }
            | Self::ConsensusReached { task }
            | Self::Revealed { task, .. }
            | Self::Completed { task, .. }
            | Self::Failed { task, .. }
            | Self::Declined { task, .. }
            | Self::Absent { task, .. }
            | Self::Paid { task, .. }
            | Self::StakeLost { task, .. } => *task,
        }
    }

    /// The deal that it is about.
    pub fn deal(&self) -> DealId {
        self.task().deal
    }

    /// `None` for events that are not about a task.
    pub(crate) fn from_runtime(event: Event) -> Option<Self> {
        let Event::Poco(event) = event else { return None };
        Some(match event {
            Poco::TaskAssigned { task, worker, until } => Self::Assigned { task: task.0, worker, until },
            Poco::Committed { task, worker } => Self::Committed { task: task.0, worker },
            Poco::ConsensusReached { task, .. } => Self::ConsensusReached { task: task.0 },
            Poco::Revealed { task, worker, digest } => {
                Self::Revealed { task: task.0, worker, digest: digest.0 }
            }
            Poco::TaskCompleted { task, digest, winners } => {
                Self::Completed { task: task.0, digest: digest.0, winners }
            }
            Poco::TaskFailed { task, reason } => Self::Failed { task: task.0, reason: reason.0 },
            Poco::Declined { task, worker, reason } => {
                Self::Declined { task: task.0, worker, reason: reason.0 }
            }
            Poco::WorkerAbsent { task, worker } => Self::Absent { task: task.0, worker },
            Poco::WorkerPaid { task, worker, amount } => Self::Paid { task: task.0, worker, amount },
            Poco::StakeLost { task, worker, amount } => Self::StakeLost { task: task.0, worker, amount },
            Poco::WorkerOnline { .. }
            | Poco::WorkerOffline { .. }
            | Poco::DealExpired { .. }
            | Poco::DealEnded { .. } => return None,
        })
    }
}

/// The rule that a transaction broke, if it broke one.
pub(crate) fn failure(events: &ExtrinsicEvents<SubstrateConfig>, metadata: ArcMetadata) -> Option<Refusal> {
    events
        .iter()
        .filter_map(Result::ok)
        .find(|event| event.pallet_name() == "System" && event.event_name() == "ExtrinsicFailed")
        .and_then(|event| DispatchError::decode_from(event.field_bytes(), metadata).ok())
        .map(Refusal::from)
}
