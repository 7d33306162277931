//! Why calls are refused, and what to do about it. Wallets show these texts.

use frame_support::pallet_macros::pallet_section;

/// A part of the pallet, which takes it in by `import_section`.
#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// There is no app with this identifier. Look at the apps that were published.
        UnknownApp,
        /// There is no dataset with this identifier. Look at the datasets that were published.
        UnknownDataset,
        /// There is no pool with this identifier. Look at the pools that were published.
        UnknownPool,
        /// There is no category with this identifier. Look at the categories that governance has defined.
        UnknownCategory,
        /// The caller does not own this. Only its owner may change it: sign as the owner.
        NotOwner,
        /// The owner has not offered this to the caller, or has withdrawn its offer. Ask the owner for it.
        NotOffered,
        /// The caller has offered this to nobody: there is no offer to withdraw. Name the account that is to own it.
        NothingOffered,
        /// The worker is not a member of the pool. Join the pool first.
        NotAMember,
        /// The worker is a member of a pool already. Leave that pool first.
        AlreadyAMember,
        /// The terms of the pool are not those that the worker agrees to: they have changed. Look at them again, and state those that
        /// are in force.
        TermsChanged,
        /// The pool takes only workers that its operator has admitted. Ask the operator.
        NotAdmitted,
        /// The worker's bond is less than the pool asks for. Bond more.
        BondTooSmall,
        /// The worker's score is less than the pool asks for. Join another pool, and be right there.
        ScoreTooLow,
        /// A share of the policy is more than 100 percent. Give shares from 0 to 100.
        InvalidPolicy,
        /// The trust cannot be asked for. Ask for one from 1 to 1 000 000.
        InvalidTrust,
        /// The category cannot be: its identifier is 32 or more, or its run time, fuel, memory or floor is zero, or its rate of
        /// audits not from 1 to 20 %; or the longest deal leaves no time for a task and its audit.
        InvalidCategory,
        /// The parameters end beyond 2^64 - 1, or are the lines of a file without a URI. Begin at a lower number, or
        /// tell where the file can be got.
        InvalidParameters,
        /// The list of parameters is shorter than the bag. Give a parameter for each task, or ask for fewer tasks.
        TooFewParameters,
        /// The request has no tasks. Ask for one at least.
        NoTasks,
        /// The request has more than 10 000 tasks. Ask for them in several requests.
        TooManyTasks,
        /// The order sells another app than the request names. Choose an order for that app.
        AppMismatch,
        /// The order sells another dataset than the request names, or the request names none. Choose an order for that
        /// dataset, or leave it out.
        DatasetMismatch,
        /// The pool's order is for another category than the request. Choose an order for that category.
        CategoryMismatch,
        /// The pool has no price for the category. Choose another pool or category.
        CategoryNotServed,
        /// The request asks for more trust than the pool's order offers. Choose another order, or ask for less.
        TrustTooHigh,
        /// The app or the dataset has no published price. Ask its owner for an order.
        NotForSale,
        /// The signer of an order does not own any more what the order sells. Ask the new owner for an order.
        OwnerChanged,
        /// One of the orders is for another app only. Choose an order that fits the request's app.
        NotForThisApp,
        /// One of the orders is for another dataset only. Choose an order that fits the request's dataset.
        NotForThisDataset,
        /// One of the orders is for another pool only. Choose that pool, or another order.
        NotForThisPool,
        /// One of the orders is for other requesters only: for an account, or for a group that the requester is not a
        /// member of. Ask its signer for an order, or the group's owner to be added.
        NotForThisRequester,
        /// One of the orders is for pools of other operators only. Choose a pool of one of these.
        NotForThisOperator,
        /// One of the orders is restricted, so that only workers of the pool could execute and audit the tasks, and the
        /// request does not say that it takes this. Restrict the request as well, ask for trust 1, or choose other orders.
        NotRestricted,
        /// The pool does not offer what the app, the dataset or an order needs. Choose another pool.
        TagMissing,
        /// An accepted task costs more than the request's limit. Raise the limit, or choose cheaper offers.
        PriceOverLimit,
        /// The price of all tasks is more than there can be money. Choose cheaper offers.
        PriceOverflow,
        /// The deadline is not in the future. Choose a later block.
        DeadlineInPast,
        /// The deadline is farther away than the constant `MaxDuration`. Choose an earlier block.
        DeadlineTooFar,
        /// The deadline is so near that no task of the category can be sure to be drawn, executed, audited and revealed
        /// before it. Choose a later block, or a category with a shorter run time.
        DeadlineTooSoon,
        /// The pool sells no task for less than the least price in its terms. Offer more, choose another pool, or change the
        /// terms of your own.
        PriceTooLow,
        /// With this deal more would be held of the pool's operator than the pool's limit of guarantees allows. Ask for
        /// fewer tasks, wait until others have ended, or choose another pool.
        GuaranteeOverLimit,
        /// All workers of the pool together do not reach the trust. Ask for less trust, choose another pool, or wait until more
        /// workers have been online for this one.
        TrustOutOfReach,
        /// The requester's free balance, without what keeps the account alive, is less than the price of all tasks
        /// and of their audits. Get TLK first, or ask for fewer tasks.
        RequesterCannotPay,
        /// The sponsor's free balance, without what keeps the account alive, is less than the price of all tasks and
        /// of their audits. Get TLK first, or let the requester pay.
        SponsorCannotPay,
        /// The operator's free balance, without what keeps the account alive, is less than the guarantee of all tasks.
        /// Ask for fewer tasks, or choose another pool.
        OperatorCannotGuarantee,
        /// The caller's free balance, without what keeps the account alive, is less than the deposit for what the chain would
        /// have to remember (the constant `StoragePrice`), and what else is held with this call. Get TLK first: a deposit
        /// comes back when the chain forgets what it was for.
        FundsTooLow,
        /// What is held for this goes along with it, but the balance of its owner is frozen. Wait until it is not.
        DepositFrozen,
        /// The caller's account does not exist, so nothing can be held of it. Send it some TLK first.
        NoAccount,
        /// Tasks have been bought that need this and have not ended. Remove its prices and cancel its orders, and wait until
        /// all tasks have ended.
        InUse,
        /// The pool has members, or has admitted workers. Dismiss them first.
        NotEmpty,
        /// The name is empty. Give it one.
        EmptyName,
        /// Something that should be text is not UTF-8, or has control characters other than newlines and tabs.
        NotText,
        /// No more things of this kind can be numbered.
        IdsExhausted,
    }

    impl<T> From<Mismatch> for Error<T> {
        fn from(mismatch: Mismatch) -> Self {
            match mismatch {
                Mismatch::InvalidTrust => Self::InvalidTrust,
                Mismatch::NoTasks => Self::NoTasks,
                Mismatch::TooManyTasks => Self::TooManyTasks,
                Mismatch::DeadlineInPast => Self::DeadlineInPast,
                Mismatch::DeadlineTooFar => Self::DeadlineTooFar,
                Mismatch::DeadlineTooSoon => Self::DeadlineTooSoon,
                Mismatch::NotText => Self::NotText,
                Mismatch::InvalidParameters => Self::InvalidParameters,
                Mismatch::TooFewParameters => Self::TooFewParameters,
                Mismatch::AppMismatch => Self::AppMismatch,
                Mismatch::DatasetMismatch => Self::DatasetMismatch,
                Mismatch::CategoryMismatch => Self::CategoryMismatch,
                Mismatch::CategoryNotServed => Self::CategoryNotServed,
                Mismatch::TrustTooHigh => Self::TrustTooHigh,
                Mismatch::NotForSale => Self::NotForSale,
                Mismatch::OwnerChanged => Self::OwnerChanged,
                Mismatch::NotForThisApp => Self::NotForThisApp,
                Mismatch::NotForThisDataset => Self::NotForThisDataset,
                Mismatch::NotForThisPool => Self::NotForThisPool,
                Mismatch::NotForThisRequester => Self::NotForThisRequester,
                Mismatch::NotForThisOperator => Self::NotForThisOperator,
                Mismatch::NotRestricted => Self::NotRestricted,
                Mismatch::TagMissing => Self::TagMissing,
                Mismatch::PriceTooLow => Self::PriceTooLow,
                Mismatch::PriceOverLimit => Self::PriceOverLimit,
                Mismatch::PriceOverflow => Self::PriceOverflow,
                Mismatch::GuaranteeOverLimit => Self::GuaranteeOverLimit,
                Mismatch::TrustOutOfReach => Self::TrustOutOfReach,
            }
        }
    }
}
