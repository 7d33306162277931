//! The life of a task.
//!
//! ```text
//! Queued ──drawn──▶ Active ──consensus──▶ Revealing ──all revealed, or period over with ≥ 1──▶ Completed
//!                    │  ▲                    │
//!            absence,│  │ more workers       │ nobody revealed
//!            dispute └──┘◀───────────────────┘
//! any open state ──decline × 3, final deadline, too many workers──▶ Failed
//! ```
//!
//! A queued task has no record: its deal knows how many of its tasks were begun. From the first draw on,
//! [`Task`] is the whole working state, and [`Task::advance`] the one function that changes it. An event that is
//! refused changes nothing.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

use crate::{
    commitment,
    credibility::Tally,
    id::{Digest, ResultHash, Seal, TaskId},
    unit::{BlockNumber, Trust, Weight},
};

/// Most workers that one task can draw. Trust 100 needs 7 fresh ones that agree.
pub const MAX_CONTRIBUTIONS: u32 = 32;

/// As many workers must decline before a task is given up.
pub const DECLINES_TO_FAIL: usize = 3;

/// Why a worker cannot execute a task.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub enum DeclineReason {
    /// The app's artefact cannot be fetched.
    AppUnavailable,
    /// The dataset, or the file of parameters, cannot be fetched.
    DataUnavailable,
    /// The worker has no sandbox of the app's class.
    Unsupported,
}

/// Why a task failed. The requester has its money back in every case.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub enum Failure {
    /// The deal's deadline passed. The operator's guarantee is seized.
    DeadlinePassed,
    /// Three workers independently declined; the last one's reason.
    Declined(DeclineReason),
    /// As many workers as can be drawn could not agree, or did not answer.
    NoConsensus,
}

/// How far one worker is with one task.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
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
    Declined,
    /// It did not commit in time.
    Absent,
}

/// One worker's part in a task.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct Contribution<AccountId> {
    /// Who.
    pub worker: AccountId,
    /// How far it is.
    pub stage: Stage,
}

/// Which step of its life an open task is in.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub enum Phase {
    /// Workers execute and commit.
    Active,
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
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct Task<AccountId> {
    /// How sure the requester wants to be.
    pub trust: Trust,
    /// The deal's deadline.
    pub deadline: BlockNumber,
    /// The block of the first draw.
    pub begun: BlockNumber,
    /// Which step it is in.
    pub phase: Phase,
    /// Everybody who was drawn, in the order of the draws.
    pub contributions: BoundedVec<Contribution<AccountId>, ConstU32<MAX_CONTRIBUTIONS>>,
    /// The block in which the chain looks at the task again, whatever else happens.
    pub wake: BlockNumber,
    /// Whether it stands in its pool's queue, waiting for more workers.
    pub queued: bool,
}

/// What can happen to a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<AccountId> {
    /// A worker is drawn.
    Draw {
        /// Who.
        worker: AccountId,
        /// Its weight.
        weight: Weight,
        /// The last block in which it may commit.
        until: BlockNumber,
    },
    /// A worker commits.
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
    /// A worker shows the digest it committed to.
    Reveal {
        /// Who.
        worker: AccountId,
        /// The digest.
        digest: Digest,
        /// The present block.
        now: BlockNumber,
    },
    /// A worker cannot execute the task.
    Decline {
        /// Who.
        worker: AccountId,
        /// Why not.
        reason: DeclineReason,
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
}

/// Why an event is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The worker was drawn before.
    AlreadyDrawn,
    /// As many workers as can be drawn have been.
    Full,
    /// No worker is wanted.
    NotLacking,
    /// The worker was not drawn, has declined or was absent.
    NotAssigned,
    /// The worker has committed before.
    AlreadyCommitted,
    /// The time for it is over; or a result is believed, and the commitment disagrees with it or comes after
    /// the first reveal.
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
    /// A result is believed since this event: its group is to reveal.
    Consensus {
        /// The result.
        result: ResultHash,
    },
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
    /// It lost the vote or did not reveal: its stake is forfeit.
    Wrong,
    /// Nothing is known against it: its stake is unlocked.
    Released,
}

impl<AccountId: Clone + PartialEq + Encode> Task<AccountId> {
    /// A task of which nobody is drawn yet, begun in this block.
    pub fn new(trust: Trust, deadline: BlockNumber, begun: BlockNumber) -> Self {
        Self {
            trust,
            deadline,
            begun,
            phase: Phase::Active,
            contributions: BoundedVec::new(),
            wake: BlockNumber::MAX,
            queued: false,
        }
    }

