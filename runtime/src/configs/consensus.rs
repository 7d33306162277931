//! Who makes blocks, and who finalises them.
//!
//! The validators are those of the genesis; they may change their keys. Reports of equivocation need somebody
//! to slash, so there are none yet.

use frame_support::traits::{ConstU128, ConstU32, ConstU64};
use pallet_session::FindAccountFromAuthorIndex;
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};
use sp_runtime::traits::{ConvertInto, OpaqueKeys};

use crate::{
    constants::{currency::deposit, time},
    AccountId, Babe, Balances, Runtime, RuntimeEvent, Session, SessionKeys,
};

/// Every slot has an author, and every block carries a VRF output: the draws of workers depend on it.
pub const EPOCH_CONFIG: BabeEpochConfiguration = BabeEpochConfiguration {
    c: time::PRIMARY_PROBABILITY,
    allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots,
};

/// Far more validators than the first networks have; it bounds the work of a change of session.
const MAX_AUTHORITIES: u32 = 1_000;
/// What a validator that is not in the genesis has reserved for its keys.
const KEY_DEPOSIT: u128 = deposit(1, 64);

impl pallet_babe::Config for Runtime {
    type EpochDuration = ConstU64<{ time::EPOCH as u64 }>;
    type ExpectedBlockTime = ConstU64<{ time::SLOT_DURATION }>;
    type EpochChangeTrigger = pallet_babe::ExternalTrigger;
    type DisabledValidators = Session;
    type WeightInfo = ();
    type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
    type MaxNominators = ConstU32<0>;
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
    type MaxNominators = ConstU32<0>;
    type MaxSetIdSessionEntries = ConstU64<0>;
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = FindAccountFromAuthorIndex<Runtime, Babe>;
    type EventHandler = ();
}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = Babe;
    type NextSessionRotation = Babe;
    type SessionManager = ();
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = ();
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type KeyDeposit = ConstU128<KEY_DEPOSIT>;
}
