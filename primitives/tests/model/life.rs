//! All courses that the life of a task can take.

use std::{
    hash::{Hash, Hasher},
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};

use crate::{
    chain::{Account, Chain, Try, CREDIBLE, FRESH, HEAVY, JUROR, MAX_SEATS, REQUESTER, STAKE, VALUE},
    properties::{self, Sight},
    results,
};
use codec::Encode as _;
use stateright::{Model, Property};
use talka_primitives::{
    audit::{Assurance, DEFAULT_RATE},
    jury::{Ballot, MAX_JURIES},
    merit::DEFAULT_YOUNG_RATE,
    placement::Conditions,
    task::{Contribution, Phase, Role, Stage, Step},
    Balance, Rate, Trust, Weight,
};

/// Workers that nobody knows, where nothing else is said.
pub const WORKERS: u8 = 4;

/// One task, with those who may take part in it.
pub struct Life {
    pub assurance: Assurance,
    pub trust: u32,
    /// How many workers there are that nobody knows.
    pub workers: u8,
    /// What one more is drawn for that is more credible, if there is one.
    pub credible: Option<Role>,
    /// How many were drawn before, and have not come.
    pub absent_before: u8,
    /// How many different lies are told.
    pub lies: usize,
    /// Whether results are committed to with seals for other ones.
    pub mixes: bool,
    /// Most seats of a jury.
    pub seats: u8,
    /// What must be reachable.
    pub sights: Vec<Sight>,
    /// Most steps in which the chain alone brought a task to its end.
    pub longest: Arc<AtomicUsize>,
}

impl Life {
    /// A task with four workers that nobody knows, one lie, and juries of up to three.
    pub fn new(assurance: Assurance, trust: u32, sights: &[Sight]) -> Self {
        Self {
            assurance,
            trust,
            workers: WORKERS,
            credible: None,
            absent_before: 0,
            lies: 1,
            mixes: false,
            seats: MAX_SEATS,
            sights: sights.to_vec(),
            longest: Arc::default(),
        }
    }

    /// The weight of who is drawn, and what it locks.
    pub fn terms(&self, worker: Account, role: Role) -> (Weight, Balance) {
        let conditions = Conditions {
            value: VALUE,
            trust: Trust(self.trust),
            assurance: self.assurance,
            category_rate: DEFAULT_RATE,
            young_rate: DEFAULT_YOUNG_RATE,
            jurors: self.seats.into(),
            pool_stake: STAKE,
        };
        let rate = if let Role::Alone { rate } = role { rate } else { Rate::ALWAYS };
        let locked = conditions.stake(rate).expect("the value is small");
        (if worker == CREDIBLE { HEAVY } else { FRESH }, locked)
    }

    /// Who can be drawn next. All whom nobody knows are alike, so that one of them will do.
    fn undrawn(&self, chain: &Chain) -> Vec<(Account, Role)> {
        let is_undrawn = |worker: &Account| chain.task.contribution(worker).is_none();
        let fresh = (0..self.workers).find(is_undrawn).map(|worker| (worker, Role::Member));
        let credible = self.credible.filter(|_| is_undrawn(&CREDIBLE)).map(|role| (CREDIBLE, role));
        fresh.into_iter().chain(credible).collect()
    }

    fn digests(&self) -> core::ops::RangeInclusive<usize> {
        results::TRUTH..=self.lies
    }

    /// What the chain does where nobody else does anything; or the choices that it leaves to a lot.
    fn of_the_chain(&self, chain: &Chain) -> Vec<Try> {
        match chain.task.phase {
            Phase::Disputed if chain.task.jury.as_ref().is_some_and(|jury| !jury.ended) => {
                vec![Try::JuryTimeOver]
            }
            Phase::Disputed => vec![Try::Seat(self.seats), Try::Seat(0)],
            Phase::Agreed { .. } => vec![Try::Lot(true), Try::Lot(false)],
            Phase::Revealing { .. } => vec![Try::RevealOver],
            Phase::Active | Phase::Audit { .. } => {
                let over = if chain.task.is_audit() { Try::AuditTimeOver } else { Try::Deadline };
                let lacks = chain.task.is_lacking() && !chain.task.contributions.is_full();
                let role = |role| if chain.task.is_audit() { Role::Auditor } else { role };
                let undrawn = self.undrawn(chain).into_iter().filter(|_| lacks);
                let draws: Vec<_> = undrawn.map(|(worker, wanted)| Try::Draw(worker, role(wanted))).collect();
                let absence = chain.task.awaited().first().map(|(worker, _)| Try::Absence(*worker));
                match draws.is_empty() {
                    false => draws,
                    true => vec![absence.unwrap_or(over)],
                }
            }
        }
    }

    /// In how many steps the chain alone brings the task to its end, at most; nothing where that are more than `max`.
    pub fn steps_to_the_end(&self, chain: &Chain, max: usize) -> Option<usize> {
        if chain.end.is_some() {
            return Some(0);
        }
        let mut longest = 0;
        for attempt in self.of_the_chain(chain) {
            let next = chain.after(self, &attempt)?;
            longest = longest.max(1 + self.steps_to_the_end(&next, max.checked_sub(1)?)?);
        }
        self.longest.fetch_max(longest, Ordering::Relaxed);
        Some(longest)
    }

