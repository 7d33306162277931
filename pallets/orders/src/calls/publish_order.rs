use codec::Encode;
use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::{
        fungible::{InspectHold, MutateHold},
        Get,
    },
};
use talka_primitives::{
    order::{Order, Publication},
    traits::Deals,
    Balance,
};

use crate::{book::Book, Config, Error, Event, HoldReason, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_publish_order(who: T::AccountId, order: Order<T::AccountId>) -> DispatchResult {
        let terms = order.terms();
        ensure!(terms.signer == who, Error::<T>::NotSigner);
        let id = Book::<T>::id(&order);
        let entry = Book::<T>::entry(id, terms);
        ensure!(!entry.published, Error::<T>::AlreadyPublished);
        entry.left(terms, Self::now(), T::MaxLife::get()).map_err(Error::<T>::from)?;
        match (&order, order.subject()) {
            // Only what will be no better tomorrow: whether a request's deadline is near enough is asked when it is
            // matched.
            (Order::Request(request), _) => request.check(Self::now(), u32::MAX).map_err(Error::<T>::from)?,
            (_, subject) => {
                let owner = subject.and_then(T::Deals::owner).ok_or(Error::<T>::UnknownAsset)?;
                ensure!(owner == who, Error::<T>::NotOwner);
            }
        }
        let (reason, deposit) = (HoldReason::Order.into(), Self::deposit(&order));
        let both = deposit.saturating_add(Book::<T>::due(id, terms.expiry));
        ensure!(T::Currency::can_hold(&reason, &who, both), Error::<T>::FundsTooLow);

        T::Currency::hold(&reason, &who, deposit)?;
        Self::deposit_event(Event::OrderPublished { order: id, signer: who, shelf: order.shelf() });
        Book::<T>::publish(id, Publication { order, deposit })
    }

    /// What is held for an order while it is published, in units of TLK, but for what is held until it expires.
    pub fn deposit(order: &Order<T::AccountId>) -> Balance {
        let bytes = order.encoded_size() as Balance;
        T::BaseDeposit::get().saturating_add(T::ByteDeposit::get().saturating_mul(bytes))
    }
}
