//! A public test network. No well-known key can do anything in it, and nobody is root.
//!
//! Its operators write their validators and the first balances into the specification before they start it:
//! a key that were written here would be everybody's.

use alloc::vec;

use super::{categories, Start};

/// The preset's name.
pub const NAME: &str = "testnet";

/// Run times in minutes: 5 minutes, 20 minutes, 1 hour, 3 hours, 10 hours.
const RUN_TIMES: [u32; 5] = [5, 20, 60, 180, 600];

/// Nobody has anything yet.
pub fn start() -> Start {
    Start { validators: vec![], root: None, balances: vec![], categories: categories(RUN_TIMES) }
}
