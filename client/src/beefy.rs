//! Finality for other chains, as a node keeps it: what validators have signed with BEEFY, and leaves of the range.
//!
//! Nothing of it is verified here: who takes it to another chain verifies it before.

use codec::{Decode, DecodeAll as _};
use serde::Deserialize;
use subxt::{
    config::substrate::DigestItem,
    rpcs::{methods::legacy::Bytes, rpc_params},
};
use talka_primitives::BlockNumber;

use crate::{
    client::{rpc_error, BlockHash, BlockId, Client},
    error::{Error, Transient},
};

/// How BEEFY calls itself in headers and justifications.
const ENGINE: [u8; 4] = *b"BEEF";
/// The entry of a header that names the validators who sign from it on.
const VALIDATORS_CHANGE: u8 = 1;
/// Bytes of a validator's public key.
const KEY: usize = 33;

/// The public keys of a validator set, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub struct ValidatorKeys {
    /// The keys, compressed.
    pub keys: Vec<[u8; KEY]>,
    /// The number of the set.
    pub set: u64,
}

/// A block, as BEEFY sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBlock {
    /// The block.
    pub block: BlockId,
    /// The block before it.
    pub parent: BlockHash,
    /// What validators have signed of it, in SCALE; nothing where that is not kept, or not signed.
    pub justification: Option<Vec<u8>>,
    /// Who signs from this block on, where it begins a session.
    pub validators: Option<ValidatorKeys>,
}

/// The leaf that a block has added, and what proves that it is the newest of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafProof {
    /// The leaf, in SCALE.
    pub leaf: Vec<u8>,
    /// How many leaves the range has.
    pub leaves: u64,
    /// The nodes beside the way.
    pub items: Vec<[u8; 32]>,
}

/// What `mmr_generateProof` answers.
#[derive(Deserialize)]
struct Answer {
    leaves: Bytes,
    proof: Bytes,
}

/// The proof in it.
#[derive(Decode)]
struct Proof {
    _places: Vec<u64>,
    leaves: u64,
    items: Vec<[u8; 32]>,
}

impl Client {
    /// The newest block that enough validators have signed, as far as the node has heard since it was started; nothing before
    /// it has.
    pub async fn signed_head(&self) -> Result<Option<BlockId>, Error> {
        match self.rpc.request::<BlockHash>("beefy_getFinalizedHead", rpc_params![]).await {
            Ok(hash) => Ok(Some(BlockId { number: self.number_of(hash).await?, hash })),
            // It says that it is not ready.
            Err(subxt::rpcs::Error::User(_)) => Ok(None),
            Err(other) => Err(rpc_error(other)),
        }
    }

    /// What the node has of a block for other chains; nothing where it has no such block.
    pub async fn signed_block(&self, number: BlockNumber) -> Result<Option<SignedBlock>, Error> {
        let Some(block) = self.block_at(number).await? else { return Ok(None) };
        let Some(details) = self.methods.chain_get_block(Some(block.hash)).await.map_err(rpc_error)? else {
            return Ok(None);
        };
        let header = details.block.header;
        let justifications = details.justifications.unwrap_or_default();
        let justification =
            justifications.into_iter().find(|(engine, _)| *engine == ENGINE).map(|(_, bytes)| bytes);
        let validators = header.digest.logs.iter().find_map(named);
        Ok(Some(SignedBlock { block, parent: header.parent_hash, justification, validators }))
    }

    /// The leaf that a block has added to the range, and what proves that it is the newest of the range as of this block.
    pub async fn leaf_proof(&self, number: BlockNumber) -> Result<LeafProof, Error> {
        let nonsense =
            |what: &str| Error::from(Transient::Node(format!("its proof of block {number} {what}")));
        let asked = self.rpc.request("mmr_generateProof", rpc_params![[number], number]);
        let answer: Answer = asked.await.map_err(rpc_error)?;
        let leaves = Vec::<Vec<u8>>::decode_all(&mut &answer.leaves.0[..]);
        let proof = Proof::decode_all(&mut &answer.proof.0[..]).map_err(|_| nonsense("cannot be read"))?;
        let mut leaves = leaves.map_err(|_| nonsense("has leaves that cannot be read"))?;
        match (leaves.pop(), leaves.is_empty()) {
            (Some(leaf), true) => Ok(LeafProof { leaf, leaves: proof.leaves, items: proof.items }),
            _ => Err(nonsense("is not of one leaf")),
        }
    }

    /// The validators that sign at a block, of which the node needs the state.
    pub async fn signers_at(&self, block: BlockHash) -> Result<ValidatorKeys, Error> {
        let answer = self.methods.state_call("BeefyApi_validator_set", None, Some(block)).await;
        let keys = Option::<ValidatorKeys>::decode_all(&mut &answer.map_err(rpc_error)?[..]);
        let none = || Transient::Node(format!("it names no validators at block {block:?}"));
        Ok(keys.ok().flatten().ok_or_else(none)?)
    }
}

/// The validators that an entry of a header names.
fn named(entry: &DigestItem) -> Option<ValidatorKeys> {
    let DigestItem::Consensus(ENGINE, bytes) = entry else { return None };
    match bytes.split_first()? {
        (&VALIDATORS_CHANGE, mut keys) => ValidatorKeys::decode_all(&mut keys).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode as _;

    #[test]
    fn the_header_of_a_session_names_who_signs() {
        let keys = vec![[2; KEY], [3; KEY]];
        let change = (VALIDATORS_CHANGE, keys.clone(), 7u64).encode();
        let expected = Some(ValidatorKeys { keys, set: 7 });
        assert_eq!(named(&DigestItem::Consensus(ENGINE, change.clone())), expected);
        // Another engine's, another entry, one that is cut off, and what follows it.
        assert_eq!(named(&DigestItem::Consensus(*b"BABE", change.clone())), None);
        assert_eq!(named(&DigestItem::PreRuntime(ENGINE, change.clone())), None);
        let root = (3u8, [4u8; 32]).encode();
        assert_eq!(named(&DigestItem::Consensus(ENGINE, root)), None);
        for wrong in [&change[..change.len() - 1], &[&change[..], &[0]].concat(), &[]] {
            assert_eq!(named(&DigestItem::Consensus(ENGINE, wrong.to_vec())), None);
        }
    }
}
