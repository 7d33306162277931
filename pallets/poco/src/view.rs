//! Answers to the runtime API.

use crate::{
    calls::in_name_of,
    pallet::{Config, Crew, DealStates, DutyKeys, Outcomes, Pallet, Records, Summons, Tasks, Workers},
    queue::Queue,
    types::{Bench, DealState},
};
use alloc::vec::Vec;
use talka_primitives::{
    asset::Uri,
    restriction::{Insider, Insiders},
    task::{Failure, Phase, Stage, Task},
    traits::{Jurors as _, Market as _, Stake as _, Standing},
    view::{
        Assignment, DealView, Duties, Listed, Outcome, Page, Part, PoolStanding, TaskView, WorkerView,
        MAX_LOOKED_AT, MAX_PAGE, MAX_TASKS,
    },
    BlockNumber, Deal, DealId, PoolId, TaskId,
};

impl<T: Config> Pallet<T> {
    /// See [`crate::api::PocoApi`].
    pub fn deal_view(id: DealId) -> Option<DealView<T::AccountId>> {
        let deal = T::Market::deal(id)?;
        let state = Self::state_of(id, deal.tasks);
        // Of one that is being forgotten only a part is there.
        (state.forgotten == 0).then(|| DealView { id, deal, progress: state.progress })
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
        if let Some(task) = Self::task(id) {
            return Some(TaskView::Open(task));
        }
        if Self::is_forgotten(id.deal) {
            return None;
        }
        if let Some(outcome) = Outcomes::<T>::get(id) {
            return Some(TaskView::Ended(outcome));
        }
        let deal = T::Market::deal(id.deal).filter(|deal| id.index < deal.tasks)?;
        let state = Self::state_of(id.deal, deal.tasks);
        Some(not_begun(&deal, &state).map_or(TaskView::Queued, TaskView::Ended))
    }

    /// See [`crate::api::PocoApi`].
    pub fn outcomes(deal: DealId, from: u32, limit: u32) -> Page<TaskId, Outcome> {
        let Some(terms) = T::Market::deal(deal) else { return Page { items: Vec::new(), next: None } };
        let state = Self::state_of(deal, terms.tasks);
        if state.forgotten > 0 {
            return Page { items: Vec::new(), next: None };
        }
        let others = not_begun(&terms, &state);
        let ended = |id| match Outcomes::<T>::get(id) {
            None if !Tasks::<T>::contains_key(id) => others,
            ended => ended,
        };
        Page::of(from..terms.tasks, limit.min(MAX_TASKS), |index| TaskId { deal, index }, ended)
    }

    /// See [`crate::api::PocoApi`].
    pub fn duties(who: T::AccountId, open: Vec<TaskId>) -> Duties<T::AccountId> {
        let who = Self::worker_of(&who);
        let assigned = Workers::<T>::get(&who).map(|worker| worker.assigned).unwrap_or_default();
        let acts_for = T::Jurors::acts_for(&who);
        let summoned = Summons::<T>::get(&who);
        let in_name = acts_for.map(Summons::<T>::get).unwrap_or_default();
        let tasks = assigned.into_iter().chain(summoned).chain(in_name);
        let execute = tasks.filter_map(|id| Self::assignment(&who, id)).collect();
        let (mut reveal, mut over) = (Vec::new(), Vec::new());
        for id in open.into_iter().take(MAX_TASKS as usize) {
            match Self::task_view(id) {
                Some(TaskView::Open(task)) if is_to_reveal(&task, &in_name_of::<T>(&who, &task)) => {
                    reveal.push(id)
                }
                Some(TaskView::Ended(item)) => over.push(Listed { id, item }),
                _ => {}
            }
        }
        Duties { execute, reveal, over }
    }

    /// See [`crate::api::PocoApi`].
    pub fn committed(who: T::AccountId, after: Option<TaskId>) -> Page<TaskId, Assignment<T::AccountId>> {
        let who = Self::worker_of(&who);
        let open = match after {
            Some(task) => Tasks::<T>::iter_keys_from_key(task),
            None => Tasks::<T>::iter_keys(),
        };
        Page::after(open, MAX_PAGE, |task| Self::commitment_of(&who, task))
    }

    fn commitment_of(who: &T::AccountId, task: TaskId) -> Option<Assignment<T::AccountId>> {
        let open = Self::task(task)?;
        let who = in_name_of::<T>(who, &open);
        let stage = open.contribution(&who).map(|contribution| contribution.stage);
        let part = match (stage, &open.jury) {
            (Some(Stage::Committed { .. }), _) => Part::Worker,
            (None, Some(jury)) if jury.has_committed(&who) => Part::Juror,
            _ => return None,
        };
        let until = open.period_until().unwrap_or_else(Self::reveal_until);
        Self::described(task, who, part, until, Self::peers(&open))
    }

