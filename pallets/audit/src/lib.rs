#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod api;
mod audits;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod calls;
mod try_state;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::WeightInfo;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use talka_primitives::{
        asset::MaxCategories,
        audit::{AuditRules, Kind},
        bound::Findings,
        gate::Gate,
        CategoryId,
    };

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Who may set the rules.
        type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// What the call costs.
        type WeightInfo: WeightInfo;
    }

    /// What governance has decided.
    #[pallet::storage]
    pub type Rules<T> = StorageValue<_, AuditRules, ValueQuery>;

    /// What was counted. Hasher: governance chooses the categories, of which there are 32.
    #[pallet::storage]
    pub type Counts<T> = StorageMap<_, Twox64Concat, Kind, Findings, ValueQuery>;

    /// Each category's gate: its clock, and when it opens. Hasher: as for the counts.
    #[pallet::storage]
    pub type Gates<T> = StorageMap<_, Twox64Concat, CategoryId, Gate, ValueQuery>;

    /// In which categories each worker has a pass to work alone. Hasher: anybody can make account ids, so it resists
    /// collisions.
    #[pallet::storage]
    pub type Passes<T: Config> =
        StorageMap<_, Blake2_128Concat, T::AccountId, BoundedBTreeSet<CategoryId, MaxCategories>, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The rules; the defaults where there are none.
        pub rules: Option<AuditRules>,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            if let Some(rules) = self.rules {
                assert!(Pallet::<T>::do_set_rules(rules).is_ok(), "genesis: {rules:?} are not sound");
            }
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A worker was given a pass to work alone in a category.
        PassGranted {
            /// The category.
            category: CategoryId,
            /// The worker.
            worker: T::AccountId,
        },
        /// A worker was convicted and lost its passes, in all categories.
        PassesRevoked {
            /// The worker.
            worker: T::AccountId,
        },
        /// A worker that worked alone was convicted. No passes are given in the category for some time.
        GateClosed {
            /// The category.
            category: CategoryId,
            /// Where the gate's clock stands when it opens again, in results at the floor's value.
            opens: u64,
        },
        /// Governance has set the rules.
        RulesSet {
            /// The new rules.
            rules: AuditRules,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The young must be audited at 1 to 20 %, a jury has 1 to 31 seats and an odd number of them, and the gate counts
        /// to a billion at most. Give such rules.
        UnsoundRules,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Set the rules of audits, juries and the gate. For governance. A category's own rate is set with the category.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_rules())]
        pub fn set_rules(origin: OriginFor<T>, rules: AuditRules) -> DispatchResult {
            T::GovernanceOrigin::ensure_origin(origin)?;
            Self::do_set_rules(rules)
        }
    }
}
