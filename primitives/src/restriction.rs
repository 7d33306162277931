//! Restricted deals: whose workers execute their tasks, and what stands behind the results.
//!
//! A deal is restricted if one of its orders says who buys or who executes
//! ([`Restrictions::confine`](crate::order::Restrictions::confine)): its signer means it for some only. Then only the
//! workers of the deal's pool get to see what its tasks are made of: the app, the dataset, the arguments. Auditors are drawn
//! from the pool, and there is no jury, because jurors would have to execute the task as well. What is left is what the
//! pool's own workers say:
//!
//! | Assurance | Where | Behind a result |
//! |---|---|---|
//! | [unverified](Assurance::Unverified) | at trust 1 | the word of one worker |
//! | [unaudited](Assurance::Unaudited) | a result may take all workers of the pool | workers that agree |
//! | [internal](Assurance::Internal) | one is left in every draw | workers that agree, and another one that audits |
//! | none: the deal is refused | all workers together do not reach the trust | |
//!
//! Who agrees with whom inside one pool is no evidence for those outside: one party may have all of its workers, and be the
//! buyer as well. So a restricted deal earns no merit, has no part in the published bound and in the clock of the
//! [gate](crate::gate), and takes no stake from a worker that others contradict: see [`crate::settlement`].
//!
//! The rule counts workers that have joined the pool and were online once, with the bond that the pool asks for. Whether
//! they are online when the deal is made is left out: it says nothing about the time until the deadline.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    audit::Assurance,
    credibility,
    deal::Deal,
    merit,
    unit::{Balance, Merit, Trust, Weight},
};

/// More workers than these need not be looked at: if none of them has merit, 20 reach every trust, and the last one audits.
pub const ENOUGH: u32 = 21;

/// What stands behind a worker of the pool to which a deal is restricted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Insider {
    /// Its bond, locked or not, in units of TLK.
    pub bond: Balance,
    /// Its reputation.
    pub merit: Merit,
}

/// The workers that a restriction leaves: those of one pool, as far as they were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Insiders {
    /// At most [`ENOUGH`] of them.
    pub known: Vec<Insider>,
    /// Whether there are more.
    pub more: bool,
}

/// The highest trust for which the word of one worker is enough, independent of its merit.
const WORD_OF_ONE: Trust = Trust(2);

/// Whether the workers of the pool are looked at before a deal is made: always where it is restricted; else where one worker is
/// not enough.
pub fn counts_workers(restricted: bool, trust: Trust) -> bool {
    restricted || trust > WORD_OF_ONE
}

impl Insiders {
    /// More than need be looked at.
    pub const MANY: Self = Self { known: Vec::new(), more: true };

    /// Those of a pool with these workers, of which no more are taken than need be looked at.
    pub fn of(workers: impl IntoIterator<Item = Insider>) -> Self {
        let mut workers = workers.into_iter();
        let known = workers.by_ref().take(ENOUGH as usize).collect();
        Self { known, more: workers.next().is_some() }
    }

    /// The highest trust that a restricted deal on these terms can have; nothing where nobody could be drawn for it.
    ///
    /// Refused is only what is known to be out of reach: where there are more workers than were looked at, every trust is
    /// taken to be within it.
    pub fn highest_trust<AccountId>(&self, deal: &Deal<AccountId>) -> Option<Trust> {
        if self.more {
            return Some(Trust::MAX);
        }
        let weights = self.weights(deal);
        // A group is believed at every trust up to its weight: see `credibility::accepted`.
        let together = credibility::group(weights.iter().copied()).min(Trust::MAX.0.into());
        (!weights.is_empty()).then_some(Trust(together as u32))
    }

    /// What stands behind the results of a restricted deal on these terms; nothing where its trust is out of reach. The
    /// assurance that the deal names is not asked for.
    pub fn assurance<AccountId>(&self, deal: &Deal<AccountId>) -> Option<Assurance> {
        let within_reach = self.highest_trust(deal).is_some_and(|highest| deal.trust <= highest);
        if !within_reach {
            return None;
        }
        if deal.trust <= Trust(1) {
            return Some(Assurance::Unverified);
        }
        let weights = self.weights(deal);
        // Where the lightest are drawn, a result takes the most.
        let most = credibility::needed(weights.iter().copied(), deal.trust);
        let spares = most.is_some_and(|most| most < weights.len() as u32);
        Some(if self.more || spares { Assurance::Internal } else { Assurance::Unaudited })
    }

    /// Whether the workers of the pool would execute the tasks of a deal on these terms, that is not restricted, without ever
    /// agreeing on a result: all of them together do not reach the trust. Each task would take them to its deadline, and who
    /// has bought it would be refunded.
    ///
    /// Where nobody has been online yet, nobody works in vain: the deal waits, until workers come or its payer cancels it.
    pub fn would_work_in_vain<AccountId>(&self, deal: &Deal<AccountId>) -> bool {
        let is_short = |highest| deal.trust > highest;
        deal.trust > WORD_OF_ONE && self.highest_trust(deal).is_some_and(is_short)
    }

    /// The weights of those that could be drawn, the lightest first.
    fn weights<AccountId>(&self, deal: &Deal<AccountId>) -> Vec<Weight> {
        // A worker without a bond is never drawn, however little the pool asks for.
        let least = deal.worker_stake.max(1);
        let able = self.known.iter().filter(|worker| worker.bond >= least);
        let mut weights: Vec<_> = able.map(|worker| merit::weight(worker.merit, deal.value())).collect();
        weights.sort_unstable();
        weights
    }
}

#[cfg(test)]
mod tests;
