//! Who takes part, and what each has to begin with.

use std::fmt;

use codec::{Decode, Encode};
use talka_primitives::{Balance, Merit};
use talka_runtime::{constants::currency::TLK, AccountId};

/// Honest validators. With the adversary's two there are seven: a whole jury, of which the honest are just a majority.
pub const VALIDATORS: u8 = 5;
/// Those of them that have a juror key, so that their own keys stay offline: the first ones.
pub const JURORS: u8 = 3;
/// Honest operators: the pool of the first has only workers that it admitted, that of the second is open.
pub const OPERATORS: u8 = 2;
/// Honest buyers.
pub const BUYERS: u8 = 3;
/// Honest workers. The first four are of the first pool.
pub const WORKERS: u8 = 8;
/// How many of them are of the first pool.
pub const ADMITTED: u8 = 4;
/// Accounts of the adversary.
pub const ATTACKERS: u8 = 12;
/// Those of them that have a bond.
pub const BONDED: std::ops::Range<u8> = 2..10;
/// Those of them that are validators.
pub const SEATED: std::ops::Range<u8> = 10..12;

/// An account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Party {
    /// Makes blocks and sits on juries.
    Validator(u8),
    /// Runs a pool.
    Operator(u8),
    /// Owns an app and a dataset.
    Provider,
    /// Buys results.
    Buyer(u8),
    /// Executes tasks.
    Worker(u8),
    /// Has money, and does nothing.
    Bystander,
    /// Acts on juries for the validator with the same number.
    Juror(u8),
    /// Is the adversary.
    Attacker(u8),
}

impl Party {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::honest().chain((0..ATTACKERS).map(Self::Attacker))
    }

    /// Those that follow the protocol.
    pub fn honest() -> impl Iterator<Item = Self> {
        (0..VALIDATORS)
            .map(Self::Validator)
            .chain((0..OPERATORS).map(Self::Operator))
            .chain((0..BUYERS).map(Self::Buyer))
            .chain((0..WORKERS).map(Self::Worker))
            .chain((0..JURORS).map(Self::Juror))
            .chain([Self::Provider, Self::Bystander])
    }

    /// Its account.
    pub fn account(self) -> AccountId {
        let (kind, index) = match self {
            Self::Validator(index) => (1, index),
            Self::Operator(index) => (2, index),
            Self::Provider => (3, 0),
            Self::Buyer(index) => (4, index),
            Self::Worker(index) => (5, index),
            Self::Bystander => (6, 0),
            Self::Attacker(index) => (7, index),
            Self::Juror(index) => (8, index),
        };
        let mut bytes = [0x7a; 32];
        (bytes[0], bytes[1]) = (kind, index);
        AccountId::new(bytes)
    }

    /// Whose account it is.
    pub fn of(account: &AccountId) -> Option<Self> {
        let bytes: &[u8; 32] = account.as_ref();
        let party = match bytes[0] {
            1 => Self::Validator(bytes[1]),
            2 => Self::Operator(bytes[1]),
            3 => Self::Provider,
            4 => Self::Buyer(bytes[1]),
            5 => Self::Worker(bytes[1]),
            6 => Self::Bystander,
            7 => Self::Attacker(bytes[1]),
            8 => Self::Juror(bytes[1]),
            _ => return None,
        };
        (party.account() == *account).then_some(party)
    }

    /// Its place among those of its kind.
    pub fn index(self) -> u8 {
        match self {
            Self::Validator(index)
            | Self::Operator(index)
            | Self::Buyer(index)
            | Self::Worker(index)
            | Self::Juror(index)
            | Self::Attacker(index) => index,
            Self::Provider | Self::Bystander => 0,
        }
    }

    /// Who acts where this party is drawn for a jury: its juror key, if it has one.
    pub fn on_juries(self) -> Self {
        match self {
            Self::Validator(index) if index < JURORS => Self::Juror(index),
            party => party,
        }
    }

    /// Whether it follows the protocol.
    pub fn is_honest(self) -> bool {
        !matches!(self, Self::Attacker(_))
    }

    /// What it has, its bond included.
    pub fn balance(self) -> Balance {
        TLK * match self {
            Self::Validator(_) => 1_010_000,
            Self::Operator(_) | Self::Bystander => 100_000,
            Self::Provider => 1_000,
            Self::Buyer(_) => 500_000,
            Self::Worker(_) => 5_100,
            Self::Juror(_) => 10,
            Self::Attacker(index) if SEATED.contains(&index) => 1_010_000,
            Self::Attacker(index) if BONDED.contains(&index) => 10_000,
            Self::Attacker(_) => 200_000,
        }
    }

    /// Its bond at the beginning, which is ripe, and its merit.
    pub fn bond(self) -> Option<(Balance, Merit)> {
        let (bond, merit) = match self {
            Self::Validator(_) => (1_000_000, 0),
            Self::Worker(0 | 4) => (5_000, 40_000),
            Self::Worker(1 | 5) => (5_000, 4_000),
            Self::Worker(_) => (5_000, 0),
            Self::Attacker(index) if SEATED.contains(&index) => (1_000_000, 0),
            Self::Attacker(2) => (4_000, 40_000),
            Self::Attacker(3) => (4_000, 4_000),
            Self::Attacker(index) if BONDED.contains(&index) => (4_000, 0),
            _ => return None,
        };
        Some((bond * TLK, Merit(merit * TLK)))
    }

    /// Whether it is a validator from the start.
    pub fn is_seated(self) -> bool {
        match self {
            Self::Validator(_) => true,
            Self::Attacker(index) => SEATED.contains(&index),
            _ => false,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Validator(index) => write!(f, "validator {index}"),
            Self::Operator(index) => write!(f, "operator {index}"),
            Self::Provider => write!(f, "provider"),
            Self::Buyer(index) => write!(f, "buyer {index}"),
            Self::Worker(index) => write!(f, "worker {index}"),
            Self::Bystander => write!(f, "bystander"),
            Self::Juror(index) => write!(f, "juror key of validator {index}"),
            Self::Attacker(index) => write!(f, "attacker {index}"),
        }
    }
}

/// How an account is called in what is printed.
pub fn name(account: &AccountId) -> String {
    Party::of(account).map_or_else(|| "somebody else".into(), |party| party.to_string())
}
