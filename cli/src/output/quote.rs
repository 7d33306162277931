//! What a bag of tasks would cost.

use std::time::Duration;

use serde::Serialize;
use talka_client::{
    broker::{Part, Quote, Workforce},
    BlockId, Tlk,
};
use talka_primitives::PoolId;

use super::{assurance_text, assurance_word, facts, restricted_to, Output};
use crate::error::CliError;

/// What a bag of tasks would cost.
#[derive(Debug, Serialize)]
pub(crate) struct QuoteOut {
    /// The block whose prices these are.
    block: u32,
    tasks: u32,
    /// What all tasks cost, if all are accepted.
    total: Tlk,
    /// What is held for the audits of all tasks.
    held_for_audits: Tlk,
    /// What is held of the payer at most: the two together.
    held: Tlk,
    /// What is held beside that until the chain forgets the deals and the orders that they are made of.
    deposit: Tlk,
    deals: Vec<PartOut>,
    /// Pools that are cheaper, and what they lack.
    passed_over: Vec<LackOut>,
    /// Why `talka run` would not buy this now.
    refused: Vec<String>,
}

/// One deal that would be made.
#[derive(Debug, Serialize)]
struct PartOut {
    pool: PoolId,
    /// The place of its first task in the whole request.
    first: u32,
    tasks: u32,
    /// Of one accepted task.
    price: Tlk,
    app_price: Tlk,
    /// Absent where there is no dataset.
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_price: Option<Tlk>,
    pool_price: Tlk,
    /// What is held for the audit of one task, and given back where there is none.
    held_for_audit: Tlk,
    /// `unverified`, `unaudited`, `internal`, `replicated` or `adjudicated`.
    assurance: &'static str,
    /// What that means where the deal is restricted.
    #[serde(skip_serializing_if = "Option::is_none")]
    restricted: Option<&'static str>,
    workers: WorkersOut,
    /// Median time of the pool's last tasks.
    median_blocks: Option<u32>,
    /// About how long all tasks of the deal take.
    blocks: Option<u32>,
    seconds: Option<u64>,
}

/// The workers that a task takes, and those that there are.
#[derive(Debug, Serialize)]
struct WorkersOut {
    /// How many that agree a result takes, where none of them has merit.
    without_merit: Option<u32>,
    /// How many it takes of those online: the fewest, and the most.
    fewest: Option<u32>,
    most: Option<u32>,
    /// Whether another one audits the result, always or by lot.
    audited: bool,
    online: u32,
    /// Those of them whose bond is enough.
    able: u32,
    free_slots: u32,
    /// Deals and tasks that wait in the pool's queue.
    waiting: u64,
    /// What a task locks of the bond of a worker without merit.
    stake: Tlk,
}

#[derive(Debug, Serialize)]
struct LackOut {
    pool: PoolId,
    why: String,
}

impl QuoteOut {
    /// `free` is what the account has that would pay, where it is known.
    pub(crate) fn new(quote: &Quote, at: BlockId, block_time: Duration, free: Option<u128>) -> Self {
        let deals: Vec<_> = quote.parts.iter().map(|part| PartOut::new(part, block_time)).collect();
        let sum = |amount: fn(&PartOut) -> Tlk| {
            Tlk(deals.iter().fold(0u128, |sum, deal| {
                sum.saturating_add(amount(deal).0.saturating_mul(deal.tasks.into()))
            }))
        };
        let held = quote.held();
        let needed = held.saturating_add(quote.deposit());
        let lack = quote.lack().map(|(pool, lack)| CliError::LacksWorkers { pool, lack });
        let funds = free
            .filter(|free| *free < needed)
            .map(|free| CliError::FundsTooLow { needed: Tlk(needed), free: Tlk(free) });
        Self {
            block: at.number,
            tasks: deals.iter().map(|deal| deal.tasks).sum(),
            total: sum(|deal| deal.price),
            held_for_audits: sum(|deal| deal.held_for_audit),
            held: Tlk(held),
            deposit: Tlk(quote.deposit()),
            deals,
            passed_over: quote
                .passed_over
                .iter()
                .map(|(pool, lack)| LackOut { pool: *pool, why: lack.to_string() })
                .collect(),
            refused: lack.into_iter().chain(funds).map(|error| error.to_string()).collect(),
        }
    }
}

