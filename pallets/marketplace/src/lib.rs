#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod api;
mod calls;
mod deals;
mod errors;
mod market;
mod try_state;
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
        matching::{Mismatch, Request},
        traits::{Dispatcher, Groups, Stake},
        view::Listed,
        App, AppId, Balance, BlockNumber, Category, CategoryId, ContentId, Dataset, DatasetId, Deal, DealId,
        Pool, PoolId, PoolPolicy, RuntimeClass, Tags, Topic,
    };

    use crate::{api::DealKey, WeightInfo};

    #[pallet::pallet]
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

        /// What the calls cost.
        type WeightInfo: WeightInfo;
    }

    /// Why money of an account is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The account has bought tasks that are not settled yet.
        Payment,
        /// The account operates a pool that has sold tasks which are not settled yet.
        Guarantee,
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

    /// The sizes of task. Twox64Concat: governance chooses the identifiers, of which there are 32.
    #[pallet::storage]
    pub type Categories<T: Config> = StorageMap<_, Twox64Concat, CategoryId, Category, OptionQuery>;

    /// Whom the operators of pools have admitted. Twox64Concat: the pallet counts the pools. Blake2_128Concat: users
    /// choose the accounts.
    #[pallet::storage]
    pub type Admissions<T: Config> =
        StorageDoubleMap<_, Twox64Concat, PoolId, Blake2_128Concat, T::AccountId, (), OptionQuery>;

    /// The pool that each worker has joined. Blake2_128Concat: users choose the accounts.
    #[pallet::storage]
    pub type Members<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, PoolId, OptionQuery>;

    /// The terms of the deals. Twox64Concat: the pallet counts the identifiers.
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

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An app can be bought.
        AppPublished {
            /// Its identifier.
            app: AppId,
            /// The owner.
            owner: T::AccountId,
        },
        /// A dataset can be bought.
        DatasetPublished {
            /// Its identifier.
            dataset: DatasetId,
            /// The owner.
            owner: T::AccountId,
        },
        /// A worker pool can be joined.
        PoolPublished {
            /// Its identifier.
            pool: PoolId,
            /// The operator.
            owner: T::AccountId,
        },
        /// An app has a new price. Existing deals keep theirs.
        AppPriceSet {
            /// The app.
            app: AppId,
            /// The price per accepted task, in units of TLK; none where it is sold by order only, or not at all.
            price: Option<Balance>,
        },
        /// A dataset has a new price. Existing deals keep theirs.
        DatasetPriceSet {
            /// The dataset.
            dataset: DatasetId,
            /// The price per accepted task, in units of TLK; none where it is sold by order only, or not at all.
            price: Option<Balance>,
        },
        /// A pool has a new price for a category, or stopped serving it. Existing deals keep theirs.
        PoolPriceSet {
            /// The pool.
            pool: PoolId,
            /// The category.
            category: CategoryId,
            /// The price per accepted task, in units of TLK; none where the category is not served.
            price: Option<Balance>,
        },
        /// A pool has new terms for its workers. Existing deals keep theirs.
        PoolPolicySet {
            /// The pool.
            pool: PoolId,
            /// The terms.
            policy: PoolPolicy,
        },
        /// An app has a new owner.
        AppTransferred {
            /// The app.
            app: AppId,
            /// The previous owner.
            from: T::AccountId,
            /// The new owner.
            to: T::AccountId,
        },
        /// A dataset has a new owner.
        DatasetTransferred {
            /// The dataset.
            dataset: DatasetId,
            /// The previous owner.
            from: T::AccountId,
            /// The new owner.
            to: T::AccountId,
        },
        /// A pool has a new operator.
        PoolTransferred {
            /// The pool.
            pool: PoolId,
            /// The previous operator.
            from: T::AccountId,
            /// The new operator.
            to: T::AccountId,
        },
        /// The sources of an app were replaced.
        AppUrisSet {
            /// The app.
            app: AppId,
        },
        /// The sources of a dataset were replaced.
        DatasetUrisSet {
            /// The dataset.
            dataset: DatasetId,
        },
        /// A worker may join a pool.
        Admitted {
            /// The pool.
            pool: PoolId,
            /// The worker.
            worker: T::AccountId,
        },
        /// A worker joined a pool.
        Joined {
            /// The pool.
            pool: PoolId,
            /// The worker.
            worker: T::AccountId,
        },
        /// A worker left its pool.
        Left {
            /// The pool.
            pool: PoolId,
            /// The worker.
            worker: T::AccountId,
        },
        /// The operator revoked a worker's admission to the pool; a member was removed.
        Dismissed {
            /// The pool.
            pool: PoolId,
            /// The worker.
            worker: T::AccountId,
        },
        /// A size of task was defined. Existing deals keep theirs.
        CategorySet {
            /// Which.
            category: CategoryId,
        },
        /// A bag of tasks was bought.
        DealMade {
            /// Its identifier.
            deal: DealId,
            /// The requester.
            requester: T::AccountId,
            /// The payer: the requester, or a sponsor.
            payer: T::AccountId,
            /// The pool.
            pool: PoolId,
            /// The number of tasks.
            tasks: u32,
            /// The price per accepted task, in units of TLK.
            price: Balance,
        },
        /// An account could not receive a payment. It went to the audit fund.
        Unpayable {
            /// The account it was due to.
            to: T::AccountId,
            /// The amount, in units of TLK.
            amount: Balance,
        },
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Publish an app, to be bought at `price` per accepted task; without a price, by orders of its owner only. The
        /// caller owns it.
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
            })?;
            Ok(())
        }

        /// Publish a dataset, to be bought at `price` per accepted task; without a price, by orders of its owner only.
        /// The caller owns it.
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
            })?;
            Ok(())
        }

        /// Publish a worker pool, to be joined by workers. The caller operates it. It serves no category before a price
        /// is set.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::publish_pool(description.encoded_size() as u32))]
        pub fn publish_pool(
            origin: OriginFor<T>,
            description: Description,
            policy: PoolPolicy,
            tags: Tags,
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_publish_pool(Pool { owner, description, policy, tags, prices: Default::default() })?;
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

        /// Set the terms of the caller's pool for its workers. Existing deals keep theirs, and members stay.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::set_pool_policy())]
        pub fn set_pool_policy(origin: OriginFor<T>, pool: PoolId, policy: PoolPolicy) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_pool_policy(who, pool, policy)?;
            Ok(())
        }

        /// Transfer the caller's app to another account, which is paid for future deals.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::transfer_app())]
        pub fn transfer_app(origin: OriginFor<T>, app: AppId, to: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_transfer_app(who, app, to)?;
            Ok(())
        }

        /// Transfer the caller's dataset to another account, which is paid for future deals.
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

        /// Transfer the caller's pool to another account, which guarantees for future deals and is paid for them.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::transfer_pool())]
        pub fn transfer_pool(origin: OriginFor<T>, pool: PoolId, to: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_transfer_pool(who, pool, to)?;
            Ok(())
        }

        /// Set the sources of the caller's app. The content id stays the same.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::set_app_uris(uris.encoded_size() as u32))]
        pub fn set_app_uris(origin: OriginFor<T>, app: AppId, uris: Uris) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_app_uris(who, app, uris)?;
            Ok(())
        }

        /// Set the sources of the caller's dataset. The content id stays the same.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::set_dataset_uris(uris.encoded_size() as u32))]
        pub fn set_dataset_uris(origin: OriginFor<T>, dataset: DatasetId, uris: Uris) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_dataset_uris(who, dataset, uris)?;
            Ok(())
        }

        /// Admit a worker to the caller's pool. The worker joins by itself.
        #[pallet::call_index(12)]
        #[pallet::weight(T::WeightInfo::admit())]
        pub fn admit(origin: OriginFor<T>, pool: PoolId, worker: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_admit(who, pool, worker)?;
            Ok(())
        }

        /// Join a pool as a worker. Its policy must be met: bond, score, admission. A worker is in one pool at a time.
        #[pallet::call_index(13)]
        #[pallet::weight(T::WeightInfo::join_pool())]
        pub fn join_pool(origin: OriginFor<T>, pool: PoolId) -> DispatchResult {
            let worker = ensure_signed(origin)?;
            Self::do_join_pool(worker, pool)?;
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
        /// held of the pool's operator. Accepted tasks are paid for out of what is held; the rest is released.
        #[pallet::call_index(16)]
        #[pallet::weight(T::WeightInfo::request(order.encoded_size() as u32))]
        pub fn request(origin: OriginFor<T>, order: Request<T::AccountId>) -> DispatchResult {
            let requester = ensure_signed(origin)?;
            Self::do_request(requester, order)?;
            Ok(())
        }

        /// Define a category, or redefine it. Existing deals keep their limits. Governance only.
        #[pallet::call_index(17)]
        #[pallet::weight(T::WeightInfo::set_category())]
        pub fn set_category(origin: OriginFor<T>, id: CategoryId, category: Category) -> DispatchResult {
            T::GovernanceOrigin::ensure_origin(origin)?;
            Self::do_set_category(id, category)?;
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
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
