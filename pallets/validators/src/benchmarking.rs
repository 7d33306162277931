//! What the calls and the handlers cost: a benchmark for each function of [`WeightInfo`](crate::WeightInfo), at its worst
//! case. `scripts/weights` runs them.

use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{EnsureOrigin, Get},
    weights::Weight,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use pallet_authorship::EventHandler;
use sp_runtime::Perbill;
use sp_staking::offence::{OffenceDetails, OnOffenceHandler};
use talka_primitives::{election::Rules, Balance};

use crate::{
    ActsFor, Authored, Call, Candidates, Cause, Config, ElectionRules, JurorKeys, Pallet, RetiredOnes,
    Sessions,
};

/// What the benchmarks need of other pallets.
pub trait BenchmarkHelper<AccountId> {
    /// Give an account this bond, and session keys that nobody else has.
    fn prepare(who: &AccountId, bond: Balance);

    /// These are the validators of this session and the next.
    fn seat(validators: Vec<AccountId>);
}

/// What a candidate puts up: as much as the rules ask for, and as one with the least bond of a worker has at least.
fn stake<T: Config>() -> Balance {
    ElectionRules::<T>::get().min_stake.max(1 << 40)
}

/// The caller, with a bond of four stakes and with keys.
fn prepared<T: Config>() -> T::AccountId {
    let who = whitelisted_caller();
    T::BenchmarkHelper::prepare(&who, 4 * stake::<T>());
    who
}

/// The caller as a candidate.
fn candidate<T: Config>() -> Result<T::AccountId, BenchmarkError> {
    let who = prepared::<T>();
    Pallet::<T>::do_register(who.clone(), stake::<T>())?;
    Ok(who)
}

/// The caller, which was a candidate and named a juror key.
fn retired<T: Config>() -> Result<T::AccountId, BenchmarkError> {
    let who = candidate::<T>()?;
    Pallet::<T>::do_set_juror_key(who.clone(), Some(key::<T>(0)))?;
    Pallet::<T>::do_resign(who.clone())?;
    Ok(who)
}

/// An account that does nothing.
fn key<T: Config>(number: u32) -> T::AccountId {
    account("key", number, 0)
}

/// As many validators as there can be, these the last of them.
fn seat_all<T: Config>(last: &[T::AccountId]) {
    let others = T::MaxSeats::get().saturating_sub(last.len() as u32);
    let validators = (0..others).map(|one| account("validator", one, 0)).chain(last.iter().cloned());
    T::BenchmarkHelper::seat(validators.collect());
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// It stood before, and what it put up then is still locked.
    #[benchmark]
    fn register() -> Result<(), BenchmarkError> {
        let who = retired::<T>()?;

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), stake::<T>());

        assert_eq!(Candidates::<T>::get(&who).map(|one| one.stake), Some(2 * stake::<T>()));
        assert!(!RetiredOnes::<T>::contains_key(&who));
        Ok(())
    }

    #[benchmark]
    fn add_stake() -> Result<(), BenchmarkError> {
        let who = candidate::<T>()?;

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), stake::<T>());

        assert_eq!(Candidates::<T>::get(&who).map(|one| one.stake), Some(2 * stake::<T>()));
        Ok(())
    }

    #[benchmark]
    fn resign() -> Result<(), BenchmarkError> {
        let who = candidate::<T>()?;

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));

        assert_eq!(RetiredOnes::<T>::get(&who).map(|one| one.cause), Some(Cause::Resigned));
        Ok(())
    }

    #[benchmark]
    fn release() -> Result<(), BenchmarkError> {
        let who = retired::<T>()?;
        RetiredOnes::<T>::mutate_extant(&who, |one| one.until = 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));

        assert!(!RetiredOnes::<T>::contains_key(&who) && !JurorKeys::<T>::contains_key(&who));
        Ok(())
    }

    #[benchmark]
    fn forget_keys() {
        let who = prepared::<T>();
        seat_all::<T>(&[]);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));

        assert!(!T::Sessions::has_keys(&who));
    }

    #[benchmark]
    fn set_rules() -> Result<(), BenchmarkError> {
        let origin = T::GovernanceOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let rules = Rules { seats: T::MaxSeats::get(), min_seats: 1, min_stake: 7, term: 2 };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, rules);

        assert_eq!(ElectionRules::<T>::get(), rules);
        Ok(())
    }

    /// Another key than the one that acted before.
    #[benchmark]
    fn set_juror_key() -> Result<(), BenchmarkError> {
        let who = candidate::<T>()?;
        Pallet::<T>::do_set_juror_key(who.clone(), Some(key::<T>(0)))?;

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), Some(key::<T>(1)));

        assert_eq!(JurorKeys::<T>::get(&who), Some(key::<T>(1)));
        assert_eq!(ActsFor::<T>::get(key::<T>(1)), Some(who));
        assert!(!ActsFor::<T>::contains_key(key::<T>(0)));
        Ok(())
    }

    #[benchmark]
    fn note_author() {
        let who: T::AccountId = account("validator", 0, 0);

        #[block]
        {
            <Pallet<T> as EventHandler<T::AccountId, BlockNumberFor<T>>>::note_author(who.clone());
        }

        assert_eq!(Authored::<T>::get(&who), 1);
    }

    /// A candidate that has the last of the seats. It pays no fee here: its account counts.
    #[benchmark]
    fn punish() -> Result<(), BenchmarkError> {
        let who: T::AccountId = account("offender", 0, 0);
        T::BenchmarkHelper::prepare(&who, 4 * stake::<T>());
        Pallet::<T>::do_register(who.clone(), stake::<T>())?;
        seat_all::<T>(core::slice::from_ref(&who));
        let offence = [OffenceDetails { offender: (who.clone(), ()), reporters: vec![] }];
        let session = T::Sessions::current();

        #[block]
        {
            let _ = <Pallet<T> as OnOffenceHandler<T::AccountId, (T::AccountId, ()), Weight>>::on_offence(
                &offence,
                &[Perbill::from_percent(50)],
                session,
            );
        }

        let one = RetiredOnes::<T>::get(&who).expect("an equivocator stands no more; qed");
        assert_eq!((one.cause, one.stake), (Cause::Equivocated, stake::<T>() - stake::<T>() / 2));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::ExtBuilder::default().build(), crate::mock::Test);
}
