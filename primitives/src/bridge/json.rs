//! How bytes and amounts are written in JSON: as Ethereum's programs and JavaScript read them.

use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::{de::Error, Deserialize, Deserializer, Serializer};

/// A number below 16 as a hexadecimal digit in lower case.
pub(super) const fn digit(number: u8) -> u8 {
    if number < 10 {
        b'0' + number
    } else {
        b'a' + number - 10
    }
}

/// `N` bytes, written `0x` and two hexadecimal digits for each.
pub(super) fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (value(pair[0])? << 4 | value(pair[1])?) as u8;
    }
    Some(bytes)
}

/// Bytes as they are written.
struct Hex<'a>(&'a [u8; 32]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn read<E: Error>(text: &str) -> Result<[u8; 32], E> {
    bytes(text).ok_or_else(|| E::custom("32 bytes are written 0x and 64 hexadecimal digits"))
}

/// 32 bytes.
pub(super) mod word {
    use super::*;

    pub fn serialize<S: Serializer>(word: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Hex(word))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        read(&String::deserialize(deserializer)?)
    }
}

/// A digest, with the `0x` that it has on Ethereum.
pub(super) mod digest {
    use super::*;
    use crate::id::Digest;

    pub fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Hex(&digest.0))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        read(&String::deserialize(deserializer)?).map(Digest)
    }
}

/// A list of 32 times 32 bytes.
pub(super) mod words {
    use super::*;

    pub fn serialize<S: Serializer>(words: &[[u8; 32]; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(words.iter().map(|word| alloc::format!("{}", Hex(word))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[[u8; 32]; 32], D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        let words = words.iter().map(|word| read(word)).collect::<Result<Vec<_>, D::Error>>()?;
        words.try_into().map_err(|_| D::Error::custom("a proof has 32 nodes"))
    }
}

/// An amount as a decimal string: numbers in JavaScript have 53 bits.
pub(super) mod amount {
    use super::*;
    use crate::unit::Balance;

    pub fn serialize<S: Serializer>(amount: &Balance, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(amount)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Balance, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
