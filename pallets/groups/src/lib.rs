#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod api;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod calls;
mod groups;
mod try_state;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

use frame_support::traits::Get;
use talka_primitives::Balance;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use talka_primitives::{asset::Name, Balance, Group, GroupId};

    use crate::WeightInfo;

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The token that deposits are made in.
        type Currency: fungible::Inspect<Self::AccountId, Balance = Balance>
            + fungible::MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// What holds are for, in the whole runtime.
        type RuntimeHoldReason: From<HoldReason>;

        /// What is held of the owner for a group, in units of TLK. Not less than the balance that keeps an account
        /// alive.
        #[pallet::constant]
        type GroupDeposit: Get<Balance>;

        /// What is held of the owner for each member of a group, in units of TLK. Not less than the balance that keeps
        /// an account alive.
        #[pallet::constant]
        type MemberDeposit: Get<Balance>;

        /// Most accounts that one call can add or remove.
        #[pallet::constant]
        type MaxBatch: Get<u32>;

        /// What the calls cost.
        type WeightInfo: WeightInfo;
    }

    /// Accounts that one call adds to a group or removes from it.
    pub type Batch<T> = BoundedVec<<T as frame_system::Config>::AccountId, <T as Config>::MaxBatch>;

    /// Why money of an account is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The account owns groups, which the chain has to remember.
        Deposit,
    }

    /// The groups, without their members. Twox64Concat: the pallet counts the identifiers, nobody can aim them at one
    /// branch of the trie.
    #[pallet::storage]
    pub type Groups<T: Config> = StorageMap<_, Twox64Concat, GroupId, Group<T::AccountId>, OptionQuery>;

    /// The identifier of the group that is created next.
    #[pallet::storage]
    pub type NextGroupId<T: Config> = StorageValue<_, GroupId, ValueQuery>;

    /// To whom their owners have offered their groups. Twox64Concat: the pallet counts the identifiers.
    #[pallet::storage]
    pub type PendingOwners<T: Config> = StorageMap<_, Twox64Concat, GroupId, T::AccountId, OptionQuery>;

    /// Who is in which group. Twox64Concat: the pallet counts the groups. Blake2_128Concat: accounts are chosen by
    /// users, who could aim them at one branch of the trie.
    #[pallet::storage]
    pub type Members<T: Config> =
        StorageDoubleMap<_, Twox64Concat, GroupId, Blake2_128Concat, T::AccountId, (), OptionQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A group was created, without members.
        GroupCreated {
            /// Its identifier.
            group: GroupId,
            /// The owner.
            owner: T::AccountId,
        },
        /// Accounts were added to a group.
        MembersAdded {
            /// The group.
            group: GroupId,
            /// The account.
            members: Batch<T>,
        },
        /// Accounts were removed from a group. Existing deals stay.
        MembersRemoved {
            /// The group.
            group: GroupId,
            /// The account.
            members: Batch<T>,
        },
        /// An account was offered a group by its owner, and owns it when it accepts.
        TransferOffered {
            /// The group.
            group: GroupId,
            /// Who may accept.
            to: T::AccountId,
        },
        /// The owner of a group has withdrawn its offer, and keeps the group.
        TransferWithdrawn {
            /// The group.
            group: GroupId,
        },
        /// A group has a new owner, who now holds its deposits.
        GroupTransferred {
            /// The group.
            group: GroupId,
            /// The previous owner.
            from: T::AccountId,
            /// The new owner.
            to: T::AccountId,
        },
        /// A group was deleted. Its identifier is not used again; orders that are restricted to it match nobody.
        GroupDisbanded {
            /// Its former identifier.
            group: GroupId,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// There is no group with this identifier: it was disbanded, or never created. Look at the groups that there
        /// are.
        UnknownGroup,
        /// The caller does not own the group. Only its owner may change it: sign as the owner.
        NotOwner,
        /// The owner has not offered the group to the caller, or has withdrawn its offer. Ask the owner for it.
        NotOffered,
        /// The caller has offered the group to nobody: there is no offer to withdraw. Name the account that is to own it.
        NothingOffered,
        /// The name is empty. Give the group one.
        EmptyName,
        /// The name is not UTF-8, or has control characters other than newlines and tabs. Give one without.
        NotText,
        /// No account is named. Name one at least.
        NobodyNamed,
        /// One of the accounts is a member of the group already, or is named twice. Nobody was added: leave it out.
        AlreadyAMember,
        /// One of the accounts is not a member of the group, or is named twice. Nobody was removed: leave it out.
        NotAMember,
        /// The group has as many members as can be counted. Create another group for the others.
        GroupFull,
        /// The group has members. Remove them first.
        NotEmpty,
        /// The owner's free balance, without what keeps the account alive, is less than the deposit (the constants
        /// `GroupDeposit` for a group and `MemberDeposit` for each member). Get TLK first, or name fewer members.
        FundsTooLow,
        /// What is held for the group goes along with it, but the balance of its owner is frozen. Wait until it is not, or
        /// ask the owner to remove members first.
        DepositFrozen,
        /// The caller's account does not exist, so nothing can be held of it. Send it some TLK first.
        NoAccount,
        /// No more groups can be numbered.
        IdsExhausted,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Create a group without members. The caller owns it; the constant `GroupDeposit` is held of the caller until the
        /// group is deleted or transferred.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::create_group(name.encoded_size() as u32))]
        pub fn create_group(origin: OriginFor<T>, name: Name) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_create_group(owner, name)?;
            Ok(())
        }

        /// Add accounts to the caller's group: all of them, or none where one is a member already.
        ///
        /// The constant `MemberDeposit` is held of the caller for each, until it is removed or the group is transferred.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::add_members(members.len() as u32))]
        pub fn add_members(origin: OriginFor<T>, group: GroupId, members: Batch<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_add_members(who, group, members)?;
            Ok(())
        }

        /// Remove accounts from the caller's group: all of them, or none where one is not a member. What is held for
        /// them is released.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::remove_members(members.len() as u32))]
        pub fn remove_members(origin: OriginFor<T>, group: GroupId, members: Batch<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_remove_members(who, group, members)?;
            Ok(())
        }

        /// Offer the caller's group to another account, which owns it when it accepts.
        ///
        /// One offer stands at a time. To offer the group to oneself withdraws the offer.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::transfer_group())]
        pub fn transfer_group(origin: OriginFor<T>, group: GroupId, to: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_transfer_group(who, group, to)?;
            Ok(())
        }

        /// Delete the caller's empty group. Its deposit is released.
        ///
        /// The identifier is not used again: orders that are restricted to it match nobody.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::disband_group())]
        pub fn disband_group(origin: OriginFor<T>, group: GroupId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_disband_group(who, group)?;
            Ok(())
        }

        /// Accept a group that its owner has offered to the caller. The members stay.
        ///
        /// The deposits for the group and its members are transferred along with it.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::accept_group())]
        pub fn accept_group(origin: OriginFor<T>, group: GroupId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_accept_group(who, group)?;
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let least = <T::Currency as fungible::Inspect<_>>::minimum_balance();
            let deposits = T::GroupDeposit::get().min(T::MemberDeposit::get());
            assert!(deposits >= least, "a deposit that is given back must keep its owner alive");
            assert!(T::MaxBatch::get() > 0, "a group must be able to have members");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }
}

impl<T: Config> Pallet<T> {
    /// What is held for a group with `members` members, in units of TLK.
    fn group_deposit(members: u32) -> Balance {
        T::GroupDeposit::get().saturating_add(Self::member_deposits(members))
    }

    /// What is held for `members` members, in units of TLK. Where it saturates, no account has enough for it to be held.
    fn member_deposits(members: u32) -> Balance {
        T::MemberDeposit::get().saturating_mul(members.into())
    }
}
