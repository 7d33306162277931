//! The chain's part: it locks, pays and unlocks as each step says, and notices what must not happen on the way.

use crate::{life::Life, results, ID};
use talka_primitives::{
    audit::Assurance,
    jury::{self, MAX_JURIES},
    settlement::{Case, Prices, Transfer},
    task::{Contribution, DeclineReason, Event, Failure, Phase, Role, Span, Stage, Step, Task, Verdict},
    Balance, Digest, ResultHash, Seal, Share, Trust, Weight,
};

pub type Account = u8;

/// Workers that nobody knows are the accounts from 0.
pub const MAX_WORKERS: u8 = 5;
/// The one worker that may be more credible than the others.
pub const CREDIBLE: Account = MAX_WORKERS;
/// The first of those who can be jurors. Each jury is made of other ones.
pub const JUROR: Account = CREDIBLE + 1;
pub const MAX_SEATS: u8 = 3;
pub const REQUESTER: Account = JUROR + MAX_SEATS * MAX_JURIES as u8;
pub const OPERATOR: Account = REQUESTER + 1;
pub const FUND: Account = OPERATOR + 1;
const ACCOUNTS: usize = FUND as usize + 1;

/// What everybody but the operator and the fund has at first.
pub const SAVINGS: Balance = 1_000;
pub const POOL_PRICE: Balance = 97;
/// What the pool asks each worker to lock: more than the value, so that it is what is lost with a vote.
pub const STAKE: Balance = 31;
/// What the operator guarantees: workers of its pool that let the task down pay it first.
pub const GUARANTEE: Balance = 29;
/// The value of the task. A juror locks as much, and loses it if it does not vote or is outvoted.
pub const VALUE: Balance = 3;

/// The weight of who is not known, and of who is credible.
pub const FRESH: Weight = Weight(2);
pub const HEAVY: Weight = Weight(100);

/// The present block, always; the last block in which something may be done; and one in which it is too late.
const NOW: u32 = 1;
const UNTIL: u32 = 10;
const LATE: u32 = 11;
pub const DEADLINE: u32 = 1_000;

/// What is paid for the task.
pub fn prices(assurance: Assurance) -> Prices<Account> {
    Prices {
        payer: REQUESTER,
        operator: OPERATOR,
        assets: Vec::new(),
        pool: POOL_PRICE,
        operator_share: Share(7),
        pool_stake: STAKE,
        guarantee: GUARANTEE,
        audit: if assurance.is_audited() { VALUE } else { 0 },
        value: VALUE,
        assurance,
    }
}

/// What may be tried next. Digests go by their number: 0 is the truth.
#[derive(Clone, Debug, PartialEq)]
pub enum Try {
    Draw(Account, Role),
    /// Whether it is audited.
    Lot(bool),
    /// Draw a jury with this number of seats.
    Seat(u8),
    /// Draw a jury to which one of the workers belongs.
    SeatWorker,
    JuryTimeOver,
    Commit(Account, usize, Weight),
    CommitLate(Account),
    /// Commit to what somebody else has committed to.
    Copy(Account, Account),
    /// Commit to one digest, with a seal for another one.
    Mix(Account, usize, usize),
    Reveal(Account, usize),
    RevealLate(Account, usize),
    Decline(Account),
    Absence(Account),
    RevealOver,
    Deadline,
    AuditTimeOver,
}

/// What must not happen in any step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An event was refused and changed the task.
    RefusedButChanged,
    /// What comes too late, was not committed to, or comes from who has no business here was accepted.
    AcceptedWrongly,
    /// A worker committed to what had been shown to all.
    CommittedToWhatWasShown,
    /// The task was completed while a worker had time to show its result.
    NoTimeToReveal,
    /// Money came from nowhere, or went there.
    MoneyLost,
    /// A second digest was shown to be the result.
    TwoResults,
    /// The task went back to where it was before, or stayed where it was.
    NoStepForward,
    /// A result was believed before its lot was drawn, or while it had no auditor.
    Unaudited,
    /// The chain was not told what is to be done next.
    ChainNotTold,
}

/// Who has what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ledger {
    pub free: [Balance; ACCOUNTS],
    pub locked: [Balance; ACCOUNTS],
    /// What the requester has deposited for the task.
    pub held: Balance,
}

impl Ledger {
    fn new(held: Balance) -> Self {
        let mut free = [SAVINGS; ACCOUNTS];
        (free[OPERATOR as usize], free[FUND as usize]) = (0, 0);
        free[REQUESTER as usize] -= held;
        Self { free, locked: [0; ACCOUNTS], held }
    }

