//! What a new chain starts with.
//!
//! | Preset | Validators | Seats | Council | Calls as root | Accounts with money | Run times of the categories | A session |
//! |---|---|---|---|---|---|---|---|
//! | [`development`] | Alice | 1 | Alice, Bob, Charlie | at once | the well-known ones, and the actors of the demo | short | 2 minutes |
//! | [`local`] | Alice, Bob, Charlie, Dave | 4 | the same | at once | the same | short | 2 minutes |
//! | [`testnet`] | none: its operators name them | 21 | its operators name it | two days after they were listed | none: its operators name them | as specified | an hour |
//!
//! The audit fund exists in each, so that it can take the smallest amount. No preset publishes anything, or registers a worker:
//! nobody has to put up a deposit at the start. Categories, which governance defines, have none. No preset names contracts on
//! Ethereum.

pub mod development;
pub mod local;
pub mod testnet;

use alloc::{string::ToString, vec, vec::Vec};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_core::{ecdsa, hex2array};
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use talka_pallet_stake::GenesisBond;
use talka_pallet_validators::GenesisCandidate;
use talka_primitives::{
    asset::Category,
    audit::{AuditRules, DEFAULT_RATE},
    election::Rules,
    gate::GateRules,
    merit::{MeritRules, HALF_LIFE},
    view::Listed,
    Balance, BlockNumber, CategoryId, Merit, Score,
};

use crate::{
    configs::EPOCH_CONFIG,
    constants::{
        bridge,
        currency::{EXISTENTIAL_DEPOSIT, TLK},
        market::audit_fund,
        time::{MINUTES, SLOT_DURATION},
    },
    AccountId, AuditConfig, BabeConfig, BalancesConfig, BridgeConfig, CouncilConfig, EnactmentConfig,
    MarketplaceConfig, RuntimeGenesisConfig, SessionConfig, SessionKeys, StakeConfig, ValidatorsConfig,
};

/// The names of the presets.
pub fn preset_names() -> Vec<PresetId> {
    vec![development::NAME.into(), local::NAME.into(), testnet::NAME.into()]
}

/// A preset: a JSON patch of the default genesis.
pub fn preset(name: &PresetId) -> Option<Vec<u8>> {
    let start = match name.as_str() {
        development::NAME => development::start(),
        local::NAME => local::start(),
        testnet::NAME => testnet::start(),
        _ => return None,
    };
    Some(start.patch().to_string().into_bytes())
}

/// What a validator of a preset has put up.
pub const VALIDATOR_STAKE: Balance = 10_000 * TLK;

/// The value of a usual task: what draws measure reputations with.
const YARDSTICK: Balance = TLK;

/// What distinguishes one preset from another.
pub struct Start {
    /// Who makes and finalises blocks, each with a stake of [`VALIDATOR_STAKE`] beside its balance.
    pub validators: Vec<(AccountId, SessionKeys)>,
    /// Slots of a session.
    pub session_length: BlockNumber,
    /// Milliseconds of a slot.
    pub slot_duration: u64,
    /// How elections are held.
    pub rules: Rules,
    /// Who governs.
    pub council: Vec<AccountId>,
    /// Blocks between listing and enacting what is to be done as root, where it is not the constant.
    pub delay: Option<BlockNumber>,
    /// Who has how much.
    pub balances: Vec<(AccountId, Balance)>,
    /// The sizes of task, from 0 on.
    pub categories: Vec<Category>,
    /// How reputation is measured, fades, and is waited for.
    pub reputation: MeritRules,
    /// How results are audited and judged.
    pub audits: AuditRules,
}

