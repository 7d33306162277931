//! Tasks that cannot be bought, and why.

use std::fmt;

use talka_primitives::{matching::Mismatch, Balance};

use crate::Tlk;

/// Tasks that cannot be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// How many.
    pub tasks: u32,
    /// Of how many.
    pub of: u32,
    /// Why.
    pub why: Why,
}

/// Why tasks cannot be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The request can never become a deal.
    Impossible(Mismatch),
    /// The app has no published price, and there is no order of it.
    NoApp,
    /// The dataset has no published price, and there is no order of it.
    NoDataset,
    /// No pool has a price for the category, and there is no order of one.
    NoPool,
    /// What fits costs too much. Both are for one task, in units of TLK.
    OverLimit {
        /// What it costs.
        cheapest: Balance,
        /// What it may cost.
        limit: Balance,
    },
    /// Nothing fits: this is what is wrong with the cheapest.
    Unfit(Mismatch),
    /// What fits is for fewer tasks.
    SoldOut,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} tasks cannot be bought: {}", self.tasks, self.of, self.why)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible(mismatch) => write!(f, "the chain would refuse the request: {mismatch:?}"),
            Self::NoApp => f.write_str("the app has no published price, and there is no order of it"),
            Self::NoDataset => f.write_str("the dataset has no published price, and there is no order of it"),
            Self::NoPool => f.write_str("no pool serves the category"),
            Self::OverLimit { cheapest, limit } => {
                write!(f, "the cheapest offer costs {} TLK, the limit is {}", Tlk(*cheapest), Tlk(*limit))
            }
            Self::Unfit(mismatch) => {
                write!(f, "no offer fits; the chain would refuse the cheapest: {mismatch:?}")
            }
            Self::SoldOut => f.write_str("no more is offered"),
        }
    }
}
