//! What happened to tasks, read block by block from the chain itself.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use talka_client::{events::TaskEvent, AccountId, Client};
use talka_primitives::{task::Failure, Balance, BlockNumber, DealId, Digest, TaskId};

/// All that blocks say about tasks, in their order.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    /// The facts.
    pub facts: Vec<Fact>,
}

/// Something that a block established.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The block.
    pub block: BlockNumber,
    /// What.
    pub event: TaskEvent,
}

impl Chronicle {
    /// Read all blocks from `first` to `last`. Unlike somebody who watches blocks pass, it misses none while the
    /// connection is broken.
    pub async fn read(client: &Client, first: BlockNumber, last: BlockNumber) -> Result<Self> {
        let mut facts = Vec::new();
        for number in first..=last {
            let block =
                client.block_at(number).await?.with_context(|| format!("there is no block {number}"))?;
            let events = client.at(block).await?.task_events().await?;
            facts.extend(events.into_iter().map(|event| Fact { block: number, event }));
        }
        Ok(Self { facts })
    }

    /// What is about one deal.
    pub fn of(&self, deal: DealId) -> Self {
        Self { facts: self.facts.iter().filter(|fact| fact.event.deal() == deal).cloned().collect() }
    }

    /// What is about one task.
    pub fn of_task(&self, task: TaskId) -> Self {
        Self { facts: self.facts.iter().filter(|fact| fact.event.task() == task).cloned().collect() }
    }

    fn events(&self) -> impl Iterator<Item = &TaskEvent> {
        self.facts.iter().map(|fact| &fact.event)
    }

    /// The accepted results, with those who were right.
    pub fn completed(&self) -> BTreeMap<TaskId, (Digest, Vec<AccountId>)> {
        let completed = self.events().filter_map(|event| match event {
            TaskEvent::Completed { task, digest, winners, .. } => Some((*task, (*digest, winners.clone()))),
            _ => None,
        });
        completed.collect()
    }

    /// The tasks that ended without a result.
    pub fn failed(&self) -> BTreeMap<TaskId, Failure> {
        let failed = self.events().filter_map(|event| match event {
            TaskEvent::Failed { task, reason } => Some((*task, *reason)),
            _ => None,
        });
        failed.collect()
    }

    /// Who was drawn for a task.
    pub fn drawn(&self, id: TaskId) -> BTreeSet<AccountId> {
        let drawn = self.events().filter_map(|event| match event {
            TaskEvent::Assigned { task, worker, .. } if *task == id => Some(*worker),
            _ => None,
        });
        drawn.collect()
    }

    /// What each worker was paid.
    pub fn paid(&self) -> BTreeMap<AccountId, Balance> {
        self.sum(|event| match event {
            TaskEvent::Paid { worker, amount, .. } => Some((*worker, *amount)),
            _ => None,
        })
    }

    /// What jurors were paid for verdicts.
    pub fn jury_pay(&self) -> BTreeMap<AccountId, Balance> {
        self.sum(|event| match event {
            TaskEvent::JurorPaid { juror, amount, .. } => Some((*juror, *amount)),
            _ => None,
        })
    }

    /// What juries took from those they found wrong.
    pub fn convicted(&self) -> BTreeMap<AccountId, Balance> {
        self.sum(|event| match event {
            TaskEvent::Convicted { worker, amount, .. } => Some((*worker, *amount)),
            _ => None,
        })
    }

    /// The first task in which somebody was convicted.
    pub fn first_conviction(&self) -> Option<TaskId> {
        self.events().find_map(|event| match event {
            TaskEvent::Convicted { task, .. } => Some(*task),
            _ => None,
        })
    }

    /// What each worker lost of its bond because it lost a vote or did not reveal.
    pub fn lost(&self) -> BTreeMap<AccountId, Balance> {
        self.sum(|event| match event {
            TaskEvent::StakeLost { worker, amount, .. } => Some((*worker, *amount)),
            _ => None,
        })
    }

    fn sum(
        &self,
        entry: impl Fn(&TaskEvent) -> Option<(AccountId, Balance)>,
    ) -> BTreeMap<AccountId, Balance> {
        let mut sums = BTreeMap::new();
        for (worker, amount) in self.events().filter_map(entry) {
            *sums.entry(worker).or_default() += amount;
        }
        sums
    }

    /// Who did not commit in time, once for each time.
    pub fn absences(&self) -> Vec<(TaskId, AccountId)> {
        let absences = self.events().filter_map(|event| match event {
            TaskEvent::Absent { task, worker } => Some((*task, *worker)),
            _ => None,
        });
        absences.collect()
    }

    /// The block of the first fact that is like this.
    pub fn block_of(&self, like: impl Fn(&TaskEvent) -> bool) -> Option<BlockNumber> {
        self.facts.iter().find(|fact| like(&fact.event)).map(|fact| fact.block)
    }

    /// The blocks of all facts that are like this.
    pub fn blocks_of(&self, like: impl Fn(&TaskEvent) -> bool) -> Vec<BlockNumber> {
        self.facts.iter().filter(|fact| like(&fact.event)).map(|fact| fact.block).collect()
    }

    /// The blocks in which a task was first drawn for and in which it ended.
    pub fn span(&self, id: TaskId) -> Option<(BlockNumber, BlockNumber)> {
        let drawn = |event: &TaskEvent| matches!(event, TaskEvent::Assigned { task, .. } if *task == id);
        let ended = |event: &TaskEvent| matches!(event, TaskEvent::Completed { task, .. } | TaskEvent::Failed { task, .. } if *task == id);
        Some((self.block_of(drawn)?, self.block_of(ended)?))
    }
}
