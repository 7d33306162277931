//! The bridge to Ethereum: attestations, deposits, withdrawals, and proofs of what Ethereum is told.

use subxt::{rpcs::rpc_params, utils::Static};
use talka_primitives::{
    bridge::{Attestation, AttesterView, BridgeState, Deposit, EthereumAddress, OutboxProof},
    Balance,
};

use crate::{
    account::{Account, Receipt},
    api::{self, bridge::events},
    client::{rpc_error, BlockHash, Client},
    error::{Error, Fatal},
    snapshot::{plain, Snapshot},
    AccountId,
};

/// What nodes answer that have no proof of a message: there is no such message, or it was not indexed.
const NO_PROOF: [i32; 2] = [10_010, 10_011];

/// Calls of the bridge.
#[derive(Clone, Copy, Debug)]
pub struct Bridge<'a>(&'a Account);

impl Account {
    /// Calls about the bridge to Ethereum.
    pub fn bridge(&self) -> Bridge<'_> {
        Bridge(self)
    }
}

impl Bridge<'_> {
    /// Attest to the deposits on Ethereum, as a validator or for one. Costs nothing where it counts.
    pub async fn attest(&self, attestation: Attestation) -> Result<Receipt, Error> {
        self.0.send(&api::tx().bridge().attest(attestation.into())).await
    }

    /// Credit deposits, from the next one on up to exactly an accepted number; at most
    /// [`MAX_AHEAD`](talka_primitives::bridge::MAX_AHEAD). Costs nothing where they are credited.
    pub async fn credit(&self, deposits: Vec<Deposit>) -> Result<Receipt, Error> {
        self.0.send(&api::tx().bridge().credit(deposits.into_iter().map(Static).collect())).await
    }

    /// Credit what is parked for an account, this one or another.
    pub async fn claim_parked(&self, who: AccountId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().bridge().claim_parked(who)).await
    }

    /// Withdraw to Ethereum, where the vault pays the amount: the tip out of it to who claims it. The price of a message is paid
    /// beside it. Gives the place of the message in the outbox.
    pub async fn withdraw(
        &self,
        to: EthereumAddress,
        amount: Balance,
        tip: Balance,
    ) -> Result<(u32, Receipt), Error> {
        let receipt = self.0.send(&api::tx().bridge().withdraw(to.into(), amount, tip)).await?;
        let index = receipt.find::<events::Withdrawn>()?.index;
        Ok((index, receipt))
    }

    /// What [`Self::withdraw`] costs in fees now, beside the price of a message, in units of TLK.
    pub async fn withdraw_fee(
        &self,
        to: EthereumAddress,
        amount: Balance,
        tip: Balance,
    ) -> Result<Balance, Error> {
        self.0.fee(&api::tx().bridge().withdraw(to.into(), amount, tip)).await
    }

    /// Name the account that attests for this one, or take it back. What was attested for it counts no more.
    pub async fn set_attester(&self, key: Option<AccountId>) -> Result<Receipt, Error> {
        self.0.send(&api::tx().bridge().set_attester(key)).await
    }
}

impl Snapshot {
    /// How far the bridge to Ethereum is.
    pub async fn bridge_state(&self) -> Result<BridgeState, Error> {
        self.ask(api::runtime_apis().bridge_api().bridge_state()).await.map(plain)
    }

    /// The validators with a seat, in its order, and what they have attested to lately.
    pub async fn attesters(&self) -> Result<Vec<AttesterView<AccountId>>, Error> {
        let attesters = self.ask(api::runtime_apis().bridge_api().attesters()).await?;
        Ok(attesters.into_iter().map(plain).collect())
    }

    /// What is parked for an account, in units of TLK.
    pub async fn parked(&self, account: AccountId) -> Result<Balance, Error> {
        let address = api::storage().bridge().parked();
        let value = self.inner().storage().try_fetch(address, (account,)).await.map_err(Error::subxt)?;
        value.map_or(Ok(0), |value| value.decode().map_err(Error::subxt))
    }
}

impl Client {
    /// A message in the outbox with its proof, under the root that the outbox has at the end of a block, which the leaf of the
    /// next block tells; of the best block where none is named. Nodes that index can tell: validators and archives.
    pub async fn outbox_proof(&self, index: u32, at: Option<BlockHash>) -> Result<OutboxProof, Error> {
        let asked = self.rpc.request("bridge_outboxProof", rpc_params![index, at]).await;
        asked.map_err(|error| match error {
            subxt::rpcs::Error::User(refused) if NO_PROOF.contains(&refused.code) => {
                Fatal::NoProof(refused.message).into()
            }
            other => rpc_error(other),
        })
    }
}
