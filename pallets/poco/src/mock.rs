//! A chain with the real pallets of audits, stakes and the marketplace. Only who makes blocks is simulated: two validators
//! in turn, whose outputs are hashes of a counter.

use frame_support::{
    assert_ok, parameter_types,
    traits::{ConstU32, Hooks},
    BoundedVec,
};
use frame_system::EnsureRoot;
use sp_io::TestExternalities;
use sp_runtime::{
    traits::{BlakeTwo256, Hash},
    Perbill, TryRuntimeError,
};
use talka_pallet_stake::{Ledger, Ledgers};
use talka_pallet_test_support::{balances, begin, category, execute, NoGroups, MAX_UNBONDING};
use talka_primitives::{
    asset::{Category, PoolPolicy, RuntimeClass, Tags, Topic},
    commitment,
    deal::Periods,
    matching::Request,
    merit::MeritRules,
    seed::{Authored, Output},
    traits::{Audits as _, Authorship, Jurors, Stake as _},
    view::{Listed, Progress},
    AppId, Balance, CategoryId, ContentId, DealId, Digest, Merit, Parameters, PoolId, Share, StoragePrice,
    TaskId, Trust,
};

use crate as pallet_poco;
use crate::{Bench, Commitment, Reveal};

pub const REQUESTER: u64 = 1;
pub const OPERATOR: u64 = 2;
pub const PROVIDER: u64 = 3;
pub const FUND: u64 = 4;
/// The first worker; the others follow.
pub const WORKER: u64 = 10;
/// Those that sit on juries.
pub const JURORS: [u64; 7] = [200, 201, 202, 203, 204, 205, 206];
/// As many accounts have money to be workers.
pub const WORKERS: u64 = 128;

pub const ENDOWMENT: Balance = 1_000_000;
pub const BOND: Balance = 1_000;
pub const RUN_TIME: u32 = 20;
pub const GRACE: u32 = 5;
pub const REVEAL_PERIOD: u32 = 10;
pub const HEARTBEAT: u32 = 4;
pub const UNBONDING: u32 = 500;
pub const RIPENING: u32 = 30;
pub const NOTICE: u32 = 3;
/// Longer than any test takes that is not about it.
pub const RETENTION: u32 = 100_000;
/// The least time of a task that is not audited, from its deal to its end.
pub const LEAST: u32 = 1 + RUN_TIME + GRACE + REVEAL_PERIOD;
/// The least time of one that is.
pub const LEAST_AUDITED: u32 = LEAST + 2 + RUN_TIME + GRACE;
/// As on a public network, but quicker: the half-life of merit is ninety times as long as a bond ripens.
pub const MERIT_RULES: MeritRules =
    MeritRules { yardstick: VALUE, half_life: 90 * RIPENING, ripening: RIPENING };

pub const APP: AppId = AppId(0);
/// An app whose results may differ.
pub const REPLICATED: AppId = AppId(1);
pub const POOL: PoolId = PoolId(0);
/// The bench of the pool.
pub const BENCH: Bench = Bench::Pool(POOL);
pub const CATEGORY: CategoryId = CategoryId(0);
pub const APP_PRICE: Balance = 3;
pub const POOL_PRICE: Balance = 25;
/// All that is paid for a task: what is at stake goes by it.
pub const VALUE: Balance = APP_PRICE + POOL_PRICE;
/// The least value of a task.
pub const FLOOR: Balance = 14;
/// 35 % of the pool price: what a worker locks where nothing is audited.
pub const STAKE: Balance = 8;
/// What a worker locks where a jury can find it wrong: enough for seven jurors and who was right.
pub const LOCK: Balance = 8 * VALUE;
/// 30 % of the pool price.
pub const GUARANTEE: Balance = 7;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Stake: talka_pallet_stake,
        Audit: talka_pallet_audit,
        Marketplace: talka_pallet_marketplace,
        Poco: pallet_poco,
    }
);

talka_pallet_test_support::base!(Test, u64, 1);

