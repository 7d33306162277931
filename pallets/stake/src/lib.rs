#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod calls;
pub mod ledger;
mod stake;
mod try_state;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

use sp_runtime::SaturatedConversion;
use talka_primitives::BlockNumber;

pub use ledger::{Chunk, Ledger};
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use serde::{Deserialize, Serialize};
    use talka_primitives::{
        merit::{MeritRules, HALF_LIFE},
        odds::{Unripe, RIPENING},
        traits::Passes,
        Balance, BlockNumber, Merit,
    };

    use crate::{
        ledger::{Ledger, Refusal},
        WeightInfo,
    };

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The token that is bonded.
        type Currency: fungible::Inspect<Self::AccountId, Balance = Balance>
            + fungible::MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// What holds are for, in the whole runtime.
        type RuntimeHoldReason: From<HoldReason>;

        /// The least bond, in units of TLK. Not less than the balance that keeps an account alive.
        #[pallet::constant]
        type MinBond: Get<Balance>;

        /// Blocks from unbonding to withdrawal: longer than any open task can take.
        #[pallet::constant]
        type UnbondingPeriod: Get<BlockNumber>;

        /// Most parts of one bond that can be on their way back at once.
        #[pallet::constant]
        type MaxUnbonding: Get<u32>;

        /// Whose passes to work alone end with a conviction.
        type Passes: Passes<Self::AccountId>;

        /// Who may set the rules.
        type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// The account of the audit fund, which always exists.
        #[pallet::constant]
        type AuditFund: Get<Self::AccountId>;

        /// What the calls cost.
        type WeightInfo: WeightInfo;
    }

    /// Why money of an account is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// It is the account's bond, or was and is not withdrawn yet.
        Bond,
    }

    /// What each account has at stake, with its reputation. Absent where there is neither.
    ///
    /// Blake2_128Concat: accounts are chosen by users, who could aim them at one branch of the trie.
    #[pallet::storage]
    pub type Ledgers<T: Config> =
        StorageMap<_, Blake2_128Concat, T::AccountId, Ledger<T::MaxUnbonding>, OptionQuery>;

    /// How reputation is measured, fades, and is waited for.
    #[pallet::storage]
    pub type ReputationRules<T: Config> = StorageValue<_, MeritRules, ValueQuery, DefaultRules<T>>;

    /// What holds where nothing was set: 1 TLK, 90 days, a day.
    #[pallet::type_value]
    pub fn DefaultRules<T: Config>() -> MeritRules {
        MeritRules { yardstick: 1_000_000_000, half_life: HALF_LIFE, ripening: RIPENING }
    }

    /// A bond at genesis. It takes part in draws at once.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    pub struct GenesisBond<AccountId> {
        /// The account.
        pub who: AccountId,
        /// How much of its balance is bonded, in units of TLK: the least bond or more.
        pub bond: Balance,
        /// The merit that it starts with, in units of TLK.
        pub merit: Merit,
    }

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Bonds and merits. The balances must be there already.
        pub bonds: Vec<GenesisBond<T::AccountId>>,
        /// How reputation is measured; the defaults where there is none.
        pub rules: Option<MeritRules>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            if let Some(rules) = self.rules {
                assert!(Pallet::<T>::do_set_rules(rules).is_ok(), "genesis: {rules:?} cannot be");
            }
            for GenesisBond { who, bond, merit } in &self.bonds {
                assert!(!Ledgers::<T>::contains_key(who), "genesis: {who:?} bonds twice");
                let outcome = Pallet::<T>::do_bond(who.clone(), *bond);
                assert!(outcome.is_ok(), "genesis: {who:?} cannot bond {bond}: {outcome:?}");
                Ledgers::<T>::mutate_extant(who, |ledger| {
                    (ledger.merit, ledger.unripe) = (*merit, Unripe::default())
                });
            }
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An account added to its bond.
        Bonded {
            /// The account.
            who: T::AccountId,
            /// The amount added, in units of TLK.
            amount: Balance,
        },
        /// An account unbonded a part of its bond.
        Unbonding {
            /// The account.
            who: T::AccountId,
            /// The amount, in units of TLK.
            amount: Balance,
            /// The first block in which it can be withdrawn.
            at: BlockNumber,
        },
        /// An account withdrew what it had unbonded.
        Withdrawn {
            /// The account.
            who: T::AccountId,
            /// The amount, in units of TLK.
            amount: Balance,
        },
        /// An account lost a part of its bond.
        Forfeited {
            /// The account.
            who: T::AccountId,
            /// The amount, in units of TLK.
            amount: Balance,
            /// Who got it: the audit fund where the one to whom it was due could not receive it.
            to: T::AccountId,
        },
        /// An account's merit changed.
        MeritChanged {
            /// The account.
            who: T::AccountId,
            /// The new value, in units of TLK.
            merit: Merit,
        },
        /// Governance has set how reputation is measured.
        RulesSet {
            /// The new rules.
            rules: MeritRules,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The amount is zero. Give the amount of TLK to bond or unbond.
        ZeroAmount,
        /// The bond would be less than the least bond (the constant `MinBond`). Bond more, leave at least the least
        /// bond, or unbond everything.
        BondTooSmall,
        /// The account's free balance, without what keeps the account alive, is less than the amount. Get TLK first, or
        /// bond less.
        FundsTooLow,
        /// The account has no bond. Bond first.
        NotBonded,
        /// That much of the bond is not unlocked: open tasks have locked the rest, or a candidacy as a validator has. Wait
        /// until they are settled, or unbond less.
        StakeLocked,
        /// Too many parts of the bond are on their way back already (the constant `MaxUnbonding`). Withdraw those that
        /// have arrived, or wait.
        TooManyUnbondings,
        /// Nothing that was unbonded can be withdrawn yet. Wait until the block that the event `Unbonding` told.
        NothingToWithdraw,
        /// The yardstick must be above 0, and a billion TLK at most; the ripening 30 days at most; and the half-life 0, or not
        /// shorter than the ripening. Give such rules.
        UnsoundRules,
    }

    impl<T> From<Refusal> for Error<T> {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::ZeroAmount => Self::ZeroAmount,
                Refusal::BondTooSmall => Self::BondTooSmall,
                Refusal::NotBonded => Self::NotBonded,
                Refusal::StakeLocked | Refusal::NotLocked => Self::StakeLocked,
                Refusal::TooManyUnbondings => Self::TooManyUnbondings,
                Refusal::NothingToWithdraw => Self::NothingToWithdraw,
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Bond TLK, or add to the bond. The whole must reach the constant `MinBond`.
        ///
        /// The amount is held of the caller's free balance. Merit that the caller had before is still there. What is
        /// added takes part in draws after some time: see the storage `ReputationRules`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::bond())]
        pub fn bond(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_bond(who, amount)?;
            Ok(())
        }

        /// Unbond a part of the bond that no task and no candidacy has locked. The rest must be nothing, or at least the constant `MinBond`.
        ///
        /// The unbonded part backs nothing any more; it stays held until it is withdrawn, `UnbondingPeriod` blocks later.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::unbond())]
        pub fn unbond(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_unbond(who, amount)?;
            Ok(())
        }

        /// Withdraw everything that was unbonded at least `UnbondingPeriod` blocks ago.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::withdraw(T::MaxUnbonding::get()))]
        pub fn withdraw(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw(who)?;
            Ok(())
        }

        /// Set how reputation is measured. For governance.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_rules())]
        pub fn set_rules(origin: OriginFor<T>, rules: MeritRules) -> DispatchResult {
            T::GovernanceOrigin::ensure_origin(origin)?;
            Self::do_set_rules(rules)?;
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let least = <T::Currency as fungible::Inspect<_>>::minimum_balance();
            assert!(T::MinBond::get() >= least, "a bond that is given back must keep its owner alive");
            assert!(T::MaxUnbonding::get() > 0, "a bond must be able to come back");
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

    /// The only way in which a ledger is written: one that has nothing to remember is removed.
    fn store(who: &T::AccountId, ledger: Ledger<T::MaxUnbonding>) {
        if ledger.is_empty() {
            Ledgers::<T>::remove(who);
        } else {
            Ledgers::<T>::insert(who, ledger);
        }
    }
}
