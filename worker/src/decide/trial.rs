//! How often something was tried, and when it may be tried again.

use talka_primitives::BlockNumber;

use super::Answer;

/// The longest pause is `2^6` = 64 blocks.
const LONGEST: u32 = 6;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trial {
    /// How often in a row it was refused.
    pub(super) failures: u32,
    /// The first block that may ask for it again.
    not_before: BlockNumber,
}

impl Trial {
    /// A pause for what went wrong `failures` times in a row: 1, 2, 4 … blocks.
    pub(super) fn pause(now: BlockNumber, failures: u32) -> Self {
        let pause = 1 << failures.saturating_sub(1).min(LONGEST);
        Self { failures, not_before: now.saturating_add(pause) }
    }

    pub(super) fn is_due(&self, now: BlockNumber) -> bool {
        now >= self.not_before
    }

    pub(super) fn update(&mut self, now: BlockNumber, answer: Answer) {
        *self = match answer {
            // The block with the transaction may not be seen yet: only a later one can ask again.
            Answer::Done(at) => Self { failures: 0, not_before: at.saturating_add(1) },
            Answer::Refused => Self::pause(now, self.failures.saturating_add(1)),
            Answer::Lost => Self { not_before: now.saturating_add(1), ..*self },
        };
    }
}
