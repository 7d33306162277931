#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod api;
mod attendance;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod calls;
mod election;
mod juror_keys;
mod jurors;
mod offence;
pub mod record;
mod seats;
pub mod sessions;
mod try_state;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use record::{Candidate, Cause, Retired};
pub use sessions::Sessions;
pub use weights::WeightInfo;

/// The shortest slot of a network, in milliseconds: below it, the clocks of machines and the way of a block count more
/// than the slot.
pub const MIN_SLOT_DURATION: u64 = 100;
/// The longest slot of a network, in milliseconds.
pub const MAX_SLOT_DURATION: u64 = 60_000;

/// Whether slots may last this many milliseconds. Two blocks are at least half a slot apart: it must have a half.
const fn is_slot_duration(milliseconds: u64) -> bool {
    MIN_SLOT_DURATION <= milliseconds && milliseconds <= MAX_SLOT_DURATION && milliseconds.is_multiple_of(2)
}

#[frame_support::pallet]
pub mod pallet {
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use serde::{Deserialize, Serialize};
    use sp_runtime::Perbill;
    use sp_staking::SessionIndex;
    use talka_primitives::{
        election::Rules,
        traits::{Attesters, DutyKeys, Stake},
        Balance, Score,
    };

    use crate::{
        is_slot_duration, Candidate, Cause, Retired, Sessions, WeightInfo, MAX_SLOT_DURATION,
        MIN_SLOT_DURATION,
    };

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Where stakes are locked, and forfeit.
        type Stake: Stake<Self::AccountId>;

        /// Which accounts act for workers.
        type DutyKeys: DutyKeys<Self::AccountId>;

        /// The accounts that attest for validators.
        type Attesters: Attesters<Self::AccountId>;

        /// The sessions that validators are elected for.
        type Sessions: Sessions<Self::AccountId>;

        /// Who may set the rules of elections.
        type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Slots of a session, where the genesis says nothing else.
        #[pallet::constant]
        type DefaultSessionLength: Get<u32>;

        /// Milliseconds of a slot, where the genesis says nothing else.
        #[pallet::constant]
        type DefaultSlotDuration: Get<u64>;

        /// Most validators that there can be.
        #[pallet::constant]
        type MaxSeats: Get<u32>;

        /// Most candidates that there can be: an election reads them all.
        #[pallet::constant]
        type MaxCandidates: Get<u32>;

        /// Sessions for which a stake stays liable after its owner's last one as a validator. Offences of sessions
        /// further back are not punished.
        #[pallet::constant]
        type Liability: Get<SessionIndex>;

        /// After this number of sessions the validators are announced again even if they stay the same. A new set of voters
        /// starts to count its rounds at 1, and nodes keep something of each round until its number comes again.
        #[pallet::constant]
        type Renewal: Get<SessionIndex>;

        /// The least part of the stake that equivocation costs.
        #[pallet::constant]
        type MinSlash: Get<Perbill>;

        /// What the calls and the handlers cost.
        type WeightInfo: WeightInfo;

