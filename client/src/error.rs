//! What can go wrong, and what to do about it.
//!
//! [`Transient`] problems may be gone the next time; [`Fatal`] ones will not be. They are different types, so that a
//! daemon's loop says in its signatures which of them it survives.

use std::{borrow::Cow, fmt, path::PathBuf};

use subxt::{
    error::{ArithmeticError, DispatchError, EventsError, ExtrinsicError, RuntimeApiError, StorageError},
    Metadata,
};
use talka_primitives::{matching::Mismatch, Hint};

use crate::{api, block::BlockHash, missing::Missing, pin, AccountId};

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
    /// The node has not caught up with the chain. Nothing was sent.
    #[error("the node is not at the head of the chain: {0}")]
    Behind(&'static str),
    /// The transaction was not taken, or cannot get into a block any more. It had no effect, and will have none.
    #[error("the node dropped the transaction: {0}")]
    Dropped(String),
    /// Other transactions of the same account were sent at the same time, from somewhere else. This one had no effect.
    #[error("another transaction of {0} was included first")]
    Outpaced(AccountId),
    /// The system has no random numbers.
    #[error("there are no random numbers: {0}")]
    NoRandomness(String),
    /// The transaction was sent. It may be in a block, or get into one.
    #[error("it is not known whether transaction {0:?} was included")]
    OutcomeUnknown(BlockHash),
}

/// A problem that stays until somebody does something about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// The chain's rules forbid the call. Nothing changed, but for the fee.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The call is a worker's duty, and not due now. The node took no transaction, and nothing changed.
    #[error("not due: {0}")]
    NotDue(Refusal),
    /// The account cannot pay the fee. Nothing changed.
    #[error("{0} cannot pay the fee of this transaction")]
    CannotPay(AccountId),
    /// The node does not accept the transaction. Nothing changed.
    #[error("the transaction is not valid: {0}")]
    Invalid(String),
    /// The chain has another runtime than this program was made for.
    #[error("this program is not compatible with the chain's runtime: {0}")]
    Incompatible(String),
    /// That is no address of a node.
    #[error("`{0}` is not the address of a node")]
    Url(String),
    /// The node belongs to another chain than is meant.
    #[error("the node at {url} belongs to another chain: its first block is {found}, and not {expected}")]
    OtherChain {
        /// The node's address.
        url: String,
        /// The hash of the first block of the chain that is meant.
        expected: String,
        /// That of the node's chain.
        found: String,
        /// The file with what was remembered of this address.
        known: Option<PathBuf>,
    },
    /// The file with the chains that were met cannot be used.
    #[error("cannot tell from {} which chain is meant: {why}", path.display())]
    KnownChains {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The node's interface takes no unsafe methods, such as those that make keys.
    #[error("the node makes no keys for callers from elsewhere")]
    UnsafeMethod,
    /// The node has no proof of a message to Ethereum.
    #[error("no proof: {0}")]
    NoProof(String),
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

/// Why an order is not one that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The identifier is not that of the content.
    #[error("the order was changed after it was signed, or is for another chain")]
    Changed,
    /// It was signed for another chain than the one that is used.
    #[error("the order was signed for another chain")]
    WrongChain,
    /// The signature is not the signer's.
    #[error("the signature is not that of the order's signer")]
    BadSignature,
    /// Somebody else would have to sign.
    #[error("the order names {0} as its signer, and this is another account's key")]
    NotSigner(AccountId),
    /// It is of another kind than is needed.
    #[error("the order is not one of {0}")]
    WrongKind(&'static str),
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

/// A rule of the chain that this crate names. The types are generated from the runtime's metadata: what the runtime does
/// not have cannot be named.
pub(crate) trait Rule: fmt::Debug {
    /// The pallet whose rule it is.
    const PALLET: &'static str;

    /// The error's name, as in `NotOwner`.
    fn name(&self) -> String {
        format!("{self:?}")
    }
}

impl Rule for api::marketplace::Error {
    const PALLET: &'static str = "Marketplace";
}

impl Rule for api::orders::Error {
    const PALLET: &'static str = "Orders";
}

/// The marketplace has an error of the same name for each.
impl Rule for Mismatch {
    const PALLET: &'static str = "Marketplace";
}

const UNEXPLAINED: &str = "the node's metadata does not explain it";

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pallet.as_str() {
            "" => write!(f, "rejected by the chain: {}", self.name),
            pallet => write!(f, "rejected by the chain: {pallet}.{}", self.name),
        }
    }
}

impl Refusal {
    /// What a node with this metadata says where a call breaks a rule.
    pub(crate) fn of<R: Rule>(metadata: &Metadata, rule: &R) -> Self {
        let name = rule.name();
        let errors = metadata.pallet_by_name(R::PALLET).and_then(|pallet| pallet.error_variants());
        let error = errors.and_then(|errors| errors.iter().find(|error| error.name == name));
        let documentation = error.map(|error| sentence(&error.docs));
        Self {
            pallet: R::PALLET.into(),
            name,
            documentation: documentation.unwrap_or_else(|| UNEXPLAINED.into()),
        }
    }

