//! Numbers for Prometheus. All of them exist, at zero, from the start.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU64, Ordering},
};

use prometheus_endpoint::{
    init_prometheus, register, Counter, CounterVec, Gauge, GaugeVec, Opts, PrometheusError, Registry, F64,
    U64,
};
use talka_client::{amount::UNIT, balances::Funds};
use talka_primitives::{
    audit::{Assurance, Kind},
    bound::{Counts, Findings},
    view::{FindingsView, Listed, WorkerView},
    Balance, Category, CategoryId,
};

use crate::{
    decide::{Answer, End, Lane, Report},
    error::WorkerError,
};

const EXECUTED: [&str; 4] = ["computed", "impossible", "nothing", "cancelled"];
const ENDED: [&str; 4] = ["right", "wrong", "failed", "unknown"];
const LANES: [&str; 5] = ["commit", "reveal", "decline", "heartbeat", "presence"];
const KIND: [&str; 2] = ["category", "assurance"];
const ASSURANCES: [(Assurance, &str); 5] = [
    (Assurance::Unverified, "unverified"),
    (Assurance::Unaudited, "unaudited"),
    (Assurance::Internal, "internal"),
    (Assurance::Replicated, "replicated"),
    (Assurance::Adjudicated, "adjudicated"),
];
const ANSWERS: [&str; 3] = ["done", "refused", "lost"];

#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    executions: CounterVec<U64>,
    tasks: CounterVec<U64>,
    transactions: CounterVec<U64>,
    items: CounterVec<U64>,
    fetched: Counter<U64>,
    execution_seconds: Counter<F64>,
    pub(crate) summons: Counter<U64>,
    pub(crate) slots: Gauge<U64>,
    pub(crate) slots_busy: Gauge<U64>,
    pub(crate) open_tasks: Gauge<U64>,
    pub(crate) height: Gauge<U64>,
    pub(crate) head_age: Gauge<U64>,
    pub(crate) finalized: Gauge<U64>,
    pub(crate) has_room: Gauge<U64>,
    pub(crate) store_bytes: Gauge<U64>,
    pub(crate) lost: Gauge<U64>,
    pub(crate) online: Gauge<U64>,
    score: Gauge<U64>,
    merit: Gauge<F64>,
    bond: Gauge<F64>,
    locked: Gauge<F64>,
    free: Gauge<F64>,
    accepted: GaugeVec<U64>,
    audited: GaugeVec<U64>,
    wrong: GaugeVec<U64>,
    undecided: GaugeVec<U64>,
    error: GaugeVec<F64>,
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
        let counts = |name: &str, help: &str| {
            register(GaugeVec::new(Opts::new(format!("talka_{name}"), help), &KIND)?, registry)
        };
        let error = Opts::new(
            "talka_error_upper_bound",
            "Upper bound, with a confidence of 95 %, of the share of wrong results among those of workers that stand \
             alone, where an audit that came to no end counts as wrong; 1 where none was audited",
        );
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
            summons: register(
                Counter::new("talka_worker_summons_total", "Executions begun for juries")?,
                registry,
            )?,
            slots: gauge("slots", "Tasks that can be executed at once")?,
            slots_busy: gauge("slots_busy", "Tasks that are being executed")?,
            open_tasks: gauge("open_tasks", "Tasks whose digest is kept")?,
            height: gauge("chain_height", "Height of the last best block seen")?,
            head_age: gauge("head_age_seconds", "Time since the last new block")?,
            finalized: gauge("finalized_height", "Height of the last finalized block seen")?,
            has_room: gauge("has_room", "1 while the disk has room for the results of more tasks")?,
            store_bytes: gauge("store_bytes", "Bytes that apps, data and results take on the disk")?,
            lost: gauge(
                "lost_digests",
                "Tasks that were committed to and are executed again, as their results are lost",
            )?,
            online: gauge("online", "1 while the chain may draw this worker")?,
            score: gauge("score", "Score of the worker, as draws see it")?,
            merit: amount(
                "merit_tlk",
                "Merit of the worker, in TLK: what it was audited for and found right in",
            )?,
            bond: amount("bond_tlk", "Bond of the worker, in TLK")?,
            locked: amount("locked_tlk", "Part of the bond that open tasks have locked, in TLK")?,
            free: amount("free_tlk", "Free balance of the worker's account, in TLK: earnings arrive here")?,
            accepted: counts(
                "accepted_results",
                "Results of the chain that were accepted, at a price of at least the floor",
            )?,
            audited: counts("audited_results", "Audits of results of the chain that one worker gave alone")?,
            wrong: counts("audits_found_wrong", "Those of these audits that found the result wrong")?,
            undecided: counts("audits_undecided", "Those of these audits that came to no end")?,
            error: register(GaugeVec::new(error, &KIND)?, registry)?,
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
        self.merit.set(tlk(view.merit.0));
        self.bond.set(tlk(view.bond));
        self.locked.set(tlk(view.locked));
        self.free.set(tlk(funds.free));
    }
}

