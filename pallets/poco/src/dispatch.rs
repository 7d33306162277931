//! Draws: which workers execute which task.

use crate::{
    hook::stage,
    idle::Idle,
    pallet::{Config, DealStates, Event, Pallet, Workers},
    queue::Queue,
    types::{Bench, Line, Seat, Work},
    watch, WeightInfo as _,
};
use alloc::vec::Vec;
use frame_support::weights::{Weight, WeightMeter};
use talka_primitives::{
    budget::Budget,
    credibility, odds,
    placement::{Conditions, Offer, Opening, Placement},
    room::Moment,
    seed::Draws,
    task::{self, Span, Task},
    traits::{Audits as _, Market as _, Stake as _, Standing},
    CategoryId, Deal, DealId, Share, TaskId,
};

/// Looks at workers after which a task goes back into the queue, until the next turn. A look is in vain where it hits a worker
/// that has the task already, or the part of a bond that is locked elsewhere.
const MAX_LOOKS: u32 = 48;

/// Hits after which a worker that cannot take a task stands aside until the draws for it are over.
const MAX_HITS: u32 = 4;

/// Steps of a turn after which the next bench has its turn: tries to draw for an entry of the queue, and looks at workers.
const TURN: u32 = 48;

/// The parts of the draws that auditors have at least, the pools of the first line, and those of the second.
pub const DRAW_FLOORS: [Share; 3] = [Share(30), Share(40), Share(30)];

/// Serve the benches that have work, each in its turn, as far as the meter allows.
pub(crate) fn serve_benches<T: Config>(mut draws: Draws, meter: &mut WeightMeter) {
    let mut budget = Budget::new(meter.remaining().ref_time(), DRAW_FLOORS);
    for line in Line::ALL {
        stage(&mut budget, meter, |meter| serve_line::<T>(line, &mut draws, meter));
    }
}

/// One bench after another, as long as something may come of it.
fn serve_line<T: Config>(line: Line, draws: &mut Draws, meter: &mut WeightMeter) {
    let mut later = Vec::new();
    while meter.can_consume(least_of_a_turn::<T>()) {
        let Some(bench) = Queue::<T>::take_first(line) else { break };
        meter.consume(T::WeightInfo::serve_bench());
        match serve_bench::<T>(bench, draws, meter) {
            Served::Fully => {}
            // After the others, in this block.
            Served::Well => Queue::<T>::stand(bench, line),
            Served::InVain => Queue::<T>::stand(bench, Line::Second),
            Served::Unluckily => later.push(bench),
            Served::InPart => {
                later.push(bench);
                break;
            }
        }
    }
    // In the next block: the others first, then these again.
    later.into_iter().for_each(Queue::<T>::join);
}

/// How the turn of a bench has ended.
#[derive(PartialEq, Eq)]
enum Served {
    /// Nothing more can be drawn until a worker becomes idle, stake is unlocked or work arrives.
    Fully,
    /// Its steps are used up, and workers were drawn: the next turn may bring more.
    Well,
    /// Its steps are used up in vain, and there are entries that were not tried.
    InVain,
    /// Some task was given up after too many looks: in the next block it may have better luck.
    Unluckily,
    /// The meter is full.
    InPart,
}

/// What came of one entry of the queue, or of more.
#[derive(Clone, Copy, Default)]
struct Drawn {
    /// Workers that got a task.
    workers: u32,
    /// Tries and looks, also those in vain.
    steps: u32,
    /// Whether a task was given up while there may have been somebody left to be drawn.
    given_up: bool,
}

impl Drawn {
    fn with(self, more: Self) -> Self {
        Self {
            workers: self.workers.saturating_add(more.workers),
            steps: self.steps.saturating_add(more.steps),
            given_up: self.given_up || more.given_up,
        }
    }
}

/// One task of each deal in turn, so that a long bag does not keep short ones waiting.
///
/// A whole round without a draw means that whoever is idle can take nothing of what waits. Auditors have one round in a block: what
/// is given up there must not keep the others from being tried. In a pool it ends the turn, if nobody was drawn: else a few
/// entries would have all of a large bench looked at, again and again.
fn serve_bench<T: Config>(bench: Bench, draws: &mut Draws, meter: &mut WeightMeter) -> Served {
    let in_rounds = bench == Bench::Auditors;
    let mut turn = Drawn::default();
    let served = loop {
        if Idle::<T>::is_empty(bench) || Queue::<T>::untried(bench) == 0 {
            break if turn.given_up { Served::Unluckily } else { Served::Fully };
        }
        if !in_rounds && turn.steps >= TURN {
            break match turn {
                Drawn { workers: 0, given_up: true, .. } => Served::Unluckily,
                Drawn { workers: 0, .. } => Served::InVain,
                _ => Served::Well,
            };
        }
        if !meter.can_consume(most_of_a_try::<T>()) {
            break Served::InPart;
        }
        let Some(work) = Queue::<T>::pop(bench) else { break Served::Fully };
        meter.consume(T::WeightInfo::take_entry());
        let drawn = match work {
            Work::Deal(id) => begin_task::<T>(id, draws, meter),
            Work::Task(id) => complete_task::<T>(id, bench, draws, meter),
        };
        turn = turn.with(drawn);
        if drawn.workers > 0 || drawn.steps > 0 && (in_rounds || !drawn.given_up) {
            Queue::<T>::note_try(bench, drawn.workers == 0);
        }
    };
    if served == Served::Unluckily {
        // Another round in the next block.
        Queue::<T>::note_try(bench, false);
    }
    if turn.steps > 0 {
        Queue::<T>::note_turn(bench, turn.workers == 0);
    }
    served
}

