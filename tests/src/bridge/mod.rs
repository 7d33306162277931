//! The bridge to Ethereum: the contracts on a chain of the test's own, an attester beside each validator, a relayer.

mod daemon;
mod ledger;
pub mod volatility;

use std::{net::Ipv4Addr, path::Path, time::Duration};

use anyhow::{ensure, Context as _, Result};
use codec::Encode as _;
use futures::future::try_join_all;
use serde_json::Value as Json;
use subxt::dynamic::Value;
use talka_client::{amount::UNIT, AccountId, Client};
use talka_ethereum::{load_key, Address, Ethereum, Gateway, Sender, SidechainClient, Token, Vault};
use talka_primitives::{
    bridge::{Contracts, EthereumAddress},
    Balance, BlockNumber,
};
use tokio::process::Command;

use crate::{
    anvil::{Anvil, Person, GUARDIAN, HOLDER, OWNER, RELAYER},
    cluster::Plan,
    council,
    folder::Folder,
    node::Node,
    programs::{contracts, program},
    wait, Cluster, Network,
};

pub use daemon::{Daemon, Gas};
pub use ledger::Sums;

/// How many validators there are. One of them may be missing for finality, attestations and signatures.
pub const VALIDATORS: usize = 4;
/// Slots of a session: the first block of each is signed for Ethereum.
pub const SESSION: BlockNumber = 16;
/// What the holder has on Ethereum at first.
pub const HOLDING: Balance = 10_000 * UNIT;
/// How long it may take until something has crossed.
pub const PATIENCE: Duration = Duration::from_secs(150);

/// Those that attest for the validators, in their order.
const ATTESTERS: [&str; VALIDATORS] = ["Attester1", "Attester2", "Attester3", "Attester4"];
/// The account with which the relayer reports.
const REPORTER: &str = "Relayer";
/// The number of the pallet, and that of its call that names the contracts.
const SET_CONTRACTS: [u8; 2] = [50, 0];
/// The most for a unit of gas, in wei: anvil begins with one gwei.
const MAX_FEE: u128 = 50_000_000_000;

/// A network of validators as the bridge needs it.
pub fn plan() -> Plan {
    let mut plan = Plan::with_validators(VALIDATORS);
    plan.start.session_length = Some(SESSION);
    plan.start.endowed = ATTESTERS.iter().chain([&REPORTER]).map(|name| String::from(*name)).collect();
    plan
}

/// Start that network, with its files in a folder.
pub async fn network(folder: Folder) -> Result<(Cluster, Network)> {
    let cluster = Cluster::start(folder, &plan()).await?;
    cluster.until_final(0, 1, PATIENCE).await?;
    let network = Network::over(&cluster, (Ipv4Addr::LOCALHOST, 0).into()).await?;
    Ok((cluster, network))
}

/// See the module's head. All its processes end when it is dropped.
pub struct Bridge {
    /// The chain of the contracts.
    pub anvil: Anvil,
    /// A connection to it.
    pub ethereum: Ethereum,
    /// The contracts that the chain is bound to.
    pub contracts: Contracts,
    /// Where tokens are locked.
    pub vault: Vault,
    /// Where contracts buy tasks.
    pub gateway: Gateway,
    /// The light client that both believe.
    pub client: SidechainClient,
    /// The token, of which the holder has some.
    pub token: Token,
    /// The owner of the contracts.
    pub owner: Sender,
    /// The holder of tokens.
    pub holder: Sender,
    /// What attests for each validator, in their order.
    pub attesters: Vec<Daemon>,
    /// What brings finality, withdrawals and results to Ethereum.
    pub relayer: Daemon,
}

impl Bridge {
    /// Put the contracts on a chain like Ethereum, bind the network to them, and start what carries.
    pub async fn build(cluster: &Cluster, network: &Network) -> Result<Self> {
        let folder = network.folder();
        let anvil = Anvil::start(folder).await?;
        let ethereum = Ethereum::connect(&[anvil.url()]).await?;
        until_signed(&network.client).await?;
        let deployed = deploy(network, &anvil).await?;
        bind(network, deployed.contracts).await?;

        let (owner, holder) = (sender(&ethereum, OWNER, folder)?, sender(&ethereum, HOLDER, folder)?);
        let token = Token::at(&ethereum, deployed.token);
        owner.send(&token.mint(holder.address(), HOLDING)).await?;
        let attesters = attesters(cluster, network, &anvil).await?;
        let relayer = relayer(cluster, network, &anvil, &["--claim-all"])?;
        relayer.start()?;
        Ok(Self {
            contracts: deployed.contracts,
            vault: Vault::at(&ethereum, deployed.contracts.vault.0.into()),
            gateway: Gateway::at(&ethereum, deployed.contracts.gateway.0.into()),
            client: SidechainClient::at(&ethereum, deployed.client),
            anvil,
            ethereum,
            token,
            owner,
            holder,
            attesters,
            relayer,
        })
    }

