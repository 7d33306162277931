//! Identifiers as separate types, so that they cannot be mixed up.

use alloc::string::String;
use codec::{CompactAs, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::apply;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[apply(stored)]
        #[derive(Copy, Default, PartialOrd, Ord, Hash, CompactAs, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The identifier after this one.
            pub fn next(self) -> Option<Self> {
                self.0.checked_add(1).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = core::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

number! {
    /// A published app.
    AppId(u32)
}
number! {
    /// A published dataset.
    DatasetId(u32)
}
number! {
    /// A worker pool.
    PoolId(u32)
}
number! {
    /// A size of task, set by governance.
    CategoryId(u8)
}
number! {
    /// A deal: a bag of tasks bought at agreed terms.
    DealId(u32)
}
number! {
    /// A group of accounts, kept on chain by its owner.
    GroupId(u32)
}

/// One task: its deal and its place in the bag. Written `deal.index`.
#[apply(stored)]
#[derive(Copy, Default, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId {
    /// The deal that the task belongs to.
    pub deal: DealId,
    /// Place in the bag, from 0.
    pub index: u32,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.deal, self.index)
    }
}

impl FromStr for TaskId {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a task is written DEAL.INDEX, as in 7.0";
        let (deal, index) = text.split_once('.').ok_or(FORM)?;
        Ok(Self { deal: deal.parse().map_err(|_| FORM)?, index: index.parse().map_err(|_| FORM)? })
    }
}

macro_rules! hash {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
            MaxEncodedLen, TypeInfo,
        )]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = &'static str;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                const FORM: &str = "a hash is written as 64 hexadecimal digits";
                let text = text.strip_prefix("0x").unwrap_or(text).as_bytes();
                if text.len() != 64 {
                    return Err(FORM);
                }
                let digit = |byte: u8| (byte as char).to_digit(16).ok_or(FORM);
                let mut bytes = [0; 32];
                for (byte, pair) in bytes.iter_mut().zip(text.chunks(2)) {
                    *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl From<[u8; 32]> for $name {
            fn from(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
        }
    };
}

hash! {
    /// BLAKE3-256 of a blob. The reader verifies it; the source of a blob does not matter.
    ContentId
}
hash! {
    /// BLAKE3-256 of the SCALE encoding of a result's manifest.
    Digest
}
hash! {
    /// What an order is known by, and what is signed: see [`crate::order::order_id`].
    OrderId
}
hash! {
    /// Makes orders different that are otherwise equal.
    Salt
}
hash! {
    /// Commitment that is equal for equal results: see [`crate::commitment`].
    ResultHash
}
hash! {
    /// Commitment that is different for each worker: see [`crate::commitment`].
    Seal
}
hash! {
    /// A call from Ethereum: see [`crate::gateway::call_id`].
    CallId
}
