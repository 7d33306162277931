#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod api;
mod attesters;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod calls;
mod credits;
mod errors;
mod events;
pub mod index;
mod outbox;
mod totals;
mod try_state;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

use frame_support::pallet_macros::import_section;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use totals::Totals;
pub use weights::WeightInfo;

#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
    use core::marker::PhantomData;
    use frame_support::{dispatch::PostDispatchInfo, pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use talka_primitives::{
        bridge::{
            deposits, Attestation, Attested, Bucket, Contracts, Deposit, EthereumAddress, Frontier, Hash,
            Limits, MAX_AHEAD,
        },
        traits::{Requests, Seats},
        Balance,
    };

    use crate::{Totals, WeightInfo};

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId: From<[u8; 32]>>
    {
        /// The token that moves between the chains.
        type Currency: fungible::Inspect<Self::AccountId, Balance = Balance>
            + fungible::Mutate<Self::AccountId>
            + fungible::Balanced<Self::AccountId>;

        /// The validators, who attest to deposits.
        type Validators: Seats<Self::AccountId>;

        /// What messages that come with deposits ask for.
        type Requests: Requests<Self::AccountId>;

        /// Who may name the contracts. The choice of the vault decides what money is.
        type ContractsOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Who may set the limits.
        type LimitsOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Where the price of messages goes.
        type AuditFund: Get<Self::AccountId>;

        /// What a withdrawal costs beside its amount, in units of TLK: nodes keep messages for ever. Not less than the balance
        /// that keeps an account alive.
        #[pallet::constant]
        type MessagePrice: Get<Balance>;

        /// What the calls and the hooks cost.
        type WeightInfo: WeightInfo;

        /// What the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
    }

    /// Deposits that one call credits: at most as many as validators attest to ahead.
    pub type Batch = BoundedVec<Deposit, ConstU32<MAX_AHEAD>>;

    /// The contracts on Ethereum. They are named once.
    #[pallet::storage]
    #[pallet::storage_prefix = "Contracts"]
    pub type NamedContracts<T: Config> = StorageValue<_, Contracts, OptionQuery>;

    /// What governance has decided.
    #[pallet::storage]
    #[pallet::storage_prefix = "Limits"]
    pub type CurrentLimits<T: Config> = StorageValue<_, Limits, ValueQuery>;

    /// What can still be credited.
    #[pallet::storage]
    #[pallet::storage_prefix = "Bucket"]
    pub type DailyBucket<T: Config> = StorageValue<_, Bucket, ValueQuery>;

    /// The account that attests for each validator that has named one.
    ///
    /// Blake2_128Concat: accounts are chosen by users, who could aim them at one branch of the trie.
    #[pallet::storage]
    pub type Attesters<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

    /// The validator that each of these accounts attests for.
    ///
    /// Blake2_128Concat: accounts are chosen by users, who could aim them at one branch of the trie.
    #[pallet::storage]
    pub type AttestsFor<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

    /// What each validator has attested to lately. Those that have lost their seats are dropped when a session begins.
    ///
    /// Twox64Concat: only accounts that were elected are in it.
    #[pallet::storage]
    pub type Attestations<T: Config> = StorageMap<_, Twox64Concat, T::AccountId, Attested, ValueQuery>;

    /// The session for whose validators the attestations are.
    #[pallet::storage]
    pub type AttestedIn<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The deposits that are credited or parked: all before this number.
    #[pallet::storage]
    #[pallet::storage_prefix = "Credited"]
    pub type CreditedDeposits<T: Config> = StorageValue<_, Attestation, ValueQuery>;

    /// What could not be credited, by the account that it is for, in units of TLK. Not bounded: never walked through. Each entry
    /// has cost its sender a deposit on Ethereum.
    ///
    /// Blake2_128Concat: accounts are chosen by users, who could aim them at one branch of the trie.
    #[pallet::storage]
    #[pallet::storage_prefix = "Parked"]
    pub type ParkedAmounts<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Balance, OptionQuery>;

    /// All that was credited, withdrawn and parked.
    #[pallet::storage]
    #[pallet::storage_prefix = "Totals"]
    pub type AllTotals<T: Config> = StorageValue<_, Totals, ValueQuery>;

    /// The right edge of the tree of messages to Ethereum.
    #[pallet::storage]
    pub type Outbox<T: Config> = StorageValue<_, Frontier, ValueQuery>;

    /// The root of the outbox at the end of the last block that sent a message; zeros before the first. Written at the end of a
    /// block only: what a block reads here is what its parent left.
    #[pallet::storage]
    pub type OutboxRoot<T: Config> = StorageValue<_, Hash, ValueQuery>;

    /// Whether this block has sent a message.
    #[pallet::storage]
    #[pallet::whitelist_storage]
    pub type Grown<T: Config> = StorageValue<_, bool, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The contracts on Ethereum; without them, governance names them later.
        pub contracts: Option<Contracts>,
        /// The limits, until governance changes them.
        pub limits: Limits,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let limits = self.limits;
            assert!(limits.are_sound(), "genesis: the limits of the bridge contradict: {limits:?}");
            CurrentLimits::<T>::put(limits);
            if let Some(contracts) = self.contracts {
                assert!(contracts.are_sound(), "genesis: there cannot be such contracts: {contracts:?}");
                Pallet::<T>::bind_to(contracts);
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Name the contracts on Ethereum, for good. For governance.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_contracts())]
        pub fn set_contracts(origin: OriginFor<T>, contracts: Contracts) -> DispatchResult {
            T::ContractsOrigin::ensure_origin(origin)?;
            Self::do_set_contracts(contracts)
        }

        /// Set how much is credited in a day, and withdrawn at once. For governance.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_limits())]
        pub fn set_limits(origin: OriginFor<T>, limits: Limits) -> DispatchResult {
            T::LimitsOrigin::ensure_origin(origin)?;
            Self::do_set_limits(limits)
        }

        /// Name the account that attests for the caller, or take it back. It has no other right, and the caller can attest by
        /// itself all the same. What was attested for the caller before counts no more. For candidates and validators.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_attester())]
        pub fn set_attester(origin: OriginFor<T>, key: Option<T::AccountId>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_attester(who, key)
        }

        /// Attest to the deposits on Ethereum: their number and their accumulator. For validators and the accounts
        /// that attest for them. The fee is given back where the attestation counts.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::attest(T::Validators::max_seats()))]
        pub fn attest(origin: OriginFor<T>, attestation: Attestation) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            let seats = Self::do_attest(who, attestation)?;
            let actual_weight = Some(T::WeightInfo::attest(seats));
            Ok(PostDispatchInfo { actual_weight, pays_fee: Pays::No })
        }

        /// Credit deposits, in their order: from the next one on, up to a number that enough validators attest to. Anybody may
        /// call; the fee is given back where they are credited. What cannot be credited at once waits to be claimed.
        #[pallet::call_index(4)]
        #[pallet::weight(Pallet::<T>::weight_of_credit(deposits))]
        pub fn credit(origin: OriginFor<T>, deposits: Batch) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Self::do_credit(&deposits)?;
            Ok(Pays::No.into())
        }

        /// Credit what is parked for an account. Anybody may call, also for an account that does not exist yet.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::claim_parked())]
        pub fn claim_parked(origin: OriginFor<T>, who: T::AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_claim_parked(who)
        }

        /// Withdraw to Ethereum: the vault pays the amount there, the tip out of it to who claims it. The price of a message is
        /// paid beside the amount.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::withdraw())]
        pub fn withdraw(
            origin: OriginFor<T>,
            to: EthereumAddress,
            amount: Balance,
            tip: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw(&who, to, amount, tip)?;
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::drop_those_that_left()
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            Self::close_outbox();
        }

        fn integrity_test() {
            let least = <T::Currency as fungible::Inspect<_>>::minimum_balance();
            assert!(T::MessagePrice::get() >= least, "the price of a message must be payable");
            assert!(T::Validators::max_seats() > 0, "somebody must be able to attest");
            let limit = T::BlockWeights::get().get(DispatchClass::Normal).max_extrinsic;
            let most = Self::weight_of_credits(MAX_AHEAD, MAX_AHEAD * deposits::MAX_MESSAGE, MAX_AHEAD);
            assert!(
                limit.is_none_or(|limit| most.all_lte(limit)),
                "all that can be accepted at once must fit into one transaction"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }
}
