//! What a contract orders: the message that comes with its deposit.

use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeAll, Encode};
use serde::{Deserialize, Serialize};
use sp_runtime::BoundedVec;

use crate::{
    bridge::EthereumAddress,
    deal::{Arguments, Parameters},
    id::{AppId, CategoryId, DatasetId, PoolId},
    matching::Request,
    text::Text,
    unit::{Balance, BlockNumber, Trust},
};

/// The layout of the message that this chain reads.
pub const VERSION: u8 = 1;

/// Most bytes of a message that is an order: 16 arguments of 256 bytes, a parameter of 64.
pub const MAX_MESSAGE: u32 = 1 + 20 + 4 + 5 + 5 + 1 + 4 + 1 + 16 * (2 + 256) + 2 + 64;

/// One task at published prices, as a contract on Ethereum orders it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Order {
    /// Who is answered, and gets back what is left.
    pub requester: EthereumAddress,
    /// The app.
    pub app: AppId,
    /// The dataset that the app reads, where there is one.
    pub dataset: Option<DatasetId>,
    /// The pool whose workers execute; one of those that governance has named where there is none.
    pub pool: Option<PoolId>,
    /// The size of the task.
    pub category: CategoryId,
    /// How sure the requester wants to be.
    pub trust: Trust,
    /// The arguments of the app.
    pub arguments: Arguments,
    /// The task's own parameter: the last argument.
    pub parameter: Text<64>,
}

/// A message is no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Who has sent a message, also where the rest of it is no order. Nothing where it has another version or ends before.
pub fn requester(message: &[u8]) -> Option<EthereumAddress> {
    let (version, rest) = message.split_first()?;
    let address = rest.first_chunk::<20>()?;
    (*version == VERSION).then_some(EthereumAddress(*address))
}

impl Order {
    /// Read the message of a deposit. What an order reads from is what [`Order::message`] makes of it.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] where it has another version, something in it is too long, it is cut off, or something follows it.
    pub fn read(message: &[u8]) -> Result<Self, Unreadable> {
        let (version, mut order) = message.split_first().ok_or(Unreadable)?;
        if *version != VERSION {
            return Err(Unreadable);
        }
        Self::decode_all(&mut order).map_err(|_| Unreadable)
    }

    /// The message that carries the order.
    pub fn message(&self) -> Vec<u8> {
        (VERSION, self).encode()
    }

    /// What is requested of a pool. It may cost `most` units of TLK, and is awaited until `deadline`.
    pub fn request<AccountId>(
        self,
        pool: PoolId,
        most: Balance,
        deadline: BlockNumber,
    ) -> Request<AccountId> {
        Request {
            app: self.app,
            dataset: self.dataset,
            pool,
            category: self.category,
            trust: self.trust,
            tasks: 1,
            arguments: self.arguments,
            parameters: Parameters::List { items: BoundedVec::truncate_from(vec![self.parameter]) },
            max_price: most,
            beneficiary: None,
            deadline,
            restricted: false,
        }
    }
}