    pub fn total(&self) -> Balance {
        self.free.iter().sum::<Balance>() + self.locked.iter().sum::<Balance>() + self.held
    }

    fn lock(&mut self, who: Account, amount: Balance) {
        // A party that does not have the amount ends up with more than there was: that is noticed.
        self.free[who as usize] = self.free[who as usize].saturating_sub(amount);
        self.locked[who as usize] += amount;
    }

    fn pay_from_lock(&mut self, from: Account, to: Account, amount: Balance) {
        self.locked[from as usize] = self.locked[from as usize].saturating_sub(amount);
        self.free[to as usize] += amount;
    }

    fn pay_from_deposit(&mut self, to: Account, amount: Balance) {
        self.held = self.held.saturating_sub(amount);
        self.free[to as usize] += amount;
    }
}

/// A task, and everything on the chain that depends on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    pub task: Task<Account>,
    pub ledger: Ledger,
    /// How the task ended. The chain then forgets it: nothing can happen to it any more.
    pub end: Option<Step>,
    /// How often it was settled.
    pub settlements: u8,
    /// Which digests were shown so far, by workers or jurors: one bit for each.
    pub shown: u8,
    /// The digest that is the result, once that is known.
    pub result: Option<Digest>,
    pub fault: Option<Fault>,
}

impl Chain {
    /// A task that waits for its first worker, after `life.absent_before` workers that were drawn and stayed absent.
    pub fn new(life: &Life) -> Self {
        let mut task = Task::new(Trust(life.trust), life.assurance, VALUE, Span::new(0, DEADLINE, 0));
        for worker in 0..life.absent_before {
            let (worker, role, locked, stage) = (100 + worker, Role::Member, 0, Stage::Absent);
            let contribution = Contribution { worker, role, locked, stage };
            task.contributions.try_push(contribution).expect("fewer than can be drawn");
        }
        task.queued = true;
        let ledger = Ledger::new(prices(life.assurance).held());
        Self { task, ledger, end: None, settlements: 0, shown: 0, result: None, fault: None }
    }

    /// What becomes of it when something is tried; nothing where it is refused or changes nothing.
    pub fn after(&self, life: &Life, attempt: &Try) -> Option<Self> {
        let event = self.event(life, attempt)?;
        let mut task = self.task.clone();
        let Ok(step) = task.advance(ID, event) else {
            let fault = (task != self.task).then_some(Fault::RefusedButChanged)?;
            return Some(Self { task, fault: Some(fault), ..*self });
        };
        let mut next = Self { task, ..*self };
        if *attempt == Try::Deadline && step == Step::Waiting && next.task == self.task {
            return None;
        }
        next.take_note(attempt, step);
        next.follow(attempt, step);
        next.fault = next.fault(self, attempt, step);
        Some(next)
    }

    fn event(&self, life: &Life, attempt: &Try) -> Option<Event<Account>> {
        let commit = |worker, weight, (result, seal), now| Event::Commit {
            worker,
            weight,
            result,
            seal,
            now,
            reveal_until: UNTIL,
        };
        let reveal =
            |worker, digest: usize, now| Event::Reveal { worker, digest: results::DIGESTS[digest], now };
        Some(match *attempt {
            Try::Draw(worker, role) => {
                let (weight, locked) = life.terms(worker, role);
                Event::Draw { worker, role, weight, locked, until: UNTIL }
            }
            Try::Lot(audit) => Event::Lot { audit, reveal_until: UNTIL, audit_until: DEADLINE },
            Try::Seat(seats) => {
                let juries = self.task.jury.as_ref().map_or(0, |jury| jury.juries as u8);
                let first = JUROR + MAX_SEATS * (juries % MAX_JURIES as u8);
                Event::Seat {
                    jurors: (first..first + seats).collect(),
                    size: life.seats.into(),
                    until: UNTIL,
                }
            }
            Try::SeatWorker => {
                let worker = self.task.contributions.last()?.worker;
                Event::Seat { jurors: vec![JUROR, worker], size: life.seats.into(), until: UNTIL }
            }
            Try::JuryTimeOver => Event::JuryTimeOver { reveal_until: UNTIL },
            Try::Commit(who, digest, weight) => commit(who, weight, results::commitment(who, digest), NOW),
            Try::CommitLate(who) => commit(who, FRESH, results::commitment(who, 0), LATE),
            Try::Copy(who, victim) => commit(who, FRESH, self.commitment_of(victim)?, NOW),
            Try::Mix(who, digest, sealed) => {
                let (result, seal) = (results::commitment(who, digest).0, results::commitment(who, sealed).1);
                commit(who, FRESH, (result, seal), NOW)
            }
            Try::Reveal(who, digest) => reveal(who, digest, NOW),
            Try::RevealLate(who, digest) => reveal(who, digest, LATE),
            Try::Decline(worker) => {
                Event::Decline { worker, reason: DeclineReason::AppUnavailable, reveal_until: UNTIL }
            }
            Try::Absence(worker) => Event::Absence { worker },
            Try::RevealOver => Event::RevealOver { reveal_until: UNTIL },
            Try::Deadline => Event::DeadlinePassed,
            Try::AuditTimeOver => Event::AuditTimeOver,
        })
    }

