//! What the work of a block costs, in picoseconds of the reference machine.
//!
//! The pallets of the SDK bring weights that were measured on its reference hardware; those of the market are in
//! the `weights` module of each pallet. Here is what belongs to no pallet, and what `scripts/weights` measures: a module for each
//! pallet, named as its crate, whose `Measured` implements the pallet's `WeightInfo`.

/// An empty block.
pub use frame_support::weights::constants::BlockExecutionWeight as BlockBase;

/// A transaction that does nothing: its signature and the checks before its call.
pub use frame_support::weights::constants::ExtrinsicBaseWeight as ExtrinsicBase;

/// A read and a write of ParityDB, the node's only database.
pub use frame_support::weights::constants::ParityDbWeight as DbWeight;
