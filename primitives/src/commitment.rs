//! How a worker commits to a result before it reveals it.
//!
//! A worker first sends `result_hash = H(task, digest)` and `seal = H(worker, task, digest)`. The first hash lets the
//! chain count equal results before they are known. The second cannot be copied from another worker, because it
//! requires the digest. `H` is blake2b-256 of the SCALE encoding behind a domain tag. The construction is that of
//! iExec's PoCo (resultHash, resultSeal).

use blake2::{digest::consts::U32, Blake2b, Digest as _};
use codec::Encode;

use crate::id::{Digest, ResultHash, Seal, TaskId};

const RESULT_TAG: &[u8] = b"talka/result/1";
const SEAL_TAG: &[u8] = b"talka/seal/1";

fn tagged(tag: &[u8], value: &impl Encode) -> [u8; 32] {
    let mut hasher = Blake2b::<U32>::new();
    hasher.update(tag);
    value.using_encoded(|bytes| hasher.update(bytes));
    hasher.finalize().into()
}

/// The commitment that is equal for equal results of one task.
pub fn result_hash(task: TaskId, digest: Digest) -> ResultHash {
    ResultHash(tagged(RESULT_TAG, &(task, digest)))
}

/// The commitment that only `worker` can have made, and only who knows the digest.
pub fn seal<AccountId: Encode>(worker: &AccountId, task: TaskId, digest: Digest) -> Seal {
    Seal(tagged(SEAL_TAG, &(worker, task, digest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const TASK: TaskId = TaskId { deal: crate::DealId(7), index: 3 };

    #[test]
    fn binds_the_task_the_worker_and_the_digest() {
        let digest = Digest([1; 32]);
        let other_task = TaskId { index: 4, ..TASK };
        assert_ne!(result_hash(TASK, digest), result_hash(other_task, digest));
        assert_ne!(result_hash(TASK, digest), result_hash(TASK, Digest([2; 32])));
        assert_ne!(seal(&1u64, TASK, digest), seal(&2u64, TASK, digest));
        assert_ne!(seal(&1u64, TASK, digest), seal(&1u64, other_task, digest));
        assert_ne!(seal(&1u64, TASK, digest).0, result_hash(TASK, digest).0);
    }

    #[test]
    fn does_not_change_between_releases() {
        let digest = Digest([1; 32]);
        assert_eq!(
            result_hash(TASK, digest).to_string(),
            "0869762cca505a5a834267107f6f71b3ec17d6fe265c867122d25e54369552f8"
        );
        assert_eq!(
            seal(&[5u8; 32], TASK, digest).to_string(),
            "d2942396b9e7834e457302432346699d93491deb2c76d4b3f2fbf068781bf4f7"
        );
    }
}
