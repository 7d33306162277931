//! A chain with balances, stakes, real sessions and this pallet. A session takes [`SESSION`] blocks.

use std::cell::RefCell;

use frame_support::{
    parameter_types,
    traits::{ConstU128, ConstU32, ConstU64, FindAuthor, Hooks},
};
use frame_system::EnsureRoot;
use pallet_session::{historical, PeriodicSessions, TestSessionHandler};
use sp_io::TestExternalities;
use sp_runtime::{
    impl_opaque_keys, testing::UintAuthorityId, traits::ConvertInto, ConsensusEngineId, Perbill,
    TryRuntimeError,
};
use talka_pallet_stake::GenesisBond;
use talka_pallet_test_support::{balances, begin, execute};
use talka_primitives::{
    election::Rules,
    traits::{Attesters, DutyKeys},
    Balance, Merit, Score,
};

use crate as pallet_validators;
use crate::{sessions::SessionPallet, GenesisCandidate, Sessions};

/// Validators of the genesis, each with a stake of [`STAKE`].
pub const SITTING: [u64; 4] = [1, 2, 3, 4];
/// Has a bond and keys, and does not stand for election yet.
pub const EVE: u64 = 5;
/// Has a bond and no keys.
pub const FERDIE: u64 = 6;
/// Has money and nothing else.
pub const GRETA: u64 = 7;
pub const FUND: u64 = 99;

pub const ENDOWMENT: Balance = 100_000;
pub const BOND: Balance = 10_000;
pub const STAKE: Balance = 3_000;
pub const MIN_STAKE: Balance = 600;
pub const SESSION: u32 = 20;
pub const SLOT: u64 = 2_000;
pub const LIABILITY: u32 = 5;
pub const RENEWAL: u32 = 6;
pub const RULES: Rules = Rules { seats: 4, min_seats: 3, min_stake: MIN_STAKE, term: 1 };

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Session: pallet_session,
        Historical: historical,
        Authorship: pallet_authorship,
        Balances: pallet_balances,
        Stake: talka_pallet_stake,
        Validators: pallet_validators,
    }
);

talka_pallet_test_support::base!(Test, u64, 10);

parameter_types! {
    pub const AuditFund: u64 = FUND;
    pub const MinSlash: Perbill = Perbill::from_percent(10);
}

impl_opaque_keys! {
    pub struct Keys {
        pub dummy: UintAuthorityId,
    }
}

impl pallet_session::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = u64;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = PeriodicSessions<ConstU32<SESSION>, ConstU32<0>>;
    type NextSessionRotation = PeriodicSessions<ConstU32<SESSION>, ConstU32<0>>;
    type SessionManager = historical::NoteHistoricalRoot<Self, Validators>;
    type SessionHandler = TestSessionHandler;
    type Keys = Keys;
    type DisablingStrategy = pallet_session::disabling::UpToLimitDisablingStrategy;
    type WeightInfo = ();
    type Currency = Balances;
    type KeyDeposit = ConstU128<50>;
}

impl historical::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type FullIdentification = ();
    type FullIdentificationOf = Unit;
}

/// Nothing identifies a validator but its account.
pub struct Unit;

impl sp_runtime::traits::Convert<u64, Option<()>> for Unit {
    fn convert(_: u64) -> Option<()> {
        Some(())
    }
}

thread_local! {
    static AUTHOR: RefCell<Option<u64>> = const { RefCell::new(None) };
}

/// Whom the test says.
pub struct Author;

impl FindAuthor<u64> for Author {
    fn find_author<'a, I: IntoIterator<Item = (ConsensusEngineId, &'a [u8])>>(_: I) -> Option<u64> {
        AUTHOR.with(|author| *author.borrow())
    }
}

impl pallet_authorship::Config for Test {
    type FindAuthor = Author;
    type EventHandler = Validators;
}

talka_pallet_test_support::stakes!(Test, talka_pallet_stake, passes: (), fund: AuditFund, unbonding: 20);

parameter_types! {
    /// Who acts for a worker.
    pub static WorkersKeys: Vec<u64> = Vec::new();
    /// For whom nobody attests any more.
    pub static Forgotten: Vec<u64> = Vec::new();
}

/// The keys that act for workers: those that a test names.
pub struct Named;

impl DutyKeys<u64> for Named {
    fn acts(key: &u64) -> bool {
        WorkersKeys::get().contains(key)
    }
}

/// Remembers what it is told.
pub struct Forgetful;

impl Attesters<u64> for Forgetful {
    fn forget(validator: &u64) {
        Forgotten::mutate(|forgotten| forgotten.push(*validator));
    }
}

