//! Ethereum, as commands see it: who pays there, the contracts, and what they take as proven.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use talka_client::{Client, Error, Fatal, Tlk};
use talka_ethereum::{fees::Gwei, load_key, At, Ethereum, Key, Sender, SidechainClient, Vault, B256};
use talka_primitives::bridge::{Contracts, OutboxProof};

use crate::{error::CliError, output::VaultOut};

/// How long a transaction on Ethereum may take to get into a block.
const PATIENCE: Duration = Duration::from_secs(600);

/// An account on Ethereum that pays for gas, and where it does.
#[derive(Args, Clone, Debug)]
pub(crate) struct Payer {
    /// Ethereum node: the address of its JSON-RPC interface; several, separated by commas, have to agree
    #[arg(
        long,
        env = "TALKA_ETHEREUM_URL",
        value_name = "URL",
        value_delimiter = ',',
        default_value = "http://127.0.0.1:8545"
    )]
    pub(super) ethereum_url: Vec<String>,

    /// Key of the account on Ethereum: file:PATH, a file with 0x and 64 hexadecimal digits; never the secret itself
    // A text, because a mistyped value must not be repeated in an error: it may be a secret.
    #[arg(long, env = "TALKA_ETHEREUM_KEY", hide_env_values = true, value_name = "SOURCE")]
    ethereum_key: String,

    /// The most to pay for a unit of gas, in gwei; while it costs more, nothing is sent
    #[arg(long, env = "TALKA_MAX_FEE", value_name = "GWEI", default_value = "50")]
    max_fee: Gwei,
}

impl Payer {
    pub(super) fn key(&self) -> Result<Key, CliError> {
        Ok(load_key(&self.ethereum_key)?)
    }

    pub(super) fn sender(&self, ethereum: &Ethereum, key: Key) -> Sender {
        Sender::new(ethereum, key, self.max_fee.0).patient_for(PATIENCE)
    }
}

/// The contracts that the chain is bound to, seen through nodes of Ethereum.
pub(super) struct Side {
    pub ethereum: Ethereum,
    pub contracts: Contracts,
    pub vault: Vault,
}

impl Side {
    pub(super) async fn connect(urls: &[String], contracts: Contracts) -> Result<Self, CliError> {
        let ethereum = Ethereum::connect(urls).await?;
        ethereum.is_chain(contracts.chain_id)?;
        let vault = Vault::at(&ethereum, contracts.vault.0.into());
        Ok(Self { ethereum, contracts, vault })
    }

    /// The same, where nodes are named.
    pub(super) async fn connect_if_named(
        urls: &[String],
        contracts: Contracts,
    ) -> Result<Option<Self>, CliError> {
        match urls {
            [] => Ok(None),
            urls => Self::connect(urls, contracts).await.map(Some),
        }
    }

    /// The light client that the vault believes.
    pub(super) async fn sidechain(&self) -> Result<SidechainClient, CliError> {
        Ok(SidechainClient::at(&self.ethereum, self.vault.client().await?))
    }

    pub(super) async fn out(&self) -> Result<VaultOut, CliError> {
        let finalized = self.ethereum.finalized().await?;
        let limits = self.vault.limits().await?;
        Ok(VaultOut {
            deposits: self.vault.deposits(At::Latest).await?,
            final_deposits: self.vault.deposits(At::Block(finalized.number)).await?,
            locked: Tlk(self.vault.locked().await?),
            minimum_deposit: Tlk(limits.minimum_deposit),
            cap: Tlk(limits.cap),
            claim_limit: Tlk(limits.claim),
            claimable_now: Tlk(self.vault.available().await?),
            paused_until: pause(self.vault.paused_until().await?),
            imported_block: self.sidechain().await?.latest_block().await?,
        })
    }
}

/// The end of a pause that is not over, in seconds since 1970.
fn pause(until: u64) -> Option<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    Some(until).filter(|until| *until > now)
}

/// Whether Ethereum takes a proof of a message now.
pub(super) enum Provable {
    Yes(Box<OutboxProof>),
    NotYet {
        /// The newest block of this chain that Ethereum knows.
        imported: u32,
    },
}

/// A proof under a root that Ethereum knows: that of the last final block, where the outbox has not grown since an import; or
/// that of the block before the newest that was imported, which is what its leaf has. The node may have forgotten the latter's
/// state.
pub(super) async fn provable(client: &Client, side: &Side, index: u32) -> Result<Provable, CliError> {
    let sidechain = side.sidechain().await?;
    let imported = sidechain.latest_block().await?;
    let last = client.finalized().await?.block();
    let before = client.block_at(imported.saturating_sub(1)).await?;
    for block in [Some(last), before].into_iter().flatten() {
        let proof = match client.outbox_proof(index, Some(block.hash)).await {
            Ok(proof) => proof,
            // No such message then, or that state is gone.
            Err(Error::Fatal(Fatal::NoProof(_))) => continue,
            Err(_) if block != last => continue,
            Err(error) => return Err(error.into()),
        };
        if sidechain.is_recent(B256::from(proof.root)).await? {
            return Ok(Provable::Yes(Box::new(proof)));
        }
    }
    Ok(Provable::NotYet { imported })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_that_is_over_is_none() {
        assert_eq!((pause(0), pause(1)), (None, None));
        assert_eq!(pause(u64::MAX), Some(u64::MAX));
    }
}
