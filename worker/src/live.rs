//! Tells the buyers of tasks how far they are and what their apps write, as long as this worker executes them: see
//! [`talka_primitives::live`].
//!
//! What strangers can make it do is bounded: one question of few bytes in a connection, which the store counts, and a signature
//! that is checked only where the account is one of the task's buyers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use codec::DecodeAll as _;
use talka_client::{
    live::{is_signed, Asked},
    AccountId, BlockHash,
};
use talka_executor::Progress;
use talka_primitives::{
    live::{buyers, is_fresh, told_fuel, Refusal, Report, Step, MAX_QUESTION_BYTES},
    view::{Assignment, Part},
    BlockNumber, TaskId,
};
use talka_store::iroh::{
    endpoint::{Connection, SendStream, VarInt},
    protocol::{AcceptError, ProtocolHandler},
};
use tokio::time::{sleep, timeout, Instant};
use tracing::debug;

/// How long a peer may take for its question, and for reading a report.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether there is something to report.
const TICK: Duration = Duration::from_secs(1);
/// After how long without news the same is reported again: so a buyer knows that the worker is there.
const QUIET: Duration = Duration::from_secs(10);
/// How many may listen to one task at once.
const LISTENERS_OF_TASK: usize = 4;
/// How many may listen at once, to all tasks.
const LISTENERS: usize = 64;

/// The tasks that this worker was given, and those who listen. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Live(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    genesis: BlockHash,
    /// The public key in this worker's address.
    address: OnceLock<[u8; 32]>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The height of the chain.
    at: BlockNumber,
    tasks: BTreeMap<TaskId, Entry>,
    /// How many listen to which task.
    listeners: BTreeMap<TaskId, usize>,
}

#[derive(Debug)]
struct Entry {
    buyers: [AccountId; 3],
    fuel_limit: u64,
    step: Step,
    /// It is being worked on.
    busy: bool,
    progress: Progress,
}

/// A task that is being worked on, until this is dropped.
#[derive(Debug)]
pub(crate) struct Shown {
    live: Live,
    task: TaskId,
}

/// One that listens, until it is dropped.
#[derive(Debug)]
struct Listener {
    live: Live,
    task: TaskId,
}

impl Entry {
    fn new(assignment: &Assignment<AccountId>, step: Step) -> Self {
        Self {
            buyers: buyers(&assignment.deal).map(|account| *account),
            fuel_limit: assignment.deal.category.fuel,
            step,
            busy: step != Step::Waiting,
            progress: Progress::new(),
        }
    }

    fn is_for(&self, assignment: &Assignment<AccountId>) -> bool {
        self.buyers == buyers(&assignment.deal).map(|account| *account)
    }
}

impl Live {
    /// For the chain with this genesis block.
    pub(crate) fn new(genesis: BlockHash) -> Self {
        Self(Arc::new(Shared { genesis, address: OnceLock::new(), known: Mutex::default() }))
    }

    /// The public key by which peers know this worker. Before it is named nobody is answered.
    pub(crate) fn listens_as(&self, address: [u8; 32]) {
        // It has one key as long as it runs.
        self.0.address.set(address).ok();
    }

    /// A block, and what is to be executed by it. What is neither asked for any more nor worked on is forgotten, once those who listen
    /// have heard of its end.
    pub(crate) fn see(&self, at: BlockNumber, assigned: &[Assignment<AccountId>]) {
        let mut known = self.known();
        let Known { tasks, listeners, .. } = &mut *known;
        let is_assigned =
            |task: TaskId, entry: &Entry| assigned.iter().any(|one| one.task == task && entry.is_for(one));
        tasks.retain(|task, entry| match entry.step {
            _ if entry.busy => true,
            Step::Ended => listeners.contains_key(task) || is_assigned(*task, entry),
            _ => false,
        });
        for assignment in assigned.iter().filter(|one| one.part == Part::Worker) {
            tasks.entry(assignment.task).or_insert_with(|| Entry::new(assignment, Step::Waiting));
        }
        known.at = at;
    }

    /// The work on a task begins. Of what a juror does nobody is told.
    pub(crate) fn begin(&self, assignment: &Assignment<AccountId>) -> Shown {
        let task = assignment.task;
        if assignment.part == Part::Worker {
            self.known().tasks.insert(task, Entry::new(assignment, Step::Fetching));
        }
        Shown { live: self.clone(), task }
    }

