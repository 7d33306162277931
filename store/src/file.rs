//! Blobs from files of this machine: for development, and for a provider's own machine.
//!
//! Off unless [`crate::StoreOptions::allow_files`] is set, because the path comes from the chain, that is from anybody.
//! Even then nothing of a file gets out that is not the very blob that was asked for. What only looks like a file, as
//! below `/proc`, is not read: that can wait for ever, or change something. A disk that does not answer, as one of the
//! network, is left like any source that stalls.

use std::{
    fs::Metadata,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    fs,
    io::AsyncReadExt,
    time::{timeout_at, Instant},
};

use crate::{
    error::{Fatal, Stop, Transient},
    fetch::Job,
    local::Local,
    pace::Pace,
    source::FileUrl,
    spool::Spool,
};

/// How much is read at once.
const PIECE: usize = 256 * 1024;
/// Where the system shows itself as files.
const NOT_FILES: [&str; 3] = ["/dev", "/proc", "/sys"];

/// Fetches from files.
#[derive(Debug)]
pub(crate) struct Files {
    stall_timeout: Duration,
}

impl Files {
    pub fn new(stall_timeout: Duration) -> Self {
        Self { stall_timeout }
    }

    /// Copies the file into `local`, if it is the blob.
    pub async fn fetch(&self, local: &Local, from: &FileUrl, job: &Job) -> Result<(), Stop> {
        let first = Instant::now() + self.stall_timeout;
        let opened = timeout_at(first, open(from.path())).await;
        let (mut file, size) = opened.map_err(|_| Transient::Stalled(self.stall_timeout))??;
        if size > job.limit {
            return Err(Fatal::TooLarge { size: Some(size), limit: job.limit }.into());
        }
        let mut spool = Spool::open(local, job.id, job.limit).await?;
        spool.restart().await?;
        spool.claim(local, job, size).await?;
        let mut pace: Pace = job.pace(self.stall_timeout, Some(size));
        let mut piece = vec![0; PIECE];
        loop {
            job.report(spool.have(), Some(size));
            let read = timeout_at(pace.deadline(), file.read(&mut piece)).await.map_err(|_| pace.missed())?;
            match read.map_err(classify)? {
                0 => return spool.store(local).await,
                read => {
                    spool.write(local, job, &piece[..read]).await?;
                    pace.moved(read as u64, Instant::now());
                }
            }
        }
    }
}

/// Opens what is a file, and says its size.
async fn open(path: PathBuf) -> Result<(fs::File, u64), Stop> {
    // Links are followed first: the name alone says nothing.
    let path = fs::canonicalize(path).await.map_err(classify)?;
    if NOT_FILES.iter().any(|place| path.starts_with(Path::new(place))) {
        return Err(Fatal::Refused("nothing is read from there".into()).into());
    }
    // A pipe would keep waiting who opens it, and a device may have no end.
    regular(&fs::metadata(&path).await.map_err(classify)?)?;
    let file = fs::File::open(&path).await.map_err(classify)?;
    let size = regular(&file.metadata().await.map_err(classify)?)?;
    Ok((file, size))
}

fn regular(metadata: &Metadata) -> Result<u64, Fatal> {
    match metadata.is_file() {
        true => Ok(metadata.len()),
        false => Err(Fatal::Refused("it is not a file".into())),
    }
}

fn classify(error: io::Error) -> Stop {
    match error.kind() {
        ErrorKind::NotFound => Fatal::NotFound.into(),
        ErrorKind::PermissionDenied => Fatal::Refused(error.to_string()).into(),
        _ => Transient::Unreachable(error.to_string()).into(),
    }
}
