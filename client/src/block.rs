//! What blocks are known by.

use subxt::config::{HashFor, SubstrateConfig};
use talka_primitives::BlockNumber;

/// The hash of a block, or of a transaction.
pub type BlockHash = HashFor<SubstrateConfig>;

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId {
    /// Its height.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: BlockHash,
}
