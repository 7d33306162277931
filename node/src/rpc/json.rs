//! Answers as JSON that JavaScript can read.
//!
//! Amounts of TLK have 128 bits, JavaScript's numbers 53: amounts are written as decimal strings. Everything else is
//! as in `talka-primitives`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{ser::Formatter, value::RawValue, Serializer};

/// A value that has been written as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Write a value.
    pub fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        let mut text = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut text, AmountsAsText))?;
        serde_json::from_slice(&text).map(Self)
    }
}

/// Writes numbers of 128 bits as strings.
struct AmountsAsText;

impl Formatter for AmountsAsText {
    fn write_u128<W: ?Sized + Write>(&mut self, writer: &mut W, value: u128) -> io::Result<()> {
        write!(writer, "\"{value}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_digit_of_an_amount() {
        #[derive(Serialize)]
        struct Answer {
            amount: u128,
            tasks: u32,
        }
        let json = Json::of(&Answer { amount: u128::MAX, tasks: 3 }).unwrap();
        assert_eq!(
            serde_json::to_string(&json).unwrap(),
            r#"{"amount":"340282366920938463463374607431768211455","tasks":3}"#
        );
    }
}
