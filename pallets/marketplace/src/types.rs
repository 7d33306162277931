//! The stored types that nobody else needs.

use talka_primitives::{apply, stored, Balance, BlockNumber, Category, PoolId};

/// A worker's membership.
#[apply(stored)]
#[derive(Copy)]
pub struct Member {
    /// The pool that it has joined.
    pub pool: PoolId,
    /// What is held of it for that, in units of TLK.
    pub deposit: Balance,
}

/// A size of task, and the one that follows.
#[apply(stored)]
pub struct Size {
    /// The one that was in force first.
    pub category: Category,
    /// Other limits, and the first block in which they are in force.
    pub announced: Option<(Category, BlockNumber)>,
}

impl Size {
    /// What is in force in a block.
    pub fn at(self, now: BlockNumber) -> Category {
        match self.announced {
            Some((category, from)) if from <= now => category,
            _ => self.category,
        }
    }
}
