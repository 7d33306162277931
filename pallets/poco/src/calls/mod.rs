//! What the calls do: a file for each.

mod cancel_deal;
mod commit;
mod decline;
mod deregister;
mod duty_key;
mod forget_deal;
mod heartbeat;
mod online;
mod reveal;

use crate::pallet::{Config, Error, Outcomes, Pallet};
use talka_primitives::{task::Task, traits::Jurors as _, TaskId};

pub(crate) use forget_deal::MOST_FORGOTTEN;

impl<T: Config> Pallet<T> {
    /// An open task, or why there is none.
    pub(crate) fn open_task(id: TaskId) -> Result<Task<T::AccountId>, Error<T>> {
        Self::task(id).ok_or_else(|| match Outcomes::<T>::contains_key(id) {
            true => Error::TaskEnded,
            false if Self::is_forgotten(id.deal) => Error::DealForgotten,
            false => Error::UnknownTask,
        })
    }
}

/// In whose name an account, a worker rather than its duty key, does something about a task: one that has no part in it acts for the
/// validator that has named it, if that sits on the task's jury. What it commits to is sealed with the validator's account, so that the seal is right
/// whichever of the two signs, and of no use for another seat.
pub(crate) fn in_name_of<T: Config>(who: &T::AccountId, task: &Task<T::AccountId>) -> T::AccountId {
    let sits = |who: &T::AccountId| task.jury.as_ref().is_some_and(|jury| jury.has(who));
    if task.contribution(who).is_some() || sits(who) {
        return who.clone();
    }
    T::Jurors::acts_for(who).filter(sits).unwrap_or_else(|| who.clone())
}
