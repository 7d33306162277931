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
//! | one that was absent | a tenth of the pool's stake; ten values of merit | others delivered the task |
//! | a worker of the pool that declined | nothing; with many of them, a pause | as many others of the pool delivered the task |
//! | the operator | the guarantee | see [`Guarantee`] |
//!
//! Where a deal is [restricted](crate::restriction), the others may all be one party: there a worker loses nothing by a lost
//! vote, an absence or a decline, and gains no merit. That it has not revealed needs no witness.
//!
//! The formula of the pot is that of iExec's PoCo (`distributeRewards`); the logarithm is the integer one.
//!
//! A [`Settlement`] is a value: [`Case::settle`] computes it, and the chain, the model check and the simulator apply
//! it. The hold for the task is paid out to the last unit, and so is the locked stake of each contributor.

use alloc::{vec, vec::Vec};
use codec::Encode;

use crate::{
    audit::Assurance,
    bound::{Audit, Finding},
    credibility,
    deal::Deal,
    id::{Digest, TaskId},
    merit::{after_absence, after_loss, earned, grown},
    reliability::Conduct,
    task::{Failure, Phase, Role, Stage, Task, Verdict},
    unit::{proportion, Balance, Merit, Rate, Score, Share, Weight},
};

/// Part of the pool's stake that a worker loses which was absent from a task that others delivered.
const ABSENCE_FINE: Share = Share(10);

/// What a worker loses that was absent from a task that others delivered, where the pool asks for this stake. It goes to
/// the audit fund.
pub fn absence_fine(pool_stake: Balance) -> Balance {
    ABSENCE_FINE.of(pool_stake)
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
    /// What is held for an audit.
    pub audit: Balance,
    /// What a lie about the task can be worth: see [`Deal::value`].
    pub value: Balance,
    /// What stands behind the result. Only what is audited is counted.
    pub assurance: Assurance,
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
        prices.pool_stake.max(prices.value).min(self.locked)
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
    /// Whether the pool let the task down: see [`let_down`].
    pub let_down: bool,
    /// The audit rate of the worker that gave the result, where one that works alone did.
    pub alone: Option<Rate>,
    /// Whether the task was to be audited, and was not yet.
    pub in_audit: bool,
}

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

/// What somebody gained or lost, to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt<AccountId> {
    /// A worker lost the vote, or did not reveal.
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

/// What becomes of the operator's guarantee for the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// It comes back to the operator.
    Released,
    /// It goes to the audit fund: the deadline was missed, and the pool let the task down.
    Seized,
}

/// All that follows from the end of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement<AccountId> {
    /// What is paid out of what is held and locked.
    pub transfers: Vec<Transfer<AccountId>>,
    /// What is unlocked.
    pub unlocked: Vec<(AccountId, Balance)>,
    /// What becomes of the guarantee.
    pub guarantee: Guarantee,
    /// Whose merit changes.
    pub merits: Vec<(AccountId, MeritChange)>,
    /// Who is convicted.
    pub convictions: Vec<Conviction<AccountId>>,
    /// Who was still executing, and is to stop.
    pub released: Vec<AccountId>,
    /// Who delivered the task, and whose decline of it counts.
    pub conduct: Vec<(AccountId, Conduct)>,
    /// What is known of the result, where it is counted.
    pub finding: Option<Finding>,
    /// Who has the result: all that were right, or the jurors where nobody was.
    pub holders: Vec<AccountId>,
    /// What there is to tell.
    pub receipts: Vec<Receipt<AccountId>>,
}

impl<AccountId> Settlement<AccountId> {
    fn with(guarantee: Guarantee) -> Self {
        Self {
            transfers: Vec::new(),
            unlocked: Vec::new(),
            guarantee,
            merits: Vec::new(),
            convictions: Vec::new(),
            released: Vec::new(),
            conduct: Vec::new(),
            finding: None,
            holders: Vec::new(),
            receipts: Vec::new(),
        }
    }

    fn pay(&mut self, to: AccountId, amount: Balance) {
        if amount > 0 {
            self.transfers.push(Transfer::Payment { to, amount });
        }
    }

    fn forfeit(&mut self, from: AccountId, to: Option<AccountId>, amount: Balance) {
        if amount > 0 {
            self.transfers.push(Transfer::Forfeit { from, to, amount });
        }
    }

