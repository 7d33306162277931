//! Money.

use talka_primitives::Balance;

use crate::{
    account::{Account, Receipt},
    api,
    error::Error,
    AccountId,
};

/// What an account has, in units of TLK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funds {
    /// It can be spent.
    pub free: Balance,
    /// It is held: bonds, payments for deals, guarantees, deposits.
    pub held: Balance,
}

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
}
