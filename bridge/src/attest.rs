//! `talka-bridge attest`: says for a validator what is final on Ethereum, and has it credited.
//!
//! ```text
//! vault's events and its own accumulator, at a final block that all Ethereum nodes agree on
//!   -> chained by the rules of the sidechain -> `bridge.attest` -> enough validators alike -> `bridge.credit`
//! ```
//!
//! Nothing is kept: what is credited, and what was attested, the chain tells; from which block on to look follows from the
//! events.

mod deposits;
mod plan;

use prometheus_endpoint::Registry;
use talka_client::{AccountId, Keypair};
use talka_ethereum::{At, Ethereum, Vault};
use talka_primitives::{
    bridge::{deposits::start, Attestation, AttesterView, Contracts},
    BlockNumber, Hint as _,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub use self::deposits::{Contradiction, Deposits};
use self::plan::{decide, Action, Seat, Seen};
use crate::{
    error::BridgeError,
    metrics::{self, Attesting, Fate, ATTEST, CREDIT},
    options::AttestOptions,
    signals::until_stopped,
    talka::{account_of, load_key, Talka},
};

/// Blocks of Ethereum that are looked at together, backwards, for the first deposit that is not credited.
const WINDOW: u64 = 10_000;

/// Attest until the program is asked to end.
///
/// # Errors
///
/// What does not pass by itself: a key that cannot be loaded, a chain other than the one meant.
pub async fn run(options: AttestOptions) -> Result<(), BridgeError> {
    let key = load_key(&options.key, options.password_file.as_deref())?;
    let registry = Registry::new();
    let metrics = Attesting::register(&registry).map_err(metrics::unregistered)?;
    metrics::serve(&options.running, registry);
    let stop = CancellationToken::new();
    until_stopped(work(options, key, metrics, stop.clone()), stop).await
}

async fn work(
    options: AttestOptions,
    key: Keypair,
    metrics: Attesting,
    stop: CancellationToken,
) -> Result<(), BridgeError> {
    let Some(talka) = Talka::connect(&options.chains.url, &stop).await? else { return Ok(()) };
    let mut attester =
        Attester { me: account_of(&key), key, options, metrics, talka, ethereum: None, accepted_since: None };
    info!(account = %attester.me, "attesting with this account");
    while !stop.is_cancelled() {
        let once = attester.options.running.once;
        match attester.pass().await {
            Ok(acted) => {
                attester.metrics.common.passed();
                if once && !acted {
                    return Ok(());
                }
                if acted {
                    continue;
                }
            }
            Err(problem) if once || !problem.is_transient() => return Err(problem),
            Err(problem) => {
                attester.metrics.common.failed(&problem);
                match problem.is_alarming() {
                    true => error!(%problem, hint = %problem.hint(), "somebody has to look"),
                    false => warn!(%problem, hint = %problem.hint(), "trying again"),
                }
                if problem.is_the_nodes() {
                    attester.talka.turn().await;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(attester.options.running.poll()) => {}
        }
    }
    Ok(())
}

struct Attester {
    options: AttestOptions,
    key: Keypair,
    me: AccountId,
    metrics: Attesting,
    talka: Talka,
    ethereum: Option<Side>,
    /// What is accepted, and the block in which that was first seen.
    accepted_since: Option<(Attestation, BlockNumber)>,
}

/// What is known of Ethereum.
struct Side {
    contracts: Contracts,
    ethereum: Ethereum,
    vault: Vault,
    deposits: Deposits,
    /// The last block whose events are known; nothing where none are.
    scanned: Option<u64>,
}

impl Attester {
    /// Look at both chains, and do what is due. Whether something was.
    async fn pass(&mut self) -> Result<bool, BridgeError> {
        let snapshot = self.talka.within(self.talka.client().best()).await?;
        let state = self.talka.within(snapshot.bridge_state()).await?;
        let contracts = state.contracts.ok_or(BridgeError::NoContracts)?;
        self.follow_ethereum(contracts, state.credited).await?;
        let views = self.talka.within(snapshot.attesters()).await?;
        let me = self.me;
        let mine = |view: &AttesterView<AccountId>| view.validator == me || view.attester == Some(me);
        let seat = views.iter().position(mine).map(|place| Seat {
            place: place as u32,
            of: views.len() as u32,
            attested: views[place].attested.clone(),
        });
        let now = snapshot.block().number;
        let since = match self.accepted_since {
            Some((same, since)) if same == state.accepted => since.min(now),
            _ => now,
        };
        self.accepted_since = Some((state.accepted, since));
        self.tell(&state.credited, &state.accepted, seat.as_ref());
        let Some(side) = &self.ethereum else { return Ok(false) };
        let seen =
            Seen { now, credited: state.credited, accepted: state.accepted, accepted_since: since, seat };
        let actions = decide(&seen, &side.deposits)?;
        let mut acted = false;
        for action in actions {
            acted |= self.act(action).await?;
        }
        Ok(acted)
    }

    fn tell(&self, credited: &Attestation, accepted: &Attestation, seat: Option<&Seat>) {
        let metrics = &self.metrics;
        metrics.credited.set(credited.deposits);
        metrics.accepted.set(accepted.deposits);
        metrics.seated.set(seat.is_some().into());
        let attested = seat.and_then(|seat| seat.attested.last()).map_or(0, |last| last.deposits);
        metrics.attested.set(attested);
    }

    /// Read what is final on Ethereum, and put it together with what is credited.
    async fn follow_ethereum(
        &mut self,
        contracts: Contracts,
        credited: Attestation,
    ) -> Result<(), BridgeError> {
        let same = self.ethereum.as_ref().is_some_and(|side| side.contracts == contracts);
        if !same {
            self.ethereum = Some(Side::connect(&self.options, contracts).await?);
        }
        let Some(side) = &mut self.ethereum else { return Ok(()) };
        let (finalized, deposits) = side.follow(credited, self.options.from_block).await?;
        self.metrics.finalized.set(finalized);
        self.metrics.deposits.set(deposits);
        Ok(())
    }

    /// Do it. A refusal means that others were faster, or that the chain is further than was seen: it is looked at again.
    async fn act(&self, action: Action) -> Result<bool, BridgeError> {
        let Some(side) = &self.ethereum else { return Ok(false) };
        let account = self.talka.client().account(self.key.clone());
        let bridge = account.bridge();
        let (kind, deposits) = match action {
            Action::Attest(attestation) => (ATTEST, attestation.deposits),
            Action::Credit(accepted) => (CREDIT, accepted.deposits),
        };
        if self.options.running.dry_run {
            info!(kind, deposits, "this would be sent");
            return Ok(false);
        }
        let sent = match action {
            Action::Attest(attestation) => self.talka.within(bridge.attest(attestation)).await.map(drop),
            Action::Credit(accepted) => {
                self.talka.within(bridge.credit(side.deposits.until(accepted))).await.map(drop)
            }
        };
        match sent {
            Ok(()) => {
                info!(kind, deposits, "done");
                self.metrics.common.sent(kind, Fate::Done);
                Ok(true)
            }
            Err(BridgeError::Client(problem)) if problem.refusal().is_some() => {
                self.metrics.common.sent(kind, Fate::Failed);
                warn!(kind, deposits, %problem, "refused");
                Ok(false)
            }
            Err(problem) => {
                self.metrics.common.sent(kind, Fate::Failed);
                Err(problem)
            }
        }
    }
}

impl Side {
    async fn connect(options: &AttestOptions, contracts: Contracts) -> Result<Self, BridgeError> {
        let ethereum = Ethereum::connect(&options.chains.ethereum_url).await?;
        ethereum.is_chain(contracts.chain_id)?;
        let vault = Vault::at(&ethereum, contracts.vault.0.into());
        let deposits = Deposits::after(Attestation { deposits: 0, accumulator: start(&contracts) });
        info!(chain = ethereum.chain(), vault = %contracts.vault, "following the vault");
        Ok(Self { contracts, ethereum, vault, deposits, scanned: None })
    }

    /// The newest final block, and the number of deposits as of it. All of them that are not credited are known then, and are
    /// those that the vault itself counts.
    async fn follow(&mut self, credited: Attestation, from_block: u64) -> Result<(u64, u64), BridgeError> {
        let end = self.ethereum.finalized().await?.number;
        let at = At::Block(end);
        let vault = Attestation {
            deposits: self.vault.deposits(at).await?,
            accumulator: self.vault.accumulator(at).await?,
        };
        if vault.deposits < credited.deposits {
            // Others see more of Ethereum than these nodes.
            return Ok((end, vault.deposits));
        }
        let before = self.deposits.end();
        self.deposits.credited(credited)?;
        if before.deposits < credited.deposits {
            self.scanned = None;
        }
        if vault.deposits > self.deposits.end().deposits {
            let read = match self.scanned {
                Some(scanned) if scanned < end => self.read(scanned + 1, end).await,
                Some(_) => Ok(()),
                None => self.find(from_block, end).await,
            };
            // What was taken in part is read again.
            self.scanned = None;
            read?;
        }
        self.deposits.check_end(vault)?;
        self.scanned = Some(end);
        Ok((end, vault.deposits))
    }

    async fn read(&mut self, first: u64, last: u64) -> Result<(), BridgeError> {
        let told = self.vault.told(first, last).await?;
        Ok(self.deposits.extend(&told)?)
    }

    /// Look backwards for the first deposit that is not credited, and take all from there.
    async fn find(&mut self, from_block: u64, end: u64) -> Result<(), BridgeError> {
        let next = self.deposits.end().deposits;
        let mut told = Vec::new();
        let mut last = end;
        loop {
            let first = last.saturating_sub(WINDOW - 1).max(from_block.min(last));
            let mut window = self.vault.told(first, last).await?;
            let found = window.first().is_some_and(|one| one.deposit.nonce <= next);
            window.append(&mut told);
            told = window;
            if found || first <= from_block || first == 0 {
                break;
            }
            last = first - 1;
        }
        Ok(self.deposits.extend(&told)?)
    }
}
