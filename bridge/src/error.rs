//! Why the program ends, or tries again.

use std::{borrow::Cow, io};

use talka_client::{Fatal, KeyError, Transient};
use talka_ethereum::{Address, EthereumError};
use talka_primitives::Hint;
use talka_store::StoreError;

use crate::{attest::Contradiction, beefy::Unproven};

/// Why the program ends, or tries again.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The sidechain, or the way to it.
    #[error(transparent)]
    Client(#[from] talka_client::Error),
    /// Ethereum, or the way to it.
    #[error(transparent)]
    Ethereum(#[from] EthereumError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store of blobs.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Ethereum tells what does not fit together.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// A node says what cannot be proven.
    #[error("the Talka node at {url} cannot prove what it says: {why}")]
    Unproven {
        /// The node.
        url: String,
        /// What is wrong.
        why: Unproven,
    },
    /// The node does not answer.
    #[error("the Talka node at {0} does not answer")]
    Silent(String),
    /// Governance has not named the contracts.
    #[error("the chain knows no contracts on Ethereum yet")]
    NoContracts,
    /// The vault and the gateway believe different light clients.
    #[error("the vault believes the light client {vault}, and the gateway {gateway}")]
    TwoClients {
        /// What the vault believes.
        vault: Address,
        /// What the gateway believes.
        gateway: Address,
    },
    /// Nobody serves a result, or what is served is something else.
    #[error("{0}")]
    NoResult(String),
    /// Nothing is signed yet that contracts could begin with.
    #[error("no block is signed yet that another chain can begin with")]
    NothingSigned,
    /// The metrics cannot be served.
    #[error("the metrics cannot be served: {0}")]
    Metrics(String),
    /// The system refuses something.
    #[error("cannot {act}: {cause}")]
    Io {
        /// What was tried.
        act: &'static str,
        /// What the system said.
        cause: io::Error,
    },
}

impl BridgeError {
    pub(crate) fn io(act: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { act, cause }
    }

    /// Whether a daemon goes on and tries again. What contradicts is among it: a node may be put right without its restart, and
    /// the metrics tell meanwhile.
    pub fn is_transient(&self) -> bool {
        match self {
            // Somebody sends money to the account, or names another node.
            Self::Client(talka_client::Error::Fatal(Fatal::CannotPay(_) | Fatal::NoProof(_))) => true,
            Self::Client(error) => error.is_transient(),
            Self::Ethereum(error) => error.is_transient(),
            Self::Contradiction(_)
            | Self::Unproven { .. }
            | Self::Silent(_)
            | Self::NoContracts
            | Self::TwoClients { .. }
            | Self::NoResult(_)
            | Self::NothingSigned => true,
            Self::Key(_) | Self::Store(_) | Self::Metrics(_) | Self::Io { .. } => false,
        }
    }

    /// Whether another Talka node may answer better.
    pub(crate) fn is_the_nodes(&self) -> bool {
        use talka_client::Error::Transient as Passing;
        match self {
            Self::Silent(_) => true,
            Self::Client(Passing(problem)) => {
                matches!(
                    problem,
                    Transient::Unreachable { .. } | Transient::Disconnected | Transient::Behind(_)
                ) || self.is_unprovable()
            }
            _ => self.is_unprovable(),
        }
    }

    /// Whether the node answers, and cannot tell what it is asked for.
    pub(crate) fn is_unprovable(&self) -> bool {
        use talka_client::Error as Asked;
        let by_client = |error: &Asked| {
            matches!(error, Asked::Transient(Transient::Node(_)) | Asked::Fatal(Fatal::NoProof(_)))
        };
        match self {
            Self::Unproven { .. } => true,
            Self::Client(error) => by_client(error),
            _ => false,
        }
    }

    /// Whether somebody has to look: two that should say the same do not.
    pub(crate) fn is_alarming(&self) -> bool {
        matches!(self, Self::Contradiction(_) | Self::Ethereum(EthereumError::Disagreement { .. }))
    }
}

impl Hint for BridgeError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Client(error) => error.hint(),
            Self::Ethereum(error) => error.hint(),
            Self::Key(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Contradiction(_) => {
                "nothing was attested: an Ethereum node lies, or the chain is bound to another vault; compare with other nodes \
                 (--ethereum-url), and tell the other validators"
                    .into()
            }
            Self::Unproven { .. } => {
                "the node is behind, has seen an abandoned block last, or lies: name another one as well with --url".into()
            }
            Self::Silent(_) => "look at the node, or name another one as well with --url".into(),
            Self::NoContracts => {
                "wait until governance has called set_contracts; `talka-bridge deploy` says what to name there".into()
            }
            Self::TwoClients { .. } => {
                "the owner of the contracts replaces one after the other: it is waited for until both are the same".into()
            }
            Self::NoResult(_) => "wait until a worker that has the result is online: it is tried again, at longer and longer intervals".into(),
            Self::NothingSigned => "wait some minutes: validators sign a block each minute once the chain runs".into(),
            Self::Metrics(_) => "name another --prometheus-port".into(),
            Self::Io { .. } => "check the permissions of this program, and the space on the disk".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_node_is_asked_where_one_cannot_tell_or_does_not_answer() {
        let node = BridgeError::from(talka_client::Error::from(Transient::Node("no state".into())));
        let index = BridgeError::from(talka_client::Error::from(Fatal::NoProof("not indexed".into())));
        let unproven = BridgeError::Unproven { url: "ws://a".into(), why: Unproven::WrongRoot(7) };
        for error in [&node, &index, &unproven] {
            assert!(error.is_the_nodes() && error.is_unprovable() && error.is_transient(), "{error}");
        }
        let lost = BridgeError::from(talka_client::Error::from(Transient::Disconnected));
        assert!(lost.is_the_nodes() && !lost.is_unprovable());
        assert!(!BridgeError::NoContracts.is_the_nodes());
    }

    #[test]
    fn what_contradicts_is_alarming_and_all_errors_have_hints() {
        let one = || "http://a".to_owned();
        let disagreement = EthereumError::Disagreement { what: "block 7".into(), one: one(), other: one() };
        for error in [BridgeError::from(disagreement), Contradiction::Sidechain(7).into()] {
            assert!(error.is_alarming() && error.is_transient() && !error.hint().is_empty(), "{error}");
        }
        assert!(!BridgeError::NoContracts.is_alarming());
    }
}
