//! What a worker tells the buyer of a task while it executes it: how far it is, and what the app writes to standard error.
//!
//! The chain has no part in it. The buyer connects to the address that the chain lists for the worker, under the name
//! [`PROTOCOL`], and asks one [`Question`] over one stream. The worker answers with [`Report`]s until the execution has ended,
//! or closes the connection with a [`Refusal`].
//!
//! The worker signs nothing: the address names the public key that it has to have for the connection to be made at all. The
//! buyer signs its question, for this chain, this worker and some blocks.
//!
//! What is reported proves nothing, and is not enough to make up a result: fuel is told in steps of [`FUEL_STEPS`].

use alloc::vec::Vec;
use blake2::{digest::consts::U32, Blake2b, Digest as _};
use codec::{Decode, DecodeAll as _, Encode};
use core::fmt;
use serde::{Deserialize, Serialize};

use crate::{deal::Deal, id::TaskId, manifest::MAX_STDERR_BYTES, unit::BlockNumber};

/// The name under which it is spoken between peers (ALPN).
pub const PROTOCOL: &[u8] = b"talka/live/1";
/// Most bytes of a question with its signature.
pub const MAX_QUESTION_BYTES: usize = 256;
/// Most bytes of an encoded report: as many messages as are kept, and the rest.
pub const MAX_REPORT_BYTES: usize = MAX_STDERR_BYTES as usize + 64;
/// How many blocks the worker's height may be from that of a question.
pub const FRESH: BlockNumber = 20;
/// In how many steps fuel is told. The exact number is a part of the result, which nobody is to know before it is revealed.
pub const FUEL_STEPS: u64 = 1_000;

const TAG: &[u8] = b"talka/live/question/1";

/// What a buyer wants to hear of a task.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Question<AccountId> {
    /// The task.
    pub task: TaskId,
    /// From which byte of standard error on.
    pub from: u64,
    /// The height of the chain when it was asked.
    pub asked_at: BlockNumber,
    /// Who asks and signs: one of the [`buyers`].
    pub who: AccountId,
}

impl<AccountId: Encode> Question<AccountId> {
    /// What is signed: the BLAKE2b-256 hash of a tag, the hash of the chain's genesis block, the public key in the worker's
    /// address, and the question's SCALE encoding. A question to one worker is therefore none to another.
    pub fn signed_bytes(&self, genesis: &[u8; 32], worker: &[u8; 32]) -> [u8; 32] {
        let mut hasher = Blake2b::<U32>::new();
        hasher.update(TAG);
        hasher.update(genesis);
        hasher.update(worker);
        self.using_encoded(|bytes| hasher.update(bytes));
        hasher.finalize().into()
    }
}

/// A question as it is sent: its SCALE encoding is all that the buyer writes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Asked<AccountId> {
    /// The question.
    pub question: Question<AccountId>,
    /// The sr25519 signature of [`Question::signed_bytes`] by the key of its account.
    pub signature: [u8; 64],
}

/// Who may ask about the tasks of a deal: whom they are for, and who pays.
pub fn buyers<AccountId>(deal: &Deal<AccountId>) -> [&AccountId; 3] {
    [&deal.requester, &deal.beneficiary, &deal.payer]
}

/// Whether a question that was asked at some height is answered now.
pub fn is_fresh(asked_at: BlockNumber, now: BlockNumber) -> bool {
    asked_at.abs_diff(now) <= FRESH
}

/// Fuel as it is told: rounded down to a step of the limit.
pub fn told_fuel(used: u64, limit: u64) -> u64 {
    let step = (limit / FUEL_STEPS).max(1);
    used / step * step
}

/// Why a worker closes the connection. Other codes are those of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was sent is no question, or did not come in time.
    Unreadable,
    /// The worker has nothing to do with the task now.
    Unknown,
    /// The account is none of the buyers, or the signature is not its own.
    NotAllowed,
    /// The question is too old or too new.
    Stale,
    /// Enough others listen.
    Busy,
}

impl Refusal {
    const ALL: [Self; 5] = [Self::Unreadable, Self::Unknown, Self::NotAllowed, Self::Stale, Self::Busy];

    /// The code with which the connection is closed.
    pub fn code(self) -> u32 {
        match self {
            Self::Unreadable => 101,
            Self::Unknown => 102,
            Self::NotAllowed => 103,
            Self::Stale => 104,
            Self::Busy => 105,
        }
    }

