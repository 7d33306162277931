//! The state of the chain: keys and values in a map.
//!
//! The SDK's own state in memory is an overlay over a trie. It remembers by which transaction each value was written, and looks at all
//! of them to remove a few. Here a read is a look into the map, and a transaction remembers what it has replaced.

use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    ops::Bound,
};

use codec::{Compact, Decode, Encode};
use sp_core::storage::{ChildInfo, StateVersion, TrackedStorageKey};
use sp_externalities::{
    set_and_run_with_externalities, Error, Extension, ExtensionStore, Externalities, MultiRemovalResults,
};

type Key = Vec<u8>;
type Value = Vec<u8>;

/// A state, with the transactions that are open.
#[derive(Clone, Debug, Default)]
pub struct State {
    values: BTreeMap<Key, Value>,
    /// What was replaced since the first open transaction began, in this order.
    replaced: Vec<(Key, Option<Value>)>,
    /// For each open transaction, how much had been replaced when it began.
    open: Vec<usize>,
}

impl State {
    /// One with these values.
    pub fn of(values: BTreeMap<Key, Value>) -> Self {
        Self { values, ..Self::default() }
    }

    /// Do something with it.
    pub fn run<R>(&mut self, what: impl FnOnce() -> R) -> R {
        set_and_run_with_externalities(self, what)
    }

    fn replace(&mut self, key: Key, value: Option<Value>) {
        let is_logged = !self.open.is_empty();
        let name = is_logged.then(|| key.clone());
        let before = match value {
            Some(value) => self.values.insert(key, value),
            None => self.values.remove(&key),
        };
        if let Some(key) = name {
            self.replaced.push((key, before));
        }
    }

    fn roll_back(&mut self, to: usize) {
        for (key, before) in self.replaced.split_off(to).into_iter().rev() {
            match before {
                Some(value) => self.values.insert(key, value),
                None => self.values.remove(&key),
            };
        }
    }

    /// The keys with a prefix, in their order.
    fn with_prefix(&self, prefix: &[u8]) -> Vec<Key> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let keys = self.values.range::<[u8], _>(from).map(|(key, _)| key);
        keys.take_while(|key| key.starts_with(prefix)).cloned().collect()
    }
}

/// One more item at the end of an encoded list; the first one where that is no list.
fn appended(list: Option<&Value>, item: &[u8]) -> Value {
    let known = list.and_then(|list| {
        let mut rest = list.as_slice();
        let Compact(length) = Compact::<u32>::decode(&mut rest).ok()?;
        Some((length.checked_add(1)?, rest))
    });
    let (length, rest) = known.unwrap_or((1, &[]));
    let mut longer = Compact(length).encode();
    longer.reserve(rest.len() + item.len());
    longer.extend_from_slice(rest);
    longer.extend_from_slice(item);
    longer
}

/// What the runtime does not do outside of benchmarks, and what would need a trie.
fn not_here(what: &str) -> ! {
    panic!("the state of the adversary has no {what}")
}

impl ExtensionStore for State {
    fn extension_by_type_id(&mut self, _: TypeId) -> Option<&mut dyn Any> {
        None
    }

    fn register_extension_with_type_id(&mut self, _: TypeId, _: Box<dyn Extension>) -> Result<(), Error> {
        Err(Error::ExtensionsAreNotSupported)
    }

    fn deregister_extension_by_type_id(&mut self, _: TypeId) -> Result<(), Error> {
        Err(Error::ExtensionsAreNotSupported)
    }
}

impl Externalities for State {
    fn set_offchain_storage(&mut self, _: &[u8], _: Option<&[u8]>) {
        // The SDK's pallets index their history there, for nodes that answer questions about it.
    }

    fn storage(&mut self, key: &[u8]) -> Option<Value> {
        self.values.get(key).cloned()
    }

    fn exists_storage(&mut self, key: &[u8]) -> bool {
        self.values.contains_key(key)
    }

    fn storage_hash(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.values.get(key).map(|value| sp_io::hashing::blake2_256(value).to_vec())
    }

    fn next_storage_key(&mut self, key: &[u8]) -> Option<Key> {
        let after = (Bound::Excluded(key), Bound::Unbounded);
        self.values.range::<[u8], _>(after).next().map(|(key, _)| key.clone())
    }

    fn place_storage(&mut self, key: Key, value: Option<Value>) {
        self.replace(key, value);
    }

    fn storage_append(&mut self, key: Key, value: Value) {
        let longer = appended(self.values.get(&key), &value);
        self.replace(key, Some(longer));
    }

    fn clear_prefix(&mut self, prefix: &[u8], limit: Option<u32>, _: Option<&[u8]>) -> MultiRemovalResults {
        let keys = self.with_prefix(prefix);
        let most = limit.map_or(keys.len(), |limit| keys.len().min(limit as usize));
        let maybe_cursor = keys.get(most).cloned();
        let removed = most as u32;
        for key in keys.into_iter().take(most) {
            self.replace(key, None);
        }
        MultiRemovalResults { maybe_cursor, backend: removed, unique: removed, loops: removed }
    }

