//! The invariants that the README numbers, one function each.

use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::TryRuntimeError;
use talka_primitives::{order::Subject, Balance, DealId, PoolId};

use crate::{
    deals::subjects, types::Size, Admissions, Apps, Categories, Config, Datasets, Deals, DealsOf, HoldReason,
    MemberCounts, Members, NextAppId, NextDatasetId, NextDealId, NextPoolId, OpenDeals, Pallet,
    PendingOwners, Pools,
};

impl<T: Config> Pallet<T> {
    /// Check every invariant. It reads everything: for tests and try-runtime, not for blocks.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::everything_is_numbered()?;
        Self::categories_are_possible()?;
        Self::pools_are_possible()?;
        Self::members_have_a_pool()?;
        Self::deals_are_listed()?;
        Self::deals_have_terms()?;
        Self::no_more_is_held_than_deals_need()?;
        Self::offers_are_of_owners()?;
        Self::open_deals_need_what_they_are_of()?;
        Self::deposits_are_held()
    }

    /// 1: What was published, and every deal, has an identifier below the one that is given next: none is given twice.
    fn everything_is_numbered() -> Result<(), TryRuntimeError> {
        let numbered =
            |ids: &mut dyn Iterator<Item = u32>, next: u32| ids.max().is_none_or(|last| last < next);
        let in_order = numbered(&mut Apps::<T>::iter_keys().map(|id| id.0), NextAppId::<T>::get().0)
            && numbered(&mut Datasets::<T>::iter_keys().map(|id| id.0), NextDatasetId::<T>::get().0)
            && numbered(&mut Pools::<T>::iter_keys().map(|id| id.0), NextPoolId::<T>::get().0)
            && numbered(&mut Deals::<T>::iter_keys().map(|id| id.0), NextDealId::<T>::get().0);
        ensure!(in_order, "marketplace 1: identifiers are not numbered");
        Ok(())
    }

    /// 2: Every category has a number below 32, a name, and limits above zero, announced ones included.
    fn categories_are_possible() -> Result<(), TryRuntimeError> {
        for (id, Size { category, announced }) in Categories::<T>::iter() {
            let announced = announced.map(|(category, _)| category);
            for category in [Some(category), announced].into_iter().flatten() {
                ensure!(
                    Self::ensure_category(id, &category).is_ok(),
                    "marketplace 2: an impossible category"
                );
            }
        }
        Ok(())
    }

    /// 3: Every pool has a valid policy, announced ones included, and prices for categories that exist.
    fn pools_are_possible() -> Result<(), TryRuntimeError> {
        for pool in Pools::<T>::iter_values() {
            let announced = pool.announced.is_none_or(|announced| announced.policy.is_valid());
            ensure!(pool.policy.is_valid() && announced, "marketplace 3: an invalid policy");
            let known = pool.prices.keys().all(Categories::<T>::contains_key);
            ensure!(known, "marketplace 3: a price for an unknown category");
        }
        Ok(())
    }

    /// 4: Every membership and every admission is of a pool that exists, and every pool counts its members.
    fn members_have_a_pool() -> Result<(), TryRuntimeError> {
        let members = Members::<T>::iter_values().all(|member| Pools::<T>::contains_key(member.pool));
        let admitted = Admissions::<T>::iter_keys().all(|(pool, _)| Pools::<T>::contains_key(pool));
        ensure!(members && admitted, "marketplace 4: membership of an unknown pool");
        let mut counts = BTreeMap::<PoolId, u32>::new();
        for member in Members::<T>::iter_values() {
            let count = counts.entry(member.pool).or_default();
            *count = count.saturating_add(1);
        }
        let counted: BTreeMap<_, _> = MemberCounts::<T>::iter().collect();
        ensure!(counted == counts, "marketplace 4: members are miscounted");
        Ok(())
    }

    /// 5: Every deal is listed for its requester, and nothing else is listed.
    fn deals_are_listed() -> Result<(), TryRuntimeError> {
        for (who, key) in DealsOf::<T>::iter_keys() {
            let requester = Deals::<T>::get(DealId::from(key)).map(|deal| deal.requester);
            ensure!(requester == Some(who), "marketplace 5: a deal is listed for somebody else");
        }
        let listed = DealsOf::<T>::iter_keys().count();
        ensure!(listed == Deals::<T>::iter_keys().count(), "marketplace 5: a deal is not listed");
        Ok(())
    }

    /// 6: Every deal has a price for all its tasks, a valid trust, and a category that exists.
    fn deals_have_terms() -> Result<(), TryRuntimeError> {
        for deal in Deals::<T>::iter_values() {
            let price = deal.reserve().and_then(|price| price.checked_mul(deal.tasks.into()));
            ensure!(price.is_some() && deal.tasks > 0, "marketplace 6: a deal without a price");
            ensure!(deal.trust.is_valid(), "marketplace 6: a deal without a trust");
            let known = Categories::<T>::contains_key(deal.category_id);
            ensure!(known, "marketplace 6: a deal of an unknown category");
        }
        Ok(())
    }

    /// 7: No more is held of a payer, or of an operator, than all tasks of its deals, and audits of them,
    ///    can cost it.
    fn no_more_is_held_than_deals_need() -> Result<(), TryRuntimeError> {
        let mut payments = BTreeMap::<T::AccountId, Balance>::new();
        let mut guarantees = BTreeMap::<T::AccountId, Balance>::new();
        for deal in Deals::<T>::iter_values() {
            let tasks = Balance::from(deal.tasks);
            let price = deal.reserve().unwrap_or_default();
            let guarantee = deal.guarantee();
            let payment = payments.entry(deal.payer).or_default();
            *payment = payment.saturating_add(price.saturating_mul(tasks));
            let pledge = guarantees.entry(deal.operator).or_default();
            *pledge = pledge.saturating_add(guarantee.saturating_mul(tasks));
        }
        for (who, max) in payments {
            let held = T::Currency::balance_on_hold(&HoldReason::Payment.into(), &who);
            ensure!(held <= max, "marketplace 7: more is held than can be paid");
        }
        for (who, max) in guarantees {
            let held = T::Currency::balance_on_hold(&HoldReason::Guarantee.into(), &who);
            ensure!(held <= max, "marketplace 7: more is held than can be guaranteed");
        }
        Ok(())
    }

    /// 8: What is offered exists, and is not offered to its owner.
    fn offers_are_of_owners() -> Result<(), TryRuntimeError> {
        for (subject, to) in PendingOwners::<T>::iter() {
            let owner = match subject {
                Subject::App(id) => Apps::<T>::get(id).map(|app| app.owner),
                Subject::Dataset(id) => Datasets::<T>::get(id).map(|dataset| dataset.owner),
                Subject::Pool(id) => Pools::<T>::get(id).map(|pool| pool.owner),
            };
            ensure!(owner.is_some_and(|owner| owner != to), "marketplace 8: an impossible offer");
        }
        Ok(())
    }

    /// 9: What open deals are of exists, and no more deals are open of it than there are.
    fn open_deals_need_what_they_are_of() -> Result<(), TryRuntimeError> {
        let mut deals = Vec::<(Subject, u32)>::new();
        for subject in Deals::<T>::iter_values().flat_map(|deal| subjects(&deal).collect::<Vec<_>>()) {
            match deals.iter_mut().find(|(known, _)| *known == subject) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => deals.push((subject, 1)),
            }
        }
        for (subject, open) in OpenDeals::<T>::iter() {
            let exists = match subject {
                Subject::App(id) => Apps::<T>::contains_key(id),
                Subject::Dataset(id) => Datasets::<T>::contains_key(id),
                Subject::Pool(id) => Pools::<T>::contains_key(id),
            };
            ensure!(exists && open > 0, "marketplace 9: open deals of nothing");
            let made = deals.iter().find(|(known, _)| *known == subject).map_or(0, |(_, count)| *count);
            ensure!(open <= made, "marketplace 9: more open deals than there are");
        }
        Ok(())
    }

    /// 10: Exactly the deposits that are recorded are held of everybody, and that of a pool covers whom it has admitted.
    fn deposits_are_held() -> Result<(), TryRuntimeError> {
        let apps = Apps::<T>::iter_values().map(|app| (app.owner, app.deposit));
        let datasets = Datasets::<T>::iter_values().map(|dataset| (dataset.owner, dataset.deposit));
        let pools = Pools::<T>::iter_values().map(|pool| (pool.owner, pool.deposit));
        let members = Members::<T>::iter().map(|(who, member)| (who, member.deposit));
        let deals = Deals::<T>::iter_values().map(|deal| (deal.deposit.of, deal.deposit.amount));
        let mut due = BTreeMap::<T::AccountId, Balance>::new();
        for (who, amount) in apps.chain(datasets).chain(pools).chain(members).chain(deals) {
            let sum = due.entry(who).or_default();
            *sum = sum.saturating_add(amount);
        }
        for who in frame_system::Account::<T>::iter_keys() {
            let held = T::Currency::balance_on_hold(&HoldReason::Deposit.into(), &who);
            let recorded = due.remove(&who).unwrap_or_default();
            ensure!(held == recorded, "marketplace 10: the hold is not the sum of deposits");
        }
        ensure!(due.values().all(|amount| *amount == 0), "marketplace 10: a deposit of nobody");
        for (pool, item) in Pools::<T>::iter() {
            let admitted = Admissions::<T>::iter_prefix_values(pool).fold(0, Balance::saturating_add);
            ensure!(item.deposit >= admitted, "marketplace 10: somebody is admitted at no deposit");
        }
        Ok(())
    }
}
