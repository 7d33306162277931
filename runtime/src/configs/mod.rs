//! The configuration of each pallet, by concern.

mod accounts;
mod consensus;
mod fees;
mod market;
mod system;

pub use accounts::ProxyType;
pub use consensus::EPOCH_CONFIG;
pub use fees::{AuthorOrFund, WeightFee};
pub use market::{AuditFund, VrfRandomness};
pub use system::{BlockLength, BlockWeights};
