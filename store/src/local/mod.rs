//! The blobs on this machine's disk.
//!
//! A blob is *kept* when its bytes are all here, verified, written through to the disk, and named by a tag. Only
//! then does any reader see it. Reading verifies again; what is found damaged is dropped, so that it can be fetched
//! again. Peers see those that are *served*, which a tag of their own says.
//!
//! | Module | What |
//! |---|---|
//! | [`add`] | the way in from this machine, and what makes a blob kept |
//! | [`parts`] | what comes from elsewhere, and what goes |
//! | [`read`] | the way out |

mod add;
mod parts;
mod read;

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    future::Future,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use futures::{stream, StreamExt, TryStreamExt};
use iroh_blobs::{
    api::{blobs::BlobStatus, Store as Index},
    Hash, HashAndFormat,
};
use talka_primitives::id::ContentId;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

pub(crate) use self::parts::Place;
use self::read::Verified;
use crate::{
    folder::{Folder, Layout, PARTS_KEPT_FOR},
    shelf::{Closer, Shelf},
    space::{disk_is_full, Room, Space},
    Blob, StoreError,
};

/// Tags of blobs that are here as a whole: prefix and id.
const KEPT: &str = "kept/";
/// Tags of blobs of which a peer has given a part.
const PARTIAL: &str = "partial/";
/// Tags of blobs that peers may have.
const SERVED: &str = "served/";
/// Requests to the index, or files, that are on their way at the same time where there are many.
const AT_ONCE: usize = 64;

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
}

impl Drop for Local {
    /// Lets the index close by itself where [`Local::close`] was not called.
    fn drop(&mut self) {
        self.closing.cancel();
        self.abandoned.cancel();
    }
}

/// What a file will be in the store. Blocks.
fn digest(file: File) -> io::Result<Blob> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    Ok(Blob { content: ContentId(*hasher.finalize().as_bytes()), size: hasher.count() })
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
