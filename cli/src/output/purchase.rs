//! What was bought, and what became of it.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use talka_client::{broker::Bought, terminal::one_line, AccountId, Tlk};
use talka_primitives::{manifest::ExitStatus, Deal, DealId, PoolId};

use super::{
    assurance_text, assurance_word, counted, facts, last_lines_text, restricted_to, OutcomeOut, Output,
};
use crate::{
    follow::Followed,
    results::{Delivery, Fetched, Unfetched},
};

/// What stands behind the results of a deal, and what is held for it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Backing {
    /// `unverified`, `unaudited`, `internal`, `replicated` or `adjudicated`.
    assurance: &'static str,
    /// What that means where the deal is restricted.
    #[serde(skip_serializing_if = "Option::is_none")]
    restricted: Option<&'static str>,
    /// What is held for the audit of one task, and given back where there is none.
    held_for_audit: Tlk,
}

impl Backing {
    pub(crate) fn of(deal: &Deal<AccountId>) -> Self {
        Self {
            assurance: assurance_word(deal.assurance),
            restricted: restricted_to(deal.assurance),
            held_for_audit: Tlk(deal.audit_price()),
        }
    }

    /// To go on with after the price of a deal.
    pub(crate) fn text(self) -> String {
        let assurance = assurance_text(self.assurance, self.restricted);
        match self.held_for_audit {
            Tlk(0) => format!(", {assurance}"),
            held => format!(", {assurance}, with {held} TLK more held for the audit of each"),
        }
    }
}

/// What is held for audits, as a fact about a deal.
pub(super) fn held_for_audits(held: Tlk) -> String {
    match held {
        Tlk(0) => "nothing: results are not audited".into(),
        held => format!("{held} TLK a task, given back where there is no audit"),
    }
}

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
    /// What stands behind it; absent where the node did not say.
    #[serde(flatten)]
    backing: Option<Backing>,
}

impl NewDeal {
    fn new(Bought { made, first }: &Bought, backing: Option<Backing>) -> Self {
        Self {
            deal: made.deal,
            pool: made.pool,
            first: *first,
            tasks: made.tasks,
            price: Tlk(made.price),
            block: made.block.number,
            backing,
        }
    }

    fn backing_text(&self) -> String {
        self.backing.map(Backing::text).unwrap_or_default()
    }
}

impl BoughtOut {
    /// `backings` are of the same deals, in their order.
    pub(crate) fn new(deals: &[Bought], backings: &[Option<Backing>]) -> Self {
        let deals = deals.iter().zip(backings).map(|(bought, backing)| NewDeal::new(bought, *backing));
        Self { deals: deals.collect() }
    }
}

