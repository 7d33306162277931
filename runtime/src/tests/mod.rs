//! The whole runtime: blocks are authored with a validator's key and real transactions are applied to them.

mod attacks;
mod beefy;
mod bridge;
mod capacity;
mod configuration;
mod duties;
mod fees;
mod gateway;
mod genesis;
mod governance;
mod market;
mod metadata;
#[cfg(feature = "checks")]
mod migrations;
mod orders;
mod randomness;
mod validators;

use codec::Encode;
use frame_support::traits::fungible::Inspect;
use pallet_transaction_payment::ChargeTransactionPayment;
use serde_json::Value;
use sp_consensus_babe::{
    digests::{CompatibleDigestItem, PreDigest, SecondaryVRFPreDigest},
    make_vrf_transcript, Slot,
};
use sp_core::{crypto::VrfSecret, sr25519, Pair};
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{generic::Era, traits::Header as _, ApplyExtrinsicResult, Digest, DigestItem};

use talka_pallet_poco::{Commitment, Reveal};
use talka_primitives::{commitment, view::TaskView, Digest as ResultDigest, TaskId};

use crate::*;

/// A chain that has just begun.
fn chain(preset: &str) -> TestExternalities {
    chain_of(genesis_config(preset))
}

/// A chain with this genesis that has just begun.
fn chain_of(genesis: Value) -> TestExternalities {
    let mut chain = TestExternalities::default();
    chain.execute_with(|| Runtime::build_state(genesis.to_string().into_bytes()).unwrap());
    chain
}

/// A development chain that has just begun.
fn development() -> TestExternalities {
    chain(crate::genesis::development::NAME)
}

/// A preset, complete: its patch merged into the default.
fn genesis_config(preset: &str) -> Value {
    let mut config = parse(Runtime::get_preset(&None));
    merge(&mut config, parse(Runtime::get_preset(&Some(preset.into()))));
    config
}

fn parse(json: Option<Vec<u8>>) -> Value {
    serde_json::from_slice(&json.expect("the preset exists")).expect("the preset is JSON")
}

/// RFC 7386, which the node applies too.
fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            patch.into_iter().for_each(|(key, value)| merge(target.entry(key).or_insert(Value::Null), value))
        }
        (target, patch) => *target = patch,
    }
}

/// The next block, authored by Alice: the transactions are made and applied in it one after another.
fn block(transactions: impl IntoIterator<Item = Transaction>) -> Vec<ApplyExtrinsicResult> {
    begin_block();
    let results =
        transactions.into_iter().map(|transaction| Executive::apply_extrinsic(transaction.sign())).collect();
    Executive::finalize_block();
    results
}

/// The next block, up to its inherent.
fn begin_block() {
    begin_block_by(Sr25519Keyring::Alice, Slot::from(u64::from(System::block_number()) + 1_001));
}

/// A block of a validator in a slot, up to its inherent.
fn begin_block_by(author: Sr25519Keyring, slot: Slot) {
    let number = System::block_number() + 1;
    let digest = Digest { logs: vec![claim(author, slot)] };
    let parent = System::parent_hash();
    Executive::initialize_block(&Header::new(number, Hash::zero(), Hash::zero(), parent, digest));
    let now = pallet_timestamp::Call::set { now: *slot * Babe::slot_duration() };
    let inherent = UncheckedExtrinsic::new_bare(now.into());
    Executive::apply_extrinsic(inherent).unwrap().unwrap();
}

/// What a validator says in its block of a slot to be its author, in this session or the next.
fn claim(author: Sr25519Keyring, slot: Slot) -> DigestItem {
    let next = Babe::current_epoch_start() + u64::from(Validators::session_length()) <= slot;
    let authorities = if next { Babe::next_epoch().authorities } else { Babe::authorities().to_vec() };
    let epoch = Babe::epoch_index() + u64::from(next);
    let randomness = if next { Babe::next_epoch().randomness } else { Babe::randomness() };
    let index = authorities.iter().position(|(key, _)| *key == author.public().into()).unwrap() as u32;
    let transcript = make_vrf_transcript(&randomness, slot, epoch);
    let vrf_signature = author.pair().vrf_sign(&transcript.into_sign_data());
    let pre_digest =
        PreDigest::SecondaryVRF(SecondaryVRFPreDigest { authority_index: index, slot, vrf_signature });
    DigestItem::babe_pre_digest(pre_digest)
}

