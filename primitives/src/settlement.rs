//! The distribution of money at the end of a task.
//!
//! ```text
//! pot            = pool price + pool stakes of the contributors that lost the vote or did not reveal
//! workers' part  = pot · (100 - operator share) / 100
//! each winner    = ⌊workers' part · log2(weight) / Σ log2(weight)⌋
//! operator       = the rest, with the rounding dust
//! auditor        = the price of an audit; the pot, where no worker of the pool was right
//! forfeit        = what a jury took from those it convicted: to each juror of the majority at most the value of the
//!                  task, then to each contributor that was right, then to each juror of the jury before that executed
//!                  the task, the rest to the audit fund
//! no verdict     = the price of an audit, in equal parts to the jurors of the last jury that executed the task or
//!                  declined, and to those of the jury before that executed it; the rest to the payer
//! ```
//!
//! | Who loses | What | By whose evidence |
//! |---|---|---|
//! | a worker that a jury convicted | all that it has locked, merit, passes | more than two thirds of a jury executed the task |
//! | one that lost the vote, or did not reveal | the pool's stake or the value of the task, whichever is more; a third of its merit | the others' commitments; the seal; a reveal period that has passed |
//! | one that was absent | a tenth of that; ten values of merit | others delivered the task |
//! | one that let the task down: see [`missing`] | its part of the guarantee, as far as it has locked it | the deadline, in blocks with room; it could have declined |
//! | a worker of the pool that declined | nothing; with many of them, a pause | as many others of the pool delivered the task |
//! | the operator | what these have not locked of the guarantee | the same: it answers for those that it lets in |
//!
//! Where a deal is [restricted](crate::restriction), the others may all be one party: there a worker loses nothing by a lost
//! vote, an absence or a decline, and gains no merit. That it has not revealed, or has let the task down, needs no witness.
//!
//! The formula of the pot is that of iExec's PoCo (`distributeRewards`); the logarithm is the integer one.
//!
//! A [`Settlement`] is a value: [`Case::settle`] computes it, and the chain, the model check and the simulator apply
//! it. The hold for the task is paid out to the last unit, and so is the locked stake of each contributor.

use alloc::vec::Vec;
use codec::Encode;

use crate::{
    audit::Assurance,
    credibility,
    deal::Deal,
    id::{Digest, TaskId},
    task::{Failure, Phase, Role, Stage, Task, Verdict},
    unit::{Balance, Rate, Score, Share},
};

mod books;
mod settle;
mod shares;

pub use books::{Conviction, MeritChange, Receipt, Settlement, Transfer};
pub use shares::{split_pot, Forfeit, Loss, Pot};

/// Part of what it has at stake that a worker loses which was absent from a task that others delivered.
const ABSENCE_FINE: Share = Share(10);

/// What a worker loses that was absent from a task that others delivered, of this amount at stake: see [`Prices::stake`]. It goes
/// to the audit fund.
pub fn absence_fine(stake: Balance) -> Balance {
    ABSENCE_FINE.of(stake)
}

/// What is held for a task, and who can have a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices<AccountId> {
    /// The account whose money is held.
    pub payer: AccountId,
    /// The operator of the pool.
    pub operator: AccountId,
    /// The owners of the app and of the dataset, with their prices.
    pub assets: Vec<(AccountId, Balance)>,
    /// The price of the pool.
    pub pool: Balance,
    /// The operator's part of the pot.
    pub operator_share: Share,
    /// What the pool asks each worker to lock.
    pub pool_stake: Balance,
    /// What is held of the operator for the task.
    pub guarantee: Balance,
    /// What is held for an audit.
    pub audit: Balance,
    /// What a lie about the task can be worth: see [`Deal::value`].
    pub value: Balance,
    /// What stands behind the result. Only what is audited is counted.
    pub assurance: Assurance,
}

impl<AccountId> Prices<AccountId> {
    /// What a worker has at stake, as far as it has locked that: where the pool asks for little, the value of the task. Others
    /// have waited for it.
    pub fn stake(&self) -> Balance {
        self.pool_stake.max(self.value)
    }
}

impl<AccountId: Clone> Prices<AccountId> {
    /// Those of each task of a deal.
    pub fn of(deal: &Deal<AccountId>) -> Self {
        let app = (deal.app_owner.clone(), deal.app_price);
        let dataset = deal.dataset.iter().map(|dataset| (dataset.owner.clone(), dataset.price));
        Self {
            payer: deal.payer.clone(),
            operator: deal.operator.clone(),
            assets: core::iter::once(app).chain(dataset).collect(),
            pool: deal.pool_price,
            operator_share: deal.operator_share,
            pool_stake: deal.worker_stake,
            guarantee: deal.guarantee(),
            audit: deal.audit_price(),
            value: deal.value(),
            assurance: deal.assurance,
        }
    }

