//! A chain with balances, groups and the real marketplace. Accounts have real keys, because orders are signed. Deals
//! are not executed.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

use frame_support::{
    parameter_types,
    traits::Hooks,
    weights::{constants::ParityDbWeight, Weight},
};
use frame_system::EnsureRoot;
use sp_core::{ecdsa, ed25519, sr25519, Pair, H256};
use sp_io::{hashing::blake2_256, TestExternalities};
use sp_runtime::{
    traits::IdentifyAccount, AccountId32, DispatchResult, MultiSignature, MultiSigner, TryRuntimeError,
};
use talka_pallet_test_support::{balances, begin, category, execute, Stakes};
use talka_primitives::{
    deal::Periods, restriction::Insiders, traits::Dispatcher, view::Listed, Balance, CategoryId, PoolId,
    StoragePrice,
};

use crate as pallet_orders;

pub type AccountId = AccountId32;

/// Owns the app.
pub const PROVIDER: &str = "//Provider";
/// Owns the dataset.
pub const LIBRARY: &str = "//Library";
/// Operates the pool.
pub const OPERATOR: &str = "//Operator";
pub const REQUESTER: &str = "//Requester";
/// Pays for others.
pub const SPONSOR: &str = "//Sponsor";
/// Matches orders of others, and has nothing to do with them.
pub const BROKER: &str = "//Broker";
/// Has no account.
pub const POOR: &str = "//Poor";
pub const PEOPLE: [&str; 6] = [PROVIDER, LIBRARY, OPERATOR, REQUESTER, SPONSOR, BROKER];

pub const ENDOWMENT: Balance = 1_000_000;
pub const EXISTENTIAL_DEPOSIT: Balance = 10;
pub const MAX_DURATION: u32 = 1_000;
pub const NOTICE: u32 = 40;
pub const MAX_LIFE: u32 = 500;
pub const BASE_DEPOSIT: Balance = 100;
pub const GENESIS: [u8; 32] = [9; 32];

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Groups: talka_pallet_groups,
        Marketplace: talka_pallet_marketplace,
        Orders: pallet_orders,
    }
);

talka_pallet_test_support::base!(Test, AccountId, EXISTENTIAL_DEPOSIT, ParityDbWeight);

parameter_types! {
    pub const MaxDuration: u32 = MAX_DURATION;
    pub const TaskPeriods: Periods = Periods { commit_grace: 5, reveal_period: 10 };
    pub const PolicyNotice: u32 = NOTICE;
    pub const MaxLife: u32 = MAX_LIFE;
    pub const BaseDeposit: Balance = BASE_DEPOSIT;
    pub const ByteDeposit: Balance = 1;
    /// Nothing, where a test does not say something else.
    pub static EntryDeposit: Balance = 0;
    /// Nothing, where a test does not say something else.
    pub static Storage: StoragePrice = StoragePrice { item: 0, byte: 0 };
    pub const GroupDeposit: Balance = 50;
    pub const MemberDeposit: Balance = 10;
    pub const MaxBatch: u32 = 16;
    pub AuditFund: AccountId = account("//Fund");
    /// The workers of each pool.
    pub static Inside: Insiders = Insiders::MANY;
}

impl talka_pallet_groups::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type GroupDeposit = GroupDeposit;
    type MemberDeposit = MemberDeposit;
    type MaxBatch = MaxBatch;
    type WeightInfo = ();
}

/// Nobody works here. How many would is as a test wants it.
pub struct Idle;

impl Dispatcher<AccountId> for Idle {
    fn leave(_: &AccountId) -> DispatchResult {
        unreachable!("nobody joins a pool here")
    }
    fn forget_pool(_: PoolId) -> DispatchResult {
        unreachable!("nobody withdraws a pool here")
    }
    fn insiders(_: PoolId) -> Insiders {
        Inside::get()
    }
}

impl talka_pallet_marketplace::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Dispatcher = Idle;
    type Groups = Groups;
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

impl pallet_orders::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Deals = Marketplace;
    type Signature = MultiSignature;
    type BaseDeposit = BaseDeposit;
    type ByteDeposit = ByteDeposit;
    type EntryDeposit = EntryDeposit;
    type MaxLife = MaxLife;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Helper;
}

