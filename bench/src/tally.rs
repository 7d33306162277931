//! What was observed in the blocks of a measurement.

use std::collections::{BTreeMap, HashMap};

use frame_support::dispatch::DispatchClass;
use frame_system::Event as SystemEvent;
use sp_runtime::DispatchError;
use talka_pallet_poco::Event;
use talka_primitives::TaskId;
use talka_runtime::{configs::BlockWeights, BlockNumber, Runtime, RuntimeError, RuntimeEvent};

use crate::{
    load::Clients,
    report::{number, say, Sample},
    rpc::Block,
};

/// A task that was drawn and has not ended.
struct Open {
    /// The block after which its request was sent.
    sent: Option<BlockNumber>,
    /// The block of its first draw.
    drawn: BlockNumber,
    /// How many have committed to a result of it.
    executions: u64,
}

/// What was counted since the measurement began.
#[derive(Default)]
pub struct Counts {
    /// Blocks.
    pub blocks: u64,
    /// Tasks that ended with a result.
    pub settled: u64,
    /// Executions of these tasks.
    pub executions: u64,
    /// Tasks that ended without a result, though nobody took them back.
    pub failed: u64,
    /// Of each settled task: blocks from its request to the end.
    pub from_request: Sample,
    /// Of each settled task: blocks from its first draw to the end.
    pub from_draw: Sample,
    /// Of each block: the transactions in it, but for those of the chain itself.
    pub transactions: Sample,
    /// Of each block: its declared work, in thousandths of the limit.
    pub weight: Sample,
    /// What workers lost or were blamed for, by the name of the event.
    pub penalties: BTreeMap<&'static str, u64>,
    /// Calls that failed in a block, by the reason.
    pub failed_calls: BTreeMap<String, u64>,
    /// Requests that failed in a block.
    pub failed_requests: u64,
    /// Transactions that the node refused, by the reason.
    pub refused: BTreeMap<String, u64>,
    /// Requests that the node refused.
    pub refused_requests: u64,
}

/// Watches the blocks.
#[derive(Default)]
pub struct Tally {
    open: HashMap<TaskId, Open>,
    /// The first block after which a request counts.
    since: BlockNumber,
    /// What was counted.
    pub counts: Counts,
}

impl Tally {
    /// Count from now on. Of latencies only those of requests that were sent after block `since`.
    pub fn begin(&mut self, since: BlockNumber) {
        (self.counts, self.since) = (Counts::default(), since);
    }

    /// How many tasks were drawn and have not ended.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Count what is in a block, and tell clients what was begun and what has failed.
    pub fn observe(&mut self, block: &Block, clients: &mut Clients) {
        let limit = BlockWeights::get().max_block.ref_time().max(1);
        let work = u128::from(block.weight.total().ref_time()) * 1_000 / u128::from(limit);
        self.counts.blocks += 1;
        self.counts.weight.push(work as u64);
        let (mut transactions, mut payer) = (0, None);
        for record in &block.events {
            match &record.event {
                RuntimeEvent::System(event) => {
                    transactions += u64::from(is_transaction(event));
                    if let SystemEvent::ExtrinsicFailed { dispatch_error, .. } = event {
                        *self.counts.failed_calls.entry(reason(*dispatch_error)).or_default() += 1;
                        // The event that names the payer of the transaction comes before its end.
                        let payer = payer.as_ref().filter(|(phase, _)| *phase == record.phase);
                        if let Some(client) = payer.and_then(|(_, who)| clients.number(who)) {
                            self.counts.failed_requests += 1;
                            clients.over(client);
                        }
                    }
                }
                RuntimeEvent::TransactionPayment(pallet_transaction_payment::Event::TransactionFeePaid {
                    who,
                    ..
                }) => payer = Some((record.phase.clone(), who.clone())),
                RuntimeEvent::Poco(event) => self.hear(event, block.number, clients),
                _ => {}
            }
        }
        self.counts.transactions.push(transactions);
    }

