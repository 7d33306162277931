//! Amounts of TLK as people write them: `12`, `0.5`, `1.000000001`.
//!
//! The conversion is exact in both directions: no floating point anywhere.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use talka_primitives::Balance;

/// Decimals of TLK.
pub const DECIMALS: u32 = 9;

/// One TLK, in its smallest unit.
pub const UNIT: Balance = 10u128.pow(DECIMALS);

/// An amount in units of TLK that reads and prints as a decimal number of TLK. In JSON it is a string, because
/// numbers there are not exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tlk(pub Balance);

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a decimal number.
    #[error("`{0}` is not an amount: write a number of TLK, as in 12 or 0.5")]
    NotANumber(String),
    /// Finer than the smallest unit.
    #[error("`{0}` has more than {DECIMALS} decimals, and TLK has no smaller unit")]
    TooFine(String),
    /// More than can be counted.
    #[error("`{0}` is more TLK than can exist")]
    TooLarge(String),
}

impl FromStr for Tlk {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let not_a_number = || AmountError::NotANumber(text.to_owned());
        let too_large = || AmountError::TooLarge(text.to_owned());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(not_a_number());
        }
        if fraction.len() > DECIMALS as usize {
            return Err(AmountError::TooFine(text.to_owned()));
        }
        let whole: Balance = whole.parse().map_err(|_| too_large())?;
        let scale = 10u128.pow(DECIMALS - fraction.len() as u32);
        let fraction: Balance = fraction.parse().map_err(|_| not_a_number())?;
        whole
            .checked_mul(UNIT)
            .and_then(|units| units.checked_add(fraction * scale))
            .map(Self)
            .ok_or_else(too_large)
    }
}

impl fmt::Display for Tlk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / UNIT, self.0 % UNIT);
        if fraction == 0 {
            return f.pad(&whole.to_string());
        }
        let fraction = format!("{fraction:0width$}", width = DECIMALS as usize);
        f.pad(&format!("{whole}.{}", fraction.trim_end_matches('0')))
    }
}

impl Serialize for Tlk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Tlk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        let read = |text: &str| text.parse::<Tlk>().map(|amount| amount.0);
        assert_eq!(read("1.5"), Ok(1_500_000_000));
        assert_eq!(read("12"), Ok(12 * UNIT));
        assert_eq!(read("0.000000001"), Ok(1));
        assert_eq!(read("007.10"), Ok(7_100_000_000));
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1,5", "1e3", " 1", "1.5.2", "TLK", "1_000", "١"] {
            assert!(matches!(text.parse::<Tlk>(), Err(AmountError::NotANumber(_))), "{text:?}");
        }
        assert!(matches!("0.0000000001".parse::<Tlk>(), Err(AmountError::TooFine(_))));
        assert!(matches!("1".repeat(40).parse::<Tlk>(), Err(AmountError::TooLarge(_))));
        let largest = Tlk(Balance::MAX).to_string();
        assert_eq!(largest.parse(), Ok(Tlk(Balance::MAX)));
        let more = format!("{}.999999999", &largest[..largest.find('.').unwrap()]);
        assert!(matches!(more.parse::<Tlk>(), Err(AmountError::TooLarge(_))));
    }

    #[test]
    fn prints_no_more_decimals_than_there_are() {
        assert_eq!(Tlk(0).to_string(), "0");
        assert_eq!(Tlk(1_500_000_000).to_string(), "1.5");
        assert_eq!(Tlk(1).to_string(), "0.000000001");
        assert_eq!(format!("{:>6}", Tlk(UNIT)), "     1");
    }

    proptest! {
        #[test]
        fn comes_back_as_it_was(units in any::<u128>()) {
            prop_assert_eq!(Tlk(units).to_string().parse(), Ok(Tlk(units)));
        }

        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = text.parse::<Tlk>();
        }

        #[test]
        fn counts_the_decimals(whole in 0u64.., digits in 0usize..=9, fraction in 0u32..1_000_000_000) {
            let fraction = format!("{fraction:09}")[..digits].to_owned();
            let text = if digits == 0 { whole.to_string() } else { format!("{whole}.{fraction}") };
            let padded: u128 = format!("{fraction:0<9}").parse().unwrap();
            prop_assert_eq!(text.parse(), Ok(Tlk(u128::from(whole) * UNIT + padded)));
        }
    }
}