/// The keys, the market and the groups that benchmarks need.
#[cfg(feature = "runtime-benchmarks")]
pub struct Helper;

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<AccountId, MultiSignature> for Helper {
    fn signer(number: u32) -> AccountId {
        account(&format!("//Signer{number}"))
    }
    fn sign(signer: &AccountId, message: &[u8]) -> MultiSignature {
        let mut names = (0..4).map(|number| format!("//Signer{number}"));
        let name = names.find(|name| account(name) == *signer).expect("the signer is one of these");
        pair(&name).sign(message).into()
    }
    fn open_market(owners: [AccountId; 3]) -> talka_primitives::matching::Request<AccountId> {
        talka_pallet_marketplace::benchmarking::open_market::<Test>(owners).ok().expect("the market opens")
    }
    fn staff(pool: PoolId) {
        talka_pallet_marketplace::benchmarking::staff::<Test>(pool).ok().expect("workers join");
    }
    fn group(members: Vec<AccountId>) -> talka_primitives::GroupId {
        let group = talka_pallet_groups::NextGroupId::<Test>::get();
        let owner = RuntimeOrigin::signed(account(BROKER));
        Groups::create_group(owner.clone(), b"x".to_vec().try_into().unwrap()).unwrap();
        Groups::add_members(owner, group, members.try_into().unwrap()).unwrap();
        group
    }
}

/// The keys of an account that signs with sr25519, as most do. The seed is a hash: deriving keys from a phrase takes long.
pub fn pair(name: &str) -> sr25519::Pair {
    sr25519::Pair::from_seed(&blake2_256(name.as_bytes()))
}

/// Keys of another kind: accounts of their own.
pub fn ed25519_pair(name: &str) -> ed25519::Pair {
    ed25519::Pair::from_seed(&blake2_256(name.as_bytes()))
}

pub fn ecdsa_pair(name: &str) -> ecdsa::Pair {
    ecdsa::Pair::from_seed(&blake2_256(name.as_bytes()))
}

pub fn account(name: &str) -> AccountId {
    static KNOWN: LazyLock<Mutex<BTreeMap<String, AccountId>>> = LazyLock::new(Default::default);
    let mut known = KNOWN.lock().unwrap();
    known.entry(name.into()).or_insert_with(|| account_of(pair(name).public())).clone()
}

pub fn account_of(key: impl Into<MultiSigner>) -> AccountId {
    key.into().into_account()
}

/// A chain on which some accounts have money and categories 0 and 1 exist.
pub fn new_test_ext() -> TestExternalities {
    let genesis = RuntimeGenesisConfig {
        balances: balances::<Test>(PEOPLE.into_iter().chain(["//Fund"]).map(account), ENDOWMENT),
        marketplace: talka_pallet_marketplace::GenesisConfig {
            categories: vec![
                Listed { id: CategoryId(0), item: category("XS") },
                Listed { id: CategoryId(1), item: category("S") },
            ],
            ..Default::default()
        },
        ..Default::default()
    };
    EntryDeposit::set(0);
    Storage::set(StoragePrice::default());
    Inside::set(Insiders::MANY);
    let mut chain = begin::<Test>(genesis);
    chain.execute_with(|| frame_system::BlockHash::<Test>::insert(0, H256(GENESIS)));
    chain
}

/// Run a test; afterwards every invariant of the three pallets holds and there is as much money as before.
pub fn build_and_execute(test: impl FnOnce()) {
    execute::<Test, _>(new_test_ext(), check, test);
}

/// Every invariant of the three pallets holds.
pub fn check() -> Result<(), TryRuntimeError> {
    Orders::do_try_state()?;
    Marketplace::do_try_state()?;
    Groups::do_try_state()
}

/// Go to a block. Each block on the way has `room` for clearing away at its end.
pub fn run_to_with(block: u32, room: Weight) {
    while System::block_number() < block {
        Orders::on_idle(System::block_number(), room);
        System::set_block_number(System::block_number() + 1);
        check().unwrap();
    }
}

pub fn run_to(block: u32) {
    run_to_with(block, Weight::MAX);
}
