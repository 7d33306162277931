//! Leaves of the Merkle mountain range, and where the newest of them leads.

use codec::Decode;
use talka_primitives::{bridge::outbox::pair, BlockNumber};

use super::Unproven;

/// Bytes of a leaf.
const LENGTH: usize = 113;
/// The form of leaves that the light client reads.
pub const NEWEST: u8 = 0;

/// What a block adds to the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode)]
pub struct Leaf {
    version: u8,
    /// The number of the block before it.
    pub parent: BlockNumber,
    /// The hash of the block before it: the outbox is as that block has left it.
    pub parent_hash: [u8; 32],
    /// The number of the set after the one that signs the block.
    pub next_set: u64,
    /// How many validators it has.
    pub next_length: u32,
    /// The root of their addresses.
    pub next_root: [u8; 32],
    /// The root of the outbox; zeros before its first message.
    pub outbox: [u8; 32],
}

impl Leaf {
    /// Read a leaf.
    pub fn decode(mut bytes: &[u8]) -> Result<Self, Unproven> {
        let unreadable = Unproven::Unreadable("the leaf");
        if bytes.len() != LENGTH {
            return Err(unreadable);
        }
        match <Self as Decode>::decode(&mut bytes) {
            Ok(leaf) if leaf.version == NEWEST => Ok(leaf),
            _ => Err(unreadable),
        }
    }

    /// The number of the set that signs its block.
    pub fn set(&self) -> Option<u64> {
        self.next_set.checked_sub(1)
    }
}

/// The root of a range of `count` leaves, whose newest has the hash `leaf`. The items are the other peaks from left to right,
/// then the siblings in the last mountain from the leaf up. `None` where there are more or fewer than it needs.
pub(super) fn range_root(leaf: [u8; 32], count: u64, items: &[[u8; 32]]) -> Option<[u8; 32]> {
    let (height, peaks) = (count.trailing_zeros() as usize, (count.count_ones() as usize).checked_sub(1)?);
    if items.len() != peaks + height {
        return None;
    }
    let (peaks, siblings) = items.split_at(peaks);
    // The newest leaf is a right child all the way up its mountain. Peaks are bagged from the right.
    let mountain = siblings.iter().fold(leaf, |node, sibling| pair(sibling, &node));
    Some(peaks.iter().rev().fold(mountain, |node, peak| pair(&node, peak)))
}
