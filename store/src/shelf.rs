//! The index of the blobs by iroh-blobs, open, with what deletes from it.

use std::sync::{Arc, Mutex, PoisonError};

use iroh_blobs::{api::Store as Index, store::fs::FsStore};
use tokio_util::sync::CancellationToken;

use crate::{
    folder::{Layout, Lock},
    garbage::Garbage,
    StoreError,
};

/// The index that is used now. It is another one after it has failed and was opened again.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub index: Index,
    pub garbage: Garbage,
    closing: CancellationToken,
}

/// Closes the index, then lets other processes in.
#[derive(Debug)]
pub(crate) struct Closer {
    index: Mutex<Option<Index>>,
    lock: Mutex<Option<Lock>>,
}

impl Closer {
    pub fn new(lock: Lock) -> Arc<Self> {
        Arc::new(Self { index: Mutex::default(), lock: Mutex::new(Some(lock)) })
    }

    pub async fn close(&self) {
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(index) = index {
            // An error means that it is closed already.
            let _ = index.shutdown().await;
        }
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Shelf {
    /// Opens the index. After `closing` nothing is deleted any more; when the store is `abandoned`, the index closes by
    /// itself.
    pub async fn open(
        layout: &Layout,
        closing: CancellationToken,
        abandoned: CancellationToken,
        closer: &Arc<Closer>,
    ) -> Result<Self, StoreError> {
        let (garbage, gc) = Garbage::new(closing.clone(), abandoned, {
            let closer = closer.clone();
            move || {
                let closer = closer.clone();
                tokio::spawn(async move { closer.close().await });
            }
        });
        let mut options = layout.options();
        options.gc = Some(gc);
        let index = FsStore::load_with_opts(layout.index(), options).await.map_err(|cause| {
            StoreError::Unreadable { dir: layout.dir().to_owned(), cause: format!("{cause:#}") }
        })?;
        let index = Index::from(index);
        *closer.index.lock().unwrap_or_else(PoisonError::into_inner) = Some(index.clone());
        Ok(Self { index, garbage, closing })
    }

    /// Whether the index answers.
    pub async fn works(&self) -> bool {
        self.index.sync_db().await.is_ok()
    }

    /// Deletes nothing more, and waits until nothing is being deleted: a deletion under way must not find the index closed.
    pub async fn settle(&self) {
        self.closing.cancel();
        let _quiet = self.garbage.hold().await;
    }
}
