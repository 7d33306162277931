//! Blobs from files of this machine: for development, and for a provider's own machine.
//!
//! Off unless [`crate::StoreOptions::allow_files`] is set, because the path comes from the chain, that is from anybody.
//! Even then nothing of a file gets out that is not the very blob that was asked for.

use std::io::ErrorKind;

use tokio::{fs, io::AsyncReadExt};

use crate::{
    error::{Fatal, Stop, Transient},
    fetch::Job,
    local::Local,
    source::FileUrl,
    spool::Spool,
};

/// How much is read at once.
const PIECE: usize = 256 * 1024;

/// Copies the file into `local`, if it is the blob.
pub(crate) async fn fetch(local: &Local, from: &FileUrl, job: &Job) -> Result<(), Stop> {
    let path = from.path();
    let metadata = fs::metadata(&path).await.map_err(classify)?;
    // Pipes and devices may block, and have no size.
    if !metadata.is_file() {
        return Err(Fatal::Refused("it is not a file".into()).into());
    }
    let size = metadata.len();
    if size > job.limit {
        return Err(Fatal::TooLarge { size: Some(size), limit: job.limit }.into());
    }
    let mut file = fs::File::open(&path).await.map_err(classify)?;
    let mut spool = Spool::open(local, job.id, job.limit).await?;
    spool.restart().await?;
    let mut piece = vec![0; PIECE];
    loop {
        job.report(spool.have(), Some(size));
        match file.read(&mut piece).await.map_err(classify)? {
            0 => return spool.store(local).await,
            read => spool.write(&piece[..read]).await?,
        }
    }
}

fn classify(error: std::io::Error) -> Stop {
    match error.kind() {
        ErrorKind::NotFound => Fatal::NotFound.into(),
        ErrorKind::PermissionDenied => Fatal::Refused(error.to_string()).into(),
        _ => Transient::Unreachable(error.to_string()).into(),
    }
}
