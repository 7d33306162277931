//! The results that can be given: 0 is the truth, the others are lies.

use std::sync::LazyLock;

use crate::{
    chain::{Account, FUND},
    ID,
};
use talka_primitives::{commitment, Digest, ResultHash, Seal};

pub const TRUTH: usize = 0;
pub const DIGESTS: [Digest; 3] = [Digest([0; 32]), Digest([1; 32]), Digest([2; 32])];

/// Made once: a model check commits some million times.
static COMMITMENTS: LazyLock<Vec<[(ResultHash, Seal); 3]>> = LazyLock::new(|| {
    let of = |who: Account| {
        DIGESTS.map(|digest| (commitment::result_hash(ID, digest), commitment::seal(&who, ID, digest)))
    };
    (0..FUND).map(of).collect()
});

/// What somebody commits with that has this result.
pub fn commitment(who: Account, digest: usize) -> (ResultHash, Seal) {
    COMMITMENTS[usize::from(who)][digest]
}

/// Which digest somebody has committed to, and for which it has made the seal; nothing where it is not its own seal.
pub fn read(who: Account, result: ResultHash, seal: Seal) -> (usize, Option<usize>) {
    let made = &COMMITMENTS[usize::from(who)];
    let digest = made.iter().position(|(known, _)| *known == result);
    let sealed = made.iter().position(|(_, own)| *own == seal);
    (digest.expect("nobody commits to anything else"), sealed)
}
