//! The configuration of each pallet, by concern.

mod accounts;
mod beefy;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
mod bridge;
mod consensus;
mod fees;
mod gateway;
mod governance;
mod market;
mod system;

pub use accounts::ProxyType;
pub use consensus::{ownership_proof, EPOCH_CONFIG};
pub use fees::{AuthorAndFund, WeightFee};
pub use governance::{CallFilter, PAUSABLE};
pub use market::{AuditFund, BlockAuthors};
pub use system::{BlockLength, BlockWeights};
