#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

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
    use alloc::boxed::Box;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;

    use crate::WeightInfo;

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Who may list a call, and take it off the list.
        type ListOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Who may have a listed call dispatched as root.
        type EnactOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Blocks from listing a call to the first in which it can be enacted, where the genesis says nothing else.
        #[pallet::constant]
        type DefaultDelay: Get<BlockNumberFor<Self>>;

        /// For how many blocks after the delay a call can be enacted.
        #[pallet::constant]
        type Window: Get<BlockNumberFor<Self>>;

        /// Most calls that are listed at once.
        #[pallet::constant]
        type MaxListed: Get<u32>;

        /// What the calls cost.
        type WeightInfo: WeightInfo;
    }

    /// A call that can be enacted, now or later.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
    )]
    pub struct Listing<Hash, BlockNumber> {
        /// The hash of the encoded call.
        pub call_hash: Hash,
        /// The first block in which it can be enacted.
        pub from: BlockNumber,
        /// The last block in which it can be enacted.
        pub until: BlockNumber,
    }

    /// A listing on this chain.
    pub type ListingOf<T> = Listing<<T as frame_system::Config>::Hash, BlockNumberFor<T>>;

    /// The calls that are listed, in the order in which they were. Those whose time is over are dropped when the next one
    /// is listed.
    #[pallet::storage]
    #[pallet::storage_prefix = "Listings"]
    pub type List<T: Config> = StorageValue<_, BoundedVec<ListingOf<T>, T::MaxListed>, ValueQuery>;

    /// Blocks from listing a call to the first in which it can be enacted.
    #[pallet::storage]
    pub type Delay<T: Config> = StorageValue<_, BlockNumberFor<T>, ValueQuery, T::DefaultDelay>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Blocks from listing a call to enacting it; the constant `DefaultDelay` where there is none. Test chains have 0.
        pub delay: Option<BlockNumberFor<T>>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            if let Some(delay) = self.delay {
                Delay::<T>::put(delay);
            }
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A call was listed.
        Listed {
            /// The hash of the encoded call.
            call_hash: T::Hash,
            /// The first block in which it can be enacted.
            from: BlockNumberFor<T>,
            /// The last block in which it can be enacted.
            until: BlockNumberFor<T>,
        },
        /// A call was taken off the list.
        Unlisted {
            /// The hash of the encoded call.
            call_hash: T::Hash,
        },
        /// A listed call was dispatched as root.
        Enacted {
            /// The hash of the encoded call.
            call_hash: T::Hash,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The call is listed already. Enact it, or take it off the list first.
        AlreadyListed,
        /// As many calls are listed as there can be (the constant `MaxListed`). Take one off the list.
        TooManyListed,
        /// The call is not listed, or its time is over. List the hash of the encoded call.
        NotListed,
        /// The delay of the call is not over yet. Wait until the block that the event `Listed` told.
        TooEarly,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// List a call by the BLAKE2-256 of its encoding. For governance.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::list())]
        pub fn list(origin: OriginFor<T>, call_hash: T::Hash) -> DispatchResult {
            T::ListOrigin::ensure_origin(origin)?;
            Self::do_list(call_hash)
        }

        /// Take a call off the list. For governance.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::unlist())]
        pub fn unlist(origin: OriginFor<T>, call_hash: T::Hash) -> DispatchResult {
            T::ListOrigin::ensure_origin(origin)?;
            Self::do_unlist(call_hash)
        }

        /// Dispatch a call as root that was listed, and whose delay is over. For governance.
        #[pallet::call_index(2)]
        #[pallet::weight((
            T::WeightInfo::enact(call.encoded_size() as u32).saturating_add(call.get_dispatch_info().call_weight),
            call.get_dispatch_info().class,
        ))]
        pub fn enact(origin: OriginFor<T>, call: Box<T::RuntimeCall>) -> DispatchResult {
            T::EnactOrigin::ensure_origin(origin)?;
            Self::do_enact(*call)
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            assert!(T::MaxListed::get() > 0, "a call must be able to be listed");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }
}
