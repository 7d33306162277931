//! The chain: the real runtime, its hooks and its transactions, in memory.
//!
//! Nothing is signed, no state root is computed and no author's output is proven: that is where the time of a block would go, and
//! no rule of the market is there. All else is the runtime's own: extensions of transactions with their fees, weights and lengths,
//! and hooks in their order, which draw from the outputs that the blocks carry.
//!
//! What is read and written goes to a map, and no trie is behind it: see [`crate::state`].

use std::cell::RefCell;

use codec::{Decode, Encode};
use frame_support::{
    dispatch::GetDispatchInfo,
    storage::{with_transaction_unchecked, TransactionOutcome},
    traits::{Get, OnFinalize, OnIdle},
    weights::Weight,
};
use pallet_transaction_payment::ChargeTransactionPayment;
use sp_consensus_babe::{
    digests::{CompatibleDigestItem, PreDigest, SecondaryVRFPreDigest},
    make_vrf_transcript, Slot,
};
use sp_core::{
    crypto::VrfSecret,
    ecdsa, ed25519,
    proof_of_possession::statement_of_ownership,
    sr25519::{
        self,
        vrf::{VrfPreOutput, VrfSignature},
    },
    Pair, H256,
};
use sp_runtime::{
    generic::{CheckedExtrinsic, Era, ExtrinsicFormat},
    traits::{Applyable, Header as _},
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
    BuildStorage, Digest, DigestItem, DispatchResult,
};
use talka_pallet_stake::GenesisBond;
use talka_pallet_validators::GenesisCandidate;
use talka_primitives::{
    asset::Category,
    audit::AuditRules,
    election::Rules,
    gate::GateRules,
    merit::{MeritRules, HALF_LIFE},
    view::Listed,
    Balance, BlockNumber, CategoryId, Rate, Score,
};
use talka_runtime::{
    configs::{BlockWeights, EPOCH_CONFIG},
    constants::{
        currency::{EXISTENTIAL_DEPOSIT, TLK},
        market::audit_fund,
    },
    duties::Duties,
    AccountId, AllPalletsWithSystem, AuditConfig, Babe, BabeConfig, BalancesConfig, Executive, Header,
    MarketplaceConfig, Runtime, RuntimeCall, RuntimeEvent, RuntimeGenesisConfig, SessionConfig, SessionKeys,
    StakeConfig, System, TxExtension, Validators, ValidatorsConfig,
};

use crate::{cast::Party, state::State};

/// Run times of the categories, in blocks: short, so that tasks end soon.
pub const RUN_TIMES: [BlockNumber; 3] = [4, 10, 30];
/// The floors of the categories: far below what honest pools ask for.
const FLOORS: [Balance; 3] = [TLK / 10, TLK / 5, TLK / 2];
/// Slots of a session: several pass in a run.
const SESSION: BlockNumber = 60;
/// Blocks until a new bond takes part in draws.
const RIPENING: BlockNumber = 40;
/// The slot before the first block.
const FIRST_SLOT: u64 = 1_000;
/// What a transaction has in addition to its call: signature, account, extensions.
const ENVELOPE: usize = 110;

