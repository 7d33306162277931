//! Specifications of networks with as many validators as are wanted, and the validators' keys.

use std::{
    ffi::OsStr,
    fs,
    hash::{BuildHasher as _, DefaultHasher, Hash as _, Hasher as _, RandomState},
    path::{Path, PathBuf},
    process::Command,
    time::UNIX_EPOCH,
};

use anyhow::{ensure, Context as _, Result};
use serde_json::{json, Value};
use talka_client::amount::UNIT;
use talka_primitives::{Balance, BlockNumber};
use tempfile::NamedTempFile;

use crate::programs::{cache, program};

/// The validators that everybody knows; from the fifth on they are called `Validator5` and so on.
const WELL_KNOWN: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];
/// The specification in a folder: as it can be read, and in raw form.
const PLAIN: &str = "plain.json";
pub(crate) const RAW: &str = "chain.json";
/// Milliseconds of a slot of the tests' networks: a quarter of what public networks have, and the shortest with which
/// several networks run side by side on two busy cores. Tests expect nothing in seconds that the chain does in blocks.
pub const FAST: u64 = 500;
/// What an account starts with that the preset does not endow.
const ENDOWMENT: Balance = 1_000_000 * UNIT;

/// Somebody who makes blocks.
#[derive(Clone, Debug)]
pub(crate) struct Validator {
    /// Its name, by which all its keys are derived: everybody has them.
    pub name: String,
    /// Its account, which is its key for making blocks too.
    account: String,
    /// Its key for finalising them.
    voter: String,
    /// Its key for signing for other chains what is final.
    signer: String,
}

impl Validator {
    /// The one with this number, counted from 1.
    pub fn new(number: usize) -> Result<Self> {
        let name = match WELL_KNOWN.get(number - 1) {
            Some(name) => String::from(*name),
            None => format!("Validator{number}"),
        };
        let (account, voter) = (address(&name, "sr25519")?, address(&name, "ed25519")?);
        let signer = address(&name, "ecdsa")?;
        Ok(Self { name, account, voter, signer })
    }

    /// Give a node its session keys.
    pub fn insert_keys(&self, specification: &Path, base: &Path) -> Result<()> {
        let secret = format!("//{}", self.name);
        for (kind, scheme) in [("babe", "sr25519"), ("gran", "ed25519"), ("beef", "ecdsa")] {
            let command = ["key", "insert", "--key-type", kind, "--scheme", scheme, "--suri", &secret];
            call(command, specification, base)?;
        }
        Ok(())
    }
}

/// What a network starts with, where it is not the preset's.
#[derive(Clone, Debug)]
pub struct Start {
    /// How many validators there are.
    pub validators: usize,
    /// Milliseconds of a slot, where it is not the preset's.
    pub slot: Option<u64>,
    /// How many slots a session has.
    pub session_length: Option<BlockNumber>,
    /// How many seats there are, where it is not one for each validator.
    pub seats: Option<usize>,
    /// What the validators' scores are.
    pub score: u32,
    /// Names whose accounts are endowed, beside those of the preset.
    pub endowed: Vec<String>,
    /// Workers that have a bond and merit from the beginning.
    pub reputed: Vec<Reputed>,
    /// Accounts that are named by their addresses, beside those of the preset.
    pub holders: Vec<Holder>,
}

/// An account that has something from the beginning.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Its address.
    pub address: String,
    /// What it has, its bond included, in units of TLK.
    pub balance: Balance,
    /// Its bond, in units of TLK; zero is none.
    pub bond: Balance,
}

/// A worker with a reputation that it did not have to earn.
#[derive(Clone, Debug)]
pub struct Reputed {
    /// Its name, as in `Worker1`.
    pub name: String,
    /// Its bond, in units of TLK.
    pub bond: Balance,
    /// Its merit, in units of TLK.
    pub merit: Balance,
}

impl Start {
    /// The preset with another number of validators, and as [`FAST`] as networks of tests are.
    pub fn with_validators(validators: usize) -> Self {
        Self {
            validators,
            slot: Some(FAST),
            session_length: None,
            seats: None,
            score: 0,
            endowed: Vec::new(),
            reputed: Vec::new(),
            holders: Vec::new(),
        }
    }

    /// Write a specification in raw form to `folder`, and say where it is.
    pub(crate) fn write(&self, folder: &Path, validators: &[Validator]) -> Result<PathBuf> {
        write(folder, "local", |patch| self.apply(patch, validators))
    }

