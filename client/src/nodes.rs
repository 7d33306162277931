//! The nodes that a client asks: one at a time, and the next one when that is lost, or stands still while another one does not.
//!
//! Nothing is taken up again: a question that was under way when a node was lost fails, and a stream ends. Those who ask do it again.

use std::{fmt, iter, sync::Arc, time::Duration};

use futures::FutureExt as _;
use subxt::rpcs::{
    client::{
        reconnecting_rpc_client::{Error as Failure, RpcClient as Connection, RpcError as Cause},
        RawRpcFuture, RawRpcSubscription, RawValue, RpcClient, RpcClientT,
    },
    Error as RpcError,
};
use talka_primitives::BlockNumber;
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};

use crate::{
    block::BlockHash,
    client::{height, rpc_error, Methods},
    error::{Error, Transient},
    pin::Pin,
};

/// First pause before all nodes are tried again. Each next pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one of several nodes may take to say how far it is.
const LOOK: Duration = Duration::from_secs(20);

/// Nodes of one chain.
pub(crate) struct Nodes {
    urls: Vec<String>,
    /// The place of the one that was asked first.
    first: usize,
    genesis: BlockHash,
    current: Mutex<Current>,
}

/// The node that is asked.
struct Current {
    /// Its place among the addresses.
    place: usize,
    /// Nothing while there is none.
    connection: Option<Arc<Connection>>,
}

/// Connect to a node, once, and ask it for the hash of its chain's first block.
pub(crate) async fn connect(url: &str) -> Result<(Connection, BlockHash), Error> {
    let unreachable = |cause: Cause| {
        let cause = cause.to_string();
        // Only the last of the nested causes tells something.
        let cause = cause.rsplit("client error: ").next().unwrap_or(&cause).to_owned();
        Transient::Unreachable { url: url.into(), cause }
    };
    let builder = Connection::builder().retry_policy(iter::empty::<Duration>()).request_timeout(PATIENCE);
    let connection = builder.build(url).await.map_err(unreachable)?;
    let genesis = methods(&connection).genesis_hash().await.map_err(rpc_error)?;
    Ok((connection, genesis))
}

fn methods(connection: &Connection) -> Methods {
    Methods::new(RpcClient::new(connection.clone()))
}

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nodes").field("urls", &self.urls).finish_non_exhaustive()
    }
}

impl Nodes {
    /// The nodes at these addresses, with a connection to the one at that place.
    pub(crate) fn new(urls: Vec<String>, place: usize, connection: Connection, genesis: BlockHash) -> Self {
        let current = Current { place, connection: Some(Arc::new(connection)) };
        Self { urls, first: place, genesis, current: Mutex::new(current) }
    }

    /// The address of the one that was asked first.
    pub(crate) fn url(&self) -> &str {
        &self.urls[self.first]
    }

    /// The hash of their chain's first block.
    pub(crate) fn genesis(&self) -> BlockHash {
        self.genesis
    }

    /// The same nodes, of which another one is asked: the next one with a block above this height. Nothing where there is none.
    pub(crate) async fn ahead_of(&self, height: BlockNumber) -> Option<Self> {
        // The holder of the lock looks for a node already, and may be waiting for the caller.
        let asked = self.current.try_lock().ok()?.place;
        for place in others(asked, self.urls.len()) {
            let url = &self.urls[place];
            let problem = match timeout(LOOK, self.look(url)).await {
                Ok(Ok((connection, best))) if best > height => {
                    info!(url, best, "going on with another node");
                    return Some(Self::new(self.urls.clone(), place, connection, self.genesis));
                }
                Ok(Ok((_, best))) => {
                    debug!(url, best, "this node is not further");
                    continue;
                }
                Ok(Err(problem)) => problem.to_string(),
                Err(_) => "it does not answer".into(),
            };
            warn!(url, problem, "cannot go on with this node");
        }
        None
    }

