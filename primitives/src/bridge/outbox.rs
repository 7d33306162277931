//! The outbox: an append-only Merkle tree of all messages to Ethereum.
//!
//! Depth 32, Keccak-256, unused leaves 0, `node = keccak256(left · right)`. No message leaves it, so each is provable under
//! each newer root.
//!
//! What the chain has to remember of it is its [`Frontier`]: the roots of complete trees, at most 32. All else that proofs need
//! can be kept beside the chain, by the hash of each node ([`Node`]). What is found by a hash is right or not there: blocks that
//! were abandoned leave nothing wrong behind.

use sp_runtime::{traits::ConstU32, BoundedVec};

use super::{keccak_256, Hash};
use crate::apply;

/// Levels above the leaves.
pub const DEPTH: usize = 32;

/// A place without a message.
pub const EMPTY: Hash = [0; 32];

/// The hash of two nodes.
pub fn pair(left: &Hash, right: &Hash) -> Hash {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left);
    both[32..].copy_from_slice(right);
    keccak_256(&both)
}

/// A node above the leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its hash.
    pub hash: Hash,
    /// The node below it on the left.
    pub left: Hash,
    /// The one on the right.
    pub right: Hash,
}

impl Node {
    fn above(left: Hash, right: Hash) -> Self {
        Self { hash: pair(&left, &right), left, right }
    }
}

/// The right edge of the tree: enough to append to it, and to compute its root.
#[apply(stored)]
#[derive(Default)]
pub struct Frontier {
    /// How many leaves there are.
    count: u32,
    /// The roots of the complete trees that the leaves make, from left to right: one for each 1 in `count`.
    peaks: BoundedVec<Hash, ConstU32<{ DEPTH as u32 }>>,
}

impl Frontier {
    /// How many messages there are: the index of the next one.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether it is the edge of a tree: false only where it was not made by [`Frontier::append`].
    pub fn is_sound(&self) -> bool {
        self.peaks.len() == self.count.count_ones() as usize
    }

    /// Add a leaf, and give its index; nothing, without effect, where the tree is full (2³² − 1 leaves). `note` is told each node
    /// that is complete by that.
    pub fn append(&mut self, leaf: Hash, mut note: impl FnMut(Node)) -> Option<u32> {
        let index = self.count;
        let count = index.checked_add(1)?;
        // As many complete trees have the height of what is added to them.
        let kept = self.peaks.len().checked_sub(index.trailing_ones() as usize)?;
        let mut hash = leaf;
        for left in self.peaks[kept..].iter().rev() {
            let node = Node::above(*left, hash);
            note(node);
            hash = node.hash;
        }
        self.peaks.truncate(kept);
        self.peaks.try_push(hash).ok()?;
        self.count = count;
        Some(index)
    }

    /// The root. `note` is told each node above leaves that is not complete: together with those that [`Frontier::append`] has
    /// told, these are all nodes that proofs under this root need.
    pub fn root(&self, mut note: impl FnMut(Node)) -> Hash {
        let (mut hash, mut empty) = (EMPTY, EMPTY);
        let mut peaks = self.peaks.iter().rev();
        for level in 0..DEPTH {
            let above = pair(&empty, &empty);
            let peak = if (self.count >> level) & 1 == 1 { peaks.next() } else { None };
            hash = match peak {
                None if hash == empty => above,
                None => told(Node::above(hash, empty), &mut note),
                Some(peak) => told(Node::above(*peak, hash), &mut note),
            };
            empty = above;
        }
        hash
    }
}

fn told(node: Node, note: &mut impl FnMut(Node)) -> Hash {
    note(node);
    node.hash
}

/// A leaf under a root, and its proof: from its sibling up. `children` finds what is below a node by its hash, and is not
/// believed. Nothing where it does not find all that is needed.
pub fn proof(
    root: &Hash,
    index: u32,
    children: impl Fn(&Hash) -> Option<(Hash, Hash)>,
) -> Option<(Hash, [Hash; DEPTH])> {
    let (mut hash, mut proof) = (*root, [EMPTY; DEPTH]);
    for level in (0..DEPTH).rev() {
        let (left, right) = children(&hash)?;
        if pair(&left, &right) != hash {
            return None;
        }
        (hash, proof[level]) = if (index >> level) & 1 == 0 { (left, right) } else { (right, left) };
    }
    Some((hash, proof))
}

