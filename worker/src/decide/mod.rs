//! What to do next: a pure function of what the worker knows and what has just happened.
//!
//! ```text
//! Seen (a block's duties) ─┐                     ┌─▶ Execute, Cancel
//! Ended (an execution) ────┼─▶ decide(state) ────┼─▶ Persist ─▶ Commit, Reveal, Decline
//! Answered (transactions) ─┤                     ├─▶ Heartbeat, GoOnline, GoOffline
//! Drain (a signal) ────────┘                     └─▶ Forget, Finish
//! ```
//!
//! The chain is the truth: what is not in a block's duties is not done, and what is still in them is done again. That
//! makes forks and lost transactions ordinary. Only [`Record`]s have to survive a crash, and a record is persisted
//! before anything is done that rests on it: the caller performs actions in the order in which they are given.

mod plan;
mod trial;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use talka_client::{poco::Finding, AccountId};
use talka_primitives::{
    task::{DeclineReason, Span},
    view::{Assignment, Duties, Listed, Outcome, Part},
    BlockNumber, Digest, TaskId,
};

use trial::Trial;

/// Names exactly what a task is to compute. On another fork the same number may be another task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Terms(pub [u8; 32]);

impl Terms {
    /// The hash of all that an assignment's result depends on.
    pub fn of(assignment: &Assignment<AccountId>) -> Self {
        let dataset = assignment.dataset.as_ref().map(|dataset| dataset.content);
        let bytes = (&assignment.deal, assignment.app.runtime, assignment.app.content, dataset).encode();
        Self(*blake3::hash(&bytes).as_bytes())
    }
}

/// A result that the worker stands for. What a crash must not take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Record {
    /// The task.
    pub task: TaskId,
    /// What it was to compute.
    pub terms: Terms,
    /// What came out.
    pub digest: Digest,
    /// The last block in which the task is audited, or its jury votes: some time later nobody can ask for the digest.
    pub deadline: BlockNumber,
}

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A best block.
    Seen(Seen),
    /// An execution ended.
    Ended {
        /// The task.
        task: TaskId,
        /// What it was to compute.
        terms: Terms,
        /// How it ended.
        report: Report,
    },
    /// The fate of a transaction is known, or will not be.
    Answered {
        /// What the transaction was for.
        lane: Lane,
        /// The tasks in it, where it was about tasks.
        tasks: Vec<TaskId>,
        /// Its fate.
        answer: Answer,
    },
    /// The worker is to stop when all it has begun is done.
    Drain,
}

/// What the chain says at one block.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The block's height.
    pub at: BlockNumber,
    /// What the worker has to do.
    pub duties: Duties<AccountId>,
    /// How the chain sees the worker.
    pub presence: Presence,
}

/// How the chain sees the worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// It belongs to a pool.
    pub member: bool,
    /// It can be drawn.
    pub online: bool,
    /// Its slots and its address are those it has.
    pub current: bool,
    /// It is online under the address of another store: another daemon has its key, or it had another base path.
    pub elsewhere: bool,
    /// The last block in which it gave a sign of life.
    pub last_seen: BlockNumber,
    /// The first block in which its bond is old enough for it to be drawn.
    pub ripe_at: BlockNumber,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// With a result. Its files are on the disk.
    Computed(Digest),
    /// The task cannot be executed here: the chain is to know.
    Impossible(DeclineReason),
    /// Without a result, for a reason of this machine. The chain will count it as an absence.
    Nothing,
    /// It was cancelled.
    Cancelled,
}

/// A kind of transaction. Of each there are few on their way at a time; what comes up meanwhile waits, and travels
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Commitments.
    Commit,
    /// Reveals.
    Reveal,
    /// A refusal of one task.
    Decline(TaskId),
    /// A sign of life.
    Heartbeat,
    /// Going online or offline.
    Presence,
}

/// The fate of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It had its effect, in a block of this height.
    Done(BlockNumber),
    /// It had none, and would have none if it were sent again.
    Refused,
    /// It had none, or nobody knows. It may be sent again if the next block still asks for it.
    Lost,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Write the record to the disk, all the way.
    Persist(Record),
    /// Remove a task's records.
    Forget {
        /// The task.
        task: TaskId,
        /// What became of it.
        end: End,
    },
    /// Execute a task in a slot.
    Execute(Box<Assignment<AccountId>>),
    /// Stop an execution.
    Cancel(TaskId),
    /// Commit to these.
    Commit {
        /// In the name of this account: the worker's own, or the validator that it is the juror of.
        who: AccountId,
        /// What was found.
        findings: Vec<Finding>,
    },
    /// Reveal these.
    Reveal(Vec<Finding>),
    /// Say that a task cannot be executed here.
    Decline(TaskId, DeclineReason),
    /// Give a sign of life.
    Heartbeat,
    /// Be drawn from now on.
    GoOnline,
    /// Be drawn no more.
    GoOffline,
    /// All is done: stop.
    Finish,
}

