//! The memory that survives: a small database with the results that the worker stands for.
//!
//! Every record is on the disk, all the way, when the call returns. A full disk does not keep records from getting there, or from
//! going: some room is kept for them. Marks of blobs are less important.
//!
//! Only its owner can read it: who knows a digest that is not shown yet can commit to it without the work.

use std::{
    borrow::Cow,
    fs::{self, File, Permissions},
    io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use codec::{Decode, Encode};
use redb::{
    backends::FileBackend, Builder, Database, Durability, ReadableDatabase as _, ReadableTable as _,
    TableDefinition, WriteTransaction,
};
use talka_client::{AccountId, BlockHash};
use talka_primitives::{ContentId, Hint, TaskId};
use tracing::warn;

use crate::{decide::Record, reserve::Reserve};

/// Encoded [`Record`]s by encoded [`TaskId`] and terms.
const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");
/// What peers may have while a record is kept, as encoded lists of content ids, by the record's key.
const INPUTS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("inputs");
/// When blobs were last of use, in seconds since 1970, by content id.
const MARKS: TableDefinition<&[u8], u64> = TableDefinition::new("marks");
/// Which of them are parts of results, by content id.
const RESULTS: TableDefinition<&[u8], ()> = TableDefinition::new("results");
/// Whose journal this is.
const OWNER: TableDefinition<&str, &[u8]> = TableDefinition::new("owner");

/// The chain that records belong to, by the hash of its first block.
const CHAIN: &str = "chain";
/// The account that records belong to.
const ACCOUNT: &str = "account";

/// Room that is kept for records, in bytes. A change of the database takes some of its pages a second time.
const RESERVE: u64 = 8 * 1024 * 1024;

/// Only for the owner.
const PRIVATE: u32 = 0o600;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It belongs to another chain.
    #[error("the worker's state belongs to the chain {found}, and the node to {expected}")]
    OtherChain {
        /// The chain it belongs to.
        found: String,
        /// The chain of the node.
        expected: String,
    },
    /// It belongs to another account.
    #[error("the worker's state belongs to the account {found}, and the key to {expected}")]
    OtherAccount {
        /// The account it belongs to.
        found: AccountId,
        /// The account of the key.
        expected: AccountId,
    },
    /// The database failed.
    #[error("the worker's state cannot be read or written: {0}")]
    Database(String),
}

impl Hint for JournalError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::OtherChain { .. } => {
                "name another --base-path for this chain, or another --url; on a development chain that was started \
                 again from its first block, remove the base path"
            }
            Self::OtherAccount { .. } => "name another --base-path for this key: each worker has its own",
            Self::Database(_) => {
                "see whether the disk is full or damaged; do not remove the state while tasks are open: a digest that \
                 is not revealed costs its stake"
            }
        }
        .into()
    }
}

fn database(cause: impl std::fmt::Display) -> JournalError {
    JournalError::Database(cause.to_string())
}

fn key(record: &Record) -> Vec<u8> {
    (record.task, record.terms).encode()
}

/// The open journal. Dropping it closes it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    reserve: Reserve,
    /// Nothing after an error, until it is opened again: what could not be written stays unknown to an open database.
    database: Mutex<Option<Database>>,
}

impl Journal {
    /// Open the journal of this account on this chain, or begin it.
    pub fn open(path: &Path, chain: BlockHash, account: AccountId) -> Result<Self, JournalError> {
        let reserve = Reserve::new(path.with_extension("reserve"), RESERVE);
        let journal = Self { path: path.to_owned(), reserve, database: Mutex::new(None) };
        journal.belong(CHAIN, chain.as_ref())?.map_or(Ok(()), |found| {
            let found = found.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            Err(JournalError::OtherChain { found: format!("0x{found}"), expected: format!("{chain:?}") })
        })?;
        journal.belong(ACCOUNT, account.as_ref())?.map_or(Ok(()), |found| {
            let found = <[u8; 32]>::try_from(found.as_slice()).map_err(|_| database("damaged"))?;
            Err(JournalError::OtherAccount { found: found.into(), expected: account })
        })?;
        journal.refill();
        Ok(journal)
    }