    /// That with a number, of the pallet that duties belong to.
    pub(crate) fn of_duty(metadata: &Metadata, number: u8) -> Self {
        const PALLET: &str = "Poco";
        let error = metadata.pallet_by_name(PALLET).and_then(|pallet| pallet.error_variant_by_index(number));
        Self {
            pallet: PALLET.into(),
            name: error.map_or_else(|| number.to_string(), |error| error.name.clone()),
            documentation: error.map_or_else(|| UNEXPLAINED.into(), |error| sentence(&error.docs)),
        }
    }

    /// Whether it is of this rule.
    pub(crate) fn breaks<R: Rule>(&self, rule: &R) -> bool {
        self.is(R::PALLET, &rule.name())
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
            Self::Fatal(Fatal::Refused(refusal) | Fatal::NotDue(refusal)) => Some(refusal),
            _ => None,
        }
    }

    /// For `map_err` on what subxt gives.
    pub(crate) fn subxt(error: impl Into<subxt::Error>) -> Self {
        let error = error.into();
        if error.is_disconnected_will_reconnect() {
            return Transient::Disconnected.into();
        }
        match &error {
            // The metadata is another than this program was made with.
            subxt::Error::RuntimeApiError(
                RuntimeApiError::IncompatibleCodegen
                | RuntimeApiError::TraitNotFound(_)
                | RuntimeApiError::MethodNotFound { .. }
                | RuntimeApiError::CouldNotEncodeInputs(_),
            )
            | subxt::Error::ExtrinsicError(
                ExtrinsicError::IncompatibleCodegen
                | ExtrinsicError::PalletNameNotFound(_)
                | ExtrinsicError::CallNameNotFound { .. }
                | ExtrinsicError::EncodeError(_)
                | ExtrinsicError::Params(_)
                | ExtrinsicError::UnsupportedVersion,
            )
            | subxt::Error::StorageError(
                StorageError::IncompatibleCodegen
                | StorageError::PalletNameNotFound(_)
                | StorageError::StorageEntryNotFound { .. },
            )
            | subxt::Error::ConstantError(_)
            // The node's metadata describes them, and this program does not know what it describes.
            | subxt::Error::EventsError(
                EventsError::CannotDecodeEventFields { .. } | EventsError::CannotDecodeEventEnum { .. },
            ) => Fatal::Incompatible(error.to_string()).into(),
            // Among others, answers that are not what the node's own metadata says: another node, or the same one when it is
            // well again, may give better ones.
            _ => Transient::Node(error.to_string()).into(),
        }
    }
}

impl Hint for Error {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Transient(problem) => problem.hint(),
            Self::Fatal(problem) => problem.hint(),
        }
    }
}

impl Hint for Transient {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Unreachable { .. } => "start a node, or name another with --url ws://HOST:PORT",
            Self::Disconnected | Self::Node(_) => "look at the node's log, and try again",
            Self::Behind(_) => {
                "wait until its log says that it is idle and has peers, or name another node with --url ws://HOST:PORT"
            }
            Self::Dropped(_) => "try again; if it persists, look at the node's log",
            Self::NoRandomness(_) => "try again in a moment",
            Self::Outpaced(_) => "try again, and use an account from one place at a time",
            Self::OutcomeUnknown(_) => {
                "before you try again, look whether it had its effect: `talka deal list` shows what was bought, and `talka \
                 account show` what an account has"
            }
        }
        .into()
    }
}

impl Hint for Fatal {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Refused(refusal) | Self::NotDue(refusal) => refusal.hint(),
            Self::CannotPay(_) => "send some TLK to this account, and try again".into(),
            Self::Invalid(_) => "try again; if it persists, look at the node's log".into(),
            Self::Incompatible(_) => {
                "use the release of this program that belongs to the chain's runtime".into()
            }
            Self::Url(_) => "an address is written ws://HOST:PORT or wss://HOST".into(),
            Self::OtherChain { url, known: Some(path), .. } => {
                let address = pin::place(url);
                format!(
                    "send nothing there unless you know why: the network was started again, or somebody else answers; if this \
                     is the chain that you mean, remove the line of {address} from {}",
                    path.display()
                )
                .into()
            }
            Self::OtherChain { known: None, .. } => "name a node of the chain that you mean".into(),
            Self::KnownChains { path, .. } => {
                format!("look at {}; without it, each node is believed once more", path.display()).into()
            }
            Self::UnsafeMethod => {
                "name the validator's own node, over its loopback interface, or start that with --rpc-methods unsafe".into()
            }
            Self::NoProof(_) => {
                "ask at a later block; or ask a validator or an archive, which keep what proofs need".into()
            }
            Self::Order(error) => error.hint(),
            Self::NotOffered { hint, .. } => hint.into(),
            Self::Unfit { .. } => "make it shorter or smaller".into(),
        }
    }
}

impl Hint for OrderError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Changed | Self::BadSignature => "get the order from its signer again",
            Self::WrongChain => "ask its signer for an order for this chain, or name a node of the other one",
            Self::NotSigner(_) => "sign with the key of that account",
            Self::WrongKind(_) => "name an order of the kind that is needed here",
        }
        .into()
    }
}

