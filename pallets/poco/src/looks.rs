//! Who is drawn for one task: looks at workers on a bench, until the task lacks nobody.

use crate::{
    dispatch::bench_of,
    idle::Idle,
    pallet::{Config, Event, Pallet, Workers},
    types::{Bench, Seat},
    watch, WeightInfo as _,
};
use alloc::vec::Vec;
use frame_support::weights::{Weight, WeightMeter};
use talka_primitives::{
    credibility, odds,
    placement::{Conditions, Offer, Opening, Placement},
    room::Moment,
    seed::Draws,
    task::{self, Task},
    traits::{Audits as _, Market as _, Stake as _, Standing},
    CategoryId, Deal, TaskId,
};

/// Looks at workers after which a task goes back into the queue, until the next turn. A look is in vain where it hits a worker
/// that has the task already, or the part of a bond that is locked elsewhere.
const MAX_LOOKS: u32 = 48;

/// Hits after which a worker that cannot take a task stands aside until the draws for it are over.
const MAX_HITS: u32 = 4;

/// What came of one entry of the queue, or of more.
#[derive(Clone, Copy, Default)]
pub(crate) struct Drawn {
    /// Workers that got a task.
    pub(crate) workers: u32,
    /// Tries and looks, also those in vain.
    pub(crate) steps: u32,
    /// Whether a task was given up while there may have been somebody left to be drawn.
    pub(crate) given_up: bool,
}

impl Drawn {
    pub(crate) fn with(self, more: Self) -> Self {
        Self {
            workers: self.workers.saturating_add(more.workers),
            steps: self.steps.saturating_add(more.steps),
            given_up: self.given_up || more.given_up,
        }
    }
}

/// The most that one look can cost, with what follows from it.
pub(crate) fn most_of_a_look<T: Config>() -> Weight {
    let moves = T::WeightInfo::move_seat().saturating_mul(2);
    let drawn = T::WeightInfo::draw_worker().saturating_add(T::WeightInfo::move_seat());
    T::WeightInfo::look_at_seat()
        .saturating_add(moves.max(drawn))
        .saturating_add(T::WeightInfo::store_draws())
}

/// Draw until those at work would reach the trust, if they all agreed.
///
/// Without replacement in the end: a worker that is hit several times and cannot take the task stands aside until the draws for
/// it are over. So a large bond that has the task already does not keep the others from it. Where all that sit were looked at
/// and none can take it, there is nobody left.
pub(crate) fn draw_workers<T: Config>(
    id: TaskId,
    deal: &Deal<T::AccountId>,
    task: &mut Task<T::AccountId>,
    draws: &mut Draws,
    meter: &mut WeightMeter,
) -> Drawn {
    let now = Pallet::<T>::moment();
    let conditions = Conditions::of(deal, &T::Audits::rules());
    let most = most_of_a_look::<T>();
    let bench = bench_of(deal, task);
    let mut unfit = Unfit::<T>::new(bench);
    let (mut drawn, mut looks) = (Drawn::default(), 0u32);
    while task.is_lacking() && !task.is_full() {
        if looks == MAX_LOOKS || !meter.can_consume(most) {
            drawn.given_up = true;
            break;
        }
        let Some(seat) = Idle::<T>::draw(bench, draws) else { break };
        looks = looks.saturating_add(1);
        meter.consume(T::WeightInfo::look_at_seat());
        if !is_as_seated::<T>(&seat) {
            meter.consume(T::WeightInfo::move_seat().saturating_mul(2));
            continue;
        }
        let worker = seat.worker;
        let standing = T::Stake::standing(&worker);
        let offer = conditions.offer(Opening::of(task), standing.merit, standing.unlocked());
        if task.contribution(&worker).is_some() || offer.shared.locked > standing.unlocked() {
            if unfit.hit(worker) == Aside::Stands {
                // Now, and when it sits down again.
                meter.consume(T::WeightInfo::move_seat().saturating_mul(2));
            }
            if unfit.are_all() {
                break;
            }
            continue;
        }
        if !is_kept(&standing, draws) {
            continue;
        }
        let Some(is_busy) = give_task::<T>(id, deal, task, worker, offer, now) else { break };
        drawn.workers = drawn.workers.saturating_add(1);
        meter.consume(T::WeightInfo::draw_worker());
        if is_busy {
            meter.consume(T::WeightInfo::move_seat());
        }
    }
    unfit.sit_again();
    Drawn { steps: looks.saturating_add(1), ..drawn }
}

