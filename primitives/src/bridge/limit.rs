//! How much is credited in a day, and withdrawn at once.
//!
//! A bucket holds what can be credited at once, and fills up within a day. It gives people time where more comes from
//! Ethereum than should; it is no bound on what two thirds of the validators can do, who decide everything anyway. An amount
//! that is larger than the bucket passes when it is full, and empties it: nothing waits for ever.

use serde::{Deserialize, Serialize};

use super::json;
use crate::{
    apply,
    unit::{proportion, Balance, BlockNumber},
};

/// The blocks in which an empty bucket is full again: a day.
pub const DAY: BlockNumber = 43_200;

/// What governance decides about the bridge, in units of TLK.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Limits {
    /// The most that is credited at once, and again in each day.
    pub bucket: Balance,
    /// The most of one withdrawal: not above what the vault pays for one claim.
    pub withdrawal: Balance,
}

impl Limits {
    /// Whether they agree: what was withdrawn can come back at once.
    pub fn are_sound(&self) -> bool {
        self.withdrawal > 0 && self.bucket >= self.withdrawal
    }
}

impl Default for Limits {
    /// The least that can be: a chain says what it wants.
    fn default() -> Self {
        Self { bucket: 1, withdrawal: 1 }
    }
}

/// How much was taken from the bucket. One that nobody has taken from is full.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
pub struct Bucket {
    /// What is missing in it, in units of TLK.
    #[serde(with = "json::amount")]
    pub missing: Balance,
    /// The block in which that was so.
    pub at: BlockNumber,
}

impl Bucket {
    /// What is missing now.
    fn missing(&self, limits: &Limits, now: BlockNumber) -> Balance {
        let filled = proportion(limits.bucket, now.saturating_sub(self.at).into(), DAY.into());
        self.missing.min(limits.bucket).saturating_sub(filled)
    }

    /// What is in it now, in units of TLK.
    pub fn available(&self, limits: &Limits, now: BlockNumber) -> Balance {
        limits.bucket.saturating_sub(self.missing(limits, now))
    }

    /// The bucket after an amount was taken; nothing where it does not hold as much and is not full.
    pub fn take(&self, amount: Balance, limits: &Limits, now: BlockNumber) -> Option<Self> {
        let missing = self.missing(limits, now);
        let fits = amount <= limits.bucket.saturating_sub(missing);
        (fits || missing == 0)
            .then(|| Self { missing: missing.saturating_add(amount).min(limits.bucket), at: now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const LIMITS: Limits = Limits { bucket: 43_200_000, withdrawal: 1_000 };

    fn after(amounts: &[Balance]) -> Bucket {
        amounts.iter().fold(Bucket::default(), |bucket, amount| bucket.take(*amount, &LIMITS, 7).unwrap())
    }

    #[test]
    fn is_full_at_first_and_fills_up_within_a_day() {
        let bucket = after(&[43_200_000]);
        assert_eq!(bucket.available(&LIMITS, 7), 0);
        assert_eq!(bucket.take(1, &LIMITS, 7), None);
        assert_eq!(bucket.available(&LIMITS, 8), 1_000);
        assert_eq!(bucket.available(&LIMITS, 7 + DAY / 2), 21_600_000);
        assert_eq!(bucket.available(&LIMITS, 7 + DAY), 43_200_000);
        assert_eq!(bucket.available(&LIMITS, BlockNumber::MAX), 43_200_000);
    }

    #[test]
    fn lets_a_larger_amount_pass_when_it_is_full() {
        let bucket = after(&[Balance::MAX]);
        assert_eq!(bucket.available(&LIMITS, 7), 0);
        assert_eq!(bucket.take(Balance::MAX, &LIMITS, 6 + DAY), None);
        assert!(bucket.take(Balance::MAX, &LIMITS, 7 + DAY).is_some());
        assert_eq!(after(&[1]).take(Balance::MAX, &LIMITS, 7), None);
    }

    #[test]
    fn follows_other_limits_at_once() {
        let bucket = after(&[1_000_000]);
        let half = Limits { bucket: LIMITS.bucket / 2, ..LIMITS };
        assert_eq!(bucket.available(&half, 7), 20_600_000);
        let none = Limits { bucket: 1, withdrawal: 1 };
        assert_eq!(bucket.available(&none, 7), 0);
    }

    #[test]
    fn knows_limits_that_contradict() {
        assert!(Limits::default().are_sound() && LIMITS.are_sound());
        assert!(Limits { bucket: 5, withdrawal: 5 }.are_sound());
        assert!(!Limits { bucket: 4, withdrawal: 5 }.are_sound());
        assert!(!Limits { bucket: 4, withdrawal: 0 }.are_sound());
    }

    proptest! {
        /// In any time, however it is cut: what was there, and what has come since; and of each amount above the bucket,
        /// the bucket.
        #[test]
        fn gives_no_more_than_was_there_and_came_since(
            capacity in 1u128..1_000_000, tries in vec((0u128..2_000_000, 0u32..DAY), 0..40),
        ) {
            let limits = Limits { bucket: capacity, withdrawal: 1 };
            let (mut bucket, mut now, mut given) = (Bucket::default(), 0u32, 0u128);
            for (amount, pause) in tries {
                now += pause;
                if let Some(left) = bucket.take(amount, &limits, now) {
                    bucket = left;
                    given += amount.min(capacity);
                }
                prop_assert!(bucket.missing <= capacity);
                let came = capacity * u128::from(now) / u128::from(DAY);
                prop_assert!(given <= capacity + came, "{} of {} and {}", given, capacity, came);
            }
        }

        #[test]
        fn is_never_worse_for_waiting(
            missing in any::<u128>(), early in any::<u32>(), late in any::<u32>(), bucket in any::<u128>(),
        ) {
            let limits = Limits { bucket, withdrawal: 1 };
            let one = Bucket { missing, at: 0 };
            let (early, late) = (early.min(late), early.max(late));
            prop_assert!(one.available(&limits, early) <= one.available(&limits, late));
            prop_assert!(one.available(&limits, late) <= bucket);
        }
    }
}
