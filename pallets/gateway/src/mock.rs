//! A chain with balances and the real marketplace. How tasks end is as a test wants it, and the bridge is a vault: what comes
//! from Ethereum is paid out of it, and what goes there is paid into it. So nothing is made or lost.

use std::collections::BTreeMap;

use frame_support::{
    ensure, parameter_types,
    traits::{
        fungible::{Inspect, Mutate},
        tokens::{Fortitude, Preservation},
    },
    weights::constants::ParityDbWeight,
};
use frame_system::EnsureRoot;
use sp_io::TestExternalities;
use sp_runtime::{AccountId32, DispatchError, DispatchResult, TryRuntimeError};
use talka_pallet_test_support::{balances, begin, category, execute, NoGroups, Stakes};
use talka_primitives::{
    audit::Kind,
    bridge::{Contracts, EthereumAddress, ResultBody},
    deal::Periods,
    gateway::Progress,
    restriction::Insiders,
    traits::{Dispatcher, ErrorBounds, Outbox, Requests, Results},
    view::Listed,
    Balance, BlockNumber, CategoryId, PoolId, StoragePrice, TaskId,
};

use crate as pallet_gateway;

pub type AccountId = AccountId32;

/// Owns the app.
pub const PROVIDER: AccountId = AccountId::new([1; 32]);
/// Operates the pools.
pub const OPERATOR: AccountId = AccountId::new([2; 32]);
/// Reports, and has nothing to do with the calls.
pub const STRANGER: AccountId = AccountId::new([3; 32]);
pub const FUND: AccountId = AccountId::new([4; 32]);
/// Has what is locked on Ethereum.
pub const VAULT: AccountId = AccountId::new([5; 32]);
pub const PEOPLE: [AccountId; 4] = [PROVIDER, OPERATOR, STRANGER, FUND];

pub const ENDOWMENT: Balance = 1_000_000;
/// All that there is in the vault.
pub const LOCKED: Balance = 1 << 60;
pub const EXISTENTIAL_DEPOSIT: Balance = 10;
pub const MAX_DURATION: BlockNumber = 1_000;
pub const PATIENCE: BlockNumber = 40;
pub const LEAST_AMOUNT: Balance = 500;
pub const ANSWER_PRICE: Balance = 20;
pub const LEAST_RETURN: Balance = 100;
pub const STORAGE: StoragePrice = StoragePrice { item: 20, byte: 0 };
/// What a withdrawal costs beside its amount.
pub const MESSAGE_PRICE: Balance = 5;
pub const CONTRACTS: Contracts =
    Contracts { chain_id: 31_337, vault: EthereumAddress([0xaa; 20]), gateway: EthereumAddress([0xbb; 20]) };

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Marketplace: talka_pallet_marketplace,
        Gateway: pallet_gateway,
    }
);

talka_pallet_test_support::base!(Test, AccountId, EXISTENTIAL_DEPOSIT, ParityDbWeight);

parameter_types! {
    pub const MaxDuration: BlockNumber = MAX_DURATION;
    pub const TaskPeriods: Periods = Periods { commit_grace: 5, reveal_period: 10 };
    pub const PolicyNotice: BlockNumber = 40;
    pub const Storage: StoragePrice = STORAGE;
    pub const LeastAmount: Balance = LEAST_AMOUNT;
    pub const AnswerPrice: Balance = ANSWER_PRICE;
    pub const LeastReturn: Balance = LEAST_RETURN;
    pub const Patience: BlockNumber = PATIENCE;
    pub const AuditFund: AccountId = FUND;
    /// How tasks are: those that are not named are open.
    pub static Ends: BTreeMap<TaskId, Progress> = BTreeMap::new();
    /// The bound of each kind of results; that of all others is one millionth.
    pub static Known: BTreeMap<Kind, u32> = BTreeMap::new();
    /// The contracts that governance has named.
    pub static Named: Option<Contracts> = Some(CONTRACTS);
    /// Whether the outbox takes answers.
    pub static TakesAnswers: bool = true;
    /// Whether it takes withdrawals.
    pub static TakesMoney: bool = true;
    /// The most that one withdrawal may be.
    pub static Limit: Balance = Balance::MAX;
    /// All answers that it took, by their place.
    pub static Sent: BTreeMap<u32, ResultBody> = BTreeMap::new();
    /// All withdrawals that it took: place, to whom, how much.
    pub static Withdrawn: Vec<(u32, EthereumAddress, Balance)> = Vec::new();
    /// How many messages there are.
    pub static Messages: u32 = 0;
}

/// Nobody works here.
pub struct Idle;

impl Dispatcher<AccountId> for Idle {
    fn leave(_: &AccountId) -> DispatchResult {
        unreachable!("nobody joins a pool here")
    }
    fn forget_pool(_: PoolId) -> DispatchResult {
        unreachable!("nobody withdraws a pool here")
    }
    fn insiders(_: PoolId) -> Insiders {
        Insiders::MANY
    }
}

impl talka_pallet_marketplace::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Dispatcher = Idle;
    type Groups = NoGroups;
    type Stake = Stakes;
    type GovernanceOrigin = EnsureRoot<AccountId>;
    type AuditFund = AuditFund;
    type MaxDuration = MaxDuration;
    type Periods = TaskPeriods;
    type PolicyNotice = PolicyNotice;
    type StoragePrice = Storage;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
}

