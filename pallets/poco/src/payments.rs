//! Who gets what at the end of a task, and what it does to reputations.

use crate::pallet::{Config, Event, Pallet, Workers};
use alloc::vec::Vec;
use codec::Encode;
use talka_primitives::{
    audit::Kind,
    jury, merit,
    settlement::{flows, share_out},
    task::{Contribution, Phase, Role, Task, Verdict},
    traits::{Audits as _, Finding, Market as _, Stake as _},
    Balance, Deal, Digest, TaskId, Weight,
};

/// The contributors whose stake is still locked, by what the end means for them.
pub(crate) struct Ending<AccountId> {
    /// Those of the pool that were right.
    pub right: Vec<Share<AccountId>>,
    /// The auditor, if it was right.
    pub auditor: Option<Share<AccountId>>,
    /// Those that lost the vote, or did not reveal.
    pub lost: Vec<Contribution<AccountId>>,
    /// Those that a jury found wrong.
    pub convicted: Vec<Contribution<AccountId>>,
    /// Those against whom nothing is known.
    pub released: Vec<Contribution<AccountId>>,
}

/// Somebody who was right.
pub(crate) struct Share<AccountId> {
    pub contribution: Contribution<AccountId>,
    pub weight: Weight,
}

impl<AccountId: Clone + PartialEq + Encode> Ending<AccountId> {
    /// `digest` is the result; nothing where there is none.
    pub fn of(id: TaskId, task: &Task<AccountId>, digest: Option<Digest>) -> Self {
        let mut ending = Self {
            right: Vec::new(),
            auditor: None,
            lost: Vec::new(),
            convicted: Vec::new(),
            released: Vec::new(),
        };
        for (contribution, verdict) in task.verdicts(id, digest) {
            let contribution = contribution.clone();
            match verdict {
                Verdict::Right { weight } if contribution.role == Role::Auditor => {
                    ending.auditor = Some(Share { contribution, weight });
                }
                Verdict::Right { weight } => ending.right.push(Share { contribution, weight }),
                Verdict::Wrong => ending.lost.push(contribution),
                Verdict::Convicted => ending.convicted.push(contribution),
                Verdict::Released => ending.released.push(contribution),
            }
        }
        ending
    }

    /// Who shares the price of the pool: its workers that were right; where there is none, the auditor.
    fn payees(&self) -> Vec<&Share<AccountId>> {
        match self.right.is_empty() {
            true => self.auditor.iter().collect(),
            false => self.right.iter().collect(),
        }
    }

    /// All who were right.
    fn all_right(&self) -> impl Iterator<Item = &Share<AccountId>> {
        self.right.iter().chain(&self.auditor)
    }

    /// Who has the result: whoever was right; where a jury found that nobody was, its jurors.
    pub fn holders(&self, task: &Task<AccountId>, digest: Digest) -> Vec<AccountId> {
        let right: Vec<_> = self.all_right().map(|share| share.contribution.worker.clone()).collect();
        match &task.jury {
            Some(jury) if right.is_empty() => jury.voted_for(digest).cloned().collect(),
            _ => right,
        }
    }

    /// Whether an audit, or a jury, confirmed those who were right.
    fn is_confirmed(&self, task: &Task<AccountId>) -> bool {
        self.auditor.is_some() || task.phase == Phase::Disputed
    }
}

/// Where the money of a pot comes from.
enum Source<'a, AccountId> {
    Payer,
    Loser(&'a AccountId),
}

impl<T: Config> Pallet<T> {
    /// Pay for a completed task, straight from who holds the money.
    pub(crate) fn pay(
        id: TaskId,
        deal: &Deal<T::AccountId>,
        task: &Task<T::AccountId>,
        ending: &Ending<T::AccountId>,
        digest: Digest,
    ) {
        Self::pay_pot(id, deal, ending);
        Self::pay_audit(id, deal, ending);
        T::Market::pay(deal, &deal.app_owner, deal.app_price);
        if let Some(dataset) = &deal.dataset {
            T::Market::pay(deal, &dataset.owner, dataset.price);
        }
        T::Market::release_guarantee(deal, 1);
        Self::pay_spoils(id, task, ending, digest);
    }

    /// The price of the pool, and the stakes of those that lost the vote or did not reveal.
    fn pay_pot(id: TaskId, deal: &Deal<T::AccountId>, ending: &Ending<T::AccountId>) {
        let payees = ending.payees();
        let lost: Vec<_> =
            ending.lost.iter().map(|one| (&one.worker, deal.worker_stake.min(one.locked))).collect();
        for (worker, amount) in &lost {
            let worker = (*worker).clone();
            Self::deposit_event(Event::StakeLost { task: id, worker, amount: *amount });
        }
        if payees.is_empty() {
            // Nobody of the pool has earned it.
            T::Market::pay(deal, &deal.payer, deal.pool_price);
            lost.iter().for_each(|(worker, amount)| T::Stake::forfeit_to_fund(worker, *amount));
            return;
        }
        let mut sources = alloc::vec![(Source::Payer, deal.pool_price)];
        sources.extend(lost.into_iter().map(|(worker, amount)| (Source::Loser(worker), amount)));
        let pot = sources.iter().fold(0, |sum: Balance, (_, amount)| sum.saturating_add(*amount));
        let weights: Vec<_> = payees.iter().map(|share| share.weight).collect();
        let shares = share_out(pot, deal.operator_share, &weights);
        let workers = payees.iter().map(|share| &share.contribution.worker);
        let mut sinks: Vec<_> = workers.zip(shares.winners).collect();
        for (worker, amount) in &sinks {
            let worker = (*worker).clone();
            Self::deposit_event(Event::WorkerPaid { task: id, worker, amount: *amount });
        }
        sinks.push((&deal.operator, shares.operator));
        for flow in flows(&sources, &sinks) {
            match flow.from {
                Source::Payer => T::Market::pay(deal, flow.to, flow.amount),
                Source::Loser(who) => T::Stake::forfeit(who, flow.amount, flow.to),
            }
        }
    }

