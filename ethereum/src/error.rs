//! What can go wrong with Ethereum, and what to do about it.

use std::{borrow::Cow, path::PathBuf};

use alloy::primitives::{Address, B256};
use talka_client::KeyError;
use talka_primitives::Hint;

use crate::{fees::Gwei, revert::Revert};

/// A question, a transaction or a key failed.
#[derive(Debug, thiserror::Error)]
pub enum EthereumError {
    /// That is no address of a node.
    #[error("`{0}` is not the address of an Ethereum node")]
    Url(String),
    /// Nobody answers.
    #[error("the Ethereum node at {url} cannot be reached: {cause}")]
    Unreachable {
        /// The node, without what is secret in its address.
        url: String,
        /// What happened.
        cause: String,
    },
    /// The node answers with an error.
    #[error("the Ethereum node at {url} cannot answer: {cause}")]
    Node {
        /// The node, without what is secret in its address.
        url: String,
        /// What it says.
        cause: String,
    },
    /// Not more than half of the nodes answer.
    #[error("{answered} of {of} Ethereum nodes say {what}; {problem}")]
    TooFew {
        /// What was asked.
        what: String,
        /// How many answer.
        answered: usize,
        /// Of how many.
        of: usize,
        /// What is wrong with the first of the others.
        problem: String,
    },
    /// Nodes say different things of what cannot change any more.
    #[error("Ethereum nodes disagree about {what}: {one} and {other}")]
    Disagreement {
        /// What was asked.
        what: String,
        /// A node.
        one: String,
        /// One that says something else.
        other: String,
    },
    /// The nodes are of another chain than is meant.
    #[error("the Ethereum nodes are of chain {found}, and not of {expected}")]
    OtherChain {
        /// The number of the chain that is meant.
        expected: u64,
        /// That of the nodes.
        found: u64,
    },
    /// There is no contract.
    #[error("there is no contract at {0}")]
    NoContract(Address),
    /// A contract answers something else than it should.
    #[error("the contract at {address} is another one than is meant: {cause}")]
    OtherContract {
        /// Where.
        address: Address,
        /// What is wrong with its answer.
        cause: String,
    },
    /// The contract refuses.
    #[error(transparent)]
    Refused(#[from] Revert),
    /// A transaction was included, and was refused there.
    #[error("transaction {transaction} was refused: {revert}")]
    Failed {
        /// The transaction.
        transaction: B256,
        /// Why.
        revert: Revert,
    },
    /// Gas costs more than may be paid. Nothing was sent.
    #[error("gas costs {needed} gwei now, and {limit} may be paid")]
    TooExpensive {
        /// What the chain asks for.
        needed: Gwei,
        /// What may be paid.
        limit: Gwei,
    },
    /// It was sent, and got into no block.
    #[error("transaction {transaction} is in no block after {seconds} s")]
    Stuck {
        /// The last one that was sent for it.
        transaction: B256,
        /// How long was waited.
        seconds: u64,
    },
    /// The key cannot be loaded.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A text names no file with a key.
    #[error("`{0}` names no file with an Ethereum key")]
    KeyForm(String),
    /// The file holds no key.
    #[error("{} holds no Ethereum key", .0.display())]
    NotAKey(PathBuf),
    /// It could not be signed.
    #[error("cannot sign: {0}")]
    Signature(String),
    /// What forge has compiled is not there, or is something else.
    #[error("no compiled contract at {}: {cause}", path.display())]
    Artifact {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// An amount is more than the chain can count.
    #[error("{0} is more than the vault can hold")]
    TooMuch(u128),
}

impl EthereumError {
    /// Whether trying again is sensible, without anybody doing something about it.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Node { .. }
            | Self::TooFew { .. }
            | Self::Disagreement { .. }
            | Self::TooExpensive { .. }
            | Self::Stuck { .. } => true,
            Self::Refused(revert) | Self::Failed { revert, .. } => revert.passes(),
            _ => false,
        }
    }

    /// Why the contract has refused, if that is what happened.
    pub fn revert(&self) -> Option<&Revert> {
        match self {
            Self::Refused(revert) | Self::Failed { revert, .. } => Some(revert),
            _ => None,
        }
    }
}

impl Hint for EthereumError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Url(_) => "an address is written http://HOST:PORT or https://HOST/PATH".into(),
            Self::Unreachable { .. } | Self::TooFew { .. } => {
                "start the node, or name others with --ethereum-url; more than half of them have to answer".into()
            }
            Self::Node { .. } => "look at the node's log, and try again".into(),
            Self::Disagreement { .. } => {
                "one of them lies or has lost its way: compare both with a third, and name only nodes that you trust".into()
            }
            Self::OtherChain { .. } => "name nodes of the chain that the contracts are on".into(),
            Self::NoContract(_) | Self::OtherContract { .. } => {
                "compare the address with the one that was deployed, and the chain with the one it is on".into()
            }
            Self::Refused(revert) | Self::Failed { revert, .. } => revert.hint(),
            Self::TooExpensive { .. } => "wait until gas is cheaper, or allow more with --max-fee".into(),
            Self::Stuck { .. } => {
                "it may still get into a block; allow more with --max-fee, and use this key from one place at a time".into()
            }
            Self::Key(error) => error.hint(),
            Self::KeyForm(_) => "write file:PATH; the file has 0x and 64 hexadecimal digits".into(),
            Self::NotAKey(_) => {
                "the file must have one line with 0x and 64 hexadecimal digits: `cast wallet decrypt-keystore` writes them".into()
            }
            Self::Signature(_) => "check the file with the key".into(),
            Self::Artifact { .. } => "compile with `npm run build` in contracts, and name its folder out".into(),
            Self::TooMuch(_) => "write a smaller amount".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_tried_again() {
        let limit = Gwei(1_000_000_000);
        assert!(EthereumError::TooExpensive { needed: Gwei(2_500_000_000), limit }.is_transient());
        assert!(!EthereumError::OtherChain { expected: 1, found: 2 }.is_transient());
        assert!(!EthereumError::NoContract(Address::ZERO).is_transient());
        let error = EthereumError::TooExpensive { needed: Gwei(2_500_000_000), limit };
        assert_eq!(error.to_string(), "gas costs 2.5 gwei now, and 1 may be paid");
        assert!(error.hint().contains("--max-fee"));
    }
}
