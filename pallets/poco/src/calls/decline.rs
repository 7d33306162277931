use crate::{
    calls::in_name_of,
    pallet::{Config, Error, Event, Pallet},
    WeightInfo as _,
};
use frame_support::pallet_prelude::DispatchResultWithPostInfo;
use talka_primitives::{
    task::{self, DeclineReason},
    traits::Stake as _,
    TaskId,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_decline(
        who: T::AccountId,
        id: TaskId,
        reason: DeclineReason,
    ) -> DispatchResultWithPostInfo {
        let mut task = Self::open_task(id)?;
        let who = in_name_of::<T>(&who, &task);
        let step = task.advance(id, Self::decline_event(&who, reason)).map_err(Error::<T>::from)?;
        Self::deposit_event(Event::Declined { task: id, worker: who.clone(), reason });
        // A juror has nothing locked, and no slot taken.
        if let Some(contribution) = task.contribution(&who) {
            T::Stake::unlock(&who, contribution.locked);
            Self::free_slot(&who, id);
        }
        let weight = T::WeightInfo::decline().saturating_add(Self::weight_of_step(&task, step));
        Self::follow(id, task, step);
        Ok(Some(weight).into())
    }

    pub(crate) fn check_decline(
        who: &T::AccountId,
        id: TaskId,
        reason: DeclineReason,
    ) -> Result<(), Error<T>> {
        Self::check_awaited(who, &[id])?;
        let mut task = Self::open_task(id)?;
        let who = in_name_of::<T>(who, &task);
        task.advance(id, Self::decline_event(&who, reason))?;
        Ok(())
    }

    fn decline_event(who: &T::AccountId, reason: DeclineReason) -> task::Event<T::AccountId> {
        task::Event::Decline { worker: who.clone(), reason, reveal_until: Self::reveal_until() }
    }
}
