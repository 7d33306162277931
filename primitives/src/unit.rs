//! Units as separate types, so that they cannot be mixed up.

use codec::CompactAs;
use core::{fmt, str::FromStr};
use primitive_types::U256;
use serde::{Deserialize, Serialize};

use crate::apply;

/// An amount of TLK, in its smallest unit (10⁻⁹ TLK).
pub type Balance = u128;

/// The height of a block, and a span of time counted in blocks.
pub type BlockNumber = u32;

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[apply(stored)]
        #[derive(Copy, Default, PartialOrd, Ord, CompactAs, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

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

unit! {
    /// A worker's reputation: how many contributions in a row (but for penalties) were right.
    Score(u32)
}
unit! {
    /// Odds that a worker is right: see [`crate::credibility::weight`].
    Weight(u32)
}
unit! {
    /// How sure a requester wants to be: an accepted result is wrong with a probability below `1 / trust`.
    Trust(u32)
}
unit! {
    /// A part of a whole, in percent.
    Share(u8)
}
unit! {
    /// How often something happens, in ten-thousandths: 500 is 5 %.
    Rate(u16)
}
unit! {
    /// What a worker has been audited for and found right, in units of TLK: see [`crate::merit`].
    Merit(Balance)
}

impl Trust {
    /// The highest trust that can be asked for. Products of it stay far from overflow.
    pub const MAX: Self = Self(1_000_000);

    /// Whether it can be asked for: from 1 to [`Trust::MAX`].
    pub fn is_valid(self) -> bool {
        (1..=Self::MAX.0).contains(&self.0)
    }
}

impl Rate {
    /// Always.
    pub const ALWAYS: Self = Self(10_000);
}

impl Share {
    /// The whole.
    pub const ALL: Self = Self(100);

    /// Whether it is not more than the whole.
    pub fn is_valid(self) -> bool {
        self <= Self::ALL
    }

    /// This part of an amount, rounded down; the amount itself where the share exceeds the whole.
    pub fn of(self, amount: Balance) -> Balance {
        proportion(amount, self.0.min(100).into(), 100)
    }
}

/// `⌊amount · part / whole⌋` without overflow; the amount itself where `part ≥ whole` (and where `whole` is 0).
pub fn proportion(amount: Balance, part: u128, whole: u128) -> Balance {
    if part >= whole {
        return amount;
    }
    let product = U256::from(amount) * U256::from(part) / U256::from(whole);
    product.low_u128()
}