    /// What somebody has committed to: everybody can read it.
    fn commitment_of(&self, who: Account) -> Option<(ResultHash, Seal)> {
        let contribution = self.task.contribution(&who);
        let juror = self.task.jury.iter().flat_map(|jury| &jury.seats).find(|juror| juror.who == who);
        match (contribution.map(|contribution| contribution.stage), juror.map(|juror| juror.ballot)) {
            (Some(Stage::Committed { result, seal, .. }), _)
            | (_, Some(jury::Ballot::Committed { result, seal })) => Some((result, seal)),
            _ => None,
        }
    }

    /// Remember what was shown, what is known, and whether the task stands in a queue.
    fn take_note(&mut self, attempt: &Try, step: Step) {
        match *attempt {
            Try::Reveal(_, digest) | Try::RevealLate(_, digest) => self.shown |= 1 << digest,
            _ => {}
        }
        self.result = self.result.or(match (self.task.phase, step) {
            (_, Step::Completed { digest }) => Some(digest),
            (Phase::Revealing { digest, .. }, _) => digest,
            _ => None,
        });
        let lacks = self.task.is_lacking() && !self.task.contributions.is_full();
        // The queue may come to a task at any time: it then drops out, unless it lacks somebody.
        self.task.queued = lacks && (self.task.queued || step == Step::Lacking);
    }

    /// Do what an event, and the step that follows from it, ask for.
    fn follow(&mut self, attempt: &Try, step: Step) {
        match *attempt {
            Try::Draw(worker, _) => self.ledger.lock(worker, self.locked_for(worker)),
            Try::Seat(_) | Try::SeatWorker => {
                let jurors = self.task.jury.iter().filter(|jury| !jury.ended).flat_map(|jury| &jury.seats);
                jurors.for_each(|juror| self.ledger.lock(juror.who, VALUE));
            }
            Try::Decline(worker) => self.ledger.pay_from_lock(worker, worker, self.locked_for(worker)),
            _ => {}
        }
        self.dismiss_jury();
        match step {
            Step::Completed { digest } => self.settle(Ok(digest)),
            Step::Failed(reason) => self.settle(Err(reason)),
            _ => return,
        }
        self.settlements += 1;
        self.end = Some(step);
    }

    fn locked_for(&self, worker: Account) -> Balance {
        self.task.contribution(&worker).map_or(0, |contribution| contribution.locked)
    }

    /// Fine and free the jurors of a jury that has ended.
    fn dismiss_jury(&mut self) {
        let Some(jury) = self.task.jury.as_ref().filter(|jury| jury.ended) else { return };
        let fined = jury.fined();
        for juror in &jury.seats {
            let to = if fined.contains(&&juror.who) { FUND } else { juror.who };
            self.ledger.pay_from_lock(juror.who, to, self.ledger.locked[juror.who as usize]);
        }
    }

    /// What the end means for each worker.
    pub fn verdicts(&self) -> Vec<(Account, Verdict)> {
        let digest = match self.end {
            Some(Step::Completed { digest }) => Some(digest),
            _ => None,
        };
        let verdicts = self.task.verdicts(ID, digest).into_iter();
        verdicts.map(|(contribution, verdict)| (contribution.worker, verdict)).collect()
    }

    fn settle(&mut self, end: Result<Digest, Failure>) {
        let settlement = Case::of(ID, &self.task, end).settle(&prices(self.task.assurance));
        for transfer in settlement.transfers {
            match transfer {
                Transfer::Payment { to, amount } => self.ledger.pay_from_deposit(to, amount),
                Transfer::Forfeit { from, to, amount } => {
                    self.ledger.pay_from_lock(from, to.unwrap_or(FUND), amount);
                }
            }
        }
        for (worker, amount) in settlement.unlocked {
            self.ledger.pay_from_lock(worker, worker, amount);
        }
    }

