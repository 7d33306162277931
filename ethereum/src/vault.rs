//! The vault: deposits for the sidechain, and claims of withdrawals.

use alloy::{
    primitives::{aliases::U96, Address, Bytes, B256, U256},
    sol_types::SolCall as _,
};
use talka_primitives::bridge::{Deposit, EthereumAddress, Withdrawal};

use crate::{
    abi::{self, Vault as Calls},
    client::{address, At, Ethereum, Log},
    error::EthereumError,
    send::{Receipt, Sender, Transaction},
    token::Token,
};

/// What the vault's owner has decided, in units of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The least deposit.
    pub minimum_deposit: u128,
    /// The most that the vault holds.
    pub cap: u128,
    /// The most that one claim pays, and the largest deposit.
    pub claim: u128,
    /// The most that claims pay at once, and again in each day.
    pub bucket: u128,
}

/// A deposit as the vault has told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The deposit.
    pub deposit: Deposit,
    /// The accumulator after it, as the vault says.
    pub accumulator: [u8; 32],
    /// The block that it is in.
    pub block: u64,
}

/// A deposit that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its number.
    pub nonce: u64,
    /// What became of its transaction.
    pub receipt: Receipt,
}

/// The vault at an address.
#[derive(Clone, Debug)]
pub struct Vault {
    ethereum: Ethereum,
    address: Address,
}

impl Vault {
    /// The contract at an address. Whether there is one shows when it is asked.
    pub fn at(ethereum: &Ethereum, address: Address) -> Self {
        Self { ethereum: ethereum.clone(), address }
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The token that it locks.
    pub async fn token(&self) -> Result<Token, EthereumError> {
        let token = self.ethereum.call(self.address, &Calls::TOKENCall {}, At::Latest).await?;
        Ok(Token::at(&self.ethereum, token))
    }

    /// The light client that it believes.
    pub async fn client(&self) -> Result<Address, EthereumError> {
        self.ethereum.call(self.address, &Calls::clientCall {}, At::Latest).await
    }

    /// How many deposits there are: the number of the next one.
    pub async fn deposits(&self, at: At) -> Result<u64, EthereumError> {
        self.ethereum.call(self.address, &Calls::depositsCall {}, at).await
    }

    /// The accumulator: the hash of all deposits.
    pub async fn accumulator(&self, at: At) -> Result<[u8; 32], EthereumError> {
        let hash = self.ethereum.call(self.address, &Calls::accumulatorCall {}, at).await?;
        Ok(hash.0)
    }

    /// What is deposited and not claimed, in units of the token.
    pub async fn locked(&self) -> Result<u128, EthereumError> {
        let amount = self.ethereum.call(self.address, &Calls::lockedCall {}, At::Latest).await?;
        Ok(amount.saturating_to())
    }

    /// What claims can pay now, in units of the token.
    pub async fn available(&self) -> Result<u128, EthereumError> {
        let amount = self.ethereum.call(self.address, &Calls::availableCall {}, At::Latest).await?;
        Ok(amount.saturating_to())
    }

    /// The limits in force.
    pub async fn limits(&self) -> Result<Limits, EthereumError> {
        let limits = self.ethereum.call(self.address, &Calls::limitsCall {}, At::Latest).await?;
        Ok(Limits {
            minimum_deposit: limits.minimumDeposit.saturating_to(),
            cap: limits.cap.saturating_to(),
            claim: limits.claim.saturating_to(),
            bucket: limits.bucket.saturating_to(),
        })
    }

    /// Until when it is paused, in seconds since 1970; zero where it is not.
    pub async fn paused_until(&self) -> Result<u64, EthereumError> {
        self.ethereum.call(self.address, &Calls::pausedUntilCall {}, At::Latest).await
    }

    /// Whether the withdrawal at a place of the outbox was paid.
    pub async fn is_claimed(&self, index: u32) -> Result<bool, EthereumError> {
        self.ethereum.call(self.address, &Calls::isClaimedCall { index }, At::Latest).await
    }

    /// The deposits in these blocks, both included, in order. No other block may replace them.
    pub async fn told(&self, first: u64, last: u64) -> Result<Vec<Told>, EthereumError> {
        let logs = self.ethereum.logs::<Calls::Deposited>(self.address, first, last).await?;
        logs.iter().map(told).collect()
    }

    /// Lock tokens for an account on the sidechain, and wait until the transaction is in a block. By one transaction where the
    /// token can do that, else by an approval, unless there is one already, and the deposit.
    pub async fn deposit(&self, sender: &Sender, to: [u8; 32], amount: u128) -> Result<Made, EthereumError> {
        let token = self.token().await?;
        let at_once = token.approve_and_call(self.address, amount, to);
        let receipt = match sender.cost(&at_once).await {
            Ok(_) => sender.send(&at_once).await?,
            // The token has called the vault, and the vault has refused.
            Err(EthereumError::Refused(revert)) if !revert.name.is_empty() => return Err(revert.into()),
            Err(EthereumError::Refused(_)) => {
                if token.allowance(sender.address(), self.address).await? < amount {
                    sender.send(&token.approve(self.address, amount)).await?;
                }
                sender.send(&self.lock(to, amount)).await?
            }
            Err(problem) => return Err(problem),
        };
        let mine = receipt.logs.iter().filter(|log| log.address == self.address);
        let nonce = mine.filter_map(|log| told(log).ok()).map(|told| told.deposit.nonce).next();
        let silent =
            || EthereumError::OtherContract { address: self.address, cause: "it told no deposit".into() };
        Ok(Made { nonce: nonce.ok_or_else(silent)?, receipt })
    }

    /// Lock tokens that the account has approved for the vault.
    pub fn lock(&self, to: [u8; 32], amount: u128) -> Transaction {
        let call = Calls::depositCall { to: to.into(), amount: U256::from(amount) };
        self.transaction(call.abi_encode(), format!("deposit {amount} units"))
    }

    /// Pay a withdrawal, with the proof that it is in the outbox. The tip goes to who sends this.
    pub fn claim(&self, withdrawal: &Withdrawal, proof: [B256; 32]) -> Transaction {
        let Withdrawal { index, to, amount, tip } = *withdrawal;
        let what = format!("claim withdrawal {index} of {amount} units for {to}");
        let call =
            Calls::claimCall { withdrawal: abi::Withdrawal { index, to: address(to), amount, tip }, proof };
        self.transaction(call.abi_encode(), what)
    }

    /// Set the limits, as the vault's owner.
    ///
    /// # Errors
    ///
    /// [`EthereumError::TooMuch`] where one is more than the vault can hold.
    pub fn set_limits(&self, limits: Limits) -> Result<Transaction, EthereumError> {
        let call = Calls::setLimitsCall { newLimits: limits.try_into()? };
        Ok(self.transaction(call.abi_encode(), "set the vault's limits".into()))
    }

    fn transaction(&self, data: Vec<u8>, what: String) -> Transaction {
        Transaction { to: Some(self.address), data: Bytes::from(data), what }
    }
}

/// The deposit that a log tells.
fn told(log: &Log) -> Result<Told, EthereumError> {
    let event: Calls::Deposited = log.decode()?;
    let amount = u128::try_from(event.amount).map_err(|_| EthereumError::OtherContract {
        address: log.address,
        cause: format!("it tells a deposit of {} units", event.amount),
    })?;
    let deposit = Deposit {
        nonce: event.nonce,
        sender: EthereumAddress(event.sender.into_array()),
        to: event.to.0,
        amount,
        message: event.message.to_vec(),
    };
    Ok(Told { deposit, accumulator: event.accumulator.0, block: log.block_number.to() })
}

impl TryFrom<Limits> for abi::Limits {
    type Error = EthereumError;