    /// The contribution of a worker, if it was drawn.
    pub fn contribution(&self, worker: &AccountId) -> Option<&Contribution<AccountId>> {
        self.contributions.iter().find(|contribution| contribution.worker == *worker)
    }

    /// Whether more workers must be drawn: those who are at it would not reach the trust, even if they all
    /// agreed with the heaviest group.
    pub fn is_lacking(&self) -> bool {
        self.phase == Phase::Active && !self.tally().within_reach(self.pending(), self.trust)
    }

    /// Let something happen. An event that is refused leaves the task as it was.
    pub fn advance(&mut self, id: TaskId, event: Event<AccountId>) -> Result<Step, Refusal> {
        match event {
            Event::Draw { worker, weight, until } => self.draw(worker, weight, until),
            Event::Commit { worker, weight, result, seal, now, reveal_until } => {
                self.commit(&worker, weight, result, seal, now, reveal_until)
            }
            Event::Reveal { worker, digest, now } => self.reveal(id, &worker, digest, now),
            Event::Decline { worker, reason } => self.decline(&worker, reason),
            Event::Absence { worker } => {
                self.assigned(&worker)?.stage = Stage::Absent;
                Ok(self.step())
            }
            Event::RevealOver { reveal_until } => self.reveal_over(reveal_until),
            Event::DeadlinePassed => Ok(match self.phase {
                Phase::Revealing { digest: Some(digest), .. } => Step::Completed { digest },
                _ => Step::Failed(Failure::DeadlinePassed),
            }),
        }
    }

    /// What the end means for each contributor whose stake is still locked, in the order of the draws.
    pub fn verdicts(&self, completed: bool) -> impl Iterator<Item = (&AccountId, Verdict)> {
        self.contributions.iter().filter_map(move |Contribution { worker, stage }| {
            let verdict = match stage {
                Stage::Revealed { weight } if completed => Verdict::Right { weight: *weight },
                Stage::Committed { .. } if completed => Verdict::Wrong,
                Stage::Unrevealed => Verdict::Wrong,
                Stage::Assigned { .. } | Stage::Committed { .. } | Stage::Revealed { .. } => {
                    Verdict::Released
                }
                Stage::Declined | Stage::Absent => return None,
            };
            Some((worker, verdict))
        })
    }

    fn draw(&mut self, worker: AccountId, weight: Weight, until: BlockNumber) -> Result<Step, Refusal> {
        if !self.is_lacking() {
            return Err(Refusal::NotLacking);
        }
        if self.contribution(&worker).is_some() {
            return Err(Refusal::AlreadyDrawn);
        }
        let stage = Stage::Assigned { weight, until };
        self.contributions.try_push(Contribution { worker, stage }).map_err(|_| Refusal::Full)?;
        // Not `step`: a full task whose last worker has just been drawn is not lost yet.
        Ok(if self.is_lacking() { Step::Lacking } else { Step::Waiting })
    }

    fn commit(
        &mut self,
        worker: &AccountId,
        weight: Weight,
        result: ResultHash,
        seal: Seal,
        now: BlockNumber,
        reveal_until: BlockNumber,
    ) -> Result<Step, Refusal> {
        let phase = self.phase;
        let contribution = self.assigned(worker)?;
        if matches!(contribution.stage, Stage::Assigned { until, .. } if now > until) {
            return Err(Refusal::TooLate);
        }
        match phase {
            Phase::Active => {
                contribution.stage = Stage::Committed { weight, result, seal };
                Ok(self.test_consensus(reveal_until))
            }
            // An honest worker that is a little late still counts, as long as nothing was shown.
            Phase::Revealing { result: believed, digest: None, .. } if believed == result => {
                contribution.stage = Stage::Committed { weight, result, seal };
                Ok(Step::Waiting)
            }
            Phase::Revealing { .. } => Err(Refusal::TooLate),
        }
    }

