//! What was bought, and what became of it.

use std::time::Duration;

use serde::Serialize;
use talka_client::{broker::Bought, Tlk};
use talka_primitives::{DealId, PoolId};

use super::{facts, OutcomeOut, Output};
use crate::{follow::Followed, results::Fetched};

/// Deals that nobody waits for.
#[derive(Debug, Serialize)]
pub(crate) struct BoughtOut {
    deals: Vec<NewDeal>,
}

/// A deal that was made.
#[derive(Debug, Serialize)]
struct NewDeal {
    deal: DealId,
    pool: PoolId,
    /// The place of its first task in the whole request.
    first: u32,
    tasks: u32,
    /// Of one accepted task.
    price: Tlk,
    /// The block in which it was made.
    block: u32,
}

impl From<&Bought> for NewDeal {
    fn from(Bought { made, first }: &Bought) -> Self {
        Self {
            deal: made.deal,
            pool: made.pool,
            first: *first,
            tasks: made.tasks,
            price: Tlk(made.price),
            block: made.block.number,
        }
    }
}

impl BoughtOut {
    pub(crate) fn new(deals: &[Bought]) -> Self {
        Self { deals: deals.iter().map(Into::into).collect() }
    }
}

impl Output for BoughtOut {
    fn text(&self) -> String {
        self.deals.iter().fold(String::new(), |text, deal| {
            let NewDeal { deal, pool, tasks, price, .. } = deal;
            format!("{text}deal {deal}: {tasks} tasks at {price} TLK each in pool {pool}\n")
        })
    }
}

/// A deal from its beginning to its end.
#[derive(Debug, Serialize)]
pub(crate) struct DealReport {
    #[serde(flatten)]
    made: NewDeal,
    completed: u32,
    failed: u32,
    outcomes: Vec<OutcomeOut>,
}

impl DealReport {
    pub(crate) fn new(bought: &Bought, followed: &Followed) -> Self {
        Self {
            made: bought.into(),
            completed: followed.progress.completed,
            failed: followed.progress.failed,
            outcomes: followed
                .outcomes
                .iter()
                .map(|(task, outcome)| OutcomeOut::new(*task, *outcome))
                .collect(),
        }
    }

    /// What the accepted tasks cost.
    fn paid(&self) -> u128 {
        self.made.price.0.saturating_mul(self.completed.into())
    }
}

/// A bag from its beginning to its end.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    deals: Vec<DealReport>,
    tasks: u32,
    completed: u32,
    failed: u32,
    /// What the accepted tasks cost.
    paid: Tlk,
    block_time_ms: u64,
    /// Results on the disk, where they were asked for.
    results: Vec<Fetched>,
}

impl Report {
    pub(crate) fn new(deals: Vec<DealReport>, block_time: Duration, results: Vec<Fetched>) -> Self {
        Self {
            tasks: deals.iter().map(|deal| deal.made.tasks).sum(),
            completed: deals.iter().map(|deal| deal.completed).sum(),
            failed: deals.iter().map(|deal| deal.failed).sum(),
            paid: Tlk(deals.iter().map(DealReport::paid).sum()),
            block_time_ms: block_time.as_millis() as u64,
            deals,
            results,
        }
    }

    pub(crate) fn failed(&self) -> u32 {
        self.failed
    }
}

impl Output for Report {
    fn text(&self) -> String {
        let counted = |tasks, completed, failed| format!("{tasks}: {completed} completed, {failed} failed");
        let mut text = String::new();
        for DealReport { made, completed, failed, .. } in &self.deals {
            let NewDeal { deal, pool, tasks, price, .. } = made;
            let tasks = counted(*tasks, *completed, *failed);
            text.push_str(&format!("deal {deal}  pool {pool}  {price} TLK a task  tasks {tasks}\n"));
        }
        text.push_str(&facts(&[
            ("tasks", counted(self.tasks, self.completed, self.failed)),
            ("paid", format!("{} TLK", self.paid)),
        ]));
        for result in &self.results {
            text.push_str(&format!("{}  {}  {:?}\n", result.task, result.directory.display(), result.status));
        }
        text
    }
}