parameter_types! {
    pub const AuditFund: u64 = FUND;
    pub const MaxDuration: u32 = 1_000;
    pub const TaskPeriods: Periods = Periods { commit_grace: GRACE, reveal_period: REVEAL_PERIOD };
    pub const PolicyNotice: u32 = NOTICE;
    pub const HeartbeatPeriod: u32 = HEARTBEAT;
    pub const CommitGrace: u32 = GRACE;
    pub const RevealPeriod: u32 = REVEAL_PERIOD;
    pub const MaxBatch: u32 = 16;
    /// A test may starve the hook.
    pub static BlockShare: Perbill = Perbill::from_percent(25);
    /// Who sits on juries.
    pub static Sitting: Vec<u64> = JURORS.to_vec();
    /// Who was fined how much.
    pub static Fines: Vec<(u64, Balance)> = Vec::new();
    /// The validator that makes the next blocks. Two take turns where a test names none.
    pub static Author: Option<u64> = None;
    /// Whether there is no other validator.
    pub static IsSole: bool = false;
    /// A test that draws again has another one.
    pub static Luck: u64 = 0;
    pub static JurorKeys: Vec<JurorKey> = Vec::new();
    /// Nothing, where a test does not say something else.
    pub static Storage: StoragePrice = StoragePrice { item: 0, byte: 0 };
    /// Nothing, where a test does not say something else.
    pub static RegistrationDeposit: Balance = 0;
    /// Nothing, where a test does not say something else.
    pub static DutyKeyDeposit: Balance = 0;
    pub const UsualRetention: u32 = RETENTION;
    pub const LeastRetention: u32 = 10;
    pub const MostRetention: u32 = 2 * RETENTION;
}

talka_pallet_test_support::stakes!(Test, talka_pallet_stake, passes: Audit, fund: AuditFund, unbonding: UNBONDING);

impl talka_pallet_audit::Config for Test {
    type GovernanceOrigin = EnsureRoot<u64>;
    type WeightInfo = ();
}

/// The account that a validator has named to act for it on juries.
#[derive(Clone, Copy)]
pub struct JurorKey {
    pub validator: u64,
    pub key: u64,
}

/// Validators that all have the same stake, and a list of what they were fined.
pub struct Validators;

impl Jurors<u64> for Validators {
    fn max_jurors() -> u32 {
        21
    }
    fn all() -> Vec<(u64, Balance)> {
        Sitting::get().into_iter().map(|who| (who, 1_000)).collect()
    }
    fn acts_for(key: &u64) -> Option<u64> {
        JurorKeys::get().into_iter().find(|named| named.key == *key).map(|named| named.validator)
    }
    fn fine(who: &u64, amount: Balance) -> Balance {
        Fines::mutate(|fines| fines.push((*who, amount)));
        amount
    }
}

impl talka_pallet_marketplace::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Dispatcher = Poco;
    type Groups = NoGroups;
    type Stake = Stake;
    type GovernanceOrigin = EnsureRoot<u64>;
    type AuditFund = AuditFund;
    type MaxDuration = MaxDuration;
    type Periods = TaskPeriods;
    type PolicyNotice = PolicyNotice;
    type StoragePrice = Storage;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
}

/// Outputs that are different in each block, and the same in each run.
pub struct TakingTurns;

impl Authorship<u64> for TakingTurns {
    fn own() -> Option<Authored<u64>> {
        let now = System::block_number();
        let author = Author::get().unwrap_or(u64::from(now % 2));
        Some(Authored { author, output: Output(BlakeTwo256::hash_of(&(author, now, Luck::get())).into()) })
    }
    fn is_sole() -> bool {
        IsSole::get()
    }
}

impl pallet_poco::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type GovernanceOrigin = EnsureRoot<u64>;
    type Stake = Stake;
    type Market = Marketplace;
    type Audits = Audit;
    type Jurors = Validators;
    type Authorship = TakingTurns;
    type HeartbeatPeriod = HeartbeatPeriod;
    type CommitGrace = CommitGrace;
    type RevealPeriod = RevealPeriod;
    type MaxBatch = MaxBatch;
    type BlockShare = BlockShare;
    type RegistrationDeposit = RegistrationDeposit;
    type DutyKeyDeposit = DutyKeyDeposit;
    type UsualRetention = UsualRetention;
    type LeastRetention = LeastRetention;
    type MostRetention = MostRetention;
    type WeightInfo = crate::weights::CountedAccesses<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarking::mock::Helper;
}

/// A chain with an app, a pool and `workers` bonded members that are online with one slot each.
pub struct Chain {
    pub workers: u64,
    pub slots: u8,
    pub bonds: Vec<(u64, Balance, u32)>,
    pub passed: Vec<u64>,
}

impl Default for Chain {
    fn default() -> Self {
        Self { workers: 5, slots: 1, bonds: Vec::new(), passed: Vec::new() }
    }
}

