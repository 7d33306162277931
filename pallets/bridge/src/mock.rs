//! A chain with balances and this pallet, and a vault on Ethereum. A test says who validates.

use frame_support::{
    derive_impl, parameter_types,
    traits::{tokens::imbalance::ResolveTo, ConstU128, Hooks, VariantCountOf},
    weights::Weight,
};
use frame_system::EnsureRoot;
use sp_core::offchain::{testing::TestOffchainExt, OffchainDbExt};
use sp_io::TestExternalities;
use sp_runtime::AccountId32;
use talka_pallet_test_support::{balances, begin};
use talka_primitives::{
    bridge::{
        deposits::{follow, start},
        Attestation, Contracts, Deposit, EthereumAddress, Limits,
    },
    traits::{Requests, Seats},
    Balance,
};

use crate as pallet_bridge;
use crate::{AllTotals, Batch};

pub type Account = AccountId32;

const fn account(byte: u8) -> Account {
    Account::new([byte; 32])
}

/// Has money.
pub const ALICE: Account = account(1);
/// Has money.
pub const BOB: Account = account(2);
/// Has no account until somebody pays it.
pub const UNBORN: Account = account(50);
pub const FUND: Account = account(99);
/// Have a seat each.
pub const ONE: Account = account(11);
pub const TWO: Account = account(12);
pub const THREE: Account = account(13);
pub const FOUR: Account = account(14);
pub const SEATED: [Account; 4] = [ONE, TWO, THREE, FOUR];
/// Stands for election, and has no seat.
pub const EVE: Account = account(15);
/// Has a key and nothing else.
pub const KEY: Account = account(77);

pub const ENDOWMENT: Balance = 100_000;
pub const EXISTENTIAL_DEPOSIT: Balance = 10;
pub const PRICE: Balance = 30;
pub const LIMITS: Limits = Limits { bucket: 43_200, withdrawal: 20_000 };
pub const CONTRACTS: Contracts =
    Contracts { chain_id: 31_337, vault: EthereumAddress([7; 20]), gateway: EthereumAddress([8; 20]) };
/// Somebody on Ethereum.
pub const SOMEBODY: EthereumAddress = EthereumAddress([3; 20]);

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Bridge: pallet_bridge,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = Account;
    type Lookup = sp_runtime::traits::IdentityLookup<Account>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    /// As on the real chain: money does not vanish.
    type DustRemoval = ResolveTo<AuditFund, Balances>;
}

parameter_types! {
    pub const AuditFund: Account = FUND;
    /// Who has a seat.
    pub static InSession: Vec<Account> = SEATED.to_vec();
    /// Who stands for election, or did.
    pub static Known: Vec<Account> = Vec::new();
    pub static Session: u32 = 0;
    /// What was told of requests: number, amount, whether it was credited, and message.
    pub static Told: Vec<(u64, Balance, bool, Vec<u8>)> = Vec::new();
}

/// The validators that a test names.
pub struct Chamber;

impl Seats<Account> for Chamber {
    fn max_seats() -> u32 {
        8
    }
    fn session() -> u32 {
        Session::get()
    }
    fn seated() -> Vec<Account> {
        InSession::get()
    }
    fn is_known(who: &Account) -> bool {
        InSession::get().contains(who) || Known::get().contains(who)
    }
}

/// The first byte of a message that can be read. The address of the requester follows.
const READABLE: u8 = 1;

/// Remembers what it is told.
pub struct Orders;

impl Requests<Account> for Orders {
    fn account(requester: EthereumAddress) -> Account {
        account(requester.0[0] | 0x80)
    }
    fn requester(message: &[u8]) -> Option<EthereumAddress> {
        let rest = message.strip_prefix(&[READABLE])?;
        rest.first_chunk().copied().map(EthereumAddress)
    }
    fn received(nonce: u64, amount: Balance, credited: bool, message: &[u8]) {
        Told::mutate(|told| told.push((nonce, amount, credited, message.to_vec())));
    }
    fn weight() -> Weight {
        Weight::from_parts(1_000_000, 0)
    }
}

impl pallet_bridge::Config for Test {
    type Currency = Balances;
    type Validators = Chamber;
    type Requests = Orders;
    type ContractsOrigin = EnsureRoot<Account>;
    type LimitsOrigin = EnsureRoot<Account>;
    type AuditFund = AuditFund;
    type MessagePrice = ConstU128<PRICE>;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Helper;
}

/// What benchmarks need of validators.
#[cfg(feature = "runtime-benchmarks")]
pub struct Helper;

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<Account> for Helper {
    fn seat(validators: &[Account]) {
        InSession::set(validators.to_vec());
        Session::mutate(|session| *session += 1);
    }
}

