//! The stored types, and the arguments of the calls.

use frame_support::{traits::ConstU32, BoundedVec};
use talka_primitives::{
    apply,
    asset::Uri,
    delay::Delay,
    jury::MAX_JURORS,
    reliability::Reliability,
    room::Moment,
    stored,
    task::{MAX_CONTRIBUTIONS, MAX_SLOTS},
    view::Progress,
    Balance, BlockNumber, DealId, Digest, PoolId, ResultHash, Seal, TaskId, Weight,
};

/// Most winners of one task.
pub type Winners<AccountId> = BoundedVec<AccountId, ConstU32<MAX_CONTRIBUTIONS>>;

/// Most tasks for which one juror is awaited at once. While a validator has this number, no jury is drawn.
pub const MAX_SUMMONS: u32 = 64;

/// What waits for the outputs of block authors: each queue is drawn in its order.
#[apply(stored)]
#[derive(Copy)]
pub enum LotQueue {
    /// Results that were agreed on: the next author draws.
    Agreed,
    /// Those that one author has spared: the next one that is another validator decides.
    Spared,
    /// Tasks that are disputed: two authors draw the jury.
    Jury,
}

/// One task that waits.
#[apply(stored)]
pub struct Lot<AccountId> {
    /// The task.
    pub task: TaskId,
    /// The block in which its result was agreed on, or disputed.
    pub since: BlockNumber,
    /// The author that has spared its result already.
    pub spared_by: Option<AccountId>,
}

/// The jurors of one task.
pub type Panel<AccountId> = BoundedVec<AccountId, ConstU32<MAX_JURORS>>;

/// A commitment to the result of one task.
#[apply(stored)]
#[derive(Copy)]
pub struct Commitment {
    /// The task.
    pub task: TaskId,
    /// `H(task, digest)`: equal for equal results.
    pub result: ResultHash,
    /// `H(worker, task, digest)`: cannot be copied.
    pub seal: Seal,
}

/// The digest behind a commitment.
#[apply(stored)]
#[derive(Copy)]
pub struct Reveal {
    /// The task.
    pub task: TaskId,
    /// BLAKE3-256 of the SCALE encoding of the result's manifest.
    pub digest: Digest,
}

/// A deal's tasks, counted.
#[apply(stored)]
pub struct DealState {
    /// How many are in which state.
    pub progress: Progress,
    /// How many were begun: the index of the task to begin next.
    pub begun: u32,
    /// The block in which the payer cancelled the tasks that had not begun.
    pub cancelled_at: Option<BlockNumber>,
    /// Its place among those that wait to be forgotten, once it is over and its deadline has passed.
    pub place: Option<u64>,
    /// How many outcomes of tasks were forgotten, the first ones first. From the first on, the deal counts as forgotten.
    pub forgotten: u32,
}

impl DealState {
    /// That of a deal of which nothing was begun.
    pub fn new(tasks: u32) -> Self {
        let progress = Progress { queued: tasks, ..Progress::default() };
        Self { progress, begun: 0, cancelled_at: None, place: None, forgotten: 0 }
    }
}

/// A deal that waits to be forgotten.
#[apply(stored)]
#[derive(Copy)]
pub struct Ending {
    /// The deal.
    pub deal: DealId,
    /// The block since which it waits: all of its tasks had ended, and its deadline had passed.
    pub since: BlockNumber,
}

/// A worker, as it was last heard of.
#[apply(stored)]
pub struct Worker {
    /// The pool for which it is online.
    pub pool: PoolId,
    /// Whether it may be drawn.
    pub online: bool,
    /// How many tasks it executes at once.
    pub slots: u8,
    /// The tasks that it executes.
    pub assigned: BoundedVec<TaskId, ConstU32<{ MAX_SLOTS as u32 }>>,
    /// Where its results can be fetched.
    pub peer: Uri,
    /// The last block in which it gave a sign of life, or was drawn.
    pub last_seen: Moment,
    /// The first block in which its next heartbeat is a duty.
    pub next_beat: BlockNumber,
    /// The block in which the chain looks whether it gives signs of life; nothing where none is expected.
    pub watch: Option<BlockNumber>,
    /// Where it sits on the bench of its pool, if it is idle.
    pub place: Option<Place>,
    /// Where it sits on the bench of auditors, if it is idle.
    pub audit_place: Option<Place>,
    /// What it did with the last tasks that were delivered.
    pub reliability: Reliability,
    /// The first block in which it can go online, after it has declined too many tasks.
    pub paused_until: BlockNumber,
    /// What is held of it for this record, in units of TLK.
    pub deposit: Balance,
}

impl Worker {
    /// Whether it can take one more task.
    pub fn is_idle(&self) -> bool {
        self.online && self.assigned.len() < usize::from(self.slots)
    }
}

