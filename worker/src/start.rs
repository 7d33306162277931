//! What a worker has to know and to have before it works.

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use talka_client::{keys, AccountId, Client, Error, KeyError, KeySource, Keypair, Pin, Snapshot, Tlk};
use talka_executor::Executor;
use talka_primitives::{
    asset::Unmet,
    live::PROTOCOL,
    view::{Assignment, ValidatorView},
};
use talka_store::{iroh::protocol::DynProtocolHandler, Source, Store, StoreError, StoreOptions};
use tokio::time::sleep;
use tracing::{info, warn};

use crate::{
    decide::FORK,
    error::WorkerError,
    journal::Journal,
    keep::{Keeper, Keeping, RESERVE},
    live::Live,
    memory::Budget,
    metrics::Metrics,
    modes,
    observe::is_other,
    options::Options,
    workshop::Workshop,
};

/// Pause before the node is asked again.
const PAUSE: Duration = Duration::from_secs(2);

/// The first pause while no node can be reached, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(15)];

pub(crate) fn load_key(options: &Options) -> Result<Keypair, KeyError> {
    let source: KeySource = options.key.parse()?;
    source.load(|| {
        let password = keys::password(options.password_file.as_deref())?;
        password.ok_or_else(|| KeyError::NoPassword("a daemon cannot ask for it".into()))
    })
}