    fn assignment(who: &T::AccountId, task: TaskId) -> Option<Assignment<T::AccountId>> {
        let open = Self::task(task)?;
        let who = &in_name_of::<T>(who, &open);
        let (part, until) = match (open.contribution(who).map(|contribution| contribution.stage), &open.jury)
        {
            (Some(Stage::Assigned { until, .. }), _) if open.takes_commitments() => (Part::Worker, until),
            (None, Some(jury)) if jury.awaits(who) => (Part::Juror, jury.until),
            _ => return None,
        };
        // Who repeats a task must be able to, whatever the owners of app and data serve by now.
        let repeats = part == Part::Juror || open.is_audit();
        let peers = if repeats { Self::peers(&open) } else { Vec::new() };
        Self::described(task, who.clone(), part, until, peers)
    }

    /// A part in a task, with all that is needed to execute it.
    fn described(
        task: TaskId,
        who: T::AccountId,
        part: Part,
        until: BlockNumber,
        peers: Vec<Uri>,
    ) -> Option<Assignment<T::AccountId>> {
        let deal = T::Market::deal(task.deal)?;
        let app = T::Market::app(deal.app)?;
        let dataset = match &deal.dataset {
            Some(terms) => Some(T::Market::dataset(terms.id)?),
            None => None,
        };
        Some(Assignment { task, who, part, until, deal, app, dataset, peers })
    }

    /// Where those can be reached that have committed to a result of a task.
    fn peers(task: &Task<T::AccountId>) -> Vec<Uri> {
        let committed = task.contributions.iter().filter(|one| matches!(one.stage, Stage::Committed { .. }));
        let peers = committed.filter_map(|one| Workers::<T>::get(&one.worker)).map(|worker| worker.peer);
        peers.filter(|peer| !peer.is_empty()).collect()
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
            last_seen: worker.as_ref().map_or(0, |worker| worker.last_seen.height),
            paused_until: worker.as_ref().map_or(0, |worker| worker.paused_until),
            peer: worker.as_ref().map(|worker| worker.peer.clone()).unwrap_or_default(),
            assigned: worker.map(|worker| worker.assigned.into_inner()).unwrap_or_default(),
            duty_key: DutyKeys::<T>::get(&account).map(|named| named.key),
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

    /// See [`crate::api::PocoApi`]. Those that were never online have not worked for the pool yet, and do not count.
    pub fn insiders_of(pool: PoolId) -> Insiders {
        Insiders::of(Crew::<T>::iter_key_prefix(pool).map(|who| {
            let Standing { bond, merit, .. } = T::Stake::standing(&who);
            Insider { bond, merit }
        }))
    }

    /// See [`crate::api::PocoApi`].
    pub fn pool_standing(pool: PoolId) -> PoolStanding {
        let record = Records::<T>::get(pool);
        let mut standing = PoolStanding {
            waiting: Queue::<T>::len(Bench::Pool(pool)),
            completed: record.completed,
            failed: record.failed,
            median_blocks: record.median(),
            guaranteed: T::Market::operator(pool).map_or(0, |operator| T::Market::guaranteed(&operator)),
            ..PoolStanding::default()
        };
        // As many as anybody wants to can be in a pool.
        let crew = Crew::<T>::iter_key_prefix(pool).take(MAX_LOOKED_AT as usize);
        let crew = crew.filter_map(Workers::<T>::get);
        for worker in crew.filter(|worker| worker.online) {
            let free = usize::from(worker.slots).saturating_sub(worker.assigned.len());
            standing.online = standing.online.saturating_add(1);
            standing.free_slots = standing.free_slots.saturating_add(free as u32);
        }
        standing
    }
}

/// The outcome of the tasks of a deal that have neither begun nor ended one by one: none while they wait. Else the deal was
/// cancelled, or has expired.
fn not_begun<AccountId>(deal: &Deal<AccountId>, state: &DealState) -> Option<Outcome> {
    match state.cancelled_at {
        _ if state.progress.queued > 0 => None,
        Some(at) => Some(Outcome::Failed { reason: Failure::Cancelled, at }),
        None => {
            Some(Outcome::Failed { reason: Failure::DeadlinePassed, at: deal.deadline.saturating_add(1) })
        }
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