    /// Keep room for records again, where it was needed and there is some now.
    pub fn refill(&self) {
        if let Err(cause) = self.reserve.hold() {
            warn!(%cause, "no room on the disk can be kept for the worker's state");
        }
    }

    /// Note the owner, or say who it is if it is another.
    fn belong(&self, key: &str, owner: &[u8]) -> Result<Option<Vec<u8>>, JournalError> {
        let found = self.write(|transaction| {
            let mut table = transaction.open_table(OWNER).map_err(database)?;
            let found = table.get(key).map_err(database)?.map(|value| value.value().to_vec());
            if found.is_none() {
                table.insert(key, owner).map_err(database)?;
            }
            Ok(found)
        })?;
        Ok(found.filter(|found| found != owner))
    }

    /// All records.
    pub fn load(&self) -> Result<Vec<Record>, JournalError> {
        self.entries(RECORDS)
    }

    /// What peers may have, because a record of a task that is made of it is kept.
    pub fn inputs(&self) -> Result<Vec<ContentId>, JournalError> {
        Ok(self.entries::<Vec<ContentId>>(INPUTS)?.concat())
    }

    fn entries<T: Decode>(
        &self,
        table: TableDefinition<'static, &'static [u8], &'static [u8]>,
    ) -> Result<Vec<T>, JournalError> {
        let mut guard = self.database();
        let transaction = self.opened(&mut guard)?.begin_read().map_err(database)?;
        let table = match transaction.open_table(table) {
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            table => table.map_err(database)?,
        };
        let mut entries = Vec::new();
        for entry in table.iter().map_err(database)? {
            let (_, value) = entry.map_err(database)?;
            entries.push(T::decode(&mut value.value()).map_err(database)?);
        }
        Ok(entries)
    }

    /// Keep a record, and what peers may have meanwhile.
    pub fn persist(&self, record: &Record, inputs: &[ContentId]) -> Result<(), JournalError> {
        let key = key(record);
        self.write(|transaction| {
            let mut table = transaction.open_table(RECORDS).map_err(database)?;
            table.insert(key.as_slice(), record.encode().as_slice()).map_err(database)?;
            let mut table = transaction.open_table(INPUTS).map_err(database)?;
            table.insert(key.as_slice(), inputs.encode().as_slice()).map_err(database)?;
            Ok(())
        })
    }

    /// Remove all records of a task. Gives what peers could have because of them.
    pub fn forget(&self, task: TaskId) -> Result<Vec<ContentId>, JournalError> {
        let prefix = task.encode();
        let (first, last) = ([&prefix[..], &[0; 32]].concat(), [&prefix[..], &[255; 32]].concat());
        self.write(|transaction| {
            let all = first.as_slice()..=last.as_slice();
            let mut table = transaction.open_table(RECORDS).map_err(database)?;
            table.retain_in(all.clone(), |_, _| false).map_err(database)?;
            let mut table = transaction.open_table(INPUTS).map_err(database)?;
            let mut inputs = Vec::new();
            for entry in table.range(all.clone()).map_err(database)? {
                let (_, value) = entry.map_err(database)?;
                inputs.extend(Vec::<ContentId>::decode(&mut value.value()).map_err(database)?);
            }
            table.retain_in(all, |_, _| false).map_err(database)?;
            Ok(inputs)
        })
    }

