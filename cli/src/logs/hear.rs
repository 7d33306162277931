//! Asks workers what they do for a task: see [`talka_primitives::live`].

use std::time::Duration;

use codec::Encode as _;
use futures::future::try_join_all;
use talka_client::{
    live::{sign, Question},
    AccountId, BlockHash, Error, Keypair, Snapshot,
};
use talka_primitives::{
    live::{Refusal, Report, PROTOCOL},
    task::Stage,
    view::TaskView,
    Hint as _,
};
use talka_store::{
    iroh::endpoint::{Connection, ConnectionError, RecvStream},
    PeerAddress, Source, Store, StoreError,
};
use tokio::time::timeout;

use crate::{error::CliError, results::open_visitor};

/// How long a worker may say nothing. It reports more often, whether or not there is news.
const PATIENCE: Duration = Duration::from_secs(30);

/// A worker whose result is awaited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Teller {
    pub(super) account: AccountId,
    /// Nothing where it is offline.
    peer: Option<PeerAddress>,
}

/// The workers that were drawn for a task and are to execute it now.
pub(super) async fn tellers(snapshot: &Snapshot, view: &TaskView<AccountId>) -> Result<Vec<Teller>, Error> {
    let TaskView::Open(task) = view else { return Ok(Vec::new()) };
    let assigned = task.contributions.iter().filter(|one| matches!(one.stage, Stage::Assigned { .. }));
    let tellers = assigned.map(|one| async move {
        let worker = snapshot.worker(one.worker).await?.filter(|worker| worker.online);
        // A worker could name anything.
        let peer = worker.and_then(|worker| {
            Source::announced(&worker.peer.to_str()).find_map(|source| match source {
                Source::Peer(peer) => Some(peer),
                _ => None,
            })
        });
        Ok::<_, Error>(Teller { account: one.worker, peer })
    });
    try_join_all(tellers).await
}

/// Why a worker cannot be heard, or not to the end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unheard {
    #[error("it is offline")]
    Offline,
    #[error("{0}")]
    Refused(Refusal),
    #[error("{error}; {}", error.hint())]
    Unreachable { error: StoreError },
    #[error("the connection broke off: {0}")]
    Broken(String),
}

/// Asks in the name of an account.
pub(super) struct Ear {
    store: Store,
    genesis: BlockHash,
    key: Keypair,
    /// Holds the store.
    _scratch: tempfile::TempDir,
}

/// What a worker has begun to tell.
pub(super) struct Hearing {
    connection: Connection,
    receiver: RecvStream,
}

impl Ear {
    pub(super) async fn open(genesis: BlockHash, key: Keypair) -> Result<Self, CliError> {
        let scratch = tempfile::tempdir().map_err(CliError::io("create", "a temporary directory"))?;
        let store = open_visitor(&scratch.path().join("store")).await?;
        Ok(Self { store, genesis, key, _scratch: scratch })
    }

    /// Ask a worker.
    pub(super) async fn ask(
        &self,
        teller: &Teller,
        question: Question<AccountId>,
    ) -> Result<Hearing, Unheard> {
        let peer = teller.peer.ok_or(Unheard::Offline)?;
        let asked = sign(question, self.genesis, &peer.id(), &self.key).encode();
        // The connection is made with the key that the address names, or not at all.
        let connection = self.store.connect(&peer, PROTOCOL).await;
        let connection = connection.map_err(|error| Unheard::Unreachable { error })?;
        let asking = async {
            let (mut sender, receiver) = connection.open_bi().await.ok()?;
            sender.write_all(&asked).await.ok()?;
            sender.finish().ok()?;
            Some(receiver)
        };
        match timeout(PATIENCE, asking).await.ok().flatten() {
            Some(receiver) => Ok(Hearing { connection, receiver }),
            None => Err(why(&connection)),
        }
    }

    pub(super) async fn close(&self) {
        self.store.shutdown().await;
    }
}

impl Hearing {
    /// The next report. Nothing where the worker has no more to tell.
    pub(super) async fn next(&mut self) -> Result<Option<Report>, Unheard> {
        match timeout(PATIENCE, self.read()).await {
            Ok(Ok(report)) => Ok(report),
            Ok(Err(cause)) => Err(cause),
            Err(_) => Err(Unheard::Broken(format!("no word for {} s", PATIENCE.as_secs()))),
        }
    }

    async fn read(&mut self) -> Result<Option<Report>, Unheard> {
        let mut header = [0; 4];
        let mut have = 0;
        while have < header.len() {
            match self.receiver.read(&mut header[have..]).await {
                Ok(Some(more)) => have += more,
                Ok(None) if have == 0 => return Ok(None),
                Ok(None) => return Err(Unheard::Broken("a report is cut off".into())),
                Err(_) => return Err(why(&self.connection)),
            }
        }
        let bad = || Unheard::Broken("what it sends is no report".into());
        let mut bytes = vec![0; Report::length(header).ok_or_else(bad)?];
        self.receiver.read_exact(&mut bytes).await.map_err(|_| why(&self.connection))?;
        Report::read(&bytes).map(Some).ok_or_else(bad)
    }
}

/// Why nothing more comes over a connection.
fn why(connection: &Connection) -> Unheard {
    match connection.close_reason() {
        Some(ConnectionError::ApplicationClosed(closed)) => {
            match Refusal::of(closed.error_code.into_inner()) {
                Some(refusal) => Unheard::Refused(refusal),
                // What it says beside the code may be anything.
                None => Unheard::Broken("the worker closed it".into()),
            }
        }
        Some(reason) => Unheard::Broken(reason.to_string()),
        None => Unheard::Broken("no answer".into()),
    }
}
