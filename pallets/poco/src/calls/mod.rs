//! What the calls do: a file for each.

mod cancel_deal;
mod commit;
mod decline;
mod heartbeat;
mod online;
mod reveal;

use crate::pallet::{Config, Error, Outcomes, Pallet, Tasks};
use talka_primitives::{task::Task, TaskId};

impl<T: Config> Pallet<T> {
    /// An open task, or why there is none.
    pub(crate) fn open_task(id: TaskId) -> Result<Task<T::AccountId>, Error<T>> {
        Tasks::<T>::get(id).ok_or_else(|| match Outcomes::<T>::contains_key(id) {
            true => Error::TaskEnded,
            false => Error::UnknownTask,
        })
    }
}

/// Whether each is greater than the one before: no item can be free of fee twice.
fn ascending<Item>(items: &[Item], key: impl Fn(&Item) -> TaskId) -> bool {
    items.windows(2).all(|pair| key(&pair[0]) < key(&pair[1]))
}