impl Output for BoughtOut {
    fn text(&self) -> String {
        self.deals.iter().fold(String::new(), |text, deal| {
            let backing = deal.backing_text();
            let NewDeal { deal, pool, tasks, price, .. } = deal;
            let tasks = counted(*tasks, "task");
            format!("{text}deal {deal}: {tasks} at {price} TLK each in pool {pool}{backing}\n")
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
    pub(crate) fn new(bought: &Bought, backing: Option<Backing>, followed: &Followed) -> Self {
        Self {
            made: NewDeal::new(bought, backing),
            completed: followed.progress.completed,
            failed: followed.progress.failed,
            outcomes: followed
                .outcomes
                .iter()
                .map(|(task, outcome)| OutcomeOut::new(*task, *outcome))
                .collect(),
        }
    }

    /// What the audits of the accepted tasks cost, if all were audited.
    fn paid_for_audits(&self) -> u128 {
        let each = self.made.backing.map_or(0, |backing| backing.held_for_audit.0);
        each.saturating_mul(self.completed.into())
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
    /// What their audits cost at most.
    paid_for_audits_at_most: Tlk,
    block_time_ms: u64,
    /// How many results are of apps that ended with a trap, without fuel or with an exit status other than 0; nothing
    /// where results were not fetched: they say it, the chain does not.
    unsuccessful: Option<u32>,
    /// Results on the disk, where they were asked for.
    results: Vec<Fetched>,
    /// Results that were asked for, and could not be fetched.
    unfetched: Vec<Unfetched>,
}

impl Report {
    /// Without a `delivery` where results were not asked for.
    pub(crate) fn new(deals: Vec<DealReport>, block_time: Duration, delivery: Option<Delivery>) -> Self {
        let count = |delivery: &Delivery| unsuccessful(&delivery.results).count() as u32;
        let unsuccessful = delivery.as_ref().map(count);
        let Delivery { results, unfetched } = delivery.unwrap_or_default();
        Self {
            unsuccessful,
            tasks: deals.iter().map(|deal| deal.made.tasks).sum(),
            completed: deals.iter().map(|deal| deal.completed).sum(),
            failed: deals.iter().map(|deal| deal.failed).sum(),
            paid: Tlk(deals.iter().map(DealReport::paid).sum()),
            paid_for_audits_at_most: Tlk(deals.iter().map(DealReport::paid_for_audits).sum()),
            block_time_ms: block_time.as_millis() as u64,
            deals,
            results,
            unfetched,
        }
    }

    /// How the apps of the accepted tasks ended.
    fn statuses_text(&self) -> String {
        if self.unsuccessful.is_none() {
            return "not known: results were not fetched".into();
        }
        let mut tasks_of: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for Fetched { task, status, .. } in unsuccessful(&self.results) {
            tasks_of.entry(status_text(*status)).or_default().push(task);
        }
        if tasks_of.is_empty() {
            return "0 in all results".into();
        }
        let named = |(status, tasks): (&String, &Vec<&str>)| {
            format!("{status} in {} of {} results: {}", tasks.len(), self.results.len(), tasks.join(", "))
        };
        tasks_of.iter().map(named).collect::<Vec<_>>().join("; ")
    }

    fn paid_text(&self) -> String {
        match self.paid_for_audits_at_most {
            Tlk(0) => format!("{} TLK", self.paid),
            audits => format!("{} TLK, and at most {audits} TLK for audits", self.paid),
        }
    }

    pub(crate) fn failed(&self) -> u32 {
        self.failed
    }

    /// How many results are known to be of apps that did not end with the exit status 0.
    pub(crate) fn unsuccessful(&self) -> u32 {
        self.unsuccessful.unwrap_or_default()
    }

    /// How many results are on the disk, and how many could not be fetched.
    pub(crate) fn delivered(&self) -> (usize, usize) {
        (self.results.len(), self.unfetched.len())
    }
}

fn unsuccessful(results: &[Fetched]) -> impl Iterator<Item = &Fetched> {
    results.iter().filter(|result| !result.status.is_success())
}

/// How an app ended.
pub(crate) fn status_text(status: ExitStatus) -> String {
    match status {
        ExitStatus::Exited(code) => format!("exit status {code}"),
        ExitStatus::Trapped(trap) => format!("trap {trap:?}"),
        ExitStatus::OutOfFuel => "out of fuel".into(),
    }
}

impl Output for Report {
    fn text(&self) -> String {
        let counted = |tasks, completed, failed| format!("{tasks}: {completed} completed, {failed} failed");
        let mut text = String::new();
        for DealReport { made, completed, failed, .. } in &self.deals {
            let NewDeal { deal, pool, tasks, price, backing, .. } = made;
            let assurance = backing.map(|backing| format!("  {}", backing.assurance)).unwrap_or_default();
            let tasks = counted(*tasks, *completed, *failed);
            text.push_str(&format!(
                "deal {deal}  pool {pool}  {price} TLK a task{assurance}  tasks {tasks}\n"
            ));
        }
        text.push_str(&facts(&[
            ("tasks", counted(self.tasks, self.completed, self.failed)),
            ("statuses", self.statuses_text()),
            ("paid", self.paid_text()),
        ]));
        for Fetched { task, directory, status, .. } in &self.results {
            text.push_str(&format!("{task}  {}  {}\n", one_line(directory.display()), status_text(*status)));
        }
        for Unfetched { task, error, .. } in &self.unfetched {
            text.push_str(&format!("{task}  not fetched: {}\n", one_line(error)));
        }
        text.push_str(&last_lines_text(&self.results));
        text
    }
}
