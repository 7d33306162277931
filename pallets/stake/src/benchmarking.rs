//! What the calls cost: a benchmark for each function of [`WeightInfo`](crate::WeightInfo), at its worst case.
//! `scripts/weights` runs them.

use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, EnsureOrigin, Get};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use talka_primitives::{
    merit::{MeritRules, HALF_LIFE},
    odds::RIPENING,
    Balance,
};

use crate::{Call, Config, Ledgers, Pallet, ReputationRules};

/// More than all bonds here.
const PLENTY: Balance = 1 << 80;

/// The caller, with money.
fn rich<T: Config>() -> T::AccountId
where
    T::Currency: Mutate<T::AccountId>,
{
    let who = whitelisted_caller();
    T::Currency::set_balance(&who, PLENTY);
    who
}

/// The caller, with a bond of which as many parts are on their way back.
fn bonded<T: Config>(parts: u32) -> Result<T::AccountId, BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    let who = rich::<T>();
    Pallet::<T>::do_bond(who.clone(), T::MinBond::get() + Balance::from(T::MaxUnbonding::get()))?;
    for _ in 0..parts {
        Pallet::<T>::do_unbond(who.clone(), 1)?;
    }
    Ok(who)
}

/// What an account has bonded, and in how many parts something comes back.
fn state_of<T: Config>(who: &T::AccountId) -> (Balance, u32) {
    let ledger = Ledgers::<T>::get(who).unwrap_or_default();
    (ledger.bond, ledger.unbonding.len() as u32)
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn bond() -> Result<(), BenchmarkError> {
        let who = bonded::<T>(T::MaxUnbonding::get())?;
        let (before, parts) = state_of::<T>(&who);
        let amount = T::MinBond::get();

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), amount);

        assert_eq!(state_of::<T>(&who), (before + amount, parts));
        Ok(())
    }

    #[benchmark]
    fn unbond() -> Result<(), BenchmarkError> {
        let who = bonded::<T>(T::MaxUnbonding::get() - 1)?;
        let (before, parts) = state_of::<T>(&who);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), 1);

        assert_eq!(state_of::<T>(&who), (before - 1, parts + 1));
        Ok(())
    }

    #[benchmark]
    fn withdraw(c: Linear<1, { T::MaxUnbonding::get() }>) -> Result<(), BenchmarkError> {
        let who = bonded::<T>(c)?;
        let (before, _) = state_of::<T>(&who);
        let later = T::UnbondingPeriod::get().saturating_add(1);
        frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::from(later));

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));

        assert_eq!(state_of::<T>(&who), (before, 0));
        Ok(())
    }

    #[benchmark]
    fn set_rules() -> Result<(), BenchmarkError> {
        let origin = T::GovernanceOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let rules = MeritRules { yardstick: 7, half_life: HALF_LIFE, ripening: RIPENING };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, rules);

        assert_eq!(ReputationRules::<T>::get(), rules);
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::ExtBuilder::default().build(), crate::mock::Test);
}
