//! What a task writes for a contract on Ethereum that has bought it: the file `callback`.
//!
//! Three words of 32 bytes, big-endian, as `contracts/src/examples/VolatilityIndex.sol` decodes them: the last day of the
//! history in days since 1970, the value at risk and the expected shortfall, both in millionths of the portfolio's gross
//! amount and rounded to the nearest. They are the estimate of the task's own stream.

use crate::report::Estimate;

/// Bytes of a word, an unsigned number.
const WORD: usize = 32;

/// Bytes of the file.
pub const LENGTH: usize = 3 * WORD;

/// The file's content, or why there is none: a number that its words cannot say.
pub fn callback(last_day: &str, estimate: &Estimate) -> Result<[u8; LENGTH], &'static str> {
    let day = days_since_1970(last_day)
        .ok_or("the last day of the dataset is no date from 1970 on, written as 2024-12-31")?;
    let Estimate { value_at_risk, expected_shortfall, .. } = *estimate;
    if !(value_at_risk >= 0.0 && expected_shortfall >= value_at_risk) {
        return Err("the value at risk is a gain");
    }
    let mut bytes = [0; LENGTH];
    let numbers = [day, millionths(value_at_risk), millionths(expected_shortfall)];
    for (word, number) in bytes.chunks_exact_mut(WORD).zip(numbers) {
        word[WORD - 8..].copy_from_slice(&number.to_be_bytes());
    }
    Ok(bytes)
}

/// A part of 1 that is not negative, in millionths.
fn millionths(part: f64) -> u64 {
    (part * 1e6 + 0.5) as u64
}

/// Days from 1 January 1970 to a date of the Gregorian calendar that is written as 2024-12-31. None for any other text, and for
/// earlier days.
fn days_since_1970(date: &str) -> Option<u64> {
    let is_form = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if date.len() != 10 || !date.bytes().enumerate().all(is_form) {
        return None;
    }
    let number = |text: &str| text.parse::<u64>().ok();
    let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, 28 + u64::from(is_leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month).ok()?.checked_sub(1)?;
    if year < 1970 || !(1..=*lengths.get(before)?).contains(&day) {
        return None;
    }
    // Of the leap days of all years before.
    let leaps = |years: u64| years / 4 - years / 100 + years / 400;
    let years = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    Some(years + lengths[..before].iter().sum::<u64>() + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{answer, history::Quotes, report::Question};
    use proptest::prelude::*;

    fn estimate(value_at_risk: f64, expected_shortfall: f64) -> Estimate {
        Estimate {
            value_at_risk,
            expected_shortfall,
            worst_loss: expected_shortfall,
            value_at_risk_amount: value_at_risk,
            expected_shortfall_amount: expected_shortfall,
        }
    }

    /// The words of a callback, as a contract decodes them. Fails where one is beyond 64 bits.
    fn words(bytes: &[u8; LENGTH]) -> [u64; 3] {
        [0, 1, 2].map(|number| {
            let (above, low) = bytes[number * WORD..][..WORD].split_at(WORD - 8);
            assert!(above.iter().all(|byte| *byte == 0));
            u64::from_be_bytes(low.try_into().unwrap())
        })
    }

    #[test]
    fn is_three_words_as_contracts_decode_them() {
        let bytes = callback("2026-10-30", &estimate(0.031_234_567, 0.05)).unwrap();
        let mut expected = [0; 96];
        // 20 756 days; 31 235 and 50 000 millionths.
        for (end, digits) in [(32, [0x51, 0x14]), (64, [0x7a, 0x03]), (96, [0xc3, 0x50])] {
            expected[end - 2..end].copy_from_slice(&digits);
        }
        assert_eq!(bytes, expected);
    }

    #[test]
    fn counts_days_of_the_calendar_and_takes_nothing_else_for_one() {
        for (date, days) in [
            ("1970-01-01", 0),
            ("1970-03-01", 59),
            ("1999-01-04", 10_595),
            ("2000-02-29", 11_016),
            ("2026-10-30", 20_756),
            ("2100-03-01", 47_541),
            ("9999-12-31", 2_932_896),
        ] {
            assert_eq!(days_since_1970(date), Some(days), "{date}");
        }
        for text in [
            "",
            "00000299",
            "1969-12-31",
            "2024-13-01",
            "2024-00-10",
            "2024-04-31",
            "2023-02-29",
            "2100-02-29",
            "2024-1-001",
            "2024/01/01",
            "2024-01-00",
            "+024-01-01",
            "2024-01-01T",
            "é24-01-01",
        ] {
            assert_eq!(days_since_1970(text), None, "{text}");
        }
    }

    #[test]
    fn is_not_written_where_its_words_cannot_say_what_was_found() {
        assert!(callback("2026-10-30", &estimate(0.0, 0.0)).is_ok());
        for (day, value_at_risk) in [("2026-10-30", -0.001), ("2026-10-30", f64::NAN), ("00000299", 0.03)] {
            assert!(callback(day, &estimate(value_at_risk, 0.05)).is_err(), "{day} {value_at_risk}");
        }
    }

    /// The demo's portfolio, with fewer paths: what `VolatilityIndex` asks of an estimate holds.
    #[test]
    fn of_a_real_portfolio_is_one_that_a_contract_takes() {
        let question = Question {
            portfolio: "USD=0.35,GBP=0.20,JPY=0.20,SEK=0.10,CAD=0.10,PLN=0.05".parse().unwrap(),
            quotes: Quotes::PerBase,
            horizon_days: 10,
            confidence: "0.99".parse().unwrap(),
            paths: 10_000,
            decay: 0.94,
            seed: 0,
        };
        let (report, _) = answer(question, include_str!("../data/euro-rates.csv"), 0).unwrap();
        let bytes = callback(&report.source.last_day, &report.estimate).unwrap();
        let [last_day, value_at_risk, expected_shortfall] = words(&bytes);
        assert_eq!(last_day, 20_756);
        assert!(0 < value_at_risk && value_at_risk <= expected_shortfall && expected_shortfall <= 1_000_000);
        assert!((value_at_risk as f64 / 1e6 - report.estimate.value_at_risk).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn rounds_and_keeps_the_order(one in 0.0..10.0_f64, other in 0.0..10.0_f64) {
            let (value_at_risk, expected_shortfall) = (one.min(other), one.max(other));
            let bytes = callback("2026-10-30", &estimate(value_at_risk, expected_shortfall)).unwrap();
            let [_, low, high] = words(&bytes);
            prop_assert!(low <= high);
            prop_assert!((low as f64 - value_at_risk * 1e6).abs() <= 0.5 + 1e-6);
            prop_assert!((high as f64 - expected_shortfall * 1e6).abs() <= 0.5 + 1e-6);
        }
    }
}
