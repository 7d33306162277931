//! The consequences of a step of a task: appointments, penalties, and the end. [`talka_primitives::settlement`]
//! computes payments and forfeits, and this module applies them.

use crate::{
    agenda::Agenda,
    dispatch::bench_of,
    jury, lots,
    pallet::{Config, DealStates, Event, Outcomes, Pallet, Records, Tasks, Workers},
    queue::Queue,
    types::{Appointment, Bench, Lot, Work},
};
use alloc::vec::Vec;
use frame_support::{traits::Get as _, BoundedVec};
use talka_primitives::{
    audit::Kind,
    merit,
    settlement::{Absence, Case, Conviction, Guarantee, Prices, Receipt, Transfer},
    task::{self, Failure, Phase, Step, Task},
    traits::{Audits as _, Market as _, Stake as _},
    view::{Outcome, Progress},
    BlockNumber, Deal, DealId, Digest, TaskId,
};

/// Heartbeats that may be missed before a worker counts as absent.
const MISSED_HEARTBEATS: u32 = 3;

impl<T: Config> Pallet<T> {
    /// Do what a step asks for, and store the task.
    pub(crate) fn follow(id: TaskId, mut task: Task<T::AccountId>, step: Step) {
        match step {
            Step::Waiting => Self::store(id, task),
            Step::Lacking => {
                if !task.queued {
                    if let Some(deal) = T::Market::deal(id.deal) {
                        task.queued = true;
                        Queue::<T>::push(bench_of(&deal, &task), Work::Task(id));
                    }
                }
                Self::store(id, task);
            }
            Step::Agreed { result } => {
                Self::deposit_event(Event::Agreed { task: id, result });
                lots::push::<T>(Lot::Audit(id));
                Self::store(id, task);
            }
            Step::Disputed => {
                if let Some(jury) = &task.jury {
                    jury::end::<T>(id, jury, task.value);
                }
                Self::deposit_event(Event::Disputed { task: id });
                lots::push::<T>(Lot::Jury(id));
                Self::store(id, task);
            }
            Step::Consensus { result } => {
                Self::deposit_event(Event::ConsensusReached { task: id, result });
                Self::store(id, task);
            }
            Step::Completed { digest } => Self::complete(id, task, digest),
            Step::Failed(reason) => Self::fail(id, task, reason),
        }
    }

    /// Store an open task, with an appointment for the next block in which somebody may be late.
    pub(crate) fn store(id: TaskId, mut task: Task<T::AccountId>) {
        let wake = Self::next_wake(&task).max(Self::now().saturating_add(1));
        if wake < task.wake {
            task.wake = wake;
            Agenda::<T>::schedule(wake, Appointment::Task(id));
        }
        Tasks::<T>::insert(id, task);
    }

    /// Do what is due now.
    pub(crate) fn keep(appointment: Appointment) {
        match appointment {
            Appointment::Task(id) => Self::look_at_task(id),
            Appointment::Deal(id) => Self::expire_deal(id),
        }
    }

    /// Free the slot of a worker that has done with a task.
    pub(crate) fn free_slot(who: &T::AccountId, id: TaskId) {
        if let Some(mut worker) = Workers::<T>::get(who) {
            worker.assigned.retain(|task| *task != id);
            Self::sit_if_idle(who, &mut worker);
            Workers::<T>::insert(who, worker);
        }
    }

    fn next_wake(task: &Task<T::AccountId>) -> BlockNumber {
        let due = match task.phase {
            // A dispute outlasts the deadline. Until its jury is drawn there is nothing to look at but that it is.
            Phase::Disputed => {
                let sits = task.jury.as_ref().filter(|jury| !jury.ended);
                return sits.map_or(Self::now(), |jury| jury.until).saturating_add(1);
            }
            Phase::Revealing { until, .. } => until,
            Phase::Agreed { .. } => task.deadline,
            Phase::Active | Phase::Audit { .. } => {
                // Whoever is drawn now was seen now: for the others the appointment was made before.
                let sign_of_life = Self::now().saturating_add(Self::patience());
                task.awaited()
                    .into_iter()
                    .map(|(_, until)| until.min(sign_of_life))
                    .min()
                    .unwrap_or(task.deadline)
            }
        };
        due.min(task.deadline).saturating_add(1)
    }