    /// All that is changed in the genesis.
    fn apply(&self, patch: &mut Value, validators: &[Validator]) -> Result<()> {
        let balances = list(patch, "/balances/balances")?;
        let mut endowed: Vec<_> = validators.iter().map(|validator| validator.account.clone()).collect();
        for name in &self.endowed {
            endowed.push(address(name, "sr25519")?);
        }
        for account in endowed {
            if !balances.iter().any(|entry| entry[0] == account) {
                balances.push(json!([account, ENDOWMENT as u64]));
            }
        }
        let held = self.holders.iter().map(|holder| json!([holder.address, holder.balance as u64]));
        balances.extend(held);
        let keys = validators.iter().map(|Validator { account, voter, signer, .. }| {
            json!([account, account, { "babe": account, "grandpa": voter, "beefy": signer }])
        });
        *list(patch, "/session/keys")? = keys.collect();

        // Every validator stands where the preset lets its first one stand.
        for (place, reputation, amount) in
            [("/stake/bonds", "merit", 0), ("/validators/candidates", "score", self.score)]
        {
            let entries = list(patch, place)?;
            let model = entries.first().with_context(|| format!("{place} is empty in the preset"))?.clone();
            let entry = |validator: &Validator| {
                let mut entry = model.clone();
                entry["who"] = json!(validator.account);
                entry[reputation] = json!(amount);
                entry
            };
            *entries = validators.iter().map(entry).collect();
        }
        for Reputed { name, bond, merit } in &self.reputed {
            let entry =
                json!({ "who": address(name, "sr25519")?, "bond": *bond as u64, "merit": *merit as u64 });
            list(patch, "/stake/bonds")?.push(entry);
        }
        let bonded = self.holders.iter().filter(|holder| holder.bond > 0);
        let bonds =
            bonded.map(|holder| json!({ "who": holder.address, "bond": holder.bond as u64, "merit": 0 }));
        list(patch, "/stake/bonds")?.extend(bonds);
        let rules = entry(patch, "/validators/rules")?;
        // With one of four, two of seven and so on away there is finality still.
        let (seats, spare) = (self.seats.unwrap_or(validators.len()), (validators.len().max(1) - 1) / 3);
        rules["seats"] = json!(seats);
        rules["minSeats"] = json!((validators.len() - spare).min(seats));
        // An odd number of seats, for which there are validators.
        let jurors = (validators.len().max(1) - 1) / 2 * 2 + 1;
        *entry(patch, "/audit/rules/jurors")? = json!(jurors.min(7));
        if let Some(slots) = self.session_length {
            *entry(patch, "/validators/sessionLength")? = json!(slots);
        }
        self.slot.map_or(Ok(()), |slot| set_slot(patch, slot))
    }
}

/// Write the specification of a development chain to `folder`, in raw form and with slots of this many milliseconds, and
/// say where it is.
pub(crate) fn development(folder: &Path, slot: u64) -> Result<PathBuf> {
    write(folder, "dev", |patch| set_slot(patch, slot))
}

/// Write the specification of a network that the node knows to `folder`, with a genesis that is changed: as it can be
/// read, and in raw form. Gives the path of the latter.
fn write(folder: &Path, known: &str, apply: impl FnOnce(&mut Value) -> Result<()>) -> Result<PathBuf> {
    let exported = kept(known, |to| export(&["--chain".as_ref(), known.as_ref()], to))?;
    let mut specification: Value = serde_json::from_slice(&fs::read(exported)?)?;
    apply(entry(&mut specification, "/genesis/runtimeGenesis/patch")?)?;
    let text = serde_json::to_vec(&specification)?;
    let plain = folder.join(PLAIN);
    fs::write(&plain, &text)?;

    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let name = format!("{known}-{:016x}", hasher.finish());
    let kept = kept(&name, |to| export(&["--raw".as_ref(), "--chain".as_ref(), plain.as_os_str()], to))?;
    let mut specification: Value = serde_json::from_slice(&fs::read(kept)?)?;
    // Nodes of networks with the same genesis and the same keys would take each other for their own.
    specification["forkId"] = json!(format!("{:016x}", RandomState::new().hash_one(folder)));
    // Complete before it has its name: a folder with a specification is one that can be gone on with.
    let (unfinished, raw) = (folder.join("unfinished.json"), folder.join(RAW));
    fs::write(&unfinished, serde_json::to_vec(&specification)?)?;
    fs::rename(&unfinished, &raw)?;
    Ok(raw)
}