/// The genesis.
pub fn genesis() -> State {
    let category = |(id, (run_time, min_value)): (u8, (BlockNumber, Balance))| Listed {
        id: CategoryId(id),
        item: Category {
            name: "size".try_into().expect("a short name fits; qed"),
            run_time,
            fuel: 1_000_000,
            memory: 1 << 20,
            audit_rate: Rate(500),
            min_value,
        },
    };
    let seated = || Party::all().filter(|party| party.is_seated());
    let keys = seated().map(|party| (party.account(), party.account(), session_keys(party).0));
    let bonds = Party::all().filter_map(|party| {
        party.bond().map(|(bond, merit)| GenesisBond { who: party.account(), bond, merit })
    });
    let stake = 1_000_000 * TLK;
    let candidates =
        seated().map(|party| GenesisCandidate { who: party.account(), stake, score: Score(0) }).collect();
    let fund = (audit_fund(), EXISTENTIAL_DEPOSIT);
    let config = RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: Party::all().map(|party| (party.account(), party.balance())).chain([fund]).collect(),
            ..Default::default()
        },
        babe: BabeConfig { epoch_config: EPOCH_CONFIG, ..Default::default() },
        session: SessionConfig { keys: keys.collect(), ..Default::default() },
        stake: StakeConfig {
            bonds: bonds.collect(),
            rules: Some(MeritRules { yardstick: TLK, half_life: HALF_LIFE, ripening: RIPENING }),
        },
        audit: AuditConfig {
            rules: Some(AuditRules {
                // Small, so that it opens and closes in a run.
                gate: GateRules { interval: 2, tolerated: 2 },
                ..AuditRules::default()
            }),
            ..Default::default()
        },
        marketplace: MarketplaceConfig {
            categories: (0u8..).zip(RUN_TIMES.into_iter().zip(FLOORS)).map(category).collect(),
            ..Default::default()
        },
        validators: ValidatorsConfig {
            session_length: SESSION,
            rules: Rules {
                seats: seated().count() as u32,
                min_seats: seated().count() as u32,
                min_stake: 10_000 * TLK,
                term: 1,
            },
            candidates,
            ..Default::default()
        },
        ..Default::default()
    };
    let top = config
        .build_storage()
        .expect("each validator has a bond that covers its stake and proves its keys, and all rules are within their bounds; qed")
        .top;
    State::of(top)
}

/// The session keys of a validator, with the proof that it has them.
pub fn session_keys(party: Party) -> (SessionKeys, Vec<u8>) {
    let seed: [u8; 32] = party.account().into();
    let (babe, grandpa) = (sr25519::Pair::from_seed(&seed), ed25519::Pair::from_seed(&seed));
    let beefy = ecdsa::Pair::from_seed(&seed);
    let statement = statement_of_ownership(&seed);
    let proof = (babe.sign(&statement), grandpa.sign(&statement), beefy.sign(&statement)).encode();
    let keys = SessionKeys {
        babe: babe.public().into(),
        grandpa: grandpa.public().into(),
        beefy: beefy.public().into(),
    };
    (keys, proof)
}

/// Who makes the block of a slot: the seat, and the validator that has it. `chance` decides between the seats.
pub fn author(slot: u64, chance: u64) -> (u32, Option<AccountId>) {
    let authorities = match begins_session(slot) {
        true => Babe::next_epoch().authorities,
        false => Babe::authorities().to_vec(),
    };
    let seat = (chance % authorities.len().max(1) as u64) as usize;
    let owner = authorities
        .get(seat)
        .and_then(|(key, _)| talka_runtime::Session::key_owner(sp_consensus_babe::KEY_TYPE, key.as_ref()));
    (seat as u32, owner)
}

fn begins_session(slot: u64) -> bool {
    System::block_number() > 0
        && *Babe::current_epoch_start() + u64::from(Validators::session_length()) <= slot
}

/// The slot before the first block.
pub fn first_slot() -> u64 {
    FIRST_SLOT
}

thread_local! {
    /// A claim of some author in some slot.
    static CLAIM: RefCell<Option<VrfSignature>> = const { RefCell::new(None) };
}

/// A claim with this output. Nodes verify outputs before they execute a block, and the runtime does not: so the proof is that
/// of another one.
fn signature(output: u64) -> VrfSignature {
    let known = CLAIM.with_borrow_mut(|known| {
        known
            .get_or_insert_with(|| {
                let transcript = make_vrf_transcript(&[0; 32], Slot::from(0), 0);
                sr25519::Pair::from_seed(&[1; 32]).vrf_sign(&transcript.into_sign_data())
            })
            .clone()
    });
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&output.to_le_bytes());
    let pre_output = VrfPreOutput::decode(&mut bytes.as_slice()).expect("it has the right length; qed");
    VrfSignature { pre_output, ..known }
}

