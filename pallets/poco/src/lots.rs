//! Lots: which results are audited, and who sits on juries.
//!
//! A result that was agreed on in one block gets the first author's lot at the start of the next one, and where that
//! spares it, the second author's at the start of the first block after that which another validator makes. The jury of a
//! task that is disputed is drawn from the outputs of two blocks that both come after the dispute. So who acts knows one
//! of the outputs at most, if one validator tells it beforehand. Only this module writes
//! [`Lots`] and [`LotEnds`].

use crate::{
    jury::{self, Hearing},
    pallet::{Config, LotEnds, Lots, Pallet},
    types::{Ends, Lot, LotQueue},
    WeightInfo as _,
};
use frame_support::weights::{Weight, WeightMeter};
use talka_primitives::{
    audit::{self, Turn},
    jury::MAX_JURORS,
    placement::Conditions,
    seed::{Authors, Draws, Output, Seed, Subject},
    task::{self, Phase, Span},
    traits::{Audits as _, Jurors as _, Market as _, Stake as _},
    BlockNumber, TaskId,
};

/// A result was agreed on: it waits for its lots from now on.
pub(crate) fn of_result<T: Config>(task: TaskId) {
    push::<T>(LotQueue::Agreed, Lot { task, since: Pallet::<T>::now(), spared_by: None });
}

/// A task is disputed: it waits for its jury from now on.
pub(crate) fn of_jury<T: Config>(task: TaskId) {
    push::<T>(LotQueue::Jury, Lot { task, since: Pallet::<T>::now(), spared_by: None });
}

/// Draw the lots that are due, as far as the meter allows. First the second lots: they end what the first ones began.
pub(crate) fn draw<T: Config>(authors: &Authors<T::AccountId>, meter: &mut WeightMeter) {
    if meter.try_consume(T::WeightInfo::look_for_lots()).is_err() {
        return;
    }
    while draw_second::<T>(authors, meter) {}
    while draw_first::<T>(authors, meter) {}
}

/// Draw the second lot of the result that has waited longest for it. Whether one was due, and there was room for it.
pub(crate) fn draw_second<T: Config>(authors: &Authors<T::AccountId>, meter: &mut WeightMeter) -> bool {
    let is_due = |lot: &Lot<_>| lot.spared_by.as_ref().is_some_and(|first| authors.is_another(first));
    let Some(lot) = pop::<T>(LotQueue::Spared, is_due, meter) else { return false };
    draw_lot::<T>(lot.task, authors.own.output, Turn::Second, meter);
    true
}

/// Draw the first lot of the result that has waited longest for it. Whether one was due, and there was room for it.
fn draw_first<T: Config>(authors: &Authors<T::AccountId>, meter: &mut WeightMeter) -> bool {
    let now = Pallet::<T>::now();
    let Some(lot) = pop::<T>(LotQueue::Agreed, |lot| lot.since < now, meter) else { return false };
    if draw_lot::<T>(lot.task, authors.own.output, Turn::First, meter) == Drawn::Spared {
        let spared_by = Some(authors.own.author.clone());
        push::<T>(LotQueue::Spared, Lot { spared_by, ..lot });
    }
    true
}

/// Draw the juries that are due, as far as the meter allows.
pub(crate) fn draw_juries<T: Config>(authors: &Authors<T::AccountId>, meter: &mut WeightMeter) {
    while let Some(due) = look_for_jurors::<T>(authors, meter) {
        meter.consume(due.seat());
    }
}

/// The jury that is drawn next.
pub(crate) struct Due<T: Config> {
    ends: Ends,
    /// Nothing where its task is disputed no more.
    pub(crate) hearing: Option<Hearing<T>>,
    seed: Seed,
}

impl<T: Config> Due<T> {
    /// Draw it. Gives what that has cost.
    pub(crate) fn seat(self) -> Weight {
        take::<T>(LotQueue::Jury, self.ends);
        self.hearing.map_or(Weight::zero(), |hearing| hearing.seat(Draws::of(self.seed)))
    }
}

