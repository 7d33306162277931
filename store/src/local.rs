//! The blobs on this machine's disk.
//!
//! A blob is *kept* when its bytes are all here, verified, written through to the disk, and named by a tag. Only
//! then does any reader see it. Reading verifies again; what is found damaged is dropped, so that it can be fetched
//! anew.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use futures::StreamExt;
use iroh_blobs::{
    api::{blobs::BlobStatus, Store as Index, TempTag},
    store::fs::FsStore,
    Hash, HashAndFormat,
};
use talka_primitives::id::ContentId;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::{
    folder::{sync_dir, Folder, Layout, Lock, PARTS_KEPT_FOR},
    garbage::Garbage,
    Blob, StoreError,
};

/// Tags of blobs that are here as a whole: prefix and id.
const KEPT: &str = "kept/";
/// Tags of blobs of which a peer has given a part.
const PARTIAL: &str = "partial/";
/// How much is read, hashed and written at once.
const PIECE: usize = 1024 * 1024;

/// The blobs in the folder.
#[derive(Debug)]
pub(crate) struct Local {
    index: Index,
    layout: Layout,
    garbage: Garbage,
    closer: Arc<Closer>,
    closing: CancellationToken,
    /// Nobody is left who could close the index.
    abandoned: CancellationToken,
    /// Blobs whose file was verified since the store was opened, and may be linked to without reading it again.
    verified: Mutex<HashSet<ContentId>>,
}

/// Closes the index, then lets other processes in.
#[derive(Debug, Default)]
struct Closer {
    index: OnceLock<Index>,
    lock: Mutex<Option<Lock>>,
}

impl Closer {
    async fn close(&self) {
        if let Some(index) = self.index.get() {
            // An error means that it is closed already.
            let _ = index.shutdown().await;
        }
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Where the bytes of a blob are.
enum Content {
    Inline(Bytes),
    File(PathBuf),
}

pub(crate) fn hash(id: ContentId) -> Hash {
    Hash::from(id.0)
}

pub(crate) fn id(hash: Hash) -> ContentId {
    ContentId(*hash.as_bytes())
}

fn tag(prefix: &str, id: ContentId) -> String {
    format!("{prefix}{id}")
}

impl Local {
    pub async fn open(folder: Folder) -> Result<Self, StoreError> {
        let layout = folder.layout()?;
        let dir = folder.dir().to_owned();
        let closing = CancellationToken::new();
        let closer = Arc::new(Closer::default());
        let abandoned = CancellationToken::new();
        let (garbage, gc) = Garbage::new(closing.clone(), abandoned.clone(), {
            let closer = closer.clone();
            move || {
                let closer = closer.clone();
                tokio::spawn(async move { closer.close().await });
            }
        });
        let mut options = layout.options();
        options.gc = Some(gc);
        let index = FsStore::load_with_opts(layout.index(), options)
            .await
            .map_err(|cause| StoreError::Unreadable { dir, cause: format!("{cause:#}") })?;
        let index = Index::from(index);
        let _ = closer.index.set(index.clone());
        *closer.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.into_lock());

        let local = Self { index, layout, garbage, closer, closing, abandoned, verified: Mutex::default() };
        local.forget_old_parts().await?;
        local.garbage.request();
        Ok(local)
    }

    /// Takes no more calls, and waits until nothing is being deleted: whoever is at it must not find the index closed.
    pub async fn settle(&self) {
        self.closing.cancel();
        let _quiet = self.garbage.hold().await;
    }

    /// Closes the index. All later calls fail.
    pub async fn close(&self) {
        self.settle().await;
        self.closer.close().await;
    }

    fn open_still(&self) -> Result<(), StoreError> {
        if self.closing.is_cancelled() {
            return Err(StoreError::Closed);
        }
        Ok(())
    }

    pub fn index(&self) -> &Index {
        &self.index
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The size of a kept blob.
    pub async fn size(&self, id: ContentId) -> Result<Option<u64>, StoreError> {
        self.open_still()?;
        let kept = self.index.tags().get(tag(KEPT, id)).await.map_err(StoreError::index)?;
        if kept.is_none() {
            return Ok(None);
        }
        match self.index.status(hash(id)).await.map_err(StoreError::index)? {
            BlobStatus::Complete { size } => Ok(Some(size)),
            _ => Ok(None),
        }
    }

    /// All kept blobs.
    pub async fn list(&self) -> Result<Vec<ContentId>, StoreError> {
        self.open_still()?;
        let tags = self.index.tags().list_prefix(KEPT).await.map_err(StoreError::index)?;
        let tags: Vec<_> = tags.collect().await;
        tags.into_iter().map(|tag| tag.map(|tag| id(tag.hash)).map_err(StoreError::index)).collect()
    }

    /// Stores a copy of a file.
    pub async fn add_file(&self, path: &Path) -> Result<Blob, StoreError> {
        self.open_still()?;
        let path = std::path::absolute(path).map_err(StoreError::io("read", path))?;
        let metadata = tokio::fs::metadata(&path).await.map_err(StoreError::io("read", &path))?;
        if !metadata.is_file() {
            let cause = match metadata.is_dir() {
                true => ErrorKind::IsADirectory.into(),
                false => io::Error::other("it is not a regular file"),
            };
            return Err(StoreError::io("read", path)(cause));
        }
        let _quiet = self.garbage.hold().await;
        let stored = self.index.add_path(&path).temp_tag().await.map_err(StoreError::index)?;
        self.keep(id(stored.hash())).await
    }

    /// Stores bytes.
    pub async fn add_bytes(&self, bytes: Bytes) -> Result<Blob, StoreError> {
        self.open_still()?;
        let _quiet = self.garbage.hold().await;
        let stored = self.index.add_bytes(bytes).temp_tag().await.map_err(StoreError::index)?;
        self.keep(id(stored.hash())).await
    }

    /// Keeps the collector away from a blob that is to come, for as long as the result lives.
    pub async fn protect(&self, id: ContentId) -> Result<TempTag, StoreError> {
        self.open_still()?;
        let _quiet = self.garbage.hold().await;
        self.index.tags().temp_tag(HashAndFormat::raw(hash(id))).await.map_err(StoreError::index)
    }

    /// Notes that a part of the blob is worth keeping, over restarts too.
    pub async fn keep_part(&self, id: ContentId) -> Result<(), StoreError> {
        let content = HashAndFormat::raw(hash(id));
        self.index.tags().set(tag(PARTIAL, id), content).await.map_err(StoreError::index)
    }

    /// Names a blob that is here as a whole and protected, after its bytes are safe on the disk.
    pub async fn keep(&self, id: ContentId) -> Result<Blob, StoreError> {
        let hash = hash(id);
        let files = [self.layout.data(&hash), self.layout.tree(&hash)];
        in_background(move || files.iter().try_for_each(|file| sync_file(file))).await?;
        let tags = self.index.tags();
        tags.set(tag(KEPT, id), HashAndFormat::raw(hash)).await.map_err(StoreError::index)?;
        tags.delete(tag(PARTIAL, id)).await.map_err(StoreError::index)?;
        self.index.sync_db().await.map_err(StoreError::index)?;
        // Not by the tag, which somebody may have removed again.
        match self.index.status(hash).await.map_err(StoreError::index)? {
            BlobStatus::Complete { size } => Ok(Blob { content: id, size }),
            _ => Err(StoreError::Missing(id)),
        }
    }

    /// Forgets blobs and parts of them, and frees their space, but for what is being fetched right now.
    pub async fn remove(&self, ids: &[ContentId]) -> Result<(), StoreError> {
        self.open_still()?;
        for id in ids {
            self.verified().remove(id);
            for prefix in [KEPT, PARTIAL] {
                self.index.tags().delete(tag(prefix, *id)).await.map_err(StoreError::index)?;
            }
        }
        self.index.sync_db().await.map_err(StoreError::index)?;
        self.garbage.collect().await
    }

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
            if !self.verified().contains(&id) {
                if !self.intact(id).await? {
                    return self.drop_damaged(id).await;
                }
                self.verified().insert(id);
            }
            if tokio::fs::hard_link(self.layout.data(&hash(id)), target).await.is_ok() {
                return Ok(size);
            }
        }
        self.export(id, target).await
    }

