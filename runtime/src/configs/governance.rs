//! Who decides about the chain itself.
//!
//! A council: two thirds of it set categories and the rules of elections. They may also do what root may, such as an
//! upgrade of the runtime, when half of the council has listed that very call two days before. Half of it can pause calls
//! at once in an emergency.

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

use super::system::BlockWeights;
use crate::{constants::governance, AccountId, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, TxPause};

/// Two thirds of the council, or root: a call that it has enacted.
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
    /// Nothing is held for a motion: only members propose, and the number of motions at once is limited.
    type Consideration = ();
}

/// The call comes with the motion that enacts it. An upgrade names its code by the hash.
impl talka_pallet_enactment::Config for Runtime {
    type ListOrigin = HalfOfCouncil;
    type EnactOrigin = TwoThirdsOfCouncil;
    type DefaultDelay = ConstU32<{ governance::DELAY }>;
    type Window = ConstU32<{ governance::WINDOW }>;
    type MaxListed = ConstU32<{ governance::MAX_LISTED }>;
    type WeightInfo = talka_pallet_enactment::weights::SubstrateWeight<Runtime>;
}

/// The calls that can be paused: those that begin something, and those that move money or ownership away (what is offered
/// moves when it is accepted; what goes to Ethereum cannot be taken back). No other call can: what workers, jurors and validators owe, the ways in which they call it (batches, proxies, several signatures),
/// what gives somebody back its own, and what makes the chain and the council go on.
pub const PAUSABLE: [(&str, &[&str]); 9] = [
    ("Balances", &["transfer_allow_death", "transfer_keep_alive", "transfer_all"]),
    ("Stake", &["bond"]),
    (
        "Marketplace",
        &[
            "request",
            "publish_app",
            "publish_dataset",
            "publish_pool",
            "transfer_app",
            "transfer_dataset",
            "transfer_pool",
            "accept_app",
            "accept_dataset",
            "accept_pool",
            "join_pool",
        ],
    ),
    ("Poco", &["go_online"]),
    ("Groups", &["create_group", "add_members", "transfer_group", "accept_group"]),
    ("Orders", &["publish_order", "match_orders", "sponsor_orders"]),
    ("Validators", &["register", "add_stake"]),
    // Also what is claimed: it was deposited, if those who say so are right.
    ("Bridge", &["credit", "claim_parked", "withdraw"]),
    ("Gateway", &["report", "sweep"]),
];

/// All other calls.
pub struct Unpausable;

impl Contains<RuntimeCallNameOf<Runtime>> for Unpausable {
    fn contains((pallet, call): &RuntimeCallNameOf<Runtime>) -> bool {
        // The benchmark of the SDK pauses a call that does not exist.
        cfg!(not(feature = "runtime-benchmarks"))
            && !PAUSABLE.iter().any(|(name, calls)| {
                name.as_bytes() == pallet.as_slice()
                    && calls.iter().any(|one| one.as_bytes() == call.as_slice())
            })
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

/// Calls of the SDK's pallets that would break what the chain promises:
///
/// * `Session.purge_keys` would leave a seat empty; `Validators.forget_keys` refuses while a seat needs the keys.
/// * `Balances.burn` would destroy TLK.
pub struct Promised;

impl Contains<RuntimeCall> for Promised {
    fn contains(call: &RuntimeCall) -> bool {
        !matches!(
            call,
            RuntimeCall::Session(pallet_session::Call::purge_keys { .. })
                | RuntimeCall::Balances(pallet_balances::Call::burn { .. })
        )
    }
}

/// The calls that are accepted now.
pub type CallFilter = InsideBoth<Promised, TxPause>;
