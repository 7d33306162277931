//! How a deal is made, from a request at published prices or from orders.

use frame_support::{
    ensure,
    pallet_prelude::{DispatchError, DispatchResult},
    traits::{
        fungible::{InspectHold, MutateHold},
        Get,
    },
};
use talka_primitives::{
    audit::Assurance,
    deal::min_duration,
    matching::{agree, Agreement, Assets, Clock, Proposal},
    order::Subject,
    traits::{Deals as MakeDeals, Dispatcher, Groups, Market, NewDeal, Quotes},
    Balance, BlockNumber, CategoryId, Deal,
};

use crate::{
    api::DealKey, Apps, Config, Datasets, Deals, DealsOf, Error, Event, HoldReason, NextDealId, OpenDeals,
    Pallet, Pools,
};

impl<T: Config> MakeDeals<T::AccountId> for Pallet<T> {
    fn owner(subject: Subject) -> Option<T::AccountId> {
        match subject {
            Subject::App(id) => Apps::<T>::get(id).map(|app| app.owner),
            Subject::Dataset(id) => Datasets::<T>::get(id).map(|dataset| dataset.owner),
            Subject::Pool(id) => Pools::<T>::get(id).map(|pool| pool.owner),
        }
    }

    fn make(proposal: Proposal<T::AccountId>) -> Result<NewDeal, DispatchError> {
        let Agreement { deal, payment, guarantee } = Self::agreed(proposal)?;
        Self::ensure_funds(&deal, payment, guarantee)?;
        let id = NextDealId::<T>::get();
        let next = id.next().ok_or(Error::<T>::IdsExhausted)?;
        let tasks = deal.tasks;
        let event = Event::DealMade {
            deal: id,
            requester: deal.requester.clone(),
            payer: deal.payer.clone(),
            pool: deal.pool,
            tasks,
            price: deal.price().ok_or(Error::<T>::PriceOverflow)?,
        };

        Self::hold(HoldReason::Payment, &deal.payer, payment)?;
        Self::hold(HoldReason::Guarantee, &deal.operator, guarantee)?;
        Self::hold(HoldReason::Deposit, &deal.deposit.of, deal.deposit.amount)?;
        // The number is what tells the dispatcher that there is a new deal: see `Market::next_deal`.
        NextDealId::<T>::put(next);
        DealsOf::<T>::insert(&deal.requester, DealKey::from(id), ());
        for subject in subjects(&deal) {
            OpenDeals::<T>::mutate(subject, |deals| *deals = deals.saturating_add(1));
        }
        Deals::<T>::insert(id, deal);
        Self::deposit_event(event);
        Ok(NewDeal { id, tasks })
    }
}

impl<T: Config> Quotes<T::AccountId> for Pallet<T> {
    fn quote(proposal: Proposal<T::AccountId>) -> Result<Agreement<T::AccountId>, DispatchError> {
        let agreement = Self::agreed(proposal)?;
        let (operator, guarantee) = (&agreement.deal.operator, agreement.guarantee);
        ensure!(
            Self::can_hold(HoldReason::Guarantee, operator, guarantee),
            Error::<T>::OperatorCannotGuarantee
        );
        Ok(agreement)
    }

    fn least_duration(category: CategoryId) -> Option<BlockNumber> {
        let category = Self::category(category)?;
        Some(min_duration(&category, Assurance::Adjudicated, T::Periods::get()))
    }

    fn longest_duration() -> BlockNumber {
        T::MaxDuration::get()
    }
}

impl<T: Config> Pallet<T> {
    /// What a proposal would become now, whether or not the money is there.
    fn agreed(proposal: Proposal<T::AccountId>) -> Result<Agreement<T::AccountId>, Error<T>> {
        let assets = Self::assets(&proposal)?;
        let (now, max_duration) = (Self::now(), T::MaxDuration::get());
        let clock = Clock { now, max_duration, periods: T::Periods::get() };
        let storage = T::StoragePrice::get();
        agree(proposal, assets, clock, storage, T::Groups::is_member, T::Dispatcher::insiders)
            .map_err(Error::<T>::from)
    }

    fn can_hold(reason: HoldReason, who: &T::AccountId, amount: Balance) -> bool {
        amount == 0 || T::Currency::can_hold(&reason.into(), who, amount)
    }

    /// What a proposal names, as it is published now.
    fn assets(proposal: &Proposal<T::AccountId>) -> Result<Assets<T::AccountId>, Error<T>> {
        let request = &proposal.request.order;
        let dataset = |id| Datasets::<T>::get(id).ok_or(Error::<T>::UnknownDataset);
        let app = Apps::<T>::get(request.app).ok_or(Error::<T>::UnknownApp)?;
        let dataset = request.dataset.map(dataset).transpose()?;
        let pool = Pools::<T>::get(proposal.pool.pool()).ok_or(Error::<T>::UnknownPool)?;
        Ok(Assets {
            app,
            dataset,
            guaranteed: Self::guaranteed(&pool.owner),
            pool,
            category: Self::category(request.category).ok_or(Error::<T>::UnknownCategory)?,
        })
    }

    /// All can be held: the sum of it from an account that has several of the roles payer, operator and opener.
    fn ensure_funds(deal: &Deal<T::AccountId>, payment: Balance, guarantee: Balance) -> DispatchResult {
        let Deal { requester, payer, operator, deposit, .. } = deal;
        let broke =
            if payer == requester { Error::<T>::RequesterCannotPay } else { Error::<T>::SponsorCannotPay };
        ensure!(Self::can_hold(HoldReason::Payment, payer, payment), broke);
        let of_operator = if payer == operator { payment.saturating_add(guarantee) } else { guarantee };
        ensure!(
            Self::can_hold(HoldReason::Guarantee, operator, of_operator),
            Error::<T>::OperatorCannotGuarantee
        );
        let beside = |who: &T::AccountId, amount| if *who == deposit.of { amount } else { 0 };
        let of_opener =
            deposit.amount.saturating_add(beside(payer, payment)).saturating_add(beside(operator, guarantee));
        ensure!(Self::can_hold(HoldReason::Deposit, &deposit.of, of_opener), Error::<T>::FundsTooLow);
        Ok(())
    }

    pub(crate) fn hold(reason: HoldReason, who: &T::AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        T::Currency::hold(&reason.into(), who, amount)
    }
}

/// What a deal is of: its app, its dataset and its pool.
pub(crate) fn subjects<AccountId>(deal: &Deal<AccountId>) -> impl Iterator<Item = Subject> {
    let dataset = deal.dataset.as_ref().map(|dataset| Subject::Dataset(dataset.id));
    [Subject::App(deal.app), Subject::Pool(deal.pool)].into_iter().chain(dataset)
}
