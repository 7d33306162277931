//! The life of a task.
//!
//! ```text
//! Queued ──drawn──▶ Active ──consensus──▶ Agreed ──no audit──▶ Revealing ──all revealed, or period over with ≥ 1──▶ Completed
//!                    │  ▲                    │ lot               ▲  │
//!            absence,│  │ more               └──▶ Audit ─────────┘  │ nobody revealed
//!            dispute └──┘ workers ◀──────────────────────────────────┘
//! Active, Agreed, Audit ──two results of a deterministic app──▶ Disputed ──jury──▶ Completed
//! Active ──the deadline; most workers decline──▶ Failed
//! Audit ──nobody audits it in time; most auditors decline──▶ Failed
//! Active, Audit ──too many workers──▶ Failed
//! Disputed ──no verdict──▶ Failed
//! ```
//!
//! The deadline ends what is not agreed on. What is agreed on, audited, disputed or revealed runs to its end, so that
//! no liar escapes by the deadline and no honest worker is late by it. Each of these has a limit of its own, but for two in which
//! nobody's part is awaited but that of the chain: what is agreed on waits for its lots, and a dispute for its jury.
//!
//! A queued task has no record: its deal knows how many of its tasks were begun. From the first draw on,
//! [`Task`] is the whole working state, and [`Task::advance`] the one function that changes it. An event that is
//! refused changes nothing.
//!
//! A task that is not audited goes from Active straight to Revealing. Where the app is not deterministic, or no jury may see
//! what the task is made of, an audit that disagrees counts as one more vote, and more workers are drawn.

mod life;
mod time;

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

use crate::{
    apply,
    audit::Assurance,
    id::{Digest, ResultHash, Seal},
    jury::Jury,
    unit::{Balance, BlockNumber, Rate, Trust, Weight},
};

/// Most workers that one task can draw. Trust 100 needs 7 fresh ones that agree.
pub const MAX_CONTRIBUTIONS: u32 = 32;

/// Most workers that one task can draw before a result is agreed on. The other places are for auditors: as many as must decline
/// before an audit is given up. So what it took many workers to agree on can still be audited.
pub const MAX_MEMBERS: u32 = MAX_CONTRIBUTIONS - DECLINES_TO_FAIL as u32;

/// Most tasks that one worker executes at once.
pub const MAX_SLOTS: u8 = 32;

/// As many workers must decline before a task is given up, and they must be a majority of those that were drawn. The same
/// holds for an audit and its auditors.
pub const DECLINES_TO_FAIL: usize = 5;

/// Why a worker cannot execute a task.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum DeclineReason {
    /// The app's artefact cannot be fetched.
    AppUnavailable,
    /// The dataset, or the file of parameters, cannot be fetched.
    DataUnavailable,
    /// The worker has no sandbox of the app's class.
    Unsupported,
    /// The task takes the worker longer than the time that it has.
    OutOfTime,
    /// The worker's machine is short of disk space, memory or something else at present. Another worker's may not be.
    OutOfResources,
}

/// Why a task failed. The requester has its money back in every case.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Failure {
    /// The deal's deadline passed. The operator's guarantee is seized if workers of the pool were drawn and did not deliver.
    DeadlinePassed,
    /// Most workers that were drawn declined, or all of them until the deadline; the reason that most of them gave.
    Declined(DeclineReason),
    /// As many workers as can be drawn could not agree, or did not answer.
    NoConsensus,
    /// A result was agreed on, and no auditor repeated it: none came in time, or most declined.
    NotAudited,
    /// Results differed, and no jury could decide. Nobody loses stake; jurors share what is held for an audit.
    NoVerdict,
    /// The payer cancelled the deal before the task began.
    Cancelled,
}

/// How far one worker is with one task.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Stage {
    /// Drawn; its commitment is awaited.
    Assigned {
        /// The worker's weight when it was drawn: what may be hoped for.
        weight: Weight,
        /// The last block in which it may commit.
        until: BlockNumber,
    },
    /// It has committed to a result.
    Committed {
        /// The worker's weight when it committed.
        weight: Weight,
        /// What can be compared.
        result: ResultHash,
        /// What cannot be copied.
        seal: Seal,
    },
    /// It has shown the digest that it committed to.
    Revealed {
        /// The worker's weight when it committed.
        weight: Weight,
    },
    /// It belonged to the winning group and did not reveal in time.
    Unrevealed,
    /// It could not execute the task and said so.
    Declined {
        /// The reason.
        reason: DeclineReason,
    },
    /// It did not commit in time.
    Absent,
}

