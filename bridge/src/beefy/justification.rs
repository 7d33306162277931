//! Justifications: a commitment and who has signed it, in the form of the wire.

use codec::{Decode, DecodeAll as _};
use talka_ethereum::signature::SIGNATURE;
use talka_primitives::BlockNumber;

use super::{Unproven, MAX_VALIDATORS};

/// Bytes of a commitment with one entry, the root.
const LENGTH: usize = 48;
/// One entry, its name `mh`, and the length 32 of its value.
const HEAD: [u8; 4] = [4, b'm', b'h', 32 << 2];

/// A commitment as SCALE has it, in the one form that the light client reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Commitment {
    /// The root of the range of all leaves up to the block's.
    pub root: [u8; 32],
    /// The block.
    pub block: BlockNumber,
    /// The number of the set that signs.
    pub set: u64,
}

impl Commitment {
    pub fn decode(bytes: &[u8]) -> Result<Self, Unproven> {
        let unreadable = Unproven::Unreadable("the commitment");
        let Some(mut rest) = bytes.strip_prefix(&HEAD).filter(|_| bytes.len() == LENGTH) else {
            return Err(unreadable);
        };
        let (root, block, set) = Decode::decode(&mut rest).map_err(|_| unreadable)?;
        Ok(Self { root, block, set })
    }
}

/// A block that validators have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What was signed, 48 bytes.
    pub commitment: [u8; LENGTH],
    /// The block.
    pub block: BlockNumber,
    /// The number of the set that has signed.
    pub set: u64,
    /// For each validator of the set its signature, if there is one. None of them is verified.
    pub signatures: Vec<Option<[u8; SIGNATURE]>>,
}

/// The form of the wire: a bit for each validator, the first one the highest of its byte, and the signatures of those whose bit
/// is set.
#[derive(Decode)]
enum Justification {
    #[codec(index = 1)]
    V1 { commitment: [u8; LENGTH], signed_by: Vec<u8>, validators: u32, signatures: Vec<[u8; SIGNATURE]> },
}

impl Signed {
    /// Read a justification, as a node keeps it with the block.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unproven> {
        let unreadable = Unproven::Unreadable("the justification");
        let decoded = Justification::decode_all(&mut &bytes[..]).map_err(|_| unreadable.clone())?;
        let Justification::V1 { commitment, signed_by, validators, signatures } = decoded;
        let Commitment { block, set, .. } = Commitment::decode(&commitment)?;
        let validators = validators as usize;
        if validators > MAX_VALIDATORS || signed_by.len() * 8 < validators {
            return Err(unreadable);
        }
        let has_signed = |place: usize| signed_by[place / 8] >> (7 - place % 8) & 1 == 1;
        let mut signatures = signatures.into_iter();
        let mut of_each = Vec::with_capacity(validators);
        for place in 0..validators {
            of_each.push(match has_signed(place) {
                true => Some(signatures.next().ok_or_else(|| unreadable.clone())?),
                false => None,
            });
        }
        match signatures.next() {
            Some(_) => Err(unreadable),
            None => Ok(Self { commitment, block, set, signatures: of_each }),
        }
    }
}
