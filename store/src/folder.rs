//! The store's folder: its layout, the lock that keeps a second process out, and the key that makes its identity.
//!
//! ```text
//! lock          held while a store is open
//! identity.key  the secret key of the peer, 64 hexadecimal digits, for the owner's eyes only
//! blobs/        index, data and verification trees, as iroh-blobs lays them out
//! incoming/     what has arrived from web servers and files and is not verified yet, one file for each transfer
//! reserve       room on the disk that is given up when the disk is full, so that the index goes on working
//! ```

use std::{
    fs::{self, File, Metadata, OpenOptions, TryLockError},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use iroh::SecretKey;
use iroh_blobs::{store::fs::options::Options, Hash};
use talka_primitives::id::ContentId;

use crate::StoreError;

/// How long the part of a blob that arrived is worth keeping for a transfer that goes on from it.
pub(crate) const PARTS_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The folder, locked.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: PathBuf,
    lock: File,
}

/// Keeps other processes out until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(#[allow(dead_code, reason = "an open file holds its lock")] File);

/// The names in the folder. A copy of it knows where things are and holds no lock.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    dir: PathBuf,
    incoming: PathBuf,
    blobs: Options,
}

impl Folder {
    /// Makes the folder where there is none, and locks it.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let dir = std::path::absolute(dir).map_err(StoreError::io("find", dir))?;
        private_dir(&dir)?;
        let path = dir.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir, lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(dir)),
            Err(TryLockError::Error(cause)) => Err(StoreError::io("lock", path)(cause)),
        }
    }

    /// The names in the folder. Makes its parts, and removes what an earlier process left half done.
    pub fn layout(&self) -> Result<Layout, StoreError> {
        let layout = Layout {
            dir: self.dir.clone(),
            incoming: self.dir.join("incoming"),
            blobs: Options::new(&self.dir.join("blobs")),
        };
        private_dir(&layout.incoming)?;
        private_dir(&layout.blobs.path.temp_path)?;
        layout.remove_incoming(PARTS_KEPT_FOR, |_| false)?;
        // With the lock in our hands, no import is running.
        layout.remove_copies(Duration::ZERO)?;
        Ok(layout)
    }

    /// The key of this store. Made at the first call, and the same from then on.
    pub fn identity(&self) -> Result<SecretKey, StoreError> {
        let path = self.dir.join("identity.key");
        match fs::read_to_string(&path) {
            Ok(text) if text.trim_end().len() == 64 => {
                text.trim_end().parse().map_err(|_| StoreError::BadKey(path))
            }
            Ok(_) => Err(StoreError::BadKey(path)),
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(StoreError::BadKey(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key = SecretKey::generate();
                self.write_key(&path, &key).map_err(StoreError::io("write", path))?;
                Ok(key)
            }
            Err(error) => Err(StoreError::io("read", path)(error)),
        }
    }

    /// Written beside its place and moved there, so that a crash leaves a whole key or none. Temporary files are
    /// readable by their owner only.
    fn write_key(&self, path: &Path, key: &SecretKey) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        writeln!(file, "{}", hex::encode(key.to_bytes()))?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        sync_dir(&self.dir)
    }

    /// Only the lock, which lives as long as the index is open.
    pub fn into_lock(self) -> Lock {
        Lock(self.lock)
    }
}

impl Layout {
    /// Where the folder is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What iroh-blobs is to use.
    pub fn options(&self) -> Options {
        self.blobs.clone()
    }

    /// Where the index is.
    pub fn index(&self) -> PathBuf {
        self.blobs.path.data_path.with_file_name("blobs.db")
    }

    /// Where the content of a blob is, if it is too large for the index.
    pub fn data(&self, hash: &Hash) -> PathBuf {
        self.blobs.path.data_path(hash)
    }

    /// Where the inner nodes of the blob's hash tree are, if there are too many for the index.
    pub fn tree(&self, hash: &Hash) -> PathBuf {
        self.blobs.path.outboard_path(hash)
    }

    /// The largest blob that lives in the index, in bytes.
    pub fn largest_inline(&self) -> u64 {
        self.blobs.inline.max_data_inlined
    }

    /// Where a blob that is not verified yet gathers: one place for each transfer of it that goes on at the same time.
    pub fn incoming(&self, id: ContentId, number: usize) -> PathBuf {
        match number {
            0 => self.incoming.join(id.to_string()),
            number => self.incoming.join(format!("{id}.{number}")),
        }
    }

    /// What is given up when the disk is full.
    pub fn reserve(&self) -> PathBuf {
        self.dir.join("reserve")
    }

    /// Removes what has gathered of unverified blobs, was not written to for so long, and is not in use. Says how
    /// many there were.
    pub fn remove_incoming(
        &self,
        older_than: Duration,
        in_use: impl Fn(&Path) -> bool,
    ) -> Result<usize, StoreError> {
        remove_files(&self.incoming, older_than, in_use)
    }

    /// Removes copies that imports began, and have not written to for so long. An import renames its copy when it is done.
    pub fn remove_copies(&self, older_than: Duration) -> Result<usize, StoreError> {
        remove_files(&self.blobs.path.temp_path, older_than, |_| false)
    }

    /// Bytes on the disk, the reserve apart. What belongs to the blobs of `but_for` does not count.
    pub fn used(&self, but_for: impl Fn(ContentId) -> bool) -> Result<u64, StoreError> {
        let of_blob = |path: &Path| {
            let id = path.file_stem()?.to_str()?.parse().ok()?;
            Some(but_for(id))
        };
        let folders = [&self.incoming, &self.blobs.path.data_path, &self.blobs.path.temp_path];
        let mut used = self.index().metadata().map_or(0, |index| on_disk(&index));
        for folder in folders {
            for (path, metadata) in files(folder)? {
                if !of_blob(&path).unwrap_or(false) {
                    used += on_disk(&metadata);
                }
            }
        }
        Ok(used)
    }
}

/// The bytes that a file takes: less than its length where it has holes, as the index has.
fn on_disk(metadata: &Metadata) -> u64 {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::blocks(metadata) * 512;
    #[cfg(not(unix))]
    return metadata.len();
}

/// Makes the directory entries of `dir` survive a power cut.
pub(crate) fn sync_dir(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

fn private_dir(dir: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(StoreError::io("make the folder", dir))
}

/// The files in a folder. What goes away while they are listed is left out.
fn files(dir: &Path) -> Result<Vec<(PathBuf, Metadata)>, StoreError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(StoreError::io("read", dir))? {
        let entry = entry.map_err(StoreError::io("read", dir))?;
        match entry.metadata() {
            Ok(metadata) if metadata.is_file() => files.push((entry.path(), metadata)),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::io("look at", entry.path())(error))
            }
            _ => {}
        }
    }
    Ok(files)
}

/// Removes the files in `dir` that are old enough and not in use.
fn remove_files(
    dir: &Path,
    older_than: Duration,
    in_use: impl Fn(&Path) -> bool,
) -> Result<usize, StoreError> {
    let mut removed = 0;
    for (path, metadata) in files(dir)? {
        let modified = metadata.modified().map_err(StoreError::io("look at", &path))?;
        if is_older(modified, older_than) && !in_use(&path) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StoreError::io("remove", path)(error))
                }
                _ => removed += 1,
            }
        }
    }
    Ok(removed)
}

/// Whether this was so long ago. What lies in the future, because a clock was wrong, is not old.
pub(crate) fn is_older(time: SystemTime, than: Duration) -> bool {
    than.is_zero() || time.elapsed().is_ok_and(|age| age >= than)
}