    fn reveal(
        &mut self,
        id: TaskId,
        worker: &AccountId,
        shown: Digest,
        now: BlockNumber,
    ) -> Result<Step, Refusal> {
        let Phase::Revealing { result: believed, until, .. } = self.phase else {
            return Err(Refusal::NotRevealing);
        };
        let contribution = self
            .contributions
            .iter_mut()
            .find(|contribution| contribution.worker == *worker)
            .ok_or(Refusal::NotAssigned)?;
        let (weight, seal) = match contribution.stage {
            Stage::Committed { weight, result, seal } if result == believed => (weight, seal),
            Stage::Committed { .. } | Stage::Assigned { .. } => return Err(Refusal::NotRevealing),
            Stage::Revealed { .. } => return Err(Refusal::AlreadyRevealed),
            Stage::Unrevealed | Stage::Declined | Stage::Absent => return Err(Refusal::NotAssigned),
        };
        if now > until {
            return Err(Refusal::TooLate);
        }
        if commitment::result_hash(id, shown) != believed {
            return Err(Refusal::WrongDigest);
        }
        if commitment::seal(worker, id, shown) != seal {
            return Err(Refusal::WrongSeal);
        }
        contribution.stage = Stage::Revealed { weight };
        self.phase = Phase::Revealing { result: believed, until, digest: Some(shown) };
        let all_revealed = self.group_of(believed).next().is_none();
        Ok(if all_revealed { Step::Completed { digest: shown } } else { Step::Waiting })
    }

    fn decline(&mut self, worker: &AccountId, reason: DeclineReason) -> Result<Step, Refusal> {
        self.assigned(worker)?.stage = Stage::Declined;
        let declines =
            self.contributions.iter().filter(|contribution| contribution.stage == Stage::Declined).count();
        if self.phase == Phase::Active && declines >= DECLINES_TO_FAIL {
            return Ok(Step::Failed(Failure::Declined(reason)));
        }
        Ok(self.step())
    }

    fn reveal_over(&mut self, reveal_until: BlockNumber) -> Result<Step, Refusal> {
        match self.phase {
            Phase::Active => Err(Refusal::NotRevealing),
            Phase::Revealing { digest: Some(digest), .. } => Ok(Step::Completed { digest }),
            Phase::Revealing { result: believed, digest: None, .. } => {
                self.phase = Phase::Active;
                for contribution in self.contributions.iter_mut() {
                    if matches!(contribution.stage, Stage::Committed { result, .. } if result == believed) {
                        contribution.stage = Stage::Unrevealed;
                    }
                }
                Ok(self.test_consensus(reveal_until))
            }
        }
    }

    fn test_consensus(&mut self, until: BlockNumber) -> Step {
        match self.tally().winner(self.trust) {
            Some(result) => {
                self.phase = Phase::Revealing { result, until, digest: None };
                Step::Consensus { result }
            }
            None => self.step(),
        }
    }

    fn step(&self) -> Step {
        if !self.is_lacking() {
            Step::Waiting
        } else if self.contributions.is_full() {
            Step::Failed(Failure::NoConsensus)
        } else {
            Step::Lacking
        }
    }

    fn assigned(&mut self, worker: &AccountId) -> Result<&mut Contribution<AccountId>, Refusal> {
        let contribution = self
            .contributions
            .iter_mut()
            .find(|contribution| contribution.worker == *worker)
            .ok_or(Refusal::NotAssigned)?;
        match contribution.stage {
            Stage::Assigned { .. } => Ok(contribution),
            Stage::Committed { .. } | Stage::Revealed { .. } => Err(Refusal::AlreadyCommitted),
            Stage::Unrevealed | Stage::Declined | Stage::Absent => Err(Refusal::NotAssigned),
        }
    }

    fn tally(&self) -> Tally<ResultHash> {
        let mut tally = Tally::default();
        for contribution in &self.contributions {
            if let Stage::Committed { weight, result, .. } = contribution.stage {
                tally.add(result, weight);
            }
        }
        tally
    }

    fn pending(&self) -> impl Iterator<Item = Weight> + '_ {
        self.contributions.iter().filter_map(|contribution| match contribution.stage {
            Stage::Assigned { weight, .. } => Some(weight),
            _ => None,
        })
    }

    /// Those who committed to `result` and have not revealed.
    fn group_of(&self, believed: ResultHash) -> impl Iterator<Item = &AccountId> {
        self.contributions.iter().filter_map(move |contribution| match contribution.stage {
            Stage::Committed { result, .. } if result == believed => Some(&contribution.worker),
            _ => None,
        })
    }

    /// Workers whose commitment is awaited, with the last block in which it may come.
    pub fn awaited(&self) -> Vec<(AccountId, BlockNumber)> {
        self.contributions
            .iter()
            .filter_map(|contribution| match contribution.stage {
                Stage::Assigned { until, .. } => Some((contribution.worker.clone(), until)),
                _ => None,
            })
            .collect()
    }
}
