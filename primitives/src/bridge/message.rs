//! What the chain tells Ethereum, and the leaf of each message in the [outbox](super::outbox).
//!
//! A leaf is the hash of a fixed number of bytes: 140 for a withdrawal, 190 for a result; `contracts/README.md` lists them. It
//! names its chain, its contract and its own place, so that it is good for one place only. Numbers are big-endian.

use serde::{Deserialize, Serialize};

use super::{json, keccak_256, uint256, word, Contracts, EthereumAddress, Hash};
use crate::{apply, audit::Assurance, id::Digest, unit::Balance};

/// First word of a withdrawal's leaf.
const WITHDRAWAL: Hash = word("talka/withdrawal/1");

/// First word of a result's leaf.
const RESULT: Hash = word("talka/result/1");

/// Tokens that leave the chain: the vault pays them.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Its place in the outbox.
    pub index: u32,
    /// Who receives them.
    pub to: EthereumAddress,
    /// What the vault pays, the tip included, in units of TLK.
    #[serde(with = "json::amount")]
    pub amount: Balance,
    /// The part of it for who claims, in units of TLK.
    #[serde(with = "json::amount")]
    pub tip: Balance,
}

impl Withdrawal {
    /// Its leaf, for a vault on a chain of this number.
    pub fn leaf(&self, chain_id: u64, vault: EthereumAddress) -> Hash {
        let Self { index, to, amount, tip } = self;
        keccak_256(
            &[
                WITHDRAWAL.as_slice(),
                &uint256(chain_id),
                &vault.0,
                &index.to_be_bytes(),
                &to.0,
                &amount.to_be_bytes(),
                &tip.to_be_bytes(),
            ]
            .concat(),
        )
    }
}

/// How the task of a request ended.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Outcome {
    /// It has a result.
    Completed,
    /// It has none; what was not spent comes back by a withdrawal.
    Failed,
}

/// The answer to a request, but for its place in the outbox.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub struct ResultBody {
    /// The request's identifier, as the gateway computes it.
    #[serde(with = "json::word")]
    pub call: Hash,
    /// How the task ended.
    pub outcome: Outcome,
    /// What stands behind the result.
    pub assurance: Assurance,
    /// The upper bound on the share of wrong results of the category, in millionths.
    pub error_bound: u32,
    /// Digest of the result's manifest; zeros where there is none.
    #[serde(with = "json::digest")]
    pub digest: Digest,
    /// Keccak-256 of what the app has written for the contract.
    #[serde(with = "json::word")]
    pub payload_hash: Hash,
}

/// The answer to a request.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub struct ResultMessage {
    /// Its place in the outbox.
    pub index: u32,
    /// What it says.
    pub body: ResultBody,
}

impl ResultMessage {
    /// Its leaf, for a gateway on a chain of this number.
    pub fn leaf(&self, chain_id: u64, gateway: EthereumAddress) -> Hash {
        let ResultBody { call, outcome, assurance, error_bound, digest, payload_hash } = &self.body;
        keccak_256(
            &[
                RESULT.as_slice(),
                &uint256(chain_id),
                &gateway.0,
                &self.index.to_be_bytes(),
                call,
                &[*outcome as u8],
                &[*assurance as u8],
                &error_bound.to_be_bytes(),
                &digest.0,
                payload_hash,
            ]
            .concat(),
        )
    }
}

/// A message in the outbox.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Message {
    /// The vault pays it.
    Withdrawal(Withdrawal),
    /// The gateway hands it on.
    Result(ResultMessage),
}

impl Message {
    /// Its place in the outbox.
    pub fn index(&self) -> u32 {
        match self {
            Self::Withdrawal(message) => message.index,
            Self::Result(message) => message.index,
        }
    }

    /// Its leaf.
    pub fn leaf(&self, contracts: &Contracts) -> Hash {
        match self {
            Self::Withdrawal(message) => message.leaf(contracts.chain_id, contracts.vault),
            Self::Result(message) => message.leaf(contracts.chain_id, contracts.gateway),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::{Decode, Encode};
    use proptest::prelude::*;

    fn assurance() -> impl Strategy<Value = Assurance> {
        use Assurance::*;
        prop::sample::select(vec![Unverified, Unaudited, Internal, Replicated, Adjudicated])
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        prop::sample::select(vec![Outcome::Completed, Outcome::Failed])
    }

    prop_compose! {
        fn withdrawal()(
            index in any::<u32>(), to in any::<[u8; 20]>(), amount in any::<u128>(), tip in any::<u128>()
        ) -> Withdrawal {
            Withdrawal { index, to: EthereumAddress(to), amount, tip }
        }
    }

    prop_compose! {
        fn result()(
            index in any::<u32>(), call in any::<Hash>(), outcome in outcome(), assurance in assurance(),
            error_bound in any::<u32>(), digest in any::<Hash>(), payload_hash in any::<Hash>()
        ) -> ResultMessage {
            let digest = Digest(digest);
            let body = ResultBody { call, outcome, assurance, error_bound, digest, payload_hash };
            ResultMessage { index, body }
        }
    }

    fn message() -> impl Strategy<Value = Message> {
        prop_oneof![withdrawal().prop_map(Message::Withdrawal), result().prop_map(Message::Result)]
    }

    const CONTRACTS: Contracts =
        Contracts { chain_id: 1, vault: EthereumAddress([1; 20]), gateway: EthereumAddress([2; 20]) };

    proptest! {
        #[test]
        fn have_the_same_leaf_only_where_they_are_the_same(one in message(), other in message()) {
            prop_assert_eq!(one == other, one.leaf(&CONTRACTS) == other.leaf(&CONTRACTS));
        }

        #[test]
        fn have_another_leaf_for_another_contract_or_chain(one in message()) {
            let leaf = one.leaf(&CONTRACTS);
            let other = EthereumAddress([3; 20]);
            prop_assert_ne!(leaf, one.leaf(&Contracts { chain_id: 2, ..CONTRACTS }));
            prop_assert_ne!(leaf, one.leaf(&Contracts { vault: other, gateway: other, ..CONTRACTS }));
        }

        #[test]
        fn are_read_as_they_were_written(one in message()) {
            prop_assert_eq!(Message::decode(&mut &one.encode()[..]), Ok(one));
            let json = serde_json::to_string(&one).unwrap();
            prop_assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), one);
        }
    }

    #[test]
    fn are_written_for_programs_of_ethereum() {
        let one = Withdrawal { index: 7, to: EthereumAddress([0; 20]), amount: u128::MAX, tip: 1 };
        let json = serde_json::to_value(Message::Withdrawal(one)).unwrap();
        let amount = "340282366920938463463374607431768211455";
        let to = "0x0000000000000000000000000000000000000000";
        let expected = serde_json::json!({ "index": 7, "to": to, "amount": amount, "tip": "1" });
        assert_eq!(json, serde_json::json!({ "Withdrawal": expected }));
    }
}
