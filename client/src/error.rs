//! What can go wrong, and what to do about it.
//!
//! [`Transient`] problems may be gone the next time; [`Fatal`] ones will not be. They are different types, so that a
//! daemon's loop says in its signatures which of them it survives.

use std::fmt;

use subxt::{
    error::{DispatchError, ExtrinsicError, RuntimeApiError},
    Metadata,
};

use crate::{broker::Missing, order::OrderError, AccountId, BlockHash};

/// A call, a query or a connection failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Trying again is sensible.
    #[error(transparent)]
    Transient(#[from] Transient),
    /// Trying again is not.
    #[error(transparent)]
    Fatal(#[from] Fatal),
}

/// A problem that may pass by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Transient {
    /// Nobody answers.
    #[error("the node at {url} cannot be reached: {cause}")]
    Unreachable {
        /// The address tried.
        url: String,
        /// What happened.
        cause: String,
    },
    /// The connection broke. It is being made again.
    #[error("the connection to the node was lost")]
    Disconnected,
    /// The node answered with an error.
    #[error("the node cannot answer: {0}")]
    Node(String),
    /// The node's transaction pool gave the transaction up. It had no effect.
    #[error("the node dropped the transaction: {0}")]
    Dropped(String),
    /// Other transactions of the same account were sent at the same time, from somewhere else. This one had no effect.
    #[error("other transactions of {0} were faster")]
    Outpaced(AccountId),
    /// The system has no random numbers.
    #[error("there are no random numbers: {0}")]
    NoRandomness(String),
    /// The transaction was sent. It may be in a block, or get into one.
    #[error("what became of transaction {0:?} is not known")]
    OutcomeUnknown(BlockHash),
}

/// A problem that stays until somebody does something about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// The chain's rules forbid the call. Nothing changed, but for the fee.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The account cannot pay the fee; for a call that is free when valid: it is not valid now. Nothing changed.
    #[error("{0} cannot pay the fee of this transaction")]
    CannotPay(AccountId),
    /// The node does not accept the transaction. Nothing changed.
    #[error("the transaction is not valid: {0}")]
    Invalid(String),
    /// The chain has another runtime than this program was made for.
    #[error("this program does not fit the chain: {0}")]
    Incompatible(String),
    /// That is no address of a node.
    #[error("`{0}` is not the address of a node")]
    Url(String),
    /// The node's interface takes no unsafe methods, such as those that make keys.
    #[error("the node makes no keys for callers from elsewhere")]
    UnsafeMethod,
    /// An order cannot be used.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// What is wanted is not offered, not for so little, or not to this buyer.
    #[error("{missing}")]
    NotOffered {
        /// How much is missing, and why.
        missing: Missing,
        /// What to do about it.
        hint: String,
    },
    /// A value is too long, or too large, for the chain.
    #[error("{what}: {why}")]
    Unfit {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// A rule of the chain that a call broke, in the words of the runtime itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// The pallet whose rule it is; empty for rules of the runtime as a whole.
    pub pallet: String,
    /// The error's name, as in `NotOwner`.
    pub name: String,
    /// Its documentation: what it means and what to do.
    pub documentation: String,
}

const UNEXPLAINED: &str = "the node's metadata does not explain it";

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pallet.as_str() {
            "" => write!(f, "the chain refuses: {}", self.name),
            pallet => write!(f, "the chain refuses: {} ({pallet})", self.name),
        }
    }
}

impl Refusal {
    /// The error of a pallet by its name.
    pub(crate) fn named(metadata: &Metadata, pallet: &str, name: &str) -> Self {
        let errors = metadata.pallet_by_name(pallet).and_then(|pallet| pallet.error_variants());
        let error = errors.and_then(|errors| errors.iter().find(|error| error.name == name));
        let documentation = error.map(|error| sentence(&error.docs));
        Self {
            pallet: pallet.into(),
            name: name.into(),
            documentation: documentation.unwrap_or_else(|| UNEXPLAINED.into()),
        }
    }

    /// Whether it is this error of this pallet.
    pub fn is(&self, pallet: &str, name: &str) -> bool {
        self.pallet == pallet && self.name == name
    }
}

impl From<OrderError> for Error {
    fn from(error: OrderError) -> Self {
        Fatal::from(error).into()
    }
}

