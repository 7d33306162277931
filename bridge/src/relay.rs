//! `talka-bridge relay`: brings what validators have signed, withdrawals and results to Ethereum.
//!
//! ```text
//! signed block -> verified here -> `importCommitment` -> outbox root on Ethereum
//! messages of the outbox -> proof under a root that Ethereum has -> `claim`, `deliver`
//! tasks of contracts that have ended -> `gateway.report` on Talka -> results in the outbox
//! ```
//!
//! Nothing is kept: what was imported, claimed and delivered the contracts tell.

mod bring;
mod messages;
mod plan;
pub(crate) mod prove;
mod report;
mod side;

use prometheus_endpoint::Registry;
use talka_client::Keypair;
use talka_ethereum::{Ethereum, Receipt, Sender, Transaction};
use talka_primitives::Hint as _;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use self::{
    messages::Messages,
    plan::{import, sessions_behind, Finality, Target, Terms, Waiting},
    prove::{first_of, head},
    report::Reports,
    side::Side,
};
use crate::{
    beefy::Known,
    error::BridgeError,
    metrics::{self, Fate, Relaying, IMPORT},
    options::RelayOptions,
    payload::Fetcher,
    signals::until_stopped,
    talka::{load_key, Talka},
};

/// Relay until the program is asked to end.
///
/// # Errors
///
/// What does not pass by itself: a key that cannot be loaded, a chain other than the one meant.
pub async fn run(options: RelayOptions) -> Result<(), BridgeError> {
    let reporter = match &options.key {
        Some(source) => Some(load_key(source, options.password_file.as_deref())?),
        None => None,
    };
    // A key that cannot be read is told before anything is waited for.
    talka_ethereum::load_key(&options.payer.ethereum_key)?;
    let registry = Registry::new();
    let metrics = Relaying::register(&registry).map_err(metrics::unregistered)?;
    metrics::serve(&options.running, registry);
    let stop = CancellationToken::new();
    until_stopped(work(options, reporter, metrics, stop.clone()), stop).await
}