impl Metrics {
    /// What audits have found, in every category.
    pub(crate) fn found(&self, categories: &[Listed<CategoryId, Category>], all: &[FindingsView]) {
        for category in categories {
            for (assurance, word) in ASSURANCES {
                let kind = Kind { category: category.id, assurance };
                let view = all.iter().find(|view| view.kind == kind);
                let Findings { priced, .. } = view.map(|view| view.findings).unwrap_or_default();
                let Counts { accepted, audited, wrong, undecided } = priced;
                let name = category.item.name.to_string();
                let labels = [name.as_str(), word];
                self.accepted.with_label_values(&labels).set(accepted.count);
                self.audited.with_label_values(&labels).set(audited.count);
                self.wrong.with_label_values(&labels).set(wrong.count);
                self.undecided.with_label_values(&labels).set(undecided.count);
                self.error.with_label_values(&labels).set(priced.upper95());
            }
        }
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
    use talka_primitives::{
        bound::{upper95, Sum},
        Rate,
    };

    #[test]
    fn are_all_there_at_zero_from_the_start() {
        let registry = Registry::new();
        Metrics::register(&registry).unwrap();
        let families = registry.gather();
        let series: usize = families.iter().map(|family| family.get_metric().len()).sum();
        let plain = 3 + 15;
        assert_eq!(series, EXECUTED.len() + ENDED.len() + LANES.len() + LANES.len() * ANSWERS.len() + plain);
        assert!(families.iter().all(|family| family.get_name().starts_with("talka_worker_")));
    }

    #[test]
    fn publish_what_audits_have_found_in_every_category() {
        let registry = Registry::new();
        let metrics = Metrics::register(&registry).unwrap();
        let category = |id, name: &str| {
            let name = name.try_into().unwrap();
            let item =
                Category { name, run_time: 30, fuel: 1, memory: 1, audit_rate: Rate(500), min_value: 1 };
            Listed { id: CategoryId(id), item }
        };
        let kind = Kind { category: CategoryId(1), assurance: Assurance::Adjudicated };
        let sum = |count| Sum { count, value: 0 };
        let priced = Counts { accepted: sum(1_000), audited: sum(50), wrong: sum(1), undecided: sum(1) };
        let findings = Findings { priced, cheap: Counts::default() };
        let categories = [category(0, "XS"), category(1, "S")];
        metrics.found(&categories, &[FindingsView { kind, findings }]);
        let found = ["S", "adjudicated"];
        assert_eq!(metrics.accepted.with_label_values(&found).get(), 1_000);
        assert_eq!(metrics.audited.with_label_values(&found).get(), 50);
        assert_eq!(metrics.wrong.with_label_values(&found).get(), 1);
        assert_eq!(metrics.error.with_label_values(&found).get(), upper95(2, 50));
        assert_eq!(metrics.undecided.with_label_values(&found).get(), 1);
        let nothing = ["XS", "replicated"];
        assert_eq!(metrics.accepted.with_label_values(&nothing).get(), 0);
        assert_eq!(metrics.error.with_label_values(&nothing).get(), 1.0);
        let families = registry.gather();
        let names: Vec<_> = families.iter().map(|family| family.get_name()).collect();
        for name in [
            "accepted_results",
            "audited_results",
            "audits_found_wrong",
            "audits_undecided",
            "error_upper_bound",
        ] {
            let name = format!("talka_{name}");
            let at = names.iter().position(|known| *known == name).unwrap();
            assert_eq!(families[at].get_metric().len(), categories.len() * ASSURANCES.len());
        }
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
