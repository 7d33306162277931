//! What the calls cost: a benchmark for each function of [`WeightInfo`](crate::WeightInfo), at its worst case.
//! `scripts/weights` runs them.

use alloc::{boxed::Box, vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{EnsureOrigin, Get},
    BoundedVec,
};
use sp_runtime::traits::{Hash as _, Zero};

use crate::{Call, Config, List, Listing, ListingOf, Pallet};

/// A listing of this hash, which can be enacted for some blocks more.
fn listing<T: Config>(call_hash: T::Hash) -> ListingOf<T> {
    Listing { call_hash, from: Zero::zero(), until: 1_000u32.into() }
}

/// The list has as many calls, and at last one with this hash.
fn fill<T: Config>(others: u32, call_hash: T::Hash) {
    let others = (0..others).map(|one| T::Hashing::hash_of(&one));
    let all: Vec<_> = others.chain([call_hash]).map(listing::<T>).collect();
    List::<T>::put(BoundedVec::truncate_from(all));
}

fn is_listed<T: Config>(call_hash: T::Hash) -> bool {
    List::<T>::get().iter().any(|listing| listing.call_hash == call_hash)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn list() -> Result<(), BenchmarkError> {
        let origin = T::ListOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let call_hash = T::Hashing::hash_of(&"new");
        let most = T::MaxListed::get();
        if most > 1 {
            fill::<T>(most.saturating_sub(2), T::Hashing::hash_of(&"before"));
        }

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, call_hash);

        assert!(is_listed::<T>(call_hash));
        assert_eq!(List::<T>::get().len() as u32, most);
        Ok(())
    }

    #[benchmark]
    fn unlist() -> Result<(), BenchmarkError> {
        let origin = T::ListOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let call_hash = T::Hashing::hash_of(&"last");
        fill::<T>(T::MaxListed::get().saturating_sub(1), call_hash);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, call_hash);

        assert!(!is_listed::<T>(call_hash));
        Ok(())
    }

    /// What is dispatched does nothing, and is as long as the parameter says: what a call costs itself is charged beside.
    #[benchmark]
    fn enact(b: Linear<0, 65_536>) -> Result<(), BenchmarkError> {
        let origin = T::EnactOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let call = T::RuntimeCall::from(frame_system::Call::<T>::remark { remark: vec![0; b as usize] });
        let call_hash = T::Hashing::hash_of(&call);
        fill::<T>(T::MaxListed::get().saturating_sub(1), call_hash);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Box::new(call));

        assert!(!is_listed::<T>(call_hash));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(None), crate::mock::Test);
}
