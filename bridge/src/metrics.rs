//! Numbers for Prometheus. All of them exist, at zero, from the start.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus_endpoint::{
    init_prometheus, register, Counter, CounterVec, Gauge, GaugeVec, Opts, PrometheusError, Registry, F64,
    U64,
};
use talka_client::amount::UNIT;
use talka_ethereum::U256;
use talka_primitives::Balance;

use crate::{error::BridgeError, options::Running};

/// Wei in an ETH.
const ETH: f64 = 1e18;

/// What an attester sends.
pub(crate) const ATTEST: &str = "attest";
/// The same.
pub(crate) const CREDIT: &str = "credit";
/// What a relayer sends.
pub(crate) const IMPORT: &str = "import";
/// The same.
pub(crate) const CLAIM: &str = "claim";
/// The same.
pub(crate) const DELIVER: &str = "deliver";
/// The same, to the sidechain.
pub(crate) const REPORT: &str = "report";

/// What became of something that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It had its effect.
    Done,
    /// It had none: refused, too expensive, lost.
    Failed,
}

impl Fate {
    const ALL: [Self; 2] = [Self::Done, Self::Failed];

    fn label(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// What both daemons tell.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    transactions: CounterVec<U64>,
    errors: Counter<U64>,
    alarm: Gauge<U64>,
    last_pass: Gauge<U64>,
}

impl Common {
    fn register(registry: &Registry, daemon: &str, kinds: &[&str]) -> Result<Self, PrometheusError> {
        let name = |name: &str| format!("talka_{daemon}_{name}");
        let transactions = Opts::new(name("transactions_total"), "Transactions by kind and fate");
        let common = Self {
            transactions: register(CounterVec::new(transactions, &["kind", "fate"])?, registry)?,
            errors: register(
                Counter::<U64>::new(name("errors_total"), "Times that something failed and is tried again")?,
                registry,
            )?,
            alarm: register(
                Gauge::<U64>::new(
                    name("alarm"),
                    "1 while sources that should say the same do not: somebody has to look",
                )?,
                registry,
            )?,
            last_pass: register(
                Gauge::<U64>::new(
                    name("last_pass_seconds"),
                    "When both chains were last looked at without an error, in seconds since 1970",
                )?,
                registry,
            )?,
        };
        for kind in kinds {
            for fate in Fate::ALL {
                common.transactions.with_label_values(&[kind, fate.label()]);
            }
        }
        Ok(common)
    }

    pub(crate) fn sent(&self, kind: &str, fate: Fate) {
        self.transactions.with_label_values(&[kind, fate.label()]).inc();
    }

