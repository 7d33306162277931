//! The nodes that the worker may ask, and which of them it asks.

use std::time::Duration;

use talka_client::{BlockHash, Client, Error};
use talka_primitives::BlockNumber;
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

/// Pauses while no node can be reached at the start.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(15)];

/// How long one of several nodes may take to say where it is.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
pub(crate) struct Nodes {
    urls: Vec<String>,
    current: usize,
}

impl Nodes {
    /// At these addresses, the first of which is asked as long as it can be.
    pub(crate) fn new(urls: Vec<String>) -> Self {
        Self { urls, current: 0 }
    }

    /// Connect to the first that answers. Waits until one does.
    pub(crate) async fn connect(&mut self) -> Result<Client, Error> {
        let [mut pause, longest] = PAUSES;
        loop {
            for (at, url) in self.urls.iter().enumerate() {
                match Client::connect(url).await {
                    Err(Error::Transient(problem)) => warn!(%problem, ?pause, "waiting for a node"),
                    result => {
                        self.current = at;
                        return result;
                    }
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// Another node, of the same chain and further than this height, from now on.
    pub(crate) async fn ahead_of(&mut self, height: BlockNumber, genesis: BlockHash) -> Option<Client> {
        for at in others(self.current, self.urls.len()) {
            let url = &self.urls[at];
            let problem = match timeout(PATIENCE, look(url)).await {
                Ok(Ok((client, _))) if client.genesis() != genesis => "it belongs to another chain".into(),
                Ok(Ok((client, best))) if best > height => {
                    info!(node = client.url(), best, "going on with another node");
                    self.current = at;
                    return Some(client);
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
}

/// A node, and the height of its best block.
async fn look(url: &str) -> Result<(Client, BlockNumber), Error> {
    let client = Client::connect(url).await?;
    let best = client.best().await?.block().number;
    Ok((client, best))
}

/// The places after this one, in turn, without itself.
fn others(current: usize, all: usize) -> impl Iterator<Item = usize> {
    (1..all).map(move |step| (current + step) % all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_asked_in_turn() {
        let others = |current, all| others(current, all).collect::<Vec<_>>();
        assert!(others(0, 1).is_empty());
        assert_eq!(others(0, 3), [1, 2]);
        assert_eq!(others(2, 3), [0, 1]);
    }

    #[tokio::test]
    async fn are_left_where_they_are_while_no_other_answers() {
        // Nobody listens at the port that nobody has.
        let mut nodes = Nodes::new(vec!["ws://127.0.0.1:1".into(), "ws://127.0.0.1:1".into()]);
        assert!(nodes.ahead_of(0, [0; 32].into()).await.is_none());
        assert_eq!(nodes.current, 0);
    }

    #[tokio::test]
    async fn are_not_waited_for_where_the_address_is_none() {
        assert!(matches!(Nodes::new(vec!["http://a".into()]).connect().await, Err(Error::Fatal(_))));
    }
}