    fn unlock(&mut self, who: AccountId, amount: Balance) {
        if amount > 0 {
            self.unlocked.push((who, amount));
        }
    }
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
            let_down: let_down(task),
            alone,
            in_audit: task.is_audit(),
        }
    }
}

/// Whether the pool let a task down: some of its workers were drawn, had all their time, and did not commit or did not
/// reveal; and if they had, a result would have been agreed on. Who was drawn too late for that, and who is an auditor of
/// some other pool, does not count.
///
/// Where they would not have sufficed, the pool had too few workers for the trust. A buyer that asks for more than a pool
/// can reach, and has one worker of its own stay away, must not have the guarantee seized.
pub fn let_down<AccountId: Clone + PartialEq + Encode>(task: &Task<AccountId>) -> bool {
    // Nothing tells the weight of one that is gone: it has the least that there is.
    let least = credibility::weight(Score(0));
    let of_the_pool = task.contributions.iter().filter(|one| one.role != Role::Auditor);
    let missing = of_the_pool.filter_map(|one| match one.stage {
        Stage::Absent | Stage::Unrevealed => Some(least),
        Stage::Assigned { weight, until } => (until <= task.deadline).then_some(weight),
        Stage::Declined { .. } | Stage::Committed { .. } | Stage::Revealed { .. } => None,
    });
    let missing: Vec<_> = missing.collect();
    !missing.is_empty() && task.tally().within_reach(missing, task.trust)
}

impl<AccountId: Clone + PartialEq> Case<AccountId> {
    /// What follows from it.
    pub fn settle(&self, prices: &Prices<AccountId>) -> Settlement<AccountId> {
        let mut settlement = Settlement::with(self.guarantee());
        let books = &mut settlement;
        for (worker, amount) in self.stakes_lost(prices) {
            books.receipts.push(Receipt::StakeLost { worker, amount });
        }
        if self.failure.is_some() {
            self.take_stakes(prices, books);
            self.refund(prices, books);
        } else {
            self.pay_pot(prices, books);
            self.pay_audit(prices, books);
            for (owner, price) in &prices.assets {
                books.pay(owner.clone(), *price);
            }
            self.share_forfeit(prices, books);
            books.holders = self.holders();
        }
        self.judge(prices, books);
        settlement
    }

    /// What becomes of the guarantee: the operator answers for a missed deadline where the pool let the task down.
    fn guarantee(&self) -> Guarantee {
        match self.failure {
            Some(Failure::DeadlinePassed) if self.let_down => Guarantee::Seized,
            None
            | Some(
                Failure::DeadlinePassed
                | Failure::Declined(_)
                | Failure::NoConsensus
                | Failure::NotAudited
                | Failure::NoVerdict
                | Failure::Cancelled,
            ) => Guarantee::Released,
        }
    }

    fn with(&self, wanted: Verdict) -> impl Iterator<Item = &Contributor<AccountId>> {
        self.contributors.iter().filter(move |one| one.verdict == wanted)
    }

    /// Those that were right, with their weights: the workers of the pool, or the auditor.
    fn right(&self, auditor: bool) -> Vec<(&Contributor<AccountId>, Weight)> {
        let right = self.contributors.iter().filter_map(|one| match one.verdict {
            Verdict::Right { weight } => Some((one, weight)),
            Verdict::Wrong | Verdict::Convicted | Verdict::Absent | Verdict::Declined | Verdict::Released => {
                None
            }
        });
        right.filter(|(one, _)| (one.role == Role::Auditor) == auditor).collect()
    }

    fn all_right(&self) -> impl Iterator<Item = &AccountId> {
        let (workers, auditors) = (self.right(false), self.right(true));
        workers.into_iter().chain(auditors).map(|(one, _)| &one.who)
    }

    /// What contributors lose that lost the vote or did not reveal. Where a pool asks for little, it is the value of the
    /// task: the others have waited for it.
    fn stakes_lost(&self, prices: &Prices<AccountId>) -> Vec<(AccountId, Balance)> {
        self.with(Verdict::Wrong).map(|one| (one.who.clone(), one.stake_lost(prices))).collect()
    }

