//! What the calls and the hooks cost: a benchmark for each function of [`WeightInfo`](crate::WeightInfo), at its worst case.
//! `scripts/weights` runs them.

use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, EnsureOrigin};
use frame_system::RawOrigin;
use talka_primitives::{
    audit::Assurance,
    bridge::{
        deposits::{follow, MAX_MESSAGE},
        Attestation, Attested, Contracts, Deposit, EthereumAddress, Limits, Outcome, ResultBody, MAX_AHEAD,
    },
    traits::{Outbox as _, Seats},
    Balance, Digest,
};

use crate::{
    AllTotals, Attestations, AttestedIn, Attesters, AttestsFor, Batch, Call, Config, CreditedDeposits,
    CurrentLimits, NamedContracts, Outbox, Pallet, ParkedAmounts,
};

/// What the benchmarks need of other pallets.
pub trait BenchmarkHelper<AccountId> {
    /// A session begins with these validators.
    fn seat(validators: &[AccountId]);
}

/// More than all that is withdrawn here.
const PLENTY: Balance = 1 << 80;

/// What one deposit is of.
const AMOUNT: Balance = 1 << 30;

const CONTRACTS: Contracts =
    Contracts { chain_id: 1, vault: EthereumAddress([1; 20]), gateway: EthereumAddress([2; 20]) };

fn bind<T: Config>() -> Result<(), BenchmarkError> {
    Pallet::<T>::do_set_contracts(CONTRACTS)?;
    Ok(())
}

/// Seats for `seats` validators, the last of them with an attester.
fn seated<T: Config>(seats: u32) -> (Vec<T::AccountId>, T::AccountId) {
    let validators: Vec<T::AccountId> = (0..seats).map(|one| account("validator", one, 0)).collect();
    T::BenchmarkHelper::seat(&validators);
    Pallet::<T>::drop_those_that_left();
    let attester = account("attester", 0, 0);
    if let Some(last) = validators.last() {
        Pallet::<T>::put_attester(last, Some(&attester));
    }
    (validators, attester)
}

/// As many attestations as are remembered, the last of them this one.
fn attested(last: Attestation) -> Attested {
    let before = (1..4)
        .rev()
        .map(|age| Attestation { deposits: last.deposits.saturating_sub(age), accumulator: [age as u8; 32] });
    Attested::truncate_from(before.chain([last]).collect())
}

/// `number` deposits for as many accounts that do not exist yet. Their messages have `bytes` bytes together.
fn deposits(number: u32, bytes: u32) -> Batch {
    let deposit = |nonce: u32| {
        let mut to = [7; 32];
        to[..4].copy_from_slice(&nonce.to_be_bytes());
        let message = vec![7; (bytes / number) as usize];
        Deposit { nonce: nonce.into(), sender: EthereumAddress([3; 20]), to, amount: AMOUNT, message }
    };
    Batch::truncate_from((0..number).map(deposit).collect())
}

/// Messages after the one that is sent here: it completes a tree at each of ten levels. More of them take long to make.
const FULL: u32 = 1 << 10;

