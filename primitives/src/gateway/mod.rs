//! Calls from Ethereum: what a contract orders, what that may cost, and what it is answered.
//!
//! ```text
//! message  = version 1 | requester [20] | app u32 | dataset Option<u32> | pool Option<u32> | category u8 | trust u32
//!          | arguments Vec<Vec<u8>> | parameter Vec<u8>                       SCALE, as `contracts/README.md` has it
//! call     = keccak256("talka/call/1" padded to 32 | chain id 32 | gateway 20 | nonce 8)           numbers big-endian
//! account  = blake2_256("talka/ethereum" | chain id 8 | requester 20)                              numbers big-endian
//! cost     = price + audit reserve + deposit of the deal + deposit of the call + price of the answer + least balance
//! ```
//!
//! The money of a contract lies on an account of the chain that follows from its address. Nobody has a key of it: it pays for
//! what the contract has ordered, and what lies free on it goes back to the contract and nowhere else.
//!
//! A call costs at most the amount that came with it. Everything that has to be there for it is counted: also what comes back.
//! So a call never uses what came with another one.

use blake2::{digest::consts::U32, Blake2b, Digest as _};
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

use crate::{
    apply,
    bridge::{keccak_256, EthereumAddress},
    id::{CallId, CategoryId, DealId, PoolId, TaskId},
    unit::Balance,
    view::Outcome,
};

mod answer;
mod cost;
mod order;

pub use answer::{answer, Answer, WrongManifest, NOTHING_KNOWN};
pub use cost::{deadline, Cost};
pub use order::{requester, Order, Unreadable, MAX_MESSAGE, VERSION};

/// Most bytes of a payload: the contracts take no longer one.
pub const MAX_PAYLOAD: u64 = 4096;

/// First word of what a call's identifier is the hash of.
const CALL: &[u8; 12] = b"talka/call/1";

/// What the account of a contract is the hash of begins with that.
const ACCOUNT: &[u8; 14] = b"talka/ethereum";

/// Identifier of the call that the deposit with this number carries.
pub fn call_id(chain_id: u64, gateway: EthereumAddress, nonce: u64) -> CallId {
    let mut bytes = [0; 32 + 32 + 20 + 8];
    bytes[..CALL.len()].copy_from_slice(CALL);
    bytes[56..64].copy_from_slice(&chain_id.to_be_bytes());
    bytes[64..84].copy_from_slice(&gateway.0);
    bytes[84..].copy_from_slice(&nonce.to_be_bytes());
    CallId(keccak_256(&bytes))
}

/// The account of a contract, or of another caller of the gateway. Nobody has its key.
pub fn account(chain_id: u64, requester: EthereumAddress) -> [u8; 32] {
    let mut bytes = [0; ACCOUNT.len() + 8 + 20];
    bytes[..14].copy_from_slice(ACCOUNT);
    bytes[14..22].copy_from_slice(&chain_id.to_be_bytes());
    bytes[22..].copy_from_slice(&requester.0);
    blake2_256(&bytes)
}

fn blake2_256(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}

/// A call that has not been answered.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub struct PendingCall {
    /// The deposit that brought it.
    pub nonce: u64,
    /// Who is answered, and gets back what is left.
    pub requester: EthereumAddress,
    /// The deal of one task that was made for it. Nothing where none could be made, and the outbox could not take that answer.
    pub deal: Option<DealId>,
    /// The size of the task: results of one size and assurance have one bound of error.
    pub category: CategoryId,
    /// Whether the price is at least the floor of the category: the published bound is that of such results.
    pub priced: bool,
    /// What is held of the contract's account for this record, in units of TLK.
    pub deposit: Balance,
}

impl PendingCall {
    /// The only task of its deal.
    pub fn task(&self) -> Option<TaskId> {
        self.deal.map(|deal| TaskId { deal, index: 0 })
    }
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub enum Progress {
    /// Its task has not ended.
    Open,
    /// The task has ended: the call can be reported. With a result where the digest is that of the manifest that is shown.
    Ended(Outcome),
    /// There is no deal, or the chain has forgotten it before the call was reported: it can be reported, and has failed.
    Lost,
}

impl Progress {
    /// Whether the call can be reported.
    pub fn is_over(&self) -> bool {
        *self != Self::Open
    }
}

/// A call and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct CallView {
    /// The call.
    pub call: PendingCall,
    /// How far it is.
    pub progress: Progress,
}

/// Most pools that governance can name for orders that name none.
pub const MAX_POOLS: u32 = 4;

/// The pools for orders that name none, in the order in which they are asked.
pub type Pools = BoundedVec<PoolId, ConstU32<MAX_POOLS>>;

#[cfg(test)]
mod tests;
