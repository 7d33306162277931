//! The sidechain, over one of several nodes.

use std::{future::Future, path::Path, time::Duration};

use talka_client::{keys, AccountId, Client, Error, Fatal, KeyError, KeySource, Keypair, Pin, Snapshot};
use talka_primitives::bridge::Contracts;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::error::BridgeError;

/// The first pause while no node can be reached, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(15)];
/// How long a node may take for an answer, or for a transaction to get into a block. While its connection is lost, questions
/// wait.
const PATIENCE: Duration = Duration::from_secs(90);

/// One of several nodes of a chain.
pub(crate) struct Talka {
    urls: Vec<String>,
    place: usize,
    client: Client,
}

impl Talka {
    /// Connect to the first of these nodes that answers. Waits until one does; nothing where it is to stop before.
    pub(crate) async fn connect(
        urls: &[String],
        stop: &CancellationToken,
    ) -> Result<Option<Self>, BridgeError> {
        let [mut pause, longest] = PAUSES;
        loop {
            for (place, url) in urls.iter().enumerate() {
                match Client::connect_pinned(url, &Pin::Any).await {
                    Ok(client) => return Ok(Some(Self { urls: urls.to_vec(), place, client })),
                    Err(Error::Transient(problem)) => warn!(%problem, ?pause, "waiting for a Talka node"),
                    Err(error) => return Err(error.into()),
                }
            }
            if urls.is_empty() {
                return Err(Error::from(Fatal::Url(String::new())).into());
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(None),
                () = sleep(pause) => pause = (pause * 2).min(longest),
            }
        }
    }

    /// The node that is asked now.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.urls[self.place]
    }

    /// Ask the next node of the same chain from now on, if one answers.
    pub(crate) async fn turn(&mut self) {
        let pin = Pin::Chain(self.client.genesis());
        for step in 1..self.urls.len() {
            let place = (self.place + step) % self.urls.len();
            match timeout(PATIENCE, Client::connect_pinned(&self.urls[place], &pin)).await {
                Ok(Ok(client)) => {
                    (self.place, self.client) = (place, client);
                    debug!(url = self.url(), "asking another Talka node");
                    return;
                }
                Ok(Err(problem)) => warn!(%problem, "cannot ask another Talka node"),
                Err(_) => warn!(place, "another Talka node does not answer"),
            }
        }
    }

    /// An answer of the node, or the word that it takes too long.
    pub(crate) async fn within<T>(
        &self,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, BridgeError> {
        match timeout(PATIENCE, ask).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(BridgeError::Silent(self.client.url().into())),
        }
    }

    /// The state that no fork takes back.
    pub(crate) async fn finalized(&self) -> Result<Snapshot, BridgeError> {
        self.within(self.client.finalized()).await
    }

    /// The contracts that the chain is bound to.
    pub(crate) async fn contracts(&self) -> Result<Contracts, BridgeError> {
        let snapshot = self.finalized().await?;
        let state = self.within(snapshot.bridge_state()).await?;
        state.contracts.ok_or(BridgeError::NoContracts)
    }
}

/// The key that a text names.
pub(crate) fn load_key(source: &str, password_file: Option<&Path>) -> Result<Keypair, KeyError> {
    let source: KeySource = source.parse()?;
    source.load(|| {
        let password = keys::password(password_file)?;
        password.ok_or_else(|| KeyError::NoPassword("a daemon cannot ask for it".into()))
    })
}

/// Whose key it is.
pub(crate) fn account_of(key: &Keypair) -> AccountId {
    AccountId::from(key.public_key().0)
}
