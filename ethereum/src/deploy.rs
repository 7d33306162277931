//! Puts the contracts on a chain, from what forge has compiled.

use std::{
    fs,
    path::{Path, PathBuf},
};

use alloy::{
    primitives::{Address, Bytes, B256},
    sol_types::SolConstructor as _,
};
use serde::Deserialize;

use crate::{
    abi,
    error::EthereumError,
    send::{Sender, Transaction},
    sidechain::Set,
    vault::Limits,
};

/// The name of the test token in forge's folder. It has the manners of RLC, and anybody can make some.
const TEST_TOKEN: &str = "Rlc";

/// What forge has compiled: its folder `out`.
#[derive(Clone, Debug)]
pub struct Artifacts(PathBuf);

/// What there is in a file of that folder, as far as it is used.
#[derive(Deserialize)]
struct Compiled {
    bytecode: Bytecode,
}

#[derive(Deserialize)]
struct Bytecode {
    object: String,
}

/// Contracts as they were put on a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The light client.
    pub client: Address,
    /// The vault.
    pub vault: Address,
    /// The gateway.
    pub gateway: Address,
}

/// What the contracts begin with.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The token.
    pub token: Address,
    /// The first block of the sidechain that added a leaf to its range.
    pub first_block: u32,
    /// The set that signs now, and the one after it.
    pub sets: [Set; 2],
    /// The sidechain's account that pays for requests.
    pub account: [u8; 32],
    /// Who can set limits, and, after a week, another client.
    pub owner: Address,
    /// Who can pause; zero for nobody.
    pub guardian: Address,
    /// The vault's limits.
    pub limits: Limits,
}

impl Artifacts {
    /// The folder. Whether something is there shows when it is read.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// What a contract is made by, without what its constructor takes.
    pub fn bytecode(&self, contract: &str) -> Result<Vec<u8>, EthereumError> {
        let path = self.0.join(format!("{contract}.sol")).join(format!("{contract}.json"));
        read(&path).map_err(|cause| EthereumError::Artifact { path, cause })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let text = fs::read_to_string(path).map_err(|cause| cause.to_string())?;
    let compiled: Compiled = serde_json::from_str(&text).map_err(|cause| cause.to_string())?;
    let bytecode: Bytes = compiled.bytecode.object.parse().map_err(|_| "its bytecode is not complete")?;
    match bytecode.is_empty() {
        true => Err("it has no bytecode: it is an interface".into()),
        false => Ok(bytecode.to_vec()),
    }
}

/// Put a contract of forge's folder on the chain, and say where it is.
///
/// # Errors
///
/// Where forge's folder does not have it, or the transaction fails.
pub async fn deploy(
    sender: &Sender,
    artifacts: &Artifacts,
    contract: &str,
    arguments: &[u8],
) -> Result<Address, EthereumError> {
    let mut data = artifacts.bytecode(contract)?;
    data.extend_from_slice(arguments);
    let transaction = Transaction { to: None, data: data.into(), what: format!("deploy {contract}") };
    let receipt = sender.send(&transaction).await?;
    let nowhere = || EthereumError::NoContract(Address::ZERO);
    receipt.contract_address.ok_or_else(nowhere)
}

/// A token for tests: anybody can make some of it.
pub async fn test_token(sender: &Sender, artifacts: &Artifacts) -> Result<Address, EthereumError> {
    deploy(sender, artifacts, TEST_TOKEN, &[]).await
}

/// The light client, the vault and the gateway, in this order.
pub async fn all(
    sender: &Sender,
    artifacts: &Artifacts,
    begin: &Beginning,
) -> Result<Deployed, EthereumError> {
    let limits: abi::Limits = begin.limits.try_into()?;
    let [current, next] = begin.sets.clone();
    let arguments = abi::SidechainClient::constructorCall { firstMmrBlock: begin.first_block, current, next };
    let client = deploy(sender, artifacts, "SidechainClient", &arguments.abi_encode()).await?;
    let arguments = abi::Vault::constructorCall {
        token: begin.token,
        firstClient: client,
        firstOwner: begin.owner,
        firstGuardian: begin.guardian,
        firstLimits: limits,
    };
    let vault = deploy(sender, artifacts, "Vault", &arguments.abi_encode()).await?;
    let arguments = abi::Gateway::constructorCall {
        token: begin.token,
        vault,
        sidechainAccount: B256::from(begin.account),
        firstClient: client,
        firstOwner: begin.owner,
        firstGuardian: begin.guardian,
    };
    let gateway = deploy(sender, artifacts, "Gateway", &arguments.abi_encode()).await?;
    Ok(Deployed { client, vault, gateway })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifacts(content: &str) -> (tempfile::TempDir, Artifacts) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("Vault.sol")).unwrap();
        fs::write(dir.path().join("Vault.sol/Vault.json"), content).unwrap();
        let artifacts = Artifacts::at(dir.path());
        (dir, artifacts)
    }

    #[test]
    fn bytecode_is_read_from_forges_folder() {
        let (_dir, compiled) = artifacts(r#"{"abi":[],"bytecode":{"object":"0x6080","linkReferences":{}}}"#);
        assert_eq!(compiled.bytecode("Vault").unwrap(), [0x60, 0x80]);
    }

    #[test]
    fn what_cannot_be_deployed_is_an_error_that_names_the_file() {
        let unlinked = r#"{"bytecode":{"object":"0x60__$0123456789$__80"}}"#;
        for content in ["", "{}", r#"{"bytecode":{"object":"0x"}}"#, unlinked] {
            let (_dir, compiled) = artifacts(content);
            let error = compiled.bytecode("Vault").unwrap_err();
            assert!(error.to_string().contains("Vault.sol/Vault.json"), "{error}");
        }
        assert!(Artifacts::at("/nowhere").bytecode("Vault").is_err());
    }
}
