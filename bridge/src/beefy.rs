//! What validators have signed for other chains, and whether the light client on Ethereum will believe it.
//!
//! The client's rules, once more: a transaction that it refuses costs gas, and what a node says may be wrong.
//! `contracts/test/vectors` has what both are tested against.

mod justification;
mod leaf;

use talka_ethereum::{
    signature::{signer, SIGNATURE},
    Address, Import, Set, B256, U256,
};
use talka_primitives::{
    bridge::{keccak_256, outbox::pair},
    BlockNumber,
};

pub use self::{
    justification::Signed,
    leaf::{Leaf, NEWEST},
};

/// Most validators in a set: a signer is a bit of a word.
pub const MAX_VALIDATORS: usize = 256;

/// What the light client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The first block that added a leaf.
    pub first_block: BlockNumber,
    /// The newest block that was imported.
    pub latest_block: BlockNumber,
    /// The set that signs now.
    pub current: Set,
    /// The one after it.
    pub next: Set,
}

/// Why something will not be believed. A node that says it is wrong, or behind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// It is not what it should be.
    #[error("{0} cannot be read")]
    Unreadable(&'static str),
    /// A block as new was imported before.
    #[error("block {block} is not newer than {latest}, which is imported")]
    OldBlock {
        /// The signed block.
        block: BlockNumber,
        /// The newest that was imported.
        latest: BlockNumber,
    },
    /// A session was left out, or belongs to the past.
    #[error("block {block} is signed by set {set}, and only {current} and the one after it are known")]
    UnknownSet {
        /// The signed block.
        block: BlockNumber,
        /// Who has signed.
        set: u64,
        /// The set that is known to sign.
        current: u64,
    },
    /// The keys are not those of the set.
    #[error("these are not the validators of set {0}")]
    WrongValidators(u64),
    /// Not enough have signed.
    #[error("{signers} validators have signed block {block}, and {needed} are needed")]
    TooFewSigners {
        /// The signed block.
        block: BlockNumber,
        /// Who has signed.
        signers: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A signature is not that of its validator.
    #[error("the signature of validator {0} is not its own")]
    InvalidSignature(usize),
    /// The leaf is of another block.
    #[error("the leaf has parent {parent}, and is not that of block {block}")]
    NotTheNewestLeaf {
        /// The signed block.
        block: BlockNumber,
        /// What the leaf names as parent.
        parent: BlockNumber,
    },
    /// The leaf does not lead to what was signed.
    #[error("the leaf of block {0} does not lead to the root that was signed")]
    WrongRoot(BlockNumber),
    /// The leaf names another set than the next one, or one that cannot be.
    #[error("the leaf of block {block} names set {named} as the next")]
    WrongNextSet {
        /// The signed block.
        block: BlockNumber,
        /// The set that it names.
        named: u64,
    },
}

/// How many of `validators` validators have to sign: more than two thirds.
pub fn threshold(validators: usize) -> usize {
    validators - validators.saturating_sub(1) / 3
}

/// The root of a validator set: that of a binary tree over its addresses, whose last node moves up where a row is odd.
pub fn keyset_root(validators: &[Address]) -> [u8; 32] {
    let mut row: Vec<[u8; 32]> = validators.iter().map(|address| keccak_256(address.as_slice())).collect();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|two| if let [left, right] = two { pair(left, right) } else { two[0] })
            .collect();
    }
    row.first().copied().unwrap_or_default()
}

/// Put together what the light client takes: of the valid signatures as many as are needed, for each costs gas.
pub fn assemble(signed: &Signed, validators: &[Address], leaf: Vec<u8>, proof: Vec<[u8; 32]>) -> Import {
    let hash = keccak_256(&signed.commitment);
    let valid =
        signed.signatures.iter().zip(validators).enumerate().filter_map(|(place, (signature, validator))| {
            let signature = signature.as_ref()?;
            (signer(hash, signature) == Some(*validator)).then_some((place, signature))
        });
    let (mut signers, mut signatures) = (U256::ZERO, Vec::new());
    for (place, signature) in valid.take(threshold(validators.len())) {
        signers |= U256::from(1) << place;
        signatures.extend_from_slice(signature);
    }
    Import {
        commitment: signed.commitment.to_vec(),
        validators: validators.to_vec(),
        signers,
        signatures,
        leaf,
        proof: proof.into_iter().map(B256::from).collect(),
    }
}

/// Whether the light client will take an import; what the leaf says, if so.
pub fn check(known: &Known, import: &Import) -> Result<Leaf, Unproven> {
    let commitment = justification::Commitment::decode(&import.commitment)?;
    let block = commitment.block;
    if block <= known.latest_block {
        return Err(Unproven::OldBlock { block, latest: known.latest_block });
    }
    let set = match commitment.set {
        set if set == known.current.id => &known.current,
        set if set == known.next.id => &known.next,
        set => return Err(Unproven::UnknownSet { block, set, current: known.current.id }),
    };
    let validators = &import.validators;
    if validators.len() != set.length as usize || keyset_root(validators) != set.root.0 {
        return Err(Unproven::WrongValidators(set.id));
    }
    check_signatures(block, import)?;
    let leaf = Leaf::decode(&import.leaf)?;
    if leaf.parent.checked_add(1) != Some(block) {
        return Err(Unproven::NotTheNewestLeaf { block, parent: leaf.parent });
    }
    let count = (u64::from(block) + 1).saturating_sub(known.first_block.into());
    let items: Vec<_> = import.proof.iter().map(|item| item.0).collect();
    if leaf::range_root(keccak_256(&import.leaf), count, &items) != Some(commitment.root) {
        return Err(Unproven::WrongRoot(block));
    }
    let fits = (1..=MAX_VALIDATORS as u32).contains(&leaf.next_length) && leaf.next_root != [0; 32];
    if Some(leaf.next_set) != commitment.set.checked_add(1) || !fits {
        return Err(Unproven::WrongNextSet { block, named: leaf.next_set });
    }
    Ok(leaf)
}

fn check_signatures(block: BlockNumber, import: &Import) -> Result<(), Unproven> {
    let hash = keccak_256(&import.commitment);
    let (signatures, rest) = import.signatures.as_chunks::<SIGNATURE>();
    let places: Vec<_> = (0..MAX_VALIDATORS).filter(|place| import.signers.bit(*place)).collect();
    if !rest.is_empty() || signatures.len() != places.len() {
        return Err(Unproven::Unreadable("the list of signatures"));
    }
    for (place, signature) in places.iter().zip(signatures) {
        let validator = import.validators.get(*place).ok_or(Unproven::InvalidSignature(*place))?;
        // A key that has no address stands as address 0, which is nobody's.
        if signer(hash, signature) != Some(*validator) {
            return Err(Unproven::InvalidSignature(*place));
        }
    }
    let needed = threshold(import.validators.len());
    match places.len() >= needed {
        true => Ok(()),
        false => Err(Unproven::TooFewSigners { block, signers: places.len(), needed }),
    }
}

#[cfg(test)]
mod tests;