/// All but one of as many messages are there.
fn fill<T: Config>() -> Result<(), BenchmarkError> {
    let mut outbox = Outbox::<T>::get();
    for _ in 1..FULL {
        outbox.append([7; 32], |_| ()).ok_or(BenchmarkError::Stop("the outbox is not full"))?;
    }
    Outbox::<T>::put(outbox);
    Ok(())
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_contracts() -> Result<(), BenchmarkError> {
        let origin = T::ContractsOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, CONTRACTS);

        assert_eq!(NamedContracts::<T>::get(), Some(CONTRACTS));
        Ok(())
    }

    #[benchmark]
    fn set_limits() -> Result<(), BenchmarkError> {
        let origin = T::LimitsOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let limits = Limits { bucket: 7, withdrawal: 5 };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, limits);

        assert_eq!(CurrentLimits::<T>::get(), limits);
        Ok(())
    }

    /// Another account than the one that attested before.
    #[benchmark]
    fn set_attester() -> Result<(), BenchmarkError> {
        let who: T::AccountId = whitelisted_caller();
        T::BenchmarkHelper::seat(core::slice::from_ref(&who));
        let (former, next): (T::AccountId, T::AccountId) = (account("key", 0, 0), account("key", 1, 0));
        Pallet::<T>::put_attester(&who, Some(&former));
        Pallet::<T>::put_attested(&who, attested(Attestation { deposits: 9, accumulator: [9; 32] }));

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), Some(next.clone()));

        assert_eq!(Attesters::<T>::get(&who), Some(next));
        assert!(!AttestsFor::<T>::contains_key(&former) && !Attestations::<T>::contains_key(&who));
        Ok(())
    }

    /// By the attester of the last validator, whose vote decides.
    #[benchmark]
    fn attest(s: Linear<1, { T::Validators::max_seats() }>) -> Result<(), BenchmarkError> {
        bind::<T>()?;
        let (validators, attester) = seated::<T>(s);
        let what = Attestation { deposits: 9, accumulator: [9; 32] };
        for validator in validators.iter().rev().skip(1) {
            Pallet::<T>::put_attested(validator, attested(what));
        }

        #[extrinsic_call]
        _(RawOrigin::Signed(attester), what);

        assert_eq!(Pallet::<T>::bridge_state().accepted, what);
        Ok(())
    }

    /// For accounts that do not exist yet; and what a message asks for is not done here.
    #[benchmark]
    fn credit(
        d: Linear<1, MAX_AHEAD>,
        b: Linear<0, { MAX_AHEAD * MAX_MESSAGE }>,
        s: Linear<1, { T::Validators::max_seats() }>,
    ) -> Result<(), BenchmarkError> {
        bind::<T>()?;
        let (validators, _) = seated::<T>(s);
        let deposits = deposits(d, b.min(d * MAX_MESSAGE));
        let after = follow(CreditedDeposits::<T>::get(), &deposits)
            .map_err(|_| BenchmarkError::Stop("the deposits are in order"))?;
        for validator in &validators {
            Pallet::<T>::put_attested(validator, attested(after));
        }
        let who: T::AccountId = whitelisted_caller();

        #[extrinsic_call]
        _(RawOrigin::Signed(who), deposits);

        assert_eq!(CreditedDeposits::<T>::get(), after);
        Ok(())
    }

    #[benchmark]
    fn claim_parked() -> Result<(), BenchmarkError> {
        bind::<T>()?;
        let who: T::AccountId = whitelisted_caller();
        let to: T::AccountId = account("receiver", 0, 0);
        ParkedAmounts::<T>::insert(&to, AMOUNT);
        AllTotals::<T>::mutate(|totals| totals.parked = AMOUNT);

        #[extrinsic_call]
        _(RawOrigin::Signed(who), to.clone());

        assert!(!ParkedAmounts::<T>::contains_key(&to));
        Ok(())
    }

    /// The message completes as many trees as it can, and the block ends.
    #[benchmark]
    fn withdraw() -> Result<(), BenchmarkError> {
        bind::<T>()?;
        let who: T::AccountId = whitelisted_caller();
        T::Currency::set_balance(&who, PLENTY);
        AllTotals::<T>::mutate(|totals| totals.credited = PLENTY);
        fill::<T>()?;
        let amount = CurrentLimits::<T>::get().withdrawal;
        let sent;

        #[block]
        {
            sent = Pallet::<T>::do_withdraw(&who, EthereumAddress([3; 20]), amount, amount);
            Pallet::<T>::close_outbox();
        }

        assert!(sent.is_ok());
        assert_eq!(Outbox::<T>::get().count(), FULL);
        Ok(())
    }

    #[benchmark]
    fn send_result() -> Result<(), BenchmarkError> {
        bind::<T>()?;
        fill::<T>()?;
        let result = ResultBody {
            call: [1; 32],
            outcome: Outcome::Completed,
            assurance: Assurance::Adjudicated,
            error_bound: 7,
            digest: Digest([2; 32]),
            payload_hash: [3; 32],
        };
        let sent;

        #[block]
        {
            sent = Pallet::<T>::send_result(result);
            Pallet::<T>::close_outbox();
        }

        assert!(sent.is_ok());
        assert_eq!(Outbox::<T>::get().count(), FULL);
        Ok(())
    }

    #[benchmark]
    fn look_at_session() {
        #[block]
        {
            Pallet::<T>::drop_those_that_left();
            Pallet::<T>::close_outbox();
        }

        assert_eq!(AttestedIn::<T>::get(), T::Validators::session());
    }

    #[benchmark]
    fn drop_attestations(n: Linear<0, { T::Validators::max_seats() }>) {
        seated::<T>(0);
        for one in 0..n {
            let former: T::AccountId = account("former", one, 0);
            Pallet::<T>::put_attested(&former, attested(Attestation { deposits: 9, accumulator: [9; 32] }));
        }
        AttestedIn::<T>::put(T::Validators::session().wrapping_add(1));

        #[block]
        {
            Pallet::<T>::drop_those_that_left();
        }

        assert!(Attestations::<T>::iter_keys().next().is_none());
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