/// What a worker was drawn for.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Role {
    /// It is one of those who must agree.
    Member,
    /// It works alone: its result is audited at this rate.
    Alone {
        /// That for which it has locked its stake: see [`crate::placement`].
        rate: Rate,
    },
    /// It repeats the task after others have agreed.
    Auditor,
}

/// One worker's part in a task.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct Contribution<AccountId> {
    /// Who.
    pub worker: AccountId,
    /// What it was drawn for.
    pub role: Role,
    /// What it has locked of its bond, until it has declined or the task has ended.
    pub locked: Balance,
    /// How far it is.
    pub stage: Stage,
}

/// Which step of its life an open task is in.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Phase {
    /// Workers execute and commit.
    Active,
    /// A result is agreed on. The authors of the next blocks decide whether it is audited.
    Agreed {
        /// The result.
        result: ResultHash,
    },
    /// One more worker repeats the task.
    Audit {
        /// The result that was agreed on.
        result: ResultHash,
    },
    /// Results differ. A jury decides: see [`Task::jury`].
    Disputed,
    /// A result is believed; those who committed to it show it.
    Revealing {
        /// The result that is believed.
        result: ResultHash,
        /// The last block in which it may be shown.
        until: BlockNumber,
        /// The result's digest, once the first worker has shown it.
        digest: Option<Digest>,
    },
}

/// The working state of an open task.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct Task<AccountId> {
    /// How sure the requester wants to be.
    pub trust: Trust,
    /// What stands behind its result.
    pub assurance: Assurance,
    /// What a lie about it can be worth: see [`crate::Deal::value`].
    pub value: Balance,
    /// The deal's deadline: the last block in which workers can agree. Put off by the blocks without room for duties since the first
    /// draw, and by those in which the chain was late.
    pub deadline: BlockNumber,
    /// The last block in which an audit can end. Put off likewise.
    pub audit_until: BlockNumber,
    /// The block of the first draw.
    pub begun: BlockNumber,
    /// Which step it is in.
    pub phase: Phase,
    /// Everybody who was drawn, in the order of the draws.
    pub contributions: BoundedVec<Contribution<AccountId>, ConstU32<MAX_CONTRIBUTIONS>>,
    /// The jury that decides, or was the last that could not; nothing while it is not drawn.
    pub jury: Option<Jury<AccountId>>,
    /// The block in which the chain looks at the task again, whatever else happens.
    pub wake: BlockNumber,
    /// Whether it stands in a queue, waiting for more workers.
    pub queued: bool,
    /// How many blocks of the chain had no room for duties when its limits were last put off: see [`Task::put_off`].
    pub full_blocks: BlockNumber,
    /// How late the queue in which it stands was served, all in all, before what its limits are to be put off by: see
    /// [`Task::has_waited`].
    pub queue_delay: BlockNumber,
}

/// The limits of a task in time.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The block in which it is begun.
    pub begun: BlockNumber,
    /// The last block in which workers can agree.
    pub deadline: BlockNumber,
    /// The last block in which an audit can end.
    pub audit_until: BlockNumber,
}

impl Span {
    /// The time for an audit, as a number of executions: one auditor may be absent. A result may be agreed on in the block of the
    /// deadline.
    const AUDITS: BlockNumber = 2;

    /// That of a task which begins now, and of which a worker may take this long to execute and commit.
    pub fn new(begun: BlockNumber, deadline: BlockNumber, execution: BlockNumber) -> Self {
        Self { begun, deadline, audit_until: Self::audit_until(deadline, execution) }
    }

    /// The last block for an audit that begins in block `begun`, where a worker may take this long.
    pub fn audit_until(begun: BlockNumber, execution: BlockNumber) -> BlockNumber {
        begun.saturating_add(execution.saturating_mul(Self::AUDITS))
    }
}

