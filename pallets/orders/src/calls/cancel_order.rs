use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use talka_primitives::order::Named;

use crate::{book::Book, Config, Error, Event, Pallet, Published};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_cancel_order(who: T::AccountId, order: Named<T::AccountId>) -> DispatchResult {
        let order = match order {
            Named::Published(id) => Published::<T>::get(id).ok_or(Error::<T>::UnknownOrder)?.order,
            Named::Signed(order) => order,
        };
        let terms = order.terms();
        ensure!(terms.signer == who, Error::<T>::NotSigner);
        let id = Book::<T>::id(&order);
        Book::<T>::entry(id, terms).left(terms, Self::now(), T::MaxLife::get()).map_err(Error::<T>::from)?;

        Book::<T>::cancel(id, terms)?;
        Self::deposit_event(Event::OrderCancelled { order: id, signer: who });
        Ok(())
    }
}
