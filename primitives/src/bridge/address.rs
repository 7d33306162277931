//! Addresses on Ethereum, written as its programs write them.

use alloc::{borrow::Cow, string::String};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{json, keccak_256};
use crate::hint::Hint;

/// An account or a contract on Ethereum. Written `0x` and 40 hexadecimal digits, with the checksum of EIP-55 in the case of
/// its letters; read in this form or all in lower case.
#[derive(
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct EthereumAddress(pub [u8; 20]);

impl EthereumAddress {
    /// Whether it is the address that stands for nobody.
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 20]
    }

    /// Its digits in lower case, and for each whether the checksum has it in upper case.
    fn digits(&self) -> [(u8, bool); 40] {
        let mut digits = [0; 40];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair[0] = json::digit(byte >> 4);
            pair[1] = json::digit(byte & 15);
        }
        let hash = keccak_256(&digits);
        let mut place = 0;
        digits.map(|digit| {
            let byte = hash[place / 2];
            let nibble = if place & 1 == 0 { byte >> 4 } else { byte & 15 };
            place += 1;
            (digit, nibble >= 8)
        })
    }
}

impl fmt::Display for EthereumAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.digits().into_iter().try_for_each(|(digit, upper)| {
            let digit = if upper { digit.to_ascii_uppercase() } else { digit };
            write!(f, "{}", char::from(digit))
        })
    }
}

impl fmt::Debug for EthereumAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EthereumAddress({self})")
    }
}

/// Text is no address on Ethereum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidAddress {
    /// It is written in another way.
    Form,
    /// The case of its letters is not the checksum of these digits.
    Checksum,
}

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "an address on Ethereum is written 0x and 40 hexadecimal digits",
            Self::Checksum => "the checksum of the address on Ethereum is wrong: a digit is not what it was",
        })
    }
}

impl core::error::Error for InvalidAddress {}

impl Hint for InvalidAddress {
    fn hint(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Form => "copy the whole address from the wallet",
            Self::Checksum => "copy the address again; one that has no checksum is written in lower case",
        })
    }
}

impl FromStr for EthereumAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = Self(json::bytes(text).ok_or(InvalidAddress::Form)?);
        let digits = &text.as_bytes()[2..];
        let lower = !digits.iter().any(u8::is_ascii_uppercase);
        let checked = address.digits().iter().zip(digits).all(|((digit, upper), written)| {
            !digit.is_ascii_alphabetic() || *upper == written.is_ascii_uppercase()
        });
        if lower || checked {
            Ok(address)
        } else {
            Err(InvalidAddress::Checksum)
        }
    }
}

impl Serialize for EthereumAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EthereumAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    /// Those of EIP-55.
    const CHECKED: [&str; 4] = [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn are_written_with_the_checksum_and_read_with_or_without() {
        for text in CHECKED {
            let address: EthereumAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(text.to_lowercase().parse(), Ok(address));
        }
    }

    #[test]
    fn are_refused_where_a_digit_is_wrong() {
        let text = CHECKED[0].replace("5aAe", "5aAd");
        assert_eq!(text.parse::<EthereumAddress>(), Err(InvalidAddress::Checksum));
        let upper = CHECKED[0].to_uppercase().replace("0X", "0x");
        assert_eq!(upper.parse::<EthereumAddress>(), Err(InvalidAddress::Checksum));
    }

    #[test]
    fn are_refused_in_another_form() {
        let bare = &CHECKED[0][2..];
        let (short, long) = (&CHECKED[0][..40], CHECKED[0].to_string() + "00");
        let no_digits = CHECKED[0].replace("5aAe", "5aGe");
        // As many bytes, but not as many letters.
        let others = "0xé".to_string() + &"0".repeat(38);
        let upper = CHECKED[0].to_lowercase().replace("0x", "0X");
        for text in ["", "0x", bare, short, &long, &no_digits, &others, &upper] {
            assert_eq!(text.parse::<EthereumAddress>(), Err(InvalidAddress::Form), "{text}");
        }
    }

    proptest! {
        #[test]
        fn are_read_as_they_were_written(bytes in any::<[u8; 20]>()) {
            let address = EthereumAddress(bytes);
            prop_assert_eq!(address.to_string().parse(), Ok(address));
            let json = serde_json::to_string(&address).unwrap();
            prop_assert_eq!(serde_json::from_str::<EthereumAddress>(&json).unwrap(), address);
        }

        #[test]
        fn take_any_text(text in "\\PC{0,50}") {
            let _ = text.parse::<EthereumAddress>();
        }
    }
}
