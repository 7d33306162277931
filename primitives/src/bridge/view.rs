//! What the runtime's API answers about the bridge.

use alloc::{borrow::Cow, vec::Vec};
use codec::{Decode, Encode};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{json, Attestation, Contracts, Hash, Limits, Message, DEPTH};
use crate::{hint::Hint, unit::Balance};

/// How far the bridge is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct BridgeState {
    /// The contracts on Ethereum; nothing before governance has named them.
    pub contracts: Option<Contracts>,
    /// The deposits that are credited.
    pub credited: Attestation,
    /// The deposits that enough validators have attested to: the same, or more.
    pub accepted: Attestation,
    /// What governance has decided.
    pub limits: Limits,
    /// What can be credited now, in units of TLK.
    pub available: Balance,
    /// What was credited and not withdrawn, in units of TLK: no more can be withdrawn.
    pub backed: Balance,
    /// What waits to be claimed, in units of TLK.
    pub parked: Balance,
    /// What a message of a user costs, in units of TLK.
    pub message_price: Balance,
    /// How many messages there are in the outbox: the index of the next one.
    pub messages: u32,
    /// The root of the outbox; zeros before the first message.
    #[serde(with = "json::word")]
    pub outbox_root: Hash,
}

/// A validator with a seat, as who attests to deposits.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct AttesterView<AccountId> {
    /// The validator.
    pub validator: AccountId,
    /// The account that attests for it, beside itself, where it has named one.
    pub attester: Option<AccountId>,
    /// What it has attested to lately, the newest last.
    pub attested: Vec<Attestation>,
}

/// A message with its proof: what the contracts on Ethereum ask for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct OutboxProof {
    /// Its place in the outbox.
    pub index: u32,
    /// The message.
    pub message: Message,
    /// Its leaf.
    #[serde(with = "json::word")]
    pub leaf: Hash,
    /// From the leaf's sibling up.
    #[serde(with = "json::words")]
    pub proof: [Hash; DEPTH],
    /// Where the proof leads: the root at the block that was asked, which is in the leaf of the next one.
    #[serde(with = "json::word")]
    pub root: Hash,
}

/// Why there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum ProofError {
    /// There is no such message: the outbox has only this number of messages at this block.
    NoMessage(u32),
    /// The node has not indexed the message.
    NotIndexed,
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMessage(messages) => {
                write!(f, "there are only {messages} messages in the outbox at this block")
            }
            Self::NotIndexed => f.write_str("the node has not indexed this message"),
        }
    }
}

impl core::error::Error for ProofError {}

impl Hint for ProofError {
    fn hint(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::NoMessage(_) => "ask at a later block, or for a smaller index",
            Self::NotIndexed => {
                "ask a validator or an archive that has executed the block of the message: the index is \
                 written then, and cannot be made later"
            }
        })
    }
}