    /// What has gone wrong in this step, if anything has.
    fn fault(&self, before: &Self, attempt: &Try, step: Step) -> Option<Fault> {
        let committed = match *attempt {
            Try::Commit(who, digest, _) if who < JUROR => 1 << digest,
            _ => 0,
        };
        let known = match step {
            Step::Completed { digest } => Some(digest),
            _ => self.result,
        };
        let accepted_wrongly = match *attempt {
            Try::CommitLate(_) | Try::RevealLate(..) | Try::SeatWorker => true,
            Try::Reveal(who, digest) => before.commitment_of(who) != Some(results::commitment(who, digest)),
            _ => false,
        };
        if accepted_wrongly {
            Some(Fault::AcceptedWrongly)
        } else if committed & before.shown != 0 {
            Some(Fault::CommittedToWhatWasShown)
        } else if matches!(attempt, Try::Reveal(..)) && self.end.is_some() && self.is_anybody_to_reveal() {
            Some(Fault::NoTimeToReveal)
        } else if self.ledger.total() != before.ledger.total() {
            Some(Fault::MoneyLost)
        } else if known != self.result {
            Some(Fault::TwoResults)
        } else if self.end.is_none() && progress(&self.task) <= progress(&before.task) {
            Some(Fault::NoStepForward)
        } else if matches!(step, Step::Consensus { .. }) && !self.is_audited(attempt) {
            Some(Fault::Unaudited)
        } else if self.end.is_none() && !self.is_told(before, step) {
            Some(Fault::ChainNotTold)
        } else {
            None
        }
    }

    fn is_anybody_to_reveal(&self) -> bool {
        let Phase::Revealing { result: believed, .. } = self.task.phase else { return false };
        self.task.contributions.iter().any(
            |contribution| matches!(contribution.stage, Stage::Committed { result, .. } if result == believed),
        )
    }

    /// Whether its lot, or an auditor, allows that the result is shown; or nobody has asked for that.
    fn is_audited(&self, attempt: &Try) -> bool {
        let mut contributions = self.task.contributions.iter();
        *attempt == Try::Lot(false)
            || !self.task.assurance.is_audited()
            || contributions.any(|contribution| {
                contribution.role == Role::Auditor && matches!(contribution.stage, Stage::Committed { .. })
            })
    }

    /// Whether the step says what is to be done in the phase that the task is in since then.
    fn is_told(&self, before: &Self, step: Step) -> bool {
        let sits = |chain: &Self| chain.task.jury.as_ref().is_some_and(|jury| !jury.ended);
        let believed = |chain: &Self| match chain.task.phase {
            Phase::Revealing { result, .. } => Some(result),
            _ => None,
        };
        match self.task.phase {
            Phase::Agreed { result } if before.task.phase != self.task.phase => {
                step == Step::Agreed { result }
            }
            Phase::Revealing { result, .. } if believed(before) != Some(result) => {
                step == Step::Consensus { result }
            }
            Phase::Disputed if !sits(self) && (before.task.phase != Phase::Disputed || sits(before)) => {
                step == Step::Disputed
            }
            _ if self.task.contributions.is_full() => {
                !self.task.is_lacking() || !self.task.awaited().is_empty()
            }
            _ => !self.task.is_lacking() || self.task.queued,
        }
    }
}

/// Grows with every event: more workers drawn, or further with what they were drawn for, or a later phase, or a
/// later jury, or one that is further.
fn progress(task: &Task<Account>) -> [usize; 7] {
    let worker = |stage: Stage| match stage {
        Stage::Assigned { .. } => 0,
        Stage::Committed { .. } => 1,
        Stage::Revealed { .. } | Stage::Unrevealed | Stage::Declined { .. } | Stage::Absent => 2,
    };
    let phase = match task.phase {
        Phase::Active => 0,
        Phase::Agreed { .. } => 1,
        Phase::Audit { .. } => 2,
        Phase::Revealing { .. } => 3,
        Phase::Disputed => 4,
    };
    let juror = |ballot: jury::Ballot| match ballot {
        jury::Ballot::Awaited => 0,
        jury::Ballot::Committed { .. } => 1,
        jury::Ballot::Revealed { .. } | jury::Ballot::Declined { .. } => 2,
    };
    let jury = task.jury.as_ref().map(|jury| {
        let ballots = jury.seats.iter().map(|seat| juror(seat.ballot)).sum();
        [jury.juries as usize, jury.ended.into(), jury.revealing.into(), ballots]
    });
    let [juries, ended, revealing, ballots] = jury.unwrap_or_default();
    let workers = task.contributions.iter().map(|contribution| worker(contribution.stage)).sum();
    [task.contributions.len(), workers, phase, juries, ended, revealing, ballots]
}
