//! The stake, as the other pallets see it.

use frame_support::{
    defensive,
    pallet_prelude::DispatchResult,
    storage::with_storage_layer,
    traits::{
        fungible::MutateHold,
        tokens::{Fortitude, Precision, Restriction},
        Get,
    },
};
use talka_primitives::{
    merit::after_conviction,
    traits::{Passes as _, Stake, Standing},
    Balance, Merit,
};

use crate::{Config, Error, Event, HoldReason, Ledger, Ledgers, Pallet, ReputationRules};

impl<T: Config> Stake<T::AccountId> for Pallet<T> {
    fn standing(who: &T::AccountId) -> Standing {
        let rules = ReputationRules::<T>::get();
        Ledgers::<T>::get(who).map(|ledger| ledger.standing(Self::now(), rules)).unwrap_or_default()
    }

    fn lock(who: &T::AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let mut ledger = Ledgers::<T>::get(who).ok_or(Error::<T>::NotBonded)?;
        ledger.lock(amount).map_err(Error::<T>::from)?;
        Self::store(who, ledger);
        Ok(())
    }

    fn unlock(who: &T::AccountId, amount: Balance) {
        if amount == 0 {
            return;
        }
        let mut ledger = Ledgers::<T>::get(who).unwrap_or_default();
        if ledger.unlock(amount).is_err() {
            defensive!("more is unlocked than was locked");
            ledger.locked = 0;
        }
        Self::store(who, ledger);
    }

    fn set_merit(who: &T::AccountId, merit: Merit) {
        let mut ledger = Ledgers::<T>::get(who).unwrap_or_default();
        let changed = Self::standing(who).merit != merit;
        (ledger.merit, ledger.merit_at) = (merit, Self::now());
        Self::store(who, ledger);
        if changed {
            Self::deposit_event(Event::MeritChanged { who: who.clone(), merit });
        }
    }

    fn disgrace(who: &T::AccountId) {
        T::Passes::revoke(who);
        Self::set_merit(who, after_conviction());
        let ripening = ReputationRules::<T>::get().ripening;
        Ledgers::<T>::mutate_extant(who, |ledger| ledger.ripen_again(Self::now(), ripening));
    }

    fn forfeit(who: &T::AccountId, amount: Balance, to: &T::AccountId) {
        if amount == 0 {
            return;
        }
        let mut ledger = Ledgers::<T>::get(who).unwrap_or_default();
        if ledger.forfeit(amount).is_err() {
            defensive!("more is forfeit than was locked");
            return;
        }
        Self::pay_forfeit(who, ledger, amount, to);
    }

    fn forfeit_to_fund(who: &T::AccountId, amount: Balance) {
        Self::forfeit(who, amount, &T::AuditFund::get());
    }

    fn pledge(who: &T::AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let mut ledger = Ledgers::<T>::get(who).ok_or(Error::<T>::NotBonded)?;
        ledger.pledge(amount).map_err(Error::<T>::from)?;
        Self::store(who, ledger);
        Ok(())
    }

    fn release(who: &T::AccountId, amount: Balance) {
        if amount == 0 {
            return;
        }
        let mut ledger = Ledgers::<T>::get(who).unwrap_or_default();
        if ledger.release(amount).is_err() {
            defensive!("more is released than was pledged");
            ledger.pledged = 0;
        }
        Self::store(who, ledger);
    }

    fn forfeit_pledge(who: &T::AccountId, amount: Balance) {
        if amount == 0 {
            return;
        }
        let mut ledger = Ledgers::<T>::get(who).unwrap_or_default();
        if ledger.forfeit_pledge(amount).is_err() {
            defensive!("more is forfeit than was pledged");
            return;
        }
        Self::pay_forfeit(who, ledger, amount, &T::AuditFund::get());
    }
}

impl<T: Config> Pallet<T> {
    /// Pay what is forfeit, and store the ledger that does not have it any more.
    fn pay_forfeit(who: &T::AccountId, ledger: Ledger<T::MaxUnbonding>, amount: Balance, to: &T::AccountId) {
        let fund = T::AuditFund::get();
        let to = match Self::pay_out(who, amount, to) {
            Ok(()) => to.clone(),
            Err(_) => match Self::pay_out(who, amount, &fund) {
                Ok(()) => fund,
                Err(error) => {
                    defensive!("the audit fund can be paid", error);
                    return;
                }
            },
        };
        Self::store(who, ledger);
        Self::deposit_event(Event::Forfeited { who: who.clone(), amount, to });
    }

    /// From the hold straight to the payee. Forced, because a lock that the loser has on its account is no reason not
    /// to lose; in a layer of its own, because the transfer is not promised to be undone where it fails half-way.
    fn pay_out(from: &T::AccountId, amount: Balance, to: &T::AccountId) -> DispatchResult {
        with_storage_layer(|| {
            T::Currency::transfer_on_hold(
                &HoldReason::Bond.into(),
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