/// What a turn needs in which something can happen.
fn least_of_a_turn<T: Config>() -> Weight {
    T::WeightInfo::serve_bench().saturating_add(most_of_a_try::<T>())
}

/// The most that it can cost to take an entry of a queue and look at one worker.
fn most_of_a_try<T: Config>() -> Weight {
    T::WeightInfo::take_entry().saturating_add(most_of_a_look::<T>())
}

/// The most that one look can cost, with what follows from it.
fn most_of_a_look<T: Config>() -> Weight {
    let moves = T::WeightInfo::move_seat().saturating_mul(2);
    let drawn = T::WeightInfo::draw_worker().saturating_add(T::WeightInfo::move_seat());
    T::WeightInfo::look_at_seat()
        .saturating_add(moves.max(drawn))
        .saturating_add(T::WeightInfo::store_draws())
}

/// Draw workers for the next task of a deal, which goes back into the queue while it has more that can begin in time. The
/// others are refunded after the deadline.
fn begin_task<T: Config>(deal_id: DealId, draws: &mut Draws, meter: &mut WeightMeter) -> Drawn {
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
    let drawn = draw_workers::<T>(id, &deal, &mut task, draws, meter);
    if drawn.workers > 0 {
        state.begun = state.begun.saturating_add(1);
        state.progress.queued = state.progress.queued.saturating_sub(1);
        state.progress.open = state.progress.open.saturating_add(1);
        if task.is_lacking() {
            wait::<T>(id, &mut task, Bench::Pool(deal.pool));
        }
        Pallet::<T>::store(id, task);
        DealStates::<T>::insert(deal_id, &state);
        meter.consume(T::WeightInfo::store_draws());
    }
    if state.progress.queued > 0 {
        Queue::<T>::append(Bench::Pool(deal.pool), Work::Deal(deal_id));
    }
    drawn
}

/// Put a task into a queue.
fn wait<T: Config>(id: TaskId, task: &mut Task<T::AccountId>, bench: Bench) {
    task.waits_from(Queue::<T>::delay_before(bench));
    Queue::<T>::append(bench, Work::Task(id));
}

/// Whether a worker that is drawn now for the first time could commit after the deadline: then no task of the deal begins
/// any more.
pub(crate) fn is_too_late<T: Config>(deal: &Deal<T::AccountId>) -> bool {
    Pallet::<T>::commit_until(deal) > deal.deadline
}

/// Where the workers sit that a task lacks. Those of a restricted deal sit in its pool, auditors too.
pub(crate) fn bench_of<AccountId: Clone + PartialEq + codec::Encode>(
    deal: &Deal<AccountId>,
    task: &Task<AccountId>,
) -> Bench {
    if task.is_audit() && !deal.assurance.is_internal() {
        Bench::Auditors
    } else {
        Bench::Pool(deal.pool)
    }
}

/// Draw the workers that an open task still needs. It stood in the queue of this bench.
fn complete_task<T: Config>(id: TaskId, bench: Bench, draws: &mut Draws, meter: &mut WeightMeter) -> Drawn {
    let (Some(mut task), Some(deal)) = (Pallet::<T>::task(id), T::Market::deal(id.deal)) else {
        return Drawn::default();
    };
    task.has_waited(Queue::<T>::delay(bench));
    task.queued = false;
    let wanted = bench_of(&deal, &task);
    let mut drawn = Drawn::default();
    if wanted == bench {
        drawn = draw_workers::<T>(id, &deal, &mut task, draws, meter);
    }
    if task.is_lacking() && !task.is_full() {
        wait::<T>(id, &mut task, wanted);
        if wanted != bench {
            // It needs an auditor since it joined the queue.
            Queue::<T>::make_ready(wanted);
        }
    }
    Pallet::<T>::store(id, task);
    if drawn.workers > 0 {
        meter.consume(T::WeightInfo::store_draws());
    }
    drawn
}

/// Draw until those at work would reach the trust, if they all agreed.
///
/// Without replacement in the end: a worker that is hit several times and cannot take the task stands aside until the draws for
/// it are over. So a large bond that has the task already does not keep the others from it. Where all that sit were looked at
/// and none can take it, there is nobody left.
fn draw_workers<T: Config>(
    id: TaskId,
    deal: &Deal<T::AccountId>,
    task: &mut Task<T::AccountId>,
    draws: &mut Draws,
    meter: &mut WeightMeter,
) -> Drawn {
    let now = Pallet::<T>::moment();
    let until = Pallet::<T>::commit_until(deal);
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
        meter.consume(T::WeightInfo::draw_worker());
        if assign::<T>(&worker, id, now) {
            meter.consume(T::WeightInfo::move_seat());
        }
        Pallet::<T>::deposit_event(Event::TaskAssigned { task: id, worker, until });
    }
    unfit.sit_again();
    Drawn { steps: looks.saturating_add(1), ..drawn }
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

/// Give a worker a task. Whether it has left its seats, because all of its slots are taken.
fn assign<T: Config>(who: &T::AccountId, id: TaskId, now: Moment) -> bool {
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
