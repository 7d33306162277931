//! The way of results to the disk. Every byte is verified against the digest that the chain has accepted.
//!
//! | Module | What |
//! |---|---|
//! | [`peers`] | who has results |
//! | [`gather`] | gets them from there into a store |
//! | [`pace`] | how long a source may take |
//! | [`place`] | room on the disk |
//! | [`kept`](mod@kept) | results that are there already |

mod gather;
mod kept;
mod pace;
mod peers;
mod place;

pub(crate) use gather::Gatherer;
pub(crate) use kept::{check_same, check_unused, kept};
pub(crate) use peers::winners;

use std::{
    collections::BTreeMap,
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use futures::{stream, StreamExt as _, TryStreamExt as _};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;
use talka_client::{AccountId, Client, Error, Snapshot};
use talka_primitives::{
    manifest::{Callback, ExitStatus, Listing, Manifest},
    view::Outcome,
    BlockNumber, Digest, Hint as _, PoolId, TaskId,
};
use talka_store::{Source, Store, StoreError, StoreOptions};
use tokio::time::{sleep, timeout};

use self::{
    gather::{Counted, Wanted},
    kept::holds,
    place::lay_out,
};
use crate::{
    error::CliError,
    output::{last_lines, ManifestOut},
};

/// The file of a result that says what belongs to it.
const MANIFEST: &str = "manifest.json";
/// The directory of a result with what the app left in `/out`.
const FILES: &str = "files";
/// What the app wrote to standard output.
const STDOUT: &str = "stdout";
/// The end of what it wrote to standard error.
const STDERR: &str = "stderr";
/// How many results are fetched at the same time.
const AT_ONCE: usize = 4;
/// How many files of a result are fetched at the same time.
const FILES_AT_ONCE: usize = 16;

/// How long a worker may take to answer. Less than the time after which it counts as slow.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A result on the disk.
#[derive(Debug, Serialize)]
pub(crate) struct Fetched {
    pub(crate) task: String,
    pub(crate) digest: Digest,
    /// Below this directory are `files/…`, `stdout`, `stderr` and `manifest.json`.
    pub(crate) directory: PathBuf,
    pub(crate) status: ExitStatus,
    pub(crate) fuel_used: u64,
    /// Of the memory of the app, in bytes.
    pub(crate) memory_used: u64,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    /// Of the file for the contract that has bought the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callback: Option<Callback>,
    /// The last lines of standard error, for people, where the app did not end with the exit status 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) last_lines: Vec<String>,
}

impl Fetched {
    /// A result that is in this directory with all that its manifest and its listing name.
    fn new(
        task: TaskId,
        manifest: &Manifest,
        listing: &Listing,
        directory: PathBuf,
    ) -> Result<Self, CliError> {
        let stderr = directory.join(STDERR);
        let last_lines = match manifest.status.is_success() {
            true => Vec::new(),
            false => last_lines(&fs::read(&stderr).map_err(CliError::io("read", stderr.display()))?),
        };
        Ok(Self {
            task: task.to_string(),
            digest: manifest.digest(),
            directory,
            status: manifest.status,
            fuel_used: manifest.fuel_used,
            memory_used: manifest.memory_used,
            files: listing.files.len(),
            bytes: manifest.blobs(listing).map(|blob| blob.size).sum(),
            callback: manifest.callback,
            last_lines,
        })
    }
}

/// A result that could not be fetched.
#[derive(Debug, Serialize)]
pub(crate) struct Unfetched {
    pub(crate) task: String,
    pub(crate) error: String,
    pub(crate) hint: String,
}

/// What has come of fetching.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    /// The results that are on the disk now, in their order.
    pub(crate) results: Vec<Fetched>,
    /// Those that are not.
    pub(crate) unfetched: Vec<Unfetched>,
}

impl Delivery {
    /// Add those of another deal.
    pub(crate) fn extend(&mut self, other: Self) {
        self.results.extend(other.results);
        self.unfetched.extend(other.unfetched);
    }
}

/// A store that goes to others, wherever they are, and has nothing to give.
pub(crate) async fn open_visitor(dir: &Path) -> Result<Store, StoreError> {
    let options = StoreOptions {
        // From the loopback address no other machine can be reached.
        listen: (Ipv4Addr::UNSPECIFIED, 0).into(),
        // Nobody is told where it is.
        advertise: Some((Ipv4Addr::LOCALHOST, 0).into()),
        connect_timeout: CONNECT_TIMEOUT,
        ..StoreOptions::new(dir)
    };
    Store::open(options).await
}

/// Final blocks after that of a settlement, by when workers have seen that it is final, and show the result.
const SHOWN_AFTER: BlockNumber = 2;
/// How often to look for that, and for how long at most: a chain whose finality stands still keeps nobody from asking.
const LOOK: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(30);

/// Wait until workers show the results of these outcomes: they do when the settlement is final. What keeps a node from telling, those
/// who ask for the results hear.
pub(crate) async fn until_shown(client: &Client, outcomes: impl IntoIterator<Item = Outcome>) {
    let settled_at = |outcome| match outcome {
        Outcome::Completed { at, .. } | Outcome::Failed { at, .. } => at,
    };
    let Some(newest) = outcomes.into_iter().map(settled_at).max() else { return };
    let shown = async {
        while client.finalized().await?.block().number < newest.saturating_add(SHOWN_AFTER) {
            sleep(LOOK).await;
        }
        Ok::<_, Error>(())
    };
    let _ = timeout(PATIENCE, shown).await;
}

/// Fetches results onto the disk.
pub(crate) struct Fetcher {
    gatherer: Gatherer,
    /// Holds the store and what is not complete, for the time of fetching.
    scratch: tempfile::TempDir,
}