async fn work(
    options: RelayOptions,
    reporter: Option<Keypair>,
    metrics: Relaying,
    stop: CancellationToken,
) -> Result<(), BridgeError> {
    let Some(talka) = Talka::connect(&options.chains.url, &stop).await? else { return Ok(()) };
    let mut relayer = Relayer {
        terms: options.terms(),
        messages: Messages::from(options.from_index),
        fetcher: Fetcher::open().await?,
        reports: Reports::of(reporter),
        options,
        talka,
        metrics,
        stop: stop.clone(),
        ethereum: None,
        side: None,
    };
    while !stop.is_cancelled() {
        let once = relayer.options.running.once;
        match relayer.pass().await {
            Ok(acted) => {
                relayer.metrics.common.passed();
                if once && !acted {
                    return Ok(());
                }
                if acted {
                    continue;
                }
            }
            Err(problem) if once || !problem.is_transient() => return Err(problem),
            Err(problem) => {
                relayer.metrics.common.failed(&problem);
                match problem.is_alarming() {
                    true => error!(%problem, hint = %problem.hint(), "somebody has to look"),
                    false => warn!(%problem, hint = %problem.hint(), "trying again"),
                }
                if problem.is_the_nodes() {
                    relayer.talka.turn().await;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(relayer.options.running.poll()) => {}
        }
    }
    Ok(())
}

struct Relayer {
    options: RelayOptions,
    terms: Terms,
    talka: Talka,
    fetcher: Fetcher,
    reports: Reports,
    messages: Messages,
    metrics: Relaying,
    stop: CancellationToken,
    ethereum: Option<(Ethereum, Sender)>,
    side: Option<Side>,
}

impl RelayOptions {
    fn terms(&self) -> Terms {
        Terms {
            claim_all: self.claim_all,
            deliver: !self.no_deliver,
            eth_price: self.eth_price.filter(|_| !self.deliver_only).map(|price| price.0),
        }
    }
}

impl Relayer {
    /// Look at both chains, and do what is due. Whether something was.
    async fn pass(&mut self) -> Result<bool, BridgeError> {
        // Free of fee, and waited for by others.
        let mut acted = self
            .reports
            .pass(&self.talka, &self.fetcher, &self.metrics, self.options.running.dry_run)
            .await?;
        self.meet_ethereum().await?;
        let Some(side) = &self.side else { return Ok(acted) };
        let known = side.known().await?;
        let head = head(&self.talka).await?;
        let finality = Finality {
            imported: known.latest_block,
            set: known.current.id,
            signed: head.map(|head| (head.block, head.set)),
        };
        self.metrics.imported.set(finality.imported.into());
        self.metrics.behind.set(sessions_behind(&finality));
        if let Some(head) = head {
            self.metrics.signed.set(head.block.into());
        }
        // A hand-over is due whatever it costs.
        if let Some(target) = import(&finality, false) {
            return Ok(self.import(&known, target, &finality).await? || acted);
        }
        let messages = self.read_messages(head).await?;
        let provable = self.provable(known.latest_block, head).await?;
        let (done, waiting) = self.work_off(provable, messages).await?;
        acted |= done;
        let (withdrawals, results) = self.messages.count();
        self.metrics.waiting(withdrawals, results);
        if !done && !waiting.is_empty() {
            if let Some(target) = import(&finality, true) {
                acted |= self.import_if_it_pays(&known, target, &finality, &waiting).await?;
            }
        }
        Ok(acted)
    }

    /// Connect to Ethereum and to the contracts there, again where they have changed.
    async fn meet_ethereum(&mut self) -> Result<(), BridgeError> {
        if self.ethereum.is_none() {
            let ethereum = Ethereum::connect(&self.options.chains.ethereum_url).await?;
            let sender = Side::sender(&ethereum, &self.options.payer)?;
            info!(chain = ethereum.chain(), account = %sender.address(), "paying with this account");
            self.ethereum = Some((ethereum, sender));
        }
        let Some((ethereum, sender)) = &self.ethereum else { return Ok(()) };
        self.metrics.balance(sender.balance().await?);
        let contracts = self.talka.contracts().await?;
        let current = match &self.side {
            Some(side) => side.contracts == contracts && side.is_current().await?,
            None => false,
        };
        if !current {
            let side = Side::of(ethereum, contracts).await?;
            info!(vault = %contracts.vault, gateway = %contracts.gateway, client = %side.client.address(), "relaying to these");
            self.side = Some(side);
        }
        Ok(())
    }

    async fn import(&self, known: &Known, target: Target, finality: &Finality) -> Result<bool, BridgeError> {
        let Some(transaction) = self.prepare(known, target, finality).await? else { return Ok(false) };
        Ok(self.send(IMPORT, &transaction).await?.is_some())
    }

    async fn import_if_it_pays(
        &self,
        known: &Known,
        target: Target,
        finality: &Finality,
        waiting: &[Waiting],
    ) -> Result<bool, BridgeError> {
        let Some((_, sender)) = &self.ethereum else { return Ok(false) };
        // Before anything is asked of a node: whether it could pay at all.
        if !self.terms.pay_for_import(waiting, 0, sender.price().await?) {
            return Ok(false);
        }
        let Some(transaction) = self.prepare(known, target, finality).await? else { return Ok(false) };
        let cost = sender.cost(&transaction).await?;
        match self.terms.pay_for_import(waiting, cost.gas, cost.price) {
            true => Ok(self.send(IMPORT, &transaction).await?.is_some()),
            false => Ok(false),
        }
    }

    /// The import of a block, verified.
    async fn prepare(
        &self,
        known: &Known,
        target: Target,
        finality: &Finality,
    ) -> Result<Option<Transaction>, BridgeError> {
        let (Some(side), Some((newest, _))) = (&self.side, finality.signed) else { return Ok(None) };
        let block = match target {
            Target::Newest(block) => block,
            Target::FirstOf(set) => first_of(&self.talka, set, finality.imported, newest).await?,
        };
        let (import, _) = prove::import(&self.talka, known, block).await?;
        Ok(Some(side.client.import(block, &import)))
    }

    /// Send a transaction, unless nothing is to be sent. Nothing also where it was refused after all: somebody was faster.
    async fn send(&self, kind: &str, transaction: &Transaction) -> Result<Option<Receipt>, BridgeError> {
        let Some((_, sender)) = &self.ethereum else { return Ok(None) };
        if self.options.running.dry_run {
            let cost = sender.cost(transaction).await?;
            info!(what = %transaction.what, gas = cost.gas, "this would be sent");
            return Ok(None);
        }
        match sender.send(transaction).await {
            Ok(receipt) => {
                self.metrics.common.sent(kind, Fate::Done);
                self.metrics.paid(receipt.gas(), receipt.wei());
                Ok(Some(receipt))
            }
            Err(problem) => {
                self.metrics.common.sent(kind, Fate::Failed);
                match problem.revert() {
                    Some(revert) => {
                        warn!(what = %transaction.what, %revert, hint = %revert.hint(), "refused");
                        Ok(None)
                    }
                    None => Err(problem.into()),
                }
            }
        }
    }
}
