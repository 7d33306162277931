//! Four validators with well-known keys: for trying out what needs a network.

use alloc::vec;
use sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use talka_primitives::election::Rules;

use crate::constants::time::SLOT_DURATION;

use super::{
    audits_without_gate, categories,
    development::{council, endowed, ENDOWMENT, MIN_STAKE, RUN_TIMES, SESSION},
    reputation_at_once, well_known, Start, ALICE, BOB, CHARLIE, DAVE,
};

/// The preset's name.
pub const NAME: &str = LOCAL_TESTNET_RUNTIME_PRESET;

/// Alice, Bob, Charlie and Dave make the blocks: one of them may be missing.
pub fn start() -> Start {
    Start {
        validators: vec![
            well_known(Sr25519Keyring::Alice, Ed25519Keyring::Alice, ALICE),
            well_known(Sr25519Keyring::Bob, Ed25519Keyring::Bob, BOB),
            well_known(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie, CHARLIE),
            well_known(Sr25519Keyring::Dave, Ed25519Keyring::Dave, DAVE),
        ],
        session_length: SESSION,
        slot_duration: SLOT_DURATION,
        rules: Rules { seats: 4, min_seats: 3, min_stake: MIN_STAKE, term: 1 },
        council: council(),
        delay: Some(0),
        balances: endowed().map(|who| (who, ENDOWMENT)).collect(),
        categories: categories(RUN_TIMES),
        reputation: reputation_at_once(),
        audits: audits_without_gate(3),
    }
}