/// Begin the next block, in this slot, by the validator with this seat, with this output.
pub fn begin(slot: u64, seat: u32, output: u64) {
    let number = System::block_number() + 1;
    let claim = SecondaryVRFPreDigest {
        authority_index: seat,
        slot: Slot::from(slot),
        vrf_signature: signature(output),
    };
    let claim = DigestItem::babe_pre_digest(PreDigest::SecondaryVRF(claim));
    let parent = H256::from_low_u64_be(u64::from(number));
    let header = Header::new(number, H256::zero(), H256::zero(), parent, Digest { logs: vec![claim] });
    Executive::initialize_block(&header);
    let now = pallet_timestamp::Call::set { now: slot * Babe::slot_duration() };
    let inherent = CheckedExtrinsic { format: ExtrinsicFormat::Bare, function: now.into() };
    let outcome = execute(inherent, 10);
    assert!(matches!(outcome, Ok(Ok(()))), "the inherent is refused: {outcome:?}");
    Executive::inherents_applied();
}

/// End the block: all that the runtime does, but the state root.
pub fn end() {
    System::note_finished_extrinsics();
    let now = System::block_number();
    let left = BlockWeights::get().max_block.saturating_sub(System::block_weight().total());
    if left.all_gt(Weight::zero()) {
        AllPalletsWithSystem::on_idle(now, left);
    }
    AllPalletsWithSystem::on_finalize(now);
    frame_system::BlockSize::<Runtime>::kill();
    frame_system::InherentsApplied::<Runtime>::kill();
    let remembered: BlockNumber = <Runtime as frame_system::Config>::BlockHashCount::get();
    let forgotten = now.saturating_sub(remembered + 1);
    if forgotten > 0 {
        frame_system::BlockHash::<Runtime>::remove(forgotten);
    }
}

/// What happened in the block that has ended.
pub fn events() -> Vec<RuntimeEvent> {
    System::read_events_no_consensus().map(|record| record.event).collect()
}

/// A transaction.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Who signs it.
    pub who: Party,
    /// What it calls.
    pub call: RuntimeCall,
    /// Bytes that it carries and nobody reads: what fills a block.
    pub padding: u32,
    /// What it pays to the author of the block, beside the fee.
    pub tip: Balance,
}

type Checked = CheckedExtrinsic<AccountId, RuntimeCall, TxExtension>;

/// What goes along with the next transaction of an account.
pub fn extension(account: &AccountId, tip: Balance) -> TxExtension {
    (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        Duties::from((
            frame_system::CheckNonce::from(System::account_nonce(account)),
            frame_system::CheckWeight::new(),
            ChargeTransactionPayment::from(tip),
            frame_metadata_hash_extension::CheckMetadataHash::new(false),
            frame_system::WeightReclaim::new(),
        )),
    )
}

impl Transaction {
    /// A transaction with this call.
    pub fn new(who: Party, call: impl Into<RuntimeCall>) -> Self {
        Self { who, call: call.into(), padding: 0, tip: 0 }
    }

    fn length(&self) -> usize {
        ENVELOPE + self.call.encoded_size() + self.padding as usize
    }

    fn checked(self) -> Checked {
        let account = self.who.account();
        let extension = extension(&account, self.tip);
        CheckedExtrinsic { format: ExtrinsicFormat::Signed(account, extension), function: self.call }
    }

    /// Apply it in the block that has begun. The error is that of a transaction that does not come into the block.
    pub fn apply(self) -> Result<DispatchResult, TransactionValidityError> {
        let length = self.length();
        execute(self.checked(), length)
    }

    /// How early in a block an author takes it who earns as much as it can; nothing where it is not valid now.
    pub fn priority(&self) -> Option<u64> {
        let checked = self.clone().checked();
        let info = checked.get_dispatch_info();
        let validity = with_transaction_unchecked(|| {
            TransactionOutcome::Rollback(checked.validate::<Runtime>(
                TransactionSource::External,
                &info,
                self.length(),
            ))
        });
        validity.ok().map(|valid| valid.priority)
    }
}

fn execute(checked: Checked, length: usize) -> Result<DispatchResult, TransactionValidityError> {
    let info = checked.get_dispatch_info();
    with_transaction_unchecked(|| match Applyable::apply::<Runtime>(checked, &info, length) {
        Ok(result) => {
            System::note_applied_extrinsic(&result, info);
            TransactionOutcome::Commit(Ok(result.map(|_| ()).map_err(|error| error.error)))
        }
        Err(error) => TransactionOutcome::Rollback(Err(error)),
    })
}

/// Whether a transaction was left out because the block is full.
pub fn is_full(error: &TransactionValidityError) -> bool {
    *error == TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources)
}