    /// Change something that must get to the disk, with the room that is kept for it where there is no other.
    fn write<T>(
        &self,
        change: impl Fn(&mut WriteTransaction) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let error = match self.try_write(&change) {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let freed = self.reserve.release().unwrap_or(false);
        warn!(%error, freed, "the worker's state could not be written: trying again");
        self.try_write(&change)
    }

    fn try_write<T>(
        &self,
        change: impl Fn(&mut WriteTransaction) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut guard = self.database();
        let mut run = || -> Result<T, JournalError> {
            let mut transaction = self.opened(&mut guard)?.begin_write().map_err(database)?;
            let done = change(&mut transaction)?;
            transaction.commit().map_err(database)?;
            Ok(done)
        };
        let result = run();
        if result.is_err() {
            *guard = None;
        }
        result
    }

    fn database(&self) -> MutexGuard<'_, Option<Database>> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened<'a>(&self, database: &'a mut Option<Database>) -> Result<&'a Database, JournalError> {
        match database {
            Some(database) => Ok(database),
            None => {
                let file = private_file(&self.path).map_err(self::database)?;
                Ok(database.insert(
                    Builder::new()
                        .create_with_backend(FileBackend::new(file).map_err(self::database)?)
                        .map_err(self::database)?,
                ))
            }
        }
    }
}

/// A file that only its owner can read, also where it was made when that was not so.
fn private_file(path: &Path) -> io::Result<File> {
    let file =
        File::options().read(true).write(true).create(true).truncate(false).mode(PRIVATE).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        warn!(path = %path.display(), "others could read the worker's state: from now on they cannot");
        fs::set_permissions(path, Permissions::from_mode(PRIVATE))?;
    }
    Ok(file)
}

/// What is known of the use of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The blob.
    pub content: ContentId,
    /// When it was last of use, in seconds since 1970; 0 where that is not known.
    pub at: u64,
    /// Whether it is a part of a result.
    pub is_result: bool,
}

/// Which blobs are of use. Losing a mark costs no more than a blob that is fetched again.
impl Journal {
    /// Note that blobs are of use at this time.
    pub fn mark(&self, blobs: &[ContentId], now: u64) -> Result<(), JournalError> {
        self.put_marks(blobs, now, false)
    }

    /// The same for blobs that are parts of results.
    pub fn mark_results(&self, blobs: &[ContentId], now: u64) -> Result<(), JournalError> {
        self.put_marks(blobs, now, true)
    }

    fn put_marks(&self, blobs: &[ContentId], now: u64, are_results: bool) -> Result<(), JournalError> {
        self.try_write(|transaction| {
            // It reaches the disk with the next record.
            transaction.set_durability(Durability::None).map_err(database)?;
            let mut marks = transaction.open_table(MARKS).map_err(database)?;
            let mut results = transaction.open_table(RESULTS).map_err(database)?;
            for blob in blobs {
                marks.insert(blob.0.as_slice(), now).map_err(database)?;
                if are_results {
                    results.insert(blob.0.as_slice(), ()).map_err(database)?;
                }
            }
            Ok(())
        })
    }

    /// What is known of the use of these blobs.
    pub fn uses(&self, blobs: &[ContentId]) -> Result<Vec<Use>, JournalError> {
        self.try_write(|transaction| {
            transaction.set_durability(Durability::None).map_err(database)?;
            let marks = transaction.open_table(MARKS).map_err(database)?;
            let results = transaction.open_table(RESULTS).map_err(database)?;
            let mut uses = Vec::new();
            for blob in blobs {
                let at = marks.get(blob.0.as_slice()).map_err(database)?.map_or(0, |mark| mark.value());
                let is_result = results.get(blob.0.as_slice()).map_err(database)?.is_some();
                uses.push(Use { content: *blob, at, is_result });
            }
            Ok(uses)
        })
    }

