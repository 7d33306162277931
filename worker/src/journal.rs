//! The memory that survives: a small database with the results that the worker stands for.
//!
//! Every record is on the disk, all the way, when the call returns. Marks of blobs are less important.

use std::{borrow::Cow, collections::BTreeSet, path::Path};

use codec::{Decode, Encode};
use redb::{Database, Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use talka_client::{AccountId, BlockHash};
use talka_primitives::{ContentId, Hint, TaskId};

use crate::decide::Record;

/// Encoded [`Record`]s by encoded [`TaskId`] and terms.
const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");
/// When blobs were last of use, in seconds since 1970, by content id.
const MARKS: TableDefinition<&[u8], u64> = TableDefinition::new("marks");
/// Whose journal this is.
const OWNER: TableDefinition<&str, &[u8]> = TableDefinition::new("owner");

/// The chain that records belong to, by the hash of its first block.
const CHAIN: &str = "chain";
/// The account that records belong to.
const ACCOUNT: &str = "account";

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
                 anew, remove the base path"
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

/// The open journal. Dropping it closes it.
#[derive(Debug)]
pub struct Journal {
    database: Database,
}

impl Journal {
    /// Open the journal of this account on this chain, or begin it.
    pub fn open(path: &Path, chain: BlockHash, account: AccountId) -> Result<Self, JournalError> {
        let journal = Self { database: Database::create(path).map_err(database)? };
        journal.belong(CHAIN, chain.as_ref())?.map_or(Ok(()), |found| {
            let found = found.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            Err(JournalError::OtherChain { found: format!("0x{found}"), expected: format!("{chain:?}") })
        })?;
        journal.belong(ACCOUNT, account.as_ref())?.map_or(Ok(()), |found| {
            let found = <[u8; 32]>::try_from(found.as_slice()).map_err(|_| database("damaged"))?;
            Err(JournalError::OtherAccount { found: found.into(), expected: account })
        })?;
        Ok(journal)
    }

    /// Note the owner, or say who it is if it is another.
    fn belong(&self, key: &str, owner: &[u8]) -> Result<Option<Vec<u8>>, JournalError> {
        let transaction = self.database.begin_write().map_err(database)?;
        let found = {
            let mut table = transaction.open_table(OWNER).map_err(database)?;
            let found = table.get(key).map_err(database)?.map(|value| value.value().to_vec());
            if found.is_none() {
                table.insert(key, owner).map_err(database)?;
            }
            found
        };
        transaction.commit().map_err(database)?;
        Ok(found.filter(|found| found != owner))
    }

    /// All records.
    pub fn load(&self) -> Result<Vec<Record>, JournalError> {
        let transaction = self.database.begin_read().map_err(database)?;
        let table = match transaction.open_table(RECORDS) {
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            table => table.map_err(database)?,
        };
        let mut records = Vec::new();
        for entry in table.iter().map_err(database)? {
            let (_, value) = entry.map_err(database)?;
            records.push(Record::decode(&mut value.value()).map_err(database)?);
        }
        Ok(records)
    }

    /// Keep a record.
    pub fn persist(&self, record: &Record) -> Result<(), JournalError> {
        let transaction = self.database.begin_write().map_err(database)?;
        {
            let mut table = transaction.open_table(RECORDS).map_err(database)?;
            let key = (record.task, record.terms).encode();
            table.insert(key.as_slice(), record.encode().as_slice()).map_err(database)?;
        }
        transaction.commit().map_err(database)
    }

    /// Remove all records of a task.
    pub fn forget(&self, task: TaskId) -> Result<(), JournalError> {
        let transaction = self.database.begin_write().map_err(database)?;
        {
            let mut table = transaction.open_table(RECORDS).map_err(database)?;
            let prefix = task.encode();
            let (first, last) = ([&prefix[..], &[0; 32]].concat(), [&prefix[..], &[255; 32]].concat());
            table.retain_in(first.as_slice()..=last.as_slice(), |_, _| false).map_err(database)?;
        }
        transaction.commit().map_err(database)
    }
}

/// Which blobs are of use. Losing a mark costs no more than a blob that is fetched again.
impl Journal {
    /// Note that blobs are of use at this time.
    pub fn mark(&self, blobs: &[ContentId], now: u64) -> Result<(), JournalError> {
        let mut transaction = self.database.begin_write().map_err(database)?;
        // It reaches the disk with the next record.
        transaction.set_durability(Durability::None).map_err(database)?;
        {
            let mut table = transaction.open_table(MARKS).map_err(database)?;
            for blob in blobs {
                table.insert(blob.0.as_slice(), now).map_err(database)?;
            }
        }
        transaction.commit().map_err(database)
    }

    /// Of these blobs those that were not of use since this time.
    pub fn unused(&self, mut blobs: Vec<ContentId>, since: u64) -> Result<Vec<ContentId>, JournalError> {
        let transaction = self.database.begin_read().map_err(database)?;
        let table = match transaction.open_table(MARKS) {
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(blobs),
            table => table.map_err(database)?,
        };
        let mut used = BTreeSet::new();
        for blob in &blobs {
            let mark = table.get(blob.0.as_slice()).map_err(database)?;
            if mark.is_some_and(|mark| mark.value() >= since) {
                used.insert(*blob);
            }
        }
        blobs.retain(|blob| !used.contains(blob));
        Ok(blobs)
    }

    /// Remove marks.
    pub fn unmark(&self, blobs: &[ContentId]) -> Result<(), JournalError> {
        let transaction = self.database.begin_write().map_err(database)?;
        {
            let mut table = transaction.open_table(MARKS).map_err(database)?;
            for blob in blobs {
                table.remove(blob.0.as_slice()).map_err(database)?;
            }
        }
        transaction.commit().map_err(database)
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
                journal.persist(&record).unwrap();
            }
            journal.persist(&record(1, 3)).unwrap();
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
    fn tells_blobs_of_use_from_others() {
        let dir = tempfile::tempdir().unwrap();
        let journal = open(&dir.path().join("journal"), CHAIN, 1).unwrap();
        let [old, new, never] = [1, 2, 3].map(|byte| ContentId([byte; 32]));
        let all = vec![old, new, never];
        assert_eq!(journal.unused(all.clone(), 0).unwrap(), all);
        journal.mark(&[old, new], 100).unwrap();
        journal.mark(&[new], 200).unwrap();
        assert_eq!(journal.unused(all.clone(), 100).unwrap(), [never]);
        assert_eq!(journal.unused(all.clone(), 101).unwrap(), [old, never]);
        journal.unmark(&[new]).unwrap();
        assert_eq!(journal.unused(all.clone(), 0).unwrap(), [new, never]);
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
