//! What follows from the end of a task, as a value.

use alloc::vec::Vec;

use crate::{
    bound::Finding,
    merit::{after_absence, after_loss, grown},
    reliability::Conduct,
    unit::{Balance, Merit, Rate},
};

/// Money that changes hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transfer<AccountId> {
    /// A part of what is held for the task. What goes to the payer comes back to it.
    Payment {
        /// Who gets it.
        to: AccountId,
        /// How much; never 0.
        amount: Balance,
    },
    /// A part of what a contributor has locked.
    Forfeit {
        /// Who loses it.
        from: AccountId,
        /// Who gets it; the audit fund where nobody is named.
        to: Option<AccountId>,
        /// How much; never 0.
        amount: Balance,
    },
}

/// What somebody gained or lost, to be told. The amount is never 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt<AccountId> {
    /// A worker lost the vote, did not reveal, was absent, or let the task down.
    StakeLost {
        /// The worker.
        worker: AccountId,
        /// What it lost.
        amount: Balance,
    },
    /// A worker was paid.
    WorkerPaid {
        /// The worker.
        worker: AccountId,
        /// What it got.
        amount: Balance,
    },
    /// A juror was paid.
    JurorPaid {
        /// The juror.
        juror: AccountId,
        /// What it got.
        amount: Balance,
    },
}

impl<AccountId> Receipt<AccountId> {
    /// How much it was.
    pub fn amount(&self) -> Balance {
        match self {
            Self::StakeLost { amount, .. }
            | Self::WorkerPaid { amount, .. }
            | Self::JurorPaid { amount, .. } => *amount,
        }
    }
}

/// What an end does to the merit of a worker that was not convicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeritChange {
    /// An audit, or a jury, confirmed it.
    Earned(Merit),
    /// It lost the vote, or did not reveal.
    VoteLost,
    /// It was absent from a task of this value.
    Absent(Balance),
}

impl MeritChange {
    /// The merit after it.
    pub fn of(self, merit: Merit) -> Merit {
        match self {
            Self::Earned(more) => grown(merit, more),
            Self::VoteLost => after_loss(merit),
            Self::Absent(value) => after_absence(merit, value),
        }
    }
}

/// A contributor that a jury found wrong. It loses its merit, and its passes to work alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conviction<AccountId> {
    /// The worker.
    pub who: AccountId,
    /// What it had locked, and has lost.
    pub locked: Balance,
    /// The audit rate, where it worked alone: the gate closes by it.
    pub alone: Option<Rate>,
}

/// All that follows from the end of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement<AccountId> {
    /// What is paid out of what is held and locked.
    pub transfers: Vec<Transfer<AccountId>>,
    /// What is unlocked.
    pub unlocked: Vec<(AccountId, Balance)>,
    /// What is taken of the operator's guarantee for the task, for the audit fund. The rest comes back to the operator.
    pub seized: Balance,
    /// Whose merit changes.
    pub merits: Vec<(AccountId, MeritChange)>,
    /// Who is convicted.
    pub convictions: Vec<Conviction<AccountId>>,
    /// Who was still executing, and is to stop.
    pub released: Vec<AccountId>,
    /// Who delivered the task or audited it, and whose decline of it counts.
    pub conduct: Vec<(AccountId, Conduct)>,
    /// What is known of the result, where it is counted.
    pub finding: Option<Finding>,
    /// Who has the result: all that were right, or the jurors where nobody was.
    pub holders: Vec<AccountId>,
    /// What there is to tell.
    pub receipts: Vec<Receipt<AccountId>>,
}

impl<AccountId> Settlement<AccountId> {
    pub(super) fn empty() -> Self {
        Self {
            transfers: Vec::new(),
            unlocked: Vec::new(),
            seized: 0,
            merits: Vec::new(),
            convictions: Vec::new(),
            released: Vec::new(),
            conduct: Vec::new(),
            finding: None,
            holders: Vec::new(),
            receipts: Vec::new(),
        }
    }

    pub(super) fn pay(&mut self, to: AccountId, amount: Balance) {
        if amount > 0 {
            self.transfers.push(Transfer::Payment { to, amount });
        }
    }

    pub(super) fn forfeit(&mut self, from: AccountId, to: Option<AccountId>, amount: Balance) {
        if amount > 0 {
            self.transfers.push(Transfer::Forfeit { from, to, amount });
        }
    }

    /// Tell what somebody gained or lost, if that is anything.
    pub(super) fn tell(&mut self, receipt: Receipt<AccountId>) {
        if receipt.amount() > 0 {
            self.receipts.push(receipt);
        }
    }

    pub(super) fn unlock(&mut self, who: AccountId, amount: Balance) {
        if amount > 0 {
            self.unlocked.push((who, amount));
        }
    }
}
