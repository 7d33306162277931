use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::{
        fungible::{InspectHold, MutateHold},
        Get,
    },
};
use talka_primitives::{
    matching::{agree, Agreement, Offers, Request},
    traits::Dispatcher,
    Balance,
};

use crate::{
    api::DealKey, Apps, Categories, Config, Datasets, Deals, DealsOf, Error, Event, HoldReason, NextDealId,
    Pallet, Pools,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_request(requester: T::AccountId, request: Request<T::AccountId>) -> DispatchResult {
        let offers = Self::offers(&request)?;
        let Agreement { deal, payment, guarantee } =
            agree(requester, request, offers, Self::now(), T::MaxDuration::get())
                .map_err(Error::<T>::from)?;
        Self::ensure_funds(&deal.requester, payment, &deal.operator, guarantee)?;
        let id = NextDealId::<T>::get();
        let next = id.next().ok_or(Error::<T>::IdsExhausted)?;
        let event = Event::DealMade {
            deal: id,
            requester: deal.requester.clone(),
            pool: deal.pool,
            tasks: deal.tasks,
            price: deal.price().ok_or(Error::<T>::PriceOverflow)?,
        };

        Self::hold(HoldReason::Payment, &deal.requester, payment)?;
        Self::hold(HoldReason::Guarantee, &deal.operator, guarantee)?;
        NextDealId::<T>::put(next);
        DealsOf::<T>::insert(&deal.requester, DealKey::from(id), ());
        Deals::<T>::insert(id, &deal);
        Self::deposit_event(event);
        T::Dispatcher::enqueue(id, &deal)
    }

    /// What a request names, as it is published now.
    fn offers(request: &Request<T::AccountId>) -> Result<Offers<T::AccountId>, Error<T>> {
        let dataset = |id| Datasets::<T>::get(id).ok_or(Error::<T>::UnknownDataset);
        Ok(Offers {
            app: Apps::<T>::get(request.app).ok_or(Error::<T>::UnknownApp)?,
            dataset: request.dataset.map(dataset).transpose()?,
            pool: Pools::<T>::get(request.pool).ok_or(Error::<T>::UnknownPool)?,
            category: Categories::<T>::get(request.category).ok_or(Error::<T>::UnknownCategory)?,
        })
    }

    /// Both can be held: of one account together, where the requester operates the pool itself.
    fn ensure_funds(
        requester: &T::AccountId,
        payment: Balance,
        operator: &T::AccountId,
        guarantee: Balance,
    ) -> DispatchResult {
        let can_hold = |reason: HoldReason, who, amount| {
            amount == 0 || T::Currency::can_hold(&reason.into(), who, amount)
        };
        ensure!(can_hold(HoldReason::Payment, requester, payment), Error::<T>::RequesterCannotPay);
        let of_operator = if requester == operator { payment.saturating_add(guarantee) } else { guarantee };
        ensure!(can_hold(HoldReason::Guarantee, operator, of_operator), Error::<T>::OperatorCannotGuarantee);
        Ok(())
    }

    fn hold(reason: HoldReason, who: &T::AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        T::Currency::hold(&reason.into(), who, amount)
    }
}