/// What can happen to a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<AccountId> {
    /// A worker is drawn.
    Draw {
        /// Who.
        worker: AccountId,
        /// What for. In an audit that is [`Role::Auditor`], and only there.
        role: Role,
        /// Its weight.
        weight: Weight,
        /// What it has locked.
        locked: Balance,
        /// The last block in which it may commit.
        until: BlockNumber,
    },
    /// The lot of a result that was agreed on was drawn.
    Lot {
        /// Whether it is audited.
        audit: bool,
        /// The last block for reveals, where it is not.
        reveal_until: BlockNumber,
        /// The last block for the audit, where it is; or a later one, if the task has time until then.
        audit_until: BlockNumber,
    },
    /// A jury was drawn, from among accounts that have no part in the task.
    Seat {
        /// Who. Where nobody could be drawn, the task fails.
        jurors: Vec<AccountId>,
        /// The number of seats, of which some may be empty.
        size: u32,
        /// The last block in which they may commit.
        until: BlockNumber,
    },
    /// The jury's time to commit, or to reveal, is over.
    JuryTimeOver {
        /// The last block for reveals, where it was the time to commit.
        reveal_until: BlockNumber,
    },
    /// A worker, or a juror, commits.
    Commit {
        /// Who.
        worker: AccountId,
        /// Its weight.
        weight: Weight,
        /// See [`crate::commitment`].
        result: ResultHash,
        /// See [`crate::commitment`].
        seal: Seal,
        /// The present block.
        now: BlockNumber,
        /// The last block for reveals, should this commitment bring consensus.
        reveal_until: BlockNumber,
    },
    /// A worker, or a juror, shows the digest it committed to.
    Reveal {
        /// Who.
        worker: AccountId,
        /// The digest.
        digest: Digest,
        /// The present block.
        now: BlockNumber,
    },
    /// A worker, or a juror, cannot execute the task.
    Decline {
        /// Who.
        worker: AccountId,
        /// Why not.
        reason: DeclineReason,
        /// The last block for a jury's reveals, should it be the last juror that was awaited.
        reveal_until: BlockNumber,
    },
    /// A worker did not commit in time.
    Absence {
        /// Who.
        worker: AccountId,
    },
    /// The last block for reveals has passed.
    RevealOver {
        /// The last block for reveals, should another result be believed now.
        reveal_until: BlockNumber,
    },
    /// The deal's deadline has passed.
    DeadlinePassed,
    /// The last block for an audit has passed.
    AuditTimeOver,
}

/// Why an event is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The worker was drawn before.
    AlreadyDrawn,
    /// As many workers as can be drawn have been.
    Full,
    /// No worker is wanted, or none in this role; no lot, no jury.
    NotLacking,
    /// The worker was not drawn, has declined or was absent.
    NotAssigned,
    /// The worker has committed before.
    AlreadyCommitted,
    /// The time for it is over; or a result is believed, and the commitment disagrees with it or comes after
    /// the first reveal; or jurors have begun to show theirs.
    TooLate,
    /// No result is believed yet, or the worker committed to another one.
    NotRevealing,
    /// The worker has revealed before.
    AlreadyRevealed,
    /// The digest is not the one committed to.
    WrongDigest,
    /// The seal was not made by this worker for this digest.
    WrongSeal,
}

/// What the chain has to do after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: workers are at it.
    Waiting,
    /// Draw more workers: those at work cannot reach the trust, even if they all agree.
    Lacking,
    /// A result is agreed on since this event: its lots are to be drawn.
    Agreed {
        /// The result.
        result: ResultHash,
    },
    /// A result is believed since this event: its group is to reveal.
    Consensus {
        /// The result.
        result: ResultHash,
    },
    /// A jury is to be drawn: results differ since this event, or the last jury could not decide.
    Disputed,
    /// The task is over, with this result.
    Completed {
        /// Address of the result's manifest.
        digest: Digest,
    },
    /// The task is over, without a result.
    Failed(Failure),
}

/// What the end of a task means for one contributor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was right: it is paid.
    Right {
        /// Its weight.
        weight: Weight,
    },
    /// A jury found it wrong: all that it has locked is forfeit.
    Convicted,
    /// It lost the vote, did not reveal, or has copied its commitment: its stake is forfeit.
    Wrong,
    /// It did not commit in time, and others delivered: it is fined.
    Absent,
    /// It declined. It has nothing locked any more.
    Declined,
    /// Nothing is known against it: its stake is unlocked.
    Released,
}
