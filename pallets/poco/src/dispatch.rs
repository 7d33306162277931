//! Draws: which workers execute which task.

use crate::{
    idle::Idle,
    pallet::{Config, DealStates, Event, Pallet, Workers},
    queue::Queue,
    types::{Bench, Seat, Work},
    WeightInfo as _,
};
use alloc::vec::Vec;
use frame_support::weights::WeightMeter;
use talka_primitives::{
    credibility, odds,
    placement::{Conditions, Offer, Opening, Placement},
    room::Moment,
    seed::Draws,
    task::{self, Span, Task},
    traits::{Audits as _, Market as _, Stake as _, Standing},
    CategoryId, Deal, DealId, TaskId,
};

/// Draws after which a task goes back into the queue, until the next block. A draw is in vain where it hits a worker
/// that has the task already, or the part of a bond that is locked elsewhere.
const MAX_DRAWS: u32 = 48;

/// Serve the benches that have work, in turn, until nothing can be drawn or the meter is full.
pub(crate) fn serve_benches<T: Config>(mut draws: Draws, meter: &mut WeightMeter) {
    let mut again = Vec::new();
    while meter.can_consume(T::WeightInfo::serve_bench()) {
        let Some(bench) = Queue::<T>::next_bench() else { break };
        meter.consume(T::WeightInfo::serve_bench());
        match serve_bench::<T>(bench, &mut draws, meter) {
            Served::Fully => {}
            Served::Unluckily => again.push(bench),
            Served::InPart => {
                again.push(bench);
                break;
            }
        }
    }
    // The others first; then these again.
    again.into_iter().for_each(Queue::<T>::make_ready);
}

#[derive(PartialEq, Eq)]
enum Served {
    /// Nothing more can be drawn until a worker becomes idle, stake is unlocked or work arrives.
    Fully,
    /// Some task was given up after too many draws in vain: in the next block it may have better luck.
    Unluckily,
    /// The meter is full.
    InPart,
}

/// What came of one entry of the queue.
#[derive(Default)]
struct Drawn {
    /// Workers that got the task.
    workers: u32,
    /// Draws made, also those in vain.
    draws: u32,
    /// Whether it was given up while there may have been somebody left to be drawn.
    given_up: bool,
}

/// One task of each deal in turn, so that a long bag does not keep short ones waiting.
fn serve_bench<T: Config>(bench: Bench, draws: &mut Draws, meter: &mut WeightMeter) -> Served {
    // A whole round without a draw means that whoever is idle can take nothing of what waits. The round's length is
    // taken when it begins: entries of tasks that have ended vanish on the way.
    let mut untried = Queue::<T>::len(bench);
    let mut served = Served::Fully;
    while !Idle::<T>::is_empty(bench) && untried > 0 {
        if !meter.can_consume(T::WeightInfo::draw(MAX_DRAWS)) {
            return Served::InPart;
        }
        let Some(work) = Queue::<T>::pop(bench) else { break };
        let drawn = match work {
            Work::Deal(id) => begin_task::<T>(id, draws),
            Work::Task(id) => complete_task::<T>(id, draws),
        };
        meter.consume(T::WeightInfo::draw(drawn.draws));
        untried = if drawn.workers == 0 { untried.saturating_sub(1) } else { Queue::<T>::len(bench) };
        if drawn.given_up {
            served = Served::Unluckily;
        }
    }
    served
}

/// Draw workers for the next task of a deal, which goes back into the queue while it has more that can begin in time. The
/// others are refunded after the deadline.
fn begin_task<T: Config>(deal_id: DealId, draws: &mut Draws) -> Drawn {
    let (Some(deal), Some(mut state)) = (T::Market::deal(deal_id), DealStates::<T>::get(deal_id)) else {
        return Drawn::default();
    };
    if state.progress.queued == 0 || is_too_late::<T>(&deal) {
        return Drawn::default();
    }
    let id = TaskId { deal: deal_id, index: state.begun };
    let span = Span::new(Pallet::<T>::now(), deal.deadline, Pallet::<T>::execution_time(&deal));
    let mut task =
        Task::new(deal.trust, deal.assurance, deal.value(), span).begun_after(Pallet::<T>::full_blocks());
    let drawn = draw_workers::<T>(id, &deal, &mut task, draws);
    if drawn.workers > 0 {
        state.begun = state.begun.saturating_add(1);
        state.progress.queued = state.progress.queued.saturating_sub(1);
        state.progress.open = state.progress.open.saturating_add(1);
        if task.is_lacking() {
            task.queued = true;
            Queue::<T>::append(Bench::Pool(deal.pool), Work::Task(id));
        }
        Pallet::<T>::store(id, task);
    }
    if state.progress.queued > 0 {
        Queue::<T>::append(Bench::Pool(deal.pool), Work::Deal(deal_id));
    }
    DealStates::<T>::insert(deal_id, state);
    drawn
}

/// Whether a worker that is drawn now for the first time could commit after the deadline: then no task of the deal begins
/// any more.
pub(crate) fn is_too_late<T: Config>(deal: &Deal<T::AccountId>) -> bool {
    Pallet::<T>::commit_until(deal) > deal.deadline
}

/// Where the workers sit that a task lacks.
pub(crate) fn bench_of<AccountId: Clone + PartialEq + codec::Encode>(
    deal: &Deal<AccountId>,
    task: &Task<AccountId>,
) -> Bench {
    if task.is_audit() {
        Bench::Auditors
    } else {
        Bench::Pool(deal.pool)
    }
}

