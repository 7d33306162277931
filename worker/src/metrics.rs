//! Numbers for Prometheus. All of them exist, at zero, from the start.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU64, Ordering},
};

use prometheus_endpoint::{
    init_prometheus, register, Counter, CounterVec, Gauge, Opts, PrometheusError, Registry, F64, U64,
};
use talka_client::{amount::UNIT, balances::Funds};
use talka_primitives::{view::WorkerView, Balance};

use crate::{
    decide::{Answer, End, Lane, Report},
    error::WorkerError,
};

const EXECUTED: [&str; 4] = ["computed", "impossible", "nothing", "cancelled"];
const ENDED: [&str; 4] = ["right", "wrong", "failed", "unknown"];
const LANES: [&str; 5] = ["commit", "reveal", "decline", "heartbeat", "presence"];
const ANSWERS: [&str; 3] = ["done", "refused", "lost"];

#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    executions: CounterVec<U64>,
    tasks: CounterVec<U64>,
    transactions: CounterVec<U64>,
    items: CounterVec<U64>,
    fetched: Counter<U64>,
    execution_seconds: Counter<F64>,
    pub(crate) slots: Gauge<U64>,
    pub(crate) slots_busy: Gauge<U64>,
    pub(crate) open_tasks: Gauge<U64>,
    pub(crate) height: Gauge<U64>,
    pub(crate) online: Gauge<U64>,
    score: Gauge<U64>,
    bond: Gauge<F64>,
    locked: Gauge<F64>,
    free: Gauge<F64>,
}

impl Metrics {
    pub(crate) fn register(registry: &Registry) -> Result<Self, PrometheusError> {
        let counters = |name: &str, help: &str, labels: &[&str]| {
            register(CounterVec::new(Opts::new(format!("talka_worker_{name}"), help), labels)?, registry)
        };
        let gauge = |name: &str, help: &str| {
            register(Gauge::<U64>::new(format!("talka_worker_{name}"), help)?, registry)
        };
        let amount = |name: &str, help: &str| {
            register(Gauge::<F64>::new(format!("talka_worker_{name}"), help)?, registry)
        };
        let metrics = Self {
            executions: counters("executions_total", "Executions that ended, by report", &["report"])?,
            tasks: counters("tasks_total", "Tasks that are over, by what became of the result", &["end"])?,
            transactions: counters("transactions_total", "Transactions by kind and fate", &["kind", "fate"])?,
            items: counters(
                "items_total",
                "Tasks in transactions that had their effect, by kind",
                &["kind"],
            )?,
            fetched: register(
                Counter::new("talka_worker_fetched_bytes_total", "Bytes of apps and data fetched")?,
                registry,
            )?,
            execution_seconds: register(
                Counter::new("talka_worker_execution_seconds_total", "Time spent executing tasks")?,
                registry,
            )?,
            slots: gauge("slots", "Tasks that can be executed at once")?,
            slots_busy: gauge("slots_busy", "Tasks that are being executed")?,
            open_tasks: gauge("open_tasks", "Tasks whose digest is kept")?,
            height: gauge("chain_height", "Height of the last best block seen")?,
            online: gauge("online", "1 while the chain may draw this worker")?,
            score: gauge("score", "Score of the worker")?,
            bond: amount("bond_tlk", "Bond of the worker, in TLK")?,
            locked: amount("locked_tlk", "Part of the bond that open tasks have locked, in TLK")?,
            free: amount("free_tlk", "Free balance of the worker's account, in TLK: earnings arrive here")?,
        };
        for report in EXECUTED {
            metrics.executions.with_label_values(&[report]);
        }
        for end in ENDED {
            metrics.tasks.with_label_values(&[end]);
        }
        for lane in LANES {
            metrics.items.with_label_values(&[lane]);
            for answer in ANSWERS {
                metrics.transactions.with_label_values(&[lane, answer]);
            }
        }
        Ok(metrics)
    }

    pub(crate) fn executed(&self, report: &Report) {
        let label = match report {
            Report::Computed(_) => EXECUTED[0],
            Report::Impossible(_) => EXECUTED[1],
            Report::Nothing => EXECUTED[2],
            Report::Cancelled => EXECUTED[3],
        };
        self.executions.with_label_values(&[label]).inc();
    }

    pub(crate) fn over(&self, end: End) {
        let label = match end {
            End::Right => ENDED[0],
            End::Wrong => ENDED[1],
            End::Failed => ENDED[2],
            End::Unknown => ENDED[3],
        };
        self.tasks.with_label_values(&[label]).inc();
    }

    pub(crate) fn answered(&self, lane: Lane, items: usize, answer: Answer) {
        let kind = match lane {
            Lane::Commit => LANES[0],
            Lane::Reveal => LANES[1],
            Lane::Decline(_) => LANES[2],
            Lane::Heartbeat => LANES[3],
            Lane::Presence => LANES[4],
        };
        let fate = match answer {
            Answer::Done(_) => ANSWERS[0],
            Answer::Refused => ANSWERS[1],
            Answer::Lost => ANSWERS[2],
        };
        self.transactions.with_label_values(&[kind, fate]).inc();
        if matches!(answer, Answer::Done(_)) {
            self.items.with_label_values(&[kind]).inc_by(items as u64);
        }
    }

    pub(crate) fn ran(&self, seconds: f64) {
        self.execution_seconds.inc_by(seconds);
    }

    /// A meter for one transfer: feed it the bytes that are there so far.
    pub(crate) fn transfer(&self) -> impl Fn(u64) + use<> {
        let (fetched, last) = (self.fetched.clone(), AtomicU64::new(0));
        move |have| fetched.inc_by(have.saturating_sub(last.swap(have, Ordering::Relaxed)))
    }

    pub(crate) fn standing(&self, view: &WorkerView<talka_client::AccountId>, funds: Funds) {
        self.online.set(view.online.into());
        self.score.set(view.score.0.into());
        self.bond.set(tlk(view.bond));
        self.locked.set(tlk(view.locked));
        self.free.set(tlk(funds.free));
    }
}

fn tlk(amount: Balance) -> f64 {
    amount as f64 / UNIT as f64
}

/// Serve the metrics until the process ends.
pub(crate) async fn serve(port: u16, external: bool, registry: Registry) -> Result<(), WorkerError> {
    let interface = if external { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
    let address = SocketAddr::new(IpAddr::V4(interface), port);
    init_prometheus(address, registry).await.map_err(|cause| WorkerError::Metrics(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_all_there_at_zero_from_the_start() {
        let registry = Registry::new();
        Metrics::register(&registry).unwrap();
        let families = registry.gather();
        let series: usize = families.iter().map(|family| family.get_metric().len()).sum();
        let plain = 2 + 9;
        assert_eq!(series, EXECUTED.len() + ENDED.len() + LANES.len() + LANES.len() * ANSWERS.len() + plain);
        assert!(families.iter().all(|family| family.get_name().starts_with("talka_worker_")));
    }

    #[test]
    fn count_the_bytes_of_a_transfer_that_starts_over_once_more() {
        let metrics = Metrics::register(&Registry::new()).unwrap();
        let meter = metrics.transfer();
        for have in [10, 30, 0, 20] {
            meter(have);
        }
        assert_eq!(metrics.fetched.get(), 50);
    }
}
