//! What a read and a write of the state cost in the node's database: where the runtime's `DbWeight` comes from.
//!
//! A block's changes go to the database together. So what a write costs is the time to find the root of the new state and to store
//! what has changed, by the number of keys that a block changes.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use clap::Args;
use sc_cli::Result;
use sc_client_api::{backend::TrieCacheContext, Backend as _, BlockImportOperation as _, NewBlockState};
use sc_client_db::{Backend, BlocksPruning, DatabaseSettings, DatabaseSource, PruningMode};
use sp_core::{
    storage::{StateVersion, Storage},
    H256,
};
use sp_crypto_hashing::{blake2_256, twox_128, twox_64};
use sp_runtime::{
    generic,
    traits::{BlakeTwo256, Hash as _, Header as _},
    OpaqueExtrinsic,
};
use sp_state_machine::backend::Backend as _;

type Header = generic::Header<u32, BlakeTwo256>;
type Block = generic::Block<Header, OpaqueExtrinsic>;

/// Bytes of values: those of a small record and of a task.
const VALUES: [usize; 4] = [16, 64, 160, 400];
/// Of how many blocks the state is kept: few, so that a measured block has old ones removed, as in a node that runs for long.
const STATES: u32 = 8;
/// The node's usual cache of the trie, in bytes.
const CACHE: usize = 1024 * 1024 * 1024;

// What the measurement is told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Keys of the state
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    keys: u64,
    /// Keys that a block changes
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..))]
    changes: u64,
    /// Blocks
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    blocks: u32,
}

impl Options {
    /// Measure and print.
    pub fn run(&self) -> Result<()> {
        if self.changes > self.keys {
            return Err("a block cannot change more keys than there are\nhint: fewer --changes".into());
        }
        let folder = tempfile::tempdir()?;
        let mut chain = Chain::begin(folder.path(), self.keys)?;
        let mut draws = fastrand::Rng::with_seed(1);
        // Until old states are removed with each block.
        for _ in 0..2 * STATES {
            chain.change(self.draw(&mut draws))?;
        }
        let (mut reading, mut writing) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..self.blocks {
            let numbers = self.draw(&mut draws);
            let began = Instant::now();
            chain.read(&numbers)?;
            reading += began.elapsed();
            let numbers = self.draw(&mut draws);
            let began = Instant::now();
            chain.change(numbers)?;
            writing += began.elapsed();
        }
        let each = |time: Duration| time.as_secs_f64() * 1e6 / (f64::from(self.blocks) * self.changes as f64);
        println!("WEIGHT name=read value={:.1} unit=µs", each(reading));
        println!("WEIGHT name=write value={:.1} unit=µs", each(writing));
        Ok(())
    }

    fn draw(&self, draws: &mut fastrand::Rng) -> Vec<u64> {
        (0..self.changes).map(|_| draws.u64(..self.keys)).collect()
    }
}

/// Blocks of nothing but changes of the state.
struct Chain {
    backend: Backend<Block>,
    head: Header,
}

impl Chain {
    /// A chain whose state has `keys` keys.
    fn begin(folder: &Path, keys: u64) -> Result<Self> {
        let settings = DatabaseSettings {
            trie_cache_maximum_size: Some(CACHE),
            state_pruning: Some(PruningMode::blocks_pruning(STATES)),
            source: DatabaseSource::ParityDb { path: folder.join("db") },
            blocks_pruning: BlocksPruning::KeepFinalized,
            pruning_filters: Vec::new(),
            metrics_registry: None,
        };
        let backend = Backend::new(settings, 0)?;
        let top: BTreeMap<_, _> = (0..keys).map(|number| (key(number), value(number, 0))).collect();
        let mut operation = backend.begin_operation()?;
        let storage = Storage { top, children_default: Default::default() };
        let root = operation.set_genesis_state(storage, true, StateVersion::V1)?;
        let head = header(0, root, H256::zero());
        operation.set_block_data(head.clone(), Some(Vec::new()), None, None, NewBlockState::Final, true)?;
        backend.commit_operation(operation)?;
        Ok(Self { backend, head })
    }

    /// Read these keys of the state of the last block.
    fn read(&self, numbers: &[u64]) -> Result<()> {
        let state = self.backend.state_at(self.head.hash(), TrieCacheContext::Trusted)?;
        for number in numbers {
            if state.storage(&key(*number))?.is_none() {
                return Err(format!("key {number} is not there").into());
            }
        }
        Ok(())
    }

    /// A block that changes these keys, and is final.
    fn change(&mut self, numbers: Vec<u64>) -> Result<()> {
        let (parent, height) = (self.head.hash(), self.head.number() + 1);
        let mut operation = self.backend.begin_operation()?;
        self.backend.begin_state_operation(&mut operation, parent)?;
        let state = self.backend.state_at(parent, TrieCacheContext::Trusted)?;
        let changed: BTreeMap<_, _> =
            numbers.into_iter().map(|number| (key(number), value(number, height))).collect();
        let delta = changed.iter().map(|(key, value)| (&key[..], Some(&value[..])));
        let (root, update) = state.storage_root(delta, StateVersion::V1);
        operation.update_db_storage(update)?;
        let head = header(height, root, parent);
        operation.set_block_data(head.clone(), Some(Vec::new()), None, None, NewBlockState::Best, true)?;
        self.backend.commit_operation(operation)?;
        self.backend.finalize_block(head.hash(), None)?;
        self.head = head;
        Ok(())
    }
}

fn header(number: u32, root: H256, parent: H256) -> Header {
    Header::new(number, BlakeTwo256::hash(&[]), root, parent, Default::default())
}

/// As a map of a pallet makes it: of the pallet, of the map, of the key.
fn key(number: u64) -> Vec<u8> {
    let part = number.to_le_bytes();
    [&twox_128(b"Pallet")[..], &twox_128(&[(number % 16) as u8]), &twox_64(&part), &part].concat()
}

/// A value that differs with the block.
fn value(number: u64, height: u32) -> Vec<u8> {
    let length = VALUES[number as usize % VALUES.len()];
    let seed = blake2_256(&[&number.to_le_bytes()[..], &height.to_le_bytes()].concat());
    seed.iter().copied().cycle().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_block_has_changed_is_read_in_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut chain = Chain::begin(folder.path(), 100).unwrap();
        chain.change(vec![7]).unwrap();
        let state = chain.backend.state_at(chain.head.hash(), TrieCacheContext::Trusted).unwrap();
        assert_eq!(state.storage(&key(7)).unwrap(), Some(value(7, 1)));
        assert_eq!(state.storage(&key(8)).unwrap(), Some(value(8, 0)));
        assert_ne!(value(7, 0), value(7, 1));
    }
}