    /// The auditor is paid what its audit was worth, where it does not have the price of the pool. What was held for an
    /// audit that was none, or that found nothing right, goes back.
    fn pay_audit(id: TaskId, deal: &Deal<T::AccountId>, ending: &Ending<T::AccountId>) {
        match &ending.auditor {
            Some(share) if !ending.right.is_empty() => {
                let (worker, amount) = (&share.contribution.worker, deal.audit_price());
                T::Market::pay(deal, worker, amount);
                Self::deposit_event(Event::WorkerPaid { task: id, worker: worker.clone(), amount });
            }
            _ => T::Market::refund_audit(deal),
        }
    }

    /// What a jury took from those it found wrong goes to the jurors, to who was right, and to the audit fund.
    fn pay_spoils(id: TaskId, task: &Task<T::AccountId>, ending: &Ending<T::AccountId>, digest: Digest) {
        let Some(jury) = task.jury.as_ref().filter(|_| !ending.convicted.is_empty()) else { return };
        let sources: Vec<_> = ending.convicted.iter().map(|one| (one, one.locked)).collect();
        let forfeit = sources.iter().fold(0, |sum: Balance, (_, locked)| sum.saturating_add(*locked));
        let jurors: Vec<_> = jury.voted_for(digest).collect();
        let workers: Vec<_> = ending.all_right().map(|share| &share.contribution.worker).collect();
        let spoils = jury::share_out(forfeit, task.value, jurors.len() as u32, workers.len() as u32);
        let mut sinks: Vec<(Option<&T::AccountId>, Balance)> = Vec::new();
        sinks.extend(jurors.iter().map(|juror| (Some(*juror), spoils.juror)));
        sinks.extend(workers.iter().map(|worker| (Some(*worker), spoils.worker)));
        sinks.push((None, spoils.fund));
        for flow in flows(&sources, &sinks) {
            match flow.to {
                Some(to) => T::Stake::forfeit(&flow.from.worker, flow.amount, to),
                None => T::Stake::forfeit_to_fund(&flow.from.worker, flow.amount),
            }
        }
        for juror in jurors {
            let amount = spoils.juror;
            Self::deposit_event(Event::JurorPaid { task: id, juror: juror.clone(), amount });
        }
        for worker in workers {
            let amount = spoils.worker;
            Self::deposit_event(Event::WorkerPaid { task: id, worker: worker.clone(), amount });
        }
    }

    /// Unlock what is not lost, change reputations, and count what was found.
    pub(crate) fn judge(
        id: TaskId,
        deal: &Deal<T::AccountId>,
        task: &Task<T::AccountId>,
        ending: &Ending<T::AccountId>,
    ) {
        let confirmed = ending.is_confirmed(task);
        let workers = ending.right.len() as u32;
        for Share { contribution: Contribution { worker, role, locked, .. }, .. } in ending.all_right() {
            T::Stake::unlock(worker, *locked);
            if confirmed {
                let sharers = if *role == Role::Auditor { 1 } else { workers };
                let merit = T::Stake::standing(worker).merit;
                T::Stake::set_merit(worker, merit::grown(merit, merit::earned(task.value, sharers)));
            }
        }
        for Contribution { worker, locked, .. } in &ending.lost {
            T::Stake::unlock(worker, locked.saturating_sub(deal.worker_stake));
            T::Stake::set_merit(worker, merit::after_loss(T::Stake::standing(worker).merit));
        }
        for Contribution { worker, role, locked, .. } in &ending.convicted {
            T::Stake::disgrace(worker);
            Self::free_and_take_offline(worker, id);
            if let Role::Alone { rate } = role {
                T::Audits::convicted(deal.category_id, worker, *rate);
            }
            Self::deposit_event(Event::Convicted { task: id, worker: worker.clone(), amount: *locked });
        }
        for Contribution { worker, locked, .. } in &ending.released {
            T::Stake::unlock(worker, *locked);
            if Workers::<T>::get(worker).is_some_and(|known| known.assigned.contains(&id)) {
                Self::free_slot(worker, id);
            }
        }
        let has_result = !ending.right.is_empty() || ending.auditor.is_some() || !ending.convicted.is_empty();
        if has_result && task.assurance.is_audited() {
            let kind = Kind { category: deal.category_id, assurance: task.assurance };
            T::Audits::count(kind, finding(task, ending));
        }
    }
}

fn finding<AccountId: Clone + PartialEq + Encode>(
    task: &Task<AccountId>,
    ending: &Ending<AccountId>,
) -> Finding {
    match task.alone() {
        Some(alone) => Finding::Alone {
            audited: ending.is_confirmed(task),
            wrong: ending.convicted.iter().any(|one| one.worker == alone.worker),
        },
        None => Finding::Together,
    }
}
