//! The light client of the sidechain.

use alloy::{
    primitives::{Address, Bytes, B256, U256},
    sol_types::SolCall as _,
};

use crate::{
    abi::{self, SidechainClient as Calls},
    client::{At, Ethereum},
    error::EthereumError,
    send::Transaction,
};

/// A validator set as the contract knows it.
pub type Set = abi::ValidatorSet;

/// The light client at an address.
#[derive(Clone, Debug)]
pub struct SidechainClient {
    ethereum: Ethereum,
    address: Address,
}

/// A block of the sidechain with all that proves it, as the contract takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What was signed, 48 bytes.
    pub commitment: Vec<u8>,
    /// All addresses of the set that has signed, in its order.
    pub validators: Vec<Address>,
    /// Bit i stands for validator i.
    pub signers: U256,
    /// Those of the signers, in their order, 65 bytes each.
    pub signatures: Vec<u8>,
    /// The leaf that the block has added, 113 bytes.
    pub leaf: Vec<u8>,
    /// That it is the newest.
    pub proof: Vec<B256>,
}

impl SidechainClient {
    /// The contract at an address. Whether there is one shows when it is asked.
    pub fn at(ethereum: &Ethereum, address: Address) -> Self {
        Self { ethereum: ethereum.clone(), address }
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The first block that added a leaf.
    pub async fn first_block(&self) -> Result<u32, EthereumError> {
        self.ethereum.call(self.address, &Calls::FIRST_MMR_BLOCKCall {}, At::Latest).await
    }

    /// The newest block that was imported.
    pub async fn latest_block(&self) -> Result<u32, EthereumError> {
        self.ethereum.call(self.address, &Calls::latestBlockCall {}, At::Latest).await
    }

    /// The set that signs now, and the one after it.
    pub async fn sets(&self) -> Result<[Set; 2], EthereumError> {
        let current = self.ethereum.call(self.address, &Calls::currentSetCall {}, At::Latest).await?;
        let next = self.ethereum.call(self.address, &Calls::nextSetCall {}, At::Latest).await?;
        Ok([current, next])
    }

    /// The newest root of the outbox; zero before the first message.
    pub async fn outbox_root(&self) -> Result<B256, EthereumError> {
        self.ethereum.call(self.address, &Calls::outboxRootCall {}, At::Latest).await
    }

    /// Whether proofs that lead to this root are taken.
    pub async fn is_recent(&self, root: B256) -> Result<bool, EthereumError> {
        self.ethereum.call(self.address, &Calls::isRecentOutboxRootCall { root }, At::Latest).await
    }

    /// Import a newer block.
    pub fn import(&self, block: u32, import: &Import) -> Transaction {
        let call = Calls::importCommitmentCall {
            commitment: import.commitment.clone().into(),
            validators: import.validators.clone(),
            signers: import.signers,
            signatures: import.signatures.clone().into(),
            leaf: import.leaf.clone().into(),
            proof: import.proof.clone(),
        };
        Transaction {
            to: Some(self.address),
            data: Bytes::from(call.abi_encode()),
            what: format!("import block {block}"),
        }
    }
}