    /// What a code means.
    pub fn of(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| u64::from(refusal.code()) == code)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "it does not understand the question",
            Self::Unknown => "it has not taken the task up, or is through with it",
            Self::NotAllowed => "it answers only those who have requested or paid for the task",
            Self::Stale => "it is at another height of the chain",
            Self::Busy => "it answers enough others already",
        })
    }
}

/// What a worker does for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Nothing yet: it has no slot, or not enough memory, to spare.
    Waiting,
    /// It fetches app and data.
    Fetching,
    /// It executes the app.
    Executing,
    /// It keeps the result.
    Keeping,
    /// Nothing any more: there is a result, or there will be none.
    Ended,
}

/// What a worker says of a task.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Report {
    /// What it does.
    pub step: Step,
    /// Fuel that the app has used: see [`told_fuel`].
    pub fuel_used: u64,
    /// Fuel that it may use.
    pub fuel_limit: u64,
    /// What the app has written to standard error since the last report, or since the byte that was asked for. At most the end
    /// of it that is kept, [`MAX_STDERR_BYTES`].
    pub messages: Vec<u8>,
    /// The place in standard error of what it will write next. What lies between two reports and is in neither was not kept.
    pub next: u64,
}

impl Report {
    /// As it is sent: the length of its encoding (4 bytes, the lowest first), and the encoding.
    pub fn framed(&self) -> Vec<u8> {
        let encoded = self.encode();
        [&(encoded.len() as u32).to_le_bytes()[..], &encoded].concat()
    }

    /// How many bytes of a report follow. Nothing where they are too many for one.
    pub fn length(header: [u8; 4]) -> Option<usize> {
        let length = u32::from_le_bytes(header) as usize;
        (length <= MAX_REPORT_BYTES).then_some(length)
    }

    /// The report in these bytes, which followed its length.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let report = Self::decode_all(&mut &bytes[..]).ok()?;
        (report.messages.len() as u64 <= MAX_STDERR_BYTES).then_some(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DealId;
    use alloc::vec;
    use proptest::prelude::*;

    fn question() -> Question<[u8; 32]> {
        Question { task: TaskId { deal: DealId(7), index: 3 }, from: 9, asked_at: 100, who: [1; 32] }
    }

    #[test]
    fn a_signature_is_for_one_question_to_one_worker_on_one_chain() {
        let signed = question().signed_bytes(&[2; 32], &[3; 32]);
        assert_ne!(question().signed_bytes(&[4; 32], &[3; 32]), signed);
        assert_ne!(question().signed_bytes(&[2; 32], &[4; 32]), signed);
        let changes: [fn(&mut Question<[u8; 32]>); 4] =
            [|one| one.task.index = 4, |one| one.from = 8, |one| one.asked_at = 99, |one| one.who = [2; 32]];
        for change in changes {
            let mut other = question();
            change(&mut other);
            assert_ne!(other.signed_bytes(&[2; 32], &[3; 32]), signed);
        }
    }

    #[test]
    fn questions_and_reports_are_no_larger_than_they_may_be() {
        let asked = Asked { question: question(), signature: [0; 64] };
        assert!(asked.encoded_size() <= MAX_QUESTION_BYTES);
        let messages = vec![7; MAX_STDERR_BYTES as usize];
        let largest =
            Report { step: Step::Ended, fuel_used: u64::MAX, fuel_limit: u64::MAX, messages, next: u64::MAX };
        assert!(largest.encoded_size() <= MAX_REPORT_BYTES);
        let framed = largest.framed();
        let header = framed[..4].try_into().expect("it has a length");
        assert_eq!(Report::length(header), Some(framed.len() - 4));
        assert_eq!(Report::read(&framed[4..]), Some(largest));
        assert_eq!(Report::length((MAX_REPORT_BYTES as u32 + 1).to_le_bytes()), None);
    }

    #[test]
    fn a_question_is_fresh_for_some_blocks_before_and_after() {
        assert!(is_fresh(100, 100) && is_fresh(80, 100) && is_fresh(120, 100));
        assert!(!is_fresh(79, 100) && !is_fresh(121, 100) && !is_fresh(0, u32::MAX));
    }

    #[test]
    fn codes_mean_what_they_were_sent_for() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::of(refusal.code().into()), Some(refusal));
        }
        assert_eq!(Refusal::of(0), None);
    }

    proptest! {
        #[test]
        fn fuel_is_told_to_a_thousandth_of_its_limit(used: u64, limit: u64) {
            let used = used.min(limit);
            let told = told_fuel(used, limit);
            prop_assert!(told <= used && used - told <= limit / FUEL_STEPS);
            prop_assert!(limit < FUEL_STEPS || told.is_multiple_of(limit / FUEL_STEPS));
        }
    }
}
