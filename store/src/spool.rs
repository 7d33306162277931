//! A blob on its way from a web server or a file. It gathers in a file of the store's folder, where no reader sees
//! it, and is hashed as it grows. Only what turns out to be the right blob is stored.

use std::{
    io::{ErrorKind, Read, Seek},
    path::PathBuf,
};

use talka_primitives::id::ContentId;
use tokio::{fs, io::AsyncWriteExt, task::spawn_blocking};

use crate::{
    error::{Fatal, Stop},
    local::Local,
    StoreError,
};

/// The blob as far as it is here.
#[derive(Debug)]
pub(crate) struct Spool {
    id: ContentId,
    limit: u64,
    path: PathBuf,
    file: fs::File,
    hasher: blake3::Hasher,
    have: u64,
    /// Whether an earlier attempt, maybe at another source, left the beginning.
    resumed: bool,
}

impl Spool {
    /// Opens the file, and takes over what an earlier attempt left in it.
    pub async fn open(local: &Local, id: ContentId, limit: u64) -> Result<Self, StoreError> {
        let path = local.layout().incoming(id);
        let at = path.clone();
        let (file, hasher, have) = spawn_blocking(move || {
            let mut file = std::fs::OpenOptions::new()
                .read(true)
                .append(true)
                .create(true)
                .open(&at)
                .map_err(StoreError::io("open", &at))?;
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader((&mut file).take(limit)).map_err(StoreError::io("read", &at))?;
            let have = hasher.count();
            // More than the limit can't become an allowed blob.
            if file.seek(std::io::SeekFrom::End(0)).map_err(StoreError::io("read", &at))? > have {
                file.set_len(0).map_err(StoreError::io("write", &at))?;
                return Ok((file, blake3::Hasher::new(), 0));
            }
            Ok((file, hasher, have))
        })
        .await
        .map_err(StoreError::index)??;
        Ok(Self { id, limit, path, file: fs::File::from_std(file), hasher, have, resumed: have > 0 })
    }

    /// How many bytes are here.
    pub fn have(&self) -> u64 {
        self.have
    }

    /// Whether the beginning is of an earlier attempt, so that a wrong hash need not be this source's fault.
    pub fn resumed(&self) -> bool {
        self.resumed
    }

    /// Starts from nothing.
    pub async fn restart(&mut self) -> Result<(), StoreError> {
        self.file.set_len(0).await.map_err(StoreError::io("write", &self.path))?;
        self.hasher.reset();
        self.have = 0;
        self.resumed = false;
        Ok(())
    }

    /// Appends. Nothing over the limit is written.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), Stop> {
        if piece.len() as u64 > self.limit - self.have {
            self.discard().await?;
            return Err(Fatal::TooLarge { size: None, limit: self.limit }.into());
        }
        self.file.write_all(piece).await.map_err(StoreError::io("write", &self.path))?;
        self.hasher.update(piece);
        self.have += piece.len() as u64;
        Ok(())
    }

    /// Whether what is here is the blob.
    pub fn is_right(&self) -> bool {
        self.hasher.finalize() == self.id.0
    }

    /// Stores the blob, if it is the right one.
    pub async fn store(mut self, local: &Local) -> Result<(), Stop> {
        if !self.is_right() {
            self.discard().await?;
            return Err(Fatal::WrongContent.into());
        }
        self.file.flush().await.map_err(StoreError::io("write", &self.path))?;
        let stored = local.add_file(&self.path).await?;
        self.discard().await?;
        if stored.content != self.id {
            // The file was changed under our hands; what it became is nobody's.
            local.remove(&[stored.content]).await?;
            return Err(Fatal::WrongContent.into());
        }
        Ok(())
    }

    async fn discard(&mut self) -> Result<(), StoreError> {
        discard(self.path.clone()).await
    }
}

/// Removes what has gathered of a blob.
pub(crate) async fn discard(path: PathBuf) -> Result<(), StoreError> {
    match fs::remove_file(&path).await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}
