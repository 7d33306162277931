//! The market, as Proof of Contribution sees it: terms of deals, and payments out of their holds.

use frame_support::{
    defensive,
    pallet_prelude::DispatchResult,
    storage::with_storage_layer,
    traits::{
        fungible::{InspectHold, MutateHold},
        tokens::{Fortitude, Precision, Restriction},
        Defensive, Get,
    },
};
use talka_primitives::{
    traits::{Market, Membership},
    App, AppId, Balance, Dataset, DatasetId, Deal, DealId, PoolId,
};

use crate::{
    api::DealKey, deals::subjects, Apps, Config, Datasets, Deals, DealsOf, Event, HoldReason, Members,
    NextDealId, OpenDeals, Pallet, Pools,
};

impl<T: Config> Market<T::AccountId> for Pallet<T> {
    fn app(id: AppId) -> Option<App<T::AccountId>> {
        Apps::<T>::get(id)
    }

    fn dataset(id: DatasetId) -> Option<Dataset<T::AccountId>> {
        Datasets::<T>::get(id)
    }

    fn next_deal() -> DealId {
        NextDealId::<T>::get()
    }

    fn deal(id: DealId) -> Option<Deal<T::AccountId>> {
        Deals::<T>::get(id)
    }

    fn membership(worker: &T::AccountId) -> Option<Membership> {
        let pool = Members::<T>::get(worker)?.pool;
        Some(Membership { pool, policy: Self::pool(pool)?.policy })
    }

    fn operator(pool: PoolId) -> Option<T::AccountId> {
        Pools::<T>::get(pool).map(|pool| pool.owner)
    }

    fn guaranteed(operator: &T::AccountId) -> Balance {
        T::Currency::balance_on_hold(&HoldReason::Guarantee.into(), operator)
    }

    fn pay(deal: &Deal<T::AccountId>, to: &T::AccountId, amount: Balance) {
        Self::pay_out(HoldReason::Payment, &deal.payer, to, amount);
    }

    fn refund(deal: &Deal<T::AccountId>, tasks: u32) {
        let reserve = deal.reserve().defensive_unwrap_or_default();
        let amount = reserve.saturating_mul(tasks.into());
        Self::pay_out(HoldReason::Payment, &deal.payer, &deal.payer, amount);
    }

    fn release_guarantee(deal: &Deal<T::AccountId>, tasks: u32) {
        let amount = deal.guarantee().saturating_mul(tasks.into());
        Self::pay_out(HoldReason::Guarantee, &deal.operator, &deal.operator, amount);
    }

    fn end_guarantee(deal: &Deal<T::AccountId>, seized: Balance) {
        let (operator, reason) = (&deal.operator, HoldReason::Guarantee);
        let seized = seized.min(deal.guarantee());
        Self::pay_out(reason, operator, &T::AuditFund::get(), seized);
        Self::pay_out(reason, operator, operator, deal.guarantee().saturating_sub(seized));
    }

    fn close(deal: &Deal<T::AccountId>) {
        for subject in subjects(deal) {
            OpenDeals::<T>::mutate_exists(subject, |deals| {
                *deals = deals.take().filter(|deals| *deals > 1).map(|deals| deals.saturating_sub(1))
            });
        }
    }

    fn forget(id: DealId) {
        let Some(deal) = Deals::<T>::take(id) else { return };
        DealsOf::<T>::remove(&deal.requester, DealKey::from(id));
        Self::release_deposit(&deal.deposit.of, deal.deposit.amount);
    }
}

impl<T: Config> Pallet<T> {
    /// From the hold straight to the payee; to the audit fund where the payee cannot receive it. A settlement never
    /// fails because of a payment.
    fn pay_out(reason: HoldReason, from: &T::AccountId, to: &T::AccountId, amount: Balance) {
        if amount == 0 || Self::transfer(reason, from, to, amount).is_ok() {
            return;
        }
        match Self::transfer(reason, from, &T::AuditFund::get(), amount) {
            Ok(()) => Self::deposit_event(Event::Unpayable { to: to.clone(), amount }),
            Err(error) => {
                defensive!("the money is held and the audit fund can be paid", error);
            }
        }
    }

    /// Forced, because a lock that the payer has on its account is no reason not to pay; in a layer of its own, because
    /// the transfer is not promised to be undone where it fails half-way.
    fn transfer(
        reason: HoldReason,
        from: &T::AccountId,
        to: &T::AccountId,
        amount: Balance,
    ) -> DispatchResult {
        with_storage_layer(|| {
            T::Currency::transfer_on_hold(
                &reason.into(),
                from,
                to,
                amount,
                Precision::Exact,
                Restriction::Free,
                Fortitude::Force,
            )
            .map(|_| ())
        })
    }
}
