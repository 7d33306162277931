//! What the calls, and settlements, tell.

use frame_support::pallet_macros::pallet_section;

/// A part of the pallet, which takes it in by `import_section`.
#[pallet_section]
mod events {
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
        /// A pool has new terms for its workers; if others were announced, they are withdrawn. Existing deals keep theirs.
        PoolPolicySet {
            /// The pool.
            pool: PoolId,
            /// The terms.
            policy: PoolPolicy,
        },
        /// A pool will have new terms for its workers. Workers that do not want them leave the pool before.
        PoolPolicyAnnounced {
            /// The pool.
            pool: PoolId,
            /// The terms.
            policy: PoolPolicy,
            /// The first block in which they are in force.
            from: BlockNumber,
        },
        /// An operator has limited what may be held of it for a pool. Existing deals keep their guarantees.
        GuaranteeLimitSet {
            /// The pool.
            pool: PoolId,
            /// The most that may be held at once, in units of TLK.
            limit: Balance,
        },
        /// An account was offered something by its owner, and owns it when it accepts.
        TransferOffered {
            /// What is offered.
            subject: Subject,
            /// Who may accept.
            to: T::AccountId,
        },
        /// An owner has withdrawn its offer. It keeps what it had offered.
        TransferWithdrawn {
            /// What was offered.
            subject: Subject,
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
        /// An app was withdrawn for good. Its identifier is not used again.
        AppWithdrawn {
            /// The app.
            app: AppId,
        },
        /// A dataset was withdrawn for good. Its identifier is not used again.
        DatasetWithdrawn {
            /// The dataset.
            dataset: DatasetId,
        },
        /// A pool was withdrawn for good, with its record. Its identifier is not used again.
        PoolWithdrawn {
            /// The pool.
            pool: PoolId,
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
        /// A size of task was defined.
        CategorySet {
            /// Which.
            category: CategoryId,
        },
        /// A size of task will have other limits. Existing deals keep theirs.
        CategoryAnnounced {
            /// Which.
            category: CategoryId,
            /// The first block in which they are in force.
            from: BlockNumber,
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
}
