//! The bridge to Ethereum: what both chains must agree on, byte by byte.
//!
//! `contracts/README.md` has the formats; the vectors in `contracts/test/vectors`, made by a third implementation, are what
//! contracts and this module are tested against.
//!
//! | Module | Rule |
//! |---|---|
//! | [`deposits`] | the chain of deposits on Ethereum: the accumulator after the last one proves all of them |
//! | [`attestation`] | when the validators' word on that accumulator is accepted |
//! | [`limit`] | how much of it is credited in a day |
//! | [`message`] | what the chain tells Ethereum: withdrawals and results, and the leaf of each |
//! | [`outbox`] | the tree of all messages, its root, and proofs of its leaves |

pub mod address;
pub mod attestation;
pub mod deposits;
mod json;
pub mod limit;
pub mod message;
pub mod outbox;
#[cfg(test)]
mod vectors;
pub mod view;

use serde::{Deserialize, Serialize};

use crate::apply;

pub use address::{EthereumAddress, InvalidAddress};
pub use attestation::{Attestation, Attested, MAX_AHEAD};
pub use deposits::{Deposit, MAX_MESSAGE};
pub use limit::{Bucket, Limits};
pub use message::{Message, Outcome, ResultBody, ResultMessage, Withdrawal};
pub use outbox::{Frontier, DEPTH};
pub use view::{AttesterView, BridgeState, OutboxProof, ProofError};

/// What Keccak-256 gives.
pub type Hash = [u8; 32];

/// Keccak-256, as Ethereum has it: not the SHA-3 that was standardised later.
pub fn keccak_256(bytes: &[u8]) -> Hash {
    sp_crypto_hashing::keccak_256(bytes)
}

/// The contracts on Ethereum that the chain is bound to.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Contracts {
    /// The number of their chain, as in EIP-155: 1 is Ethereum.
    pub chain_id: u64,
    /// The vault, which holds the token.
    pub vault: EthereumAddress,
    /// The gateway, through which contracts buy tasks.
    pub gateway: EthereumAddress,
}

impl Contracts {
    /// Whether they can be: a chain has a number, and the two contracts are two.
    pub fn are_sound(&self) -> bool {
        let zero = EthereumAddress::default();
        self.chain_id != 0 && self.vault != zero && self.gateway != zero && self.vault != self.gateway
    }
}

/// Text in 32 bytes, zeros behind it: how a constant of type `bytes32` has it in Solidity.
const fn word(text: &str) -> Hash {
    let (bytes, mut word, mut at) = (text.as_bytes(), [0; 32], 0);
    while at < bytes.len() {
        word[at] = bytes[at];
        at += 1;
    }
    word
}

/// A number in 32 bytes, the most significant first: how `uint256` is packed in Solidity.
fn uint256(number: u64) -> Hash {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_ethereum_does() {
        let empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        assert_eq!(hex::encode(keccak_256(b"")), empty);
    }

    #[test]
    fn knows_contracts_that_cannot_be() {
        let contracts =
            Contracts { chain_id: 1, vault: EthereumAddress([1; 20]), gateway: EthereumAddress([2; 20]) };
        assert!(contracts.are_sound());
        let zero = EthereumAddress::default();
        for unsound in [
            Contracts { chain_id: 0, ..contracts },
            Contracts { vault: zero, ..contracts },
            Contracts { gateway: zero, ..contracts },
            Contracts { gateway: contracts.vault, ..contracts },
        ] {
            assert!(!unsound.are_sound(), "{unsound:?}");
        }
    }
}