/// The root of the tree that has this leaf at `index`, by its proof.
pub fn root_of(leaf: &Hash, index: u32, proof: &[Hash; DEPTH]) -> Hash {
    proof.iter().enumerate().fold(*leaf, |node, (level, sibling)| {
        if (index >> level) & 1 == 0 {
            pair(&node, sibling)
        } else {
            pair(sibling, &node)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};
    use std::collections::BTreeMap;

    /// What a node keeps beside the chain.
    #[derive(Default)]
    struct Index(BTreeMap<Hash, (Hash, Hash)>);

    impl Index {
        fn note(&mut self, node: Node) {
            self.0.insert(node.hash, (node.left, node.right));
        }

        fn proof(&self, root: &Hash, index: u32) -> Option<(Hash, [Hash; DEPTH])> {
            proof(root, index, |hash| self.0.get(hash).copied())
        }
    }

    /// The root as the definition has it: all leaves, and zeros behind them.
    fn naive(leaves: &[Hash]) -> Hash {
        let (mut row, mut empty) = (leaves.to_vec(), EMPTY);
        for _ in 0..DEPTH {
            row = row.chunks(2).map(|two| pair(&two[0], two.get(1).unwrap_or(&empty))).collect();
            empty = pair(&empty, &empty);
        }
        row.first().copied().unwrap_or(empty)
    }

    fn append(frontier: &mut Frontier, leaves: &[Hash], index: &mut Index) {
        for leaf in leaves {
            frontier.append(*leaf, |node| index.note(node)).unwrap();
        }
    }

    #[test]
    fn is_full_one_before_the_last_place() {
        let peaks = vec![[1; 32]; 31].try_into().unwrap();
        let mut frontier = Frontier { count: u32::MAX - 1, peaks };
        assert_eq!(frontier.append([2; 32], |_| ()), Some(u32::MAX - 1));
        assert!(frontier.is_sound());
        let full = frontier.clone();
        assert_eq!(frontier.append([3; 32], |_| ()), None);
        assert_eq!(frontier, full);
        // One more would make a tree that is complete, whose root no proof could be told from.
        assert_ne!(full.root(|_| ()), EMPTY);
    }

    #[test]
    fn knows_an_edge_that_none_can_be() {
        assert!(Frontier::default().is_sound());
        assert!(!Frontier { count: 3, peaks: Default::default() }.is_sound());
        // And does not panic.
        let mut broken = Frontier { count: 3, peaks: Default::default() };
        assert_eq!(broken.append([1; 32], |_| ()), None);
        broken.root(|_| ());
    }

    #[test]
    fn gives_no_proof_from_an_index_that_is_wrong() {
        let (mut frontier, mut index) = (Frontier::default(), Index::default());
        append(&mut frontier, &[[1; 32], [2; 32]], &mut index);
        let root = frontier.root(|node| index.note(node));
        assert!(index.proof(&root, 1).is_some());
        index.0.insert(root, ([1; 32], [2; 32]));
        assert_eq!(index.proof(&root, 1), None);
        index.0.remove(&root);
        assert_eq!(index.proof(&root, 1), None);
    }

    proptest! {
        #[test]
        fn has_the_root_of_the_definition(leaves in vec(any::<Hash>(), 0..70)) {
            let mut frontier = Frontier::default();
            append(&mut frontier, &leaves, &mut Index::default());
            prop_assert!(frontier.is_sound());
            prop_assert_eq!(frontier.count() as usize, leaves.len());
            prop_assert_eq!(frontier.root(|_| ()), naive(&leaves));
        }

        /// In blocks of several messages: only the root at the end of each is indexed. And each message stays provable under
        /// each newer root.
        #[test]
        fn proves_every_message_under_every_root(blocks in vec(vec(any::<Hash>(), 1..9), 1..6)) {
            let (mut frontier, mut index) = (Frontier::default(), Index::default());
            let mut roots = vec![];
            for block in &blocks {
                append(&mut frontier, block, &mut index);
                roots.push((frontier.root(|node| index.note(node)), frontier.count()));
            }
            let leaves = blocks.concat();
            for (root, count) in roots {
                for (at, leaf) in (0..count).zip(&leaves) {
                    let (found, proof) = index.proof(&root, at).expect("all nodes are there");
                    prop_assert_eq!(found, *leaf);
                    prop_assert_eq!(root_of(leaf, at, &proof), root);
                    prop_assert_ne!(root_of(&[9; 32], at, &proof), root);
                    prop_assert_ne!(root_of(leaf, at ^ 1, &proof), root);
                }
            }
        }

        /// A block that was abandoned leaves its nodes in the index, before and after those of the one that counts.
        #[test]
        fn is_not_disturbed_by_forks(
            common in vec(any::<Hash>(), 0..9), ours in vec(any::<Hash>(), 1..9),
            theirs in vec(any::<Hash>(), 1..9),
        ) {
            let (mut frontier, mut index) = (Frontier::default(), Index::default());
            append(&mut frontier, &common, &mut index);
            let (mut our, mut their) = (frontier.clone(), frontier);
            append(&mut our, &ours, &mut index);
            append(&mut their, &theirs, &mut index);
            for (frontier, branch) in [(&our, &ours), (&their, &theirs)] {
                let root = frontier.root(|node| index.note(node));
                for (at, leaf) in (0..).zip(common.iter().chain(branch)) {
                    prop_assert_eq!(index.proof(&root, at).map(|(found, _)| found), Some(*leaf));
                }
            }
        }
    }
}
