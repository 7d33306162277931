//! What each event does.

use alloc::vec::Vec;
use codec::Encode;
use sp_runtime::BoundedVec;

use super::{
    Contribution, DeclineReason, Event, Failure, Phase, Refusal, Role, Span, Stage, Step, Task, Verdict,
    DECLINES_TO_FAIL, MAX_CONTRIBUTIONS, MAX_MEMBERS,
};
use crate::{
    audit::Assurance,
    commitment,
    credibility::Tally,
    id::{Digest, ResultHash, Seal, TaskId},
    jury::{Jury, Ruling, Times},
    unit::{Balance, BlockNumber, Trust, Weight},
};

impl<AccountId> Contribution<AccountId> {
    /// Whether it could not execute the task and said so.
    pub fn has_declined(&self) -> bool {
        matches!(self.stage, Stage::Declined { .. })
    }
}

impl<AccountId: Clone + PartialEq + Encode> Task<AccountId> {
    /// A task of which nobody is drawn yet.
    pub fn new(trust: Trust, assurance: Assurance, value: Balance, span: Span) -> Self {
        let Span { begun, deadline, audit_until } = span;
        Self {
            trust,
            assurance,
            value,
            deadline,
            audit_until,
            begun,
            phase: Phase::Active,
            contributions: BoundedVec::new(),
            jury: None,
            wake: BlockNumber::MAX,
            queued: false,
            full_blocks: 0,
            queue_delay: 0,
        }
    }

    /// The contribution of a worker, if it was drawn.
    pub fn contribution(&self, worker: &AccountId) -> Option<&Contribution<AccountId>> {
        self.contributions.iter().find(|contribution| contribution.worker == *worker)
    }

    /// Whether more workers must be drawn: those who are at it would not reach the trust, even if they all
    /// agreed with the heaviest group; or an audit has no auditor.
    pub fn is_lacking(&self) -> bool {
        match self.phase {
            Phase::Active => !self.tally().within_reach(self.pending(), self.trust),
            Phase::Audit { .. } => !self.contributions.iter().any(|contribution| {
                contribution.role == Role::Auditor && matches!(contribution.stage, Stage::Assigned { .. })
            }),
            Phase::Agreed { .. } | Phase::Revealing { .. } | Phase::Disputed => false,
        }
    }

    /// Why it has no result and will have none: it needs one more worker, and as many as can be drawn have been.
    pub fn lost(&self) -> Option<Failure> {
        let failure = if self.is_audit() { Failure::NotAudited } else { Failure::NoConsensus };
        (self.is_lacking() && self.is_full()).then_some(failure)
    }

    /// Whether as many have been drawn as can be in this phase.
    pub fn is_full(&self) -> bool {
        let most = if self.is_audit() { MAX_CONTRIBUTIONS } else { MAX_MEMBERS };
        self.contributions.len() >= most as usize
    }

    /// Whether an auditor, not a member, is to be drawn next.
    pub fn is_audit(&self) -> bool {
        matches!(self.phase, Phase::Audit { .. })
    }

    /// Let something happen. An event that is refused leaves the task as it was.
    pub fn advance(&mut self, id: TaskId, event: Event<AccountId>) -> Result<Step, Refusal> {
        match event {
            Event::Draw { worker, role, weight, locked, until } => {
                let stage = Stage::Assigned { weight, until };
                self.draw(Contribution { worker, role, locked, stage })
            }
            Event::Commit { worker, result, seal, now, reveal_until, .. } if self.is_juror(&worker) => {
                let jury = self.jury.as_mut().ok_or(Refusal::NotAssigned)?;
                jury.commit(&worker, result, seal, Times { now, reveal_until }).map(|()| Step::Waiting)
            }
            Event::Commit { worker, weight, result, seal, now, reveal_until } => {
                self.commit(&worker, weight, result, seal, Times { now, reveal_until })
            }
            Event::Reveal { worker, digest, now } if self.is_juror(&worker) => {
                let jury = self.jury.as_mut().ok_or(Refusal::NotAssigned)?;
                let ruling = jury.reveal(id, &worker, digest, now)?;
                Ok(ruling.map_or(Step::Waiting, follow))
            }
            Event::Reveal { worker, digest, now } => self.reveal(id, &worker, digest, now),
            Event::Decline { worker, reason, reveal_until } if self.is_juror(&worker) => {
                let jury = self.jury.as_mut().ok_or(Refusal::NotAssigned)?;
                let ruling = jury.decline(&worker, reason, reveal_until)?;
                Ok(ruling.map_or(Step::Waiting, follow))
            }
            Event::Decline { worker, reason, .. } => self.decline(&worker, reason),
            Event::Absence { worker } => {
                if !self.waits_for_commitments() {
                    return Err(Refusal::NotLacking);
                }
                self.assigned(&worker)?.stage = Stage::Absent;
                Ok(self.step())
            }
            Event::Lot { audit, reveal_until, audit_until } => self.lot(audit, reveal_until, audit_until),
            Event::Seat { jurors, size, until } => self.seat(jurors, size, until),
            Event::JuryTimeOver { reveal_until } => {
                let disputed = self.phase == Phase::Disputed;
                let jury = self.jury.as_mut().filter(|jury| disputed && !jury.ended);
                let ruling = jury.ok_or(Refusal::NotRevealing)?.time_over(reveal_until);
                Ok(ruling.map_or(Step::Waiting, follow))
            }
            Event::RevealOver { reveal_until } => self.reveal_over(reveal_until),
            Event::DeadlinePassed => Ok(self.deadline_passed()),
            Event::AuditTimeOver => self.audit_time_over(),
        }
    }