impl Chain {
    /// A chain with `workers` workers.
    pub fn of(workers: u64) -> Self {
        Self { workers, ..Self::default() }
    }

    /// `slots` tasks at once for each worker.
    pub fn slots(mut self, slots: u8) -> Self {
        self.slots = slots;
        self
    }

    /// One worker's bond and score.
    pub fn bonded(mut self, who: u64, bond: Balance, score: u32) -> Self {
        self.bonds.push((who, bond, score));
        self
    }

    /// The gate has given this worker a pass to work alone.
    pub fn passed(mut self, who: u64) -> Self {
        self.passed.push(who);
        self
    }

    /// Its first block.
    pub fn build(&self) -> TestExternalities {
        let others = [REQUESTER, OPERATOR, PROVIDER, FUND].into_iter().chain(JURORS);
        let people = others.chain(WORKER..WORKER + WORKERS);
        let category = Category { run_time: RUN_TIME, min_value: FLOOR, ..category("XS") };
        let bond = |who| {
            let special = self.bonds.iter().find(|(account, ..)| *account == who);
            let (bond, score) = special.map_or((BOND, 0), |(_, bond, score)| (*bond, *score));
            talka_pallet_stake::GenesisBond { who, bond, merit: Merit(Balance::from(score) * VALUE) }
        };
        let genesis = RuntimeGenesisConfig {
            balances: balances::<Test>(people, ENDOWMENT),
            stake: talka_pallet_stake::GenesisConfig {
                bonds: (WORKER..WORKER + self.workers).map(bond).collect(),
                rules: Some(MERIT_RULES),
            },
            marketplace: talka_pallet_marketplace::GenesisConfig {
                categories: vec![Listed { id: CATEGORY, item: category }],
                ..Default::default()
            },
            ..Default::default()
        };
        begin::<Test>(genesis)
    }

    /// Run a test; in each block, and afterwards, every invariant of the four pallets holds. There is as much money as before.
    pub fn execute<R>(self, test: impl FnOnce() -> R) -> R {
        reset();
        execute::<Test, _>(self.build(), check, || {
            Poco::on_initialize(System::block_number());
            publish();
            for who in &self.passed {
                // The gate was open for each of them, and is closed now.
                talka_pallet_audit::Gates::<Test>::remove(CATEGORY);
                assert!(Audit::admit(CATEGORY, who));
            }
            for who in WORKER..WORKER + self.workers {
                assert_ok!(Marketplace::join_pool(RuntimeOrigin::signed(who), POOL, None));
                assert_ok!(Poco::go_online(RuntimeOrigin::signed(who), self.slots, Default::default()));
            }
            test()
        })
    }
}

/// What tests of this thread have changed is as it was.
pub fn reset() {
    BlockShare::set(Perbill::from_percent(25));
    Sitting::set(JURORS.to_vec());
    Fines::set(Vec::new());
    Author::set(None);
    IsSole::set(false);
    Luck::set(0);
    JurorKeys::set(Vec::new());
    Storage::set(StoragePrice::default());
    RegistrationDeposit::set(0);
    DutyKeyDeposit::set(0);
}

fn publish() {
    for class in [RuntimeClass::Wasm { abi: 2 }, RuntimeClass::Oci] {
        assert_ok!(Marketplace::publish_app(
            RuntimeOrigin::signed(PROVIDER),
            "an app".try_into().unwrap(),
            class,
            ContentId([1; 32]),
            Default::default(),
            Topic::Other,
            Tags(0),
            Default::default(),
            Some(APP_PRICE),
        ));
    }
    let policy = PoolPolicy { worker_stake_ratio: Share(35), operator_share: Share(5), ..Default::default() };
    assert_ok!(Marketplace::publish_pool(
        RuntimeOrigin::signed(OPERATOR),
        Default::default(),
        policy,
        Tags(0),
        Balance::MAX
    ));
    assert_ok!(Marketplace::set_pool_price(
        RuntimeOrigin::signed(OPERATOR),
        POOL,
        CATEGORY,
        Some(POOL_PRICE)
    ));
}

/// These workers go offline. They belong to the pool still, and count for the trust that it can reach.
pub fn go_offline(workers: core::ops::Range<u64>) {
    for who in workers {
        assert_ok!(Poco::go_offline(RuntimeOrigin::signed(who)));
    }
}

/// Buy a bag; its first task.
pub fn request(tasks: u32, trust: u32) -> TaskId {
    request_until(tasks, trust, System::block_number() + 200)
}

