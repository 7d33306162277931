//! Money.

use talka_primitives::Balance;

use crate::{
    account::{Account, Receipt},
    api,
    error::Error,
    AccountId,
};

pub use crate::snapshot::Funds;

/// Calls about money.
#[derive(Clone, Copy, Debug)]
pub struct Balances<'a>(&'a Account);

impl Account {
    /// Calls about money.
    pub fn balances(&self) -> Balances<'_> {
        Balances(self)
    }
}

impl Balances<'_> {
    /// Send TLK to somebody. Refused where the sender's account would fall below the least balance.
    pub async fn transfer(&self, to: AccountId, amount: Balance) -> Result<Receipt, Error> {
        self.0.send(&api::tx().balances().transfer_keep_alive(to.into(), amount)).await
    }

    /// What [`Self::transfer`] costs in fees now, in units of TLK.
    pub async fn transfer_fee(&self, to: AccountId, amount: Balance) -> Result<Balance, Error> {
        self.0.fee(&api::tx().balances().transfer_keep_alive(to.into(), amount)).await
    }

    /// Send somebody all that can be spent, and say how much it was, in units of TLK. An account of which nothing is held
    /// ends by it.
    pub async fn transfer_all(&self, to: AccountId) -> Result<(Balance, Receipt), Error> {
        let receipt = self.0.send(&api::tx().balances().transfer_all(to.into(), false)).await?;
        let amount = receipt.find::<api::balances::events::Transfer>()?.amount;
        Ok((amount, receipt))
    }

    /// What [`Self::transfer_all`] costs in fees now, in units of TLK.
    pub async fn transfer_all_fee(&self, to: AccountId) -> Result<Balance, Error> {
        self.0.fee(&api::tx().balances().transfer_all(to.into(), false)).await
    }
}
