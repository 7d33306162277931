//! The answers of the runtime APIs: one call for each question of a user.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::ops::Range;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    apply,
    asset::{App, Dataset, Uri},
    audit::{Assurance, Kind},
    bound::Findings,
    deal::Deal,
    id::{DealId, Digest, PoolId, TaskId},
    order::Order,
    task::{Failure, Task},
    unit::{Balance, BlockNumber, Merit, Score},
};

/// Most entries of a list in one answer.
pub const MAX_PAGE: u32 = 100;

/// Most tasks in one answer, and most open tasks that one question about duties may name.
pub const MAX_TASKS: u32 = 1_000;

/// Most entries that are looked at for one answer. Where few of them belong in the answer it has few, and says where to go on.
pub const MAX_LOOKED_AT: u32 = 1_000;

/// An item and its identifier.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Listed<Id, Item> {
    /// Its identifier.
    pub id: Id,
    /// The item.
    pub item: Item,
}

/// A part of a long list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Page<Id, Item> {
    /// What was found.
    pub items: Vec<Listed<Id, Item>>,
    /// Where to go on; nothing where the list has ended. A page may have few items, or none, and yet a next one.
    pub next: Option<Id>,
}

impl<Id: Copy, Item> Page<Id, Item> {
    /// Up to `limit` items with these numbers, of those that `get` gives. At most [`MAX_LOOKED_AT`] numbers are looked at.
    pub fn of(
        numbers: Range<u32>,
        limit: u32,
        id: impl Fn(u32) -> Id,
        get: impl Fn(Id) -> Option<Item>,
    ) -> Self {
        let mut items = Vec::new();
        for (looked_at, number) in numbers.enumerate() {
            if items.len() >= limit as usize || looked_at >= MAX_LOOKED_AT as usize {
                return Self { items, next: Some(id(number)) };
            }
            let id = id(number);
            items.extend(get(id).map(|item| Listed { id, item }));
        }
        Self { items, next: None }
    }

    /// Up to `limit` items of a list in no particular order, of those that `get` gives. At most [`MAX_LOOKED_AT`] are looked at; the
    /// next page begins *after* the last of them.
    pub fn after(ids: impl IntoIterator<Item = Id>, limit: u32, get: impl Fn(Id) -> Option<Item>) -> Self {
        let (mut items, mut last) = (Vec::new(), None);
        for (looked_at, id) in ids.into_iter().enumerate() {
            if items.len() >= limit as usize || looked_at >= MAX_LOOKED_AT as usize {
                return Self { items, next: last };
            }
            items.extend(get(id).map(|item| Listed { id, item }));
            last = Some(id);
        }
        Self { items, next: None }
    }
}

/// A published order and how much of it is left.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct OrderView<AccountId> {
    /// The order.
    pub order: Order<AccountId>,
    /// How many tasks can still be bought; none where it is used up, expired or cancelled.
    pub left: u32,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct OrderState {
    /// How many tasks were bought.
    pub used: u32,
    /// Whether its signer has taken it back.
    pub cancelled: bool,
}

/// Somebody who stands for election or has a seat.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct ValidatorView<AccountId> {
    /// Who.
    pub who: AccountId,
    /// What it puts up, in units of TLK.
    pub stake: Balance,
    /// Its reputation as a validator.
    pub score: Score,
    /// What it counts in elections, in units of TLK: see [`crate::odds::effective_stake`].
    pub effective_stake: Balance,
    /// For how many sessions in a row it has missed its blocks.
    pub missed: u32,
    /// Whether it stands for election.
    pub candidate: bool,
    /// Whether it is a validator of the session that is under way.
    pub seated: bool,
    /// Whether it is a validator of the next session.
    pub announced: bool,
    /// How many blocks it has made in the session that is under way.
    pub authored: u32,
    /// The account that acts for it on juries, where it has named one.
    pub juror_key: Option<AccountId>,
}

/// What audits found in one category, of results with the same assurance: what bounds their error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct FindingsView {
    /// Of which results.
    pub kind: Kind,
    /// What was counted.
    pub findings: Findings,
}

/// What can be expected of a pool, by what it has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct PoolStanding {
    /// Workers that can be drawn, busy or not.
    pub online: u32,
    /// Tasks that they could begin now.
    pub free_slots: u32,
    /// Entries of the queue: deals with tasks that were not begun, and tasks that need more workers.
    pub waiting: u64,
    /// Tasks that ended with a result.
    pub completed: u64,
    /// Tasks that ended without one.
    pub failed: u64,
    /// Median time from a task's first draw to its settlement, in blocks, of the last tasks that were completed;
    /// nothing where there was none.
    pub median_blocks: Option<BlockNumber>,
    /// What is held of its operator as guarantees, for this and its other pools, in units of TLK. The pool says how much that
    /// may be.
    pub guaranteed: Balance,
}

/// How many of a deal's tasks are in which state. The four add up to the deal's tasks.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Not drawn yet.
    pub queued: u32,
    /// Drawn, and not ended.
    pub open: u32,
    /// Settled with a result.
    pub completed: u32,
    /// Ended without one.
    pub failed: u32,
}

