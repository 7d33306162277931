//! Only this module writes [`Members`] and [`MemberCounts`].

use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{
    asset::Unmet,
    deposit::{ADMISSION, MEMBERSHIP},
    traits::{Dispatcher, Stake},
    Admission, Pool, PoolId, PoolPolicy,
};

use crate::{types::Member, Admissions, Config, Error, Event, MemberCounts, Members, Pallet, Pools};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_admit(who: T::AccountId, pool: PoolId, worker: T::AccountId) -> DispatchResult {
        let terms = Self::own_pool(&who, pool)?;

        // A worker that is admitted already stays so, without another deposit.
        if !Admissions::<T>::contains_key(pool, &worker) {
            let deposit = Self::deposit_for(ADMISSION);
            Self::hold_deposit(&who, deposit)?;
            Pools::<T>::insert(pool, Pool { deposit: terms.deposit.saturating_add(deposit), ..terms });
            Admissions::<T>::insert(pool, &worker, deposit);
        }
        Self::deposit_event(Event::Admitted { pool, worker });
        Ok(())
    }

    pub(crate) fn do_join_pool(
        worker: T::AccountId,
        pool: PoolId,
        terms: Option<PoolPolicy>,
    ) -> DispatchResult {
        let policy = Self::pool(pool).ok_or(Error::<T>::UnknownPool)?.policy;
        ensure!(terms.is_none_or(|terms| terms == policy), Error::<T>::TermsChanged);
        ensure!(!Members::<T>::contains_key(&worker), Error::<T>::AlreadyAMember);
        match policy.admission {
            Admission::Open => {}
            Admission::Approval => {
                ensure!(Admissions::<T>::contains_key(pool, &worker), Error::<T>::NotAdmitted)
            }
        }
        let standing = T::Stake::standing(&worker);
        match policy.unmet_by(standing.bond, standing.score) {
            None => {}
            Some(Unmet::Bond) => return Err(Error::<T>::BondTooSmall.into()),
            Some(Unmet::Score) => return Err(Error::<T>::ScoreTooLow.into()),
        }
        let deposit = Self::deposit_for(MEMBERSHIP);

        Self::hold_deposit(&worker, deposit)?;
        Members::<T>::insert(&worker, Member { pool, deposit });
        MemberCounts::<T>::mutate(pool, |count| *count = count.saturating_add(1));
        Self::deposit_event(Event::Joined { pool, worker });
        Ok(())
    }

    pub(crate) fn do_leave_pool(worker: T::AccountId) -> DispatchResult {
        let pool = Members::<T>::get(&worker).ok_or(Error::<T>::NotAMember)?.pool;
        // The dispatcher checks, and must know before the membership is gone.
        T::Dispatcher::leave(&worker)?;

        Self::remove_member(&worker, pool);
        Self::deposit_event(Event::Left { pool, worker });
        Ok(())
    }

    pub(crate) fn do_dismiss(who: T::AccountId, pool: PoolId, worker: T::AccountId) -> DispatchResult {
        let terms = Self::own_pool(&who, pool)?;
        let member = Members::<T>::get(&worker).is_some_and(|member| member.pool == pool);
        ensure!(member || Admissions::<T>::contains_key(pool, &worker), Error::<T>::NotAMember);
        if member {
            // The dispatcher checks, and must know before the membership is gone.
            T::Dispatcher::leave(&worker)?;
            Self::remove_member(&worker, pool);
        }

        if let Some(deposit) = Admissions::<T>::take(pool, &worker) {
            Pools::<T>::insert(pool, Pool { deposit: terms.deposit.saturating_sub(deposit), ..terms });
            Self::release_deposit(&who, deposit);
        }
        Self::deposit_event(Event::Dismissed { pool, worker });
        Ok(())
    }

    fn remove_member(worker: &T::AccountId, pool: PoolId) {
        if let Some(Member { deposit, .. }) = Members::<T>::take(worker) {
            Self::release_deposit(worker, deposit);
        }
        MemberCounts::<T>::mutate_exists(pool, |count| {
            *count = count.take().filter(|count| *count > 1).map(|count| count - 1)
        });
    }
}
