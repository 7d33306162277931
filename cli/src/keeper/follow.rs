//! Reads final blocks for what was settled there.

use std::{collections::BTreeMap, convert::Infallible};

use futures::FutureExt as _;
use talka_client::{events::TaskEvent, Client, Error, Snapshot, Transient};
use talka_primitives::{BlockNumber, DealId, PoolId, TaskId};
use tokio::sync::Notify;

use super::{
    ledger::{Ledger, Record},
    Scope,
};
use crate::{commands::result::completed, context::Context, error::CliError, results::winners};

/// How many deals are remembered that need not be asked for again.
const MANY: usize = 10_000;

/// See the module's head.
pub(super) struct Follower<'a> {
    context: &'a Context,
    client: &'a Client,
    scope: &'a Scope,
    ledger: &'a Ledger,
    /// Told when more is wanted.
    news: &'a Notify,
    /// The pools of deals; nothing where the results of the deal are not wanted.
    deals: BTreeMap<DealId, Option<PoolId>>,
}

impl<'a> Follower<'a> {
    pub(super) fn new(
        context: &'a Context,
        client: &'a Client,
        scope: &'a Scope,
        ledger: &'a Ledger,
        news: &'a Notify,
    ) -> Self {
        Self { context, client, scope, ledger, news, deals: BTreeMap::new() }
    }

    /// Go on for ever. Problems that may pass are told and waited for.
    pub(super) async fn follow(&mut self) -> Result<Infallible, CliError> {
        let mut blocks = self.client.best_blocks();
        let mut told = false;
        loop {
            match self.catch_up().await {
                Ok(()) => told = false,
                Err(CliError::Client(Error::Transient(problem))) => {
                    if !std::mem::replace(&mut told, true) {
                        self.context.say(format!("warning: {problem}; going on when it is over"));
                    }
                }
                Err(error) => return Err(error),
            }
            blocks.next().await;
            // Of blocks that came meanwhile only the newest matters.
            while blocks.next().now_or_never().is_some() {}
        }
    }

    /// Read all blocks up to the last final one.
    async fn catch_up(&mut self) -> Result<(), CliError> {
        let head = self.client.finalized().await?;
        let last = head.block().number;
        let Some(cursor) = self.ledger.cursor() else { return self.look_through(&head).await };
        for number in cursor.saturating_add(1)..=last {
            match self.settled_in(number).await {
                Ok(settled) => self.note(number, settled)?,
                Err(problem) => {
                    // A node that tells of its last block and not of this one has forgotten this one.
                    head.task_events().await?;
                    if number == last {
                        return Err(problem);
                    }
                    let forgotten = format!("the node tells nothing of block {number} any more");
                    self.context.say(format!("note: {forgotten}: looking at all deals instead"));
                    return self.look_through(&head).await;
                }
            }
        }
        Ok(())
    }

    /// The results that were settled in a block.
    async fn settled_in(&mut self, number: BlockNumber) -> Result<Vec<(TaskId, Record)>, CliError> {
        let block = self.client.block_at(number).await?;
        let block = block.ok_or_else(|| Error::from(Transient::Node(format!("it has no block {number}"))))?;
        let snapshot = self.client.at(block).await?;
        let mut settled = Vec::new();
        for event in snapshot.task_events().await? {
            let TaskEvent::Completed { task, digest, winners, .. } = event else { continue };
            if let Some(pool) = self.pool_of(&snapshot, task.deal).await? {
                settled.push((task, Record { digest, pool, winners, kept_since: None }));
            }
        }
        Ok(settled)
    }

    /// The pool of a deal whose results are wanted.
    async fn pool_of(&mut self, snapshot: &Snapshot, id: DealId) -> Result<Option<PoolId>, CliError> {
        if let Some(known) = self.deals.get(&id) {
            return Ok(*known);
        }
        let view = snapshot.deal(id).await?;
        let wanted = view.filter(|view| self.scope.includes(id, &view.deal));
        let pool = wanted.map(|view| view.deal.pool);
        if self.deals.len() >= MANY {
            self.deals.clear();
        }
        self.deals.insert(id, pool);
        Ok(pool)
    }

    /// Look at all deals that the chain remembers.
    async fn look_through(&self, head: &Snapshot) -> Result<(), CliError> {
        let deals = head.deals_like(|id, deal| self.scope.includes(id, deal)).await?;
        let mut settled = Vec::new();
        for (id, deal) in &deals {
            let outcomes = head.all_outcomes(*id, 0).await?.into_iter().map(|entry| (entry.id, entry.item));
            let outcomes: Vec<_> = outcomes.filter(|(task, _)| !self.ledger.knows(*task)).collect();
            let mut known = BTreeMap::new();
            winners(self.client, outcomes.iter().copied(), &mut known).await;
            for (task, digest) in completed(outcomes) {
                let winners = known.remove(&task).unwrap_or_default();
                settled.push((task, Record { digest, pool: deal.pool, winners, kept_since: None }));
            }
        }
        self.note(head.block().number, settled)
    }

    fn note(&self, number: BlockNumber, settled: Vec<(TaskId, Record)>) -> Result<(), CliError> {
        if self.ledger.advance(number, settled)? {
            self.news.notify_one();
        }
        Ok(())
    }
}