    /// Both chains were looked at.
    pub(crate) fn passed(&self) {
        self.alarm.set(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_pass.set(now.as_secs());
    }

    /// They could not be.
    pub(crate) fn failed(&self, error: &BridgeError) {
        self.errors.inc();
        self.alarm.set(error.is_alarming().into());
    }
}

/// What an attester tells.
#[derive(Clone, Debug)]
pub(crate) struct Attesting {
    pub(crate) common: Common,
    pub(crate) finalized: Gauge<U64>,
    pub(crate) deposits: Gauge<U64>,
    pub(crate) attested: Gauge<U64>,
    pub(crate) accepted: Gauge<U64>,
    pub(crate) credited: Gauge<U64>,
    pub(crate) seated: Gauge<U64>,
}

impl Attesting {
    const KINDS: [&'static str; 2] = [ATTEST, CREDIT];

    pub(crate) fn register(registry: &Registry) -> Result<Self, PrometheusError> {
        let gauge = |name: &str, help: &str| {
            register(Gauge::<U64>::new(format!("talka_attester_{name}"), help)?, registry)
        };
        Ok(Self {
            common: Common::register(registry, "attester", &Self::KINDS)?,
            finalized: gauge(
                "ethereum_finalized_block",
                "The newest final block of Ethereum that all nodes agree on",
            )?,
            deposits: gauge("ethereum_deposits", "Deposits in the vault as of that block")?,
            attested: gauge("attested_deposits", "Deposits that this attester has attested to")?,
            accepted: gauge("accepted_deposits", "Deposits that enough validators have attested to")?,
            credited: gauge("credited_deposits", "Deposits that are credited")?,
            seated: gauge("seated", "1 while the validator of this attester has a seat")?,
        })
    }
}

/// What a relayer tells.
#[derive(Clone, Debug)]
pub(crate) struct Relaying {
    pub(crate) common: Common,
    pub(crate) signed: Gauge<U64>,
    pub(crate) imported: Gauge<U64>,
    pub(crate) behind: Gauge<U64>,
    pub(crate) messages: Gauge<U64>,
    pub(crate) unread: Gauge<U64>,
    waiting: GaugeVec<U64>,
    gas: Counter<U64>,
    spent: Counter<F64>,
    tips: Counter<F64>,
    balance: Gauge<F64>,
}

impl Relaying {
    const KINDS: [&'static str; 4] = [IMPORT, CLAIM, DELIVER, REPORT];
    const WAITING: [&'static str; 2] = ["withdrawal", "result"];

    pub(crate) fn register(registry: &Registry) -> Result<Self, PrometheusError> {
        let name = |name: &str| format!("talka_relayer_{name}");
        let gauge = |short: &str, help: &str| register(Gauge::<U64>::new(name(short), help)?, registry);
        let waiting = Opts::new(
            name("waiting_messages"),
            "Messages that have not had their effect on Ethereum, by kind",
        );
        let relaying = Self {
            common: Common::register(registry, "relayer", &Self::KINDS)?,
            signed: gauge("signed_block", "The newest block of the sidechain that validators have signed")?,
            imported: gauge("imported_block", "The newest block that the light client has")?,
            behind: gauge("sessions_behind", "How many sessions the light client is behind")?,
            messages: gauge("outbox_messages", "Messages in the outbox, as of the newest signed block")?,
            unread: gauge("unread_messages", "Messages that no node could tell so far")?,
            waiting: register(GaugeVec::new(waiting, &["kind"])?, registry)?,
            gas: register(Counter::<U64>::new(name("gas_total"), "Gas that was used")?, registry)?,
            spent: register(
                Counter::<F64>::new(name("spent_eth_total"), "What was paid for gas, in ETH")?,
                registry,
            )?,
            tips: register(
                Counter::<F64>::new(
                    name("tips_tlk_total"),
                    "Tips of the withdrawals that were claimed, in TLK",
                )?,
                registry,
            )?,
            balance: register(
                Gauge::<F64>::new(name("balance_eth"), "What the account has that pays for gas, in ETH")?,
                registry,
            )?,
        };
        for kind in Self::WAITING {
            relaying.waiting.with_label_values(&[kind]);
        }
        Ok(relaying)
    }

    pub(crate) fn waiting(&self, withdrawals: usize, results: usize) {
        for (kind, count) in Self::WAITING.into_iter().zip([withdrawals, results]) {
            self.waiting.with_label_values(&[kind]).set(count as u64);
        }
    }

    pub(crate) fn paid(&self, gas: u64, wei: u128) {
        self.gas.inc_by(gas);
        self.spent.inc_by(wei as f64 / ETH);
    }

    pub(crate) fn tip(&self, tip: Balance) {
        self.tips.inc_by(tip as f64 / UNIT as f64);
    }

    pub(crate) fn balance(&self, wei: U256) {
        self.balance.set(wei.saturating_to::<u128>() as f64 / ETH);
    }
}

/// Serve the metrics beside the daemon, if they are asked for.
pub(crate) fn serve(running: &Running, registry: Registry) {
    let Some(port) = running.prometheus_port else { return };
    let interface = if running.prometheus_external { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
    let address = SocketAddr::new(IpAddr::V4(interface), port);
    tokio::spawn(async move {
        if let Err(cause) = init_prometheus(address, registry).await {
            tracing::error!(%cause, port, "the metrics cannot be served: name another --prometheus-port");
        }
    });
}

/// For `map_err` on what the registry gives.
pub(crate) fn unregistered(cause: PrometheusError) -> BridgeError {
    BridgeError::Metrics(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(registry: &Registry, prefix: &str) -> usize {
        let families = registry.gather();
        assert!(families.iter().all(|family| family.get_name().starts_with(prefix)));
        families.iter().map(|family| family.get_metric().len()).sum()
    }

    #[test]
    fn are_all_there_at_zero_from_the_start() {
        let registry = Registry::new();
        Attesting::register(&registry).unwrap();
        assert_eq!(series(&registry, "talka_attester_"), 2 * Attesting::KINDS.len() + 3 + 6);
        let registry = Registry::new();
        Relaying::register(&registry).unwrap();
        assert_eq!(series(&registry, "talka_relayer_"), 2 * Relaying::KINDS.len() + 3 + 2 + 5 + 4);
    }

    #[test]
    fn tell_that_somebody_has_to_look_until_that_is_over() {
        let metrics = Attesting::register(&Registry::new()).unwrap();
        metrics.common.failed(&BridgeError::NoContracts);
        assert_eq!(metrics.common.alarm.get(), 0);
        metrics.common.failed(&crate::attest::Contradiction::Sidechain(7).into());
        assert_eq!((metrics.common.alarm.get(), metrics.common.errors.get()), (1, 2));
        metrics.common.passed();
        assert_eq!(metrics.common.alarm.get(), 0);
        assert!(metrics.common.last_pass.get() > 0);
    }
}