/// Look whether the jury can be drawn that has waited longest. Nothing where none is due, there is nothing to draw from, the
/// meter is full, or the jury has to wait for validators.
pub(crate) fn look_for_jurors<T: Config>(
    authors: &Authors<T::AccountId>,
    meter: &mut WeightMeter,
) -> Option<Due<T>> {
    let now = Pallet::<T>::now();
    // Both blocks come after the one in which it was disputed.
    let is_due = |lot: &Lot<_>| lot.since.saturating_add(1) < now;
    let (ends, lot) = first::<T>(LotQueue::Jury).filter(|(_, lot)| is_due(lot))?;
    let seed = authors.seed(now, Subject::Jury(lot.task))?;
    if !meter.can_consume(most_of_a_jury::<T>(lot.task)) {
        return None;
    }
    let (hearing, validators) = jury::look::<T>(lot.task);
    meter.consume(T::WeightInfo::look_for_jurors(validators));
    // The first that must wait for validators ends it: nobody overtakes, so that each has its turn, however many
    // disputes there are.
    let must_wait = hearing.as_ref().is_some_and(Hearing::must_wait);
    (!must_wait).then_some(Due { ends, hearing, seed })
}

/// The most that it can cost to draw the jury of a task, or to end the task where there can be none.
fn most_of_a_jury<T: Config>(id: TaskId) -> Weight {
    let end = Pallet::<T>::task(id).map(|task| Pallet::<T>::weight_of_end(&task));
    let seats = T::WeightInfo::seat_jury(MAX_JURORS);
    T::WeightInfo::look_for_jurors(T::Jurors::max_jurors())
        .saturating_add(end.map_or(seats, |end| end.max(seats)))
}

pub(crate) fn push<T: Config>(queue: LotQueue, lot: Lot<T::AccountId>) {
    Lots::<T>::insert(queue, LotEnds::<T>::mutate(queue, Ends::push), lot);
}

/// The first lot of a queue, and the ends of the queue.
fn first<T: Config>(queue: LotQueue) -> Option<(Ends, Lot<T::AccountId>)> {
    let ends = LotEnds::<T>::get(queue);
    let lot = Lots::<T>::get(queue, ends.head).filter(|_| ends.length() > 0)?;
    Some((ends, lot))
}

/// Take the first lot out of a queue with these ends.
fn take<T: Config>(queue: LotQueue, mut ends: Ends) {
    if let Some(position) = ends.pop() {
        LotEnds::<T>::insert(queue, ends);
        Lots::<T>::remove(queue, position);
    }
}

/// Take the first lot of a queue, if it is due and there is room for it, and for an audit or the end of its task.
fn pop<T: Config>(
    queue: LotQueue,
    is_due: impl FnOnce(&Lot<T::AccountId>) -> bool,
    meter: &mut WeightMeter,
) -> Option<Lot<T::AccountId>> {
    let (ends, lot) = first::<T>(queue).filter(|(_, lot)| is_due(lot))?;
    let cost = T::WeightInfo::draw_lot();
    let next = Pallet::<T>::task(lot.task).map(|task| Pallet::<T>::most_of_a_step(&task));
    if !meter.can_consume(cost.saturating_add(next.unwrap_or_default())) {
        return None;
    }
    meter.consume(cost);
    take::<T>(queue, ends);
    Some(lot)
}

/// What came of one lot.
#[derive(PartialEq, Eq)]
enum Drawn {
    /// It has decided, or there was nothing to decide any more.
    Over,
    /// The first author has spared the result: the second one draws.
    Spared,
}

fn draw_lot<T: Config>(id: TaskId, output: Output, turn: Turn, meter: &mut WeightMeter) -> Drawn {
    // It may have ended, or be disputed, meanwhile.
    let Some(mut task) = Pallet::<T>::task(id).filter(|task| matches!(task.phase, Phase::Agreed { .. }))
    else {
        return Drawn::Over;
    };
    let Some(deal) = T::Market::deal(id.deal) else { return Drawn::Over };
    let conditions = Conditions::of(&deal, &T::Audits::rules());
    let rate = conditions.audit_rate_of(&task, |who| T::Stake::standing(who).merit);
    let audit = audit::hits(&audit::lot(output, id), rate, turn);
    if !audit && turn == Turn::First {
        return Drawn::Spared;
    }
    let reveal_until = Pallet::<T>::reveal_until();
    let audit_until = Span::audit_until(Pallet::<T>::now(), Pallet::<T>::execution_time(&deal));
    if let Ok(step) = task.advance(id, task::Event::Lot { audit, reveal_until, audit_until }) {
        if audit {
            Pallet::<T>::deposit_event(crate::Event::AuditBegun { task: id });
            if task.queued {
                // It stands in the queue of its pool still, whose delays are not those of auditors.
                task.waits_from(BlockNumber::MAX);
            }
        }
        meter.consume(Pallet::<T>::weight_of_step(&task, step));
        Pallet::<T>::follow(id, task, step);
    }
    Drawn::Over
}
