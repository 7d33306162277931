//! Bytes on the disk that are of no use but when there are no others.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::PathBuf,
};

/// How much is written at once.
const PIECE: usize = 1024 * 1024;

/// A file that takes room until somebody needs it more.
#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    bytes: u64,
}

impl Reserve {
    pub(crate) fn new(path: PathBuf, bytes: u64) -> Self {
        Self { path, bytes }
    }

    /// Take the room, unless it is taken. An error says that there is none.
    pub(crate) fn hold(&self) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|file| file.len() == self.bytes) {
            return Ok(());
        }
        self.write().inspect_err(|_| drop(self.release()))
    }

    /// Give the room away. Tells whether there was any.
    pub(crate) fn release(&self) -> io::Result<bool> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(cause),
        }
    }

    /// With bytes that no file system makes smaller.
    fn write(&self) -> io::Result<()> {
        let mut noise = blake3::Hasher::new().finalize_xof();
        let mut file = File::create(&self.path)?;
        let mut piece = vec![0; PIECE];
        let mut left = self.bytes;
        while left > 0 {
            let part = left.min(PIECE as u64) as usize;
            noise.fill(&mut piece[..part]);
            file.write_all(&piece[..part])?;
            left -= part as u64;
        }
        file.sync_all()
    }
}

/// Whether an error of the system says that the disk has no room left, or this user's part of it.
pub(crate) fn is_full(cause: &io::Error) -> bool {
    matches!(cause.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_room_and_gives_it_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("reserve");
        let reserve = Reserve::new(path.clone(), 3 << 20);
        assert!(!reserve.release().unwrap());
        reserve.hold().unwrap();
        reserve.hold().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 3 << 20);
        assert!(reserve.release().unwrap());
        assert!(!path.exists());
    }

    #[test]
    fn leaves_nothing_where_it_cannot_be_had() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("missing").join("reserve");
        assert!(Reserve::new(path, 1).hold().is_err());
    }

    #[test]
    fn begins_again_where_it_was_interrupted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("reserve");
        fs::write(&path, [0; 5]).unwrap();
        Reserve::new(path.clone(), 9).hold().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 9);
    }
}