/// A file that a node makes in seconds, and the same one each time: it is kept beside the program. Gives where it is.
fn kept(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let node = fs::metadata(program("talka-node")?)?;
    let built = node.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    let folder = cache()?.join("specifications");
    let file = folder.join(format!("{built}-{name}.json"));
    if !file.exists() {
        fs::create_dir_all(&folder)?;
        for old in fs::read_dir(&folder)? {
            let old = old?;
            if !old.file_name().to_string_lossy().starts_with(&built.to_string()) {
                // Another test may have done so already.
                let _ = fs::remove_file(old.path());
            }
        }
        let unfinished = NamedTempFile::with_prefix_in(format!("{built}-"), &folder)?;
        make(unfinished.path())?;
        unfinished.persist(&file)?;
    }
    Ok(file)
}

/// Let slots last this many milliseconds, and give tasks as much time as before: programs do not run faster on a chain
/// that does.
fn set_slot(patch: &mut Value, milliseconds: u64) -> Result<()> {
    let slot = entry(patch, "/validators/slotDuration")?;
    let before = slot.as_u64().context("the preset's slots have a length")?;
    *slot = json!(milliseconds);
    for category in list(patch, "/marketplace/categories")? {
        let run_time = entry(category, "/item/run_time")?;
        let blocks = run_time.as_u64().context("a run time is a number of blocks")?;
        *run_time = json!((blocks * before).div_ceil(milliseconds));
    }
    Ok(())
}

fn entry<'a>(value: &'a mut Value, place: &str) -> Result<&'a mut Value> {
    value.pointer_mut(place).with_context(|| format!("the specification has no {place}"))
}

fn list<'a>(patch: &'a mut Value, place: &str) -> Result<&'a mut Vec<Value>> {
    let found = patch.pointer_mut(place).and_then(Value::as_array_mut);
    found.with_context(|| format!("the preset has no list {place}"))
}

/// The public key that is derived from a name, as an address is written. Of sr25519 and ed25519 it is that of the account, too.
fn address(name: &str, scheme: &str) -> Result<String> {
    let secret = format!("//{name}");
    let said = run(["key", "inspect", "--output-type", "json", "--scheme", scheme, &secret])?;
    let key: Value = serde_json::from_str(&said)?;
    Ok(key["ss58PublicKey"].as_str().context("a key has a public one")?.to_owned())
}

/// The name of a node in the network. Its key is made where it has none yet.
pub(crate) fn peer_id(specification: &Path, base: &Path, id: &str) -> Result<String> {
    let key = base.join("chains").join(id).join("network").join("secret_ed25519");
    if !key.exists() {
        call(["key", "generate-node-key"], specification, base)?;
    }
    let said = run([OsStr::new("key"), "inspect-node-key".as_ref(), "--file".as_ref(), key.as_os_str()])?;
    Ok(said.trim().to_owned())
}

/// How many validators the network in a folder started with.
pub(crate) fn validators_in(folder: &Path) -> Result<usize> {
    let mut specification: Value = serde_json::from_slice(&fs::read(folder.join(PLAIN))?)?;
    Ok(list(&mut specification, "/genesis/runtimeGenesis/patch/session/keys")?.len())
}

/// The identifier of a specification's network: the name of its folder below that of a node.
pub(crate) fn id(specification: &Path) -> Result<String> {
    let specification: Value = serde_json::from_slice(&fs::read(specification)?)?;
    Ok(specification["id"].as_str().context("a specification has an id")?.to_owned())
}

fn export(from: &[&OsStr], to: &Path) -> Result<()> {
    run([&["export-chain-spec".as_ref()], from, &["--output".as_ref(), to.as_os_str()]].concat())?;
    Ok(())
}

/// A command about the files of one node.
fn call<const N: usize>(command: [&str; N], specification: &Path, base: &Path) -> Result<()> {
    let files = ["--chain".as_ref(), specification.as_os_str(), "--base-path".as_ref(), base.as_os_str()];
    run(command.map(OsStr::new).into_iter().chain(files))?;
    Ok(())
}

/// What `talka-node` prints.
fn run(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<String> {
    let arguments: Vec<_> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
    let output = Command::new(program("talka-node")?).args(&arguments).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "talka-node {arguments:?}: {}\n{said}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
