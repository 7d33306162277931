//! Calls from Ethereum: tasks that contracts have bought, and the answers to them.

use codec::Encode;
use subxt::utils::Static;
use talka_primitives::{bridge::EthereumAddress, gateway::CallView, manifest::Manifest, view::Page, CallId};

use crate::{
    account::{Account, Receipt},
    api::{self, gateway::events},
    error::Error,
    snapshot::{page, plain, Snapshot},
    AccountId,
};

/// Calls of the gateway pallet.
#[derive(Clone, Copy, Debug)]
pub struct Gateway<'a>(&'a Account);

impl Account {
    /// Calls about what contracts on Ethereum have bought.
    pub fn gateway(&self) -> Gateway<'_> {
        Gateway(self)
    }
}

impl Gateway<'_> {
    /// Answer a call whose task has ended, and have what is left of its money sent back. Gives the place of the answer in the
    /// outbox. The manifest is that of the task's result; none where it has no result. Costs nothing where it is right.
    pub async fn report(&self, call: CallId, manifest: Option<&Manifest>) -> Result<u32, Error> {
        let shown = manifest.map(Encode::encode).unwrap_or_default();
        let receipt = self.0.send(&api::tx().gateway().report(call.into(), shown)).await?;
        Ok(receipt.find::<events::Answered>()?.index)
    }

    /// Have what lies free on the account of an address sent back to it. Costs nothing where there is something.
    pub async fn sweep(&self, requester: EthereumAddress) -> Result<Receipt, Error> {
        self.0.send(&api::tx().gateway().sweep(requester.into())).await
    }
}

impl Snapshot {
    /// Calls from Ethereum that were not answered, after one of them, at most [`MAX_PAGE`](talka_primitives::view::MAX_PAGE).
    pub async fn calls(&self, after: Option<CallId>, limit: u32) -> Result<Page<CallId, CallView>, Error> {
        Ok(page(self.ask(api::runtime_apis().gateway_api().calls(after.map(Static), limit)).await?))
    }

    /// One call from Ethereum; nothing where it was answered, or never came.
    pub async fn call(&self, id: CallId) -> Result<Option<CallView>, Error> {
        Ok(self.ask(api::runtime_apis().gateway_api().call(id.into())).await?.map(plain))
    }

    /// The account that pays for what an address on Ethereum orders; nothing before the contracts are named.
    pub async fn account_of(&self, requester: EthereumAddress) -> Result<Option<AccountId>, Error> {
        self.ask(api::runtime_apis().gateway_api().account(requester.into())).await
    }
}
