//! What is promised, and what was found that is not so.

use std::fmt;

/// What is promised to those that follow the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// The honest lose only fees.
    Loss,
    /// Nobody honest is found at fault.
    Blame,
    /// Nobody honest is bound by what it did not agree to.
    Consent,
    /// The adversary gains nothing that nobody agreed to pay.
    Gain,
    /// A task that can be executed has a result, if there are workers and time, and strangers are not the most of those drawn.
    Result,
    /// Every task ends, soon after its deadline at the latest; and no task waits while workers are free.
    End,
    /// The state is sound, the supply is constant, nothing panics.
    State,
}

/// How a promise is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A guarantee is seized of the operator of a pool of which all workers are honest.
    GuaranteeSeized,
    /// A guarantee is seized of the operator of an open pool.
    OpenGuaranteeSeized,
    /// A guarantee is held, or seized, of somebody who runs no such pool.
    StrangersGuarantee,
    /// More is held of an operator as guarantees than it has allowed.
    GuaranteeOverLimit,
    /// A deal is on terms that an honest operator did not set, or an honest buyer did not sign.
    StrangeTerms,
    /// A buyer pays more than the price of its results.
    Overpaid,
    /// A part of a bond is forfeit.
    Forfeit,
    /// A stake is slashed, or a validator retired.
    Slashed,
    /// Money goes where nothing says why.
    Unexplained,
    /// A juror is fined.
    JurorFined,
    /// A worker is absent.
    Absent,
    /// A worker loses the stake for a task.
    StakeLost,
    /// A worker is convicted.
    Convicted,
    /// A pass to work alone is revoked.
    PassRevoked,
    /// A worker has to pause.
    Paused,
    /// A duty was due, came into a block, and failed.
    DutyFailed,
    /// Workers declined.
    Declined,
    /// No jury could decide.
    NoVerdict,
    /// Workers did not agree, or did not answer.
    NoConsensus,
    /// Nobody audited in time.
    NotAudited,
    /// The deadline passed.
    DeadlinePassed,
    /// A task does not end.
    Endless,
    /// A task waits for workers, and workers are free.
    Starved,
    /// Money stays held for what is over.
    Frozen,
    /// The adversary has more than it had and was paid.
    Enriched,
    /// An invariant does not hold.
    Invariant,
    /// There is more money, or less.
    Supply,
    /// The runtime panics.
    Panic,
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub property: Property,
    /// How.
    pub cause: Cause,
    /// In which block.
    pub block: u32,
    /// Who lost what, by which event.
    pub evidence: String,
}

impl Finding {
    /// Whether it is the same promise, broken in the same way.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.property, self.cause) == (other.property, other.cause)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { property, cause, block, evidence } = self;
        write!(f, "{property:?}/{cause:?} in block {block}: {evidence}")
    }
}
