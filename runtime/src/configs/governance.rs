//! Who decides about the chain itself.
//!
//! A council: two thirds of it set categories and the rules of elections, and may do what root may, such as an upgrade of
//! the runtime, when half of it has put that very call on the list before. Half of it can pause calls in an emergency.

use frame_support::{
    dispatch::DispatchClass,
    parameter_types,
    traits::{ConstU32, Contains, EitherOf, InsideBoth},
    weights::Weight,
};
use frame_system::EnsureRoot;
use pallet_collective::{EnsureProportionAtLeast, EnsureProportionMoreThan, Instance1, PrimeDefaultVote};
use pallet_tx_pause::RuntimeCallNameOf;
use sp_runtime::Perbill;

use super::{consensus::KeysStay, system::BlockWeights};
use crate::{
    constants::governance, AccountId, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, System, TxPause,
};

/// Two thirds of the council, or root: which is the council too, but on test chains.
pub type TwoThirdsOfCouncil =
    EitherOf<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, Instance1, 2, 3>>;
/// More than half of the council, or root.
pub type HalfOfCouncil =
    EitherOf<EnsureRoot<AccountId>, EnsureProportionMoreThan<AccountId, Instance1, 1, 2>>;

parameter_types! {
    /// The work of one motion: half of what ordinary calls may use.
    pub MaxProposalWeight: Weight = Perbill::from_percent(50)
        * BlockWeights::get().get(DispatchClass::Normal).max_total.unwrap_or_default();
}

impl pallet_collective::Config<Instance1> for Runtime {
    type RuntimeOrigin = RuntimeOrigin;
    type Proposal = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type MotionDuration = ConstU32<{ governance::MOTION }>;
    type MaxProposals = ConstU32<{ governance::MAX_MOTIONS }>;
    type MaxMembers = ConstU32<{ governance::MAX_MEMBERS }>;
    type DefaultVote = PrimeDefaultVote;
    type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
    type SetMembersOrigin = EnsureRoot<AccountId>;
    type MaxProposalWeight = MaxProposalWeight;
    type DisapproveOrigin = EnsureRoot<AccountId>;
    type KillOrigin = EnsureRoot<AccountId>;
    /// Only members propose, and only so many motions at once.
    type Consideration = ();
}

impl pallet_whitelist::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WhitelistOrigin = HalfOfCouncil;
    type DispatchWhitelistedOrigin = TwoThirdsOfCouncil;
    /// The call comes with the motion that dispatches it. An upgrade names its code by the hash.
    type Preimages = ();
    type DeferredDispatchExpiration = ConstU32<{ governance::MOTION }>;
    type BlockNumberProvider = System;
    type WeightInfo = pallet_whitelist::weights::SubstrateWeight<Runtime>;
}

/// Calls that cannot be paused: without them the chain could not go on, the council could not end the pause, or workers
/// would lose stake for what they are kept from doing.
pub struct Unpausable;

impl Contains<RuntimeCallNameOf<Runtime>> for Unpausable {
    fn contains((pallet, call): &RuntimeCallNameOf<Runtime>) -> bool {
        match (pallet.as_slice(), call.as_slice()) {
            (b"System" | b"Timestamp" | b"Babe" | b"Grandpa" | b"Session", _) => true,
            (b"Council" | b"Whitelist" | b"TxPause" | b"Sudo", _) => true,
            (b"Poco", call) => call != b"go_online",
            _ => false,
        }
    }
}

impl pallet_tx_pause::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PauseOrigin = HalfOfCouncil;
    type UnpauseOrigin = HalfOfCouncil;
    type WhitelistedCalls = Unpausable;
    type MaxNameLen = ConstU32<{ governance::MAX_NAME }>;
    type WeightInfo = pallet_tx_pause::weights::SubstrateWeight<Runtime>;
}

/// The calls that are accepted now.
pub type CallFilter = InsideBoth<KeysStay, TxPause>;
