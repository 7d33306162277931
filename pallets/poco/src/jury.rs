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

/// A disputed task, and what the validators allow for its jury.
pub(crate) struct Hearing<T: Config> {
    id: TaskId,
    task: Task<T::AccountId>,
    pub(crate) call: Call,
    /// Those that have no part in the task and can sit on one more jury, with their effective stakes.
    free: Vec<(T::AccountId, Balance)>,
}

/// Look whether a jury can be drawn for a task; nothing where it is disputed no more. Gives how many validators there are, too.
pub(crate) fn look<T: Config>(id: TaskId) -> (Option<Hearing<T>>, u32) {
    let mut free = T::Jurors::all();
    let all = free.len() as u32;
    let hearing = Pallet::<T>::task(id).filter(|task| task.phase == Phase::Disputed).map(|task| {
        free.retain(|(who, _)| task.contribution(who).is_none());
        let validators = free.len() as u32;
        free.retain(|(who, _)| Summons::<T>::decode_len(who).unwrap_or(0) < MAX_SUMMONS as usize);
        let call = jury::call(seats::<T>(), validators, free.len() as u32);
        Hearing { id, task, call, free }
    });
    (hearing, all)
}

/// The number of seats of a jury.
fn seats<T: Config>() -> u32 {
    jury::size(T::Audits::rules().jurors)
}

impl<T: Config> Hearing<T> {
    /// Whether the jury has to wait for validators that sit on other ones.
    pub(crate) fn must_wait(&self) -> bool {
        self.call == Call::Wait
    }

    /// Draw the jury, or end the task where there can be none. Gives what that has cost.
    pub(crate) fn seat(self, draws: Draws) -> Weight {
        let Self { id, mut task, call, free } = self;
        let Some(deal) = T::Market::deal(id.deal) else { return Weight::zero() };
        let until = Pallet::<T>::commit_until(&deal);
        let jurors = match call {
            Call::Draw(number) => draw_jurors(free, number, draws),
            Call::Wait | Call::Never => Vec::new(),
        };
        let event = task::Event::Seat { jurors: jurors.clone(), size: seats::<T>(), until };
        let Ok(step) = task.advance(id, event) else { return Weight::zero() };
        let end = Pallet::<T>::weight_of_step(&task, step);
        let cost = if jurors.is_empty() { end } else { T::WeightInfo::seat_jury(jurors.len() as u32) };
        jurors.iter().for_each(|juror| summon::<T>(juror, id));
        if !jurors.is_empty() {
            let jurors = Panel::<T::AccountId>::truncate_from(jurors);
            Pallet::<T>::deposit_event(Event::JurySeated { task: id, jurors, until });
        }
        Pallet::<T>::follow(id, task, step);
        cost
    }
}

/// A juror has a task to execute.
pub(crate) fn summon<T: Config>(who: &T::AccountId, id: TaskId) {
    // Cannot fail: who has no room is not drawn.
    Summons::<T>::mutate(who, |tasks| tasks.try_push(id).is_ok());
}

/// The jury has ended: this juror has nothing to do with the task any more. Gives whether it had.
fn dismiss<T: Config>(who: &T::AccountId, id: TaskId) -> bool {
    Summons::<T>::mutate_exists(who, |tasks| {
        let Some(known) = tasks else { return false };
        let before = known.len();
        known.retain(|task| *task != id);
        let had = known.len() < before;
        if known.is_empty() {
            *tasks = None;
        }
        had
    })
}

/// A jury has ended: dismiss it, and fine those at fault. One after which nobody could be seated was dismissed before.
pub(crate) fn end<T: Config>(id: TaskId, jury: &Jury<T::AccountId>, value: Balance) {
    let mut sat = false;
    for juror in &jury.seats {
        sat |= dismiss::<T>(&juror.who, id);
    }
    if !sat {
        return;
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
