//! The way of files and bytes of this machine into the store, and what makes a blob kept.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, ErrorKind},
    path::Path,
};

use bytes::Bytes;
use futures::{stream, StreamExt, TryStreamExt};
use iroh_blobs::{
    api::{blobs::BlobStatus, TempTag},
    HashAndFormat,
};
use talka_primitives::id::ContentId;

use super::{digest, hash, id, in_background, tag, Local, AT_ONCE, KEPT, PARTIAL};
use crate::{folder::sync_dir, Blob, Input, StoreError};

/// Files that are written through to the disk at the same time. More do not make a disk faster.
const SYNCS_AT_ONCE: usize = 8;

impl Local {
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

/// Writes a file through to the disk. The hash tree of a blob that is not very large has no file.
fn sync_file(path: &Path) -> Result<(), StoreError> {
    match File::open(path).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("sync", path)(error)),
        _ => Ok(()),
    }
}
