#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod api;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod calls;
mod deals;
mod deposits;
mod errors;
mod events;
mod market;
mod try_state;
pub mod types;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

use frame_support::pallet_macros::import_section;
use sp_runtime::SaturatedConversion;
use talka_primitives::BlockNumber;

pub use pallet::*;
pub use weights::WeightInfo;

#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
// A wallet shows one field for each argument of a call; a struct would be a box in a box.
#[allow(clippy::too_many_arguments)]
pub mod pallet {
    use alloc::vec::Vec;
    use codec::Encode;
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use talka_primitives::{
        asset::{Description, Name, Uris},
        deal::Periods,
        deposit::Footprint,
        matching::{Mismatch, Request},
        order::Subject,
        restriction::counts_workers,
        traits::{Dispatcher, Groups, Stake},
        view::Listed,
        App, AppId, Balance, BlockNumber, Category, CategoryId, ContentId, Dataset, DatasetId, Deal, DealId,
        Pool, PoolId, PoolPolicy, RuntimeClass, StoragePrice, Tags, Topic,
    };

    use crate::{
        api::DealKey,
        types::{Member, Size},
        WeightInfo,
    };

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The token that is paid with.
        type Currency: fungible::Inspect<Self::AccountId, Balance = Balance>
            + fungible::MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// What holds are for, in the whole runtime.
        type RuntimeHoldReason: From<HoldReason>;

        /// Who executes the tasks of deals.
        type Dispatcher: Dispatcher<Self::AccountId>;

        /// Who is a member of the groups to which orders are restricted.
        type Groups: Groups<Self::AccountId>;

        /// What stands behind a worker that joins a pool.
        type Stake: Stake<Self::AccountId>;

        /// Who may define categories.
        type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// The account of the audit fund, which always exists.
        #[pallet::constant]
        type AuditFund: Get<Self::AccountId>;

        /// Longest time from a request to its deadline, in blocks.
        #[pallet::constant]
        type MaxDuration: Get<BlockNumber>;

        /// What workers have beside the run time of a category.
        type Periods: Get<Periods>;

        /// Blocks from the announcement of a pool's policy until it is in force, where the pool has members; and of other limits of
        /// a category.
        #[pallet::constant]
        type PolicyNotice: Get<BlockNumber>;

        /// What is held for what the chain has to remember, as [`talka_primitives::deposit`] counts it. One item is not less
        /// than the balance that keeps an account alive, or costs nothing.
        #[pallet::constant]
        type StoragePrice: Get<StoragePrice>;

        /// What the calls cost.
        type WeightInfo: WeightInfo;

