//! A blob on its way from a web server or a file. It gathers in a file of the store's folder, where no reader sees
//! it, and is hashed as it grows. Only what turns out to be the right blob is stored.

use std::io::{ErrorKind, Read, Seek};

use talka_primitives::id::ContentId;
use tokio::{fs, io::AsyncWriteExt, task::spawn_blocking};

use crate::{
    error::{Fatal, Stop},
    fetch::Job,
    local::{Local, Place},
    StoreError,
};

/// Room on the disk is claimed in steps of this number of bytes where nobody says how much will come.
const STEP: u64 = 16 * 1024 * 1024;

/// The blob as far as it is here.
#[derive(Debug)]
pub(crate) struct Spool {
    id: ContentId,
    limit: u64,
    place: Place,
    file: fs::File,
    hasher: blake3::Hasher,
    have: u64,
    /// Bytes for which there is room.
    claimed: u64,
    /// Whether an earlier attempt, maybe at another source, left the beginning.
    resumed: bool,
}

impl Spool {
    /// Opens the file, and takes over what an earlier attempt left in it.
    pub async fn open(local: &Local, id: ContentId, limit: u64) -> Result<Self, StoreError> {
        let place = local.place(id);
        let at = place.path.clone();
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
        let file = fs::File::from_std(file);
        Ok(Self { id, limit, place, file, hasher, have, claimed: 0, resumed: have > 0 })
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
        self.file.set_len(0).await.map_err(StoreError::io("write", &self.place.path))?;
        self.hasher.reset();
        self.have = 0;
        self.resumed = false;
        Ok(())
    }

    /// Makes sure that there is room for this number of bytes in all.
    pub async fn claim(&mut self, local: &Local, job: &Job, bytes: u64) -> Result<(), StoreError> {
        job.claim(local, bytes).await?;
        self.claimed = bytes;
        Ok(())
    }

    /// Appends. Nothing over the limit is written.
    pub async fn write(&mut self, local: &Local, job: &Job, piece: &[u8]) -> Result<(), Stop> {
        if piece.len() as u64 > self.limit - self.have {
            self.discard().await?;
            return Err(Fatal::TooLarge { size: None, limit: self.limit }.into());
        }
        let needed = self.have + piece.len() as u64;
        if needed > self.claimed {
            self.claim(local, job, needed.saturating_add(STEP).min(self.limit)).await?;
        }
        self.file.write_all(piece).await.map_err(StoreError::io("write", &self.place.path))?;
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
        self.file.flush().await.map_err(StoreError::io("write", &self.place.path))?;
        let stored = local.add_file(&self.place.path).await?;
        self.discard().await?;
        if stored.content != self.id {
            // The file was changed under our hands; what it became is nobody's.
            local.remove(&[stored.content]).await?;
            return Err(Fatal::WrongContent.into());
        }
        Ok(())
    }

    async fn discard(&mut self) -> Result<(), StoreError> {
        match fs::remove_file(&self.place.path).await {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(StoreError::io("remove", &self.place.path)(error))
            }
            _ => Ok(()),
        }
    }
}