    /// Blocks without a sign of life after which a worker counts as absent.
    fn patience() -> BlockNumber {
        T::HeartbeatPeriod::get().saturating_mul(MISSED_HEARTBEATS)
    }

    fn look_at_task(id: TaskId) {
        let now = Self::now();
        let Some(mut task) = Tasks::<T>::get(id) else { return };
        if task.wake > now {
            // An earlier look brought another appointment.
            return;
        }
        task.wake = BlockNumber::MAX;
        let reveal_until = Self::reveal_until();
        let jury_is_late = task.jury.as_ref().is_some_and(|jury| !jury.ended && now > jury.until);
        let event = match task.phase {
            Phase::Disputed if jury_is_late => Some(task::Event::JuryTimeOver { reveal_until }),
            Phase::Disputed => None,
            _ if now > task.deadline => Some(task::Event::DeadlinePassed),
            Phase::Revealing { until, .. } if now > until => Some(task::Event::RevealOver { reveal_until }),
            _ => None,
        };
        if let Some(event) = event {
            match task.advance(id, event) {
                Ok(step) => Self::follow(id, task, step),
                Err(_) => Self::store(id, task),
            }
            return;
        }
        let mut step = Step::Waiting;
        for who in Self::absent(&task, now) {
            if let Ok(next) = task.advance(id, task::Event::Absence { worker: who.clone() }) {
                step = next;
                Self::penalise_absence(id, &task, &who);
            }
        }
        Self::follow(id, task, step);
    }

    fn absent(task: &Task<T::AccountId>, now: BlockNumber) -> Vec<T::AccountId> {
        if task.phase == Phase::Disputed {
            // Nobody waits for them any more; they may still say what they have found.
            return Vec::new();
        }
        let is_late = |who: &T::AccountId, until: BlockNumber| {
            let seen = Workers::<T>::get(who).map_or(0, |worker| worker.last_seen);
            now > until || now > seen.saturating_add(Self::patience())
        };
        task.awaited().into_iter().filter(|(who, until)| is_late(who, *until)).map(|(who, _)| who).collect()
    }

    fn penalise_absence(id: TaskId, task: &Task<T::AccountId>, who: &T::AccountId) {
        if let (Some(deal), Some(contribution)) = (T::Market::deal(id.deal), task.contribution(who)) {
            let fine = Absence { pool_stake: deal.worker_stake, locked: contribution.locked }.fine();
            T::Stake::forfeit_to_fund(who, fine);
            T::Stake::unlock(who, contribution.locked.saturating_sub(fine));
            T::Stake::set_merit(who, merit::after_absence(T::Stake::standing(who).merit, task.value));
        }
        Self::free_and_take_offline(who, id);
        Self::deposit_event(Event::WorkerAbsent { task: id, worker: who.clone() });
    }

    /// A worker that has failed is not drawn any more until it says so.
    pub(crate) fn free_and_take_offline(who: &T::AccountId, id: TaskId) {
        if let Some(mut worker) = Workers::<T>::get(who) {
            worker.assigned.retain(|task| *task != id);
            Self::take_offline(who, &mut worker);
            Workers::<T>::insert(who, worker);
        }
    }

    fn complete(id: TaskId, task: Task<T::AccountId>, digest: Digest) {
        let Some(deal) = T::Market::deal(id.deal) else { return };
        let holders = Self::settle(id, &deal, &task, Ok(digest));
        Self::deposit_event(Event::TaskCompleted {
            task: id,
            digest,
            assurance: task.assurance,
            winners: BoundedVec::truncate_from(holders),
        });
        let blocks = Self::now().saturating_sub(task.begun);
        Records::<T>::mutate(deal.pool, |record| record.complete(blocks));
        let (assurance, at) = (task.assurance, Self::now());
        Self::end(id, &deal, Outcome::Completed { digest, assurance, at });
    }

    fn fail(id: TaskId, task: Task<T::AccountId>, reason: Failure) {
        let Some(deal) = T::Market::deal(id.deal) else { return };
        Self::settle(id, &deal, &task, Err(reason));
        Self::deposit_event(Event::TaskFailed { task: id, reason });
        Records::<T>::mutate(deal.pool, |record| record.fail(1));
        Self::end(id, &deal, Outcome::Failed { reason, at: Self::now() });
    }