impl Progress {
    /// Whether every task has ended.
    pub fn is_over(&self) -> bool {
        self.queued == 0 && self.open == 0
    }
}

/// A deal and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct DealView<AccountId> {
    /// Its identifier.
    pub id: DealId,
    /// Its terms.
    pub deal: Deal<AccountId>,
    /// How far it is.
    pub progress: Progress,
}

/// What is left of a task that has ended.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Outcome {
    /// It has an accepted result.
    Completed {
        /// Address of the result's manifest.
        digest: Digest,
        /// What stands behind it.
        assurance: Assurance,
        /// The block of the settlement.
        at: BlockNumber,
    },
    /// It has none; the requester has its money back.
    Failed {
        /// Why.
        reason: Failure,
        /// The block of the refund.
        at: BlockNumber,
    },
}

/// A task's state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub enum TaskView<AccountId> {
    /// It waits for workers.
    Queued,
    /// Workers are at it.
    Open(Task<AccountId>),
    /// It has ended.
    Ended(Outcome),
}

/// The part that an account has in a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub enum Part {
    /// It was drawn as a worker, or as an auditor.
    Worker,
    /// It was drawn for the jury.
    Juror,
}

/// Everything that a worker or a juror needs to know to execute a task, for the first time or once more.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct Assignment<AccountId> {
    /// Which task.
    pub task: TaskId,
    /// The account that has the part: whose seal the commitment carries. For the key of a juror that is the validator, for the duty
    /// key of a worker the worker.
    pub who: AccountId,
    /// For which part in it.
    pub part: Part,
    /// The last block in which the commitment may come. Of a task that was committed to, the last block of the period in which it
    /// is; where the chain alone ends that, the earliest last block for reveals.
    pub until: BlockNumber,
    /// The terms: arguments, parameters, limits.
    pub deal: Deal<AccountId>,
    /// The app.
    pub app: App<AccountId>,
    /// The dataset, where there is one.
    pub dataset: Option<Dataset<AccountId>>,
    /// For who repeats the task (a juror, an auditor, a worker that has lost its result): where those workers can be reached that have
    /// committed to one. They had all that the task needs, whatever its owners serve now.
    pub peers: Vec<Uri>,
}

/// What a worker or a juror has to do.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct Duties<AccountId> {
    /// Tasks to execute.
    pub execute: Vec<Assignment<AccountId>>,
    /// Of the tasks asked about: those whose digest is to be revealed now.
    pub reveal: Vec<TaskId>,
    /// Of the tasks asked about: those that are over.
    pub over: Vec<Listed<TaskId, Outcome>>,
}

/// A worker's standing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct WorkerView<AccountId> {
    /// Who.
    pub account: AccountId,
    /// Its bond, without what is pledged for a candidacy as a validator.
    pub bond: Balance,
    /// The part of the bond that open tasks have locked.
    pub locked: Balance,
    /// Reputation, in units of TLK: see [`crate::merit`].
    pub merit: Merit,
    /// The score that draws see.
    pub score: Score,
    /// The block from which on it can be drawn.
    pub ripe_at: BlockNumber,
    /// What counts in draws now: the ripe and unlocked part of the bond, discounted by the odds of being right.
    pub effective_stake: Balance,
    /// The pool it has joined.
    pub pool: Option<PoolId>,
    /// Whether it can be drawn.
    pub online: bool,
    /// Tasks it executes at once.
    pub slots: u8,
    /// Tasks it executes now.
    pub assigned: Vec<TaskId>,
    /// Where its results can be fetched.
    pub peer: Uri,
    /// The last block in which it gave a sign of life.
    pub last_seen: BlockNumber,
    /// The first block in which it can go online, where it has declined too many tasks: see [`crate::reliability`].
    pub paused_until: BlockNumber,
    /// The account that it has named to act for it, whether or not that has agreed.
    pub duty_key: Option<AccountId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pages of the even ones of a list, and how many there are.
    fn even(all: u32, limit: u32) -> (Vec<u32>, usize) {
        let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let rest = (0..all).skip_while(|id| after.is_some_and(|after| *id <= after));
            let page = Page::after(rest, limit, |id| (id % 2 == 0).then_some(()));
            assert!(page.items.len() <= limit as usize);
            found.extend(page.items.into_iter().map(|listed| listed.id));
            pages += 1;
            after = page.next;
            if after.is_none() {
                return (found, pages);
            }
        }
    }

    #[test]
    fn pages_leave_nothing_out_and_say_where_the_list_ends() {
        let all: Vec<_> = (0..3_000).step_by(2).collect();
        // Behind the last item is one more entry, for a page without items.
        assert_eq!(even(3_000, 100), (all.clone(), 16));
        assert_eq!(even(3_000, 10_000), (all, 3), "a page looks at a thousand at most");
        assert_eq!(even(0, 100), (Vec::new(), 1));
    }
}