    /// A relayer that is told something else, and is not running yet. It pays from the same account as the first one, which must
    /// not run beside it.
    pub fn other_relayer(&self, cluster: &Cluster, network: &Network, terms: &[&str]) -> Result<Daemon> {
        relayer(cluster, network, &self.anvil, terms)
    }

    /// All processes of `talka-bridge`.
    pub fn daemons(&self) -> impl Iterator<Item = &Daemon> {
        self.attesters.iter().chain([&self.relayer])
    }

    /// Lock tokens of the holder for an account of the network. Gives the number of the deposit.
    pub async fn deposit(&self, to: AccountId, amount: Balance) -> Result<u64> {
        Ok(self.vault.deposit(&self.holder, to.0, amount).await?.nonce)
    }

    /// Wait until a deposit is credited, or parked. Gives the best block then.
    pub async fn until_credited(
        &self,
        network: &Network,
        nonce: u64,
        patience: Duration,
    ) -> Result<BlockNumber> {
        wait::until(&format!("deposit {nonce} to be credited"), patience, || async {
            let best = network.client.best().await?;
            let credited = best.bridge_state().await?.credited.deposits;
            Ok((credited > nonce).then(|| best.block().number))
        })
        .await
        .with_context(|| self.last_words())
    }

    /// Wait until a withdrawal is paid.
    pub async fn until_claimed(&self, index: u32, patience: Duration) -> Result<()> {
        wait::until(&format!("withdrawal {index} to be paid"), patience, || async {
            // The chain may be away for a moment: that is what some tests are about.
            Ok(self.vault.is_claimed(index).await.unwrap_or(false).then_some(()))
        })
        .await
        .with_context(|| self.last_words())
    }

    /// What all processes said last, for errors.
    pub fn last_words(&self) -> String {
        self.daemons().map(Daemon::last_words).collect::<Vec<_>>().join("\n")
    }

    /// Stop all processes in good order. All of them have to end by themselves.
    pub fn stop(&self) -> Result<()> {
        self.daemons().filter(|daemon| daemon.is_running()).try_for_each(Daemon::stop)?;
        self.anvil.stop()
    }
}

/// What acts for somebody on Ethereum.
pub fn sender(ethereum: &Ethereum, person: Person, folder: &Path) -> Result<Sender> {
    let key = load_key(&format!("file:{}", person.key_file(folder)?.display()))?;
    Ok(Sender::new(ethereum, key, MAX_FEE))
}

/// The address of somebody, as the chain has it.
pub fn address(person: Person) -> Result<EthereumAddress> {
    Ok(person.address.parse()?)
}

/// Contracts that were put on the chain.
struct Deployed {
    contracts: Contracts,
    client: Address,
    token: Address,
}

impl Deployed {
    /// As `talka-bridge deploy` prints them.
    fn read(line: &[u8]) -> Result<Self> {
        let printed: Json = serde_json::from_slice(line).context("what was deployed cannot be read")?;
        let address = |name: &str| -> Result<EthereumAddress> {
            serde_json::from_value(printed[name].clone()).with_context(|| format!("no {name} was deployed"))
        };
        Ok(Self {
            contracts: Contracts {
                chain_id: printed["chainId"].as_u64().context("the chain has a number")?,
                vault: address("vault")?,
                gateway: address("gateway")?,
            },
            client: address("client")?.0.into(),
            token: address("token")?.0.into(),
        })
    }
}

async fn deploy(network: &Network, anvil: &Anvil) -> Result<Deployed> {
    let output = Command::new(program("talka-bridge")?)
        .args(["deploy", "--url", network.client.url(), "--ethereum-url", &anvil.url()])
        .args([
            "--ethereum-key",
            &key_of(OWNER, network)?,
            "--test-token",
            "0",
            "--guardian",
            GUARDIAN.address,
        ])
        .arg("--contracts")
        .arg(contracts()?)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "talka-bridge deploy: {}\n{said}", output.status);
    Deployed::read(&output.stdout)
}

