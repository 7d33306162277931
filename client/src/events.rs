//! What blocks say about tasks.

use subxt::{
    config::SubstrateConfig, error::DispatchError, extrinsics::ExtrinsicEvents, utils::Static, ArcMetadata,
};
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

/// Declares [`TaskEvent`]: of each event its name here and on the chain, and which of the chain's fields it has beside the
/// task.
macro_rules! task_events {
    (
        not about tasks: $($other:ident)*;
        $($(#[doc = $doc:literal])* $name:ident = $on_chain:ident {
            $($(#[doc = $field_doc:literal])* $field:ident: $type:ty,)*
        })*
    ) => {
        /// A fact about tasks that a block established.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum TaskEvent {
            $($(#[doc = $doc])* $name {
                /// The task.
                task: TaskId,
                $($(#[doc = $field_doc])* $field: $type,)*
            },)*
        }

        impl TaskEvent {
            /// The task that it is about.
            pub fn task(&self) -> TaskId {
                match self {
                    $(Self::$name { task, .. })|* => *task,
                }
            }

            /// `None` for events that are not about a task.
            pub(crate) fn from_runtime(event: Event) -> Option<Self> {
                let Event::Poco(event) = event else { return None };
                match event {
                    $(Poco::$on_chain { task, $($field,)* .. } => {
                        Some(Self::$name { task: task.plain(), $($field: $field.plain(),)* })
                    })*
                    $(Poco::$other { .. })|* => None,
                }
            }
        }
    };
}

/// A field as the chain's types have it, out of what subxt wraps it in.
trait Plain<T> {
    fn plain(self) -> T;
}

impl<T> Plain<T> for T {
    fn plain(self) -> T {
        self
    }
}

impl<T> Plain<T> for Static<T> {
    fn plain(self) -> T {
        self.0
    }
}

task_events! {
    not about tasks: WorkerOnline WorkerOffline WorkerPaused WorkerDeregistered DutyKeySet ActingFor DealCancelled DealExpired
        DealEnded DealForgotten RetentionSet;

    /// A worker was drawn.
    Assigned = TaskAssigned {
        /// Who.
        worker: AccountId,
        /// The last block in which it may commit.
        until: BlockNumber,
    }
    /// A worker has committed to a result.
    Committed = Committed {
        /// Who.
        worker: AccountId,
    }
    /// Workers agree on a result. A lot decides whether it is audited.
    Agreed = Agreed {}
    /// The lot fell on a result: one more worker repeats the task.
    AuditBegun = AuditBegun {}
    /// Results of a deterministic app differ: a jury is to decide.
    Disputed = Disputed {}
    /// A jury was drawn.
    JurySeated = JurySeated {
        /// Who is to execute the task and vote.
        jurors: Vec<AccountId>,
        /// The last block in which they may commit.
        until: BlockNumber,
    }
    /// A juror has shown its vote.
    Voted = Voted {
        /// Who.
        juror: AccountId,
        /// For which digest.
        digest: Digest,
    }
    /// A juror was paid for a verdict.
    JurorPaid = JurorPaid {
        /// Who.
        juror: AccountId,
        /// How much, in units of TLK.
        amount: Balance,
    }
    /// A juror did not vote, or was outvoted.
    JurorFined = JurorFined {
        /// Who.
        juror: AccountId,
        /// How much it lost, in units of TLK.
        amount: Balance,
    }
    /// A jury found a worker wrong.
    Convicted = Convicted {
        /// Who.
        worker: AccountId,
        /// How much it lost, in units of TLK.
        amount: Balance,
    }
    /// A result is believed.
    ConsensusReached = ConsensusReached {}
    /// A worker has shown the digest of its result.
    Revealed = Revealed {
        /// Who.
        worker: AccountId,
        /// The digest.
        digest: Digest,
    }
    /// A task has a result.
    Completed = TaskCompleted {
        /// Address of the result's manifest.
        digest: Digest,
        /// What stands behind it.
        assurance: Assurance,
        /// Who was right, and has the result. Where a jury found that no worker was, its jurors.
        winners: Vec<AccountId>,
    }
    /// A task has ended without a result.
    Failed = TaskFailed {
        /// Why.
        reason: Failure,
    }
    /// A worker could not execute a task.
    Declined = Declined {
        /// Who.
        worker: AccountId,
        /// Why not.
        reason: DeclineReason,
    }
    /// A worker did not commit in time.
    Absent = WorkerAbsent {
        /// Who.
        worker: AccountId,
    }
    /// A worker was paid.
    Paid = WorkerPaid {
        /// Who.
        worker: AccountId,
        /// How much, in units of TLK.
        amount: Balance,
    }
    /// A worker lost the vote, or did not reveal.
    StakeLost = StakeLost {
        /// Who.
        worker: AccountId,
        /// How much it lost, in units of TLK.
        amount: Balance,
    }
}

impl TaskEvent {
    /// The deal that it is about.
    pub fn deal(&self) -> DealId {
        self.task().deal
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
