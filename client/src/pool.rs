//! What a node's transaction pool says when it takes no transaction.

use subxt::{
    error::{BackendError, ExtrinsicError, RpcError},
    rpcs::UserError,
};

use crate::error::Error;

/// Why a transaction did not get into the pool.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// Its number is used up, or another transaction with this number is there already.
    Nonce,
    /// It is in the pool, or was in a block.
    Known,
    /// Its account cannot pay the fee.
    Payment,
    /// It belongs to a block that is none (any more), or that is too old.
    Birth,
    /// It is a worker's duty that is none now. The number of the error in the pallet's metadata says why.
    NotDue(u8),
    /// The chain would not execute it.
    Invalid(String),
    /// The pool has no room, or refuses it for a while.
    Busy(String),
    /// The node did not answer: it may have taken it.
    Unanswered(Error),
    /// Something else.
    Other(Error),
}

// The codes of the `author` methods, see `sc_rpc_api::author::error`.
const INVALID: i32 = 1010;
const UNKNOWN_VALIDITY: i32 = 1011;
const BANNED: i32 = 1012;
const KNOWN: i32 = 1013;
const TOO_LOW_PRIORITY: i32 = 1014;
const DROPPED: i32 = 1016;

impl From<ExtrinsicError> for Rejection {
    fn from(error: ExtrinsicError) -> Self {
        match error {
            ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
                subxt::rpcs::Error::User(said),
            ))) => said.into(),
            lost @ ExtrinsicError::ErrorSubmittingTransaction(_) => Self::Unanswered(Error::subxt(lost)),
            other => Self::Other(Error::subxt(other)),
        }
    }
}

impl From<UserError> for Rejection {
    fn from(said: UserError) -> Self {
        let data = said.data.as_ref().map(|data| data.get().trim_matches('"').to_owned()).unwrap_or_default();
        let text = if data.is_empty() { said.message.clone() } else { format!("{}: {data}", said.message) };
        match said.code {
            KNOWN => Self::Known,
            TOO_LOW_PRIORITY => Self::Nonce,
            BANNED | DROPPED => Self::Busy(text),
            // The sentences are those of `sp_runtime::transaction_validity::InvalidTransaction`.
            INVALID if data.contains("outdated") => Self::Nonce,
            INVALID if data.contains("pay some fees") => Self::Payment,
            INVALID if data.contains("ancient birth block") || data.contains("bad signature") => Self::Birth,
            // A duty whose number is far ahead: those before it come first.
            INVALID if data.contains("valid in the future") => Self::Busy(text),
            INVALID => match data.strip_prefix("Custom error: ").and_then(|number| number.parse().ok()) {
                Some(number) => Self::NotDue(number),
                None => Self::Invalid(text),
            },
            UNKNOWN_VALIDITY => Self::Invalid(text),
            _ => Self::Other(crate::client::rpc_error(subxt::rpcs::Error::User(said))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Transient;

    fn said(code: i32, data: &str) -> Rejection {
        let data = Some(format!("\"{data}\"").parse_raw());
        Rejection::from(UserError { code, message: "Invalid Transaction".into(), data })
    }

    trait ParseRaw {
        fn parse_raw(self) -> Box<subxt::rpcs::client::RawValue>;
    }

    impl ParseRaw for String {
        fn parse_raw(self) -> Box<subxt::rpcs::client::RawValue> {
            subxt::rpcs::client::RawValue::from_string(self).unwrap()
        }
    }

    #[test]
    fn a_transaction_whose_submission_was_not_answered_may_have_been_taken() {
        let lost = subxt::rpcs::Error::DisconnectedWillReconnect("gone".into());
        let lost = ExtrinsicError::ErrorSubmittingTransaction(BackendError::from(lost));
        assert!(matches!(Rejection::from(lost), Rejection::Unanswered(_)));
        let refused = UserError { code: 1016, message: "Immediately Dropped".into(), data: None };
        let refused =
            ExtrinsicError::ErrorSubmittingTransaction(BackendError::from(subxt::rpcs::Error::User(refused)));
        assert!(matches!(Rejection::from(refused), Rejection::Busy(_)));
    }

    #[test]
    fn tells_the_reasons_apart_that_need_different_answers() {
        assert!(matches!(said(1010, "Transaction is outdated"), Rejection::Nonce));
        assert!(matches!(said(1014, "The transaction has too low priority"), Rejection::Nonce));
        let payment = "Inability to pay some fees (e.g. account balance too low)";
        assert!(matches!(said(1010, payment), Rejection::Payment));
        assert!(matches!(said(1010, "Transaction has a bad signature"), Rejection::Birth));
        assert!(matches!(said(1013, ""), Rejection::Known));
        assert!(matches!(said(1016, "full"), Rejection::Busy(text) if text.ends_with("full")));
        assert!(matches!(said(1010, "Transaction call is not expected"), Rejection::Invalid(_)));
        assert!(matches!(said(1010, "Custom error: 9"), Rejection::NotDue(9)));
        assert!(matches!(said(1010, "Transaction will be valid in the future"), Rejection::Busy(_)));
        assert!(matches!(said(-32601, ""), Rejection::Other(Error::Transient(Transient::Node(_)))));
    }
}