    fn hear(&mut self, event: &Event<Runtime>, now: BlockNumber, clients: &mut Clients) {
        match event {
            Event::TaskAssigned { task, .. } => {
                self.open.entry(*task).or_insert_with(|| {
                    let sent = clients.deals.get(&task.deal).map(|deal| deal.sent);
                    clients.begun(task.deal);
                    Open { sent, drawn: now, executions: 0 }
                });
            }
            Event::Committed { task, .. } => {
                if let Some(open) = self.open.get_mut(task) {
                    open.executions += 1;
                }
            }
            Event::TaskCompleted { task, .. } => {
                let Some(open) = self.open.remove(task) else { return };
                self.counts.settled += 1;
                self.counts.executions += open.executions;
                if let Some(sent) = open.sent.filter(|sent| *sent >= self.since) {
                    self.counts.from_request.push(u64::from(now.saturating_sub(sent)));
                    self.counts.from_draw.push(u64::from(now.saturating_sub(open.drawn)));
                }
            }
            Event::TaskFailed { task, .. } => {
                // One that was not begun was taken back.
                self.counts.failed += u64::from(self.open.remove(task).is_some());
            }
            other => {
                if let Some(penalty) = penalty(other) {
                    *self.counts.penalties.entry(penalty).or_default() += 1;
                }
            }
        }
    }

    /// A node has refused a transaction.
    pub fn refused(&mut self, reason: String, is_request: bool) {
        *self.counts.refused.entry(reason).or_default() += 1;
        self.counts.refused_requests += u64::from(is_request);
    }
}

impl Counts {
    /// How many penalties there were.
    pub fn penalties(&self) -> u64 {
        self.penalties.values().sum()
    }

    /// Print what blocks were like, and what went wrong.
    pub fn say(&self, name: &str) {
        for (what, sample) in
            [("transactions_in_a_block", &self.transactions), ("declared_work", &self.weight)]
        {
            let unit = if what == "declared_work" { "permille" } else { "transactions" };
            if let (Some(mean), Some(most)) = (sample.mean(), sample.max()) {
                say(format!("{name}/{what}/mean"), number(mean), unit);
                say(format!("{name}/{what}/most"), most, unit);
            }
        }
        say(format!("{name}/tasks_failed"), self.failed, "tasks");
        say(format!("{name}/penalties"), self.penalties(), "penalties");
        let (refused, failed) = (self.refused.values().sum::<u64>(), self.failed_calls.values().sum::<u64>());
        say(format!("{name}/transactions_refused"), refused, "transactions");
        say(format!("{name}/calls_failed"), failed, "transactions");
        for (reason, count) in self.refused.iter().chain(&self.failed_calls) {
            eprintln!("{name}: {count} × {reason}");
        }
        for (penalty, count) in &self.penalties {
            eprintln!("{name}: {count} × {penalty}");
        }
    }
}

/// Whether this ends a transaction of somebody, and not one of the chain itself.
fn is_transaction(event: &SystemEvent<Runtime>) -> bool {
    match event {
        SystemEvent::ExtrinsicSuccess { dispatch_info }
        | SystemEvent::ExtrinsicFailed { dispatch_info, .. } => {
            dispatch_info.class != DispatchClass::Mandatory
        }
        _ => false,
    }
}

/// The name of an event that says that somebody did not do what it owed.
fn penalty(event: &Event<Runtime>) -> Option<&'static str> {
    match event {
        Event::StakeLost { .. } => Some("StakeLost"),
        Event::Convicted { .. } => Some("Convicted"),
        Event::JurorFined { .. } => Some("JurorFined"),
        Event::WorkerAbsent { .. } => Some("WorkerAbsent"),
        Event::WorkerPaused { .. } => Some("WorkerPaused"),
        Event::Disputed { .. } => Some("Disputed"),
        _ => None,
    }
}

/// The error's name where it is that of a pallet.
fn reason(error: DispatchError) -> String {
    RuntimeError::from_dispatch_error(error)
        .map_or_else(|| format!("{error:?}"), |named| format!("{named:?}"))
}