impl Hint for Refusal {
    fn hint(&self) -> Cow<'_, str> {
        (&self.documentation).into()
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
            DispatchError::Arithmetic(ArithmeticError::Underflow) => plain(
                "AmountTooLarge",
                "The amount is more than there is of what it is taken from. Look at `talka account show`, and name a \
                 smaller one."
                    .into(),
            ),
            DispatchError::Arithmetic(ArithmeticError::Overflow) => plain(
                "AmountTooLarge",
                "The amount is more than the chain can count. Name a smaller one.".into(),
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
    use scale_info::{TypeDef, TypeInfo as _};

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
        assert_eq!(error.to_string(), "rejected by the chain: Stake.NotBonded");
        assert_eq!(error.hint(), "Bond first.");
        assert!(!error.is_transient());
    }

    #[test]
    fn rules_are_those_of_the_runtime() {
        fn is_explained<R: Rule>(metadata: &Metadata, rule: R) {
            let refusal = Refusal::of(metadata, &rule);
            assert!(refusal.breaks(&rule) && refusal.documentation != UNEXPLAINED, "{refusal}");
        }

        let metadata = Metadata::decode_from(include_bytes!("../metadata.scale")).unwrap();
        is_explained(&metadata, api::marketplace::Error::UnknownApp);
        is_explained(&metadata, api::orders::Error::OrderConsumed);
        let orders = Refusal::of(&metadata, &api::orders::Error::NotOwner);
        assert!(!orders.breaks(&api::marketplace::Error::NotOwner));
    }

    #[test]
    fn knows_the_errors_of_duties_by_their_numbers() {
        let metadata = Metadata::decode_from(include_bytes!("../metadata.scale")).unwrap();
        let errors = metadata.pallet_by_name("Poco").unwrap().error_variants().unwrap();
        let known = errors.iter().find(|error| error.name == "NotAssigned").unwrap();
        let refusal = Refusal::of_duty(&metadata, known.index);
        assert!(refusal.is("Poco", "NotAssigned") && refusal.documentation != UNEXPLAINED, "{refusal}");
        assert!(Refusal::of_duty(&metadata, 255).is("Poco", "255"));
    }

    #[test]
    fn the_marketplace_has_an_error_for_every_mismatch() {
        let TypeDef::Variant(mismatches) = Mismatch::type_info().type_def else {
            panic!("it is an enumeration")
        };
        let metadata = Metadata::decode_from(include_bytes!("../metadata.scale")).unwrap();
        let marketplace = metadata.pallet_by_name(Mismatch::PALLET).unwrap();
        let errors: Vec<_> =
            marketplace.error_variants().unwrap().iter().map(|error| error.name.as_str()).collect();
        assert!(!mismatches.variants.is_empty());
        for mismatch in mismatches.variants {
            assert!(errors.contains(&mismatch.name), "there is no error {}", mismatch.name);
        }
        // What is looked up is the name that the variant has.
        assert_eq!(Mismatch::TagMissing.name(), "TagMissing");
    }

    #[test]
    fn says_of_a_sum_that_does_not_work_out_what_is_too_large() {
        for cause in [ArithmeticError::Underflow, ArithmeticError::Overflow] {
            let refusal = Refusal::from(DispatchError::Arithmetic(cause));
            assert_eq!(refusal.to_string(), "rejected by the chain: AmountTooLarge");
            assert!(refusal.documentation.contains("smaller"), "{refusal:?}");
        }
    }

    #[test]
    fn tells_a_lost_connection_from_a_chain_that_does_not_fit() {
        let lost = subxt::rpcs::Error::DisconnectedWillReconnect("gone".into());
        let lost = subxt::error::BackendError::from(lost);
        assert!(matches!(Error::subxt(lost), Error::Transient(Transient::Disconnected)));
        let event = |reason| EventsError::CannotDecodeEventEnum {
            pallet_name: "Poco".into(),
            event_name: "Unheard".into(),
            reason,
        };
        let misfits: [subxt::Error; 4] = [
            RuntimeApiError::IncompatibleCodegen.into(),
            StorageError::IncompatibleCodegen.into(),
            StorageError::PalletNameNotFound("System".into()).into(),
            // Waiting does not help who cannot read an event: a stream of blocks must end there.
            event(subxt::ext::scale_decode::Error::custom_str("no such variant")).into(),
        ];
        for misfit in misfits {
            assert!(matches!(Error::subxt(misfit), Error::Fatal(Fatal::Incompatible(_))));
        }
        let unanswered = subxt::rpcs::Error::Client("State already discarded".into());
        let unanswered = EventsError::CannotFetchEventBytes(unanswered.into());
        assert!(matches!(Error::subxt(unanswered), Error::Transient(Transient::Node(_))));
        // An answer that is not what the node's own metadata says is the fault of that node.
        let nonsense = EventsError::CannotFindPalletWithIndex(32);
        assert!(matches!(Error::subxt(nonsense), Error::Transient(Transient::Node(_))));
    }
}
