//! Where a network keeps its files.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

/// A folder for files and logs: a temporary one, that stays when something went wrong, or one that was named. Clones
/// are the same folder.
#[derive(Clone, Debug)]
pub struct Folder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    temporary: Option<TempDir>,
    wanted: AtomicBool,
}

impl Folder {
    /// A new one, that goes when all is over and [`Folder::is_not_needed`].
    pub fn temporary() -> Result<Self> {
        let temporary = tempfile::Builder::new().prefix("talka-test-").tempdir()?;
        let path = temporary.path().to_owned();
        Ok(Self(Arc::new(Inner { path, temporary: Some(temporary), wanted: true.into() })))
    }

    /// One that stays in any case, and is made if it does not exist.
    pub fn at(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
        let path = path.canonicalize()?;
        Ok(Self(Arc::new(Inner { path, temporary: None, wanted: true.into() })))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Nobody will want to read the logs: it came to a good end.
    pub fn is_not_needed(&self) {
        self.0.wanted.store(false, Ordering::Relaxed);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let (true, Some(temporary)) = (self.wanted.load(Ordering::Relaxed), self.temporary.take()) {
            eprintln!("the logs are in {}", self.path.display());
            let _ = temporary.keep();
        }
    }
}
