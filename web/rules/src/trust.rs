//! What trust takes, and how far results can be trusted by what audits found.

use alloc::string::ToString;
use core::iter::repeat_n;
use talka_primitives::{
    bound::upper95_millionths,
    credibility::{needed, weight},
    task::MAX_MEMBERS,
    Score, Trust,
};

use crate::{next, Answer};

/// See [`crate::talka_new_workers`].
pub(crate) fn new_workers(mut input: &[u8]) -> Answer {
    let trust: Trust = next(&mut input, "trust")?;
    let without_merit = repeat_n(weight(Score(0)), MAX_MEMBERS as usize);
    let count =
        needed(without_merit, trust).ok_or_else(|| "no number of new workers is enough".to_string())?;
    Ok(count.to_le_bytes().to_vec())
}

/// See [`crate::talka_error_bound`].
pub(crate) fn error_bound(mut input: &[u8]) -> Answer {
    let input = &mut input;
    let found: u64 = next(input, "number of errors")?;
    let audits: u64 = next(input, "number of audits")?;
    Ok(upper95_millionths(found, audits).to_le_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use codec::Encode as _;

    fn number(answer: Answer) -> u32 {
        u32::from_le_bytes(answer.unwrap().try_into().unwrap())
    }

    #[test]
    fn trust_takes_as_many_new_workers_as_specified() {
        let counts: Vec<_> =
            [1, 2, 3, 4, 8, 16, 100].map(|trust| number(new_workers(&Trust(trust).encode()))).into();
        assert_eq!(counts, [1, 1, 2, 2, 3, 4, 7]);
        assert!(new_workers(&[]).is_err());
    }

    #[test]
    fn the_bound_is_the_one_that_the_chain_tells() {
        for (found, audits) in [(0u64, 0u64), (0, 1_000), (3, 1_000), (7, 7)] {
            let told = number(error_bound(&(found, audits).encode()));
            assert_eq!(told, upper95_millionths(found, audits));
        }
        assert!(error_bound(&0u64.encode()).is_err());
    }
}