    /// The payer has its money back. Jurors that could not decide have worked for it all the same: they share what is
    /// held for an audit. See [`crate::jury::Jury::have_answered`].
    fn refund(&self, prices: &Prices<AccountId>, books: &mut Settlement<AccountId>) {
        let jurors: Vec<_> = self.jurors.iter().chain(&self.former_jurors).collect();
        let fee = prices.audit.checked_div(jurors.len() as Balance).unwrap_or(0);
        for juror in &jurors {
            books.pay((*juror).clone(), fee);
            books.receipts.push(Receipt::JurorPaid { juror: (*juror).clone(), amount: fee });
        }
        books.pay(
            prices.payer.clone(),
            prices.held().saturating_sub(fee.saturating_mul(jurors.len() as Balance)),
        );
    }

    /// Those stakes go to the audit fund where there is nobody to share them.
    fn take_stakes(&self, prices: &Prices<AccountId>, books: &mut Settlement<AccountId>) {
        for (worker, amount) in self.stakes_lost(prices) {
            books.forfeit(worker, None, amount);
        }
    }

    /// The price of the pool, and the stakes of those that lost the vote or did not reveal.
    fn pay_pot(&self, prices: &Prices<AccountId>, books: &mut Settlement<AccountId>) {
        let (workers, auditors) = (self.right(false), self.right(true));
        let payees = if workers.is_empty() { auditors } else { workers };
        if payees.is_empty() {
            // Nobody of the pool has earned it.
            self.take_stakes(prices, books);
            books.pay(prices.payer.clone(), prices.pool);
            return;
        }
        let mut sources = vec![(None, prices.pool)];
        sources.extend(self.stakes_lost(prices).into_iter().map(|(worker, amount)| (Some(worker), amount)));
        let pot = sources.iter().fold(0, |sum: Balance, (_, amount)| sum.saturating_add(*amount));
        let weights: Vec<_> = payees.iter().map(|(_, weight)| *weight).collect();
        let parts = split_pot(pot, prices.operator_share, &weights);
        let mut sinks: Vec<_> = payees.iter().map(|(one, _)| one.who.clone()).zip(parts.winners).collect();
        for (worker, amount) in sinks.iter().cloned() {
            books.receipts.push(Receipt::WorkerPaid { worker, amount });
        }
        sinks.push((prices.operator.clone(), parts.operator));
        for Flow { from, to, amount } in flows(&sources, &sinks) {
            match from {
                None => books.pay(to.clone(), amount),
                Some(loser) => books.forfeit(loser.clone(), Some(to.clone()), amount),
            }
        }
    }

    /// The auditor is paid what its audit was worth, where it does not have the price of the pool. What was held for an
    /// audit that was none, or that found nothing right, goes back.
    fn pay_audit(&self, prices: &Prices<AccountId>, books: &mut Settlement<AccountId>) {
        match self.right(true).first() {
            Some((auditor, _)) if !self.right(false).is_empty() => {
                let (worker, amount) = (auditor.who.clone(), prices.audit);
                books.receipts.push(Receipt::WorkerPaid { worker: worker.clone(), amount });
                books.pay(worker, amount);
            }
            _ => books.pay(prices.payer.clone(), prices.audit),
        }
    }

    /// What a jury took from those it convicted goes to the jurors, to those that were right, and to the audit fund.
    fn share_forfeit(&self, prices: &Prices<AccountId>, books: &mut Settlement<AccountId>) {
        let sources: Vec<_> =
            self.with(Verdict::Convicted).map(|one| (one.who.clone(), one.locked)).collect();
        if sources.is_empty() {
            return;
        }
        let forfeit = sources.iter().fold(0, |sum: Balance, (_, locked)| sum.saturating_add(*locked));
        let workers: Vec<_> = self.all_right().cloned().collect();
        let parts = Loss {
            forfeit,
            value: prices.value,
            jurors: self.jurors.len() as u32,
            workers: workers.len() as u32,
            former_jurors: self.former_jurors.len() as u32,
        }
        .split();
        let mut sinks = Vec::new();
        for juror in self.jurors.iter().cloned() {
            books.receipts.push(Receipt::JurorPaid { juror: juror.clone(), amount: parts.juror });
            sinks.push((Some(juror), parts.juror));
        }
        for worker in workers {
            books.receipts.push(Receipt::WorkerPaid { worker: worker.clone(), amount: parts.worker });
            sinks.push((Some(worker), parts.worker));
        }
        for juror in self.former_jurors.iter().cloned() {
            books.receipts.push(Receipt::JurorPaid { juror: juror.clone(), amount: parts.former_juror });
            sinks.push((Some(juror), parts.former_juror));
        }
        sinks.push((None, parts.fund));
        for Flow { from, to, amount } in flows(&sources, &sinks) {
            books.forfeit(from.clone(), to.clone(), amount);
        }
    }