    /// Lets one listen, where it may.
    fn admit(&self, asked: &Asked<AccountId>) -> Result<Listener, Refusal> {
        let (task, who) = (asked.question.task, asked.question.who);
        {
            let known = self.known();
            let entry = known.tasks.get(&task).ok_or(Refusal::Unknown)?;
            if !entry.buyers.contains(&who) {
                return Err(Refusal::NotAllowed);
            }
            if !is_fresh(asked.question.asked_at, known.at) {
                return Err(Refusal::Stale);
            }
        }
        let address = self.0.address.get().ok_or(Refusal::Unknown)?;
        if !is_signed(asked, self.0.genesis, address) {
            return Err(Refusal::NotAllowed);
        }
        let mut known = self.known();
        let all: usize = known.listeners.values().sum();
        let of_task = known.listeners.get(&task).copied().unwrap_or_default();
        if all >= LISTENERS || of_task >= LISTENERS_OF_TASK {
            return Err(Refusal::Busy);
        }
        known.listeners.insert(task, of_task + 1);
        Ok(Listener { live: self.clone(), task })
    }

    /// How far a task is, and what was written from this byte on.
    fn report(&self, task: TaskId, from: u64) -> Option<Report> {
        let known = self.known();
        let Entry { fuel_limit, step, progress, .. } = known.tasks.get(&task)?;
        let (next, messages) = progress.messages(from);
        let fuel_used = told_fuel(progress.fuel_used(), *fuel_limit);
        Some(Report { step: *step, fuel_used, fuel_limit: *fuel_limit, messages, next })
    }

    /// Reads the question of a peer, and reports until there is nothing more to tell or the peer is gone.
    async fn answer(&self, connection: &Connection) -> Result<(), Refusal> {
        let asking = async {
            let (sender, mut receiver) = connection.accept_bi().await.ok()?;
            let bytes = receiver.read_to_end(MAX_QUESTION_BYTES).await.ok()?;
            Some((sender, bytes))
        };
        let (mut sender, bytes) =
            timeout(PATIENCE, asking).await.ok().flatten().ok_or(Refusal::Unreadable)?;
        let asked = Asked::<AccountId>::decode_all(&mut &bytes[..]).map_err(|_| Refusal::Unreadable)?;
        let listener = self.admit(&asked)?;
        debug!(task = %listener.task, who = %asked.question.who, "a buyer listens");
        tokio::select! {
            told = listener.tell(&mut sender, asked.question.from) => if told.is_some() {
                // The connection must outlive what was sent over it.
                sender.finish().ok();
                timeout(PATIENCE, sender.stopped()).await.ok();
            },
            _ = connection.closed() => {}
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProtocolHandler for Live {
    async fn accept(&self, connection: Connection) -> Result<(), AcceptError> {
        if let Err(refusal) = self.answer(&connection).await {
            debug!(peer = %connection.remote_id(), %refusal, "a question about a task is not answered");
            connection.close(VarInt::from_u32(refusal.code()), b"refused");
        }
        Ok(())
    }
}

impl Shown {
    /// What is done now.
    pub(crate) fn is(&self, step: Step) {
        self.change(|entry| entry.step = step);
    }

    /// It is executed, and shows how far it is there.
    pub(crate) fn executes(&self, progress: &Progress) {
        self.change(|entry| {
            entry.step = Step::Executing;
            entry.progress = progress.clone();
        });
    }

    fn change(&self, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.live.known().tasks.get_mut(&self.task) {
            change(entry);
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.change(|entry| {
            entry.step = Step::Ended;
            entry.busy = false;
        });
    }
}

impl Listener {
    /// Reports until the task has ended or is forgotten. Nothing where the peer does not read.
    async fn tell(&self, sender: &mut SendStream, mut from: u64) -> Option<()> {
        let mut told = None;
        let mut told_at = Instant::now();
        while let Some(report) = self.live.report(self.task, from) {
            let (step, state) = (report.step, Some((report.step, report.fuel_used)));
            if state != told || !report.messages.is_empty() || told_at.elapsed() >= QUIET {
                timeout(PATIENCE, sender.write_all(&report.framed())).await.ok()?.ok()?;
                (told, told_at, from) = (state, Instant::now(), report.next);
            }
            if step == Step::Ended {
                break;
            }
            sleep(TICK).await;
        }
        Some(())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut known = self.live.known();
        let Some(count) = known.listeners.get_mut(&self.task) else { return };
        *count -= 1;
        if *count == 0 {
            known.listeners.remove(&self.task);
        }
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