/// Draw the workers that an open task still needs.
fn complete_task<T: Config>(id: TaskId, draws: &mut Draws) -> Drawn {
    let (Some(mut task), Some(deal)) = (Pallet::<T>::task(id), T::Market::deal(id.deal)) else {
        return Drawn::default();
    };
    let drawn = draw_workers::<T>(id, &deal, &mut task, draws);
    task.queued = task.is_lacking() && !task.contributions.is_full();
    if task.queued {
        Queue::<T>::append(bench_of(&deal, &task), Work::Task(id));
    }
    Pallet::<T>::store(id, task);
    drawn
}

/// Draw until those at work would reach the trust, if they all agreed.
///
/// Without replacement: a worker that is hit and cannot take the task stands aside until the draws for it are over.
/// So a large bond that has the task already does not keep the others from it, and when nobody sits any more there is
/// nobody who could take it.
fn draw_workers<T: Config>(
    id: TaskId,
    deal: &Deal<T::AccountId>,
    task: &mut Task<T::AccountId>,
    draws: &mut Draws,
) -> Drawn {
    let now = Pallet::<T>::moment();
    let until = Pallet::<T>::commit_until(deal);
    let conditions = Conditions::of(deal, &T::Audits::rules());
    let mut drawn = Drawn::default();
    let mut aside = Vec::new();
    while task.is_lacking() && !task.contributions.is_full() {
        if drawn.draws == MAX_DRAWS {
            drawn.given_up = true;
            break;
        }
        let Some(seat) = Idle::<T>::draw(bench_of(deal, task), draws) else { break };
        drawn.draws = drawn.draws.saturating_add(1);
        if !is_as_seated::<T>(&seat) {
            continue;
        }
        let worker = seat.worker;
        let standing = T::Stake::standing(&worker);
        let offer = conditions.offer(Opening::of(task), standing.merit, standing.unlocked());
        if task.contribution(&worker).is_some() || offer.shared.locked > standing.unlocked() {
            stand_aside::<T>(&worker);
            aside.push(worker);
            continue;
        }
        if !is_kept(&standing, draws) {
            continue;
        }
        let Placement { role, weight, locked } = place::<T>(deal.category_id, offer, &worker);
        if T::Stake::lock(&worker, locked).is_err() {
            // Cannot be: so much is unlocked.
            break;
        }
        let event = task::Event::Draw { worker: worker.clone(), role, weight, locked, until };
        if task.advance(id, event).is_err() {
            // Cannot be: the task lacks workers and this one has not got it.
            T::Stake::unlock(&worker, locked);
            break;
        }
        drawn.workers = drawn.workers.saturating_add(1);
        assign::<T>(&worker, id, now);
        Pallet::<T>::deposit_event(Event::TaskAssigned { task: id, worker, until });
    }
    for worker in &aside {
        sit_again::<T>(worker);
    }
    drawn
}

/// Whether a worker that was hit is drawn: its odds are those of what it has unlocked.
fn is_kept(standing: &Standing, draws: &mut Draws) -> bool {
    let Standing { ripe, .. } = *standing;
    let unlocked = standing.unlocked();
    unlocked >= ripe || draws.below(ripe).is_some_and(|point| odds::keeps(point, ripe, unlocked))
}

/// How a worker takes part in a task. The pass that working alone takes may be given here.
fn place<T: Config>(category: CategoryId, offer: Offer, who: &T::AccountId) -> Placement {
    offer.alone.filter(|_| T::Audits::admit(category, who)).unwrap_or(offer.shared)
}

fn stand_aside<T: Config>(who: &T::AccountId) {
    if let Some(mut worker) = Workers::<T>::get(who) {
        Idle::<T>::rise(&mut worker);
        Workers::<T>::insert(who, worker);
    }
}

fn sit_again<T: Config>(who: &T::AccountId) {
    if let Some(mut worker) = Workers::<T>::get(who) {
        Idle::<T>::sit(who, &mut worker, &T::Stake::standing(who));
        Workers::<T>::insert(who, worker);
    }
}

/// A seat shows the stake of the time when the worker sat down. Where bond or score have changed since, the worker
/// sits down again (or, below the pool's terms or with a bond that has to ripen again, goes offline) and the draw is void:
/// so nobody is drawn with odds that it does not have any more.
fn is_as_seated<T: Config>(seat: &Seat<T::AccountId>) -> bool {
    let standing = T::Stake::standing(&seat.worker);
    let is_ripe = standing.ripe_at <= Pallet::<T>::now();
    if is_ripe && standing.seat_stake() == seat.stake && credibility::weight(standing.score) == seat.weight {
        return true;
    }
    if let Some(mut worker) = Workers::<T>::get(&seat.worker) {
        Idle::<T>::rise(&mut worker);
        let on_terms = T::Market::membership(&seat.worker)
            .is_some_and(|membership| membership.policy.unmet_by(standing.bond, standing.score).is_none());
        if is_ripe && on_terms {
            Idle::<T>::sit(&seat.worker, &mut worker, &standing);
        } else {
            Pallet::<T>::take_offline(&seat.worker, &mut worker);
        }
        Workers::<T>::insert(&seat.worker, worker);
    }
    false
}

fn assign<T: Config>(who: &T::AccountId, id: TaskId, now: Moment) {
    if let Some(mut worker) = Workers::<T>::get(who) {
        // Cannot fail: only workers with a free slot are seated.
        let _ = worker.assigned.try_push(id);
        worker.last_seen = now;
        if !worker.is_idle() {
            Idle::<T>::rise(&mut worker);
        }
        Workers::<T>::insert(who, worker);
    }
}
