//! The blobs on this machine's disk.
//!
//! A blob is *kept* when its bytes are all here, verified, written through to the disk, and named by a tag. Only
//! then does any reader see it. Reading verifies again; what is found damaged is dropped, so that it can be fetched
//! again. Peers see those that are *served*, which a tag of their own says.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    future::Future,
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use futures::{stream, StreamExt, TryStreamExt};
use iroh_blobs::{
    api::{blobs::BlobStatus, Store as Index, TempTag},
    Hash, HashAndFormat,
};
use talka_primitives::id::ContentId;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::{
    folder::{is_older, sync_dir, Folder, Layout, PARTS_KEPT_FOR},
    shelf::{Closer, Shelf},
    space::{disk_is_full, Room, Space},
    Blob, Input, StoreError,
};

/// Tags of blobs that are here as a whole: prefix and id.
const KEPT: &str = "kept/";
/// Tags of blobs of which a peer has given a part.
const PARTIAL: &str = "partial/";
/// Tags of blobs that peers may have.
const SERVED: &str = "served/";
/// How much is read, hashed and written at once.
const PIECE: usize = 1024 * 1024;
/// Requests to the index, or files, that are on their way at the same time where there are many.
const AT_ONCE: usize = 64;
/// Files that are written through to the disk at the same time. More do not make a disk faster.
const SYNCS_AT_ONCE: usize = 8;
/// A blob of up to this number of bytes is verified before each use: a fraction of a second.
const ALWAYS_VERIFIED: u64 = 256 * 1024 * 1024;
/// A larger one may be used for so long after it was verified, while its file is untouched.
const VERIFIED_FOR: Duration = Duration::from_secs(60 * 60);
/// A copy that an import has not written to for so long is of an import that was given up.
const COPIES_KEPT_FOR: Duration = Duration::from_secs(60);

/// The blobs in the folder.
#[derive(Debug)]
pub(crate) struct Local {
    layout: Layout,
    shelf: RwLock<Arc<Shelf>>,
    closer: Arc<Closer>,
    closing: CancellationToken,
    /// Nobody is left who could close the index.
    abandoned: CancellationToken,
    /// Held by who opens the index again.
    reopening: tokio::sync::Mutex<()>,
    space: Arc<Space>,
    syncs: Syncs,
    /// Held for reading while files are imported, and for writing while what imports left behind is removed.
    imports: tokio::sync::RwLock<()>,
    /// Blobs whose file was verified.
    verified: Mutex<HashMap<ContentId, Verified>>,
    served: Mutex<HashSet<ContentId>>,
    serve_all: bool,
    /// Blobs that are being fetched, with the number of transfers.
    coming: Arc<Mutex<HashMap<ContentId, usize>>>,
    /// Files in which unverified blobs gather now.
    spools: Arc<Mutex<HashSet<PathBuf>>>,
}

/// One write of the index through to the disk serves all who have asked before it began.
#[derive(Debug, Default)]
struct Syncs {
    asked: std::sync::atomic::AtomicU64,
    done: tokio::sync::Mutex<u64>,
}