/// What somebody wants to have done.
struct Transaction {
    key: sr25519::Pair,
    call: RuntimeCall,
    /// How many of the account's transactions come before it.
    ahead: Nonce,
    tip: Balance,
}

impl Transaction {
    fn new(key: &str, call: impl Into<RuntimeCall>) -> Self {
        Self { key: pair(key), call: call.into(), ahead: 0, tip: 0 }
    }

    fn ahead(self, ahead: Nonce) -> Self {
        Self { ahead, ..self }
    }

    fn tip(self, tip: Balance) -> Self {
        Self { tip, ..self }
    }

    fn sign(self) -> UncheckedExtrinsic {
        let account = AccountId::from(self.key.public());
        let extension: TxExtension = (
            frame_system::CheckNonZeroSender::new(),
            frame_system::CheckSpecVersion::new(),
            frame_system::CheckTxVersion::new(),
            frame_system::CheckGenesis::new(),
            frame_system::CheckEra::from(Era::Immortal),
            crate::duties::Duties::from((
                frame_system::CheckNonce::from(System::account_nonce(&account) + self.ahead),
                frame_system::CheckWeight::new(),
                ChargeTransactionPayment::from(self.tip),
                frame_metadata_hash_extension::CheckMetadataHash::new(false),
                frame_system::WeightReclaim::new(),
            )),
        );
        let payload = SignedPayload::new(self.call, extension).unwrap();
        let signature = payload.using_encoded(|bytes| self.key.sign(bytes));
        let (call, extension, _) = payload.deconstruct();
        UncheckedExtrinsic::new_signed(call, account.into(), signature.into(), extension)
    }
}

fn pair(uri: &str) -> sr25519::Pair {
    sr25519::Pair::from_string(uri, None).unwrap()
}

fn account(uri: &str) -> AccountId {
    pair(uri).public().into()
}

fn balance(uri: &str) -> Balance {
    Balances::balance(&account(uri))
}

/// All workers do what the chain says that they have to do, and agree on one result, until these tasks have ended. Gives
/// how many blocks that took. Only the chain knows who audits.
fn execute(workers: &[&str], tasks: &[TaskId], result: ResultDigest) -> usize {
    let ended = |task: &TaskId| matches!(Poco::task_view(*task), Some(TaskView::Ended(_)));
    for blocks in 0..20 {
        if tasks.iter().all(ended) {
            return blocks;
        }
        let calls: Vec<_> = workers.iter().filter_map(|worker| duty(worker, tasks, result)).collect();
        let done = calls.len();
        assert_eq!(block(calls), vec![Ok(Ok(())); done]);
    }
    panic!("the tasks do not end");
}

/// What a worker has to send for these tasks now, if it has to send something.
fn duty(worker: &str, tasks: &[TaskId], result: ResultDigest) -> Option<Transaction> {
    let who = account(worker);
    let duties = Poco::duties(who.clone(), tasks.to_vec());
    let commitments: Vec<_> = duties
        .execute
        .iter()
        .map(|assignment| Commitment {
            task: assignment.task,
            result: commitment::result_hash(assignment.task, result),
            seal: commitment::seal(&who, assignment.task, result),
        })
        .collect();
    if !commitments.is_empty() {
        let commitments = commitments.try_into().ok()?;
        return Some(Transaction::new(worker, talka_pallet_poco::Call::commit { commitments }));
    }
    let reveals: Vec<_> = duties.reveal.iter().map(|task| Reveal { task: *task, digest: result }).collect();
    if reveals.is_empty() {
        return None;
    }
    let reveals = reveals.try_into().ok()?;
    Some(Transaction::new(worker, talka_pallet_poco::Call::reveal { reveals }))
}
