//! `talka-bridge deploy`: puts light client, vault and gateway on Ethereum.
//!
//! The light client begins with the validators that have signed the newest block. That more than two thirds of them have signed
//! it is verified; that they are the validators is the node's word, so that it has to be one's own. The chain is bound to the
//! contracts by governance afterwards (`bridge.set_contracts`).

use serde::Serialize;
use talka_ethereum::{
    deploy::{all, test_token, Beginning},
    vault::Limits,
    Address, Artifacts, Ethereum, Sender, Set, Token,
};
use talka_primitives::{bridge::EthereumAddress, BlockNumber};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{
    beefy::{keyset_root, Known},
    error::BridgeError,
    options::DeployOptions,
    relay::prove::{head, import, kept, validators},
    signals::until_stopped,
    talka::Talka,
};

/// The first block that adds a leaf: the range is there from genesis on.
const FIRST_BLOCK: BlockNumber = 1;
/// The account of the chain's gateway, made as those of pallets are. Nobody has its key.
const GATEWAY: &[u8; 12] = b"modltlk/gate";

/// What was deployed, as it is written to standard output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Out {
    chain_id: u64,
    token: EthereumAddress,
    client: EthereumAddress,
    vault: EthereumAddress,
    gateway: EthereumAddress,
    /// The block from which on the vault can have said something: for `attest --from-block`.
    from_block: u64,
    /// The number of the set that the light client begins with.
    validator_set: u64,
}

/// Deploy, and write the addresses to standard output.
///
/// # Errors
///
/// Where nothing is signed yet, forge's folder has no contracts, or a transaction fails.
pub async fn run(options: DeployOptions) -> Result<(), BridgeError> {
    let stop = CancellationToken::new();
    until_stopped(deploy(options, stop.clone()), stop).await
}

async fn deploy(options: DeployOptions, stop: CancellationToken) -> Result<(), BridgeError> {
    let key = talka_ethereum::load_key(&options.payer.ethereum_key)?;
    let Some(talka) = Talka::connect(&options.chains.url, &stop).await? else { return Ok(()) };
    let ethereum = Ethereum::connect(&options.chains.ethereum_url).await?;
    let sender = Sender::new(&ethereum, key, options.payer.max_fee.0);
    let artifacts = Artifacts::at(&options.contracts);
    let sets = sets(&talka).await?;
    let [current, next] = &sets;
    info!(
        set = current.id,
        validators = current.length,
        next_validators = next.length,
        account = %sender.address(),
        "the light client begins with these"
    );
    // Before anything is sent: whether all of it is there.
    for contract in ["SidechainClient", "Vault", "Gateway"] {
        artifacts.bytecode(contract)?;
    }
    if options.dry_run {
        info!("light client, vault and gateway would be deployed");
        return Ok(());
    }
    let from_block = ethereum.height().await?;
    let token = token(&options, &ethereum, &sender, &artifacts).await?;
    let owner = options.owner.map_or(sender.address(), |owner| owner.0.into());
    let set = current.id;
    let begin = Beginning {
        token,
        first_block: FIRST_BLOCK,
        sets,
        account: options.account.map_or_else(nobodys, |account| account.0),
        owner,
        guardian: options.guardian.map_or(owner, |guardian| guardian.0.into()),
        limits: Limits {
            minimum_deposit: options.minimum_deposit.0,
            cap: options.cap.0,
            claim: options.claim_limit.0,
            bucket: options.bucket.0,
        },
    };
    let deployed = all(&sender, &artifacts, &begin).await?;
    let out = Out {
        chain_id: ethereum.chain(),
        token: known(token),
        client: known(deployed.client),
        vault: known(deployed.vault),
        gateway: known(deployed.gateway),
        from_block,
        validator_set: set,
    };
    println!("{}", serde_json::json!(out));
    Ok(())
}

/// The sets that the light client begins with: the one that has signed the newest block, and the one after it.
async fn sets(talka: &Talka) -> Result<[Set; 2], BridgeError> {
    let head = head(talka).await?.ok_or(BridgeError::NothingSigned)?;
    let validators = validators(talka, &kept(talka, head.block).await?).await?;
    let root = keyset_root(&validators).into();
    let current = Set { id: head.set, length: validators.len() as u32, root };
    let unknown = Set { id: head.set.saturating_add(1), length: 0, root: Default::default() };
    let begin = Known {
        first_block: FIRST_BLOCK,
        latest_block: FIRST_BLOCK - 1,
        current: current.clone(),
        next: unknown,
    };
    let (_, leaf) = import(talka, &begin, head.block).await?;
    let next = Set { id: leaf.next_set, length: leaf.next_length, root: leaf.next_root.into() };
    Ok([current, next])
}

/// The token that is named, or one for tests with some of it for who deploys.
async fn token(
    options: &DeployOptions,
    ethereum: &Ethereum,
    sender: &Sender,
    artifacts: &Artifacts,
) -> Result<Address, BridgeError> {
    if let Some(token) = options.token {
        return Ok(token.0.into());
    }
    let token = Token::at(ethereum, test_token(sender, artifacts).await?);
    let amount = options.test_token.map_or(0, |amount| amount.0);
    sender.send(&token.mint(sender.address(), amount)).await?;
    Ok(token.address())
}

fn nobodys() -> [u8; 32] {
    let mut account = [0; 32];
    account[..GATEWAY.len()].copy_from_slice(GATEWAY);
    account
}

fn known(address: Address) -> EthereumAddress {
    EthereumAddress(address.into_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_for_programs() {
        let address = known(Address::from([0xab; 20]));
        let out = Out {
            chain_id: 1,
            token: address,
            client: address,
            vault: address,
            gateway: address,
            from_block: 7,
            validator_set: 3,
        };
        let json = serde_json::json!(out);
        assert_eq!(
            (&json["chainId"], &json["fromBlock"], &json["validatorSet"]),
            (&1.into(), &7.into(), &3.into())
        );
        assert_eq!(json["vault"].as_str().map(str::len), Some(42));
    }

    #[test]
    fn the_account_of_the_gateway_is_no_ones() {
        let account = nobodys();
        assert!(account.starts_with(b"modltlk/gate") && account.ends_with(&[0; 20]));
    }
}
