//! How fast a store takes and fetches a large blob, beside a plain copy that is hashed.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{ensure, Result};
use clap::Args;
use talka_store::{PeerLimits, Store, StoreOptions};

use crate::report::{number, say};

/// Bytes that a plain copy reads at once.
const PIECE: usize = 1 << 20;

// What the measurement is told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The blob's size, in mebibytes
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..))]
    mebibytes: u64,
}

impl Options {
    /// Measure and print.
    pub async fn run(&self) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("blob");
        make(&file, self.mebibytes)?;

        // Once unmeasured, so that the file is in memory for all that follows.
        let copy = folder.path().join("copy");
        copy_and_hash(&file, &copy)?;
        let began = Instant::now();
        let hash = copy_and_hash(&file, &copy)?;
        let plain = self.say("copied_and_hashed", began.elapsed());

        let (giver, taker) =
            (open(&folder.path().join("giver")).await?, open(&folder.path().join("taker")).await?);
        let began = Instant::now();
        let blob = giver.add_file(&file).await?;
        let added = self.say("added", began.elapsed());
        ensure!(blob.content.0 == *hash.as_bytes(), "the store has something else than the file");
        let began = Instant::now();
        taker.fetch(blob.content, &[giver.address()], blob.size, |_| ()).await?;
        let fetched = self.say("fetched", began.elapsed());
        say("store/added/ratio", number(plain / added), "times");
        say("store/fetched/ratio", number(plain / fetched), "times");
        giver.shutdown().await;
        taker.shutdown().await;
        Ok(())
    }

    /// Print how fast something was. Gives it in mebibytes a second.
    fn say(&self, what: &str, took: Duration) -> f64 {
        let rate = self.mebibytes as f64 / took.as_secs_f64();
        say(format!("store/{what}"), number(rate), "MiB/s");
        rate
    }
}

/// Make a file in which nothing repeats itself.
fn make(path: &Path, mebibytes: u64) -> Result<()> {
    let (mut file, mut piece) = (File::create(path)?, vec![0; PIECE]);
    let mut bytes = blake3::Hasher::new().finalize_xof();
    for _ in 0..mebibytes {
        bytes.fill(&mut piece);
        file.write_all(&piece)?;
    }
    file.sync_all()?;
    Ok(())
}

/// Copy a file to the disk as fast as one reads, hashes and writes. Gives its hash.
fn copy_and_hash(from: &Path, to: &Path) -> Result<blake3::Hash> {
    let (mut from, mut to) = (File::open(from)?, File::create(to)?);
    let (mut hasher, mut piece) = (blake3::Hasher::new(), vec![0; PIECE]);
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            to.sync_all()?;
            return Ok(hasher.finalize());
        }
        hasher.update(&piece[..read]);
        to.write_all(&piece[..read])?;
    }
}

/// A store that serves all that it has, as fast as it can.
async fn open(folder: &Path) -> Result<Store> {
    let limits = PeerLimits { bytes_per_second: 0, bytes_per_second_per_address: 0, ..PeerLimits::default() };
    Ok(Store::open(StoreOptions { serve_all: true, limits, ..StoreOptions::new(folder) }).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_what_was_copied_and_nothing_repeats_itself() {
        let folder = tempfile::tempdir().unwrap();
        let (file, copy) = (folder.path().join("file"), folder.path().join("copy"));
        make(&file, 2).unwrap();
        let hash = copy_and_hash(&file, &copy).unwrap();
        let copied = std::fs::read(&copy).unwrap();
        assert_eq!(blake3::hash(&copied), hash);
        assert_eq!(copied.len(), 2 * PIECE);
        assert_ne!(copied[..PIECE], copied[PIECE..]);
    }
}
