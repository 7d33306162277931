//! What follows from the end of a task: who is paid, who loses what, whose reputation changes.

use alloc::{vec, vec::Vec};

use super::{
    absence_fine,
    shares::{flows, split_pot, Flow, Loss},
    Case, Contributor, Conviction, MeritChange, Prices, Receipt, Settlement,
};
use crate::{
    bound::{Audit, Finding},
    merit::earned,
    reliability::Conduct,
    task::{Failure, Role, Verdict},
    unit::{Balance, Weight},
};

/// Who pays how much for a task that the pool let down.
struct Blame<'a, AccountId> {
    workers: Vec<(&'a AccountId, Balance)>,
    /// Of its guarantee.
    operator: Balance,
}

impl<AccountId: PartialEq> Blame<'_, AccountId> {
    fn of(&self, who: &AccountId) -> Balance {
        self.workers.iter().find(|(worker, _)| *worker == who).map_or(0, |(_, amount)| *amount)
    }
}

impl<AccountId: Clone + PartialEq> Case<AccountId> {
    /// What follows from it.
    pub fn settle(&self, prices: &Prices<AccountId>) -> Settlement<AccountId> {
        let mut settlement = Settlement::empty();
        let books = &mut settlement;
        for (worker, amount) in self.stakes_lost(prices) {
            books.tell(Receipt::StakeLost { worker, amount });
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

    /// What is seized because the deadline was missed and the pool let the task down. Those that did pay it out of what they have
    /// locked, in equal parts; the operator what is left. What they lose for not revealing goes to the audit fund as well, and
    /// counts.
    fn blame(&self, prices: &Prices<AccountId>) -> Blame<'_, AccountId> {
        let mut blame = Blame { workers: Vec::new(), operator: 0 };
        if self.failure != Some(Failure::DeadlinePassed) || self.missing.is_empty() {
            return blame;
        }
        let is_missing = |one: &&Contributor<AccountId>| self.missing.contains(&one.who);
        let silent = self.with(Verdict::Wrong).filter(is_missing);
        blame.operator =
            silent.fold(prices.guarantee, |left, one| left.saturating_sub(one.stake_lost(prices)));
        let mut absent: Vec<_> = self.with(Verdict::Released).filter(is_missing).collect();
        // The one that has least comes first: the others pay what it cannot.
        absent.sort_by_key(|one| one.locked);
        for (one, payers) in absent.iter().zip((1..=absent.len() as Balance).rev()) {
            let part = blame.operator.div_ceil(payers).min(one.locked);
            blame.operator -= part;
            blame.workers.push((&one.who, part));
        }
        blame
    }

    pub(super) fn with(&self, wanted: Verdict) -> impl Iterator<Item = &Contributor<AccountId>> {
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

    /// What contributors lose that lost the vote or did not reveal.
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
            books.tell(Receipt::JurorPaid { juror: (*juror).clone(), amount: fee });
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
            books.tell(Receipt::WorkerPaid { worker, amount });
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
                books.tell(Receipt::WorkerPaid { worker: worker.clone(), amount });
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
            books.tell(Receipt::JurorPaid { juror: juror.clone(), amount: parts.juror });
            sinks.push((Some(juror), parts.juror));
        }
        for worker in workers {
            books.tell(Receipt::WorkerPaid { worker: worker.clone(), amount: parts.worker });
            sinks.push((Some(worker), parts.worker));
        }
        for juror in self.former_jurors.iter().cloned() {
            books.tell(Receipt::JurorPaid { juror: juror.clone(), amount: parts.former_juror });
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

    /// What is remembered of how contributors did. Declines are held against workers of the pool, where at least as many of the pool
    /// were right. Where more declined, the app may be one that only fellows of its owner can fetch. Auditors come from all
    /// pools and have not chosen this one: who sells what nobody can fetch must not send them away.
    fn conduct(&self) -> Vec<(AccountId, Conduct)> {
        let (workers, auditors) = (self.right(false), self.right(true));
        let of_the_pool = self.with(Verdict::Declined).filter(|one| one.role != Role::Auditor);
        let declined: Vec<_> = of_the_pool.collect();
        let counts = workers.len() >= declined.len();
        let delivered = if counts { Conduct::Delivered } else { Conduct::Apart };
        let workers = workers.into_iter().map(|(one, _)| (one, delivered));
        let auditors = auditors.into_iter().map(|(one, _)| (one, Conduct::Apart));
        let declined = declined.into_iter().filter(|_| counts).map(|one| (one, Conduct::Declined));
        let all = workers.chain(auditors).chain(declined);
        all.map(|(one, conduct)| (one.who.clone(), conduct)).collect()
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
        }
        for one in self.with(Verdict::Wrong) {
            books.unlock(one.who.clone(), one.locked.saturating_sub(one.stake_lost(prices)));
            books.merits.push((one.who.clone(), MeritChange::VoteLost));
        }
        for one in self.with(Verdict::Absent) {
            let fine = absence_fine(prices.stake()).min(one.locked);
            books.forfeit(one.who.clone(), None, fine);
            books.tell(Receipt::StakeLost { worker: one.who.clone(), amount: fine });
            books.unlock(one.who.clone(), one.locked.saturating_sub(fine));
            books.merits.push((one.who.clone(), MeritChange::Absent(prices.value)));
        }
        if counts {
            books.conduct = self.conduct();
        }
        for one in self.with(Verdict::Convicted) {
            let alone = if let Role::Alone { rate } = one.role { Some(rate) } else { None };
            books.convictions.push(Conviction { who: one.who.clone(), locked: one.locked, alone });
        }
        let blame = self.blame(prices);
        for one in self.with(Verdict::Released) {
            let fine = blame.of(&one.who);
            books.forfeit(one.who.clone(), None, fine);
            books.tell(Receipt::StakeLost { worker: one.who.clone(), amount: fine });
            books.unlock(one.who.clone(), one.locked.saturating_sub(fine));
            books.released.push(one.who.clone());
        }
        books.seized = blame.operator;
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
