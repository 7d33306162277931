//! What the chain's state says that the client does not ask for.

use anyhow::{Context as _, Result};
use codec::Decode;
use subxt::{
    dynamic::{self, At as _, Value},
    utils::H256,
    OnlineClient, SubstrateConfig,
};
use talka_primitives::election::Rules;

/// What the council votes on.
#[derive(Clone, Copy, Debug)]
pub struct Motion {
    /// The hash of the proposal.
    pub hash: H256,
    /// Its number.
    pub index: u32,
}

/// A connection that reads storage at the head of the chain.
#[derive(Clone, Debug)]
pub struct State(OnlineClient<SubstrateConfig>);

impl State {
    /// Connect to a node. The connection does not outlive the node.
    pub async fn of(url: &str) -> Result<Self> {
        Ok(Self(OnlineClient::from_insecure_url(url).await?))
    }

    async fn value(&self, pallet: &str, item: &str) -> Result<Option<Value>> {
        let head = self.0.at_current_block().await?;
        let found = head.storage().try_fetch(dynamic::storage::<(), Value>(pallet, item), ()).await?;
        found.map(|found| found.decode().map_err(Into::into)).transpose()
    }

    async fn bytes(&self, pallet: &str, item: &str) -> Result<Vec<u8>> {
        let head = self.0.at_current_block().await?;
        let found = head.storage().try_fetch(dynamic::storage::<(), Value>(pallet, item), ()).await?;
        Ok(found.map(|found| found.into_bytes()).unwrap_or_default())
    }

    /// The session of the last final block.
    pub async fn session(&self) -> Result<u32> {
        let index = self.value("Session", "CurrentIndex").await?;
        Ok(index.and_then(|index| index.as_u128()).unwrap_or_default() as u32)
    }

    /// The places, among the validators of the session, of those whose blocks are refused.
    pub async fn disabled(&self) -> Result<Vec<u32>> {
        let list = self.value("Session", "DisabledValidators").await?;
        let places = (0..).map_while(|place| list.as_ref()?.at(place)?.at(0)?.as_u128());
        Ok(places.map(|place| place as u32).collect())
    }

    /// How elections are held.
    pub async fn rules(&self) -> Result<Rules> {
        let bytes = self.bytes("Validators", "ElectionRules").await?;
        Rules::decode(&mut &bytes[..]).context("the rules of elections cannot be read")
    }

    /// The only motion that the council has before it.
    pub async fn motion(&self) -> Result<Option<Motion>> {
        let proposals = self.bytes("Council", "Proposals").await?;
        let count = self.bytes("Council", "ProposalCount").await?;
        let hash = Vec::<[u8; 32]>::decode(&mut &proposals[..]).unwrap_or_default().first().map(H256::from);
        let count = u32::decode(&mut &count[..]).unwrap_or_default();
        Ok(hash.zip(count.checked_sub(1)).map(|(hash, index)| Motion { hash, index }))
    }

    /// What the runtime calls its version.
    pub async fn spec_version(&self) -> Result<u32> {
        Ok(self.0.at_current_block().await?.spec_version())
    }
}
