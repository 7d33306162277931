//! What to do next: a pure function of what the worker knows and what has just happened.
//!
//! ```text
//! Seen (a block's duties) ─┐                     ┌─▶ Execute, Cancel
//! Ended (an execution) ────┤                     ├─▶ Persist
//! Kept (a record) ─────────┼─▶ decide(state) ────┼─▶ Commit, Reveal, Decline
//! Answered (transactions) ─┤                     ├─▶ Heartbeat, GoOnline, GoOffline
//! Drain (a signal) ────────┘                     └─▶ Forget, Finish
//! ```
//!
//! The chain is the truth: what is not in a block's duties is not done, and what is still in them is done again. That
//! makes forks and lost transactions ordinary. Only [`Record`]s have to survive a crash, and nothing that rests on a record
//! is done before [`Event::Kept`] has said that it is on the disk.
//!
//! What cannot be taken back waits for finality. The next author's output decides whether a result is audited, so two branches
//! may decide differently: a digest that is shown on one of them is a gift to the auditor of the other. So a digest is shown
//! where the last finalized block asks for it, and forgotten where a finalized block says that its task is over. What a best block
//! says of a task in work has to be said again, by a few more or by a finalized one, before the work is thrown away.

mod plan;
mod see;
mod time;
mod trial;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use talka_client::{poco::Finding, AccountId};
use talka_primitives::{
    audit::Assurance,
    deal::{Parameters, Periods},
    task::{DeclineReason, Phase, Task},
    view::{Assignment, Duties, Listed, Outcome, Part},
    BlockNumber, ContentId, Digest, TaskId,
};

pub use time::{blocks_left, margin};
use trial::Trial;

/// Blocks within which a fork ends: a transaction whose block was replaced is in the chain again.
pub const FORK: BlockNumber = 5;

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

/// What a worker serves to peers while it stands for a task: that of which the task is made. Auditors and jurors repeat tasks of deals
/// that anybody's workers may execute, whatever the owners of app and data serve by then. In all other deals nobody
/// else is to execute: the inputs are for nobody.
pub fn public_inputs(assignment: &Assignment<AccountId>) -> Vec<ContentId> {
    let repeated = matches!(assignment.deal.assurance, Assurance::Replicated | Assurance::Adjudicated);
    match assignment.part {
        Part::Worker if repeated => inputs(assignment),
        Part::Worker | Part::Juror => Vec::new(),
    }
}

/// All that has to be fetched for a task: app, dataset, file of parameters.
pub fn inputs(assignment: &Assignment<AccountId>) -> Vec<ContentId> {
    let dataset = assignment.dataset.as_ref().map(|dataset| dataset.content);
    let parameters = match &assignment.deal.parameters {
        Parameters::Range { .. } | Parameters::List { .. } => None,
        Parameters::Lines { content, .. } => Some(*content),
    };
    [Some(assignment.app.content), dataset, parameters].into_iter().flatten().collect()
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
    /// A record was to be persisted.
    Kept {
        /// The task.
        task: TaskId,
        /// What it was to compute.
        terms: Terms,
        /// Whether the record is on the disk. Where it is not, the worker does not stand for the result.
        on_disk: bool,
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
    /// About those whose digest is asked for at this block.
    pub asked: BTreeMap<TaskId, Asked>,
    /// What the last finalized block says that the node has.
    pub settled: Settled,
    /// Whether the machine has room for the results of more tasks.
    pub room: bool,
}

/// When a digest may be shown that no finalized block asks for yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The last block in which it can be shown.
    pub until: BlockNumber,
    /// Whether nobody verifies the result, so that nobody gains by knowing it early.
    pub unverified: bool,
}

impl Asked {
    /// That of an open task.
    pub fn of(task: &Task<AccountId>) -> Self {
        let of_workers = match task.phase {
            Phase::Revealing { until, .. } => until,
            Phase::Active | Phase::Agreed { .. } | Phase::Audit { .. } | Phase::Disputed => 0,
        };
        let jury = task.jury.as_ref().filter(|jury| jury.revealing && !jury.ended);
        Self {
            until: jury.map_or(of_workers, |jury| jury.until),
            unverified: task.assurance == Assurance::Unverified,
        }
    }
}

