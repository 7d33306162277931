use frame_support::pallet_prelude::DispatchResult;
use talka_primitives::{
    matching::{PoolOffer, Proposal, Standing},
    order::{Match, PoolSource},
    traits::{Deals, NewDeal},
};

use crate::{
    book::{Book, Open},
    Config, Event, Pallet,
};

impl<T: Config> Pallet<T> {
    /// `sponsor` pays, or else the requester.
    pub(crate) fn do_match_orders(
        orders: Match<T::AccountId, T::Signature>,
        sponsor: Option<T::AccountId>,
    ) -> DispatchResult {
        let request = Book::<T>::open(orders.request)?;
        let app = orders.app.map(Book::<T>::open).transpose()?;
        let dataset = orders.dataset.map(Book::<T>::open).transpose()?;
        let (listed, pool) = match orders.pool {
            PoolSource::Listed(pool) => (PoolOffer::Listed(pool), None),
            PoolSource::Ordered(source) => {
                let open = Book::<T>::open(source)?;
                (PoolOffer::Ordered(standing(&open)), Some(open))
            }
        };
        let NewDeal { id, tasks } = T::Deals::make(Proposal {
            payer: sponsor.unwrap_or_else(|| request.order.terms.signer.clone()),
            request: standing(&request),
            app: app.as_ref().map(standing),
            dataset: dataset.as_ref().map(standing),
            pool: listed,
        })?;

        Self::deposit_event(Event::OrdersMatched {
            deal: id,
            app: app.as_ref().map(|open| open.id),
            dataset: dataset.as_ref().map(|open| open.id),
            pool: pool.as_ref().map(|open| open.id),
            request: request.id,
            tasks,
        });
        Book::<T>::take(request, tasks);
        app.into_iter().for_each(|open| Book::<T>::take(open, tasks));
        dataset.into_iter().for_each(|open| Book::<T>::take(open, tasks));
        pool.into_iter().for_each(|open| Book::<T>::take(open, tasks));
        Ok(())
    }
}

fn standing<Kind: Clone>(open: &Open<Kind>) -> Standing<Kind> {
    Standing { order: open.order.clone(), used: open.entry.used }
}
