//! What follows from a step of a task: appointments, penalties, and the settlement.

use crate::{
    agenda::Agenda,
    pallet::{Config, DealStates, Event, Outcomes, Pallet, Records, Tasks, Workers},
    queue::Queue,
    types::{Appointment, Work},
};
use alloc::vec::Vec;
use frame_support::{traits::Get as _, BoundedVec};
use talka_primitives::{
    credibility::{score_when_absent, score_when_right, score_when_wrong},
    settlement::{flows, share_out, ABSENCE_FINE},
    task::{self, Failure, Phase, Step, Task, Verdict, MAX_CONTRIBUTIONS},
    traits::{Market as _, Stake as _},
    view::{Outcome, Progress},
    Balance, BlockNumber, Deal, DealId, Digest, TaskId, Weight,
};

/// Most contributions that one settlement has to look at.
pub(crate) const MAX_SETTLED: u32 = MAX_CONTRIBUTIONS;

/// Heartbeats that may be missed before a worker counts as absent.
const MISSED_HEARTBEATS: u32 = 3;

/// Where the money of a pot comes from.
#[derive(PartialEq, Eq)]
enum Source<AccountId> {
    Requester,
    Loser(AccountId),
}

impl<T: Config> Pallet<T> {
    /// Do what a step asks for, and store the task.
    pub(crate) fn follow(id: TaskId, mut task: Task<T::AccountId>, step: Step) {
        match step {
            Step::Waiting => Self::store(id, task),
            Step::Lacking => {
                if !task.queued {
                    if let Some(deal) = T::Market::deal(id.deal) {
                        task.queued = true;
                        Queue::<T>::push(deal.pool, Work::Task(id));
                    }
                }
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
            Phase::Revealing { until, .. } => until,
            Phase::Active => {
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
        let event = match task.phase {
            _ if now > task.deadline => Some(task::Event::DeadlinePassed),
            Phase::Revealing { until, .. } if now > until => {
                Some(task::Event::RevealOver { reveal_until: now.saturating_add(T::RevealPeriod::get()) })
            }
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
                Self::penalise_absence(id, &who);
            }
        }
        Self::follow(id, task, step);
    }

    fn absent(task: &Task<T::AccountId>, now: BlockNumber) -> Vec<T::AccountId> {
        let is_late = |who: &T::AccountId, until: BlockNumber| {
            let seen = Workers::<T>::get(who).map_or(0, |worker| worker.last_seen);
            now > until || now > seen.saturating_add(Self::patience())
        };
        task.awaited().into_iter().filter(|(who, until)| is_late(who, *until)).map(|(who, _)| who).collect()
    }

    fn penalise_absence(id: TaskId, who: &T::AccountId) {
        if let Some(deal) = T::Market::deal(id.deal) {
            let fine = ABSENCE_FINE.of(deal.worker_stake);
            let score = score_when_absent(T::Stake::standing(who).score);
            T::Stake::forfeit_to_fund(who, fine);
            T::Stake::unlock(who, deal.worker_stake.saturating_sub(fine), score);
        }
        if let Some(mut worker) = Workers::<T>::get(who) {
            worker.assigned.retain(|task| *task != id);
            Self::take_offline(who, &mut worker);
            Workers::<T>::insert(who, worker);
        }
        Self::deposit_event(Event::WorkerAbsent { task: id, worker: who.clone() });
    }

    fn complete(id: TaskId, task: Task<T::AccountId>, digest: Digest) {
        let Some(deal) = T::Market::deal(id.deal) else { return };
        let mut winners: Vec<(T::AccountId, Weight)> = Vec::new();
        let mut losers: Vec<T::AccountId> = Vec::new();
        for (who, verdict) in task.verdicts(true) {
            match verdict {
                Verdict::Right { weight } => winners.push((who.clone(), weight)),
                Verdict::Wrong => losers.push(who.clone()),
                Verdict::Released => Self::release(id, &deal, who),
            }
        }
        Self::pay_pot(id, &deal, &winners, &losers);
        T::Market::pay(&deal, &deal.app_owner, deal.app_price);
        if let Some(dataset) = &deal.dataset {
            T::Market::pay(&deal, &dataset.owner, dataset.price);
        }
        T::Market::release_guarantee(&deal, 1);

        let contributors = winners.len().saturating_add(losers.len());
        for (who, _) in &winners {
            let score = score_when_right(T::Stake::standing(who).score, contributors);
            T::Stake::unlock(who, deal.worker_stake, score);
        }
        for who in &losers {
            T::Stake::unlock(who, 0, score_when_wrong(T::Stake::standing(who).score));
        }
        let winners: Vec<_> = winners.into_iter().map(|(who, _)| who).collect();
        Self::deposit_event(Event::TaskCompleted {
            task: id,
            digest,
            winners: BoundedVec::truncate_from(winners),
        });
        let blocks = Self::now().saturating_sub(task.begun);
        Records::<T>::mutate(deal.pool, |record| record.complete(blocks));
        Self::end(id, &deal, Outcome::Completed { digest, at: Self::now() });
    }

    /// Pay workers and operator, straight from who holds the money.
    fn pay_pot(
        id: TaskId,
        deal: &Deal<T::AccountId>,
        winners: &[(T::AccountId, Weight)],
        losers: &[T::AccountId],
    ) {
        let mut sources = alloc::vec![(Source::Requester, deal.pool_price)];
        sources.extend(losers.iter().map(|who| (Source::Loser(who.clone()), deal.worker_stake)));
        let pot = sources.iter().fold(0, |sum: Balance, (_, amount)| sum.saturating_add(*amount));
        let weights: Vec<_> = winners.iter().map(|(_, weight)| *weight).collect();
        let shares = share_out(pot, deal.operator_share, &weights);

        let mut sinks: Vec<(&T::AccountId, Balance)> =
            winners.iter().map(|(who, _)| who).zip(shares.winners.iter().copied()).collect();
        sinks.push((&deal.operator, shares.operator));
        for flow in flows(&sources, &sinks) {
            match flow.from {
                Source::Requester => T::Market::pay(deal, flow.to, flow.amount),
                Source::Loser(who) => T::Stake::forfeit(who, flow.amount, flow.to),
            }
        }
        for ((who, _), amount) in winners.iter().zip(shares.winners) {
            Self::deposit_event(Event::WorkerPaid { task: id, worker: who.clone(), amount });
        }
        for who in losers {
            Self::deposit_event(Event::StakeLost {
                task: id,
                worker: who.clone(),
                amount: deal.worker_stake,
            });
        }
    }

    fn fail(id: TaskId, task: Task<T::AccountId>, reason: Failure) {
        let Some(deal) = T::Market::deal(id.deal) else { return };
        for (who, verdict) in task.verdicts(false) {
            match verdict {
                Verdict::Wrong => {
                    T::Stake::forfeit_to_fund(who, deal.worker_stake);
                    T::Stake::unlock(who, 0, score_when_wrong(T::Stake::standing(who).score));
                    Self::deposit_event(Event::StakeLost {
                        task: id,
                        worker: who.clone(),
                        amount: deal.worker_stake,
                    });
                }
                Verdict::Right { .. } | Verdict::Released => Self::release(id, &deal, who),
            }
        }
        T::Market::refund(&deal, 1);
        match reason {
            Failure::DeadlinePassed => T::Market::seize_guarantee(&deal, 1),
            Failure::Declined(_) | Failure::NoConsensus => T::Market::release_guarantee(&deal, 1),
        }
        Self::deposit_event(Event::TaskFailed { task: id, reason });
        Records::<T>::mutate(deal.pool, |record| record.fail(1));
        Self::end(id, &deal, Outcome::Failed { reason, at: Self::now() });
    }

    /// Give a worker its stake back: nothing is known against it.
    fn release(id: TaskId, deal: &Deal<T::AccountId>, who: &T::AccountId) {
        T::Stake::unlock(who, deal.worker_stake, T::Stake::standing(who).score);
        if Workers::<T>::get(who).is_some_and(|worker| worker.assigned.contains(&id)) {
            Self::free_slot(who, id);
        }
    }

    fn end(id: TaskId, deal: &Deal<T::AccountId>, outcome: Outcome) {
        // Who sat there with all of its bond locked can be drawn again.
        Queue::<T>::make_ready(deal.pool);
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