        /// What the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
    }

    /// What governance decided about elections.
    #[pallet::storage]
    pub type ElectionRules<T: Config> = StorageValue<_, Rules, ValueQuery>;

    /// Slots of a session. The chain begins with it and keeps it: BABE counts its epochs from the first slot on.
    #[pallet::storage]
    pub type SessionLength<T: Config> = StorageValue<_, u32, ValueQuery, T::DefaultSessionLength>;

    /// Milliseconds of a slot. The chain begins with it and keeps it: BABE numbers its slots from the Unix epoch on.
    #[pallet::storage]
    pub type SlotDuration<T: Config> = StorageValue<_, u64, ValueQuery, T::DefaultSlotDuration>;

    /// Who stands for election. Bounded by `MaxCandidates`.
    ///
    /// Blake2_128Concat: accounts are chosen by users, who could aim them at one branch of the trie.
    #[pallet::storage]
    pub type Candidates<T: Config> =
        CountedStorageMap<_, Blake2_128Concat, T::AccountId, Candidate, OptionQuery>;

    /// Who stands no more, and whose stake is still locked. Not bounded: never walked through.
    ///
    /// Blake2_128Concat: accounts are chosen by users, who could aim them at one branch of the trie.
    #[pallet::storage]
    #[pallet::storage_prefix = "Retired"]
    pub type RetiredOnes<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Retired, OptionQuery>;

    /// The account that acts on juries for each validator that has named one.
    ///
    /// Blake2_128Concat: accounts are chosen by users, who could aim them at one branch of the trie.
    #[pallet::storage]
    pub type JurorKeys<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

    /// The validator that each of these accounts acts for.
    ///
    /// Blake2_128Concat: accounts are chosen by users, who could aim them at one branch of the trie.
    #[pallet::storage]
    pub type ActsFor<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

    /// How many blocks of this session each validator made. Absent: none.
    ///
    /// Twox64Concat: only accounts that were elected are in it.
    #[pallet::storage]
    pub type Authored<T: Config> = StorageMap<_, Twox64Concat, T::AccountId, u32, ValueQuery>;

    /// A candidate at genesis.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    pub struct GenesisCandidate<AccountId> {
        /// Who. It must have a bond.
        pub who: AccountId,
        /// The part of its bond that it puts up, in units of TLK.
        pub stake: Balance,
        /// The score that it starts with, on a test chain.
        #[serde(default)]
        pub score: Score,
    }

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Slots of a session; 0 for the constant `DefaultSessionLength`. It can never be changed.
        pub session_length: u32,
        /// Milliseconds of a slot, an even number from [`MIN_SLOT_DURATION`] to [`MAX_SLOT_DURATION`]; 0 for the
        /// constant `DefaultSlotDuration`. It can never be changed.
        pub slot_duration: u64,
        /// How elections are held, until governance changes it.
        pub rules: Rules,
        /// Who stands for election from the start. Their bonds must be there already. All validators of the genesis must
        /// be among them: one that has put up nothing could equivocate for nothing.
        pub candidates: Vec<GenesisCandidate<T::AccountId>>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert!(
                self.rules.are_sound(T::MaxSeats::get()),
                "genesis: no election can be held by these rules"
            );
            ElectionRules::<T>::put(self.rules);
            if self.session_length > 0 {
                SessionLength::<T>::put(self.session_length);
            }
            if self.slot_duration > 0 {
                assert!(
                    is_slot_duration(self.slot_duration),
                    "genesis: slots must last an even number of milliseconds from {MIN_SLOT_DURATION} to \
                     {MAX_SLOT_DURATION}, not {}",
                    self.slot_duration
                );
                SlotDuration::<T>::put(self.slot_duration);
            }
            assert!(
                self.candidates.len() <= T::MaxCandidates::get() as usize,
                "genesis: too many candidates"
            );
            for GenesisCandidate { who, stake, score } in &self.candidates {
                assert!(!Candidates::<T>::contains_key(who), "genesis: {who:?} is a candidate twice");
                assert!(*stake >= self.rules.min_stake, "genesis: {who:?} stakes less than the least stake");
                let pledged = T::Stake::pledge(who, *stake);
                assert!(pledged.is_ok(), "genesis: {who:?} cannot stake {stake}: {pledged:?}");
                Candidates::<T>::insert(who, Candidate { stake: *stake, score: *score, missed: 0 });
            }
            for who in T::Sessions::seated() {
                assert!(Candidates::<T>::contains_key(&who), "genesis: {who:?} sits and has put up no stake");
            }
            T::Sessions::note_genesis();
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An account became a candidate.
        Registered {
            /// The account.
            who: T::AccountId,
            /// Its stake, in units of TLK.
            stake: Balance,
        },
        /// A candidate increased its stake.
        StakeAdded {
            /// The account.
            who: T::AccountId,
            /// Its new stake, in units of TLK.
            stake: Balance,
        },
        /// A candidate withdrew or was removed. Its stake stays locked while it is liable.
        Retired {
            /// The account.
            who: T::AccountId,
            /// The reason.
            cause: Cause,
            /// The first session in which its stake can be released.
            until: SessionIndex,
        },
        /// The stake of a former candidate was unlocked.
        Released {
            /// The account.
            who: T::AccountId,
            /// The amount, in units of TLK.
            amount: Balance,
        },
        /// The session keys of an account were removed, and their deposit released.
        KeysForgotten {
            /// The account.
            who: T::AccountId,
        },
        /// An election changed the set of validators.
        Elected {
            /// The first session of the new set.
            session: SessionIndex,
            /// The new validators.
            joining: Vec<T::AccountId>,
            /// The former validators.
            leaving: Vec<T::AccountId>,
        },
        /// A validator missed nearly all of its share of a session's blocks.
        Missed {
            /// The account.
            who: T::AccountId,
            /// The session.
            session: SessionIndex,
            /// The number of sessions in a row, including this one.
            missed: u32,
        },
        /// A validator's score changed.
        ScoreChanged {
            /// The account.
            who: T::AccountId,
            /// The new value.
            score: Score,
        },
        /// A validator was slashed for equivocation: it lost a part of its stake and its scores, and is no longer a candidate.
        Slashed {
            /// The account.
            who: T::AccountId,
            /// The session of the offence.
            session: SessionIndex,
            /// The part of its stake that the offence costs in total.
            share: Perbill,
            /// The amount that went to the audit fund now, in units of TLK.
            amount: Balance,
        },
        /// A validator named the account that acts for it on juries, or took it back.
        JurorKeySet {
            /// The validator.
            who: T::AccountId,
            /// The account; none where the validator votes by itself.
            key: Option<T::AccountId>,
        },
        /// The rules of elections were changed.
        RulesSet {
            /// The rules.
            rules: Rules,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The account is a candidate already. To put up more, call `add_stake`.
        AlreadyCandidate,
        /// The account is not a candidate. Call `register` first.
        NotCandidate,
        /// The account has no session keys. Make them on the validator's node with `author_rotateKeysWithOwner`, set
        /// them with `session.set_keys`, then register.
        NoKeys,
        /// The stake would be less than the least that a candidate puts up (`rules.min_stake`). Stake more.
        StakeTooSmall,
        /// There are as many candidates as there can be (the constant `MaxCandidates`). Wait until one resigns.
        TooManyCandidates,
        /// The account equivocated and may not stand for election yet. Wait until the session that the event `Retired`
        /// told.
        Barred,
        /// The account has no stake that is still locked here. There is nothing to release.
        NothingToRelease,
        /// The stake is still liable for what its owner did as a validator. Wait until the session that the event
        /// `Retired` told, or that storage tells.
        StillLiable,
        /// The account is a validator of this session or the next, or a candidate. Resign, and wait until the seat is
        /// gone.
        KeysNeeded,
        /// No election can be held by such rules. There must be from 1 to `seats` of `min_seats`, at most `MaxSeats`
        /// of `seats`, and a `term` from 1 to 336.
        UnsoundRules,
        /// The account has a bond, or acts for another validator or for a worker. Name one that does nothing else.
        JurorKeyInUse,
        /// The amount is zero. Give the amount of TLK to stake.
        ZeroAmount,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Become a candidate, with a part of the bond as stake, which stays locked until it is released. What is still
        /// locked from an earlier candidacy counts as well. Session keys must be set.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register())]
        pub fn register(origin: OriginFor<T>, stake: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_register(who, stake)?;
            Ok(())
        }

        /// Increase the stake by a part of the bond.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::add_stake())]
        pub fn add_stake(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_add_stake(who, amount)?;
            Ok(())
        }

        /// Withdraw from elections. A validator keeps its seat and its duties until an election fills or removes the seat.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::resign())]
        pub fn resign(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_resign(who)?;
            Ok(())
        }

        /// Unlock the stake once it is no longer liable: `Liability` sessions after the last one as a validator. It is a free
        /// part of the bond again, for other uses or to be unbonded.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::release())]
        pub fn release(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_release(who)?;
            Ok(())
        }

        /// Remove the session keys and release their deposit. Refused while they are needed.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::forget_keys())]
        pub fn forget_keys(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_forget_keys(who)?;
            Ok(())
        }

        /// Set the rules of elections. For governance.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::set_rules())]
        pub fn set_rules(origin: OriginFor<T>, rules: Rules) -> DispatchResult {
            T::GovernanceOrigin::ensure_origin(origin)?;
            Self::do_set_rules(rules)?;
            Ok(())
        }

        /// Name the account that acts for the caller on juries, or take it back. Its calls about tasks on whose juries the
        /// caller sits count for the caller, who can vote by itself all the same. It has no other right. For candidates and
        /// validators.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::set_juror_key())]
        pub fn set_juror_key(origin: OriginFor<T>, key: Option<T::AccountId>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_juror_key(who, key)
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            assert!(T::MaxCandidates::get() >= T::MaxSeats::get(), "every seat must find its candidate");
            assert!(T::DefaultSessionLength::get() > 0, "a session must be able to end");
            assert!(
                is_slot_duration(T::DefaultSlotDuration::get()),
                "a slot must be neither too short nor too long"
            );
            assert!(T::Liability::get() > 0, "an offence must be able to be punished");
            assert!(T::Renewal::get() > 0, "the validators must be announced again at some time");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }
}

/// Time as the consensus engine wants it.
impl<T: Config> Pallet<T> {
    /// Milliseconds of a slot: constant while the chain lives.
    pub fn slot_duration() -> u64 {
        SlotDuration::<T>::get()
    }

    /// Slots of a session: constant while the chain lives.
    pub fn session_length() -> u32 {
        SessionLength::<T>::get().max(1)
    }
}