impl Start {
    fn patch(self) -> Value {
        let fund = (audit_fund(), EXISTENTIAL_DEPOSIT);
        let stakes = |who: &AccountId| self.validators.iter().any(|(validator, _)| validator == who);
        let balances = self
            .balances
            .into_iter()
            .map(
                |(who, balance)| if stakes(&who) { (who, balance + VALIDATOR_STAKE) } else { (who, balance) },
            )
            .chain([fund])
            .collect::<Vec<_>>();
        let (bonds, candidates) = self
            .validators
            .iter()
            .map(|(who, _)| {
                let bond = GenesisBond { who: who.clone(), bond: VALIDATOR_STAKE, merit: Merit(0) };
                let stake = VALIDATOR_STAKE;
                (bond, GenesisCandidate { who: who.clone(), stake, score: Score(0) })
            })
            .unzip();
        let keys =
            self.validators.into_iter().map(|(who, keys)| (who.clone(), who, keys)).collect::<Vec<_>>();
        let categories = (0u8..)
            .zip(self.categories)
            .map(|(id, item)| Listed { id: CategoryId(id), item })
            .collect::<Vec<_>>();
        build_struct_json_patch!(RuntimeGenesisConfig {
            balances: BalancesConfig { balances },
            babe: BabeConfig { epoch_config: EPOCH_CONFIG },
            session: SessionConfig { keys },
            stake: StakeConfig { bonds, rules: Some(self.reputation) },
            audit: AuditConfig { rules: Some(self.audits) },
            marketplace: MarketplaceConfig { categories },
            validators: ValidatorsConfig {
                session_length: self.session_length,
                slot_duration: self.slot_duration,
                rules: self.rules,
                candidates
            },
            council: CouncilConfig { members: self.council },
            enactment: EnactmentConfig { delay: self.delay },
            bridge: BridgeConfig { limits: bridge::LIMITS },
        })
    }
}

/// The ECDSA public keys of the well-known names. The SDK's keyrings have none.
const ALICE: [u8; 33] = hex2array!("020a1091341fe5664bfa1782d5e04779689068c916b04cb365ec3153755684d9a1");
const BOB: [u8; 33] = hex2array!("0390084fdbf27d2b79d26a4f13f0ccd982cb755a661969143c37cbc49ef5b91f27");
const CHARLIE: [u8; 33] = hex2array!("0389411795514af1627765eceffcbd002719f031604fadd7d188e2dc585b4e1afb");
const DAVE: [u8; 33] = hex2array!("03bc9d0ca094bd5b8b3225d7651eac5d18c1c04bf8ae8f8b263eebca4e1410ed0c");

/// The well-known keys of a name as a validator. Everybody has them.
fn well_known(account: Sr25519Keyring, voter: Ed25519Keyring, signer: [u8; 33]) -> (AccountId, SessionKeys) {
    let keys = SessionKeys {
        babe: account.public().into(),
        grandpa: voter.public().into(),
        beefy: ecdsa::Public::from_raw(signer).into(),
    };
    (account.to_account_id(), keys)
}

/// Reputation on a chain to try things out on: who bonds is drawn at once.
fn reputation_at_once() -> MeritRules {
    MeritRules { yardstick: YARDSTICK, half_life: HALF_LIFE, ripening: 0 }
}

/// Audits on a chain to try things out on: all workers that have the merit may work alone, and juries are small enough
/// for its few validators.
fn audits_without_gate(jurors: u32) -> AuditRules {
    AuditRules { jurors, gate: GateRules { interval: 0, tolerated: 0 }, ..AuditRules::default() }
}

/// Fuel that a slow worker burns in a second. A category's fuel is that of its whole run time, so that on a slow
/// worker too an app runs out of fuel, which is a result, before it runs out of time, which is none. Measured on one
/// core of a server: programs burn 9 to 36 units in a nanosecond (`executor/examples/measure.rs`); this is a third of the least,
/// and what branches burn that no processor foresees. What waits for memory burns less, and may run out of time.
const FUEL_PER_SECOND: u64 = 3_000_000_000;
const MIB: u64 = 1024 * 1024;

/// The floor of a category is this for each minute of its run time: a fifth of what an hour of a worker costs at the
/// prices of the documentation (0.5 TLK for five minutes). A usual task costs more than the floor, so that it is counted,
/// and a task that costs nothing is not had for nothing: its auditor is paid this.
const VALUE_OF_A_MINUTE: Balance = TLK / 50;

/// The five sizes of task, with these run times in minutes.
fn categories(run_times: [u32; 5]) -> Vec<Category> {
    const SIZES: [(&str, u64); 5] = [("XS", 256), ("S", 512), ("M", 1_024), ("L", 2_048), ("XL", 4_096)];
    SIZES
        .into_iter()
        .zip(run_times)
        .map(|((name, mebibytes), minutes)| {
            let run_time = minutes * MINUTES;
            Category {
                name: name.try_into().expect("a name of two letters fits; qed"),
                run_time,
                fuel: u64::from(run_time) * SLOT_DURATION / 1_000 * FUEL_PER_SECOND,
                memory: mebibytes * MIB,
                audit_rate: DEFAULT_RATE,
                min_value: VALUE_OF_A_MINUTE * Balance::from(minutes),
            }
        })
        .collect()
}
