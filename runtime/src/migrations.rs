//! How the state of the version before becomes that of this one.
//!
//! Migrations run in the first block after an upgrade, before anything else. A release names those that it needs, in the
//! order in which they run; the next one drops them. Each is a `VersionedMigration`, so that it runs once, and has its
//! test in `tests/migrations.rs`, which checks all of the state before and after, as try-runtime does.

/// Those of this release: none, because no network runs an earlier one.
#[cfg(not(feature = "successor"))]
pub type Migrations = ();

/// Those of the made-up release after this one, which the tests upgrade a living network to.
#[cfg(feature = "successor")]
pub type Migrations = (successor::RaiseLeastStake,);

#[cfg(any(test, feature = "successor"))]
pub(crate) mod successor {
    use frame_support::{migrations::VersionedMigration, traits::UncheckedOnRuntimeUpgrade, weights::Weight};
    use talka_pallet_validators::{ElectionRules, Pallet};

    use crate::{constants::currency::TLK, Runtime};

    /// The least stake of a candidate grows by one TLK.
    pub type RaiseLeastStake =
        VersionedMigration<0, 1, Raise, Pallet<Runtime>, <Runtime as frame_system::Config>::DbWeight>;

    pub struct Raise;

    impl UncheckedOnRuntimeUpgrade for Raise {
        fn on_runtime_upgrade() -> Weight {
            ElectionRules::<Runtime>::mutate(|rules| rules.min_stake = rules.min_stake.saturating_add(TLK));
            <Runtime as frame_system::Config>::DbWeight::get().reads_writes(1, 1)
        }

        #[cfg(feature = "checks")]
        fn pre_upgrade() -> Result<alloc::vec::Vec<u8>, sp_runtime::TryRuntimeError> {
            Ok(codec::Encode::encode(&ElectionRules::<Runtime>::get()))
        }

        #[cfg(feature = "checks")]
        fn post_upgrade(before: alloc::vec::Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
            let before: talka_primitives::election::Rules =
                codec::Decode::decode(&mut &before[..]).map_err(|_| "the rules of before cannot be read")?;
            let after = ElectionRules::<Runtime>::get();
            frame_support::ensure!(after.min_stake == before.min_stake + TLK, "the least stake did not grow");
            Ok(())
        }
    }
}