/// The account that a worker has named to act for it.
#[apply(stored)]
pub struct DutyKey<AccountId> {
    /// The account.
    pub key: AccountId,
    /// What is held of the worker for it, in units of TLK.
    pub deposit: Balance,
}

/// Where idle workers sit, and work waits for them. An idle worker sits on two: auditors come from all pools.
#[apply(stored)]
#[derive(Copy)]
pub enum Bench {
    /// The workers of one pool.
    Pool(PoolId),
    /// The workers of all pools.
    Auditors,
}

/// Where an idle worker sits on a bench.
#[apply(stored)]
#[derive(Copy)]
pub struct Place {
    /// Class of effective stake: see [`talka_primitives::odds::class`].
    pub class: u8,
    /// Position in the class.
    pub position: u32,
}

/// An idle worker.
#[apply(stored)]
pub struct Seat<AccountId> {
    /// Who.
    pub worker: AccountId,
    /// Its effective stake when it sat down.
    pub stake: Balance,
    /// Its weight when it sat down.
    pub weight: Weight,
}

/// The idle workers of a bench whose effective stakes are alike.
#[apply(stored)]
#[derive(Copy)]
pub struct Class {
    /// See [`talka_primitives::odds::class`].
    pub class: u8,
    /// How many they are.
    pub members: u32,
    /// The sum of their effective stakes.
    pub total: Balance,
}

/// First and next free position of a queue.
#[apply(stored)]
#[derive(Copy, Default)]
pub struct Ends {
    /// Position of the first element.
    pub head: u64,
    /// Position of the next element to come.
    pub tail: u64,
}

impl Ends {
    /// How many stand in the queue.
    pub fn length(&self) -> u64 {
        self.tail.saturating_sub(self.head)
    }

    /// An element is appended: its position.
    pub fn push(&mut self) -> u64 {
        let last = self.tail;
        self.tail = last.saturating_add(1);
        last
    }

    /// The first element is taken: its position. Nothing where the queue is empty.
    pub fn pop(&mut self) -> Option<u64> {
        let first = (self.length() > 0).then_some(self.head)?;
        self.head = first.saturating_add(1);
        Some(first)
    }

    /// The last element is taken: its position. Nothing where the queue is empty.
    pub fn pop_last(&mut self) -> Option<u64> {
        let last = (self.length() > 0).then(|| self.tail.saturating_sub(1))?;
        self.tail = last;
        Some(last)
    }
}

/// The queue of a bench.
#[apply(stored)]
#[derive(Copy, Default)]
pub struct PoolQueue {
    /// First and next free position.
    pub ends: Ends,
    /// Where the bench itself stands among those to be served; nothing while there is no reason to serve it.
    pub ready: Option<Line>,
    /// Whether the last turn of the bench was in vain: it cost work, and nobody was drawn.
    pub in_vain: bool,
    /// How many entries of the queue were tried in vain since somebody was drawn, became idle, or had stake unlocked, or work came:
    /// those at the end.
    pub tried: u64,
    /// How late the bench was served.
    pub delay: Delay,
}

/// Where the benches wait to be served: each line has its part of the work of a block.
#[apply(stored)]
#[derive(Copy)]
pub enum Line {
    /// Auditors: what they are wanted for ends tasks, and pools that have much to do would keep them waiting.
    Auditors,
    /// Pools of whose last turn something came, and new ones.
    First,
    /// Pools whose last turn was in vain: to try again takes nothing from the others.
    Second,
}

impl Line {
    /// In the order in which they are served.
    pub const ALL: [Self; 3] = [Self::Auditors, Self::First, Self::Second];
}

/// Where an entry stands in the queue of a bench.
#[apply(stored)]
#[derive(Copy)]
pub struct QueuePlace {
    /// The bench.
    pub bench: Bench,
    /// The position.
    pub position: u64,
}

/// What waits for workers.
#[apply(stored)]
#[derive(Copy)]
pub enum Work {
    /// A deal with tasks that were not begun.
    Deal(DealId),
    /// A task that needs more workers.
    Task(TaskId),
}

/// What must be looked at in some block.
#[apply(stored)]
pub enum Appointment<AccountId> {
    /// A task: somebody may be late.
    Task(TaskId),
    /// A deal: its deadline has passed.
    Deal(DealId),
    /// A worker with tasks: whether it gives signs of life.
    Worker(AccountId),
    /// A task of a worker that gives none.
    Silence(TaskId),
}

/// How far the agenda has been processed.
#[apply(stored)]
#[derive(Copy, Default)]
pub struct Cursor {
    /// The first block that has not been processed.
    pub block: BlockNumber,
    /// The first appointment of that block that has not been processed.
    pub position: u32,
}