    /// Whether the bytes on the disk are those that the id stands for.
    pub async fn intact(&self, id: ContentId) -> Result<bool, StoreError> {
        let BlobStatus::Complete { size } = self.index.status(hash(id)).await.map_err(StoreError::index)?
        else {
            return Ok(false);
        };
        let content = self.content(id, size).await?;
        in_background(move || match content {
            Content::Inline(bytes) => Ok(blake3::hash(&bytes) == id.0),
            Content::File(path) => {
                let hashed = File::open(&path).and_then(|file| {
                    let mut hasher = blake3::Hasher::new();
                    hasher.update_reader(file)?;
                    Ok(hasher.finalize() == id.0)
                });
                match hashed {
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
                    hashed => hashed.map_err(StoreError::io("read", path)),
                }
            }
        })
        .await
    }

    async fn content(&self, id: ContentId, size: u64) -> Result<Content, StoreError> {
        if size > self.layout.largest_inline() {
            return Ok(Content::File(self.layout.data(&hash(id))));
        }
        self.index.get_bytes(hash(id)).await.map(Content::Inline).map_err(StoreError::index)
    }

    async fn drop_damaged<T>(&self, id: ContentId) -> Result<T, StoreError> {
        tracing::error!(%id, "a blob is damaged on the disk and is dropped");
        self.remove(&[id]).await?;
        Err(StoreError::Damaged(id))
    }

    fn verified(&self) -> std::sync::MutexGuard<'_, HashSet<ContentId>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn forget_old_parts(&self) -> Result<(), StoreError> {
        let now = SystemTime::now();
        let tags = self.index.tags().list_prefix(PARTIAL).await.map_err(StoreError::index)?;
        for part in tags.collect::<Vec<_>>().await {
            let part = part.map_err(StoreError::index)?;
            let modified =
                fs::metadata(self.layout.data(&part.hash)).and_then(|metadata| metadata.modified());
            let fresh = modified
                .is_ok_and(|modified| now.duration_since(modified).is_ok_and(|age| age < PARTS_KEPT_FOR));
            if !fresh {
                self.index.tags().delete(part.name).await.map_err(StoreError::index)?;
            }
        }
        Ok(())
    }
}

impl Drop for Local {
    /// Lets the index close by itself where [`Local::close`] was not called.
    fn drop(&mut self) {
        self.closing.cancel();
        self.abandoned.cancel();
    }
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work).await.map_err(StoreError::index)?
}

/// Writes a file and its name through to the disk. Small blobs have no file.
fn sync_file(path: &Path) -> Result<(), StoreError> {
    let sync = || -> io::Result<()> {
        File::open(path)?.sync_all()?;
        path.parent().map_or(Ok(()), sync_dir)
    };
    match sync() {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("sync", path)(error)),
        _ => Ok(()),
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
