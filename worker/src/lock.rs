//! One worker for each base path.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use crate::error::WorkerError;

/// Held as long as the process lives; the system frees it whatever way the process ends.
#[derive(Debug)]
pub(crate) struct Lock(#[allow(dead_code)] File);

impl Lock {
    pub(crate) fn take(base_path: &Path) -> Result<Self, WorkerError> {
        let path: PathBuf = base_path.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(WorkerError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(WorkerError::InUse(base_path.to_owned())),
            Err(TryLockError::Error(cause)) => Err(WorkerError::io("lock", &path)(cause)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_held_by_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        assert!(matches!(Lock::take(dir.path()), Err(WorkerError::InUse(path)) if path == dir.path()));
        drop(first);
        assert!(Lock::take(dir.path()).is_ok());
    }
}