/// What became of a task that the worker had a result for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The worker's result was accepted.
    Right,
    /// Another result was.
    Wrong,
    /// The task ended without a result.
    Failed,
    /// The chain does not know the task any more.
    Unknown,
}

/// Numbers that decisions depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How many tasks are executed at once.
    pub slots: usize,
    /// Most items in one transaction.
    pub batch: usize,
    /// Blocks in which the chain expects a sign of life of an assigned worker.
    pub heartbeat_period: BlockNumber,
    /// It sits on juries only: it is neither online nor offline, and nobody expects a sign of life.
    pub juror: bool,
}

/// What the worker knows.
#[derive(Clone, Debug)]
pub struct State {
    rules: Rules,
    draining: bool,
    /// No block was seen yet.
    fresh: bool,
    /// Persisted results of tasks that are not over. More than one for a task only after a fork.
    records: BTreeMap<TaskId, Vec<Record>>,
    /// Executions, until they have ended. `None` once cancelled.
    running: BTreeMap<TaskId, Option<Terms>>,
    /// Executions that ended without a result.
    vain: BTreeMap<TaskId, Vain>,
    /// The last block that was seen.
    at: BlockNumber,
    /// Assignments at that block.
    assigned: BTreeMap<TaskId, Assignment<AccountId>>,
    /// Tasks whose digest was asked for at that block.
    asked: BTreeSet<TaskId>,
    presence: Presence,
    /// How often in a row the chain took the worker offline.
    strikes: u32,
    /// How many transactions are on their way.
    flights: BTreeMap<Lane, usize>,
    /// The tasks in them.
    travelling: BTreeSet<(Lane, TaskId)>,
    /// How it went with transactions about a task.
    trials: BTreeMap<(Lane, TaskId), Trial>,
    /// How it went with the other transactions.
    signs: BTreeMap<Lane, Trial>,
    /// Tasks whose digest was shown.
    revealed: BTreeSet<TaskId>,
}

/// An execution that ended without a result.
#[derive(Clone, Copy, Debug)]
struct Vain {
    terms: Terms,
    /// The reason to give to the chain, if there is one.
    reason: Option<DeclineReason>,
    /// When a juror may try again.
    again: Trial,
}

impl State {
    /// The state after a start, with what survived.
    pub fn new(rules: Rules, records: impl IntoIterator<Item = Record>) -> Self {
        let mut state = Self {
            rules,
            draining: false,
            fresh: true,
            records: BTreeMap::new(),
            running: BTreeMap::new(),
            vain: BTreeMap::new(),
            at: 0,
            assigned: BTreeMap::new(),
            asked: BTreeSet::new(),
            presence: Presence::default(),
            strikes: 0,
            flights: BTreeMap::new(),
            travelling: BTreeSet::new(),
            trials: BTreeMap::new(),
            signs: BTreeMap::new(),
            revealed: BTreeSet::new(),
        };
        for record in records {
            state.records.entry(record.task).or_default().push(record);
        }
        state
    }

    /// Tasks about which the chain is to be asked.
    pub fn open(&self) -> Vec<TaskId> {
        self.records.keys().copied().collect()
    }

    /// Executions that have not ended.
    pub fn busy_slots(&self) -> usize {
        self.running.len()
    }

    fn depart(&mut self, lane: Lane, tasks: impl IntoIterator<Item = TaskId>) {
        *self.flights.entry(lane).or_default() += 1;
        self.travelling.extend(tasks.into_iter().map(|task| (lane, task)));
    }

    /// Whether a task is to be executed for a jury.
    fn is_summoned(&self, task: TaskId) -> bool {
        self.assigned.get(&task).is_some_and(|assignment| assignment.part == Part::Juror)
    }

    fn record(&self, task: TaskId, terms: Terms) -> Option<&Record> {
        self.records.get(&task)?.iter().find(|record| record.terms == terms)
    }
}

/// Let something happen. The actions are to be performed in their order.
pub fn decide(state: &mut State, event: Event) -> Vec<Action> {
    let mut actions = Vec::new();
    match event {
        Event::Seen(seen) => state.see(seen, &mut actions),
        Event::Ended { task, terms, report } => state.end(task, terms, report, &mut actions),
        Event::Answered { lane, tasks, answer } => state.hear(lane, &tasks, answer),
        Event::Drain => state.draining = true,
    }
    state.plan(&mut actions);
    actions
}