/// What is there at the start. `None`: nobody has named contracts.
pub fn chain(contracts: Option<Contracts>) -> TestExternalities {
    InSession::set(SEATED.to_vec());
    Known::set(vec![EVE]);
    Session::set(0);
    Told::set(vec![]);
    let rich = SEATED.into_iter().chain([ALICE, BOB, EVE, FUND]);
    let genesis = RuntimeGenesisConfig {
        balances: balances::<Test>(rich, ENDOWMENT),
        bridge: pallet_bridge::GenesisConfig { contracts, limits: LIMITS, ..Default::default() },
        ..Default::default()
    };
    begin::<Test>(genesis)
}

/// For the suite of benchmarks, which names contracts itself.
#[cfg(feature = "runtime-benchmarks")]
pub fn new_test_ext() -> TestExternalities {
    chain(None)
}

/// Run a test; afterwards every invariant holds, and there is as much money as was there, came and went.
pub fn build_and_execute(test: impl FnOnce()) {
    execute(&mut chain(Some(CONTRACTS)), test);
}

/// The same on this chain.
pub fn execute(chain: &mut TestExternalities, test: impl FnOnce()) {
    chain.execute_with(|| {
        let (before, totals) = (Balances::total_issuance(), AllTotals::<Test>::get());
        test();
        Bridge::do_try_state().expect("every invariant holds");
        let now = AllTotals::<Test>::get();
        let (came, went) = (now.credited - totals.credited, now.withdrawn - totals.withdrawn);
        assert_eq!(Balances::total_issuance() + went, before + came);
    });
}

/// Let the chain read what its blocks have indexed, as the API does at a node.
pub fn read_index(chain: &mut TestExternalities) {
    chain.persist_offchain_overlay();
    let (index, _) = TestOffchainExt::with_offchain_db(chain.offchain_db());
    chain.register_extension(OffchainDbExt::new(index));
}

/// This block ends, and the next one begins.
pub fn next_block() {
    let now = System::block_number();
    Bridge::on_finalize(now);
    System::set_block_number(now + 1);
    Bridge::on_initialize(now + 1);
}

/// The first block of another session, with these validators.
pub fn next_session(seated: &[Account]) {
    InSession::set(seated.to_vec());
    Session::mutate(|session| *session += 1);
    next_block();
}

pub fn signed(who: Account) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// The pallet's events since the last question.
pub fn events() -> Vec<crate::Event<Test>> {
    talka_pallet_test_support::events::<Test, _>()
}

/// The vault on Ethereum, as its events tell of it.
#[derive(Clone)]
pub struct Vault {
    deposits: Vec<Deposit>,
    /// What is true before each deposit, and after the last.
    truth: Vec<Attestation>,
}

impl Vault {
    pub fn new() -> Self {
        let beginning = Attestation { deposits: 0, accumulator: start(&CONTRACTS) };
        Self { deposits: vec![], truth: vec![beginning] }
    }

    /// A vault with `deposits` deposits of 100 for Alice.
    pub fn with(deposits: u64) -> Self {
        let mut vault = Self::new();
        (0..deposits).for_each(|_| vault.deposit(ALICE, 100));
        vault
    }

    pub fn deposit(&mut self, to: Account, amount: Balance) {
        self.take(SOMEBODY, to, amount, vec![]);
    }

    /// A request through the gateway.
    pub fn request(&mut self, requester: EthereumAddress, amount: Balance) {
        let message = [[READABLE].as_slice(), requester.0.as_slice(), b"buy"].concat();
        self.take(CONTRACTS.gateway, BOB, amount, message);
    }

    pub fn take(&mut self, sender: EthereumAddress, to: Account, amount: Balance, message: Vec<u8>) {
        let nonce = self.deposits.len() as u64;
        let deposit = Deposit { nonce, sender, to: to.into(), amount, message };
        let before = self.truth[self.deposits.len()];
        self.truth.push(follow(before, core::slice::from_ref(&deposit)).expect("it is the next"));
        self.deposits.push(deposit);
    }

    pub fn len(&self) -> u64 {
        self.deposits.len() as u64
    }

    /// The true attestation for this number of deposits.
    pub fn truth(&self, deposits: u64) -> Attestation {
        self.truth[deposits as usize]
    }

    /// The deposits from one number to before another.
    pub fn batch(&self, from: u64, to: u64) -> Batch {
        self.deposits[from as usize..to as usize].to_vec().try_into().expect("the batch is short enough")
    }
}

/// A false accumulator for a number of deposits.
pub fn lie(deposits: u64) -> Attestation {
    Attestation { deposits, accumulator: [255; 32] }
}

/// These validators attest to something.
pub fn attest(who: &[Account], what: Attestation) {
    for who in who {
        Bridge::attest(signed(who.clone()), what).expect("the attestation counts");
    }
}

/// Everything that is in the vault and not here yet is attested by all, and credited.
pub fn bring(vault: &Vault) {
    let from = crate::CreditedDeposits::<Test>::get().deposits;
    attest(&InSession::get(), vault.truth(vault.len()));
    Bridge::credit(signed(BOB), vault.batch(from, vault.len())).expect("what is accepted can be credited");
}