    /// Remove marks.
    pub fn unmark(&self, blobs: &[ContentId]) -> Result<(), JournalError> {
        self.try_write(|transaction| {
            transaction.set_durability(Durability::None).map_err(database)?;
            let mut marks = transaction.open_table(MARKS).map_err(database)?;
            let mut results = transaction.open_table(RESULTS).map_err(database)?;
            for blob in blobs {
                marks.remove(blob.0.as_slice()).map_err(database)?;
                results.remove(blob.0.as_slice()).map_err(database)?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Terms;
    use talka_primitives::{DealId, Digest};

    const CHAIN: [u8; 32] = [1; 32];

    fn open(path: &Path, chain: [u8; 32], account: u8) -> Result<Journal, JournalError> {
        Journal::open(path, chain.into(), AccountId::from([account; 32]))
    }

    fn record(index: u32, terms: u8) -> Record {
        let task = TaskId { deal: DealId(1), index };
        Record { task, terms: Terms([terms; 32]), digest: Digest([terms; 32]), deadline: 9 }
    }

    #[test]
    fn remembers_what_was_persisted_and_forgets_what_was_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        {
            let journal = open(&path, CHAIN, 1).unwrap();
            assert_eq!(journal.load().unwrap(), []);
            for record in [record(0, 0), record(0, 255), record(1, 3), record(256, 3)] {
                journal.persist(&record, &[]).unwrap();
            }
            journal.persist(&record(1, 3), &[]).unwrap();
        }
        let journal = open(&path, CHAIN, 1).unwrap();
        assert_eq!(journal.load().unwrap().len(), 4);
        journal.forget(record(0, 0).task).unwrap();
        let mut left = journal.load().unwrap();
        left.sort_by_key(|record| record.task);
        assert_eq!(left, [record(1, 3), record(256, 3)]);
        journal.forget(record(7, 0).task).unwrap();
    }

    #[test]
    fn knows_what_peers_may_have_as_long_as_a_record_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let journal = open(&dir.path().join("journal"), CHAIN, 1).unwrap();
        let [app, data, other] = [1, 2, 3].map(|byte| ContentId([byte; 32]));
        journal.persist(&record(0, 0), &[app, data]).unwrap();
        journal.persist(&record(1, 0), &[other]).unwrap();
        assert_eq!(journal.inputs().unwrap(), [app, data, other]);
        assert_eq!(journal.forget(record(0, 0).task).unwrap(), [app, data]);
        assert_eq!(journal.inputs().unwrap(), [other]);
    }

    #[test]
    fn writes_with_the_room_that_it_has_kept_when_there_is_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let journal = open(&dir.path().join("journal"), CHAIN, 1).unwrap();
        let reserve = dir.path().join("journal.reserve");
        assert_eq!(fs::metadata(&reserve).unwrap().len(), RESERVE);
        // A disk that is full as long as the reserve is there.
        let written = journal.write(|transaction| {
            if reserve.exists() {
                return Err(database("no space left on device"));
            }
            let mut table = transaction.open_table(RECORDS).map_err(database)?;
            let record = record(1, 3);
            table.insert(key(&record).as_slice(), record.encode().as_slice()).map_err(database)?;
            Ok(())
        });
        written.unwrap();
        assert_eq!(journal.load().unwrap(), [record(1, 3)]);
        assert!(!reserve.exists());
        journal.refill();
        assert!(reserve.exists());
    }

    #[test]
    fn is_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        drop(open(&path, CHAIN, 1).unwrap());
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        drop(open(&path, CHAIN, 1).unwrap());
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn tells_when_blobs_were_of_use() {
        let dir = tempfile::tempdir().unwrap();
        let journal = open(&dir.path().join("journal"), CHAIN, 1).unwrap();
        let [app, result, never] = [1, 2, 3].map(|byte| ContentId([byte; 32]));
        let used = |content, at, is_result| Use { content, at, is_result };
        journal.mark(&[app], 100).unwrap();
        journal.mark_results(&[result], 100).unwrap();
        journal.mark(&[app, result], 200).unwrap();
        let known = [used(app, 200, false), used(result, 200, true), used(never, 0, false)];
        assert_eq!(journal.uses(&[app, result, never]).unwrap(), known);
        journal.unmark(&[result]).unwrap();
        assert_eq!(journal.uses(&[result]).unwrap(), [used(result, 0, false)]);
    }

    #[test]
    fn belongs_to_one_account_on_one_chain() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        drop(open(&path, CHAIN, 1).unwrap());
        drop(open(&path, CHAIN, 1).unwrap());
        assert!(matches!(open(&path, [2; 32], 1), Err(JournalError::OtherChain { .. })));
        let error = open(&path, CHAIN, 2).unwrap_err();
        assert!(
            matches!(error, JournalError::OtherAccount { found, .. } if found == AccountId::from([1; 32]))
        );
    }
}
