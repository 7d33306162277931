//! A public test network. No well-known key can do anything in it.
//!
//! Its operators write their validators, the council and the first balances into the specification before they start it:
//! a key that were written here would be everybody's.

use alloc::vec;

use talka_primitives::{
    audit::AuditRules,
    election::Rules,
    jury::DEFAULT_JURORS,
    merit::{MeritRules, HALF_LIFE},
    odds::RIPENING,
    Balance,
};

use super::{categories, Start, YARDSTICK};
use crate::constants::{consensus, currency::TLK, time::SLOT_DURATION};

/// The preset's name.
pub const NAME: &str = "testnet";

/// Run times in minutes: 5 minutes, 20 minutes, 1 hour, 3 hours, 10 hours.
const RUN_TIMES: [u32; 5] = [5, 20, 60, 180, 600];

/// What a candidate puts up at least.
const MIN_STAKE: Balance = 10_000 * TLK;

/// Nobody has anything yet.
pub fn start() -> Start {
    Start {
        validators: vec![],
        session_length: consensus::SESSION,
        slot_duration: SLOT_DURATION,
        // A whole jury: of fewer than five validators nobody can be convicted, and then no lie costs anything.
        rules: Rules { seats: 21, min_seats: DEFAULT_JURORS, min_stake: MIN_STAKE, term: 1 },
        council: vec![],
        delay: None,
        balances: vec![],
        categories: categories(RUN_TIMES),
        reputation: MeritRules { yardstick: YARDSTICK, half_life: HALF_LIFE, ripening: RIPENING },
        audits: AuditRules::default(),
    }
}