/// What the last finalized block says. No fork replaces it.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// The block's height.
    pub at: BlockNumber,
    /// The tasks that the worker is to execute.
    pub assigned: BTreeMap<TaskId, Terms>,
    /// Of its open tasks: those whose digest is to be shown.
    pub reveal: BTreeSet<TaskId>,
    /// Of its open tasks: those that are over.
    pub over: Vec<Listed<TaskId, Outcome>>,
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
    /// Without a result, for a reason of this machine that may pass. It is tried again, and declined where that is in vain.
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
        /// The worker's result, where it was accepted.
        accepted: Option<Digest>,
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
    /// How long the steps of a task may take.
    pub periods: Periods,
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
    /// Results that are being persisted.
    saving: BTreeMap<TaskId, Record>,
    /// Tasks that the account has committed to, and whose results are lost: they are computed again.
    lost: BTreeMap<TaskId, Assignment<AccountId>>,
    /// Executions, until they have ended.
    running: BTreeMap<TaskId, Running>,
    /// Executions that ended without a result.
    vain: BTreeMap<TaskId, Vain>,
    /// The last block that was seen.
    at: BlockNumber,
    /// The last finalized one.
    settled: Settled,
    /// The machine has room for more results.
    room: bool,
    /// Assignments at that block.
    assigned: BTreeMap<TaskId, Assignment<AccountId>>,
    /// Tasks whose digest was asked for at that block.
    asked: BTreeMap<TaskId, Option<Asked>>,
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

/// An execution that has not ended.
#[derive(Clone, Copy, Debug)]
struct Running {
    terms: Terms,
    /// The block at which it was begun.
    since: BlockNumber,
    /// How many best blocks in a row, up to the last one, have not asked for it.
    missing: u32,
    /// It was told to stop.
    cancelled: bool,
    /// That of the record that comes of it.
    deadline: BlockNumber,
}

/// A task without a result.
#[derive(Clone, Copy, Debug)]
struct Vain {
    terms: Terms,
    /// The reason to give to the chain, where there is one.
    reason: Option<DeclineReason>,
    /// There is no time for another trial.
    late: bool,
    /// When it may be tried again.
    again: Trial,
}

impl State {
    /// The state after a start, with what survived, and with the open tasks that the account has committed to. Those of which
    /// nothing survived are executed again.
    pub fn new(
        rules: Rules,
        records: impl IntoIterator<Item = Record>,
        committed: impl IntoIterator<Item = Assignment<AccountId>>,
    ) -> Self {
        let mut state = Self {
            rules,
            draining: false,
            fresh: true,
            records: BTreeMap::new(),
            saving: BTreeMap::new(),
            lost: BTreeMap::new(),
            running: BTreeMap::new(),
            vain: BTreeMap::new(),
            at: 0,
            settled: Settled::default(),
            room: true,
            assigned: BTreeMap::new(),
            asked: BTreeMap::new(),
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
        for assignment in committed {
            if state.record(assignment.task, Terms::of(&assignment)).is_none() {
                state.lost.insert(assignment.task, assignment);
            }
        }
        state
    }

    /// Tasks about which the chain is to be asked.
    pub fn open(&self) -> Vec<TaskId> {
        let tasks: BTreeSet<_> = self.records.keys().chain(self.lost.keys()).copied().collect();
        tasks.into_iter().collect()
    }

    /// Tasks that were committed to, and whose digests are not known yet.
    pub fn lost(&self) -> usize {
        self.lost.len()
    }

    /// Whether a block is so far below what was seen before that the node cannot be at the head of the chain. A chain that was
    /// really rolled back by more than a fork has at least as many finalized blocks as before.
    pub fn is_behind(&self, seen: &Seen) -> bool {
        seen.at.saturating_add(FORK) < self.at && seen.settled.at < self.settled.at
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
        self.assigned.get(&task).is_some_and(time::is_for_jury)
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
        Event::Kept { task, terms, on_disk } => state.kept(task, terms, on_disk),
        Event::Answered { lane, tasks, answer } => state.hear(lane, &tasks, answer),
        Event::Drain => state.draining = true,
    }
    state.plan(&mut actions);
    actions
}
