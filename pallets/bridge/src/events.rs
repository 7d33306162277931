//! What the calls tell.

use frame_support::pallet_macros::pallet_section;

/// A part of the pallet, which takes it in by `import_section`.
#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Governance has named the contracts on Ethereum.
        ContractsNamed {
            /// The contracts.
            contracts: Contracts,
        },
        /// Governance has set the limits.
        LimitsSet {
            /// The limits.
            limits: Limits,
        },
        /// A validator named the account that attests for it, or took it back. What was attested for it counts no more.
        AttesterSet {
            /// The validator.
            validator: T::AccountId,
            /// The account; none where the validator attests by itself.
            attester: Option<T::AccountId>,
        },
        /// A validator has attested to deposits.
        Attested {
            /// The validator.
            validator: T::AccountId,
            /// How many deposits there are.
            deposits: u64,
            /// The accumulator after the last of them.
            accumulator: Hash,
        },
        /// More than two thirds of the validators have attested to these deposits: they can be credited.
        Accepted {
            /// How many deposits there are.
            deposits: u64,
            /// The accumulator after the last of them.
            accumulator: Hash,
        },
        /// A deposit was credited.
        Credited {
            /// Its number.
            nonce: u64,
            /// Who has it.
            to: T::AccountId,
            /// How much, in units of TLK.
            amount: Balance,
        },
        /// A deposit could not be credited, because the bucket was empty or the account could not take it. It waits to be
        /// claimed.
        Parked {
            /// Its number.
            nonce: u64,
            /// Who it is for.
            to: T::AccountId,
            /// How much, in units of TLK.
            amount: Balance,
        },
        /// What was parked for an account was credited.
        Claimed {
            /// The account.
            who: T::AccountId,
            /// How much, in units of TLK.
            amount: Balance,
        },
        /// An account has withdrawn to Ethereum.
        Withdrawn {
            /// The place of the message in the outbox.
            index: u32,
            /// The account.
            who: T::AccountId,
            /// Who receives it on Ethereum.
            to: EthereumAddress,
            /// What the vault pays, in units of TLK.
            amount: Balance,
            /// The part of it for who claims, in units of TLK.
            tip: Balance,
        },
        /// A message was added to the outbox.
        MessageSent {
            /// Its place in the outbox.
            index: u32,
            /// Its leaf.
            leaf: Hash,
        },
    }
}
