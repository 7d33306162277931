//! Deals that are over, and are forgotten some time after.
//!
//! The outcomes of tasks and the terms of deals stay for as long as governance says, and for as long at least as the deadline is
//! not past: until then the agenda still names the deal. Then they are forgotten, in the order in which they ended, and the
//! deposit goes back. In each block the hook forgets as many records as were written since the one before, and some more: so as
//! long as something is due the chain forgets faster than it grows. The requester need not wait. Events
//! stay where they are.
//!
//! Only this module writes [`Endings`], [`EndingEnds`] and [`Written`], and removes [`Outcomes`] and [`DealStates`].

use crate::{
    pallet::{Config, DealStates, EndingEnds, Endings, Event, Outcomes, Pallet, Retention, Written},
    types::{DealState, Ending, Ends},
    WeightInfo as _,
};
use frame_support::weights::WeightMeter;
use talka_primitives::{traits::Market as _, BlockNumber, DealId, TaskId};

/// Records that are forgotten in a block beside as many as were written since the one before.
pub(crate) const AT_LEAST: u32 = 32;

/// A record was written that is to be forgotten once.
pub(crate) fn note_record<T: Config>() {
    Written::<T>::mutate(|records| *records = records.saturating_add(1));
}

/// All tasks of a deal have ended. The caller stores `state`.
pub(crate) fn close<T: Config>(id: DealId, state: &mut DealState) {
    let Some(deal) = T::Market::deal(id) else { return };
    T::Market::close(&deal);
    if deal.deadline < Pallet::<T>::now() {
        wait::<T>(id, state);
    }
}

/// The deadline of a deal has passed. Whether it waits to be forgotten from now on, because all of its tasks had ended before.
pub(crate) fn pass_deadline<T: Config>(id: DealId) -> bool {
    DealStates::<T>::mutate_extant(id, |state| {
        let is_over = state.progress.is_over() && state.place.is_none();
        if is_over {
            wait::<T>(id, state);
        }
        is_over
    })
}

fn wait<T: Config>(deal: DealId, state: &mut DealState) {
    let position = EndingEnds::<T>::mutate(Ends::push);
    Endings::<T>::insert(position, Ending { deal, since: Pallet::<T>::now() });
    state.place = Some(position);
    note_record::<T>();
}

/// Whether a deal that waits since this block has waited long enough.
pub(crate) fn is_due<T: Config>(since: BlockNumber) -> bool {
    since.saturating_add(Retention::<T>::get()) <= Pallet::<T>::now()
}

/// Forget what is due, in its order, as far as the meter allows.
pub(crate) fn in_turn<T: Config>(meter: &mut WeightMeter) {
    let look = T::WeightInfo::look_at_ending();
    let (end, one) = (T::WeightInfo::forget_deal(0), T::WeightInfo::forget_outcome());
    let mut left = Written::<T>::take().saturating_add(AT_LEAST);
    let is_full = loop {
        if left == 0 {
            break false;
        }
        if !meter.can_consume(look.saturating_add(end)) {
            break true;
        }
        meter.consume(look);
        let ends = EndingEnds::<T>::get();
        if ends.length() == 0 {
            break false;
        }
        left = left.saturating_sub(1);
        let Some(Ending { deal, since }) = Endings::<T>::get(ends.head) else {
            // It was forgotten when its requester asked for it.
            EndingEnds::<T>::mutate(Ends::pop);
            continue;
        };
        if !is_due::<T>(since) {
            break false;
        }
        meter.consume(end);
        let is_gone = forget::<T>(deal, || {
            let may = left > 0 && meter.try_consume(one).is_ok();
            left = left.saturating_sub(may.into());
            may
        });
        if !is_gone {
            break left > 0;
        }
    };
    if is_full {
        // What there was no room for is made up for in the next block.
        Written::<T>::put(left.saturating_sub(AT_LEAST));
    }
}

/// Forget the outcomes of a deal that waits for it, as long as `may` allows one more; and when there is none left, the deal.
/// Whether it is gone.
pub(crate) fn forget<T: Config>(id: DealId, mut may: impl FnMut() -> bool) -> bool {
    let Some(mut state) = DealStates::<T>::get(id) else { return true };
    while state.forgotten < state.begun && may() {
        forget_outcome::<T>(id, &mut state);
    }
    if state.forgotten < state.begun {
        DealStates::<T>::insert(id, state);
        return false;
    }
    DealStates::<T>::remove(id);
    if let Some(position) = state.place {
        Endings::<T>::remove(position);
        EndingEnds::<T>::mutate(|ends| {
            if ends.head == position {
                ends.pop();
            }
        });
    }
    T::Market::forget(id);
    Pallet::<T>::deposit_event(Event::DealForgotten { deal: id });
    true
}

/// Forget the outcome of the first task of a deal that has one still. The caller stores `state`.
pub(crate) fn forget_outcome<T: Config>(id: DealId, state: &mut DealState) {
    Outcomes::<T>::remove(TaskId { deal: id, index: state.forgotten });
    state.forgotten = state.forgotten.saturating_add(1);
}

impl<T: Config> Pallet<T> {
    /// Whether a deal was made and taken in, and the chain has forgotten it, or begun to.
    pub fn is_forgotten(id: DealId) -> bool {
        id < crate::NextIntake::<T>::get() && DealStates::<T>::get(id).is_none_or(|state| state.forgotten > 0)
    }
}