    fn try_from(limits: Limits) -> Result<Self, EthereumError> {
        let part = |amount: u128| U96::try_from(amount).map_err(|_| EthereumError::TooMuch(amount));
        Ok(Self {
            minimumDeposit: part(limits.minimum_deposit)?,
            cap: part(limits.cap)?,
            claim: part(limits.claim)?,
            bucket: part(limits.bucket)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::{primitives::U64, sol_types::SolEvent as _};

    fn log(amount: U256) -> Log {
        let event = Calls::Deposited {
            nonce: 3,
            sender: Address::from([1; 20]),
            to: B256::from([2; 32]),
            amount,
            message: Bytes::from(vec![4, 5]),
            accumulator: B256::from([6; 32]),
        };
        let data = event.encode_log_data();
        Log {
            address: Address::from([7; 20]),
            topics: data.topics().to_vec(),
            data: data.data,
            block_number: U64::from(8),
            block_hash: B256::from([9; 32]),
            log_index: U64::ZERO,
        }
    }

    #[test]
    fn a_log_is_a_deposit_as_the_sidechain_reads_it() {
        let told = told(&log(U256::from(5))).unwrap();
        assert_eq!((told.block, told.accumulator), (8, [6; 32]));
        let deposit = Deposit {
            nonce: 3,
            sender: EthereumAddress([1; 20]),
            to: [2; 32],
            amount: 5,
            message: vec![4, 5],
        };
        assert_eq!(told.deposit, deposit);
    }

    #[test]
    fn what_is_no_deposit_is_an_error() {
        assert!(matches!(told(&log(U256::MAX)), Err(EthereumError::OtherContract { .. })));
        let mut other = log(U256::from(5));
        other.topics[0] = B256::ZERO;
        assert!(matches!(told(&other), Err(EthereumError::OtherContract { .. })));
        other.topics.clear();
        assert!(matches!(told(&other), Err(EthereumError::OtherContract { .. })));
    }

    #[test]
    fn limits_have_to_fit() {
        let most = u128::from(u64::MAX) << 32 | u128::from(u32::MAX);
        let limits = Limits { minimum_deposit: 1, cap: most, claim: 2, bucket: 3 };
        assert!(abi::Limits::try_from(limits).is_ok());
        let more = Limits { bucket: most + 1, ..limits };
        assert!(
            matches!(abi::Limits::try_from(more), Err(EthereumError::TooMuch(amount)) if amount == most + 1)
        );
    }
}