        /// What the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<Self::AccountId>;
    }

    /// Why money of an account is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The account has bought tasks that are not settled yet.
        Payment,
        /// The account operates a pool that has sold tasks which are not settled yet.
        Guarantee,
        /// The account has the chain remember something: what it has published, whom it has admitted, that it is a member of
        /// a pool, a deal.
        Deposit,
    }

    // The hashers. Identifiers are counted up by this pallet and cannot be aimed at a branch of the trie: Twox64Concat
    // is safe. Accounts are chosen by users, who could aim them: Blake2_128Concat.

    /// The apps that were published. Twox64Concat: the pallet counts the identifiers.
    #[pallet::storage]
    pub type Apps<T: Config> = StorageMap<_, Twox64Concat, AppId, App<T::AccountId>, OptionQuery>;

    /// The identifier of the app that is published next.
    #[pallet::storage]
    pub type NextAppId<T: Config> = StorageValue<_, AppId, ValueQuery>;

    /// The datasets that were published. Twox64Concat: the pallet counts the identifiers.
    #[pallet::storage]
    pub type Datasets<T: Config> = StorageMap<_, Twox64Concat, DatasetId, Dataset<T::AccountId>, OptionQuery>;

    /// The identifier of the dataset that is published next.
    #[pallet::storage]
    pub type NextDatasetId<T: Config> = StorageValue<_, DatasetId, ValueQuery>;

    /// The worker pools. Twox64Concat: the pallet counts the identifiers.
    #[pallet::storage]
    pub type Pools<T: Config> = StorageMap<_, Twox64Concat, PoolId, Pool<T::AccountId>, OptionQuery>;

    /// The identifier of the pool that is published next.
    #[pallet::storage]
    pub type NextPoolId<T: Config> = StorageValue<_, PoolId, ValueQuery>;

    /// To whom their owners have offered what they own. Twox64Concat: the pallet counts the identifiers.
    #[pallet::storage]
    pub type PendingOwners<T: Config> = StorageMap<_, Twox64Concat, Subject, T::AccountId, OptionQuery>;

    /// The sizes of task. Twox64Concat: governance chooses the identifiers, of which there are 32.
    #[pallet::storage]
    pub type Categories<T: Config> = StorageMap<_, Twox64Concat, CategoryId, Size, OptionQuery>;

    /// Whom the operators of pools have admitted, and the part of the pool's deposit that is held for it. Twox64Concat: the
    /// pallet counts the pools. Blake2_128Concat: users choose the accounts.
    #[pallet::storage]
    pub type Admissions<T: Config> =
        StorageDoubleMap<_, Twox64Concat, PoolId, Blake2_128Concat, T::AccountId, Balance, OptionQuery>;

    /// The pool that each worker has joined. Blake2_128Concat: users choose the accounts.
    #[pallet::storage]
    pub type Members<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Member, OptionQuery>;

    /// How many members each pool has. Twox64Concat: the pallet counts the pools.
    #[pallet::storage]
    pub type MemberCounts<T: Config> = StorageMap<_, Twox64Concat, PoolId, u32, ValueQuery>;

    /// How many deals of each app, dataset and pool have tasks that have not ended. Twox64Concat: the pallet counts the
    /// identifiers.
    #[pallet::storage]
    pub type OpenDeals<T: Config> = StorageMap<_, Twox64Concat, Subject, u32, ValueQuery>;

    /// The terms of the deals, until they are forgotten. Twox64Concat: the pallet counts the identifiers.
    #[pallet::storage]
    pub type Deals<T: Config> = StorageMap<_, Twox64Concat, DealId, Deal<T::AccountId>, OptionQuery>;

    /// The identifier of the deal that is made next.
    #[pallet::storage]
    pub type NextDealId<T: Config> = StorageValue<_, DealId, ValueQuery>;

    /// The deals of each requester. Blake2_128Concat: users choose the accounts. Identity: the pallet counts the deals,
    /// and their order is kept, so that pages of them can be read.
    #[pallet::storage]
    pub type DealsOf<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Identity, DealKey, (), OptionQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The sizes of task to begin with.
        pub categories: Vec<Listed<CategoryId, Category>>,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            for Listed { id, item } in &self.categories {
                assert!(!Categories::<T>::contains_key(id), "genesis: category {id} is there twice");
                let outcome = Pallet::<T>::do_set_category(*id, item.clone());
                assert!(outcome.is_ok(), "genesis: category {id} is not possible: {outcome:?}");
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Publish an app, to be bought at `price` per accepted task; without a price, by orders of its owner only. The
        /// caller owns it. A deposit is held of the caller until the app is withdrawn.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::publish_app((name, uris, description).encoded_size() as u32))]
        pub fn publish_app(
            origin: OriginFor<T>,
            name: Name,
            runtime: RuntimeClass,
            content: ContentId,
            uris: Uris,
            topic: Topic,
            tags: Tags,
            description: Description,
            price: Option<Balance>,
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_publish_app(App {
                owner,
                price,
                name,
                runtime,
                content,
                uris,
                topic,
                tags,
                description,
                deposit: 0,
            })?;
            Ok(())
        }

        /// Publish a dataset, to be bought at `price` per accepted task; without a price, by orders of its owner only.
        /// The caller owns it. A deposit is held of the caller until the dataset is withdrawn.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::publish_dataset((name, uris, description).encoded_size() as u32))]
        pub fn publish_dataset(
            origin: OriginFor<T>,
            name: Name,
            content: ContentId,
            uris: Uris,
            topic: Topic,
            tags: Tags,
            description: Description,
            price: Option<Balance>,
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_publish_dataset(Dataset {
                owner,
                price,
                name,
                content,
                uris,
                topic,
                tags,
                description,
                deposit: 0,
            })?;
            Ok(())
        }

        /// Publish a worker pool, to be joined by workers. The caller operates it. It serves no category before a price
        /// is set. A deposit is held of the caller until the pool is withdrawn.
        ///
        /// The pool sells nothing with which more than `guarantee_limit` would be held of the operator as guarantees, those
        /// for its other pools included. With a limit of zero it sells only what it sells for nothing.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::publish_pool(description.encoded_size() as u32))]
        pub fn publish_pool(
            origin: OriginFor<T>,
            description: Description,
            policy: PoolPolicy,
            tags: Tags,
            guarantee_limit: Balance,
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            let (announced, prices) = (None, Default::default());
            Self::do_publish_pool(Pool {
                owner,
                description,
                policy,
                announced,
                guarantee_limit,
                tags,
                prices,
                deposit: 0,
            })?;
            Ok(())
        }

        /// Set the price per accepted task of the caller's app; without a price it is sold by orders of its owner
        /// only. Existing deals keep their price.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_app_price())]
        pub fn set_app_price(origin: OriginFor<T>, app: AppId, price: Option<Balance>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_app_price(who, app, price)?;
            Ok(())
        }

        /// Set the price per accepted task of the caller's dataset; without a price it is sold by orders of its owner
        /// only. Existing deals keep their price.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::set_dataset_price())]
        pub fn set_dataset_price(
            origin: OriginFor<T>,
            dataset: DatasetId,
            price: Option<Balance>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_dataset_price(who, dataset, price)?;
            Ok(())
        }

        /// Set the price per accepted task of a category in the caller's pool; without a price it does not serve the
        /// category. Existing deals keep their price.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::set_pool_price())]
        pub fn set_pool_price(
            origin: OriginFor<T>,
            pool: PoolId,
            category: CategoryId,
            price: Option<Balance>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_pool_price(who, pool, category, price)?;
            Ok(())
        }

        /// Set the terms of the caller's pool for its workers: at once where it has no members, and else after the constant
        /// `PolicyNotice`, in which members can leave. Existing deals keep theirs, and members stay.
        ///
        /// Terms that were announced before are withdrawn. The terms that are in force are set at once, and so do nothing
        /// else.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::set_pool_policy())]
        pub fn set_pool_policy(origin: OriginFor<T>, pool: PoolId, policy: PoolPolicy) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_pool_policy(who, pool, policy)?;
            Ok(())
        }

        /// Offer the caller's app to another account. When that accepts, it owns the app, and is paid for future deals. The
        /// deposit goes along.
        ///
        /// One offer stands at a time. To offer the app to oneself withdraws the offer.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::transfer_app())]
        pub fn transfer_app(origin: OriginFor<T>, app: AppId, to: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_transfer_app(who, app, to)?;
            Ok(())
        }

        /// Offer the caller's dataset to another account. When that accepts, it owns the dataset, and is paid for future
        /// deals. The deposit goes along.
        ///
        /// One offer stands at a time. To offer the dataset to oneself withdraws the offer.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::transfer_dataset())]
        pub fn transfer_dataset(
            origin: OriginFor<T>,
            dataset: DatasetId,
            to: T::AccountId,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_transfer_dataset(who, dataset, to)?;
            Ok(())
        }

        /// Offer the caller's pool to another account. When that accepts, it owns the pool, and guarantees for future deals
        /// and is paid for them. The deposit goes along.
        ///
        /// One offer stands at a time. To offer the pool to oneself withdraws the offer.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::transfer_pool())]
        pub fn transfer_pool(origin: OriginFor<T>, pool: PoolId, to: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_transfer_pool(who, pool, to)?;
            Ok(())
        }

        /// Set the sources of the caller's app. The content id stays the same. The deposit changes with their length.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::set_app_uris(uris.encoded_size() as u32))]
        pub fn set_app_uris(origin: OriginFor<T>, app: AppId, uris: Uris) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_app_uris(who, app, uris)?;
            Ok(())
        }

        /// Set the sources of the caller's dataset. The content id stays the same. The deposit changes with their length.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::set_dataset_uris(uris.encoded_size() as u32))]
        pub fn set_dataset_uris(origin: OriginFor<T>, dataset: DatasetId, uris: Uris) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_dataset_uris(who, dataset, uris)?;
            Ok(())
        }

        /// Admit a worker to the caller's pool. The worker joins by itself. A deposit is held of the caller until it dismisses
        /// the worker.
        #[pallet::call_index(12)]
        #[pallet::weight(T::WeightInfo::admit())]
        pub fn admit(origin: OriginFor<T>, pool: PoolId, worker: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_admit(who, pool, worker)?;
            Ok(())
        }

        /// Join a pool as a worker. Its policy must be met: bond, score, admission. A worker is in one pool at a time. A
        /// deposit is held of it until it leaves.
        ///
        /// A worker that states the terms to which it agrees does not join where others are in force: those of a pool without members
        /// can change at once.
        #[pallet::call_index(13)]
        #[pallet::weight(T::WeightInfo::join_pool())]
        pub fn join_pool(origin: OriginFor<T>, pool: PoolId, terms: Option<PoolPolicy>) -> DispatchResult {
            let worker = ensure_signed(origin)?;
            Self::do_join_pool(worker, pool, terms)?;
            Ok(())
        }

        /// Leave the pool that the caller has joined. Refused while the caller executes a task.
        #[pallet::call_index(14)]
        #[pallet::weight(T::WeightInfo::leave_pool())]
        pub fn leave_pool(origin: OriginFor<T>) -> DispatchResult {
            let worker = ensure_signed(origin)?;
            Self::do_leave_pool(worker)?;
            Ok(())
        }

        /// Remove a worker from the caller's pool and revoke its admission. Refused while the worker executes a task.
        /// It can rejoin a pool with open admission.
        #[pallet::call_index(15)]
        #[pallet::weight(T::WeightInfo::dismiss())]
        pub fn dismiss(origin: OriginFor<T>, pool: PoolId, worker: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_dismiss(who, pool, worker)?;
            Ok(())
        }

        /// Buy a bag of tasks at published prices.
        ///
        /// The price of all tasks, and of a possible audit of each, is held of the caller; the guarantee for all tasks is
        /// held of the pool's operator. Accepted tasks are paid for out of what is held; the rest is released. A deposit is held
        /// of the caller until the chain forgets the deal.
        ///
        /// A restricted request is for the pool's workers alone: auditors are drawn from the pool, and there is no jury. The
        /// deal says what assurance that leaves.
        ///
        /// Refused where the pool has workers, and all of them together do not reach the trust: they would work in vain.
        #[pallet::call_index(16)]
        #[pallet::weight({
            let looks = counts_workers(order.restricted, order.trust);
            let look = if looks { T::WeightInfo::look_at_insiders() } else { Weight::zero() };
            T::WeightInfo::request(order.encoded_size() as u32).saturating_add(look)
        })]
        pub fn request(origin: OriginFor<T>, order: Request<T::AccountId>) -> DispatchResult {
            let requester = ensure_signed(origin)?;
            Self::do_request(requester, order)?;
            Ok(())
        }

        /// Define a category: a new one at once, other limits for one that exists after the constant `PolicyNotice`, in which
        /// operators can change their prices, and sellers cancel their orders. Existing deals keep their limits. Governance only.
        ///
        /// What was announced before is withdrawn. The limits that are in force are set at once, and so do nothing else.
        #[pallet::call_index(17)]
        #[pallet::weight(T::WeightInfo::set_category())]
        pub fn set_category(origin: OriginFor<T>, id: CategoryId, category: Category) -> DispatchResult {
            T::GovernanceOrigin::ensure_origin(origin)?;
            Self::do_set_category(id, category)?;
            Ok(())
        }

        /// Accept an app that its owner has offered to the caller.
        #[pallet::call_index(18)]
        #[pallet::weight(T::WeightInfo::accept_app())]
        pub fn accept_app(origin: OriginFor<T>, app: AppId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_accept_app(who, app)?;
            Ok(())
        }

        /// Accept a dataset that its owner has offered to the caller.
        #[pallet::call_index(19)]
        #[pallet::weight(T::WeightInfo::accept_dataset())]
        pub fn accept_dataset(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_accept_dataset(who, dataset)?;
            Ok(())
        }

        /// Accept a pool that its operator has offered to the caller. From now on the pool sells nothing with which more than
        /// `guarantee_limit` would be held of the caller as guarantees.
        #[pallet::call_index(20)]
        #[pallet::weight(T::WeightInfo::accept_pool())]
        pub fn accept_pool(origin: OriginFor<T>, pool: PoolId, guarantee_limit: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_accept_pool(who, pool, guarantee_limit)?;
            Ok(())
        }

        /// Limit what may be held of the caller as guarantees when its pool sells something. Existing deals keep their
        /// guarantees, also above the limit: then the pool sells nothing until enough of them have ended.
        #[pallet::call_index(21)]
        #[pallet::weight(T::WeightInfo::set_guarantee_limit())]
        pub fn set_guarantee_limit(origin: OriginFor<T>, pool: PoolId, limit: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_guarantee_limit(who, pool, limit)?;
            Ok(())
        }

        /// Withdraw the caller's app for good, and give its deposit back. Refused while deals of it are open. Its identifier is
        /// not used again; orders of it match nothing.
        #[pallet::call_index(22)]
        #[pallet::weight(T::WeightInfo::withdraw_app())]
        pub fn withdraw_app(origin: OriginFor<T>, app: AppId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_app(who, app)?;
            Ok(())
        }

        /// Withdraw the caller's dataset for good, and give its deposit back. Refused while deals of it are open. Its identifier
        /// is not used again; orders of it match nothing.
        #[pallet::call_index(23)]
        #[pallet::weight(T::WeightInfo::withdraw_dataset())]
        pub fn withdraw_dataset(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_dataset(who, dataset)?;
            Ok(())
        }

        /// Withdraw the caller's pool for good, with its record, and give its deposit back. Refused while deals of it are open,
        /// and while it has members or has admitted workers. Its identifier is not used again; orders of it match nothing.
        #[pallet::call_index(24)]
        #[pallet::weight(T::WeightInfo::withdraw_pool())]
        pub fn withdraw_pool(origin: OriginFor<T>, pool: PoolId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_pool(who, pool)?;
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let least = <T::Currency as fungible::Inspect<T::AccountId>>::minimum_balance();
            let item = T::StoragePrice::get().of(Footprint::item(0));
            assert!(item == 0 || item >= least, "a deposit that is given back must keep its owner alive");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }
}

impl<T: Config> Pallet<T> {
    fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }
}
