//! The configuration of each pallet, by concern.

mod accounts;
mod consensus;
mod fees;
mod governance;
mod market;
mod system;

pub use accounts::ProxyType;
pub use consensus::{ownership_proof, EPOCH_CONFIG};
pub use fees::{AuthorOrFund, WeightFee};
pub use governance::CallFilter;
pub use market::{AuditFund, VrfRandomness};
pub use system::{BlockLength, BlockWeights};