impl Fetcher {
    /// `out` is where results are to be: what is needed on the way is kept there too. `results` are those that will be
    /// fetched, `winners` the accounts that are known to have them, and `keepers` are asked first.
    pub(crate) async fn new(
        snapshot: &Snapshot,
        pool: PoolId,
        results: &[(TaskId, Digest)],
        winners: &BTreeMap<TaskId, Vec<AccountId>>,
        keepers: &[Source],
        out: &Path,
    ) -> Result<Self, CliError> {
        fs::create_dir_all(out).map_err(CliError::io("create", out.display()))?;
        let scratch = tempfile::Builder::new()
            .prefix(".talka-")
            .tempdir_in(out)
            .map_err(CliError::io("write to", out.display()))?;
        let store = open_visitor(&scratch.path().join("store")).await?;
        let gatherer = Gatherer::new(store.clone(), snapshot, pool, results, winners, keepers).await;
        match gatherer {
            Ok(gatherer) => Ok(Self { gatherer, scratch }),
            Err(error) => {
                store.shutdown().await;
                Err(error)
            }
        }
    }

    /// Fetch several results, each into `out/NUMBER`: its place in the deal and `first` more. One that is not available does
    /// not keep the others from being fetched.
    pub(crate) async fn fetch_all(
        &self,
        results: &[(TaskId, Digest)],
        winners: &BTreeMap<TaskId, Vec<AccountId>>,
        out: &Path,
        first: u32,
    ) -> Delivery {
        let bars = MultiProgress::new();
        let bar = |what: &str, length: usize| {
            let style = ProgressStyle::with_template("{prefix:7} {bar:30} {pos}/{len}  {elapsed}");
            let bar = bars.add(ProgressBar::new(length as u64));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.with_prefix(what.to_owned())
        };
        let (bar, files) = (&bar("results", results.len()), &bar("files", 0));
        let fetches = results.iter().map(|(task, digest)| {
            let winners = winners.get(task).map(Vec::as_slice).unwrap_or_default();
            let number = first.saturating_add(task.index);
            async move {
                let directory = out.join(number.to_string());
                (*task, self.fetch(*task, *digest, winners, &directory, files).await)
            }
        });
        let mut ended: Vec<_> =
            stream::iter(fetches).buffer_unordered(AT_ONCE).inspect(|_| bar.inc(1)).collect().await;
        bar.finish_and_clear();
        files.finish_and_clear();
        ended.sort_by_key(|(task, _)| *task);
        let mut delivery = Delivery::default();
        for (task, result) in ended {
            match result {
                Ok(fetched) => delivery.results.push(fetched),
                Err(error) => delivery.unfetched.push(Unfetched {
                    task: task.to_string(),
                    error: error.to_string(),
                    hint: error.hint().into_owned(),
                }),
            }
        }
        delivery
    }

    /// Fetch one result. `winners` are asked before the others; `files` counts what has arrived.
    async fn fetch(
        &self,
        task: TaskId,
        digest: Digest,
        winners: &[AccountId],
        directory: &Path,
        files: &ProgressBar,
    ) -> Result<Fetched, CliError> {
        if directory.exists() && !holds(directory, digest) {
            return Err(CliError::OtherResults(directory.to_owned()));
        }
        let manifest = self.gatherer.gather(task, digest, winners, Wanted::All, &Counted::by(files)).await?;
        let listing = self.gatherer.listing(task, &manifest).await?;

        // Moved to its place when it is complete: what is there is never a part of it, or more than it.
        let staged = tempfile::tempdir_in(self.scratch.path())
            .map_err(CliError::io("write to", self.scratch.path().display()))?;
        let content = staged.path().join("result");
        fs::create_dir(&content).map_err(CliError::io("create", content.display()))?;
        let places = lay_out(&content, task, &manifest, &listing)?;
        let bad = |why: String| CliError::BadResult { task, why };
        stream::iter(places.iter().map(Ok::<_, CliError>))
            .try_for_each_concurrent(FILES_AT_ONCE, |(path, blob)| async move {
                match self.gatherer.store.export(blob.content, path).await? {
                    size if size == blob.size => Ok(()),
                    size => Err(bad(format!("a file has {size} bytes, and is to have {}", blob.size))),
                }
            })
            .await?;
        let json = serde_json::to_string_pretty(&ManifestOut::new(task, digest, &manifest, &listing))
            .map_err(|error| bad(error.to_string()))?;
        let path = content.join(MANIFEST);
        fs::write(&path, json).map_err(CliError::io("write", path.display()))?;
        if directory.exists() {
            fs::remove_dir_all(directory).map_err(CliError::io("replace", directory.display()))?;
        }
        fs::rename(&content, directory).map_err(CliError::io("write", directory.display()))?;
        Fetched::new(task, &manifest, &listing, directory.to_owned())
    }

    /// Fetch the manifest of a result, and the end of what its app wrote to standard error. Nothing else of it.
    pub(crate) async fn messages(
        &self,
        task: TaskId,
        digest: Digest,
        winners: &[AccountId],
    ) -> Result<(Manifest, Vec<u8>), CliError> {
        let hidden = ProgressBar::hidden();
        let counted = Counted::by(&hidden);
        let manifest = self.gatherer.gather(task, digest, winners, Wanted::Messages, &counted).await?;
        let messages = self.gatherer.store.read(manifest.stderr.content, manifest.stderr.size).await?;
        Ok((manifest, messages.to_vec()))
    }

    /// Close the store. What was fetched stays where it is.
    pub(crate) async fn close(self) {
        self.gatherer.store.shutdown().await;
    }
}

#[cfg(test)]
mod tests;
