//! Who makes blocks, who finalises them, and what it costs to sign what must not be signed.

use codec::Encode;
use frame_support::{
    parameter_types,
    traits::{ConstU128, ConstU32, ConstU64, KeyOwnerProofSystem},
};
use frame_system::offchain::{CreateBare, CreateTransactionBase};
use pallet_session::{
    disabling::UpToLimitWithReEnablingDisablingStrategy, historical, FindAccountFromAuthorIndex,
};
use sp_consensus_babe::{AllowedSlots, AuthorityId as BabeId, BabeEpochConfiguration};
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_core::Get;
use sp_runtime::{
    traits::{Convert, ConvertInto, OpaqueKeys},
    KeyTypeId, Perbill,
};
use talka_pallet_validators::sessions::SessionPallet;

use super::governance::TwoThirdsOfCouncil;
use crate::{
    constants::{consensus, currency::deposit, time},
    AccountId, Babe, Balances, Bridge, Historical, Offences, Poco, Runtime, RuntimeCall, RuntimeEvent,
    Session, SessionKeys, Stake, UncheckedExtrinsic, Validators,
};

/// Every slot has an author, and every block carries a VRF output: the draws of workers depend on it.
pub const EPOCH_CONFIG: BabeEpochConfiguration = BabeEpochConfiguration {
    c: time::PRIMARY_PROBABILITY,
    allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots,
};

/// What a validator that is not in the genesis has reserved for its keys: two of 32 bytes, and one of 33.
const KEY_DEPOSIT: u128 = deposit(1, 97);

/// Slots of an epoch, which is a session too: what the genesis says. It is constant while the chain lives, because BABE
/// counts its epochs from the first slot on.
pub struct SessionLength;

impl Get<u64> for SessionLength {
    fn get() -> u64 {
        Validators::session_length().into()
    }
}

/// Milliseconds of a slot: what the genesis says. It is constant while the chain lives, because BABE numbers its slots
/// from the Unix epoch on.
pub struct SlotDuration;

impl Get<u64> for SlotDuration {
    fn get() -> u64 {
        Validators::slot_duration()
    }
}

/// The least time between two blocks, in milliseconds. BABE takes a slot to be twice as long.
pub struct HalfSlot;

impl Get<u64> for HalfSlot {
    fn get() -> u64 {
        SlotDuration::get() / 2
    }
}

/// For how many blocks a report of equivocation may wait: as long as it can be proven.
pub struct ReportLongevity;

impl Get<u64> for ReportLongevity {
    fn get() -> u64 {
        SessionLength::get().saturating_mul(consensus::LIABILITY.into())
    }
}

parameter_types! {
    /// The least part of the stake that equivocation costs.
    pub const MinSlash: Perbill = consensus::MIN_SLASH;
}

impl pallet_babe::Config for Runtime {
    type EpochDuration = SessionLength;
    type ExpectedBlockTime = SlotDuration;
    type EpochChangeTrigger = pallet_babe::ExternalTrigger;
    type DisabledValidators = Session;
    type WeightInfo = ();
    type MaxAuthorities = ConstU32<{ consensus::MAX_SEATS }>;
    type MaxNominators = ConstU32<0>;
    type KeyOwnerProof = <Historical as KeyOwnerProofSystem<(KeyTypeId, BabeId)>>::Proof;
    type EquivocationReportSystem =
        pallet_babe::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = ConstU32<{ consensus::MAX_SEATS }>;
    type MaxNominators = ConstU32<0>;
    /// A set of voters lives for a session at least: with this number of entries the session of every punishable vote is known.
    type MaxSetIdSessionEntries = ConstU64<{ consensus::LIABILITY as u64 }>;
    type KeyOwnerProof = <Historical as KeyOwnerProofSystem<(KeyTypeId, GrandpaId)>>::Proof;
    type EquivocationReportSystem =
        pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

/// Reports of equivocation are unsigned: their proof is enough.
impl<Call: Into<RuntimeCall>> CreateTransactionBase<Call> for Runtime
where
    RuntimeCall: From<Call>,
{
    type Extrinsic = UncheckedExtrinsic;
    type RuntimeCall = RuntimeCall;
}

impl<Call> CreateBare<Call> for Runtime
where
    RuntimeCall: From<Call>,
{
    fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
        UncheckedExtrinsic::new_bare(call)
    }
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = FindAccountFromAuthorIndex<Runtime, Babe>;
    type EventHandler = Validators;
}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = Babe;
    type NextSessionRotation = Babe;
    type SessionManager = historical::NoteHistoricalRoot<Self, Validators>;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    /// Never more than a third: the others must be able to go on.
    type DisablingStrategy = UpToLimitWithReEnablingDisablingStrategy;
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type KeyDeposit = ConstU128<KEY_DEPOSIT>;
}

/// A validator is its account, and nothing more.
pub struct Account;

impl Convert<AccountId, Option<()>> for Account {
    fn convert(_: AccountId) -> Option<()> {
        Some(())
    }
}

impl historical::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type FullIdentification = ();
    type FullIdentificationOf = Account;
}

impl pallet_offences::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type IdentificationTuple = historical::IdentificationTuple<Runtime>;
    type OnOffenceHandler = Validators;
}

impl talka_pallet_validators::Config for Runtime {
    type Stake = Stake;
    type DutyKeys = Poco;
    type Attesters = Bridge;
    type Sessions = SessionPallet<Runtime>;
    type GovernanceOrigin = TwoThirdsOfCouncil;
    type DefaultSessionLength = ConstU32<{ consensus::SESSION }>;
    type DefaultSlotDuration = ConstU64<{ time::SLOT_DURATION }>;
    type MaxSeats = ConstU32<{ consensus::MAX_SEATS }>;
    type MaxCandidates = ConstU32<{ consensus::MAX_CANDIDATES }>;
    type Liability = ConstU32<{ consensus::LIABILITY }>;
    type Renewal = ConstU32<{ consensus::RENEWAL }>;
    type MinSlash = MinSlash;
    type WeightInfo = talka_pallet_validators::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

/// The proof that a key was a validator's in a session, as the node's reports carry it.
pub fn ownership_proof<Key>(key_type: KeyTypeId, key: Key) -> Option<alloc::vec::Vec<u8>>
where
    Historical: KeyOwnerProofSystem<(KeyTypeId, Key)>,
    <Historical as KeyOwnerProofSystem<(KeyTypeId, Key)>>::Proof: Encode,
{
    Historical::prove((key_type, key)).map(|proof| proof.encode())
}
