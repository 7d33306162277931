//! What nodes keep beside the chain, by off-chain indexing: all that proofs of messages need.
//!
//! What is kept is found by a hash of itself: the nodes below a node by its hash, a message by its leaf. So two blocks of which
//! only one counts cannot write different things to one place.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use sp_core::offchain::StorageKind;
use sp_io::{offchain, offchain_index};
use talka_primitives::bridge::{outbox::Node, Hash, Message};

/// Before the hash of a node.
const NODE: &[u8] = b"talka/outbox/node/";

/// Before a leaf.
const LEAF: &[u8] = b"talka/outbox/leaf/";

fn key(prefix: &[u8], hash: &Hash) -> Vec<u8> {
    [prefix, hash.as_slice()].concat()
}

fn read<Value: Decode>(prefix: &[u8], hash: &Hash) -> Option<Value> {
    let bytes = offchain::local_storage_get(StorageKind::PERSISTENT, &key(prefix, hash))?;
    Value::decode(&mut &bytes[..]).ok()
}

/// Keep what is below a node.
pub(crate) fn keep_node(node: &Node) {
    offchain_index::set(&key(NODE, &node.hash), &(node.left, node.right).encode());
}

/// Keep a message.
pub(crate) fn keep_message(leaf: &Hash, message: &Message) {
    offchain_index::set(&key(LEAF, leaf), &message.encode());
}

/// What is below a node, as this machine has kept it. For runtime APIs that are given its storage.
pub fn children(hash: &Hash) -> Option<(Hash, Hash)> {
    read(NODE, hash)
}

/// The message of a leaf, as this machine has kept it. For runtime APIs that are given its storage.
pub fn message(leaf: &Hash) -> Option<Message> {
    read(LEAF, leaf)
}
