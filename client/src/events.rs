//! What blocks say about tasks.

use subxt::{config::SubstrateConfig, error::DispatchError, extrinsics::ExtrinsicEvents, ArcMetadata};
use talka_primitives::{
    audit::Assurance,
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
    /// Workers agree on a result. A lot decides whether it is audited.
    Agreed {
        /// The task.
        task: TaskId,
    },
    /// The lot fell on a result: one more worker repeats the task.
    AuditBegun {
        /// The task.
        task: TaskId,
    },
    /// Results of a deterministic app differ: a jury is to decide.
    Disputed {
        /// The task.
        task: TaskId,
    },
    /// A jury was drawn.
    JurySeated {
        /// The task.
        task: TaskId,
        /// Who is to execute the task and vote.
        jurors: Vec<AccountId>,
        /// The last block in which they may commit.
        until: BlockNumber,
    },
    /// A juror has shown its vote.
    Voted {
        /// The task.
        task: TaskId,
        /// Who.
        juror: AccountId,
        /// For which digest.
        digest: Digest,
    },
    /// A juror was paid for a verdict.
    JurorPaid {
        /// The task.
        task: TaskId,
        /// Who.
        juror: AccountId,
        /// How much, in units of TLK.
        amount: Balance,
    },
    /// A juror did not vote, or was outvoted.
    JurorFined {
        /// The task.
        task: TaskId,
        /// Who.
        juror: AccountId,
        /// How much it lost, in units of TLK.
        amount: Balance,
    },
    /// A jury found a worker wrong.
    Convicted {
        /// The task.
        task: TaskId,
        /// Who.
        worker: AccountId,
        /// How much it lost, in units of TLK.
        amount: Balance,
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
        /// What stands behind it.
        assurance: Assurance,
        /// Who was right, and has the result. Where a jury found that no worker was, its jurors.
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
    /// A worker lost the vote, or did not reveal.
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
            | Self::Agreed { task }
            | Self::AuditBegun { task }
            | Self::Disputed { task }
            | Self::JurySeated { task, .. }
            | Self::Voted { task, .. }
            | Self::JurorPaid { task, .. }
            | Self::JurorFined { task, .. }
            | Self::Convicted { task, .. }
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
            Poco::Agreed { task, .. } => Self::Agreed { task: task.0 },
            Poco::AuditBegun { task } => Self::AuditBegun { task: task.0 },
            Poco::Disputed { task } => Self::Disputed { task: task.0 },
            Poco::JurySeated { task, jurors, until } => Self::JurySeated { task: task.0, jurors, until },
            Poco::Voted { task, juror, digest } => Self::Voted { task: task.0, juror, digest: digest.0 },
            Poco::JurorPaid { task, juror, amount } => Self::JurorPaid { task: task.0, juror, amount },
            Poco::JurorFined { task, juror, amount } => Self::JurorFined { task: task.0, juror, amount },
            Poco::Convicted { task, worker, amount } => Self::Convicted { task: task.0, worker, amount },
            Poco::ConsensusReached { task, .. } => Self::ConsensusReached { task: task.0 },
            Poco::Revealed { task, worker, digest } => {
                Self::Revealed { task: task.0, worker, digest: digest.0 }
            }
            Poco::TaskCompleted { task, digest, assurance, winners } => {
                Self::Completed { task: task.0, digest: digest.0, assurance: assurance.0, winners }
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
