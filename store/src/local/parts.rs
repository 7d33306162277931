//! What is on its way here, what has stopped on it, and what is to go.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::ErrorKind,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use iroh_blobs::{api::TempTag, HashAndFormat};
use talka_primitives::id::ContentId;

use super::{hash, in_background, lock, tag, Local, KEPT, PARTIAL, SERVED};
use crate::{folder::is_older, StoreError};

/// A copy that an import has not written to for so long is of an import that was given up.
const COPIES_KEPT_FOR: Duration = Duration::from_secs(60);

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

impl Local {
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
    pub(super) async fn remove_copies(&self, older_than: Duration) {
        let Ok(_alone) = self.imports.try_write() else { return };
        let layout = self.layout.clone();
        if let Err(error) = in_background(move || layout.remove_copies(older_than)).await {
            tracing::warn!(%error, "cannot remove what imports have left behind");
        }
    }

    pub(super) async fn forget_old_parts(&self, older_than: Duration) -> Result<usize, StoreError> {
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
