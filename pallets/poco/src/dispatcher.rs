//! How the marketplace reaches this pallet.

use crate::{
    agenda::Agenda,
    pallet::{Config, Crew, DealStates, Error, Pallet, Workers},
    queue::Queue,
    types::{Appointment, DealState, Work},
};
use frame_support::{ensure, pallet_prelude::DispatchResult};
use sp_runtime::DispatchError;
use talka_primitives::{traits::Dispatcher, view::Progress, Deal, DealId};

impl<T: Config> Dispatcher<T::AccountId> for Pallet<T> {
    fn enqueue(id: DealId, deal: &Deal<T::AccountId>) -> Result<(), DispatchError> {
        let progress = Progress { queued: deal.tasks, ..Progress::default() };
        DealStates::<T>::insert(id, DealState { progress, begun: 0 });
        Queue::<T>::push(deal.pool, Work::Deal(id));
        Agenda::<T>::schedule(deal.deadline.saturating_add(1), Appointment::Deal(id));
        Ok(())
    }

    fn leave(who: &T::AccountId) -> DispatchResult {
        let Some(mut worker) = Workers::<T>::get(who) else { return Ok(()) };
        ensure!(worker.assigned.is_empty(), Error::<T>::Busy);
        Self::take_offline(who, &mut worker);
        Crew::<T>::remove(worker.pool, who);
        Workers::<T>::remove(who);
        Ok(())
    }
}
