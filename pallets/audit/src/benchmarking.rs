//! What the call costs: the benchmark of [`WeightInfo`](crate::WeightInfo). `scripts/weights` runs it.

use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use talka_primitives::{audit::AuditRules, jury::MAX_JURORS};

use crate::{Call, Config, Pallet, Rules};

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_rules() -> Result<(), BenchmarkError> {
        let origin = T::GovernanceOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let rules = AuditRules { jurors: MAX_JURORS, ..AuditRules::default() };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, rules);

        assert_eq!(Rules::<T>::get(), rules);
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
