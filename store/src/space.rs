//! Room on the disk: how much the store may take, and what it does when the disk has no more.
//!
//! The index cannot be changed, and not even be read any more, after it has met a full disk. So the store keeps a file
//! in reserve. When something finds the disk full, the reserve is given up: what is here can go on being read, served
//! and removed. Nothing is added until there is room for the reserve again.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex, MutexGuard, PoisonError,
    },
};

use crate::StoreError;

/// Bytes of the reserve: enough for the index to be opened again and to take some changes.
const RESERVE: usize = 4 * 1024 * 1024;
/// What a blob takes beside its bytes.
const OVERHEAD: u64 = 512;

/// What is known of the room.
#[derive(Debug)]
pub(crate) struct Space {
    max: Option<u64>,
    taken: Arc<Mutex<Taken>>,
    reserve: PathBuf,
    /// Whether the reserve was given up.
    tight: AtomicBool,
}

#[derive(Debug, Default)]
struct Taken {
    /// Bytes on the disk, as far as is known. None if that has to be measured.
    kept: Option<u64>,
    /// Bytes that were promised to what is on its way.
    promised: u64,
}

/// Room that was promised.
#[derive(Debug)]
pub(crate) struct Room {
    taken: Arc<Mutex<Taken>>,
    bytes: u64,
}

impl Space {
    /// Room for `max` bytes, with a reserve at this place.
    pub fn new(max: Option<u64>, reserve: PathBuf) -> Self {
        Self { max, taken: Arc::default(), reserve, tight: AtomicBool::new(false) }
    }

    /// Makes the reserve, where there is room for it.
    pub fn prepare(&self) {
        let full = match fill(&self.reserve) {
            Ok(()) => false,
            Err(error) => {
                tracing::warn!("no room for the reserve of the store: {error}");
                true
            }
        };
        self.tight.store(full, Ordering::Relaxed);
    }

    /// Gives the reserve up, until there is room for it again.
    pub fn give_up_reserve(&self) {
        self.tight.store(true, Ordering::Relaxed);
        if let Err(error) = fs::remove_file(&self.reserve) {
            if error.kind() != ErrorKind::NotFound {
                tracing::warn!("cannot give up the reserve of the store: {error}");
            }
        }
    }

    /// An error unless something can be added. Blocks.
    pub fn check_disk(&self) -> Result<(), StoreError> {
        if self.tight.load(Ordering::Relaxed) {
            fill(&self.reserve)?;
            self.tight.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether the last that was heard of the disk is that it is full.
    pub fn is_tight(&self) -> bool {
        self.tight.load(Ordering::Relaxed)
    }

    /// Promises room for this number of bytes. None if that needs a measurement first.
    pub fn promise(&self, bytes: u64) -> Option<Result<Room, StoreError>> {
        let Some(max) = self.max else {
            return Some(Ok(Room { taken: self.taken.clone(), bytes: 0 }));
        };
        let needed = bytes.saturating_add(OVERHEAD);
        let mut taken = self.taken();
        let used = taken.kept?.saturating_add(taken.promised);
        if used.checked_add(needed).is_none_or(|all| all > max) {
            return Some(Err(StoreError::Full { used, needed, max }));
        }
        taken.promised += needed;
        Some(Ok(Room { taken: self.taken.clone(), bytes: needed }))
    }

    /// Takes over what was measured: the bytes on the disk but for what belongs to promises.
    pub fn measured(&self, kept: u64) {
        self.taken().kept = Some(kept);
    }

    /// What was known may be wrong by now: something was removed, or left half done.
    pub fn forget(&self) {
        self.taken().kept = None;
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// The promised bytes are on the disk now, or at most that number.
    pub fn fill(mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.promised -= self.bytes;
        taken.kept = taken.kept.map(|kept| kept.saturating_add(self.bytes));
        drop(taken);
        self.bytes = 0;
    }
}

impl Drop for Room {
    /// Not filled: nobody knows what is left of it.
    fn drop(&mut self) {
        if self.bytes > 0 {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.promised -= self.bytes;
            taken.kept = None;
        }
    }
}

/// Whether so much as a small file can't be written any more. Blocks.
pub(crate) fn disk_is_full(dir: &Path) -> bool {
    let probe = || -> std::io::Result<()> {
        let mut file = tempfile::tempfile_in(dir)?;
        file.write_all(&[1; 64 * 1024])?;
        file.sync_data()
    };
    probe().is_err_and(|error| matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
}

/// Makes the reserve, of bytes that no file system can leave out or compress.
fn fill(path: &Path) -> Result<(), StoreError> {
    if fs::metadata(path).is_ok_and(|reserve| reserve.len() == RESERVE as u64) {
        return Ok(());
    }
    let mut bytes = vec![0; RESERVE];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    let written = File::create(path).and_then(|mut file| file.write_all(&bytes));
    written.map_err(|error| {
        // A part of it would keep from others what it can't give back.
        let _ = fs::remove_file(path);
        StoreError::io("write", path)(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(max: u64) -> Space {
        let space = Space::new(Some(max), PathBuf::new());
        space.measured(1000);
        space
    }

    #[test]
    fn no_more_is_promised_than_fits() {
        let space = space(1000 + 2 * (OVERHEAD + 100));
        let first = space.promise(100).unwrap().unwrap();
        let second = space.promise(100).unwrap().unwrap();
        assert!(matches!(space.promise(0).unwrap(), Err(StoreError::Full { .. })));
        first.fill();
        assert!(matches!(space.promise(0).unwrap(), Err(StoreError::Full { .. })));
        // What was not used has to be looked for.
        drop(second);
        assert!(space.promise(0).is_none());
        space.measured(1000);
        assert!(space.promise(100).unwrap().is_ok());
    }

    #[test]
    fn no_claim_is_too_large_to_be_counted() {
        for max in [1 << 20, u64::MAX] {
            assert!(matches!(space(max).promise(u64::MAX).unwrap(), Err(StoreError::Full { .. })));
        }
        let unlimited = Space::new(None, PathBuf::new());
        let claims = [(); 3].map(|()| unlimited.promise(u64::MAX).unwrap().unwrap());
        drop(claims);
    }
}
