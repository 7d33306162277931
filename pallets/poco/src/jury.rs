//! Juries: which of two results is right.
//!
//! A jury is drawn at the end of the block after the dispute began, with the randomness of that block: a worker must
//! not be able to choose its jury by the time of its commitment. Only this module writes [`Summons`].

use crate::{
    draws::Draws,
    pallet::{Config, Event, Pallet, Summons, Tasks},
    types::{Panel, MAX_SUMMONS},
};
use alloc::vec::Vec;
use talka_primitives::{
    jury::{self, Jury},
    task::{self, Phase, Task},
    traits::{Audits as _, Jurors as _, Market as _},
    Balance, TaskId,
};

/// Draw the jury of a task that is disputed.
pub(crate) fn seat<T: Config>(id: TaskId) {
    let Some(mut task) = Tasks::<T>::get(id).filter(|task| task.phase == Phase::Disputed) else { return };
    let Some(deal) = T::Market::deal(id.deal) else { return };
    let until = Pallet::<T>::commit_until(&deal);
    let jurors = draw_jurors::<T>(id, &task);
    if jurors.is_empty() {
        // The task ends without a verdict. Who sat before was fined when that jury ended, and must not be again.
        task.jury = None;
    }
    let Ok(step) = task.advance(id, task::Event::Seat { jurors: jurors.clone(), until }) else { return };
    for juror in &jurors {
        // Cannot fail: who has no room is not drawn.
        Summons::<T>::mutate(juror, |tasks| tasks.try_push(id).is_ok());
    }
    let jurors = Panel::<T::AccountId>::truncate_from(jurors);
    Pallet::<T>::deposit_event(Event::JurySeated { task: id, jurors, until });
    Pallet::<T>::follow(id, task, step);
}

/// The jury has ended: this juror has nothing to do with the task any more.
pub(crate) fn dismiss<T: Config>(who: &T::AccountId, id: TaskId) {
    Summons::<T>::mutate_exists(who, |tasks| {
        if let Some(known) = tasks {
            known.retain(|task| *task != id);
            if known.is_empty() {
                *tasks = None;
            }
        }
    });
}

/// A jury has ended: dismiss it, and fine those at fault.
pub(crate) fn end<T: Config>(id: TaskId, jury: &Jury<T::AccountId>, value: Balance) {
    for juror in &jury.seats {
        dismiss::<T>(&juror.who, id);
    }
    for who in jury.fined() {
        let amount = T::Jurors::fine(who, value);
        Pallet::<T>::deposit_event(Event::JurorFined { task: id, juror: who.clone(), amount });
    }
}

/// Validators that have no part in the task, by effective stake, without replacement.
fn draw_jurors<T: Config>(id: TaskId, task: &Task<T::AccountId>) -> Vec<T::AccountId> {
    let mut draws = Draws::<T>::of_jury(id);
    let mut all = T::Jurors::all();
    all.retain(|(who, _)| {
        let has_room = || Summons::<T>::decode_len(who).unwrap_or(0) < MAX_SUMMONS as usize;
        task.contribution(who).is_none() && has_room()
    });
    let seats = jury::size(T::Audits::rules().jurors, all.len() as u32);
    let draw = |_| {
        let chosen = draws.one_of(all.iter().map(|(_, stake)| *stake))?;
        Some(all.swap_remove(chosen).0)
    };
    (0..seats).filter_map(draw).collect()
}
