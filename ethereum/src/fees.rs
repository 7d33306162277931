//! What a transaction may cost. Pure functions; amounts are in wei for a unit of gas.

use std::{fmt, str::FromStr};

use crate::error::EthereumError;

/// Wei in a gwei.
const GWEI: u128 = 1_000_000_000;
/// Decimals of a gwei.
const DECIMALS: usize = 9;

/// A price of gas: wei for a unit of gas, read and written as a decimal number of gwei.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gwei(pub u128);

impl FromStr for Gwei {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unreadable = || format!("`{text}` is no price of gas: write a number of gwei, as in 20 or 0.5");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > DECIMALS {
            return Err(unreadable());
        }
        let whole: u128 = whole.parse().map_err(|_| unreadable())?;
        let fraction: u128 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| unreadable())?;
        whole.checked_mul(GWEI).and_then(|wei| wei.checked_add(fraction)).map(Self).ok_or_else(unreadable)
    }
}

impl fmt::Display for Gwei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / GWEI, self.0 % GWEI);
        match fraction {
            0 => write!(f, "{whole}"),
            _ => write!(f, "{whole}.{}", format!("{fraction:0>DECIMALS$}").trim_end_matches('0')),
        }
    }
}

/// What a transaction offers for a unit of gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// The most, all included.
    pub max: u128,
    /// The most for who makes the block.
    pub priority: u128,
}

impl Fees {
    /// What to offer, where a block asks for `base` and who makes it for `priority`: enough for the base fee to double, and
    /// never more than `limit`.
    ///
    /// # Errors
    ///
    /// [`EthereumError::TooExpensive`] where the base fee alone is above the limit.
    pub fn new(base: u128, priority: u128, limit: u128) -> Result<Self, EthereumError> {
        if base > limit {
            return Err(EthereumError::TooExpensive { needed: Gwei(base), limit: Gwei(limit) });
        }
        let max = base.saturating_mul(2).saturating_add(priority).min(limit);
        Ok(Self { max, priority: priority.min(max - base) })
    }

    /// What to offer in place of `self`, which waits, where `now` would be offered: nodes take a replacement only where both
    /// parts are a tenth more. An eighth more here. Nothing where that is above the limit.
    pub fn raised(self, now: Self, limit: u128) -> Option<Self> {
        let more = |part: u128| part.saturating_add(part / 8).saturating_add(1);
        let raised =
            Self { max: more(self.max).max(now.max), priority: more(self.priority).max(now.priority) };
        (raised.max <= limit && raised.priority <= raised.max).then_some(raised)
    }

    /// What is paid for a unit of gas at a base fee, at most.
    pub fn at(self, base: u128) -> u128 {
        base.saturating_add(self.priority).min(self.max)
    }
}

/// The gas limit of a transaction that is estimated to use `estimate`: a quarter more, as the state may have changed until then.
pub fn with_margin(estimate: u64) -> u64 {
    estimate.saturating_add(estimate / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u128 = 30 * GWEI;

    #[test]
    fn the_limit_is_never_exceeded() {
        for base in [0, 1, GWEI, 14 * GWEI, 15 * GWEI, 29 * GWEI, LIMIT] {
            for priority in [0, 1, GWEI, 40 * GWEI, u128::MAX] {
                let fees = Fees::new(base, priority, LIMIT).unwrap();
                assert!(fees.max <= LIMIT && fees.priority <= fees.max - base, "{base} {priority} {fees:?}");
                assert!(fees.at(base) <= LIMIT && fees.at(base) >= base);
                let mut waiting = fees;
                while let Some(raised) = waiting.raised(fees, LIMIT) {
                    assert!(raised.max <= LIMIT && raised.priority <= raised.max);
                    assert!(
                        raised.max * 10 >= waiting.max * 11 && raised.priority * 10 >= waiting.priority * 11
                    );
                    waiting = raised;
                }
            }
        }
        let refused = Fees::new(LIMIT + 1, 0, LIMIT).unwrap_err();
        assert!(
            matches!(refused, EthereumError::TooExpensive { needed: Gwei(needed), .. } if needed == LIMIT + 1)
        );
    }

    #[test]
    fn there_is_room_for_the_base_fee_to_double() {
        assert_eq!(Fees::new(10 * GWEI, GWEI, LIMIT).unwrap(), Fees { max: 21 * GWEI, priority: GWEI });
        assert_eq!(Fees::new(20 * GWEI, GWEI, LIMIT).unwrap(), Fees { max: LIMIT, priority: GWEI });
        assert_eq!(with_margin(100_000), 125_000);
        assert_eq!(with_margin(u64::MAX), u64::MAX);
    }

    #[test]
    fn prices_read_as_they_are_written() {
        for (text, wei) in
            [("20", 20 * GWEI), ("0.5", GWEI / 2), ("0.000000001", 1), ("1.25", GWEI + GWEI / 4)]
        {
            assert_eq!(text.parse(), Ok(Gwei(wei)));
            assert_eq!(Gwei(wei).to_string(), text);
        }
        for text in ["", ".", "-1", "1.", "1e9", "0.0000000001", "999999999999999999999999999999999999999"] {
            assert!(text.parse::<Gwei>().is_err(), "{text}");
        }
    }
}
