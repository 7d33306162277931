//! Why a question about deals, tasks, workers or the bridge has no answer.

use std::borrow::Cow;

use jsonrpsee::types::{ErrorObject, ErrorObjectOwned};
use serde::Serialize;
use talka_primitives::{bridge::ProofError, DealId, Hint, TaskId};
use talka_runtime::AccountId;

/// Why a question has no answer. The caller gets the code, the sentence, and the name with a hint as data.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The deal's number was not given out.
    #[error("there is no deal {0}")]
    UnknownDeal(DealId),
    /// The deal was made, and the chain has forgotten it.
    #[error("the chain has forgotten deal {0}")]
    ForgottenDeal(DealId),
    /// The deal does not exist, or has fewer tasks.
    #[error("there is no task {0}")]
    UnknownTask(TaskId),
    /// The account has never bonded, joined a pool or been online.
    #[error("{0} is not a worker")]
    UnknownWorker(AccountId),
    /// Not the name of a task.
    #[error("{0}")]
    InvalidTask(&'static str),
    /// There is no proof of a message to Ethereum.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// As many deals are followed here as a node follows, or by the connection as it may.
    #[error("the node has no room for another subscription to a deal of this connection")]
    TooManySubscriptions,
    /// The node ends.
    #[error("the node is stopping")]
    Stopping,
    /// The runtime could not be asked.
    #[error("the runtime did not answer: {0}")]
    Runtime(#[from] sp_api::ApiError),
    /// The answer could not be written as JSON.
    #[error("the answer cannot be written: {0}")]
    Encoding(#[from] serde_json::Error),
}

/// What a program can tell errors apart by, and a person mend them with.
#[derive(Serialize)]
struct Details<'a> {
    name: &'static str,
    hint: Cow<'a, str>,
}

impl Error {
    fn code(&self) -> i32 {
        match self {
            Self::UnknownDeal(_) => 10_001,
            Self::UnknownTask(_) => 10_002,
            Self::UnknownWorker(_) => 10_003,
            Self::InvalidTask(_) => 10_004,
            Self::Runtime(_) => 10_005,
            Self::Encoding(_) => 10_006,
            Self::TooManySubscriptions => 10_007,
            Self::Stopping => 10_008,
            Self::ForgottenDeal(_) => 10_009,
            Self::Proof(ProofError::NoMessage(_)) => 10_010,
            Self::Proof(ProofError::NotIndexed) => 10_011,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::UnknownDeal(_) => "UnknownDeal",
            Self::ForgottenDeal(_) => "ForgottenDeal",
            Self::UnknownTask(_) => "UnknownTask",
            Self::UnknownWorker(_) => "UnknownWorker",
            Self::InvalidTask(_) => "InvalidTask",
            Self::Proof(ProofError::NoMessage(_)) => "NoMessage",
            Self::Proof(ProofError::NotIndexed) => "NotIndexed",
            Self::Runtime(_) => "Runtime",
            Self::Encoding(_) => "Encoding",
            Self::TooManySubscriptions => "TooManySubscriptions",
            Self::Stopping => "Stopping",
        }
    }
}

impl Hint for Error {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::UnknownDeal(_) => "poco_dealsOf lists the deals of a requester",
            Self::ForgottenDeal(_) => "its events are in its blocks: ask a node that archives the state",
            Self::UnknownTask(_) => "poco_deal tells how many tasks a deal has, from 0 on",
            Self::UnknownWorker(_) => "a worker bonds stake and joins a pool first",
            Self::InvalidTask(_) => "write \"7.0\" for the first task of deal 7",
            Self::Runtime(_) => "the state of the block may be pruned: ask again, or look at the node's log",
            Self::Encoding(_) => "please report this",
            Self::TooManySubscriptions => {
                "ask again later, ask with poco_deal, or follow deals at a node of your own"
            }
            Self::Stopping => "connect to it again, or to another node",
            Self::Proof(error) => return error.hint(),
        }
        .into()
    }
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let details = Details { name: error.name(), hint: error.hint() };
        ErrorObject::owned(error.code(), error.to_string(), Some(details))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_caller_what_is_wrong_and_what_to_do() {
        let task = TaskId { deal: DealId(7), index: 3 };
        let object = ErrorObjectOwned::from(Error::UnknownTask(task));
        assert_eq!((object.code(), object.message()), (10_002, "there is no task 7.3"));
        let data: serde_json::Value = serde_json::from_str(object.data().unwrap().get()).unwrap();
        assert_eq!(data["name"], "UnknownTask");
        assert!(data["hint"].as_str().unwrap().contains("poco_deal"));
    }

    #[test]
    fn tells_a_message_that_is_not_there_from_one_that_was_not_indexed() {
        let codes = [ProofError::NoMessage(3), ProofError::NotIndexed]
            .map(|error| ErrorObjectOwned::from(Error::from(error)).code());
        assert_eq!(codes, [10_010, 10_011]);
    }
}