    /// Apply what follows from the end of a task. Gives the accounts that have the result.
    fn settle(
        id: TaskId,
        deal: &Deal<T::AccountId>,
        task: &Task<T::AccountId>,
        end: Result<Digest, Failure>,
    ) -> Vec<T::AccountId> {
        let settlement = Case::of(id, task, end).settle(&Prices::of(deal));
        for receipt in settlement.receipts {
            Self::deposit_event(match receipt {
                Receipt::StakeLost { worker, amount } => Event::StakeLost { task: id, worker, amount },
                Receipt::WorkerPaid { worker, amount } => Event::WorkerPaid { task: id, worker, amount },
                Receipt::JurorPaid { juror, amount } => Event::JurorPaid { task: id, juror, amount },
            });
        }
        for transfer in settlement.transfers {
            match transfer {
                Transfer::Payment { to, amount } => T::Market::pay(deal, &to, amount),
                Transfer::Forfeit { from, to: Some(to), amount } => T::Stake::forfeit(&from, amount, &to),
                Transfer::Forfeit { from, to: None, amount } => T::Stake::forfeit_to_fund(&from, amount),
            }
        }
        match settlement.guarantee {
            Guarantee::Released => T::Market::release_guarantee(deal, 1),
            Guarantee::Seized => T::Market::seize_guarantee(deal, 1),
        }
        for (who, amount) in settlement.unlocked {
            T::Stake::unlock(&who, amount);
        }
        for (who, change) in settlement.merits {
            T::Stake::set_merit(&who, change.of(T::Stake::standing(&who).merit));
        }
        for Conviction { who, locked, alone } in settlement.convictions {
            T::Stake::disgrace(&who);
            Self::free_and_take_offline(&who, id);
            if let Some(rate) = alone {
                T::Audits::convicted(deal.category_id, rate);
            }
            Self::deposit_event(Event::Convicted { task: id, worker: who, amount: locked });
        }
        for who in settlement.released {
            if Workers::<T>::get(&who).is_some_and(|worker| worker.assigned.contains(&id)) {
                Self::free_slot(&who, id);
            }
        }
        if let Some(finding) = settlement.finding {
            T::Audits::count(Kind { category: deal.category_id, assurance: task.assurance }, finding);
        }
        if let Some(jury) = &task.jury {
            jury::end::<T>(id, jury, task.value);
        }
        settlement.holders
    }

    fn end(id: TaskId, deal: &Deal<T::AccountId>, outcome: Outcome) {
        // Who sat there with all of its bond locked can be drawn again.
        Queue::<T>::make_ready(Bench::Pool(deal.pool));
        Queue::<T>::make_ready(Bench::Auditors);
        Tasks::<T>::remove(id);
        Outcomes::<T>::insert(id, outcome);
        Self::count(id.deal, |progress| {
            progress.open = progress.open.saturating_sub(1);
            match outcome {
                Outcome::Completed { .. } => progress.completed = progress.completed.saturating_add(1),
                Outcome::Failed { .. } => progress.failed = progress.failed.saturating_add(1),
            }
        });
    }

    /// Refund what was not begun of a deal whose deadline has passed.
    pub(crate) fn expire_deal(id: DealId) {
        let (Some(deal), Some(state)) = (T::Market::deal(id), DealStates::<T>::get(id)) else { return };
        let tasks = state.progress.queued;
        if tasks == 0 {
            return;
        }
        T::Market::refund(&deal, tasks);
        T::Market::seize_guarantee(&deal, tasks);
        Records::<T>::mutate(deal.pool, |record| record.fail(tasks));
        Self::deposit_event(Event::DealExpired { deal: id, tasks });
        Self::fail_queued(id, tasks);
    }

    /// Count the tasks of a deal that were not begun, and never will be, as failed.
    pub(crate) fn fail_queued(id: DealId, tasks: u32) {
        Self::count(id, |progress| {
            progress.queued = 0;
            progress.failed = progress.failed.saturating_add(tasks);
        });
    }

    fn count(id: DealId, change: impl FnOnce(&mut Progress)) {
        DealStates::<T>::mutate_extant(id, |state| {
            change(&mut state.progress);
            let Progress { completed, failed, .. } = state.progress;
            if state.progress.is_over() {
                Self::deposit_event(Event::DealEnded { deal: id, completed, failed });
            }
        });
    }
}