/// Wait until validators have signed a block. The very first one has a range of one leaf: nobody begins with that.
async fn until_signed(client: &Client) -> Result<()> {
    wait::until("a block that is signed for Ethereum", PATIENCE, || async {
        Ok(client.signed_head().await?.filter(|head| head.number > 1).map(|_| ()))
    })
    .await
}

/// Let governance name the contracts.
async fn bind(network: &Network, contracts: Contracts) -> Result<()> {
    let named = Value::named_composite([
        ("chain_id", Value::u128(contracts.chain_id.into())),
        ("vault", Value::from_bytes(contracts.vault.0)),
        ("gateway", Value::from_bytes(contracts.gateway.0)),
    ]);
    let call = council::call("Bridge", "set_contracts", vec![("contracts", named)]);
    let encoded = [&SET_CONTRACTS[..], &contracts.encode()].concat();
    council::decide(network, council::as_root(call, &encoded)).await?;
    let bound = network.client.best().await?.bridge_state().await?.contracts;
    ensure!(bound == Some(contracts), "the chain is bound to {bound:?}");
    Ok(())
}

/// Let each validator name an attester, and start them, each at its validator's node.
async fn attesters(cluster: &Cluster, network: &Network, anvil: &Anvil) -> Result<Vec<Daemon>> {
    let mut daemons = Vec::new();
    let mut named = Vec::new();
    for (node, name) in cluster.nodes.iter().zip(ATTESTERS) {
        let (validator, attester) = (network.account(node.name())?, network.account(name)?.id());
        named.push(async move { validator.bridge().set_attester(Some(attester)).await });
        let (key, url, ethereum) = (format!("dev:{name}"), node.url(), anvil.url());
        let own = ["attest", "--key", &key, "--url", &url, "--ethereum-url", &ethereum];
        daemons.push(Daemon::new(network.folder(), &format!("{}-attester", node.name()), &own)?);
    }
    try_join_all(named).await?;
    daemons.iter().try_for_each(Daemon::start)?;
    Ok(daemons)
}

fn relayer(cluster: &Cluster, network: &Network, anvil: &Anvil, terms: &[&str]) -> Result<Daemon> {
    let urls = cluster.nodes.iter().map(Node::url).collect::<Vec<_>>().join(",");
    let (key, payer, ethereum) = (format!("dev:{REPORTER}"), key_of(RELAYER, network)?, anvil.url());
    let own = ["relay", "--key", &key, "--url", &urls, "--ethereum-url", &ethereum, "--ethereum-key", &payer];
    Daemon::new(network.folder(), "relayer", &[&own[..], terms].concat())
}

/// What names somebody's key on a command line.
pub fn key_of(person: Person, network: &Network) -> Result<String> {
    Ok(format!("file:{}", person.key_file(network.folder())?.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_deployed_is_read_as_it_is_printed() {
        let address = |byte: u8| format!("0x{}", format!("{byte:02x}").repeat(20));
        let [token, client, vault, gateway] = [1, 2, 3, 4].map(address);
        let line = serde_json::json!({
            "chainId": 31_337, "token": token, "client": client, "vault": vault, "gateway": gateway,
            "fromBlock": 7, "validatorSet": 3,
        });
        let deployed = Deployed::read(line.to_string().as_bytes()).unwrap();
        assert_eq!(deployed.contracts.chain_id, 31_337);
        assert_eq!(deployed.contracts.gateway, EthereumAddress([4; 20]));
        assert_eq!(deployed.client, Address::from([2; 20]));
        assert!(Deployed::read(b"{}").is_err() && Deployed::read(b"").is_err());
    }

    #[test]
    fn the_well_known_accounts_have_the_addresses_of_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        for person in [OWNER, GUARDIAN, HOLDER, RELAYER] {
            let source = format!("file:{}", person.key_file(folder.path()).unwrap().display());
            assert_eq!(load_key(&source).unwrap().address().to_string(), person.address, "{}", person.name);
            assert_eq!(address(person).unwrap().to_string(), person.address);
        }
    }
}
