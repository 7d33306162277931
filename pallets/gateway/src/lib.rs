#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod api;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod calls;
mod money;
mod requests;
mod try_state;
mod types;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

use sp_runtime::SaturatedConversion;
use talka_primitives::BlockNumber;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use types::Refusal;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use talka_primitives::{
        bridge::{EthereumAddress, Outcome},
        deposit,
        gateway::{PendingCall, Pools as PoolList},
        manifest::MAX_MANIFEST_BYTES,
        traits::{ErrorBounds, Outbox, Quotes, Results},
        Balance, BlockNumber, CallId, DealId, StoragePrice,
    };

    use crate::{Refusal, WeightInfo};

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId: From<[u8; 32]>>
    {
        /// The token in which contracts pay.
        type Currency: fungible::Inspect<Self::AccountId, Balance = Balance>
            + fungible::Mutate<Self::AccountId>
            + fungible::MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// What holds are for, in the whole runtime.
        type RuntimeHoldReason: From<HoldReason>;

        /// Where deals are made.
        type Market: Quotes<Self::AccountId>;

        /// How tasks end.
        type Results: Results;

        /// How wrong results can be.
        type ErrorBounds: ErrorBounds;

        /// The way of answers and money to Ethereum.
        type Outbox: Outbox<Self::AccountId>;

        /// Who names the pools for orders that name none.
        type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Where the price of answers goes.
        type AuditFund: Get<Self::AccountId>;

        /// The least amount for which something is ordered, in units of TLK. What comes with less is not answered: it lies on
        /// the contract's account.
        #[pallet::constant]
        type LeastAmount: Get<Balance>;

        /// What an answer costs, in units of TLK: it is taken when the order comes, whatever becomes of it. It pays for the
        /// report as well, which is free of fee.
        #[pallet::constant]
        type AnswerPrice: Get<Balance>;

        /// The least amount that is sent back to Ethereum, in units of TLK: to claim less is not worth its gas.
        #[pallet::constant]
        type LeastReturn: Get<Balance>;

        /// How long an order is waited for beside twice the least time of its task, in blocks.
        #[pallet::constant]
        type Patience: Get<BlockNumber>;

        /// What is held for what the chain has to remember.
        type StoragePrice: Get<StoragePrice>;

        /// What the calls cost, and what an order costs.
        type WeightInfo: WeightInfo;

        /// What the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
    }

    /// A manifest as it is shown.
    pub type ShownManifest = BoundedVec<u8, ConstU32<{ MAX_MANIFEST_BYTES as u32 }>>;

    /// Why money of an account is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The account belongs to a contract whose calls the chain has to remember.
        Call,
    }

    /// The calls that were not answered. Identity: identifiers are hashes of what the chain of deposits counts.
    #[pallet::storage]
    pub type Calls<T: Config> = StorageMap<_, Identity, CallId, PendingCall, OptionQuery>;

    /// The pools that are asked where an order names none.
    #[pallet::storage]
    pub type Pools<T: Config> = StorageValue<_, PoolList, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A deal was made of an order.
        Ordered {
            /// The call.
            call: CallId,
            /// Who has ordered.
            requester: EthereumAddress,
            /// The account that pays.
            account: T::AccountId,
            /// The deal.
            deal: DealId,
        },
        /// No deal was made of an order. The call has failed, and its money goes back.
        Refused {
            /// The call.
            call: CallId,
            /// Who has ordered.
            requester: EthereumAddress,
            /// Why.
            reason: Refusal,
        },
        /// An order came with less than the constant `LeastAmount`. It is not answered. The amount lies on the account of who has
        /// ordered.
        Parked {
            /// The deposit that brought it.
            nonce: u64,
            /// Who has ordered.
            requester: EthereumAddress,
            /// What came with it, in units of TLK.
            amount: Balance,
        },
        /// A call was answered.
        Answered {
            /// The call.
            call: CallId,
            /// How.
            outcome: Outcome,
            /// The place of the answer in the outbox.
            index: u32,
        },
        /// What lay free on the account of a contract goes back to it.
        Returned {
            /// The contract.
            requester: EthereumAddress,
            /// How much, in units of TLK.
            amount: Balance,
            /// The place of the withdrawal in the outbox.
            index: u32,
        },
        /// What lies free on the account of a contract could not go back now. Anybody can `sweep` it later.
        NotReturned {
            /// The contract.
            requester: EthereumAddress,
            /// Why not.
            error: DispatchError,
        },
        /// Governance has named the pools for orders that name none.
        PoolsSet {
            /// In the order in which they are asked.
            pools: PoolList,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No call with this identifier waits for an answer: it was answered, or its deposit was not credited yet, or was below
        /// `LeastAmount`. Look at the event `Answered`, and at what the bridge has credited.
        UnknownCall,
        /// The task of the call has not ended. Report the call when it has.
        NotOver,
        /// The manifest does not have the digest of the task's result. Fetch the manifest under the digest that the chain shows.
        WrongManifest,
        /// Less than `LeastReturn` lies free on the account of this address. Wait until more does: what is held for a deal comes
        /// back when the chain forgets it.
        NothingToReturn,
        /// One pool is named twice. Name each once.
        PoolNamedTwice,
        /// The contracts on Ethereum have not been named. Governance has to name them first.
        NoContracts,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Answer a call whose task has ended, and send back what is left of its money. Anybody may call it, and pays nothing
        /// where it is right.
        ///
        /// Where the task was completed, the manifest of its result is needed: it says how the app ended, and what it wrote for
        /// the caller. Otherwise the manifest is not looked at.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::report(manifest.len() as u32))]
        pub fn report(
            origin: OriginFor<T>,
            call: CallId,
            manifest: ShownManifest,
        ) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Self::do_report(call, &manifest)?;
            Ok(Pays::No.into())
        }

        /// Send back what lies free on the account of an address: to that address, by a withdrawal. Anybody may call it, and pays
        /// nothing where there is something.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::sweep())]
        pub fn sweep(origin: OriginFor<T>, requester: EthereumAddress) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Self::do_sweep(requester)?;
            Ok(Pays::No.into())
        }

        /// Name the pools for orders that name none: the cheapest of them that can execute an order gets it. Governance only.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_pools())]
        pub fn set_pools(origin: OriginFor<T>, pools: PoolList) -> DispatchResult {
            T::GovernanceOrigin::ensure_origin(origin)?;
            Self::do_set_pools(pools)?;
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let least = <T::Currency as fungible::Inspect<T::AccountId>>::minimum_balance();
            let remembered = T::StoragePrice::get().of(deposit::CALL);
            let answered = T::AnswerPrice::get().saturating_add(remembered).saturating_add(least);
            assert!(T::AnswerPrice::get() >= least, "the price of an answer can be paid to anybody");
            assert!(T::LeastAmount::get() >= answered, "every order that is looked at can be answered");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }
}
