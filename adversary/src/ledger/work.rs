//! What workers, jurors and validators are said to have done, and who was drawn.

use talka_primitives::{audit::Assurance, task::Failure, BlockNumber, TaskId};
use talka_runtime::{AccountId, Runtime};

use super::{deal, honest, hostile, tlk, Ledger};
use crate::{
    cast::{name, Party},
    finding::{Cause, Property},
};

/// Who was drawn for a task.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drawn {
    pub(super) honest: u32,
    pub(super) hostile: u32,
}

impl Drawn {
    fn note(&mut self, worker: &AccountId) {
        match hostile(worker) {
            true => self.hostile += 1,
            false => self.honest += 1,
        }
    }
}

impl Ledger {
    pub(super) fn work(&mut self, event: talka_pallet_poco::Event<Runtime>) {
        use talka_pallet_poco::Event::*;
        let mut blame = |who: &AccountId, cause, what: String| {
            if honest(who).is_some() {
                self.find(Property::Blame, cause, format!("{} {what}", name(who)));
            }
        };
        match event {
            JurorFined { task, juror, amount } => {
                let what = format!("was fined {} as a juror in task {task}", tlk(amount));
                blame(&juror, Cause::JurorFined, what)
            }
            WorkerAbsent { task, worker } => {
                blame(&worker, Cause::Absent, format!("is taken for absent in task {task}"))
            }
            StakeLost { task, worker, amount } => {
                blame(&worker, Cause::StakeLost, format!("lost a stake of {} in task {task}", tlk(amount)))
            }
            Convicted { task, worker, amount } => {
                let what = format!("was convicted in task {task} and lost {}", tlk(amount));
                blame(&worker, Cause::Convicted, what)
            }
            WorkerPaused { worker, until } => self.paused(&worker, until),
            TaskAssigned { task, worker, .. } => self.note_draw(task, &worker),
            AuditBegun { task } => {
                self.audited.insert(task);
            }
            JurySeated { .. } => self.juries += 1,
            TaskCompleted { task, digest, .. } => {
                let was_audited = self.audited.remove(&task);
                self.tasks.remove(&task);
                let Some(deal) = deal(task.deal) else { return };
                if let Some(party) = honest(&deal.payer) {
                    let price = deal.price().unwrap_or_default();
                    let due = if was_audited { price + deal.audit_price() } else { price };
                    *self.allowance.entry(party).or_default() += due;
                    let right = crate::honest::result(Default::default(), party, task);
                    self.results.0 += 1;
                    self.results.1 += u64::from(right != digest && deal.assurance != Assurance::Unverified);
                }
            }
            TaskFailed { task, reason } => {
                let drawn = self.tasks.remove(&task).unwrap_or_default();
                self.audited.remove(&task);
                self.failed(task.deal, 1, reason, drawn);
                for (party, amount) in std::mem::take(&mut self.seized) {
                    // The closed pool has honest workers only.
                    if party != Party::Operator(1) || drawn.hostile == 0 {
                        self.guarantee_lost(party, amount, format!("task {task}"));
                    }
                }
            }
            DealExpired { deal, tasks } => {
                self.failed(deal, tasks, Failure::DeadlinePassed, Drawn::default())
            }
            DealEnded { deal, .. } => {
                self.open.remove(&deal);
            }
            _ => {}
        }
    }

    /// A worker is measured by the others of its pool: where strangers are the most of those that are drawn, nobody can tell who
    /// declines too often.
    fn paused(&mut self, worker: &AccountId, until: BlockNumber) {
        let pool = talka_pallet_marketplace::Members::<Runtime>::get(worker).map(|member| member.pool);
        let drawn = pool.and_then(|pool| self.drawn.get(&pool)).copied().unwrap_or_default();
        if honest(worker).is_some() && drawn.honest >= drawn.hostile {
            let evidence = format!("{} has to pause until block {until}, {drawn:?}", name(worker));
            self.find(Property::Blame, Cause::Paused, evidence);
        }
    }

    fn note_draw(&mut self, task: TaskId, worker: &AccountId) {
        if let Some(deal) = deal(task.deal) {
            self.drawn.entry(deal.pool).or_default().note(worker);
        }
        let Some(open) = self.open.get_mut(&task.deal) else { return };
        let is_new = !self.tasks.contains_key(&task);
        if let (Some(promise), true) = (&mut open.promise, is_new) {
            promise.queued = promise.queued.saturating_sub(1);
        }
        self.tasks.entry(task).or_default().note(worker);
    }

    pub(super) fn seats(&mut self, event: talka_pallet_validators::Event<Runtime>) {
        use talka_pallet_validators::{Cause as Why, Event::*};
        let evidence = match event {
            Slashed { who, amount, .. } if honest(&who).is_some() => {
                format!("{} was slashed by {}", name(&who), tlk(amount))
            }
            Retired { who, cause, .. } if honest(&who).is_some() && cause != Why::Resigned => {
                format!("{} was retired: {cause:?}", name(&who))
            }
            _ => return,
        };
        self.find(Property::Blame, Cause::Slashed, evidence);
    }
}