/// Give a task to a worker that was drawn. Whether it has left its seats, because all of its slots are taken. Nothing where it
/// cannot take the task, which cannot be: it was looked at whether it can.
pub(crate) fn give_task<T: Config>(
    id: TaskId,
    deal: &Deal<T::AccountId>,
    task: &mut Task<T::AccountId>,
    worker: T::AccountId,
    offer: Offer,
    now: Moment,
) -> Option<bool> {
    let until = Pallet::<T>::commit_until(deal);
    let Placement { role, weight, locked } = place::<T>(deal.category_id, offer, &worker);
    T::Stake::lock(&worker, locked).ok()?;
    let event = task::Event::Draw { worker: worker.clone(), role, weight, locked, until };
    if task.advance(id, event).is_err() {
        T::Stake::unlock(&worker, locked);
        return None;
    }
    let is_busy = assign::<T>(&worker, id, now);
    Pallet::<T>::deposit_event(Event::TaskAssigned { task: id, worker, until });
    Some(is_busy)
}

/// Workers on a bench that were hit and cannot take the task.
struct Unfit<T: Config> {
    bench: Bench,
    /// Each with how often it was hit.
    known: Vec<(T::AccountId, u32)>,
    /// How many of them stand aside.
    aside: usize,
}

/// Whether an unfit worker sits on.
#[derive(PartialEq, Eq)]
enum Aside {
    /// It sits on.
    Sits,
    /// It stands aside since it was hit now.
    Stands,
}

impl<T: Config> Unfit<T> {
    fn new(bench: Bench) -> Self {
        Self { bench, known: Vec::new(), aside: 0 }
    }

    fn hit(&mut self, who: T::AccountId) -> Aside {
        let at = self.known.iter().position(|(known, _)| *known == who).unwrap_or_else(|| {
            self.known.push((who, 0));
            self.known.len().saturating_sub(1)
        });
        let Some((who, hits)) = self.known.get_mut(at) else { return Aside::Sits };
        *hits = hits.saturating_add(1);
        if *hits < MAX_HITS {
            return Aside::Sits;
        }
        self.aside = self.aside.saturating_add(1);
        stand_aside::<T>(who);
        Aside::Stands
    }

    /// Whether nobody else sits on the bench.
    fn are_all(&self) -> bool {
        Idle::<T>::members(self.bench) as usize <= self.known.len().saturating_sub(self.aside)
    }

    fn sit_again(self) {
        for (who, _) in self.known.iter().filter(|(_, hits)| *hits >= MAX_HITS) {
            sit_again::<T>(who);
        }
    }
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

pub(crate) fn stand_aside<T: Config>(who: &T::AccountId) {
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

/// Note that a worker has a task. Whether it has left its seats, because all of its slots are taken.
pub(crate) fn assign<T: Config>(who: &T::AccountId, id: TaskId, now: Moment) -> bool {
    let Some(mut worker) = Workers::<T>::get(who) else { return false };
    // Cannot fail: only workers with a free slot are seated.
    let _ = worker.assigned.try_push(id);
    worker.last_seen = now;
    watch::begin::<T>(who, &mut worker);
    let is_busy = !worker.is_idle();
    if is_busy {
        Idle::<T>::rise(&mut worker);
    }
    Workers::<T>::insert(who, worker);
    is_busy
}
