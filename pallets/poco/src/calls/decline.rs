use crate::pallet::{Config, Error, Event, Pallet};
use frame_support::pallet_prelude::DispatchResult;
use talka_primitives::{
    task::{self, DeclineReason},
    traits::Stake as _,
    TaskId,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_decline(who: T::AccountId, id: TaskId, reason: DeclineReason) -> DispatchResult {
        let mut task = Self::open_task(id)?;
        let event = task::Event::Decline { worker: who.clone(), reason };
        let step = task.advance(id, event).map_err(Error::<T>::from)?;
        let locked = task.contribution(&who).map_or(0, |contribution| contribution.locked);
        T::Stake::unlock(&who, locked);
        Self::deposit_event(Event::Declined { task: id, worker: who.clone(), reason });
        Self::free_slot(&who, id);
        Self::follow(id, task, step);
        Ok(())
    }

    pub(crate) fn may_decline(who: &T::AccountId, id: TaskId, reason: DeclineReason) -> bool {
        Self::open_task(id).is_ok_and(|mut task| {
            task.advance(id, task::Event::Decline { worker: who.clone(), reason }).is_ok()
        })
    }
}