impl pallet_validators::Config for Test {
    type Stake = Stake;
    type DutyKeys = Named;
    type Attesters = Forgetful;
    type Sessions = SessionPallet<Self>;
    type GovernanceOrigin = EnsureRoot<u64>;
    type DefaultSessionLength = ConstU32<SESSION>;
    type DefaultSlotDuration = ConstU64<SLOT>;
    type MaxSeats = ConstU32<8>;
    type MaxCandidates = ConstU32<9>;
    type Liability = ConstU32<LIABILITY>;
    type Renewal = ConstU32<RENEWAL>;
    type MinSlash = MinSlash;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Helper;
}

/// What benchmarks need of stakes and sessions.
#[cfg(feature = "runtime-benchmarks")]
pub struct Helper;

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<u64> for Helper {
    fn prepare(who: &u64, bond: Balance) {
        use frame_support::traits::fungible::Mutate;
        Balances::set_balance(who, 2 * bond);
        Stake::bond(RuntimeOrigin::signed(*who), bond).unwrap();
        set_keys(*who);
    }
    fn seat(validators: Vec<u64>) {
        pallet_session::QueuedKeys::<Test>::put(
            validators.iter().map(|who| (*who, keys(*who))).collect::<Vec<_>>(),
        );
        pallet_session::Validators::<Test>::put(validators);
    }
}

/// What is there at the start, beside the validators.
pub struct ExtBuilder {
    pub rules: Rules,
    pub slot_duration: u64,
    pub candidates: Vec<GenesisCandidate<u64>>,
}

impl Default for ExtBuilder {
    fn default() -> Self {
        let candidates = SITTING.map(|who| GenesisCandidate { who, stake: STAKE, score: Score(0) }).to_vec();
        Self { rules: RULES, slot_duration: 0, candidates }
    }
}

impl ExtBuilder {
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    pub fn scored(mut self, who: u64, score: u32) -> Self {
        for one in self.candidates.iter_mut().filter(|one| one.who == who) {
            one.score = Score(score);
        }
        self
    }

    pub fn build(self) -> TestExternalities {
        let accounts = SITTING.into_iter().chain([EVE, FERDIE, GRETA, FUND]);
        let bonded = SITTING.into_iter().chain([EVE, FERDIE]);
        let genesis = RuntimeGenesisConfig {
            balances: balances::<Test>(accounts, ENDOWMENT),
            session: pallet_session::GenesisConfig {
                keys: SITTING.map(|who| (who, who, keys(who))).to_vec(),
                non_authority_keys: vec![],
            },
            stake: talka_pallet_stake::GenesisConfig {
                bonds: bonded.map(|who| GenesisBond { who, bond: BOND, merit: Merit(30) }).collect(),
                rules: None,
            },
            validators: pallet_validators::GenesisConfig {
                session_length: 0,
                slot_duration: self.slot_duration,
                rules: self.rules,
                candidates: self.candidates,
            },
            ..Default::default()
        };
        let mut chain = begin::<Test>(genesis);
        chain.execute_with(|| set_keys(EVE));
        chain
    }

    /// Run a test; afterwards every invariant holds and there is as much money as before.
    pub fn build_and_execute(self, test: impl FnOnce()) {
        execute::<Test, _>(self.build(), check, || {
            System::reset_events();
            test();
        });
    }
}

/// Every invariant of the two pallets holds.
fn check() -> Result<(), TryRuntimeError> {
    Validators::do_try_state()?;
    Stake::do_try_state()
}

fn keys(seed: u64) -> Keys {
    Keys { dummy: UintAuthorityId(seed) }
}

/// Set keys of which nobody else has the like.
pub fn set_keys(who: u64) {
    set_other_keys(who, who);
}

pub fn set_other_keys(who: u64, seed: u64) {
    let mut keys = keys(seed);
    let proof = keys.create_ownership_proof(&codec::Encode::encode(&who)).unwrap();
    Session::set_keys(RuntimeOrigin::signed(who), keys, codec::Encode::encode(&proof)).unwrap();
}

/// The next block, made by `author`.
pub fn block(author: u64) {
    AUTHOR.with(|cell| *cell.borrow_mut() = Some(author));
    let next = System::block_number() + 1;
    System::set_block_number(next);
    Session::on_initialize(next);
    Authorship::on_initialize(next);
    Authorship::on_finalize(next);
    check().unwrap();
}

/// Blocks up to the first of the next session, made in turn by the seated validators that are not `away`. The last one is made
/// by a validator of the next session.
pub fn session_without(away: &[u64]) {
    let session = Session::current_index();
    while Session::current_index() == session {
        let last = (System::block_number() + 1).is_multiple_of(SESSION);
        let seated = if last { <SessionPallet<Test>>::announced() } else { <SessionPallet<Test>>::seated() };
        let there: Vec<_> = seated.into_iter().filter(|who| !away.contains(who)).collect();
        block(there[System::block_number() as usize % there.len()]);
    }
}

/// The same, with everybody there.
pub fn session() {
    session_without(&[]);
}
