//! Bonds.

use talka_primitives::Balance;

use crate::{
    account::{Account, Receipt},
    api,
    error::Error,
};

/// Calls of the stake pallet.
#[derive(Clone, Copy, Debug)]
pub struct Stake<'a>(&'a Account);

impl Account {
    /// Calls about bonds.
    pub fn stake(&self) -> Stake<'_> {
        Stake(self)
    }
}

impl Stake<'_> {
    /// Add to the bond.
    pub async fn bond(&self, amount: Balance) -> Result<Receipt, Error> {
        self.0.send(&api::tx().stake().bond(amount)).await
    }

    /// Take from the bond: it can be withdrawn when the unbonding period is over.
    pub async fn unbond(&self, amount: Balance) -> Result<Receipt, Error> {
        self.0.send(&api::tx().stake().unbond(amount)).await
    }

    /// Get back what has been unbonded for long enough.
    pub async fn withdraw(&self) -> Result<Receipt, Error> {
        self.0.send(&api::tx().stake().withdraw()).await
    }
}
