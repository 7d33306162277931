//! Text with a bounded length.

use alloc::{borrow::Cow, string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::{Type, TypeInfo};
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

/// Text of at most `N` bytes. To wallets it is `Bytes`; in JSON it is a string.
#[derive(
    Clone, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
)]
pub struct Text<const N: u32>(BoundedVec<u8, ConstU32<N>>);

impl<const N: u32> Text<N> {
    /// Whether it is UTF-8.
    pub fn is_utf8(&self) -> bool {
        core::str::from_utf8(&self.0).is_ok()
    }

    /// The text, with replacement characters where it is not UTF-8.
    pub fn to_str(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The text as it is stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const N: u32> TryFrom<Vec<u8>> for Text<N> {
    type Error = TooLong<N>;
    fn try_from(bytes: Vec<u8>) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self).map_err(|_| TooLong)
    }
}

impl<const N: u32> TryFrom<&str> for Text<N> {
    type Error = TooLong<N>;
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.as_bytes().to_vec().try_into()
    }
}

/// The text has more than `N` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong<const N: u32>;

impl<const N: u32> fmt::Display for TooLong<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text has more than {N} bytes")
    }
}

impl<const N: u32> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_str().fmt(f)
    }
}

impl<const N: u32> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_str())
    }
}

impl<const N: u32> TypeInfo for Text<N> {
    type Identity = <BoundedVec<u8, ConstU32<N>> as TypeInfo>::Identity;
    fn type_info() -> Type {
        <BoundedVec<u8, ConstU32<N>> as TypeInfo>::type_info()
    }
}

impl<const N: u32> Serialize for Text<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_str())
    }
}

impl<'de, const N: u32> Deserialize<'de> for Text<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.as_str().try_into().map_err(serde::de::Error::custom)
    }
}
