//! The way of blobs out of the store: verified, each time.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use iroh_blobs::api::blobs::BlobStatus;
use talka_primitives::id::ContentId;

use super::{digest, hash, in_background, lock, Local};
use crate::{folder::sync_dir, StoreError};

/// How much is read, hashed and written at once.
const PIECE: usize = 1024 * 1024;
/// A blob of up to this number of bytes is verified before each use: a fraction of a second.
const ALWAYS_VERIFIED: u64 = 256 * 1024 * 1024;
/// A larger one may be used for so long after it was verified, while its file is untouched.
const VERIFIED_FOR: Duration = Duration::from_secs(60 * 60);

/// When a file was verified, and what it looked like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verified {
    at: Instant,
    file: FileState,
}

/// What changes when somebody writes to a file or puts another in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileState {
    length: u64,
    modified: SystemTime,
    inode: u64,
}

/// Where the bytes of a blob are.
enum Content {
    Inline(Bytes),
    File(PathBuf),
}

impl Local {
    /// The whole blob, verified.
    pub async fn read(&self, id: ContentId, limit: u64) -> Result<Bytes, StoreError> {
        let size = self.size(id).await?.ok_or(StoreError::Missing(id))?;
        if size > limit {
            return Err(StoreError::TooLarge { id, size, limit });
        }
        let content = self.content(id, size).await?;
        let bytes = in_background(move || {
            let bytes = match content {
                Content::Inline(bytes) => bytes,
                Content::File(path) => {
                    let mut bytes = Vec::new();
                    // No more than a byte too many: the file's length is not to be trusted either.
                    match File::open(&path).and_then(|file| file.take(size + 1).read_to_end(&mut bytes)) {
                        Ok(_) => bytes.into(),
                        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                        Err(error) => return Err(StoreError::io("read", path)(error)),
                    }
                }
            };
            Ok((blake3::hash(&bytes) == id.0).then_some(bytes))
        })
        .await?;
        match bytes {
            Some(bytes) => Ok(bytes),
            None => self.drop_damaged(id).await,
        }
    }

    /// Writes a verified copy of the blob to `target`, which appears as a whole or not at all. Returns its size.
    pub async fn export(&self, id: ContentId, target: &Path) -> Result<u64, StoreError> {
        let size = self.size(id).await?.ok_or(StoreError::Missing(id))?;
        let content = self.content(id, size).await?;
        let target = std::path::absolute(target).map_err(StoreError::io("write", target))?;
        let copied = in_background(move || match content {
            Content::Inline(bytes) => copy(&mut bytes.as_ref(), id, &target),
            Content::File(path) => match File::open(&path) {
                Ok(mut file) => copy(&mut file, id, &target),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
                Err(error) => Err(StoreError::io("read", path)(error)),
            },
        })
        .await?;
        if !copied {
            return self.drop_damaged(id).await;
        }
        Ok(size)
    }

    /// Makes `target` another name of the blob's own file where that is possible, else a copy of it.
    pub async fn link(&self, id: ContentId, target: &Path) -> Result<u64, StoreError> {
        let size = self.size(id).await?.ok_or(StoreError::Missing(id))?;
        if size > self.layout.largest_inline() {
            if !self.verified(id, size).await? {
                return self.drop_damaged(id).await;
            }
            if tokio::fs::hard_link(self.layout.data(&hash(id)), target).await.is_ok() {
                return Ok(size);
            }
        }
        self.export(id, target).await
    }

    /// Whether the file of the blob is right: now, or not long ago if it is large and nobody has touched it.
    async fn verified(&self, id: ContentId, size: u64) -> Result<bool, StoreError> {
        let path = self.layout.data(&hash(id));
        let file = FileState::of(&path).await;
        let known = lock(&self.verified).get(&id).copied();
        if known.is_some_and(|known| known.is_enough(size, file)) {
            return Ok(true);
        }
        let at = Instant::now();
        let intact = self.intact(id).await?;
        if let Some(file) = file.filter(|_| intact) {
            lock(&self.verified).insert(id, Verified { at, file });
        }
        Ok(intact)
    }

    /// Whether the bytes on the disk are those that the id stands for.
    pub async fn intact(&self, id: ContentId) -> Result<bool, StoreError> {
        let BlobStatus::Complete { size } = self.index().status(hash(id)).await.map_err(StoreError::index)?
        else {
            return Ok(false);
        };
        let content = self.content(id, size).await?;
        in_background(move || match content {
            Content::Inline(bytes) => Ok(blake3::hash(&bytes) == id.0),
            Content::File(path) => match File::open(&path).and_then(digest) {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
                digest => digest.map(|blob| blob.content == id).map_err(StoreError::io("read", path)),
            },
        })
        .await
    }

    async fn content(&self, id: ContentId, size: u64) -> Result<Content, StoreError> {
        if size > self.layout.largest_inline() {
            return Ok(Content::File(self.layout.data(&hash(id))));
        }
        self.index().get_bytes(hash(id)).await.map(Content::Inline).map_err(StoreError::index)
    }

    async fn drop_damaged<T>(&self, id: ContentId) -> Result<T, StoreError> {
        tracing::error!(%id, "a blob is damaged on the disk and is dropped");
        self.remove(&[id]).await?;
        Err(StoreError::Damaged(id))
    }
}

impl FileState {
    async fn of(path: &Path) -> Option<Self> {
        let metadata = tokio::fs::metadata(path).await.ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Self { length: metadata.len(), modified: metadata.modified().ok()?, inode })
    }
}

impl Verified {
    fn is_enough(&self, size: u64, file: Option<FileState>) -> bool {
        size > ALWAYS_VERIFIED && file == Some(self.file) && self.at.elapsed() < VERIFIED_FOR
    }
}

/// Copies `from` beside `target`, and moves it there if it is what `id` stands for. Says whether it is.
fn copy(from: &mut dyn Read, id: ContentId, target: &Path) -> Result<bool, StoreError> {
    let mut write = || -> io::Result<bool> {
        let dir = target.parent().ok_or(ErrorKind::InvalidInput)?;
        let mut file = new_file(dir)?;
        let mut hasher = blake3::Hasher::new();
        let mut piece = vec![0; PIECE];
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hasher.update(&piece[..read]);
            file.write_all(&piece[..read])?;
        }
        if hasher.finalize() != id.0 {
            return Ok(false);
        }
        file.as_file().sync_all()?;
        file.persist(target).map_err(|error| error.error)?;
        sync_dir(dir)?;
        Ok(true)
    };
    write().map_err(StoreError::io("write", target))
}

/// A temporary file with the rights of an ordinary new file.
fn new_file(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask
    builder.tempfile_in(dir)
}
