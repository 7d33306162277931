//! What `scripts/weights` measures: which pallets, and what their benchmarks need of one another.
//!
//! Left out of the SDK's pallets: those of sessions and offences, whose benchmarks are crates of their own that need the staking
//! pallet; BABE and GRANDPA, whose benchmarks are of proofs of equivocation, which the runtime takes at the SDK's weights; fees,
//! whose benchmark needs a block with an author; authorship, which has none.

use alloc::{format, string::String, vec::Vec};
use codec::Encode;
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{fungible::Mutate, Get, StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use frame_system::RawOrigin;
use frame_system_benchmarking::{extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench};
use sp_core::sr25519;
use sp_runtime::KeyTypeId;
use talka_pallet_marketplace::benchmarking;
use talka_pallet_validators::{Candidate, Candidates};
use talka_primitives::{
    audit::Assurance,
    bridge::{Contracts, EthereumAddress},
    matching::Request,
    task::MAX_SLOTS,
    view::Outcome,
    Digest, GroupId, PoolId, TaskId,
};

use crate::{
    constants::currency::TLK, AccountId, AllPalletsWithSystem, Audit, Balance, Balances, Bridge, Council,
    Enactment, Gateway, Groups, Marketplace, Multisig, Orders, Poco, Proxy, Runtime, RuntimeOrigin, Session,
    SessionKeys, Signature, Stake, System, Timestamp, TxPause, Utility, Validators,
};

frame_benchmarking::define_benchmarks!(
    [frame_system, SystemBench::<Runtime>]
    [frame_system_extensions, SystemExtensionsBench::<Runtime>]
    [pallet_balances, Balances]
    [pallet_collective, Council]
    [pallet_multisig, Multisig]
    [pallet_proxy, Proxy]
    [pallet_timestamp, Timestamp]
    [pallet_tx_pause, TxPause]
    [pallet_utility, Utility]
    [talka_pallet_audit, Audit]
    [talka_pallet_bridge, Bridge]
    [talka_pallet_enactment, Enactment]
    [talka_pallet_gateway, Gateway]
    [talka_pallet_groups, Groups]
    [talka_pallet_marketplace, Marketplace]
    [talka_pallet_orders, Orders]
    [talka_pallet_poco, Poco]
    [talka_pallet_stake, Stake]
    [talka_pallet_validators, Validators]
);

impl frame_system_benchmarking::Config for Runtime {}

/// What can be measured, and what there is to be stored.
pub fn list(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
    let mut list = Vec::new();
    list_benchmarks!(list, extra);
    (list, AllPalletsWithSystem::storage_info())
}

/// Measure something.
pub fn run(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
    let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
    let mut batches = Vec::new();
    let params = (&config, &whitelist);
    add_benchmarks!(params, batches);
    Ok(batches)
}

/// What the benchmarks of one pallet need of the others.
pub struct Helper;

/// The keys of those that sign orders.
const SIGNERS: KeyTypeId = KeyTypeId(*b"sign");

/// The bond of a worker.
const BOND: Balance = 1_000 * TLK;

fn origin(who: &AccountId) -> RuntimeOrigin {
    RawOrigin::Signed(who.clone()).into()
}

/// An account that nobody else is, by a name and another account.
fn beside(name: &[u8], who: &AccountId) -> AccountId {
    sp_io::hashing::blake2_256(&(name, who).encode()).into()
}

impl talka_pallet_marketplace::benchmarking::BenchmarkHelper<AccountId> for Helper {
    fn bond(who: &AccountId) {
        Stake::bond(origin(who), BOND).expect("the account has money; qed");
    }

    fn go_online(who: &AccountId) {
        Poco::go_online(origin(who), MAX_SLOTS, benchmarking::longest_uri())
            .expect("a member with a bond can work; qed");
        let key = beside(b"duty", who);
        Poco::set_duty_key(origin(who), Some(key.clone())).expect("the key does nothing else; qed");
        Poco::act_for(origin(&key), Some(who.clone())).expect("the worker has named it; qed");
    }
}

impl talka_pallet_orders::BenchmarkHelper<AccountId, Signature> for Helper {
    fn signer(number: u32) -> AccountId {
        sp_io::crypto::sr25519_generate(SIGNERS, Some(format!("//{number}").into_bytes())).into()
    }

    /// Of sr25519, which takes at least as long to be verified as the other two.
    fn sign(signer: &AccountId, message: &[u8]) -> Signature {
        let key = sr25519::Public::from_raw(*signer.as_ref());
        sp_io::crypto::sr25519_sign(SIGNERS, &key, message).expect("the key was made here; qed").into()
    }

    fn open_market(owners: [AccountId; 3]) -> Request<AccountId> {
        benchmarking::open_market::<Runtime>(owners).ok().expect("its owners have money; qed")
    }

    fn staff(pool: PoolId) {
        benchmarking::staff::<Runtime>(pool).ok().expect("there is the pool; qed");
    }

    fn group(members: Vec<AccountId>) -> GroupId {
        let group = talka_pallet_groups::NextGroupId::<Runtime>::get();
        let owner = beside(b"owner of a group", &AccountId::from([0; 32]));
        Balances::set_balance(&owner, 1_000 * TLK);
        let name = b"x".to_vec().try_into().expect("the name is short; qed");
        Groups::create_group(origin(&owner), name).expect("the owner has money; qed");
        let members = talka_pallet_groups::Batch::<Runtime>::truncate_from(members);
        Groups::add_members(origin(&owner), group, members).expect("the owner has money; qed");
        group
    }
}

impl talka_pallet_gateway::BenchmarkHelper<AccountId> for Helper {
    fn name_contracts() {
        let contracts =
            Contracts { chain_id: 1, vault: EthereumAddress([1; 20]), gateway: EthereumAddress([2; 20]) };
        talka_pallet_bridge::NamedContracts::<Runtime>::put(contracts);
        talka_pallet_bridge::CurrentLimits::<Runtime>::mutate(|limits| {
            (limits.bucket, limits.withdrawal) = (Balance::MAX, Balance::MAX);
        });
        talka_pallet_bridge::AllTotals::<Runtime>::mutate(|totals| totals.credited = Balance::MAX);
        Balances::set_balance(&<Runtime as talka_pallet_gateway::Config>::AuditFund::get(), TLK);
    }

    fn open_market(owners: [AccountId; 3]) -> Request<AccountId> {
        benchmarking::open_market::<Runtime>(owners).ok().expect("its owners have money; qed")
    }

    fn staff(pool: PoolId) {
        benchmarking::staff::<Runtime>(pool).ok().expect("there is the pool; qed");
    }

    fn complete(task: TaskId, digest: Digest) {
        let (assurance, at) = (Assurance::Adjudicated, System::block_number());
        talka_pallet_poco::Outcomes::<Runtime>::insert(task, Outcome::Completed { digest, assurance, at });
    }
}

/// The bytes of an account as a key of ECDSA has them.
fn compressed(account: AccountId) -> [u8; 33] {
    let mut bytes = [2; 33];
    bytes[1..].copy_from_slice(account.as_ref());
    bytes
}

impl talka_pallet_bridge::BenchmarkHelper<AccountId> for Helper {
    fn seat(validators: &[AccountId]) {
        for who in validators {
            Candidates::<Runtime>::insert(who, Candidate::default());
        }
        pallet_session::Validators::<Runtime>::put(validators.to_vec());
    }
}

impl talka_pallet_validators::BenchmarkHelper<AccountId> for Helper {
    fn prepare(who: &AccountId, bond: Balance) {
        let deposit: Balance = <Runtime as pallet_session::Config>::KeyDeposit::get();
        Balances::set_balance(who, bond + deposit + TLK);
        Stake::bond(origin(who), bond).expect("the account has money; qed");
        let made = SessionKeys::generate(&who.encode(), None);
        Session::set_keys(origin(who), made.keys, made.proof.encode()).expect("the keys are new; qed");
    }

    fn seat(validators: Vec<AccountId>) {
        let keys = |who: &AccountId| SessionKeys {
            babe: sr25519::Public::from_raw(beside(b"babe", who).into()).into(),
            grandpa: sp_core::ed25519::Public::from_raw(beside(b"gran", who).into()).into(),
            beefy: sp_core::ecdsa::Public::from_raw(compressed(beside(b"beef", who))).into(),
        };
        let queued: Vec<_> = validators.iter().map(|who| (who.clone(), keys(who))).collect();
        pallet_session::QueuedKeys::<Runtime>::put(queued);
        pallet_session::Validators::<Runtime>::put(validators);
    }
}
