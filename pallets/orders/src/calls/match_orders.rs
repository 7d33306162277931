use frame_support::{pallet_prelude::DispatchResult, storage::with_storage_layer};
use talka_primitives::{
    matching::{PoolOffer, Proposal, Standing},
    order::{Match, PoolSource},
    traits::{Deals, NewDeal},
};

use crate::{
    book::{Book, Open},
    Config, Event, Pallet,
};

/// Who pays for a deal of orders.
pub(crate) enum Payer {
    /// The signer of the request.
    Requester,
    /// Who matches them.
    Opener,
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_match_orders(
        opener: T::AccountId,
        orders: Match<T::AccountId, T::Signature>,
        payer: Payer,
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
        // In a layer of its own: what it takes to remember the orders is known only when the deal is made.
        with_storage_layer(|| {
            let NewDeal { id, tasks } = T::Deals::make(Proposal {
                payer: match payer {
                    Payer::Requester => request.order.terms.signer.clone(),
                    Payer::Opener => opener.clone(),
                },
                opener: opener.clone(),
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
            Book::<T>::take(request, tasks, &opener)?;
            app.map_or(Ok(()), |open| Book::<T>::take(open, tasks, &opener))?;
            dataset.map_or(Ok(()), |open| Book::<T>::take(open, tasks, &opener))?;
            pool.map_or(Ok(()), |open| Book::<T>::take(open, tasks, &opener))
        })
    }
}

fn standing<Kind: Clone>(open: &Open<Kind>) -> Standing<Kind> {
    Standing { order: open.order.clone(), used: open.entry.used }
}