    fn storage_start_transaction(&mut self) {
        self.open.push(self.replaced.len());
    }

    fn storage_rollback_transaction(&mut self) -> Result<(), ()> {
        let began = self.open.pop().ok_or(())?;
        self.roll_back(began);
        Ok(())
    }

    fn storage_commit_transaction(&mut self) -> Result<(), ()> {
        self.open.pop().ok_or(())?;
        if self.open.is_empty() {
            self.replaced.clear();
        }
        Ok(())
    }

    fn storage_root(&mut self, _: StateVersion) -> Vec<u8> {
        not_here("root")
    }

    fn child_storage(&mut self, _: &ChildInfo, _: &[u8]) -> Option<Vec<u8>> {
        not_here("children")
    }

    fn child_storage_hash(&mut self, _: &ChildInfo, _: &[u8]) -> Option<Vec<u8>> {
        not_here("children")
    }

    fn next_child_storage_key(&mut self, _: &ChildInfo, _: &[u8]) -> Option<Vec<u8>> {
        not_here("children")
    }

    fn kill_child_storage(&mut self, _: &ChildInfo, _: Option<u32>, _: Option<&[u8]>) -> MultiRemovalResults {
        not_here("children")
    }

    fn clear_child_prefix(
        &mut self,
        _: &ChildInfo,
        _: &[u8],
        _: Option<u32>,
        _: Option<&[u8]>,
    ) -> MultiRemovalResults {
        not_here("children")
    }

    fn place_child_storage(&mut self, _: &ChildInfo, _: Vec<u8>, _: Option<Vec<u8>>) {
        not_here("children")
    }

    fn child_storage_root(&mut self, _: &ChildInfo, _: StateVersion) -> Vec<u8> {
        not_here("children")
    }

    fn wipe(&mut self) {
        not_here("benchmarks")
    }

    fn commit(&mut self) {
        not_here("benchmarks")
    }

    fn read_write_count(&self) -> (u32, u32, u32, u32) {
        not_here("benchmarks")
    }

    fn reset_read_write_count(&mut self) {
        not_here("benchmarks")
    }

    fn get_whitelist(&self) -> Vec<TrackedStorageKey> {
        not_here("benchmarks")
    }

    fn set_whitelist(&mut self, _: Vec<TrackedStorageKey>) {
        not_here("benchmarks")
    }

    fn get_read_and_written_keys(&self) -> Vec<(Vec<u8>, u32, u32, bool)> {
        not_here("benchmarks")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_io::{
        storage::{append, clear, clear_prefix, get, next_key, set},
        TestExternalities,
    };

    /// Something that a runtime does to its state.
    #[derive(Clone, Copy, Debug)]
    enum Act {
        Set(u8, u8),
        Clear(u8),
        ClearPrefix(u8),
        Append(u8, u8),
        Begin,
        RollBack,
        Commit,
    }

    /// Two bytes, of which the first is one of a few.
    fn key(number: u8) -> [u8; 2] {
        [number % 4, number / 4 % 8]
    }

    /// Do these, close what is open, and read all that there is, in its order.
    fn after(acts: &[Act]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut open = 0;
        for act in acts {
            match *act {
                Act::Set(number, value) => set(&key(number), &[value]),
                Act::Clear(number) => clear(&key(number)),
                Act::ClearPrefix(number) => {
                    let _ = clear_prefix(&key(number)[..1], None);
                }
                // A list of bytes.
                Act::Append(number, item) => append(&[9, number % 4], vec![item]),
                Act::Begin => {
                    sp_io::storage::start_transaction();
                    open += 1;
                }
                Act::RollBack if open > 0 => {
                    sp_io::storage::rollback_transaction();
                    open -= 1;
                }
                Act::Commit if open > 0 => {
                    sp_io::storage::commit_transaction();
                    open -= 1;
                }
                Act::RollBack | Act::Commit => {}
            }
        }
        (0..open).for_each(|_| sp_io::storage::commit_transaction());
        let mut all = Vec::new();
        let mut last = Vec::new();
        while let Some(next) = next_key(&last) {
            all.push((next.clone(), get(&next).expect("it was listed; qed").to_vec()));
            last = next;
        }
        all
    }

    #[test]
    fn is_what_the_sdk_s_own_is_whatever_is_done_to_it() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..300 {
            let act = |random: &mut fastrand::Rng| match random.u8(..12) {
                0..=3 => Act::Set(random.u8(..), random.u8(..)),
                4 => Act::Clear(random.u8(..)),
                5 => Act::ClearPrefix(random.u8(..)),
                6 | 7 => Act::Append(random.u8(..), random.u8(..)),
                8 | 9 => Act::Begin,
                10 => Act::RollBack,
                _ => Act::Commit,
            };
            let acts: Vec<_> = (0..60).map(|_| act(&mut random)).collect();
            let mut expected = TestExternalities::new_empty().execute_with(|| after(&acts));
            // It begins with code, though an empty one.
            expected.retain(|(key, _)| key != sp_core::storage::well_known_keys::CODE);
            assert_eq!(State::default().run(|| after(&acts)), expected, "{acts:?}");
        }
    }
}
