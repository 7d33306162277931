//! Draws: for which task workers are drawn next, and from which bench.

use crate::{
    hook::stage,
    idle::Idle,
    looks::{draw_workers, most_of_a_look, Drawn},
    pallet::{Config, DealStates, Pallet},
    queue::Queue,
    types::{Bench, DealState, Line, Work},
    WeightInfo as _,
};
use alloc::vec::Vec;
use frame_support::weights::{Weight, WeightMeter};
use talka_primitives::{
    budget::Budget,
    seed::Draws,
    task::{Span, Task},
    traits::Market as _,
    Deal, DealId, Share, TaskId,
};

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
        let Some(bench) = begin_turn::<T>(line, meter) else { break };
        let turn = serve_bench::<T>(bench, draws, meter);
        let is_full = turn.served == Served::InPart;
        end_turn::<T>(bench, line, turn, &mut later);
        if is_full {
            break;
        }
    }
    // In the next block: the others first, then these again.
    later.into_iter().for_each(Queue::<T>::join);
}

/// The turn of the first bench of a line begins. Nothing where none stands there.
pub(crate) fn begin_turn<T: Config>(line: Line, meter: &mut WeightMeter) -> Option<Bench> {
    let bench = Queue::<T>::take_first(line)?;
    meter.consume(T::WeightInfo::serve_bench());
    Some(bench)
}

/// The turn of a bench of a line ends: remember what came of it, and have the bench served again where something may come of
/// that. Those that are served in the next block are added to `later`.
pub(crate) fn end_turn<T: Config>(bench: Bench, line: Line, turn: Turn, later: &mut Vec<Bench>) {
    let Turn { served, drawn } = turn;
    if served == Served::Unluckily {
        // Another round in the next block.
        Queue::<T>::note_try(bench, false);
    }
    if drawn.steps > 0 {
        Queue::<T>::note_turn(bench, drawn.workers == 0);
    }
    match served {
        Served::Fully => {}
        // After the others, in this block.
        Served::Well => Queue::<T>::stand(bench, line),
        Served::InVain => Queue::<T>::stand(bench, Line::Second),
        Served::Unluckily | Served::InPart => later.push(bench),
    }
}

/// What came of the turn of a bench.
pub(crate) struct Turn {
    /// How it has ended.
    pub(crate) served: Served,
    /// What came of all entries that were tried.
    pub(crate) drawn: Drawn,
}

/// How the turn of a bench has ended.
#[derive(PartialEq, Eq)]
pub(crate) enum Served {
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

/// One task of each deal in turn, so that a long bag does not keep short ones waiting.
///
/// A whole round without a draw means that no idle worker can take any of what waits. Auditors have one round in a block: what
/// is given up there must not keep the others from being tried. In a pool it ends the turn, if nobody was drawn: else a few
/// entries would have all of a large bench looked at, again and again.
fn serve_bench<T: Config>(bench: Bench, draws: &mut Draws, meter: &mut WeightMeter) -> Turn {
    let mut drawn = Drawn::default();
    let served = loop {
        if is_served::<T>(bench) {
            break if drawn.given_up { Served::Unluckily } else { Served::Fully };
        }
        if !has_rounds(bench) && drawn.steps >= TURN {
            break match drawn {
                Drawn { workers: 0, given_up: true, .. } => Served::Unluckily,
                Drawn { workers: 0, .. } => Served::InVain,
                _ => Served::Well,
            };
        }
        if !meter.can_consume(most_of_a_try::<T>()) {
            break Served::InPart;
        }
        let Some(more) = serve_entry::<T>(bench, draws, meter) else { break Served::Fully };
        drawn = drawn.with(more);
    };
    Turn { served, drawn }
}

/// Whether nobody sits on a bench, or all that waits for it was tried.
pub(crate) fn is_served<T: Config>(bench: Bench) -> bool {
    Idle::<T>::is_empty(bench) || Queue::<T>::untried(bench) == 0
}

/// Whether a bench goes through its whole queue in each block.
fn has_rounds(bench: Bench) -> bool {
    bench == Bench::Auditors
}

/// Take the first entry of the queue of a bench, and draw for it. Nothing where there is none.
pub(crate) fn serve_entry<T: Config>(
    bench: Bench,
    draws: &mut Draws,
    meter: &mut WeightMeter,
) -> Option<Drawn> {
    let work = Queue::<T>::pop(bench)?;
    meter.consume(T::WeightInfo::take_entry());
    let drawn = match work {
        Work::Deal(id) => begin_task::<T>(id, draws, meter),
        Work::Task(id) => complete_task::<T>(id, bench, draws, meter),
    };
    if drawn.workers > 0 || drawn.steps > 0 && (has_rounds(bench) || !drawn.given_up) {
        Queue::<T>::note_try(bench, drawn.workers == 0);
    }
    Some(drawn)
}

/// What a turn needs in which something can happen.
fn least_of_a_turn<T: Config>() -> Weight {
    T::WeightInfo::serve_bench().saturating_add(most_of_a_try::<T>())
}

/// The most that it can cost to take an entry of a queue and look at one worker.
fn most_of_a_try<T: Config>() -> Weight {
    T::WeightInfo::take_entry().saturating_add(most_of_a_look::<T>())
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
        store_begun::<T>(id, task, &deal, &mut state);
        meter.consume(T::WeightInfo::store_draws());
    }
    if state.progress.queued > 0 {
        Queue::<T>::append(Bench::Pool(deal.pool), Work::Deal(deal_id));
    }
    drawn
}

/// Store a task that has begun, and that it has.
pub(crate) fn store_begun<T: Config>(
    id: TaskId,
    mut task: Task<T::AccountId>,
    deal: &Deal<T::AccountId>,
    state: &mut DealState,
) {
    state.begun = state.begun.saturating_add(1);
    state.progress.queued = state.progress.queued.saturating_sub(1);
    state.progress.open = state.progress.open.saturating_add(1);
    if task.is_lacking() {
        wait::<T>(id, &mut task, Bench::Pool(deal.pool));
    }
    Pallet::<T>::store(id, task);
    DealStates::<T>::insert(id.deal, &*state);
}

/// Put a task into a queue.
pub(crate) fn wait<T: Config>(id: TaskId, task: &mut Task<T::AccountId>, bench: Bench) {
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
