//! What a node of the sidechain has to prove a block to Ethereum, verified by the light client's rules.

use talka_client::{
    beefy::{SignedBlock, ValidatorKeys},
    BlockHash, Error, Transient,
};
use talka_ethereum::{signature::address_of, Address, Import};
use talka_primitives::BlockNumber;

use crate::{
    beefy::{assemble, check, Known, Leaf, Signed, Unproven},
    error::BridgeError,
    talka::Talka,
};

/// The newest block that validators have signed, as a node says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub block: BlockNumber,
    /// The number of the set that has signed it.
    pub set: u64,
    /// The block before it, whose outbox its leaf has.
    pub parent: BlockHash,
}

/// The newest signed block that the node has heard of, if it has heard of one since it was started.
pub(crate) async fn head(talka: &Talka) -> Result<Option<Head>, BridgeError> {
    let Some(block) = talka.within(talka.client().signed_head()).await? else { return Ok(None) };
    let leaf = leaf(talka, block.number).await?;
    let set = leaf.set().ok_or_else(|| unproven(talka, Unproven::Unreadable("the leaf")))?;
    Ok(Some(Head { block: block.number, set, parent: leaf.parent_hash.into() }))
}

/// The leaf of a block, as the node says.
pub(crate) async fn leaf(talka: &Talka, block: BlockNumber) -> Result<Leaf, BridgeError> {
    let proof = talka.within(talka.client().leaf_proof(block)).await?;
    let leaf = Leaf::decode(&proof.leaf).map_err(|why| unproven(talka, why))?;
    match leaf.parent.checked_add(1) == Some(block) {
        true => Ok(leaf),
        false => Err(unproven(talka, Unproven::NotTheNewestLeaf { block, parent: leaf.parent })),
    }
}

/// The first block that a set signs: between one that an earlier set has signed, and one of this set or a later one.
pub(crate) async fn first_of(
    talka: &Talka,
    set: u64,
    earlier: BlockNumber,
    later: BlockNumber,
) -> Result<BlockNumber, BridgeError> {
    let (mut before, mut after) = (earlier, later);
    while let Some(middle) = between(before, after) {
        match leaf(talka, middle).await?.set() {
            Some(signs) if signs >= set => after = middle,
            _ => before = middle,
        }
    }
    Ok(after)
}

/// A block between two, about in the middle; nothing where they are neighbours.
fn between(before: BlockNumber, after: BlockNumber) -> Option<BlockNumber> {
    let distance = after.saturating_sub(before);
    (distance > 1).then(|| before + distance / 2)
}

/// All that proves a signed block, if the light client will take it.
pub(crate) async fn import(
    talka: &Talka,
    known: &Known,
    block: BlockNumber,
) -> Result<(Import, Leaf), BridgeError> {
    let kept = kept(talka, block).await?;
    let signed = match &kept.justification {
        Some(bytes) => Signed::decode(bytes).map_err(|why| unproven(talka, why))?,
        None => return Err(has_no("justification", block)),
    };
    let validators = validators(talka, &kept).await?;
    let proof = talka.within(talka.client().leaf_proof(block)).await?;
    let import = assemble(&signed, &validators, proof.leaf, proof.items);
    let leaf = check(known, &import).map_err(|why| unproven(talka, why))?;
    Ok((import, leaf))
}

/// What the node has of a block.
pub(crate) async fn kept(talka: &Talka, block: BlockNumber) -> Result<SignedBlock, BridgeError> {
    let kept = talka.within(talka.client().signed_block(block)).await?;
    kept.ok_or_else(|| has_no("header", block))
}

fn has_no(what: &str, block: BlockNumber) -> BridgeError {
    Error::from(Transient::Node(format!("it has no {what} of block {block}"))).into()
}

/// The addresses of those that sign a block, as the node says. A key that has none stands in the set as address 0.
pub(crate) async fn validators(talka: &Talka, kept: &SignedBlock) -> Result<Vec<Address>, BridgeError> {
    // The first block of a session names who signs it. Others are recent, so that the node has their state.
    let ValidatorKeys { keys, .. } = match &kept.validators {
        Some(keys) => keys.clone(),
        None => talka.within(talka.client().signers_at(kept.block.hash)).await?,
    };
    Ok(keys.iter().map(|key| address_of(key).unwrap_or_default()).collect())
}

pub(crate) fn unproven(talka: &Talka, why: Unproven) -> BridgeError {
    BridgeError::Unproven { url: talka.url().into(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_halves_what_is_left_until_two_are_neighbours() {
        assert_eq!(between(10, 20), Some(15));
        assert_eq!(between(10, 12), Some(11));
        assert_eq!(between(10, 11), None);
        assert_eq!(between(10, 10), None);
        assert_eq!(between(11, 10), None);
        assert_eq!(between(0, BlockNumber::MAX), Some(BlockNumber::MAX / 2));
        for first in 11..=40 {
            let (mut before, mut after, mut asked) = (10, 40, 0);
            while let Some(middle) = between(before, after) {
                if middle >= first {
                    after = middle;
                } else {
                    before = middle;
                }
                asked += 1;
            }
            assert!(after == first && asked <= 5, "{first}: {after} after {asked}");
        }
    }
}