impl PartOut {
    fn new(Part { first, deal, workforce, .. }: &Part, block_time: Duration) -> Self {
        let blocks = workforce.blocks(deal.tasks);
        Self {
            pool: deal.pool,
            first: *first,
            tasks: deal.tasks,
            price: Tlk(deal.price().unwrap_or_default()),
            app_price: Tlk(deal.app_price),
            dataset_price: deal.dataset.as_ref().map(|dataset| Tlk(dataset.price)),
            pool_price: Tlk(deal.pool_price),
            held_for_audit: Tlk(deal.audit_price()),
            assurance: assurance_word(deal.assurance),
            restricted: restricted_to(deal.assurance),
            workers: WorkersOut::new(workforce),
            median_blocks: workforce.standing.median_blocks,
            blocks,
            seconds: blocks.map(|blocks| block_time.saturating_mul(blocks).as_secs()),
        }
    }

    fn price_text(&self) -> String {
        let dataset = self.dataset_price.map(|price| format!(", dataset {price}")).unwrap_or_default();
        format!("{} TLK a task: app {}{dataset}, pool {}", self.price, self.app_price, self.pool_price)
    }

    fn time_text(&self) -> String {
        let Some(median) = self.median_blocks else {
            return "not known: the pool has not completed a task yet".into();
        };
        let why = match self.seconds {
            Some(seconds) => return format!("about {seconds} s (median of a task: {median} blocks)"),
            None if self.workers.free_slots == 0 => "no worker is free",
            None => "too few workers are online",
        };
        format!("not known: {why} (median of a task: {median} blocks)")
    }
}

impl WorkersOut {
    fn new(workforce: &Workforce) -> Self {
        let Workforce { standing, able, fresh, fewest, most, stake, audited, .. } = *workforce;
        Self {
            without_merit: fresh,
            fewest,
            most,
            audited,
            online: standing.online,
            able,
            free_slots: standing.free_slots,
            waiting: standing.waiting,
            stake: Tlk(stake),
        }
    }

    fn needed_text(&self) -> String {
        let needed = match (self.fewest, self.most, self.without_merit) {
            (Some(fewest), Some(most), _) if fewest == most => format!("{fewest} a result"),
            (Some(fewest), Some(most), _) => format!("{fewest} to {most} a result, by their merit"),
            (_, _, Some(fresh)) => format!("{fresh} a result (without merit)"),
            (_, _, None) => "more than a task can draw".into(),
        };
        let audit = if self.audited { ", and one more for an audit" } else { "" };
        format!("{needed}{audit}")
    }

    /// What stands behind a result.
    fn stake_text(&self) -> String {
        format!("at least {} TLK, locked by each worker of a task", self.stake)
    }

    fn online_text(&self) -> String {
        let Self { online, able, free_slots, waiting, .. } = self;
        let poor = match online.saturating_sub(*able) {
            0 => String::new(),
            poor => format!(", {poor} of them with too small a bond"),
        };
        format!("{online}{poor}; {free_slots} free slots, {waiting} waiting in the queue")
    }
}

impl Output for QuoteOut {
    fn text(&self) -> String {
        let mut text = String::new();
        for deal in &self.deals {
            let audit = match deal.held_for_audit {
                Tlk(0) => "none".into(),
                held => format!("{held} TLK more held for each task, given back where there is no audit"),
            };
            text.push_str(&facts(&[
                ("pool", deal.pool.to_string()),
                ("tasks", deal.tasks.to_string()),
                ("price", deal.price_text()),
                ("audits", audit),
                ("assurance", assurance_text(deal.assurance, deal.restricted)),
                ("workers", deal.workers.needed_text()),
                ("stake", deal.workers.stake_text()),
                ("online", deal.workers.online_text()),
                ("time", deal.time_text()),
            ]));
            text.push('\n');
        }
        text.push_str(&facts(&[
            ("all tasks", format!("{} TLK, if all {} are accepted", self.total, self.tasks)),
            ("held at most", format!("{} TLK", self.held)),
            (
                "deposit",
                format!("{} TLK more, which come back when the chain forgets the deal", self.deposit),
            ),
        ]));
        for LackOut { pool, why } in &self.passed_over {
            text.push_str(&format!("note: pool {pool} is cheaper, but {why}\n"));
        }
        for why in &self.refused {
            text.push_str(&format!("`talka run` would refuse: {why}\n"));
        }
        text
    }
}
