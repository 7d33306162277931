//! One machine, one validator, well-known keys: for trying things out.

use alloc::{vec, vec::Vec};
use sp_core::hex2array;
use sp_genesis_builder::DEV_RUNTIME_PRESET;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use talka_primitives::election::Rules;

use super::{audits_without_gate, categories, reputation_at_once, well_known, Start, ALICE};
use crate::{
    constants::{
        currency::TLK,
        time::{MINUTES, SLOT_DURATION},
    },
    AccountId, Balance, BlockNumber,
};

/// The preset's name.
pub const NAME: &str = DEV_RUNTIME_PRESET;

/// What each account starts with.
pub const ENDOWMENT: Balance = 1_000_000 * TLK;

/// Slots of a session: two minutes, short enough to watch one pass.
pub(super) const SESSION: BlockNumber = 2 * MINUTES;

/// What a candidate puts up at least.
pub(super) const MIN_STAKE: Balance = 1_000 * TLK;

/// Run times in minutes, short enough to watch one pass.
pub(super) const RUN_TIMES: [u32; 5] = [1, 2, 5, 15, 60];

/// The actors of the demo and the end-to-end tests: what they derive their keys by, and the sr25519 public keys.
pub const ACTORS: [(&str, [u8; 32]); 12] = [
    ("//Requester1", hex2array!("e89b0149f318fbf1f610916b281eeb622b70d8724995865ef939504e773d7829")),
    ("//Requester2", hex2array!("0a0510acc28ee0e8ccd92d736d71e8140d2a0d312e57480a35299c35d1ef830a")),
    ("//Operator", hex2array!("5afbc302fa68903d0d98dad6a60661e4c8fe657b85b08608f1b1d60d862cf567")),
    ("//Provider", hex2array!("ea3801477a2f2e35ac843d34bcc01a20e8cf72eab1ee8f016c189a3ebdb68b36")),
    ("//Worker1", hex2array!("e08f879ee9bb4ffa0bc92d47d98d7aaeab08a3485d34dc7533c2dcac9dc18138")),
    ("//Worker2", hex2array!("eec52b72035badd46e8a0275a15f99367158d1414d6c9b8424691e277637ea68")),
    ("//Worker3", hex2array!("4041cf72330f495df0f94664182b5e7ee3cceefd29273a9389579d084d082715")),
    ("//Worker4", hex2array!("f4e8e7b73e30c301f69bab26bb017b0f7ea1bb17ce07802d4e3eb10fc0a63c16")),
    ("//Worker5", hex2array!("00bede1f94902342f63c486d1754b1b8efb086f8f5dcf1b6138796f658faa22f")),
    ("//Worker6", hex2array!("8afdae7b20600fa571cd3b64c648672a65c9021ba9d9b5408b213f23e53ab077")),
    ("//Worker7", hex2array!("8e925063ebef5a0c07add99d0040b5c8d9f9fe518296d1d5bf92f1029772383c")),
    ("//Worker8", hex2array!("fcc66837c24bc00eff56687567412789081240dc1cc4cae79561be95a7c71139")),
];

/// Alice makes the blocks.
pub fn start() -> Start {
    Start {
        validators: vec![well_known(Sr25519Keyring::Alice, Ed25519Keyring::Alice, ALICE)],
        session_length: SESSION,
        slot_duration: SLOT_DURATION,
        // It is never replaced: trying out the calls of validators cannot stop the chain.
        rules: Rules { seats: 1, min_seats: 1, min_stake: MIN_STAKE, term: 1 },
        council: council(),
        delay: Some(0),
        balances: endowed().map(|who| (who, ENDOWMENT)).collect(),
        categories: categories(RUN_TIMES),
        reputation: reputation_at_once(),
        audits: audits_without_gate(1),
    }
}

/// Alice, Bob and Charlie: two of them decide.
pub(super) fn council() -> Vec<AccountId> {
    [Sr25519Keyring::Alice, Sr25519Keyring::Bob, Sr25519Keyring::Charlie]
        .map(|key| key.to_account_id())
        .into()
}

/// Alice to Ferdie, and the actors.
pub(super) fn endowed() -> impl Iterator<Item = AccountId> {
    let well_known = Sr25519Keyring::invulnerable().map(|key| key.to_account_id());
    well_known.chain(ACTORS.map(|(_, public)| public.into()))
}