    /// A node of the chain, and the height of its best block.
    async fn look(&self, url: &str) -> Result<(Connection, BlockNumber), Error> {
        let connection = self.connect(url).await?;
        let header = methods(&connection).chain_get_header(None).await.map_err(rpc_error)?;
        let header = header.ok_or_else(|| Transient::Node("it has no best block".into()))?;
        Ok((connection, height(header.number)?))
    }

    /// A connection to one of them; waits until there is one.
    async fn connection(&self) -> Arc<Connection> {
        let mut current = self.current.lock().await;
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(connection) = &current.connection {
                return connection.clone();
            }
            let next = current.place;
            for place in iter::once(next).chain(others(next, self.urls.len())) {
                let url = &self.urls[place];
                match self.connect(url).await {
                    Ok(connection) => {
                        info!(url, "connected to a node");
                        *current = Current { place, connection: Some(Arc::new(connection)) };
                        break;
                    }
                    Err(Error::Transient(problem)) => debug!(url, %problem, "no connection to a node"),
                    Err(problem) => warn!(url, %problem, "this node is not asked"),
                }
            }
            if current.connection.is_none() {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    /// A connection to a node, if that belongs to the chain.
    async fn connect(&self, url: &str) -> Result<Connection, Error> {
        let (connection, genesis) = connect(url).await?;
        Pin::Chain(self.genesis).meet(url, genesis)?;
        Ok(connection)
    }

    /// What follows from an error of a node: one that is lost is left, and one that does not answer if there is another.
    async fn judge(&self, connection: &Arc<Connection>, error: RpcError) -> RpcError {
        let is_lost = matches!(error, RpcError::DisconnectedWillReconnect(_));
        let is_silent = matches!(failure(&error), Some(Failure::RpcError(Cause::RequestTimeout)));
        if is_lost || is_silent && self.urls.len() > 1 {
            self.leave(connection).await;
        }
        error
    }

    async fn leave(&self, connection: &Arc<Connection>) {
        let mut current = self.current.lock().await;
        let is_asked = current.connection.as_ref().is_some_and(|asked| Arc::ptr_eq(asked, connection));
        if is_asked {
            info!(url = self.urls[current.place], "lost a node");
            *current = Current { place: (current.place + 1) % self.urls.len(), connection: None };
        }
    }
}

/// The places after this one, in turn, without itself.
fn others(place: usize, all: usize) -> impl Iterator<Item = usize> {
    (1..all).map(move |step| (place + step) % all)
}

fn failure(error: &RpcError) -> Option<&Failure> {
    match error {
        RpcError::Client(cause) => cause.downcast_ref(),
        _ => None,
    }
}

/// Whether a node was lost before it was asked, which is noticed only then.
fn was_gone(error: &RpcError) -> bool {
    matches!(failure(error), Some(Failure::Dropped))
}

impl RpcClientT for Nodes {
    fn request_raw<'a>(
        &'a self,
        method: &'a str,
        params: Option<Box<RawValue>>,
    ) -> RawRpcFuture<'a, Box<RawValue>> {
        async move {
            loop {
                let connection = self.connection().await;
                match connection.request_raw(method, params.clone()).await {
                    Err(error) if was_gone(&error) => self.leave(&connection).await,
                    Err(error) => return Err(self.judge(&connection, error).await),
                    answer => return answer,
                }
            }
        }
        .boxed()
    }

    fn subscribe_raw<'a>(
        &'a self,
        sub: &'a str,
        params: Option<Box<RawValue>>,
        unsub: &'a str,
    ) -> RawRpcFuture<'a, RawRpcSubscription> {
        async move {
            loop {
                let connection = self.connection().await;
                match connection.subscribe_raw(sub, params.clone(), unsub).await {
                    Err(error) if was_gone(&error) => self.leave(&connection).await,
                    Err(error) => return Err(self.judge(&connection, error).await),
                    stream => return stream,
                }
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_asked_in_turn() {
        let others = |place, all| others(place, all).collect::<Vec<_>>();
        assert!(others(0, 1).is_empty());
        assert_eq!(others(0, 3), [1, 2]);
        assert_eq!(others(2, 3), [0, 1]);
    }
}