/// Connect to the first of these nodes that answers. Waits until one does.
pub(crate) async fn connect(urls: &[String]) -> Result<Client, Error> {
    let [mut pause, longest] = PAUSES;
    loop {
        match Client::connect_any(urls, &Pin::Any).await {
            Err(Error::Transient(problem)) => warn!(%problem, ?pause, "waiting for a node"),
            result => return result,
        }
        sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// The account for which a key acts.
pub(crate) async fn acting_for(client: &Client, key: AccountId) -> Result<AccountId, WorkerError> {
    let account = again(|| async { client.best().await?.worker_of(key).await }).await?;
    if account != key {
        info!(%account, "acting for this account");
    }
    Ok(account)
}

/// The open tasks that the account has committed to.
pub(crate) async fn committed(
    client: &Client,
    account: AccountId,
) -> Result<Vec<Assignment<AccountId>>, WorkerError> {
    Ok(again(|| async { client.best().await?.committed(account).await }).await?)
}

/// Ask until there is an answer.
async fn again<T, Answer>(ask: impl Fn() -> Answer) -> Result<T, Error>
where
    Answer: Future<Output = Result<T, Error>>,
{
    loop {
        match ask().await {
            Err(Error::Transient(problem)) => warn!(%problem, pause = ?PAUSE, "asking the node again"),
            result => return result,
        }
        sleep(PAUSE).await;
    }
}

/// Whether the account can work at all: better a clear word now than a refusal at every block.
///
/// Where a fork replaces a block, what its transactions did is missing for some blocks. So a worker that has just joined is
/// not sent away at once.
pub(crate) async fn check_membership(client: &Client, account: AccountId) -> Result<(), WorkerError> {
    let mut blocks = client.best_blocks();
    let mut last = None;
    loop {
        let block = blocks.next().await;
        let last = *last.get_or_insert(block.number.saturating_add(FORK));
        match membership(&client.at(block).await?, account).await {
            Err(WorkerError::Client(error)) => return Err(error.into()),
            Err(problem) if block.number < last => warn!(%problem, "looking again in the next block"),
            result => return result,
        }
    }
}

pub(crate) async fn membership(snapshot: &Snapshot, account: AccountId) -> Result<(), WorkerError> {
    let Some(view) = snapshot.worker(account).await? else { return Err(WorkerError::NotAMember(account)) };
    let Some(pool) = view.pool else { return Err(WorkerError::NotAMember(account)) };
    let Some(policy) = snapshot.pool(pool).await?.map(|pool| pool.policy) else { return Ok(()) };
    match policy.unmet_by(view.bond, view.score) {
        None => {}
        Some(Unmet::Bond) => {
            let (bond, min) = (Tlk(view.bond), Tlk(policy.min_bond));
            return Err(WorkerError::BondTooSmall { account, bond, pool, min });
        }
        Some(Unmet::Score) => {
            return Err(WorkerError::ScoreTooLow { account, score: view.score, pool, min: policy.min_score });
        }
    }
    info!(%pool, bond = %Tlk(view.bond), merit = %Tlk(view.merit.0), score = %view.score, "a member");
    Ok(())
}

/// Two workers with one key overwrite each other's address, and execute tasks whose digests the other one keeps.
pub(crate) async fn check_alone(
    snapshot: &Snapshot,
    account: AccountId,
    peer: &str,
) -> Result<(), WorkerError> {
    match snapshot.worker(account).await? {
        Some(view) if view.online && is_other(peer, &view.peer.to_str()) => {
            Err(WorkerError::Elsewhere { account, peer: view.peer.to_string() })
        }
        _ => Ok(()),
    }
}

/// Whether the account can be drawn for juries now. If not, it may be later: seats change.
pub(crate) async fn look_for_seat(client: &Client, account: AccountId) -> Result<(), WorkerError> {
    let validators = client.best().await?.validators().await?;
    let is_its = |one: &&ValidatorView<AccountId>| one.who == account || one.juror_key == Some(account);
    match validators.iter().find(is_its) {
        Some(one) if one.seated => {
            info!(validator = %one.who, stake = %Tlk(one.stake), "a juror, with a seat")
        }
        Some(_) => warn!("this candidate has no seat: it is not drawn for juries until it has one"),
        None => warn!("this is no validator's account, and none has named it: it has nothing to do"),
    }
    Ok(())
}

pub(crate) async fn open_workshop(
    options: &Options,
    executor: Arc<dyn Executor>,
    journal: Arc<Journal>,
    live: Live,
    metrics: Metrics,
) -> Result<Workshop, WorkerError> {
    const MIB: u64 = 1024 * 1024;
    let scratch = options.base_path.join("scratch");
    // What a crash has left there is of no use.
    modes::empty(&scratch)?;
    let store = open_store(options, &options.base_path.join("store"), &live).await?;
    let memory = options.memory();
    info!(mib = memory, slots = options.slots, "memory for executions");
    let keeper = Keeper::new(Keeping {
        store: store.clone(),
        journal,
        retention: options.retention(),
        max_bytes: options.max_disk(),
        reserve: RESERVE,
        base_path: &options.base_path,
        metrics: metrics.clone(),
    });
    Ok(Workshop {
        keeper: Arc::new(keeper),
        store,
        executor,
        scratch,
        max_app: u64::from(options.max_app_mib) * MIB,
        max_data: u64::from(options.max_data_mib) * MIB,
        memory: Budget::new(memory),
        live,
        metrics,
    })
}

/// A store as the worker has it.
async fn open_store(options: &Options, dir: &Path, live: &Live) -> Result<Store, WorkerError> {
    let options = StoreOptions {
        listen: options.listen,
        advertise: options.advertise,
        allow_files: options.allow_file_uris,
        allow_private_http: options.allow_private_http,
        max_bytes: Some(options.max_disk()),
        web: options.web(),
        ..StoreOptions::new(dir)
    };
    Ok(open_live(options, live).await?)
}

/// A store at whose address buyers can ask about their tasks.
pub(crate) async fn open_live(options: StoreOptions, live: &Live) -> Result<Store, StoreError> {
    let handler: Arc<dyn DynProtocolHandler> = Arc::new(live.clone());
    let store =
        Store::open(StoreOptions { protocols: vec![(PROTOCOL.to_vec(), handler)], ..options }).await?;
    if let Source::Peer(peer) = store.address() {
        live.listens_as(peer.id());
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_for_no_node_where_the_address_is_none() {
        assert!(matches!(connect(&["http://a".into()]).await, Err(Error::Fatal(_))));
    }
}
