//! What a contract is answered: a pure function of the task's outcome and of the manifest that is shown.

use codec::DecodeAll;

use super::MAX_PAYLOAD;
use crate::{
    audit::Assurance,
    bridge::{keccak_256, Outcome as Ended, ResultBody},
    id::{CallId, Digest},
    manifest::Manifest,
    view::Outcome,
};

/// The bound on errors of results of which nothing is known, in millionths: everything may be wrong.
pub const NOTHING_KNOWN: u32 = 1_000_000;

/// What the outbox says about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether there is a payload.
    pub outcome: Ended,
    /// The checks behind the result.
    pub assurance: Assurance,
    /// The upper bound of the share of wrong results, in millionths.
    pub error_bound: u32,
    /// Digest of the result's manifest; zeros where there is no result.
    pub digest: Digest,
    /// Keccak-256 of the payload; of nothing where there is none.
    pub payload_hash: [u8; 32],
}

/// The manifest that is shown is not that of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongManifest;

impl Answer {
    /// There is no result.
    pub fn failed() -> Self {
        Self {
            outcome: Ended::Failed,
            assurance: Assurance::Unverified,
            error_bound: NOTHING_KNOWN,
            digest: Digest::default(),
            payload_hash: keccak_256(&[]),
        }
    }

    /// What the outbox is told.
    pub fn of(self, call: CallId) -> ResultBody {
        let Self { outcome, assurance, error_bound, digest, payload_hash } = self;
        ResultBody { call: call.0, outcome, assurance, error_bound, digest, payload_hash }
    }
}

/// The answer to a call whose task has ended like this; nothing stands for one that the chain has forgotten, or never had.
/// `error_bound` gives the bound of results with this assurance, in millionths.
///
/// A task that was completed fails for the caller where the app itself says that it has failed, where its payload is longer than
/// [`MAX_PAYLOAD`], or where the manifest is of a kind that this chain does not read. The manifest is looked at only where
/// there is a result.
///
/// # Errors
///
/// [`WrongManifest`] where there is a result, and the manifest does not have its digest.
pub fn answer(
    outcome: Option<Outcome>,
    manifest: &[u8],
    error_bound: impl FnOnce(Assurance) -> u32,
) -> Result<Answer, WrongManifest> {
    let Some(Outcome::Completed { digest, assurance, .. }) = outcome else { return Ok(Answer::failed()) };
    if blake3::hash(manifest).as_bytes() != &digest.0 {
        return Err(WrongManifest);
    }
    let found = Answer { digest, assurance, error_bound: error_bound(assurance), ..Answer::failed() };
    Ok(match payload_hash(manifest) {
        Some(payload_hash) => Answer { outcome: Ended::Completed, payload_hash, ..found },
        None => found,
    })
}

/// Keccak-256 of the payload; nothing where the execution is no success for the caller.
fn payload_hash(mut manifest: &[u8]) -> Option<[u8; 32]> {
    let manifest = Manifest::decode_all(&mut manifest).ok()?;
    match manifest.callback {
        _ if !manifest.status.is_success() => None,
        None => Some(keccak_256(&[])),
        Some(callback) => (callback.size <= MAX_PAYLOAD).then_some(callback.keccak),
    }
}