/// When a file was verified, and what it looked like.
#[derive(Clone, Copy, Debug)]
struct Verified {
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

/// Keeps the collector away from a blob that is to come.
#[derive(Debug)]
pub(crate) struct Protection {
    _tag: TempTag,
    _coming: Coming,
}

#[derive(Debug)]
struct Coming {
    id: ContentId,
    all: Arc<Mutex<HashMap<ContentId, usize>>>,
}

/// A file for an unverified blob, which no other transfer writes to.
#[derive(Debug)]
pub(crate) struct Place {
    pub path: PathBuf,
    all: Arc<Mutex<HashSet<PathBuf>>>,
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Local {
    /// Opens the folder. Peers may have what is marked, or all that is kept; `max_bytes` limits the store.
    pub async fn open(folder: Folder, serve_all: bool, max_bytes: Option<u64>) -> Result<Self, StoreError> {
        let layout = folder.layout()?;
        let closing = CancellationToken::new();
        let abandoned = CancellationToken::new();
        let closer = Closer::new(folder.into_lock());
        let space = Arc::new(Space::new(max_bytes, layout.reserve()));
        let open = || Shelf::open(&layout, closing.child_token(), abandoned.clone(), &closer);
        let shelf = match open().await {
            Err(_) if disk_is_full(layout.dir()) => {
                space.give_up_reserve();
                open().await?
            }
            shelf => shelf?,
        };
        space.prepare();
        let local = Self {
            layout,
            shelf: RwLock::new(Arc::new(shelf)),
            closer,
            closing,
            abandoned,
            reopening: tokio::sync::Mutex::default(),
            space,
            syncs: Syncs::default(),
            imports: tokio::sync::RwLock::default(),
            verified: Mutex::default(),
            served: Mutex::default(),
            serve_all,
            coming: Arc::default(),
            spools: Arc::default(),
        };
        *lock(&local.served) = local.tagged(SERVED).await?.into_iter().collect();
        local.forget_old_parts(PARTS_KEPT_FOR).await?;
        local.shelf().garbage.request();
        Ok(local)
    }

    /// Takes no more calls, and waits until nothing is being deleted.
    pub async fn settle(&self) {
        self.closing.cancel();
        self.shelf().settle().await;
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

    fn shelf(&self) -> Arc<Shelf> {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn index(&self) -> Index {
        self.shelf().index.clone()
    }

    /// Looks after what failed: gives up the reserve if the disk is full, and opens the index again if it has stopped. Says
    /// what the reason was.
    pub async fn mend(&self, error: StoreError) -> StoreError {
        match &error {
            StoreError::DiskFull(_) => self.space.give_up_reserve(),
            StoreError::Index(_) => {}
            _ => return error,
        }
        if self.closing.is_cancelled() {
            return StoreError::Closed;
        }
        let _alone = self.reopening.lock().await;
        let dir = self.layout.dir().to_owned();
        let full = matches!(error, StoreError::DiskFull(_)) || tells_of_full_disk(&error) || {
            let dir = dir.clone();
            spawn_blocking(move || disk_is_full(&dir)).await.unwrap_or(false)
        };
        if full {
            self.space.give_up_reserve();
            // What did not fit is in the way now.
            self.remove_copies(Duration::ZERO).await;
        }
        if !self.shelf().works().await {
            self.reopen().await;
        }
        match error {
            StoreError::Index(_) if full => StoreError::DiskFull(dir),
            error => error,
        }
    }

    async fn reopen(&self) {
        let old = self.shelf();
        // What deletes from the old one has failed by now, or finds nothing to do.
        old.settle().await;
        match Shelf::open(&self.layout, self.closing.child_token(), self.abandoned.clone(), &self.closer)
            .await
        {
            Ok(shelf) => {
                *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shelf);
                tracing::warn!("the index of the store had failed and was opened again");
            }
            Err(error) => tracing::error!(%error, "the index of the store has failed"),
        }
    }

    /// The result, and what had failed is looked after.
    async fn mended<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match result {
            Err(error) => Err(self.mend(error).await),
            result => result,
        }
    }

    /// For what can be done twice: tried again where the index had failed. Removing has to work on a full disk.
    async fn again<T, F>(&self, act: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        match act().await {
            Err(error @ StoreError::Index(_)) => {
                let error = self.mend(error).await;
                act().await.map_err(|_| error)
            }
            result => result,
        }
    }

    /// The size of a kept blob.
    pub async fn size(&self, id: ContentId) -> Result<Option<u64>, StoreError> {
        self.open_still()?;
        self.again(|| self.find(id)).await
    }

    async fn find(&self, id: ContentId) -> Result<Option<u64>, StoreError> {
        let index = self.index();
        let kept = index.tags().get(tag(KEPT, id)).await.map_err(StoreError::index)?;
        if kept.is_none() {
            return Ok(None);
        }
        match index.status(hash(id)).await.map_err(StoreError::index)? {
            BlobStatus::Complete { size } => Ok(Some(size)),
            _ => Ok(None),
        }
    }

    /// All kept blobs.
    pub async fn list(&self) -> Result<Vec<ContentId>, StoreError> {
        self.open_still()?;
        self.again(|| self.tagged(KEPT)).await
    }

    async fn tagged(&self, prefix: &str) -> Result<Vec<ContentId>, StoreError> {
        let tags = self.index().tags().list_prefix(prefix).await.map_err(StoreError::index)?;
        let tags: Vec<_> = tags.collect().await;
        tags.into_iter().map(|tag| tag.map(|tag| id(tag.hash)).map_err(StoreError::index)).collect()
    }

    /// Whether peers may have the blob, if it is here.
    pub async fn is_served(&self, id: ContentId) -> bool {
        if self.serve_all {
            return self.size(id).await.is_ok_and(|size| size.is_some());
        }
        lock(&self.served).contains(&id)
    }

    /// Lets peers have these.
    pub async fn serve(&self, ids: &[ContentId]) -> Result<(), StoreError> {
        self.open_still()?;
        let new: Vec<_> = {
            let served = lock(&self.served);
            ids.iter().copied().filter(|id| !served.contains(id)).collect()
        };
        let here = new
            .iter()
            .copied()
            .map(|id| async move { self.size(id).await?.map(|_| ()).ok_or(StoreError::Missing(id)) });
        stream::iter(here).buffered(AT_ONCE).try_collect::<()>().await?;
        self.mended(self.set_tags(SERVED, &new).await).await?;
        lock(&self.served).extend(new);
        Ok(())
    }

    /// Lets peers have these no more.
    pub async fn withhold(&self, ids: &[ContentId]) -> Result<(), StoreError> {
        self.open_still()?;
        self.again(|| self.delete_tags(&[SERVED], ids)).await
    }

    async fn set_tags(&self, prefix: &str, ids: &[ContentId]) -> Result<(), StoreError> {
        let index = &self.index();
        let tags = ids.iter().copied().map(|id| async move {
            let content = HashAndFormat::raw(hash(id));
            index.tags().set(tag(prefix, id), content).await.map_err(StoreError::index)
        });
        stream::iter(tags).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        self.sync().await
    }

    async fn delete_tags(&self, prefixes: &[&str], ids: &[ContentId]) -> Result<(), StoreError> {
        // What is no longer served must not be so while this is on its way.
        if prefixes.contains(&SERVED) {
            let mut served = lock(&self.served);
            ids.iter().for_each(|id| _ = served.remove(id));
        }
        let index = &self.index();
        let tags: Vec<_> = ids.iter().flat_map(|id| prefixes.iter().map(|prefix| tag(prefix, *id))).collect();
        let tags = tags
            .into_iter()
            .map(|tag| async move { index.tags().delete(tag).await.map(|_| ()).map_err(StoreError::index) });
        stream::iter(tags).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        self.sync().await
    }

    /// Writes the index through to the disk, once for all who ask at the same time.
    pub async fn sync(&self) -> Result<(), StoreError> {
        use std::sync::atomic::Ordering;
        let ticket = self.syncs.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut done = self.syncs.done.lock().await;
        if *done >= ticket {
            return Ok(());
        }
        let covered = self.syncs.asked.load(Ordering::SeqCst);
        self.index().sync_db().await.map_err(StoreError::index)?;
        *done = covered;
        Ok(())
    }

    /// An error as long as the disk is full.
    pub async fn check_disk(&self) -> Result<(), StoreError> {
        if !self.space.is_tight() {
            return Ok(());
        }
        let space = self.space.clone();
        in_background(move || space.check_disk()).await
    }

    /// Room for this number of bytes more.
    pub async fn claim(&self, bytes: u64) -> Result<Room, StoreError> {
        self.check_disk().await?;
        loop {
            if let Some(room) = self.space.promise(bytes) {
                return room;
            }
            self.measure().await?;
        }
    }

    async fn measure(&self) -> Result<(), StoreError> {
        let coming: HashSet<_> = lock(&self.coming).keys().copied().collect();
        let layout = self.layout.clone();
        let used = in_background(move || layout.used(|id| coming.contains(&id))).await?;
        self.space.measured(used);
        Ok(())
    }

    /// Bytes on the disk.
    pub async fn used(&self) -> Result<u64, StoreError> {
        self.open_still()?;
        let layout = self.layout.clone();
        in_background(move || layout.used(|_| false)).await
    }

    /// Stores a copy of a file.
    pub async fn add_file(&self, path: &Path) -> Result<Blob, StoreError> {
        self.open_still()?;
        let path = std::path::absolute(path).map_err(StoreError::io("read", path))?;
        let metadata = tokio::fs::metadata(&path).await.map_err(StoreError::io("read", &path))?;
        let room = self.claim(regular(&path, &metadata)?).await?;
        self.mended(self.add(Input::File(path)).await).await.inspect(|_| room.fill())
    }

    /// Stores bytes.
    pub async fn add_bytes(&self, bytes: Bytes) -> Result<Blob, StoreError> {
        self.open_still()?;
        let room = self.claim(bytes.len() as u64).await?;
        self.mended(self.add(Input::Bytes(bytes)).await).await.inspect(|_| room.fill())
    }

    async fn add(&self, input: Input) -> Result<Blob, StoreError> {
        let shelf = self.shelf();
        let _quiet = shelf.garbage.hold().await;
        let stored = self.import(input).await?;
        self.keep(id(stored.hash())).await
    }

    /// Puts the bytes into the index, where they stay for as long as the result lives.
    async fn import(&self, input: Input) -> Result<TempTag, StoreError> {
        let _importing = self.imports.read().await;
        let index = self.index();
        let imported = match input {
            Input::File(path) => index.add_path(path).temp_tag().await,
            Input::Bytes(bytes) => index.add_bytes(bytes).temp_tag().await,
        };
        imported.map_err(StoreError::index)
    }

    /// Stores many at once. Equal contents are stored once, and the disk is waited for as rarely as possible. Nothing is
    /// kept before all is here.
    pub async fn add_all(&self, inputs: Vec<Input>) -> Result<Vec<Blob>, StoreError> {
        self.open_still()?;
        let named = self.name(&inputs).await?;
        let mut new = HashMap::new();
        for (blob, input) in named.iter().zip(inputs) {
            new.entry(blob.content).or_insert((*blob, input));
        }
        let room = self.claim(new.values().map(|(blob, _)| blob.size).sum()).await?;
        let stored = self.mended(self.add_new(new.into_values().collect()).await).await;
        stored.map(|()| room.fill())?;
        Ok(named)
    }

    async fn add_new(&self, new: Vec<(Blob, Input)>) -> Result<(), StoreError> {
        let imports = new.into_iter().map(|(blob, input)| async move {
            let protected = self.protect(blob.content).await?;
            // A large one is stored again: its file may have been damaged meanwhile.
            let small = blob.size <= self.layout.largest_inline();
            if !small || self.size(blob.content).await?.is_none() {
                let from = input.path().to_owned();
                let stored = self.import(input).await?;
                if id(stored.hash()) != blob.content {
                    return Err(StoreError::io("read", from)(io::Error::other(
                        "it changes while it is read",
                    )));
                }
            }
            Ok((blob, protected))
        });
        let here: Vec<_> = stream::iter(imports).buffer_unordered(AT_ONCE).try_collect().await?;
        let (blobs, _protected): (Vec<_>, Vec<_>) = here.into_iter().unzip();
        self.keep_all(&blobs).await
    }

    /// The ids of what is to be stored, in the same order.
    async fn name(&self, inputs: &[Input]) -> Result<Vec<Blob>, StoreError> {
        let parts: Vec<_> = inputs.chunks(AT_ONCE).map(<[Input]>::to_vec).collect();
        let named = parts
            .into_iter()
            .map(|part| in_background(move || part.iter().map(Input::name).collect::<Result<Vec<_>, _>>()));
        Ok(stream::iter(named).buffered(2).try_collect::<Vec<_>>().await?.concat())
    }

    /// Keeps the collector away from a blob that is to come, for as long as the result lives.
    pub async fn protect(&self, id: ContentId) -> Result<Protection, StoreError> {
        self.open_still()?;
        let shelf = self.shelf();
        let _quiet = shelf.garbage.hold().await;
        let tag = shelf.index.tags().temp_tag(HashAndFormat::raw(hash(id))).await;
        let tag = self.mended(tag.map_err(StoreError::index)).await?;
        *lock(&self.coming).entry(id).or_default() += 1;
        Ok(Protection { _tag: tag, _coming: Coming { id, all: self.coming.clone() } })
    }

    /// A file in which a blob can gather. What an earlier transfer has left is gone on from.
    pub fn place(&self, id: ContentId) -> Place {
        let mut taken = lock(&self.spools);
        let mut best = None;
        for path in (0..).map(|number| self.layout.incoming(id, number)) {
            let length = fs::metadata(&path).ok().map(|file| file.len());
            if !taken.contains(&path) && best.as_ref().is_none_or(|(most, _)| length > *most) {
                best = Some((length, path.clone()));
            }
            if length.is_none() && !taken.contains(&path) {
                break;
            }
        }
        let path = best.map(|(_, path)| path).unwrap_or_else(|| self.layout.incoming(id, 0));
        taken.insert(path.clone());
        Place { path, all: self.spools.clone() }
    }

    /// Removes what has gathered of blobs, but for what a transfer writes to.
    pub async fn discard(&self, ids: &[ContentId]) -> Result<(), StoreError> {
        let (layout, spools, ids) = (self.layout.clone(), self.spools.clone(), ids.to_vec());
        in_background(move || {
            let taken = lock(&spools);
            ids.into_iter().try_for_each(|id| {
                for path in (0..).map(|number| layout.incoming(id, number)) {
                    if taken.contains(&path) {
                        continue;
                    }
                    match fs::remove_file(&path) {
                        Err(error) if error.kind() == ErrorKind::NotFound => break,
                        removed => removed.map_err(StoreError::io("remove", path))?,
                    }
                }
                Ok(())
            })
        })
        .await
    }

    /// Notes that a part of the blob is worth keeping, over restarts too.
    pub async fn keep_part(&self, id: ContentId) -> Result<(), StoreError> {
        let content = HashAndFormat::raw(hash(id));
        self.index().tags().set(tag(PARTIAL, id), content).await.map_err(StoreError::index)
    }

    /// Names a blob that is here as a whole and protected, after its bytes are safe on the disk.
    pub async fn keep(&self, id: ContentId) -> Result<Blob, StoreError> {
        let size = self.complete(id).await?;
        self.keep_all(&[Blob { content: id, size }]).await?;
        // Somebody may have removed it again.
        Ok(Blob { content: id, size: self.complete(id).await? })
    }

    async fn complete(&self, id: ContentId) -> Result<u64, StoreError> {
        match self.index().status(hash(id)).await.map_err(StoreError::index)? {
            BlobStatus::Complete { size } => Ok(size),
            _ => Err(StoreError::Missing(id)),
        }
    }

    async fn keep_all(&self, blobs: &[Blob]) -> Result<(), StoreError> {
        let large = blobs.iter().filter(|blob| blob.size > self.layout.largest_inline());
        let files: Vec<_> = large
            .flat_map(|blob| [self.layout.data(&hash(blob.content)), self.layout.tree(&hash(blob.content))])
            .collect();
        if let Some(dir) = files.first().and_then(|file| file.parent()).map(Path::to_owned) {
            let syncs = files.into_iter().map(|file| in_background(move || sync_file(&file)));
            stream::iter(syncs).buffer_unordered(SYNCS_AT_ONCE).try_collect::<()>().await?;
            in_background(move || sync_dir(&dir).map_err(StoreError::io("sync", dir))).await?;
        }
        let index = &self.index();
        let tags = blobs.iter().copied().map(|Blob { content, .. }| async move {
            let raw = HashAndFormat::raw(hash(content));
            index.tags().set(tag(KEPT, content), raw).await.map_err(StoreError::index)?;
            index.tags().delete(tag(PARTIAL, content)).await.map(|_| ()).map_err(StoreError::index)
        });
        stream::iter(tags).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        self.sync().await
    }

    /// Forgets blobs and parts of them, and frees their space, but for what is being fetched right now.
    pub async fn remove(&self, ids: &[ContentId]) -> Result<(), StoreError> {
        self.open_still()?;
        for id in ids {
            lock(&self.verified).remove(id);
        }
        self.again(|| self.delete_tags(&[KEPT, PARTIAL, SERVED], ids)).await?;
        self.collect().await
    }

    async fn collect(&self) -> Result<(), StoreError> {
        self.space.forget();
        self.again(|| async { self.shelf().garbage.collect().await }).await
    }

    /// Removes parts of blobs to which nothing was added for so long. Says how many.
    pub async fn sweep_parts(&self, older_than: Duration) -> Result<usize, StoreError> {
        self.open_still()?;
        let forgotten = self.mended(self.forget_old_parts(older_than).await).await?;
        let (layout, spools) = (self.layout.clone(), self.spools.clone());
        let gathered = in_background(move || {
            let taken = lock(&spools);
            layout.remove_incoming(older_than, |path| taken.contains(path))
        });
        let removed = forgotten + gathered.await?;
        self.remove_copies(older_than.max(COPIES_KEPT_FOR)).await;
        self.collect().await?;
        Ok(removed)
    }

    /// Removes what imports have left behind that failed or were given up, if no import is running.
    async fn remove_copies(&self, older_than: Duration) {
        let Ok(_alone) = self.imports.try_write() else { return };
        let layout = self.layout.clone();
        if let Err(error) = in_background(move || layout.remove_copies(older_than)).await {
            tracing::warn!(%error, "cannot remove what imports have left behind");
        }
    }

    async fn forget_old_parts(&self, older_than: Duration) -> Result<usize, StoreError> {
        let coming: HashSet<_> = lock(&self.coming).keys().copied().collect();
        let parts = self.tagged(PARTIAL).await?.into_iter().filter(|id| !coming.contains(id));
        let layout = self.layout.clone();
        let old = parts.filter(move |id| {
            let modified = fs::metadata(layout.data(&hash(*id))).and_then(|file| file.modified());
            modified.map_or(true, |modified| is_older(modified, older_than))
        });
        let old: Vec<_> = old.collect();
        if !old.is_empty() {
            self.delete_tags(&[PARTIAL], &old).await?;
        }
        Ok(old.len())
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

impl Drop for Local {
    /// Lets the index close by itself where [`Local::close`] was not called.
    fn drop(&mut self) {
        self.closing.cancel();
        self.abandoned.cancel();
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        let mut all = lock(&self.all);
        if let Some(count) = all.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.id);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.all).remove(&self.path);
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

impl Input {
    fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Bytes(_) => Path::new(""),
        }
    }

    /// What it will be in the store. Blocks.
    fn name(&self) -> Result<Blob, StoreError> {
        match self {
            Self::Bytes(bytes) => {
                Ok(Blob { content: ContentId(*blake3::hash(bytes).as_bytes()), size: bytes.len() as u64 })
            }
            Self::File(path) => {
                let metadata = fs::metadata(path).map_err(StoreError::io("read", path))?;
                regular(path, &metadata)?;
                File::open(path).and_then(digest).map_err(StoreError::io("read", path))
            }
        }
    }
}

/// What a file will be in the store. Blocks.
fn digest(file: File) -> io::Result<Blob> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    Ok(Blob { content: ContentId(*hasher.finalize().as_bytes()), size: hasher.count() })
}

/// The size of a file that has one.
fn regular(path: &Path, metadata: &fs::Metadata) -> Result<u64, StoreError> {
    if metadata.is_file() {
        return Ok(metadata.len());
    }
    let cause = match metadata.is_dir() {
        true => ErrorKind::IsADirectory.into(),
        false => io::Error::other("it is not a regular file"),
    };
    Err(StoreError::io("read", path)(cause))
}

/// Whether the index says that it met a full disk: the reason arrives as text. The numbers are of ENOSPC and EDQUOT.
fn tells_of_full_disk(error: &StoreError) -> bool {
    let text = error.to_string();
    ["(os error 28)", "(os error 122)"].iter().any(|number| text.contains(number))
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work).await.map_err(StoreError::index)?
}

/// Writes a file through to the disk. The hash tree of a blob that is not very large has no file.
fn sync_file(path: &Path) -> Result<(), StoreError> {
    match File::open(path).and_then(|file| file.sync_all()) {
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