    /// All that is held for a task.
    pub fn held(&self) -> Balance {
        let assets = self.assets.iter().fold(0, |sum: Balance, (_, price)| sum.saturating_add(*price));
        assets.saturating_add(self.pool).saturating_add(self.audit)
    }
}

/// A contributor, and what the end means for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributor<AccountId> {
    /// The worker.
    pub who: AccountId,
    /// What it was drawn for.
    pub role: Role,
    /// What it has locked still.
    pub locked: Balance,
    /// Whether it was right.
    pub verdict: Verdict,
}

impl<AccountId> Contributor<AccountId> {
    /// What it loses where it lost the vote or did not reveal.
    fn stake_lost(&self, prices: &Prices<AccountId>) -> Balance {
        prices.stake().min(self.locked)
    }
}

/// The end of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case<AccountId> {
    /// All that were drawn, in the order of the draws.
    pub contributors: Vec<Contributor<AccountId>>,
    /// The jurors that voted for the result; where the last jury could not decide, those that executed the task or declined.
    pub jurors: Vec<AccountId>,
    /// The jurors of the jury before that executed the task.
    pub former_jurors: Vec<AccountId>,
    /// Why there is no result, if there is none.
    pub failure: Option<Failure>,
    /// Workers of the pool that let the task down: see [`missing`].
    pub missing: Vec<AccountId>,
    /// The audit rate of the worker that gave the result, where one that works alone did.
    pub alone: Option<Rate>,
    /// Whether the task was to be audited, and was not yet.
    pub in_audit: bool,
}

impl<AccountId: Clone + PartialEq + Encode> Case<AccountId> {
    /// The end of this task, with a result or without one.
    pub fn of(id: TaskId, task: &Task<AccountId>, end: Result<Digest, Failure>) -> Self {
        let verdicts = task.verdicts(id, end.ok()).into_iter();
        let contributors = verdicts.map(|(contribution, verdict)| Contributor {
            who: contribution.worker.clone(),
            role: contribution.role,
            locked: if verdict == Verdict::Declined { 0 } else { contribution.locked },
            verdict,
        });
        let jury = task.jury.as_ref().filter(|_| task.phase == Phase::Disputed);
        let jurors = jury.map(|jury| match end {
            Ok(digest) => jury.voted_for(digest).cloned().collect(),
            Err(_) => jury.have_answered().cloned().collect(),
        });
        let alone = task.alone().and_then(|contribution| match contribution.role {
            Role::Alone { rate } => Some(rate),
            Role::Member | Role::Auditor => None,
        });
        Self {
            contributors: contributors.collect(),
            jurors: jurors.unwrap_or_default(),
            former_jurors: jury.map(|jury| jury.former.to_vec()).unwrap_or_default(),
            failure: end.err(),
            missing: missing(task),
            alone,
            in_audit: task.is_audit(),
        }
    }
}

/// The workers of the pool that let a task down: that were drawn, had all their time, and did not commit or did not reveal;
/// nobody where the task would have had no result with them either. Workers that were drawn too late, and auditors of other
/// pools, do not count.
///
/// Each of them could have declined. Two cases show that the pool was not to blame:
///
/// * They would not have sufficed: the pool had too few workers for the trust. A buyer that asks for more than a pool can reach, and
///   has one worker of its own stay away, must not have the guarantee seized.
/// * As many have declined: the task may be one that nobody can execute, and somebody's decline did not come into a block in time.
pub fn missing<AccountId: Clone + PartialEq + Encode>(task: &Task<AccountId>) -> Vec<AccountId> {
    // Nothing tells the weight of one that is gone: it has the least that there is.
    let least = credibility::weight(Score(0));
    let of_the_pool = || task.contributions.iter().filter(|one| one.role != Role::Auditor);
    let missing = of_the_pool().filter_map(|one| match one.stage {
        Stage::Absent | Stage::Unrevealed => Some((one.worker.clone(), least)),
        Stage::Assigned { weight, until } => (until <= task.deadline).then(|| (one.worker.clone(), weight)),
        Stage::Declined { .. } | Stage::Committed { .. } | Stage::Revealed { .. } => None,
    });
    let (missing, weights): (Vec<_>, Vec<_>) = missing.unzip();
    let declined = of_the_pool().filter(|one| matches!(one.stage, Stage::Declined { .. })).count();
    let would_do = !missing.is_empty() && task.tally().within_reach(weights, task.trust);
    if would_do && missing.len() > declined {
        missing
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
