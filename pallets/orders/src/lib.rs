#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod api;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod book;
mod calls;
mod try_state;
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
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use alloc::boxed::Box;
    use frame_support::{pallet_prelude::*, traits::fungible, weights::WeightMeter};
    use frame_system::pallet_prelude::*;
    use sp_runtime::traits::{IdentifyAccount, Verify};
    use talka_primitives::{
        id::OrderId,
        matching::Mismatch,
        order::{Closed, Match, Named, Order, Publication, Remembered, Shelf},
        traits::Deals,
        Balance, BlockNumber, DealId,
    };

    use crate::{
        book::{Book, MAX_USED_UP},
        calls::Payer,
        WeightInfo,
    };

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The token of deposits.
        type Currency: fungible::Inspect<Self::AccountId, Balance = Balance>
            + fungible::MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// What holds are for, in the whole runtime.
        type RuntimeHoldReason: From<HoldReason>;

        /// Where deals are made.
        type Deals: Deals<Self::AccountId>;

        /// What orders are signed with.
        type Signature: Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>>
            + Parameter
            + MaxEncodedLen;

        /// What is held of the signer of a published order until it is used up, expired or cancelled, whatever it says, in units
        /// of TLK.
        #[pallet::constant]
        type BaseDeposit: Get<Balance>;

        /// What is held in addition for each byte of the order.
        #[pallet::constant]
        type ByteDeposit: Get<Balance>;

        /// What is held of the account that uses, cancels or publishes an order first, until the order expires: the chain
        /// remembers until then what was used of it. Not less than the balance that keeps an account alive, or nothing.
        #[pallet::constant]
        type EntryDeposit: Get<Balance>;

        /// Longest time from now to the expiry of an order, in blocks. The chain remembers as long how much of it was
        /// used.
        #[pallet::constant]
        type MaxLife: Get<BlockNumber>;

        /// What the calls and the hook's steps cost.
        type WeightInfo: WeightInfo;

        /// What the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId, Self::Signature>;
    }

    /// Why money of an account is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The account has published orders that have not ended, or was the first to use or cancel orders that have not expired.
        Order,
    }

    /// What is known of each order that was used, cancelled or published, by the order's last block, so that it can be
    /// forgotten after it. Twox64Concat: heights lie within an order's longest life. Identity: identifiers are hashes.
    #[pallet::storage]
    pub type Entries<T: Config> = StorageDoubleMap<
        _,
        Twox64Concat,
        BlockNumber,
        Identity,
        OrderId,
        Remembered<T::AccountId>,
        OptionQuery,
    >;

    /// The first block whose entries may not be forgotten yet.
    #[pallet::storage]
    pub type Forgotten<T: Config> = StorageValue<_, BlockNumber, ValueQuery>;

    /// The orders that were published and have not ended. Identity: identifiers are hashes; their order is kept, so that
    /// pages of them can be read.
    #[pallet::storage]
    pub type Published<T: Config> = StorageMap<_, Identity, OrderId, Publication<T::AccountId>, OptionQuery>;

    /// Where each of them is looked for. Twox64Concat: the chain counts what shelves are named by. Identity: identifiers
    /// are hashes.
    #[pallet::storage]
    pub type Shelves<T: Config> =
        StorageDoubleMap<_, Twox64Concat, Shelf, Identity, OrderId, (), OptionQuery>;

    /// Published orders that were used up, and are to be cleared away. Where there are too many, the rest is cleared away
    /// when it expires.
    #[pallet::storage]
    pub type UsedUp<T: Config> = StorageValue<_, BoundedVec<OrderId, ConstU32<MAX_USED_UP>>, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An order was published: anybody can match it.
        OrderPublished {
            /// Its identifier.
            order: OrderId,
            /// Who is bound by it.
            signer: T::AccountId,
            /// Where it is looked for.
            shelf: Shelf,
        },
        /// An order was taken back by its signer. Deals that were made of it go on.
        OrderCancelled {
            /// Its identifier.
            order: OrderId,
            /// Who was bound by it.
            signer: T::AccountId,
        },
        /// A published order has ended: it was used up, has expired or was taken back. Its deposit is free again.
        OrderEnded {
            /// Its identifier.
            order: OrderId,
            /// Who was bound by it.
            signer: T::AccountId,
            /// What was held of the signer, in units of TLK.
            deposit: Balance,
        },
        /// Orders became a deal.
        OrdersMatched {
            /// The deal.
            deal: DealId,
            /// The app's order; none where it was bought at its published price.
            app: Option<OrderId>,
            /// The dataset's order; none where there is none, or where it was bought at its published price.
            dataset: Option<OrderId>,
            /// The pool's order; none where it was bought at its published price.
            pool: Option<OrderId>,
            /// The requester's order.
            request: OrderId,
            /// By how many tasks each of them is used.
            tasks: u32,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No order is published under this identifier, or it has ended. Look at the orders that are published, or hand
        /// in the order itself with its signature.
        UnknownOrder,
        /// The order that is published under this identifier is of another kind. Name an order of the kind that is
        /// needed here.
        WrongKind,
        /// The order was signed for another chain. Have it signed for this one: for the hash of its genesis block.
        WrongChain,
        /// The signature is not the signer's, or the order was changed after it was signed. Get the order from its
        /// signer again.
        BadSignature,
        /// The caller is not the order's signer. Call as the signer.
        NotSigner,
        /// The caller does not own what the order sells. Publish orders for what you own.
        NotOwner,
        /// What the order sells does not exist. Look at what was published.
        UnknownAsset,
        /// The order is for no tasks. Give it a volume of one at least.
        NoVolume,
        /// The order has expired. Make a new one.
        OrderExpired,
        /// The order's last block is farther away than the constant `MaxLife`. Make an order that expires earlier.
        ExpiryTooFar,
        /// The order was cancelled by its signer. Choose another one.
        OrderCancelled,
        /// The order is used up. Choose another one.
        OrderConsumed,
        /// The order is published already. Make one with another salt.
        AlreadyPublished,
        /// The request in the order can never become a deal: its trust, tasks, arguments, parameters or deadline are
        /// not possible. Look at the errors of the marketplace's `request`, and mend it.
        ImpossibleRequest,
        /// The caller's free balance, without what keeps the account alive, is less than the deposit for the orders that the
        /// chain would have to remember from now on (the constants `BaseDeposit` and `ByteDeposit` for a published one,
        /// `EntryDeposit` for each that was not used, cancelled or published before). Get TLK first.
        FundsTooLow,
    }

    impl<T> From<Closed> for Error<T> {
        fn from(closed: Closed) -> Self {
            match closed {
                Closed::NoVolume => Self::NoVolume,
                Closed::Expired => Self::OrderExpired,
                Closed::ExpiryTooFar => Self::ExpiryTooFar,
                Closed::Cancelled => Self::OrderCancelled,
                Closed::Consumed => Self::OrderConsumed,
            }
        }
    }

    impl<T> From<Mismatch> for Error<T> {
        fn from(_: Mismatch) -> Self {
            Self::ImpossibleRequest
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Match orders into a deal, for as many tasks as all of them have left. Anybody may call it. The requester pays.
        /// Deposits for the deal and for orders that were not used before are held of the caller.
        ///
        /// App, dataset and pool are bought on the terms of their orders, or at their published prices where none is
        /// given.
        // Boxed, because the largest call decides how much memory every call takes.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::match_orders(Book::<T>::cost(orders)))]
        pub fn match_orders(
            origin: OriginFor<T>,
            orders: Box<Match<T::AccountId, T::Signature>>,
        ) -> DispatchResult {
            let opener = ensure_signed(origin)?;
            Self::do_match_orders(opener, *orders, Payer::Requester)?;
            Ok(())
        }

        /// Match orders into a deal that the caller pays for instead of the requester. What is not spent comes back to the
        /// caller, who puts up the deposits as well.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::match_orders(Book::<T>::cost(orders)))]
        pub fn sponsor_orders(
            origin: OriginFor<T>,
            orders: Box<Match<T::AccountId, T::Signature>>,
        ) -> DispatchResult {
            let opener = ensure_signed(origin)?;
            Self::do_match_orders(opener, *orders, Payer::Opener)?;
            Ok(())
        }

        /// Publish an order of the caller, which binds as a signature does. A deposit is held until the order is used up,
        /// expired or cancelled, and a small part of it until it expires.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::publish_order(order))]
        pub fn publish_order(origin: OriginFor<T>, order: Order<T::AccountId>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_publish_order(who, order)?;
            Ok(())
        }

        /// Cancel an order of the caller, published or signed off chain. Existing deals go on. A deposit is held until the
        /// order expires, where it was neither used nor published before.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::cancel_order(order))]
        pub fn cancel_order(origin: OriginFor<T>, order: Named<T::AccountId>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_cancel_order(who, order)?;
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let least = <T::Currency as fungible::Inspect<T::AccountId>>::minimum_balance();
            let deposit = T::EntryDeposit::get();
            assert!(
                deposit == 0 || deposit >= least,
                "a deposit that is given back must keep its owner alive"
            );
        }

        /// Clears away what was used up or has expired, as far as the block has room. What does not fit waits, in order.
        fn on_idle(_: BlockNumberFor<T>, left: Weight) -> Weight {
            let mut meter = WeightMeter::with_limit(left);
            Book::<T>::clear_used_up(&mut meter);
            Book::<T>::forget_expired(Self::now(), &mut meter);
            meter.consumed()
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
