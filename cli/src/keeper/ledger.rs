//! What is wanted and what is kept: a small database, of which nothing is lost when the program is killed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use codec::{Decode as _, Encode as _};
use redb::{Database, ReadableTable as _, TableDefinition, WriteTransaction};
use talka_client::{AccountId, BlockHash};
use talka_primitives::{BlockNumber, Digest, PoolId, TaskId};

use crate::error::CliError;

/// Encoded [`Record`]s by encoded [`TaskId`].
const RESULTS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("results");
/// What all records have in common.
const ABOUT: TableDefinition<&str, &[u8]> = TableDefinition::new("about");

/// The chain that the results are of, by the hash of its first block.
const CHAIN: &str = "chain";
/// Whose results are kept, as text.
const SCOPE: &str = "scope";
/// The last block that was read.
const CURSOR: &str = "cursor";

/// A result that the chain has accepted.
#[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode)]
pub(crate) struct Record {
    /// The address of its manifest.
    pub(crate) digest: Digest,
    /// The pool whose workers may have it.
    pub(crate) pool: PoolId,
    /// Who is known to have it.
    pub(crate) winners: Vec<AccountId>,
    /// Since when all of it is here, in seconds since 1970. Nothing as long as it is wanted.
    pub(crate) kept_since: Option<u64>,
}

/// The open database. What is in it is in memory, too.
#[derive(Debug)]
pub(crate) struct Ledger {
    path: PathBuf,
    database: Database,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    cursor: Option<BlockNumber>,
    records: BTreeMap<TaskId, Record>,
}

/// Why the database cannot be used.
struct Broken(String);

impl<E: std::error::Error> From<E> for Broken {
    fn from(cause: E) -> Self {
        Self(cause.to_string())
    }
}

impl Broken {
    fn at(self, path: &Path) -> CliError {
        CliError::Ledger { path: path.to_owned(), cause: self.0 }
    }
}

impl Ledger {
    /// Open the one of this chain, or begin it. What was kept for another scope stays; blocks are not gone on with then, because
    /// they were read for the other one.
    pub(crate) fn open(path: &Path, chain: BlockHash, scope: &str) -> Result<Self, CliError> {
        let database = Database::create(path).map_err(|cause| Broken::from(cause).at(path))?;
        let mut ledger = Self { path: path.to_owned(), database, state: Mutex::default() };
        let (chain, scope) = (chain.0.to_vec(), scope.as_bytes());
        let found = ledger.change(|transaction| {
            let mut about = transaction.open_table(ABOUT)?;
            let found = about.get(CHAIN)?.map(|value| value.value().to_vec());
            if found.as_ref().is_some_and(|found| *found != chain) {
                return Ok(None);
            }
            about.insert(CHAIN, chain.as_slice())?;
            let same = about.get(SCOPE)?.is_some_and(|found| found.value() == scope);
            if !same {
                about.remove(CURSOR)?;
                about.insert(SCOPE, scope)?;
            }
            let mut state = State::default();
            if let Some(cursor) = about.get(CURSOR)? {
                state.cursor = Some(BlockNumber::decode(&mut cursor.value())?);
            }
            for entry in transaction.open_table(RESULTS)?.iter()? {
                let (task, record) = entry?;
                let task = TaskId::decode(&mut task.value())?;
                state.records.insert(task, Record::decode(&mut record.value())?);
            }
            Ok(Some(state))
        })?;
        let state = found.ok_or_else(|| CliError::LedgerOfOtherChain(path.to_owned()))?;
        ledger.state = Mutex::new(state);
        Ok(ledger)
    }

    /// The last block that was read, unless all deals are to be looked at.
    pub(crate) fn cursor(&self) -> Option<BlockNumber> {
        self.state().cursor
    }

    /// All results, wanted or kept.
    pub(crate) fn all(&self) -> Vec<(TaskId, Record)> {
        self.state().records.iter().map(|(task, record)| (*task, record.clone())).collect()
    }

    /// The results that are wanted, at most this number of those that a filter admits.
    pub(crate) fn wanted(&self, most: usize, is_due: impl Fn(&TaskId) -> bool) -> Vec<(TaskId, Record)> {
        let state = self.state();
        let wanted = state.records.iter().filter(|(_, record)| record.kept_since.is_none());
        let due = wanted.filter(|(task, _)| is_due(task));
        due.take(most).map(|(task, record)| (*task, record.clone())).collect()
    }

    /// Whether a result is wanted or kept.
    pub(crate) fn knows(&self, task: TaskId) -> bool {
        self.state().records.contains_key(&task)
    }

