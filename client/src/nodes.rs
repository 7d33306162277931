//! The nodes that a client asks: one at a time, and the next one when that is lost.
//!
//! Nothing is taken up again: a question that was under way when a node was lost fails, and a stream ends. Those who ask do it again.

use std::{iter, sync::Arc, time::Duration};

use futures::FutureExt as _;
use subxt::{
    config::RpcConfigFor,
    rpcs::{
        client::{
            reconnecting_rpc_client::{Error as Failure, RpcClient as Connection, RpcError as Cause},
            RawRpcFuture, RawRpcSubscription, RawValue, RpcClient, RpcClientT,
        },
        Error as RpcError, LegacyRpcMethods,
    },
};
use tokio::{sync::Mutex, time::sleep};
use tracing::{debug, info, warn};

use crate::{
    block::BlockHash,
    client::{rpc_error, Config},
    error::{Error, Transient},
};

/// First pause before all nodes are tried again. Each next pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Nodes of one chain.
pub(crate) struct Nodes {
    urls: Vec<String>,
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
    let methods = LegacyRpcMethods::<RpcConfigFor<Config>>::new(RpcClient::new(connection.clone()));
    let genesis = methods.genesis_hash().await.map_err(rpc_error)?;
    Ok((connection, genesis))
}

impl Nodes {
    /// The nodes at these addresses, with a connection to the one at that place.
    pub(crate) fn new(urls: Vec<String>, place: usize, connection: Connection, genesis: BlockHash) -> Self {
        let current = Current { place, connection: Some(Arc::new(connection)) };
        Self { urls, genesis, current: Mutex::new(current) }
    }

    /// A connection to one of them; waits until there is one.
    async fn connection(&self) -> Arc<Connection> {
        let mut current = self.current.lock().await;
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(connection) = &current.connection {
                return connection.clone();
            }
            let first = current.place;
            for place in (0..self.urls.len()).map(|offset| (first + offset) % self.urls.len()) {
                if let Some(connection) = self.connect(&self.urls[place]).await {
                    *current = Current { place, connection: Some(Arc::new(connection)) };
                    break;
                }
            }
            if current.connection.is_none() {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    async fn connect(&self, url: &str) -> Option<Connection> {
        match connect(url).await {
            Ok((connection, genesis)) if genesis == self.genesis => {
                info!(url, "connected to a node");
                Some(connection)
            }
            Ok((_, genesis)) => {
                warn!(url, ?genesis, expected = ?self.genesis, "this node belongs to another chain");
                None
            }
            Err(problem) => {
                debug!(url, %problem, "no connection to a node");
                None
            }
        }
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
