use crate::pallet::{Config, DealStates, Error, Event, Pallet};
use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{traits::Market as _, DealId};

impl<T: Config> Pallet<T> {
    /// No worker was drawn for what is cancelled, so only the payer and the operator have a part in it.
    pub(crate) fn do_cancel_deal(who: T::AccountId, id: DealId) -> DispatchResult {
        let deal = T::Market::deal(id).ok_or_else(|| Self::no_deal(id))?;
        ensure!(deal.payer == who, Error::<T>::NotThePayer);
        let state = DealStates::<T>::get(id).ok_or(Error::<T>::NotTakenIn)?;
        let tasks = state.progress.queued;
        ensure!(tasks > 0, Error::<T>::NothingQueued);

        T::Market::refund(&deal, tasks);
        T::Market::release_guarantee(&deal, tasks);
        DealStates::<T>::mutate_extant(id, |state| state.cancelled_at = Some(Self::now()));
        Self::deposit_event(Event::DealCancelled { deal: id, tasks });
        Self::fail_queued(id, tasks);
        Ok(())
    }
}
