//! The token that the vault locks: an ERC-20.

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::{SolCall as _, SolValue as _},
};

use crate::{
    abi::Token as Calls,
    client::{At, Ethereum},
    error::EthereumError,
    send::Transaction,
};

/// The token at an address.
#[derive(Clone, Debug)]
pub struct Token {
    ethereum: Ethereum,
    address: Address,
}

impl Token {
    /// The contract at an address. Whether there is one shows when it is asked.
    pub fn at(ethereum: &Ethereum, address: Address) -> Self {
        Self { ethereum: ethereum.clone(), address }
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        self.address
    }

    /// What an account has, in units of the token.
    pub async fn balance(&self, of: Address) -> Result<u128, EthereumError> {
        let amount =
            self.ethereum.call(self.address, &Calls::balanceOfCall { account: of }, At::Latest).await?;
        Ok(amount.saturating_to())
    }

    /// What a contract may take of an account, in units of the token.
    pub async fn allowance(&self, owner: Address, spender: Address) -> Result<u128, EthereumError> {
        let amount =
            self.ethereum.call(self.address, &Calls::allowanceCall { owner, spender }, At::Latest).await?;
        Ok(amount.saturating_to())
    }

    /// How many decimals an amount has.
    pub async fn decimals(&self) -> Result<u8, EthereumError> {
        self.ethereum.call(self.address, &Calls::decimalsCall {}, At::Latest).await
    }

    /// Let a contract take `amount`.
    pub fn approve(&self, spender: Address, amount: u128) -> Transaction {
        let call = Calls::approveCall { spender, amount: U256::from(amount) };
        self.transaction(call.abi_encode(), format!("approve {amount} units for {spender}"))
    }

    /// Let a contract take `amount` and tell it, with an account on the sidechain. RLC and similar tokens have this call.
    pub fn approve_and_call(&self, spender: Address, amount: u128, to: [u8; 32]) -> Transaction {
        let data = alloy::primitives::B256::from(to).abi_encode();
        let call = Calls::approveAndCallCall { spender, amount: U256::from(amount), data: data.into() };
        self.transaction(call.abi_encode(), format!("deposit {amount} units"))
    }

    /// Make tokens: of test tokens only.
    pub fn mint(&self, to: Address, amount: u128) -> Transaction {
        let call = Calls::mintCall { to, amount: U256::from(amount) };
        self.transaction(call.abi_encode(), format!("mint {amount} units for {to}"))
    }

    fn transaction(&self, data: Vec<u8>, what: String) -> Transaction {
        Transaction { to: Some(self.address), data: Bytes::from(data), what }
    }
}