impl Error {
    /// Whether trying again is sensible.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_))
    }

    /// The rule that was broken, if that is what happened.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Fatal(Fatal::Refused(refusal)) => Some(refusal),
            _ => None,
        }
    }

    /// What to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Transient(problem) => problem.hint(),
            Self::Fatal(problem) => problem.hint(),
        }
    }

    /// For `map_err` on what subxt gives.
    pub(crate) fn subxt(error: impl Into<subxt::Error>) -> Self {
        let error = error.into();
        if error.is_disconnected_will_reconnect() {
            return Transient::Disconnected.into();
        }
        match &error {
            subxt::Error::RuntimeApiError(
                RuntimeApiError::IncompatibleCodegen
                | RuntimeApiError::TraitNotFound(_)
                | RuntimeApiError::MethodNotFound { .. }
                | RuntimeApiError::CouldNotEncodeInputs(_)
                | RuntimeApiError::CouldNotDecodeResponse(_),
            )
            | subxt::Error::ExtrinsicError(
                ExtrinsicError::IncompatibleCodegen
                | ExtrinsicError::PalletNameNotFound(_)
                | ExtrinsicError::CallNameNotFound { .. }
                | ExtrinsicError::EncodeError(_)
                | ExtrinsicError::Params(_)
                | ExtrinsicError::UnsupportedVersion,
            )
            | subxt::Error::ConstantError(_)
            | subxt::Error::DispatchErrorDecodeError(_)
            | subxt::Error::StorageKeyError(_)
            | subxt::Error::StorageValueError(_) => Fatal::Incompatible(error.to_string()).into(),
            _ => Transient::Node(error.to_string()).into(),
        }
    }
}

impl Transient {
    /// What to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreachable { .. } => "start a node, or name another with --url ws://HOST:PORT".into(),
            Self::Disconnected | Self::Node(_) => "look at the node's log, and try again".into(),
            Self::Dropped(_) => "try again; if it persists, look at the node's log".into(),
            Self::NoRandomness(_) => "try again in a moment".into(),
            Self::Outpaced(_) => "try again, and use an account from one place at a time".into(),
            Self::OutcomeUnknown(_) => "see whether it had its effect before you try again".into(),
        }
    }
}

impl Fatal {
    /// What to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.documentation.clone(),
            Self::CannotPay(_) => "send some TLK to this account, and try again".into(),
            Self::Invalid(_) => "try again; if it persists, look at the node's log".into(),
            Self::Incompatible(_) => {
                "use the release of this program that belongs to the chain's runtime".into()
            }
            Self::Url(_) => "an address is written ws://HOST:PORT or wss://HOST".into(),
            Self::UnsafeMethod => {
                "name the validator's own node, over its loopback interface, or start that with --rpc-methods unsafe".into()
            }
            Self::Order(error) => error.hint().into(),
            Self::NotOffered { hint, .. } => hint.clone(),
            Self::Unfit { .. } => "make it shorter or smaller".into(),
        }
    }
}

impl From<DispatchError> for Refusal {
    fn from(error: DispatchError) -> Self {
        let plain = |name: &str, documentation: String| Self {
            pallet: String::new(),
            name: name.into(),
            documentation,
        };
        match &error {
            DispatchError::Module(module) => match module.details() {
                Ok(details) => Self {
                    pallet: details.pallet.name().into(),
                    name: details.variant.name.clone(),
                    documentation: sentence(&details.variant.docs),
                },
                Err(_) => plain("UnknownError", UNEXPLAINED.into()),
            },
            DispatchError::Token(token) => plain(
                &format!("{token:?}"),
                format!(
                    "{token} Look at `talka account show`, and send TLK to the account if it is short of it."
                ),
            ),
            DispatchError::BadOrigin | DispatchError::RootNotAllowed => {
                plain("BadOrigin", "this account may not do that".into())
            }
            other => plain(&format!("{other:?}"), other.to_string()),
        }
    }
}

/// The lines of a doc comment as running text.
fn sentence(lines: &[String]) -> String {
    lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_the_lines_of_a_doc_comment() {
        let lines =
            [" The asset belongs to somebody else.".to_owned(), String::new(), " Ask its owner.".to_owned()];
        assert_eq!(sentence(&lines), "The asset belongs to somebody else. Ask its owner.");
    }

    #[test]
    fn has_a_hint_for_a_refusal_that_is_the_runtimes_own_documentation() {
        let refusal =
            Refusal { pallet: "Stake".into(), name: "NotBonded".into(), documentation: "Bond first.".into() };
        assert!(refusal.is("Stake", "NotBonded") && !refusal.is("Poco", "NotBonded"));
        let error = Error::from(Fatal::from(refusal));
        assert_eq!(error.to_string(), "the chain refuses: NotBonded (Stake)");
        assert_eq!(error.hint(), "Bond first.");
        assert!(!error.is_transient());
    }

    #[test]
    fn tells_a_lost_connection_from_a_chain_that_does_not_fit() {
        let lost = subxt::rpcs::Error::DisconnectedWillReconnect("gone".into());
        let lost = subxt::error::BackendError::from(lost);
        assert!(matches!(Error::subxt(lost), Error::Transient(Transient::Disconnected)));
        let misfit = RuntimeApiError::IncompatibleCodegen;
        assert!(matches!(Error::subxt(misfit), Error::Fatal(Fatal::Incompatible(_))));
    }
}