/// Proof of Contribution, and what audits found.
pub struct Board;

impl Results for Board {
    fn progress(task: TaskId) -> Progress {
        Ends::get().get(&task).copied().unwrap_or(Progress::Open)
    }
}

impl ErrorBounds for Board {
    fn error_bound(kind: Kind) -> u32 {
        Known::get().get(&kind).copied().unwrap_or(1)
    }
}

/// The bridge.
pub struct Ferry;

impl Ferry {
    fn next() -> u32 {
        Messages::mutate(|count| {
            *count += 1;
            *count - 1
        })
    }
}

impl Outbox<AccountId> for Ferry {
    fn contracts() -> Option<Contracts> {
        Named::get()
    }

    fn price() -> Balance {
        MESSAGE_PRICE
    }

    fn send_result(result: ResultBody) -> Result<u32, DispatchError> {
        ensure!(TakesAnswers::get(), DispatchError::Exhausted);
        let index = Self::next();
        Sent::mutate(|sent| sent.insert(index, result));
        Ok(index)
    }

    fn withdraw(
        who: &AccountId,
        to: EthereumAddress,
        amount: Balance,
        tip: Balance,
    ) -> Result<u32, DispatchError> {
        assert!(tip == 0 && amount > 0);
        ensure!(TakesMoney::get() && amount <= Limit::get(), DispatchError::Unavailable);
        Balances::transfer(who, &FUND, MESSAGE_PRICE, Preservation::Preserve)?;
        Balances::transfer(who, &VAULT, amount, Preservation::Expendable)?;
        let index = Self::next();
        Withdrawn::mutate(|withdrawn| withdrawn.push((index, to, amount)));
        Ok(index)
    }

    fn withdrawable(who: &AccountId) -> Balance {
        let free = Balances::reducible_balance(who, Preservation::Preserve, Fortitude::Polite);
        free.saturating_sub(MESSAGE_PRICE).min(Limit::get())
    }
}

impl pallet_gateway::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Market = Marketplace;
    type Results = Board;
    type ErrorBounds = Board;
    type Outbox = Ferry;
    type GovernanceOrigin = EnsureRoot<AccountId>;
    type AuditFund = AuditFund;
    type LeastAmount = LeastAmount;
    type AnswerPrice = AnswerPrice;
    type LeastReturn = LeastReturn;
    type Patience = Patience;
    type StoragePrice = Storage;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Helper;
}

/// The market that benchmarks need. A task that they wait for has ended.
#[cfg(feature = "runtime-benchmarks")]
pub struct Helper;

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<AccountId> for Helper {
    fn name_contracts() {
        Named::set(Some(CONTRACTS));
    }
    fn open_market(owners: [AccountId; 3]) -> talka_primitives::matching::Request<AccountId> {
        talka_pallet_marketplace::benchmarking::open_market::<Test>(owners).ok().expect("the market opens")
    }
    fn staff(pool: PoolId) {
        talka_pallet_marketplace::benchmarking::staff::<Test>(pool).ok().expect("workers join");
    }
    fn complete(task: TaskId, digest: talka_primitives::Digest) {
        let (assurance, at) = (talka_primitives::audit::Assurance::Adjudicated, 1);
        let outcome = talka_primitives::view::Outcome::Completed { digest, assurance, at };
        Ends::mutate(|ends| ends.insert(task, Progress::Ended(outcome)));
    }
}

/// A deposit with a message from the gateway, as the bridge credits it.
pub fn deposit(nonce: u64, amount: Balance, message: &[u8]) {
    let requester = Gateway::requester(message).expect("the bridge tells no other");
    let account = <Gateway as Requests<AccountId>>::account(requester);
    Balances::transfer(&VAULT, &account, amount, Preservation::Preserve).unwrap();
    Gateway::received(nonce, amount, true, message);
}

/// A chain on which some accounts have money and category 0 exists.
pub fn new_test_ext() -> TestExternalities {
    let mut balances = balances::<Test>(PEOPLE, ENDOWMENT);
    balances.balances.push((VAULT, LOCKED));
    let genesis = RuntimeGenesisConfig {
        balances,
        marketplace: talka_pallet_marketplace::GenesisConfig {
            categories: vec![Listed { id: CategoryId(0), item: category("XS") }],
            ..Default::default()
        },
        ..Default::default()
    };
    Ends::take();
    Known::take();
    Named::set(Some(CONTRACTS));
    TakesAnswers::set(true);
    TakesMoney::set(true);
    Limit::set(Balance::MAX);
    Sent::take();
    Withdrawn::take();
    Messages::set(0);
    begin::<Test>(genesis)
}

/// Run a test; afterwards every invariant of both pallets holds and there is as much money as before.
pub fn build_and_execute(test: impl FnOnce()) {
    execute::<Test, _>(new_test_ext(), check, test);
}

/// Every invariant of both pallets holds.
pub fn check() -> Result<(), TryRuntimeError> {
    Gateway::do_try_state()?;
    Marketplace::do_try_state()
}
