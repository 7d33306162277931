//! Against a real chain: anvil, a program that `TALKA_ANVIL` names, with the contracts in the folder `TALKA_CONTRACTS`. Without
//! both there is nothing to ask.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{json, Value};
use talka_ethereum::{
    deploy::{self, Beginning},
    keccak256, load_key,
    vault::Limits,
    Address, Artifacts, At, Ethereum, EthereumError, Sender, Set, Token, Vault, B256,
};
use talka_primitives::{
    bridge::{deposits, Attestation, Contracts, EthereumAddress, Withdrawal},
    Hint as _,
};

/// The first account of every test chain.
const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const GWEI: u128 = 1_000_000_000;
const LIMITS: Limits = Limits { minimum_deposit: 10, cap: 10_000, claim: 1_000, bucket: 2_000 };

/// A chain that ends with the test.
struct Chain {
    process: Child,
    url: String,
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Chain {
    async fn start() -> Option<(Self, Artifacts)> {
        let (program, folder) = (env::var_os("TALKA_ANVIL")?, env::var_os("TALKA_CONTRACTS")?);
        // A port that is free now. Anvil does not say which one it has chosen.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // Final is what is two blocks old.
        let process = Command::new(program)
            .args(["--port", &port.to_string(), "--slots-in-an-epoch", "1", "--silent"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let chain = Self { process, url: format!("http://127.0.0.1:{port}") };
        for _ in 0..100 {
            if Ethereum::connect(std::slice::from_ref(&chain.url)).await.is_ok() {
                return Some((chain, Artifacts::at(folder)));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("anvil does not answer at {}", chain.url);
    }

    /// Mine `blocks` more blocks.
    async fn mine(&self, blocks: u32) {
        let request =
            json!({ "jsonrpc": "2.0", "id": 1, "method": "anvil_mine", "params": [format!("{blocks:#x}")] });
        let sent = reqwest::Client::new().post(&self.url).body(request.to_string());
        let answer =
            sent.header("content-type", "application/json").send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert!(answer.get("error").is_none(), "{answer}");
    }
}

fn key(folder: &Path) -> talka_ethereum::Key {
    let path = folder.join("key");
    fs::write(&path, KEY).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    load_key(&format!("file:{}", path.display())).unwrap()
}

fn set(id: u64) -> Set {
    Set { id, length: 4, root: B256::from([5; 32]) }
}

/// A test token with some of it for the sender, and the contracts.
async fn deployed(sender: &Sender, ethereum: &Ethereum, artifacts: &Artifacts) -> (Token, Vault) {
    let token = Token::at(ethereum, deploy::test_token(sender, artifacts).await.unwrap());
    sender.send(&token.mint(sender.address(), 100_000)).await.unwrap();
    let begin = Beginning {
        token: token.address(),
        first_block: 1,
        sets: [set(0), set(1)],
        account: [9; 32],
        owner: sender.address(),
        guardian: Address::ZERO,
        limits: LIMITS,
    };
    let contracts = deploy::all(sender, artifacts, &begin).await.unwrap();
    (token, Vault::at(ethereum, contracts.vault))
}

#[tokio::test]
async fn deposits_are_read_back_as_they_were_made_and_chained() {
    let Some((chain, artifacts)) = Chain::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let ethereum = Ethereum::connect(&[chain.url.clone(), chain.url.clone()]).await.unwrap();
    let sender = Sender::new(&ethereum, key(folder.path()), 100 * GWEI);
    let (token, vault) = deployed(&sender, &ethereum, &artifacts).await;
    assert_eq!(vault.limits().await.unwrap(), LIMITS);
    assert_eq!(vault.token().await.unwrap().address(), token.address());

    for (nonce, amount) in [(0, 10), (1, 1_000), (2, 500)] {
        let made = vault.deposit(&sender, [7; 32], amount).await.unwrap();
        assert_eq!(made.nonce, nonce);
        assert!(made.receipt.gas() > 21_000 && made.receipt.wei() > 0);
    }
    assert_eq!(vault.locked().await.unwrap(), 1_510);
    assert_eq!(token.balance(sender.address()).await.unwrap(), 100_000 - 1_510);

    chain.mine(4).await;
    let end = ethereum.finalized().await.unwrap();
    let told = vault.told(0, end.number).await.unwrap();
    let amounts: Vec<_> = told.iter().map(|told| told.deposit.amount).collect();
    assert_eq!(amounts, [10, 1_000, 500]);
    let sender_is = EthereumAddress(sender.address().into_array());
    assert!(told.iter().all(|told| told.deposit.sender == sender_is && told.deposit.to == [7; 32]));

    // What the vault says is what the sidechain's rules make of it.
    let contracts = Contracts {
        chain_id: ethereum.chain(),
        vault: EthereumAddress(vault.address().into_array()),
        gateway: EthereumAddress([1; 20]),
    };
    let start = Attestation { deposits: 0, accumulator: deposits::start(&contracts) };
    let all: Vec<_> = told.iter().map(|told| told.deposit.clone()).collect();
    let after = deposits::follow(start, &all).unwrap();
    assert_eq!(after.deposits, vault.deposits(At::Block(end.number)).await.unwrap());
    assert_eq!(after.accumulator, vault.accumulator(At::Block(end.number)).await.unwrap());
    assert_eq!(after.accumulator, told[2].accumulator);
}

#[tokio::test]
async fn what_the_vault_refuses_is_not_sent_and_has_a_hint() {
    let Some((chain, artifacts)) = Chain::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let ethereum = Ethereum::connect(std::slice::from_ref(&chain.url)).await.unwrap();
    let sender = Sender::new(&ethereum, key(folder.path()), 100 * GWEI);
    let (_, vault) = deployed(&sender, &ethereum, &artifacts).await;
    let before = sender.balance().await.unwrap();
    for (amount, name) in [(9, "BelowMinimum"), (1_001, "AboveClaimLimit")] {
        let error = vault.deposit(&sender, [7; 32], amount).await.unwrap_err();
        assert!(error.revert().is_some_and(|revert| revert.is(name)), "{error}");
        assert!(!error.hint().is_empty());
    }
    let to = EthereumAddress([3; 20]);
    let withdrawal = Withdrawal { index: 0, to, amount: 10, tip: 0 };
    let error = sender.send(&vault.claim(&withdrawal, [B256::ZERO; 32])).await.unwrap_err();
    assert!(error.revert().is_some_and(|revert| revert.is("NotInOutbox")), "{error}");
    assert!(error.is_transient(), "a newer import may bring it");
    let contradictory = Limits { bucket: 1, ..LIMITS };
    let error = sender.send(&vault.set_limits(contradictory).unwrap()).await.unwrap_err();
    assert!(error.revert().is_some_and(|revert| revert.is("LimitsContradict")), "{error}");
    assert_eq!(sender.balance().await.unwrap(), before, "nothing was paid");
}

#[tokio::test]
async fn a_limit_on_fees_is_kept_and_a_wrong_address_is_told() {
    let Some((chain, artifacts)) = Chain::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let ethereum = Ethereum::connect(std::slice::from_ref(&chain.url)).await.unwrap();
    let poor = Sender::new(&ethereum, key(folder.path()), 1);
    let error = deploy::test_token(&poor, &artifacts).await.unwrap_err();
    assert!(matches!(error, EthereumError::TooExpensive { .. }), "{error}");

    let nowhere = Vault::at(&ethereum, Address::from_slice(&keccak256("nobody")[12..]));
    let error = nowhere.deposits(At::Latest).await.unwrap_err();
    assert!(matches!(error, EthereumError::NoContract(_)), "{error}");
    assert!(matches!(ethereum.is_chain(1), Err(EthereumError::OtherChain { expected: 1, .. })));
}

#[tokio::test]
async fn nodes_of_different_chains_are_not_believed() {
    let (Some((one, artifacts)), Some((other, _))) = (Chain::start().await, Chain::start().await) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let alone = Ethereum::connect(std::slice::from_ref(&one.url)).await.unwrap();
    // Without that both could be alike, block by block.
    deploy::test_token(&Sender::new(&alone, key(folder.path()), 100 * GWEI), &artifacts).await.unwrap();
    let ethereum = Ethereum::connect(&[one.url.clone(), other.url.clone()]).await.unwrap();
    one.mine(5).await;
    other.mine(7).await;
    let error = ethereum.finalized().await.unwrap_err();
    assert!(matches!(error, EthereumError::Disagreement { .. }), "{error}");
    assert!(error.to_string().contains(&one.url) && error.to_string().contains(&other.url), "{error}");
}