    fn tries_of(&self, who: Account, everybody: &[Account], tries: &mut Vec<Try>) {
        let weights = if who == CREDIBLE { &[HEAVY, FRESH][..] } else { &[FRESH] };
        for digest in self.digests() {
            tries.extend(weights.iter().map(|weight| Try::Commit(who, digest, *weight)));
            tries.extend([Try::Reveal(who, digest), Try::RevealLate(who, digest)]);
            let others = self.digests().filter(|other| self.mixes && *other != digest);
            tries.extend(others.map(|other| Try::Mix(who, digest, other)));
        }
        let victims = everybody.iter().filter(|victim| **victim != who);
        tries.extend(victims.map(|victim| Try::Copy(who, *victim)));
        tries.extend([Try::CommitLate(who), Try::Decline(who), Try::Absence(who)]);
    }
}

impl Model for Life {
    type State = Chain;
    type Action = Try;

    fn init_states(&self) -> Vec<Chain> {
        vec![Chain::new(self)]
    }

    /// Whatever anybody may try, in any order; most tries are refused.
    fn actions(&self, chain: &Chain, tries: &mut Vec<Try>) {
        let juries = chain.task.jury.as_ref().map_or(0, |jury| jury.juries);
        if chain.end.is_some() || chain.fault.is_some() || juries > MAX_JURIES {
            return;
        }
        let workers: Vec<_> =
            chain.task.contributions.iter().map(|contribution| contribution.worker).collect();
        let workers = &workers[usize::from(self.absent_before)..];
        let everybody: Vec<_> =
            workers.iter().copied().chain(JUROR..JUROR + juries as u8 * MAX_SEATS).collect();
        for who in &everybody {
            self.tries_of(*who, &everybody, tries);
        }
        let again = workers.first().map(|worker| (*worker, Role::Member));
        for (worker, role) in self.undrawn(chain).into_iter().chain(again) {
            tries.extend([Try::Draw(worker, role), Try::Draw(worker, Role::Auditor)]);
        }
        tries.extend((0..=self.seats).map(Try::Seat));
        tries.extend([Try::SeatWorker, Try::JuryTimeOver, Try::Lot(true), Try::Lot(false)]);
        tries.extend([Try::RevealOver, Try::Deadline, Try::AuditTimeOver]);
    }

    fn next_state(&self, chain: &Chain, attempt: Try) -> Option<Chain> {
        chain.after(self, &attempt)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let sights = self.sights.iter().map(|(name, seen)| Property::sometimes(name, *seen));
        properties::promises().into_iter().chain(sights).collect()
    }
}

/// Two states are the same if they differ only in who is who among workers, or among jurors, that are alike: whatever can
/// become of one can become of the other. What is the same in all states is left out.
impl Hash for Chain {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let has = |who: Account| {
            let (free, locked) =
                (self.ledger.free.get(usize::from(who)), self.ledger.locked.get(usize::from(who)));
            (free.copied(), locked.copied())
        };
        let worker = |contribution: &Contribution<Account>| {
            let who = contribution.worker;
            let stage = match contribution.stage {
                Stage::Assigned { weight, .. } => (0, weight.0, None),
                Stage::Committed { weight, result, seal } => {
                    (1, weight.0, Some(results::read(who, result, seal)))
                }
                Stage::Revealed { weight } => (2, weight.0, None),
                Stage::Unrevealed => (3, 0, None),
                Stage::Declined { .. } => (4, 0, None),
                Stage::Absent => (5, 0, None),
            };
            let role = match contribution.role {
                Role::Member => 0,
                Role::Auditor => 1,
                Role::Alone { rate } => 2 + u32::from(rate.0),
            };
            (who == CREDIBLE, role, contribution.locked, stage, has(who))
        };
        let jury = self.task.jury.as_ref();
        let juror = |who: Account| {
            let seat = jury.and_then(|jury| jury.seats.iter().find(|seat| seat.who == who));
            let ballot = seat.map(|seat| match seat.ballot {
                Ballot::Awaited => (0, None, None),
                Ballot::Committed { result, seal } => (1, Some(results::read(who, result, seal)), None),
                Ballot::Revealed { digest } => (2, None, Some(digest)),
                Ballot::Declined { .. } => (3, None, None),
            });
            (ballot, has(who))
        };
        let mut workers: Vec<_> = self.task.contributions.iter().map(worker).collect();
        let mut jurors: Vec<_> = (JUROR..REQUESTER).map(juror).collect();
        workers.sort_unstable();
        jurors.sort_unstable();
        (workers, jurors).hash(hasher);
        self.task.phase.using_encoded(|bytes| bytes.hash(hasher));
        jury.map(|jury| (jury.juries, jury.revealing, jury.ended, jury.former.len())).hash(hasher);
        (self.task.queued, self.settlements, self.shown, self.fault.map(|fault| fault as u8)).hash(hasher);
        (self.ledger.held, &self.ledger.free[usize::from(REQUESTER)..]).hash(hasher);
        let failure = match self.end {
            Some(Step::Failed(failure)) => failure.encode(),
            _ => Vec::new(),
        };
        (self.end.is_some(), failure, self.result.map(|digest| digest.0)).hash(hasher);
    }
}
