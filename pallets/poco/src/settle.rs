//! The consequences of a step of a task: appointments, penalties, and the end. [`talka_primitives::settlement`]
//! computes payments and forfeits, and this module applies them.

use crate::{
    agenda::Agenda,
    dispatch::bench_of,
    jury, lots,
    pallet::{Config, DealStates, Event, Outcomes, Pallet, Records, Tasks, Workers},
    queue::Queue,
    types::{Appointment, Bench, Work},
};
use alloc::vec::Vec;
use frame_support::{traits::Get as _, BoundedVec};
use talka_primitives::{
    audit::Kind,
    bound::Sample,
    gate::Worth,
    reliability::Conduct,
    settlement::{Case, Conviction, Guarantee, Prices, Receipt, Transfer},
    task::{self, Failure, Phase, Step, Task},
    traits::{Audits as _, Market as _, Stake as _},
    view::{Outcome, Progress},
    Balance, BlockNumber, Deal, DealId, Digest, TaskId,
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
                lots::of_result::<T>(id);
                Self::store(id, task);
            }
            Step::Disputed => {
                if let Some(jury) = &task.jury {
                    jury::end::<T>(id, jury, task.value);
                }
                Self::deposit_event(Event::Disputed { task: id });
                lots::of_jury::<T>(id);
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
        let wake = Self::next_wake(&task).map(|wake| wake.max(Self::now().saturating_add(1)));
        if let Some(wake) = wake.filter(|wake| *wake < task.wake) {
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

    /// Nothing where the task waits for its jury: its lot is drawn in its turn, and to look at it in each block would take
    /// the hook's time from that.
    fn next_wake(task: &Task<T::AccountId>) -> Option<BlockNumber> {
        let due = match task.phase {
            Phase::Disputed => task.jury.as_ref().filter(|jury| !jury.ended)?.until,
            Phase::Revealing { until, .. } => until,
            Phase::Agreed { .. } => task.audit_until,
            Phase::Active => Self::next_absence(task).min(task.deadline),
            Phase::Audit { .. } => Self::next_absence(task).min(task.audit_until),
        };
        Some(due.saturating_add(1))
    }

    /// The last block before some worker may be absent.
    fn next_absence(task: &Task<T::AccountId>) -> BlockNumber {
        // A worker that is drawn now was seen now: for the others the appointment was made before.
        let sign_of_life = Self::now().saturating_add(Self::patience());
        let limits = task.awaited().into_iter().map(|(_, until)| until.min(sign_of_life));
        limits.min().unwrap_or(BlockNumber::MAX)
    }

    /// Blocks with room and without a sign of life after which a worker counts as absent.
    pub(crate) fn patience() -> BlockNumber {
        T::HeartbeatPeriod::get().saturating_mul(MISSED_HEARTBEATS)
    }

    fn look_at_task(id: TaskId) {
        let now = Self::now();
        let Some(mut task) = Self::task(id) else { return };
        if task.wake > now {
            // An earlier look brought another appointment.
            return;
        }
        task.wake = BlockNumber::MAX;
        let reveal_until = Self::reveal_until();
        let jury_is_late = task.jury.as_ref().is_some_and(|jury| !jury.ended && now > jury.until);
        let event = match task.phase {
            Phase::Disputed if jury_is_late => Some(task::Event::JuryTimeOver { reveal_until }),
            Phase::Active if now > task.deadline => Some(task::Event::DeadlinePassed),
            Phase::Agreed { .. } | Phase::Audit { .. } if now > task.audit_until => {
                Some(task::Event::AuditTimeOver)
            }
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
                Self::free_and_take_offline(&who, id);
                Self::deposit_event(Event::WorkerAbsent { task: id, worker: who });
            }
        }
        Self::follow(id, task, step);
    }

    fn absent(task: &Task<T::AccountId>, now: BlockNumber) -> Vec<T::AccountId> {
        if !task.waits_for_commitments() {
            return Vec::new();
        }
        let is_late = |who: &T::AccountId, until: BlockNumber| {
            now > until || Workers::<T>::get(who).is_none_or(|worker| Self::is_silent(&worker))
        };
        task.awaited().into_iter().filter(|(who, until)| is_late(who, *until)).map(|(who, _)| who).collect()
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
                let lie = Worth { amount: deal.value(), floor: deal.category.min_value, rate };
                T::Audits::convicted(deal.category_id, lie);
            }
            Self::deposit_event(Event::Convicted { task: id, worker: who, amount: locked });
        }
        for who in settlement.released {
            if Workers::<T>::get(&who).is_some_and(|worker| worker.assigned.contains(&id)) {
                Self::free_slot(&who, id);
            }
        }
        for (who, conduct) in settlement.conduct {
            Self::count_conduct(&who, conduct);
        }
        if let Some(finding) = settlement.finding {
            let price = deal.price().unwrap_or(Balance::MAX);
            let sample = Sample { finding, price, floor: deal.category.min_value };
            T::Audits::count(Kind { category: deal.category_id, assurance: task.assurance }, sample);
        }
        if let Some(jury) = &task.jury {
            jury::end::<T>(id, jury, task.value);
        }
        settlement.holders
    }

    /// Remember whether a worker delivers what it is drawn for. After too many declines it has to pause.
    fn count_conduct(who: &T::AccountId, conduct: Conduct) {
        let Some(mut worker) = Workers::<T>::get(who) else { return };
        let pause = worker.reliability.count(conduct);
        if pause > 0 {
            let until = Self::now().saturating_add(pause);
            worker.paused_until = until;
            Self::take_offline(who, &mut worker);
            Self::deposit_event(Event::WorkerPaused { worker: who.clone(), until });
        }
        Workers::<T>::insert(who, worker);
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

    /// Refund what was not begun of a deal whose deadline has passed. The guarantee is released: no worker was drawn, so
    /// nobody had anything to deliver.
    pub(crate) fn expire_deal(id: DealId) {
        let (Some(deal), Some(state)) = (T::Market::deal(id), DealStates::<T>::get(id)) else { return };
        let tasks = state.progress.queued;
        if tasks == 0 {
            return;
        }
        T::Market::refund(&deal, tasks);
        T::Market::release_guarantee(&deal, tasks);
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