    fn holders(&self) -> Vec<AccountId> {
        let right: Vec<_> = self.all_right().cloned().collect();
        if right.is_empty() {
            self.jurors.clone()
        } else {
            right
        }
    }

    /// Whether an audit, or a jury, confirmed those that were right.
    fn is_confirmed(&self) -> bool {
        !self.right(true).is_empty() || !self.jurors.is_empty()
    }

    /// Those whose declines are held against them: workers of the pool, where at least as many of the pool were right. Where more
    /// declined, the app may be one that only fellows of its owner can fetch. Auditors come from all pools and have not
    /// chosen this one: who sells what nobody can fetch must not send them away.
    fn declines_that_count(&self) -> Vec<&Contributor<AccountId>> {
        let of_the_pool = self.with(Verdict::Declined).filter(|one| one.role != Role::Auditor);
        let declined: Vec<_> = of_the_pool.collect();
        if self.right(false).len() < declined.len() {
            return Vec::new();
        }
        declined
    }

    /// Unlock what is not lost, change reputations, and say what was found.
    fn judge(&self, prices: &Prices<AccountId>, books: &mut Settlement<AccountId>) {
        let (workers, auditors) = (self.right(false), self.right(true));
        // Within one pool, who pays for a task may be who delivers and audits it: reputation would cost nothing.
        let counts = !prices.assurance.is_internal();
        let sharers = workers.len() as u32;
        for (one, _) in workers.iter().chain(&auditors) {
            books.unlock(one.who.clone(), one.locked);
            if self.is_confirmed() && counts {
                let sharers = if one.role == Role::Auditor { 1 } else { sharers };
                let change = MeritChange::Earned(earned(prices.value, sharers));
                books.merits.push((one.who.clone(), change));
            }
            if counts {
                books.conduct.push((one.who.clone(), Conduct::Delivered));
            }
        }
        for one in self.with(Verdict::Wrong) {
            books.unlock(one.who.clone(), one.locked.saturating_sub(one.stake_lost(prices)));
            books.merits.push((one.who.clone(), MeritChange::VoteLost));
        }
        for one in self.with(Verdict::Absent) {
            let fine = absence_fine(prices.pool_stake).min(one.locked);
            books.forfeit(one.who.clone(), None, fine);
            books.receipts.push(Receipt::StakeLost { worker: one.who.clone(), amount: fine });
            books.unlock(one.who.clone(), one.locked.saturating_sub(fine));
            books.merits.push((one.who.clone(), MeritChange::Absent(prices.value)));
        }
        if counts {
            let declined = self.declines_that_count();
            books.conduct.extend(declined.into_iter().map(|one| (one.who.clone(), Conduct::Declined)));
        }
        for one in self.with(Verdict::Convicted) {
            let alone = if let Role::Alone { rate } = one.role { Some(rate) } else { None };
            books.convictions.push(Conviction { who: one.who.clone(), locked: one.locked, alone });
        }
        for one in self.with(Verdict::Released) {
            books.unlock(one.who.clone(), one.locked);
            books.released.push(one.who.clone());
        }
        books.finding = self.finding(prices);
    }

    /// What is known of the result. Nothing where there is none, but for an audit of a worker that works alone that came to
    /// no end.
    fn finding(&self, prices: &Prices<AccountId>) -> Option<Finding> {
        let (right, audited) = (!self.right(false).is_empty(), !self.right(true).is_empty());
        if prices.assurance.is_internal() {
            // It is accepted. Whether an auditor of the same pool confirmed it proves nothing.
            let accepted = self.failure.is_none() && (right || audited);
            return accepted.then_some(Finding { alone: None, audit: Audit::None, paid: 0 });
        }
        let wrong = self.with(Verdict::Convicted).any(|one| one.role != Role::Auditor);
        let audit = match self.failure {
            None if wrong => Audit::Wrong,
            None if !right && !audited => return None,
            None if self.is_confirmed() => Audit::Right,
            None => Audit::None,
            Some(Failure::NoVerdict) if self.alone.is_some() => Audit::Undecided,
            Some(Failure::NotAudited) if self.alone.is_some() && self.in_audit => Audit::Undecided,
            Some(_) => return None,
        };
        let paid = if right && audited { prices.audit } else { 0 };
        Some(Finding { alone: self.alone, audit, paid })
    }
}

