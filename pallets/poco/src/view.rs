//! Answers to the runtime API.

use crate::{
    pallet::{Config, Crew, DealStates, Outcomes, Pallet, Records, Summons, Tasks, Workers},
    queue::Queue,
    types::{Bench, DealState},
};
use alloc::vec::Vec;
use talka_primitives::{
    task::{Failure, Phase, Stage, Task},
    traits::{Market as _, Stake as _},
    view::{
        Assignment, DealView, Duties, Listed, Outcome, Part, PoolStanding, TaskView, WorkerView, MAX_PAGE,
        MAX_TASKS,
    },
    DealId, PoolId, TaskId,
};

impl<T: Config> Pallet<T> {
    /// See [`crate::api::PocoApi`].
    pub fn deal_view(id: DealId) -> Option<DealView<T::AccountId>> {
        let deal = T::Market::deal(id)?;
        let progress = Self::state_of(id, deal.tasks).progress;
        Some(DealView { id, deal, progress })
    }

    /// How far a deal is. One that was not taken in yet waits as one whose turn has not come.
    fn state_of(id: DealId, tasks: u32) -> DealState {
        DealStates::<T>::get(id).unwrap_or_else(|| DealState::new(tasks))
    }

    /// See [`crate::api::PocoApi`]. `ids` are the requester's deals.
    pub fn deal_views(ids: impl IntoIterator<Item = DealId>, limit: u32) -> Vec<DealView<T::AccountId>> {
        ids.into_iter().filter_map(Self::deal_view).take(limit.min(MAX_PAGE) as usize).collect()
    }

    /// See [`crate::api::PocoApi`].
    pub fn task_view(id: TaskId) -> Option<TaskView<T::AccountId>> {
        if let Some(task) = Tasks::<T>::get(id) {
            return Some(TaskView::Open(task));
        }
        if let Some(outcome) = Outcomes::<T>::get(id) {
            return Some(TaskView::Ended(outcome));
        }
        let deal = T::Market::deal(id.deal).filter(|deal| id.index < deal.tasks)?;
        let state = Self::state_of(id.deal, deal.tasks);
        if state.progress.queued > 0 {
            return Some(TaskView::Queued);
        }
        // Never begun, and waiting no more: the deal was cancelled, or has expired.
        let outcome = match state.cancelled_at {
            Some(at) => Outcome::Failed { reason: Failure::Cancelled, at },
            None => Outcome::Failed { reason: Failure::DeadlinePassed, at: deal.deadline.saturating_add(1) },
        };
        Some(TaskView::Ended(outcome))
    }

    /// See [`crate::api::PocoApi`].
    pub fn outcomes(deal: DealId, from: u32, limit: u32) -> Vec<Listed<TaskId, Outcome>> {
        let Some(tasks) = T::Market::deal(deal).map(|deal| deal.tasks) else { return Vec::new() };
        let ended = |index| match Self::task_view(TaskId { deal, index })? {
            TaskView::Ended(item) => Some(Listed { id: TaskId { deal, index }, item }),
            TaskView::Queued | TaskView::Open(_) => None,
        };
        (from..tasks).filter_map(ended).take(limit.min(MAX_TASKS) as usize).collect()
    }

    /// See [`crate::api::PocoApi`].
    pub fn duties(who: T::AccountId, open: Vec<TaskId>) -> Duties<T::AccountId> {
        let assigned = Workers::<T>::get(&who).map(|worker| worker.assigned).unwrap_or_default();
        let summoned = Summons::<T>::get(&who);
        let execute =
            assigned.into_iter().chain(summoned).filter_map(|id| Self::assignment(&who, id)).collect();
        let (mut reveal, mut over) = (Vec::new(), Vec::new());
        for id in open.into_iter().take(MAX_TASKS as usize) {
            match Self::task_view(id) {
                Some(TaskView::Open(task)) if is_to_reveal(&task, &who) => reveal.push(id),
                Some(TaskView::Ended(item)) => over.push(Listed { id, item }),
                _ => {}
            }
        }
        Duties { execute, reveal, over }
    }

    fn assignment(who: &T::AccountId, task: TaskId) -> Option<Assignment<T::AccountId>> {
        let open = Tasks::<T>::get(task)?;
        let (part, until) = match (open.contribution(who).map(|contribution| contribution.stage), &open.jury)
        {
            (Some(Stage::Assigned { until, .. }), _) => (Part::Worker, until),
            (None, Some(jury)) if jury.awaits(who) => (Part::Juror, jury.until),
            _ => return None,
        };
        let deal = T::Market::deal(task.deal)?;
        let app = T::Market::app(deal.app)?;
        let dataset = match &deal.dataset {
            Some(terms) => Some(T::Market::dataset(terms.id)?),
            None => None,
        };
        Some(Assignment { task, part, until, deal, app, dataset })
    }

    /// See [`crate::api::PocoApi`].
    pub fn worker_view(account: T::AccountId) -> Option<WorkerView<T::AccountId>> {
        let standing = T::Stake::standing(&account);
        let worker = Workers::<T>::get(&account);
        let pool = T::Market::membership(&account).map(|membership| membership.pool);
        if worker.is_none() && pool.is_none() && standing == Default::default() {
            return None;
        }
        Some(WorkerView {
            bond: standing.bond,
            locked: standing.locked,
            merit: standing.merit,
            score: standing.score,
            ripe_at: standing.ripe_at,
            effective_stake: standing.effective_stake(),
            pool,
            online: worker.as_ref().is_some_and(|worker| worker.online),
            slots: worker.as_ref().map_or(0, |worker| worker.slots),
            last_seen: worker.as_ref().map_or(0, |worker| worker.last_seen),
            peer: worker.as_ref().map(|worker| worker.peer.clone()).unwrap_or_default(),
            assigned: worker.map(|worker| worker.assigned.into_inner()).unwrap_or_default(),
            account,
        })
    }

    /// See [`crate::api::PocoApi`].
    pub fn worker_views(pool: PoolId, limit: u32) -> Vec<WorkerView<T::AccountId>> {
        Crew::<T>::iter_key_prefix(pool)
            .take(limit.min(MAX_PAGE) as usize)
            .filter_map(Self::worker_view)
            .collect()
    }

    /// See [`crate::api::PocoApi`].
    pub fn pool_standing(pool: PoolId) -> PoolStanding {
        let record = Records::<T>::get(pool);
        let mut standing = PoolStanding {
            waiting: Queue::<T>::len(Bench::Pool(pool)),
            completed: record.completed,
            failed: record.failed,
            median_blocks: record.median(),
            ..PoolStanding::default()
        };
        let crew = Crew::<T>::iter_key_prefix(pool).filter_map(Workers::<T>::get);
        for worker in crew.filter(|worker| worker.online) {
            let free = usize::from(worker.slots).saturating_sub(worker.assigned.len());
            standing.online = standing.online.saturating_add(1);
            standing.free_slots = standing.free_slots.saturating_add(free as u32);
        }
        standing
    }
}

fn is_to_reveal<AccountId: PartialEq + Clone + codec::Encode>(
    task: &Task<AccountId>,
    who: &AccountId,
) -> bool {
    if task.jury.as_ref().is_some_and(|jury| jury.is_to_reveal(who)) {
        return true;
    }
    let Phase::Revealing { result: believed, .. } = task.phase else { return false };
    matches!(
        task.contribution(who).map(|contribution| contribution.stage),
        Some(Stage::Committed { result, .. }) if result == believed
    )
}
