//! The money of both chains.

use std::time::Duration;

use anyhow::{ensure, Context as _, Result};
use talka_client::{snapshot::MAX_PAGE, Snapshot};
use talka_ethereum::{At, Status, B256};
use talka_primitives::{bridge::Message, Balance};

use super::Bridge;
use crate::{books::Books, wait, Network};

/// What both chains say of money when nothing is under way, in units of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// What the vault holds.
    pub locked: Balance,
    /// What is here for it.
    pub backed: Balance,
    /// What waits to be credited here.
    pub parked: Balance,
}

impl Bridge {
    /// Wait until nothing is under way: all deposits are credited, all withdrawals paid, all results delivered. The caller
    /// must not let anybody begin anything meanwhile.
    pub async fn until_settled(&self, network: &Network, patience: Duration) -> Result<()> {
        wait::until("everything to have crossed", patience, || async {
            let best = network.client.best().await?;
            // The chain may be away for a moment: that is what some tests are about.
            Ok(self.is_settled(network, &best).await.unwrap_or(false).then_some(()))
        })
        .await
        .with_context(|| self.last_words())
    }

    async fn is_settled(&self, network: &Network, best: &Snapshot) -> Result<bool> {
        Ok(self.count(network, best, 1).await? == 0)
    }

    /// How many transfers are under way: deposits, requests, messages.
    pub async fn under_way(&self, network: &Network) -> Result<u64> {
        self.count(network, &network.client.best().await?, u64::MAX).await
    }

    /// The same, at a block. No more than `enough` are looked for.
    async fn count(&self, network: &Network, at: &Snapshot, enough: u64) -> Result<u64> {
        let state = at.bridge_state().await?;
        let mut count = self.vault.deposits(At::Latest).await?.saturating_sub(state.credited.deposits);
        count += at.calls(None, MAX_PAGE).await?.items.len() as u64;
        // The newest first: it is the one that is waited for.
        for index in (0..state.messages).rev() {
            if count >= enough {
                break;
            }
            if !self.is_done(network, at, index).await? {
                count += 1;
            }
        }
        Ok(count)
    }

    async fn is_done(&self, network: &Network, at: &Snapshot, index: u32) -> Result<bool> {
        match network.client.outbox_proof(index, Some(at.block().hash)).await?.message {
            Message::Withdrawal(withdrawal) => Ok(self.vault.is_claimed(withdrawal.index).await?),
            Message::Result(result) => {
                let (status, _) = self.gateway.result_of(B256::from(result.body.call)).await?;
                Ok(status != Status::Pending)
            }
        }
    }

    /// Check that the money of both chains adds up when nothing is under way: the vault holds exactly what is here for it, and
    /// this chain has exactly that amount more than it began with.
    pub async fn adds_up(&self, network: &Network) -> Result<Sums> {
        let best = network.client.best().await?;
        let books = Books::read(network.client.url(), best.block().number).await?;
        let state = best.bridge_state().await?;
        books.check()?;
        let locked = self.vault.locked().await?;
        let held = self.token.balance(self.vault.address()).await?;
        let sums = Sums { locked, backed: state.backed, parked: state.parked };
        ensure!(held == locked, "the vault counts {locked} units, and has {held}");
        ensure!(sums.locked == sums.backed + sums.parked, "the vault does not hold what is here: {sums:?}");
        let first = network.first_books().issuance;
        ensure!(
            books.issuance == first + sums.backed,
            "there were {first} units, now {}, and {sums:?} came",
            books.issuance
        );
        Ok(sums)
    }
}