/// Buy a bag of an app; its first task.
pub fn request_of(app: AppId, tasks: u32, trust: u32) -> TaskId {
    buy(app, tasks, trust, System::block_number() + 200)
}

/// Buy a bag with a deadline; its first task.
pub fn request_until(tasks: u32, trust: u32, deadline: u32) -> TaskId {
    buy(APP, tasks, trust, deadline)
}

/// Buy a bag of an app with a deadline; its first task.
pub fn buy(app: AppId, tasks: u32, trust: u32, deadline: u32) -> TaskId {
    let deal = talka_pallet_marketplace::NextDealId::<Test>::get();
    let order = order(app, tasks, trust, deadline);
    assert_ok!(Marketplace::request(RuntimeOrigin::signed(REQUESTER), order));
    TaskId { deal, index: 0 }
}

/// A bag of an app with a deadline, for everybody.
pub fn order(app: AppId, tasks: u32, trust: u32, deadline: u32) -> Request<u64> {
    Request {
        app,
        dataset: None,
        pool: POOL,
        category: CATEGORY,
        trust: Trust(trust),
        tasks,
        arguments: Default::default(),
        parameters: Parameters::Range { first: 0 },
        max_price: 1_000,
        beneficiary: None,
        deadline,
        restricted: false,
    }
}

/// End the block, go to the next one, and run the hook.
pub fn next_block() {
    Poco::on_finalize(System::block_number());
    System::reset_events();
    let next = System::block_number() + 1;
    System::set_block_number(next);
    Poco::on_initialize(next);
    check().unwrap();
}

/// Every invariant of the four pallets holds.
pub fn check() -> Result<(), TryRuntimeError> {
    Marketplace::do_try_state()?;
    Stake::do_try_state()?;
    Audit::do_try_state()?;
    Poco::do_try_state()
}

/// Go to where all lots of what was agreed on, or disputed, in this block are drawn: the start of the block after the next.
pub fn draw_lots() {
    next_block();
    next_block();
}

/// Go to a block.
pub fn run_to(block: u32) {
    while System::block_number() < block {
        next_block();
    }
}

/// Who is awaited for a task, in the order of the draws.
pub fn drawn(task: TaskId) -> Vec<u64> {
    crate::Tasks::<Test>::get(task)
        .map(|task| task.awaited().into_iter().map(|(who, _)| who).collect())
        .unwrap_or_default()
}

pub fn digest(result: u8) -> Digest {
    Digest([result; 32])
}

pub fn commitment(who: u64, task: TaskId, result: u8) -> Commitment {
    let digest = digest(result);
    Commitment {
        task,
        result: commitment::result_hash(task, digest),
        seal: commitment::seal(&who, task, digest),
    }
}

pub fn commit(who: u64, task: TaskId, result: u8) -> sp_runtime::DispatchResult {
    let batch = BoundedVec::truncate_from(vec![commitment(who, task, result)]);
    Poco::commit(RuntimeOrigin::signed(who), batch).map(|_| ()).map_err(|error| error.error)
}

pub fn reveal(who: u64, task: TaskId, result: u8) -> sp_runtime::DispatchResult {
    let batch = BoundedVec::truncate_from(vec![Reveal { task, digest: digest(result) }]);
    Poco::reveal(RuntimeOrigin::signed(who), batch).map(|_| ()).map_err(|error| error.error)
}

/// What is held of an account, for whatever reason.
pub fn held(who: u64) -> Balance {
    <Balances as frame_support::traits::fungible::InspectHold<u64>>::total_balance_on_hold(&who)
}

/// Free and held together.
pub fn wealth(who: u64) -> Balance {
    <Balances as frame_support::traits::fungible::Inspect<u64>>::total_balance(&who)
}

pub fn merit(who: u64) -> Balance {
    Stake::standing(&who).merit.0
}

type MaxUnbonding = ConstU32<MAX_UNBONDING>;

pub fn ledger(who: u64) -> Ledger<MaxUnbonding> {
    Ledgers::<Test>::get(who).unwrap()
}

/// What is left now of the merit in a ledger of before.
pub fn left_of(ledger: &Ledger<MaxUnbonding>) -> Balance {
    ledger.standing(System::block_number(), MERIT_RULES).merit.0
}

pub fn locked(who: u64) -> Balance {
    Stake::standing(&who).locked
}

pub fn progress(deal: DealId) -> Progress {
    Poco::deal_view(deal).unwrap().progress
}