    /// How many results are kept, and how many are wanted.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.state();
        let kept = state.records.values().filter(|record| record.kept_since.is_some()).count();
        (kept, state.records.len() - kept)
    }

    /// The blocks up to this one were read, and these results were settled there. Tells whether one of them is new.
    pub(crate) fn advance(&self, to: BlockNumber, settled: Vec<(TaskId, Record)>) -> Result<bool, CliError> {
        let new: Vec<_> = settled.into_iter().filter(|(task, _)| !self.knows(*task)).collect();
        self.change(|transaction| {
            let mut results = transaction.open_table(RESULTS)?;
            for (task, record) in &new {
                results.insert(task.encode().as_slice(), record.encode().as_slice())?;
            }
            transaction.open_table(ABOUT)?.insert(CURSOR, to.encode().as_slice())?;
            Ok(())
        })?;
        let is_news = !new.is_empty();
        let mut state = self.state();
        state.cursor = Some(to);
        state.records.extend(new);
        Ok(is_news)
    }

    /// These results are here, since some time; or are wanted again.
    pub(crate) fn mark(&self, tasks: &[TaskId], kept_since: Option<u64>) -> Result<(), CliError> {
        let known = tasks.iter().filter_map(|task| Some((*task, self.state().records.get(task)?.clone())));
        let changed: Vec<_> = known.map(|(task, record)| (task, Record { kept_since, ..record })).collect();
        self.change(|transaction| {
            let mut results = transaction.open_table(RESULTS)?;
            for (task, record) in &changed {
                results.insert(task.encode().as_slice(), record.encode().as_slice())?;
            }
            Ok(())
        })?;
        self.state().records.extend(changed);
        Ok(())
    }

    /// Forget results.
    pub(crate) fn forget(&self, tasks: &[TaskId]) -> Result<(), CliError> {
        self.change(|transaction| {
            let mut results = transaction.open_table(RESULTS)?;
            for task in tasks {
                results.remove(task.encode().as_slice())?;
            }
            Ok(())
        })?;
        let mut state = self.state();
        tasks.iter().for_each(|task| _ = state.records.remove(task));
        Ok(())
    }

    /// Change something that is on the disk, all the way, when this returns.
    fn change<T>(&self, act: impl FnOnce(&WriteTransaction) -> Result<T, Broken>) -> Result<T, CliError> {
        let changed = || -> Result<T, Broken> {
            let transaction = self.database.begin_write()?;
            let done = act(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        changed().map_err(|broken| broken.at(&self.path))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::DealId;

    fn task(index: u32) -> TaskId {
        TaskId { deal: DealId(7), index }
    }

    fn record(digest: u8) -> Record {
        let winners = vec![AccountId::from([digest; 32])];
        Record { digest: Digest([digest; 32]), pool: PoolId(3), winners, kept_since: None }
    }

    fn open(dir: &tempfile::TempDir, chain: u8, scope: &str) -> Result<Ledger, CliError> {
        Ledger::open(&dir.path().join("ledger"), [chain; 32].into(), scope)
    }

    #[test]
    fn goes_on_after_a_restart_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = open(&dir, 1, "pool 3").unwrap();
        assert_eq!(ledger.cursor(), None);
        assert!(ledger.advance(5, vec![(task(0), record(1)), (task(1), record(2))]).unwrap());
        assert!(!ledger.advance(6, Vec::new()).unwrap());
        ledger.mark(&[task(0)], Some(77)).unwrap();
        drop(ledger);

        let ledger = open(&dir, 1, "pool 3").unwrap();
        assert_eq!((ledger.cursor(), ledger.counts()), (Some(6), (1, 1)));
        let kept = Record { kept_since: Some(77), ..record(1) };
        assert_eq!(ledger.all(), [(task(0), kept.clone()), (task(1), record(2))]);
        assert_eq!(ledger.wanted(9, |_| true), [(task(1), record(2))]);
        assert!(ledger.wanted(9, |_| false).is_empty() && ledger.wanted(0, |_| true).is_empty());
        // What is kept is not wanted a second time.
        assert!(!ledger.advance(7, vec![(task(0), record(1))]).unwrap());
        assert_eq!(ledger.counts(), (1, 1));
        ledger.mark(&[task(0), task(9)], None).unwrap();
        assert_eq!(ledger.counts(), (0, 2));
        ledger.forget(&[task(0)]).unwrap();
        drop(ledger);
        assert_eq!(open(&dir, 1, "pool 3").unwrap().all(), [(task(1), record(2))]);
    }

    #[test]
    fn looks_at_all_deals_for_another_scope_and_loses_nothing() {
        let dir = tempfile::tempdir().unwrap();
        open(&dir, 1, "pool 3").unwrap().advance(5, vec![(task(0), record(1))]).unwrap();
        let ledger = open(&dir, 1, "pool 4").unwrap();
        assert_eq!((ledger.cursor(), ledger.counts()), (None, (0, 1)));
    }

    #[test]
    fn is_of_one_chain() {
        let dir = tempfile::tempdir().unwrap();
        open(&dir, 1, "pool 3").unwrap().advance(5, vec![(task(0), record(1))]).unwrap();
        let error = open(&dir, 2, "pool 3").unwrap_err();
        assert!(matches!(error, CliError::LedgerOfOtherChain(_)), "{error}");
        assert_eq!(open(&dir, 1, "pool 3").unwrap().cursor(), Some(5));
    }
}
