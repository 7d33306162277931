//! Juries: which of two results is right.
//!
//! A jury is drawn from the outputs of two authors of blocks after the dispute began: a worker must not be able to choose
//! its jury by the time of its commitment. Where a validator sits on too many other juries, it waits. Only this module
//! writes [`Summons`].

use crate::{
    pallet::{Config, Event, Pallet, Summons},
    types::{Panel, MAX_SUMMONS},
    WeightInfo as _,
};
use alloc::vec::Vec;
use frame_support::weights::Weight;
use talka_primitives::{
    jury::{self, Call, Jury},
    seed::Draws,
    task::{self, Phase, Task},
    traits::{Audits as _, Jurors as _, Market as _},
    Balance, TaskId,
};

/// How many validators there are, and whether the jury of a task has to wait for some that sit on other ones.
pub(crate) fn look<T: Config>(id: TaskId) -> (u32, bool) {
    let must_wait = disputed::<T>(id).is_some_and(|task| call::<T>(&task).0 == Call::Wait);
    (T::Jurors::all().len() as u32, must_wait)
}

/// Draw the jury of a task that is disputed, or end the task where there can be none. Gives what that has cost.
pub(crate) fn seat<T: Config>(id: TaskId, draws: Draws) -> Weight {
    let Some(mut task) = disputed::<T>(id) else { return Weight::zero() };
    let Some(deal) = T::Market::deal(id.deal) else { return Weight::zero() };
    let until = Pallet::<T>::commit_until(&deal);
    let jurors = match call::<T>(&task) {
        (Call::Draw(number), free) => draw_jurors(free, number, draws),
        (Call::Wait | Call::Never, _) => Vec::new(),
    };
    let size = jury::size(T::Audits::rules().jurors);
    let event = task::Event::Seat { jurors: jurors.clone(), size, until };
    let Ok(step) = task.advance(id, event) else { return Weight::zero() };
    let end = Pallet::<T>::weight_of_step(&task, step);
    let cost = if jurors.is_empty() { end } else { T::WeightInfo::seat_jury(jurors.len() as u32) };
    for juror in &jurors {
        // Cannot fail: who has no room is not drawn.
        Summons::<T>::mutate(juror, |tasks| tasks.try_push(id).is_ok());
    }
    if !jurors.is_empty() {
        let jurors = Panel::<T::AccountId>::truncate_from(jurors);
        Pallet::<T>::deposit_event(Event::JurySeated { task: id, jurors, until });
    }
    Pallet::<T>::follow(id, task, step);
    cost
}

fn disputed<T: Config>(id: TaskId) -> Option<Task<T::AccountId>> {
    Pallet::<T>::task(id).filter(|task| task.phase == Phase::Disputed)
}

/// What the validators allow that have no part in the task, and those of them that can sit on one more jury, with their
/// effective stakes.
fn call<T: Config>(task: &Task<T::AccountId>) -> (Call, Vec<(T::AccountId, Balance)>) {
    let mut free = T::Jurors::all();
    free.retain(|(who, _)| task.contribution(who).is_none());
    let validators = free.len() as u32;
    free.retain(|(who, _)| Summons::<T>::decode_len(who).unwrap_or(0) < MAX_SUMMONS as usize);
    let size = jury::size(T::Audits::rules().jurors);
    (jury::call(size, validators, free.len() as u32), free)
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

/// This number of the validators, by effective stake, without replacement.
fn draw_jurors<AccountId>(
    mut all: Vec<(AccountId, Balance)>,
    number: u32,
    mut draws: Draws,
) -> Vec<AccountId> {
    let draw = |_| {
        // Where nobody's stake counts any more, all are alike.
        let stakes = all.iter().map(|(_, stake)| *stake);
        let chosen = draws.one_of(stakes).or_else(|| draws.one_of(all.iter().map(|_| 1)))?;
        Some(all.swap_remove(chosen).0)
    };
    (0..number).filter_map(draw).collect()
}
