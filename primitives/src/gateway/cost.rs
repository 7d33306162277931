//! What a call may cost, and how long it is waited for.

use crate::unit::{Balance, BlockNumber};

/// All that has to be there for a call, in units of TLK. Only the prices can be spent; the rest comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// What the deal holds: the price of its task, and that of an audit.
    pub payment: Balance,
    /// What is held until the chain forgets the deal.
    pub of_deal: Balance,
    /// What is held until the call is reported.
    pub of_call: Balance,
    /// The price of the answer.
    pub answer: Balance,
    /// What keeps the account alive while something is held of it.
    pub least: Balance,
}

impl Cost {
    /// All together; nothing where that is more than money can be.
    pub fn total(&self) -> Option<Balance> {
        [self.payment, self.of_deal, self.of_call, self.answer, self.least]
            .into_iter()
            .try_fold(0, Balance::checked_add)
    }

    /// Whether an amount is enough. What else lies on the account is not asked for: it came with another call.
    pub fn fits(&self, amount: Balance) -> bool {
        self.total().is_some_and(|total| total <= amount)
    }
}

/// The last block in which a task may be completed that is ordered now: `least` is the time that the task can take where
/// nobody is late, in blocks. Twice as much, and `beside` that for the pool to come to it; a deal lasts `most` blocks at most.
pub fn deadline(now: BlockNumber, least: BlockNumber, beside: BlockNumber, most: BlockNumber) -> BlockNumber {
    now.saturating_add(least.saturating_mul(2).saturating_add(beside).min(most))
}
