//! The gateway: requests of contracts, and their results.

use alloy::{
    primitives::{Address, Bytes, B256, U256},
    sol_types::SolCall as _,
};

use crate::{
    abi::{self, Gateway as Calls},
    client::{At, Ethereum},
    error::EthereumError,
    send::Transaction,
};

/// The number that stands for no dataset, or any pool, in an order.
pub const NONE: u32 = u32::MAX;
/// Most bytes of a payload.
pub const MAX_PAYLOAD: usize = 4096;

/// What is bought.
pub type Order = abi::Order;
/// A result as the contract takes it.
pub type Answer = abi::Answer;

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// There is no such request.
    Unknown,
    /// It waits for its result.
    Pending,
    /// The result is there; its callback has failed, and can be tried again.
    CallbackFailed,
    /// The result is there.
    Delivered,
    /// The task has failed.
    Failed,
}

/// The gateway at an address.
#[derive(Clone, Debug)]
pub struct Gateway {
    ethereum: Ethereum,
    address: Address,
}

impl Gateway {
    /// The contract at an address. Whether there is one shows when it is asked.
    pub fn at(ethereum: &Ethereum, address: Address) -> Self {
        Self { ethereum: ethereum.clone(), address }
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The sidechain's account that pays for requests.
    pub async fn sidechain_account(&self) -> Result<B256, EthereumError> {
        self.ethereum.call(self.address, &Calls::SIDECHAIN_ACCOUNTCall {}, At::Latest).await
    }

    /// The light client that it believes.
    pub async fn client(&self) -> Result<Address, EthereumError> {
        self.ethereum.call(self.address, &Calls::clientCall {}, At::Latest).await
    }

    /// Until when it is paused, in seconds since 1970; zero where it is not.
    pub async fn paused_until(&self) -> Result<u64, EthereumError> {
        self.ethereum.call(self.address, &Calls::pausedUntilCall {}, At::Latest).await
    }

    /// The identifier of the request that a deposit carries.
    pub async fn call_id(&self, nonce: u64) -> Result<B256, EthereumError> {
        self.ethereum.call(self.address, &Calls::callIdOfCall { nonce }, At::Latest).await
    }

    /// How far a request is, and its payload, where that was to be asked for and is there.
    pub async fn result_of(&self, call_id: B256) -> Result<(Status, Bytes), EthereumError> {
        let result =
            self.ethereum.call(self.address, &Calls::resultOfCall { callId: call_id }, At::Latest).await?;
        let status = match result.status {
            0 => Status::Unknown,
            1 => Status::Pending,
            2 => Status::CallbackFailed,
            3 => Status::Delivered,
            4 => Status::Failed,
            other => {
                let cause = format!("it has no status {other}");
                return Err(EthereumError::OtherContract { address: self.address, cause });
            }
        };
        Ok((status, result.payload))
    }

    /// Buy a task for at most `max_price` units of the token, which the account has approved for the gateway. The result goes to
    /// `callback`, which gets its gas; without one it can be asked for.
    pub fn request(&self, order: Order, max_price: u128, callback: Option<(Address, u32)>) -> Transaction {
        let what = format!("request a task of app {} for at most {max_price} units", order.app);
        let (callback, gas) = callback.unwrap_or((Address::ZERO, 0));
        let call = Calls::requestCall { order, maxPrice: U256::from(max_price), callback, callbackGas: gas };
        self.transaction(call.abi_encode(), what)
    }

    /// Bring a result, with the proof that it is in the outbox and what the app has written.
    pub fn deliver(&self, answer: &Answer, proof: [B256; 32], payload: &[u8]) -> Transaction {
        let what = format!("deliver result {} of {} bytes", answer.index, payload.len());
        let call =
            Calls::deliverCall { result: answer.clone(), proof, payload: Bytes::copy_from_slice(payload) };
        self.transaction(call.abi_encode(), what)
    }

    /// Make a callback again that has failed, with at least the gas that was promised.
    pub fn retry(&self, call_id: B256, payload: &[u8], gas: u32) -> Transaction {
        let call =
            Calls::retryCall { callId: call_id, payload: Bytes::copy_from_slice(payload), gasLimit: gas };
        self.transaction(call.abi_encode(), format!("make the callback of {call_id} again"))
    }

    fn transaction(&self, data: Vec<u8>, what: String) -> Transaction {
        Transaction { to: Some(self.address), data: Bytes::from(data), what }
    }
}