/// How a pot is split. The parts add up to the pot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pot {
    /// For each winner, in the order they were given.
    pub winners: Vec<Balance>,
    /// For the operator.
    pub operator: Balance,
}

/// Split a pot among the winners, by the logarithm of their weights, and the operator.
pub fn split_pot(pot: Balance, operator_share: Share, winners: &[Weight]) -> Pot {
    // More credible workers, of which fewer are needed, earn more.
    let portion = |weight: &Weight| u128::from(weight.0.max(2).ilog2());
    let workers_part = proportion(pot, u128::from(Share::ALL.0.saturating_sub(operator_share.0)), 100);
    let whole: u128 = winners.iter().map(portion).sum();
    let winners: Vec<_> =
        winners.iter().map(|weight| proportion(workers_part, portion(weight), whole)).collect();
    let operator = pot.saturating_sub(winners.iter().fold(0, |sum, part| sum.saturating_add(*part)));
    Pot { winners, operator }
}

/// How what convicts lose is split. The parts add up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forfeit {
    /// For each juror that voted with the majority.
    pub juror: Balance,
    /// For each worker that was right.
    pub worker: Balance,
    /// For each juror of the jury before that executed the task.
    pub former_juror: Balance,
    /// For the audit fund.
    pub fund: Balance,
}

/// What convicts lose, and among whom it is split.
#[derive(Clone, Copy, Debug)]
pub struct Loss {
    /// What they lose together.
    pub forfeit: Balance,
    /// The value of the task.
    pub value: Balance,
    /// Jurors that voted with the majority.
    pub jurors: u32,
    /// Workers that were right.
    pub workers: u32,
    /// Jurors of the jury before that executed the task.
    pub former_jurors: u32,
}

impl Loss {
    /// Split what convicts lose: at most the value of the task to each juror, then to each worker, then to each juror of
    /// the jury before, the rest to the fund.
    ///
    /// To give the rest to those that were right would hand a liar its collateral back through a fellow. Those of the jury
    /// before that declined have no part: others have executed the task, and to decline would pay for nothing.
    pub fn split(self) -> Forfeit {
        let mut left = self.forfeit;
        let mut share = |number: u32| {
            let part = self.value.min(left.checked_div(number.into()).unwrap_or(0));
            left -= part * Balance::from(number);
            part
        };
        let (juror, worker, former_juror) =
            (share(self.jurors), share(self.workers), share(self.former_jurors));
        Forfeit { juror, worker, former_juror, fund: left }
    }
}

/// One payment, straight from who holds the money to who earned it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Flow<'a, From, To> {
    /// Whose hold it comes from.
    from: &'a From,
    /// Who gets it.
    to: &'a To,
    /// How much; never 0.
    amount: Balance,
}

/// The payments that empty `sources` into `sinks`: at most `sources + sinks - 1` of them. What the sources have
/// beyond the sinks stays where it is.
fn flows<'a, From, To>(
    sources: &'a [(From, Balance)],
    sinks: &'a [(To, Balance)],
) -> Vec<Flow<'a, From, To>> {
    let mut flows = Vec::with_capacity(sources.len() + sinks.len());
    let mut sources = sources.iter();
    let mut source: Option<(&From, Balance)> = None;
    for (to, due) in sinks {
        let mut due = *due;
        while due > 0 {
            let Some((from, left)) = source.filter(|(_, left)| *left > 0) else {
                match sources.next() {
                    Some((from, left)) => source = Some((from, *left)),
                    None => return flows,
                }
                continue;
            };
            let amount = due.min(left);
            flows.push(Flow { from, to, amount });
            due -= amount;
            source = Some((from, left - amount));
        }
    }
    flows
}

#[cfg(test)]
mod tests;