    /// What the end means for each contributor, in the order of the draws. `digest` is the result; nothing where there is
    /// none.
    pub fn verdicts(&self, id: TaskId, digest: Option<Digest>) -> Vec<(&Contribution<AccountId>, Verdict)> {
        let right = digest.map(|digest| (digest, commitment::result_hash(id, digest)));
        let evidence = if self.phase == Phase::Disputed {
            Evidence::Jury
        } else if self.assurance.is_internal() {
            Evidence::Fellows
        } else {
            Evidence::Vote
        };
        let judge = |contribution| (contribution, verdict(id, contribution, right, evidence));
        self.contributions.iter().map(judge).collect()
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

    /// The last block of the period in which it is. Nothing where the chain alone ends that: by a lot, or by the draw of a jury.
    pub fn period_until(&self) -> Option<BlockNumber> {
        match self.phase {
            Phase::Active => Some(self.deadline),
            Phase::Agreed { .. } => None,
            Phase::Audit { .. } => Some(self.audit_until),
            Phase::Disputed => self.jury.as_ref().filter(|jury| !jury.ended).map(|jury| jury.until),
            Phase::Revealing { until, .. } => Some(until),
        }
    }

    /// Whether a worker that was drawn can still commit: as long as nobody can have shown what it would commit to.
    pub fn takes_commitments(&self) -> bool {
        match self.phase {
            Phase::Active | Phase::Agreed { .. } | Phase::Audit { .. } => true,
            Phase::Disputed => !self.jury.as_ref().is_some_and(Jury::may_have_shown),
            Phase::Revealing { digest, .. } => digest.is_none(),
        }
    }

    /// Whether a worker that has not committed in time is absent. It is not once a result is revealed, or disputed: nobody
    /// waits for it any more, and it may no longer be able to commit.
    pub fn waits_for_commitments(&self) -> bool {
        !matches!(self.phase, Phase::Revealing { .. } | Phase::Disputed)
    }

    /// The contribution of the one worker that gave the result that was agreed on, if it worked alone.
    pub fn alone(&self) -> Option<&Contribution<AccountId>> {
        let mut committed = self.contributions.iter().filter(|contribution| {
            contribution.role != Role::Auditor
                && matches!(contribution.stage, Stage::Committed { .. } | Stage::Revealed { .. })
        });
        let first = committed.next()?;
        (committed.next().is_none() && matches!(first.role, Role::Alone { .. })).then_some(first)
    }

    fn is_juror(&self, who: &AccountId) -> bool {
        self.phase == Phase::Disputed && self.jury.as_ref().is_some_and(|jury| jury.has(who))
    }

    fn draw(&mut self, contribution: Contribution<AccountId>) -> Result<Step, Refusal> {
        if !self.is_lacking() || (contribution.role == Role::Auditor) != self.is_audit() {
            return Err(Refusal::NotLacking);
        }
        if self.contribution(&contribution.worker).is_some() {
            return Err(Refusal::AlreadyDrawn);
        }
        if self.is_full() {
            return Err(Refusal::Full);
        }
        self.contributions.try_push(contribution).map_err(|_| Refusal::Full)?;
        // Not `step`: a full task whose last worker has just been drawn is not lost yet.
        Ok(if self.is_lacking() { Step::Lacking } else { Step::Waiting })
    }

    fn commit(
        &mut self,
        worker: &AccountId,
        weight: Weight,
        result: ResultHash,
        seal: Seal,
        Times { now, reveal_until }: Times,
    ) -> Result<Step, Refusal> {
        let (phase, deterministic) = (self.phase, self.assurance.is_deterministic());
        let nothing_is_shown = self.takes_commitments();
        let contribution = self.assigned(worker)?;
        if matches!(contribution.stage, Stage::Assigned { until, .. } if now > until) {
            return Err(Refusal::TooLate);
        }
        let audits = contribution.role == Role::Auditor;
        let may_say_so = match phase {
            // A late one counts in a dispute too.
            Phase::Active | Phase::Disputed => true,
            // Who disagrees with what was agreed on starts a dispute, where one can be decided.
            Phase::Agreed { result: agreed } | Phase::Audit { result: agreed } => {
                audits || deterministic || agreed == result
            }
            // An honest worker that is a little late still counts.
            Phase::Revealing { result: believed, .. } => believed == result,
        };
        if !(nothing_is_shown && may_say_so) {
            return Err(Refusal::TooLate);
        }
        contribution.stage = Stage::Committed { weight, result, seal };
        if let Phase::Revealing { until, .. } = &mut self.phase {
            // It has as much time to reveal as the others had.
            *until = reveal_until.max(*until);
        }
        Ok(match phase {
            Phase::Active | Phase::Agreed { .. } | Phase::Audit { .. }
                if deterministic && self.is_contradicted(result) =>
            {
                self.phase = Phase::Disputed;
                Step::Disputed
            }
            Phase::Active => self.test_consensus(reveal_until),
            Phase::Audit { result: agreed } if audits && agreed == result => {
                self.believe(result, reveal_until)
            }
            Phase::Audit { .. } if audits => {
                self.phase = Phase::Active;
                self.test_consensus(reveal_until)
            }
            Phase::Agreed { .. } | Phase::Audit { .. } | Phase::Revealing { .. } | Phase::Disputed => {
                Step::Waiting
            }
        })
    }

    fn lot(
        &mut self,
        audit: bool,
        reveal_until: BlockNumber,
        audit_until: BlockNumber,
    ) -> Result<Step, Refusal> {
        let Phase::Agreed { result } = self.phase else { return Err(Refusal::NotLacking) };
        if !audit {
            return Ok(self.believe(result, reveal_until));
        }
        self.phase = Phase::Audit { result };
        // The chain may be late with the lot: an audit has its whole time.
        self.audit_until = audit_until.max(self.audit_until);
        Ok(self.step())
    }

    fn seat(&mut self, jurors: Vec<AccountId>, size: u32, until: BlockNumber) -> Result<Step, Refusal> {
        let sits = self.jury.as_ref().is_some_and(|jury| !jury.ended);
        let takes_part = jurors.iter().any(|who| self.contribution(who).is_some());
        if self.phase != Phase::Disputed || sits || takes_part {
            return Err(Refusal::NotLacking);
        }
        if jurors.is_empty() {
            return Ok(Step::Failed(Failure::NoVerdict));
        }
        self.jury = Some(Jury::after(self.jury.as_ref(), jurors, size, until));
        Ok(Step::Waiting)
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
            Stage::Unrevealed | Stage::Declined { .. } | Stage::Absent => return Err(Refusal::NotAssigned),
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
        self.assigned(worker)?.stage = Stage::Declined { reason };
        let most_decline = self.do_most_decline();
        Ok(match self.phase {
            Phase::Active if most_decline => {
                Step::Failed(Failure::Declined(self.reason_of_most().unwrap_or(reason)))
            }
            // The one auditor that can execute it after all others could not is more likely a fellow than lucky.
            Phase::Audit { .. } if most_decline => Step::Failed(Failure::NotAudited),
            _ => self.step(),
        })
    }

    /// Whether most have declined of those who were drawn to execute the task; where it is audited, of its auditors.
    fn do_most_decline(&self) -> bool {
        let is_asked = |one: &&Contribution<AccountId>| !self.is_audit() || one.role == Role::Auditor;
        let drawn = self.contributions.iter().filter(is_asked).count();
        let asked = self.contributions.iter().filter(is_asked);
        let declines = asked.filter(|one| one.has_declined()).count();
        declines >= DECLINES_TO_FAIL && 2 * declines > drawn
    }

    /// The reason that most of those gave who declined; of two that as many gave, the one that was given by a later draw.
    fn reason_of_most(&self) -> Option<DeclineReason> {
        let reasons = || {
            self.contributions.iter().filter_map(|one| match one.stage {
                Stage::Declined { reason } => Some(reason),
                _ => None,
            })
        };
        reasons().max_by_key(|reason| reasons().filter(|other| other == reason).count())
    }

    fn reveal_over(&mut self, reveal_until: BlockNumber) -> Result<Step, Refusal> {
        match self.phase {
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
            Phase::Active | Phase::Agreed { .. } | Phase::Audit { .. } | Phase::Disputed => {
                Err(Refusal::NotRevealing)
            }
        }
    }

    fn deadline_passed(&self) -> Step {
        match self.phase {
            // More time would not have helped, where nobody that was drawn could execute it.
            Phase::Active if self.contributions.iter().all(Contribution::has_declined) => {
                Step::Failed(self.reason_of_most().map_or(Failure::DeadlinePassed, Failure::Declined))
            }
            Phase::Active => Step::Failed(Failure::DeadlinePassed),
            Phase::Agreed { .. } | Phase::Audit { .. } | Phase::Revealing { .. } | Phase::Disputed => {
                Step::Waiting
            }
        }
    }

    fn audit_time_over(&self) -> Result<Step, Refusal> {
        match self.phase {
            Phase::Audit { .. } => Ok(Step::Failed(Failure::NotAudited)),
            Phase::Active | Phase::Agreed { .. } | Phase::Revealing { .. } | Phase::Disputed => {
                Err(Refusal::NotLacking)
            }
        }
    }

    /// A result that wins is believed where nothing more is wanted, or an auditor is among those who gave it or
    /// another.
    fn test_consensus(&mut self, until: BlockNumber) -> Step {
        let Some(result) = self.tally().winner(self.trust) else { return self.step() };
        let was_audited = self.contributions.iter().any(|contribution| {
            contribution.role == Role::Auditor && matches!(contribution.stage, Stage::Committed { .. })
        });
        if was_audited || !self.assurance.is_audited() {
            return self.believe(result, until);
        }
        self.phase = Phase::Agreed { result };
        Step::Agreed { result }
    }

    fn believe(&mut self, result: ResultHash, until: BlockNumber) -> Step {
        self.phase = Phase::Revealing { result, until, digest: None };
        Step::Consensus { result }
    }

    fn step(&self) -> Step {
        match self.lost() {
            Some(failure) => Step::Failed(failure),
            None if self.is_lacking() => Step::Lacking,
            None => Step::Waiting,
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
            Stage::Unrevealed | Stage::Declined { .. } | Stage::Absent => Err(Refusal::NotAssigned),
        }
    }

    /// What was committed to.
    pub(crate) fn tally(&self) -> Tally<ResultHash> {
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

    /// Whether somebody has committed to another result.
    fn is_contradicted(&self, mine: ResultHash) -> bool {
        self.contributions.iter().any(
            |contribution| matches!(contribution.stage, Stage::Committed { result, .. } if result != mine),
        )
    }

    /// Those who committed to `result` and have not revealed.
    fn group_of(&self, believed: ResultHash) -> impl Iterator<Item = &AccountId> {
        self.contributions.iter().filter_map(move |contribution| match contribution.stage {
            Stage::Committed { result, .. } if result == believed => Some(&contribution.worker),
            _ => None,
        })
    }
}

fn follow(ruling: Ruling<Digest>) -> Step {
    match ruling {
        Ruling::Decided(digest) => Step::Completed { digest },
        Ruling::Again => Step::Disputed,
        Ruling::Undecided => Step::Failed(Failure::NoVerdict),
    }
}

/// By whose word a result is the right one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// That of workers, whom an auditor of any pool could contradict.
    Vote,
    /// That of workers of one pool: no evidence against who differs from them, or does not deliver.
    Fellows,
    /// That of a jury.
    Jury,
}

fn verdict<AccountId: Encode>(
    id: TaskId,
    contribution: &Contribution<AccountId>,
    right: Option<(Digest, ResultHash)>,
    evidence: Evidence,
) -> Verdict {
    match (contribution.stage, right) {
        (Stage::Unrevealed, _) => Verdict::Wrong,
        (Stage::Declined { .. }, _) => Verdict::Declined,
        (Stage::Assigned { .. }, _) | (_, None) => Verdict::Released,
        // Others have delivered: it could have been done. What fellows deliver does not show that.
        (Stage::Absent, _) if evidence == Evidence::Fellows => Verdict::Released,
        (Stage::Absent, _) => Verdict::Absent,
        (Stage::Revealed { weight }, _) => Verdict::Right { weight },
        (Stage::Committed { result, .. }, Some((_, right)))
            if evidence == Evidence::Fellows && result != right =>
        {
            Verdict::Released
        }
        (Stage::Committed { .. }, _) if evidence != Evidence::Jury => Verdict::Wrong,
        (Stage::Committed { result, .. }, Some((_, right))) if result != right => Verdict::Convicted,
        // In a dispute only jurors show the digest; the seal says which workers had it too.
        (Stage::Committed { weight, seal, .. }, Some((digest, _))) => {
            match seal == commitment::seal(&contribution.worker, id, digest) {
                true => Verdict::Right { weight },
                false => Verdict::Wrong,
            }
        }
    }
}