/// So many blocks after its deadline a task that the chain does not know is forgotten: no fork is that long, and no period
/// for reveals.
const FORGET_AFTER: BlockNumber = 1_000;

impl State {
    fn see(&mut self, seen: Seen, actions: &mut Vec<Action>) {
        let Seen { at, duties, presence } = seen;
        if self.presence.online && !presence.online && !self.draining {
            self.strikes = self.strikes.saturating_add(1);
            self.signs.insert(Lane::Presence, Trial::pause(at, self.strikes));
        }
        if std::mem::take(&mut self.fresh) {
            // What was sent before the crash may be on its way still: the next block tells.
            for task in self.records.keys() {
                self.trials.insert((Lane::Commit, *task), Trial::pause(at, 0));
                self.trials.insert((Lane::Reveal, *task), Trial::pause(at, 0));
            }
        }
        self.at = at;
        self.presence = presence;
        self.assigned = duties.execute.into_iter().map(|assignment| (assignment.task, assignment)).collect();
        self.asked = duties.reveal.into_iter().collect();
        for Listed { id, item } in duties.over {
            self.forget(id, Some(item), actions);
        }
        let stale = |records: &Vec<Record>| {
            records.iter().all(|record| record.deadline.saturating_add(FORGET_AFTER) < at)
        };
        let stale: Vec<_> =
            self.records.iter().filter(|(_, records)| stale(records)).map(|(task, _)| *task).collect();
        for task in stale {
            self.forget(task, None, actions);
        }
        let assigned: BTreeMap<_, _> =
            self.assigned.iter().map(|(task, item)| (*task, Terms::of(item))).collect();
        self.vain.retain(|task, vain| assigned.get(task) == Some(&vain.terms));
        let (records, vain) = (&self.records, &self.vain);
        self.trials.retain(|(_, task), _| records.contains_key(task) || vain.contains_key(task));
    }

    fn forget(&mut self, task: TaskId, outcome: Option<Outcome>, actions: &mut Vec<Action>) {
        let Some(records) = self.records.remove(&task) else { return };
        self.revealed.remove(&task);
        let end = match outcome {
            Some(Outcome::Completed { digest, .. })
                if records.iter().any(|record| record.digest == digest) =>
            {
                End::Right
            }
            Some(Outcome::Completed { .. }) => End::Wrong,
            Some(Outcome::Failed { .. }) => End::Failed,
            None => End::Unknown,
        };
        actions.push(Action::Forget { task, end });
    }

    fn end(&mut self, task: TaskId, terms: Terms, report: Report, actions: &mut Vec<Action>) {
        self.running.remove(&task);
        match report {
            Report::Computed(digest) => {
                // A second execution on the same terms does not replace the first: the first may be committed to.
                if self.record(task, terms).is_none() {
                    let deadline = self.assigned.get(&task).map_or(self.at, last_block);
                    let record = Record { task, terms, digest, deadline };
                    self.records.entry(task).or_default().push(record);
                    actions.push(Action::Persist(record));
                }
            }
            Report::Impossible(reason) => self.work_in_vain(task, terms, Some(reason)),
            Report::Nothing => self.work_in_vain(task, terms, None),
            Report::Cancelled => {}
        }
    }

    fn work_in_vain(&mut self, task: TaskId, terms: Terms, reason: Option<DeclineReason>) {
        let before = self.vain.get(&task).filter(|vain| vain.terms == terms);
        let failures = before.map_or(0, |vain| vain.again.failures).saturating_add(1);
        self.vain.insert(task, Vain { terms, reason, again: Trial::pause(self.at, failures) });
    }

    fn hear(&mut self, lane: Lane, tasks: &[TaskId], answer: Answer) {
        if let Some(flights) = self.flights.get_mut(&lane) {
            *flights = flights.saturating_sub(1);
        }
        self.flights.retain(|_, flights| *flights > 0);
        let at = self.at;
        if tasks.is_empty() {
            self.signs.entry(lane).or_default().update(at, answer);
        }
        for task in tasks {
            self.travelling.remove(&(lane, *task));
            self.trials.entry((lane, *task)).or_default().update(at, answer);
            if lane == Lane::Reveal && matches!(answer, Answer::Done(_)) {
                self.revealed.insert(*task);
            }
        }
        if lane == Lane::Commit && matches!(answer, Answer::Done(_)) {
            self.strikes = 0;
        }
    }
}

/// The last block in which an audit of the task can end, or its jury vote: both may be long after the deadline of the deal.
fn last_block(assignment: &Assignment<AccountId>) -> BlockNumber {
    let deal = &assignment.deal;
    let span = Span::new(0, deal.deadline, deal.category.run_time);
    span.audit_until.max(assignment.until)
}
