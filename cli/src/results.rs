//! The way of results to the disk. Every byte is verified against the digest that the chain has accepted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use codec::DecodeAll as _;
use futures::{stream, StreamExt as _, TryStreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use talka_client::{AccountId, Snapshot};
use talka_primitives::{
    manifest::{Blob, ExitStatus, Manifest},
    view::WorkerView,
    ContentId, Digest, PoolId, TaskId,
};
use talka_store::{FetchError, Source, Store, StoreOptions};

use crate::{error::CliError, output::ManifestOut};

/// The largest manifest: some hundred thousand files.
const MAX_MANIFEST: u64 = 16 * 1024 * 1024;
/// How many results are fetched at the same time.
const AT_ONCE: usize = 4;

/// A result on the disk.
#[derive(Debug, Serialize)]
pub(crate) struct Fetched {
    pub(crate) task: String,
    pub(crate) digest: Digest,
    /// Below this directory are `files/…`, `stdout` and `manifest.json`.
    pub(crate) directory: PathBuf,
    pub(crate) status: ExitStatus,
    pub(crate) fuel_used: u64,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
}

/// Fetches results from the workers of a pool.
pub(crate) struct Fetcher {
    store: Store,
    /// Who may have them, those that are online first.
    peers: Vec<(AccountId, Source)>,
    /// Holds the store, for the time of fetching.
    _scratch: tempfile::TempDir,
}

impl Fetcher {
    /// `out` is where results are to be: what is needed on the way is kept there too.
    /// `winners` are accounts that are known to have results: auditors are of other pools, too.
    pub(crate) async fn new(
        snapshot: &Snapshot,
        pool: PoolId,
        winners: impl IntoIterator<Item = AccountId>,
        out: &Path,
    ) -> Result<Self, CliError> {
        let mut workers = snapshot.workers(pool, talka_client::snapshot::PAGE).await?;
        let known: BTreeSet<_> = workers.iter().map(|worker| worker.account).collect();
        let others: BTreeSet<_> = winners.into_iter().filter(|winner| !known.contains(winner)).collect();
        for other in others {
            workers.extend(snapshot.worker(other).await?);
        }
        workers.sort_by_key(|worker| !worker.online);
        let peers =
            workers.into_iter().filter_map(|worker| Some((worker.account, source(&worker)?))).collect();
        fs::create_dir_all(out).map_err(CliError::io("create", out.display()))?;
        let scratch = tempfile::Builder::new()
            .prefix(".talka-")
            .tempdir_in(out)
            .map_err(CliError::io("write to", out.display()))?;
        let store = Store::open(StoreOptions::new(scratch.path().join("store"))).await?;
        Ok(Self { store, peers, _scratch: scratch })
    }

    /// Fetch several results, each into `out/NUMBER`: its place in the deal and `first` more.
    pub(crate) async fn fetch_all(
        &self,
        results: impl IntoIterator<Item = (TaskId, Digest)>,
        winners: &BTreeMap<TaskId, Vec<AccountId>>,
        out: &Path,
        first: u32,
    ) -> Result<Vec<Fetched>, CliError> {
        let results: Vec<_> = results.into_iter().collect();
        let bar = ProgressBar::new(results.len() as u64);
        bar.set_style(
            ProgressStyle::with_template("results {bar:30} {pos}/{len}  {elapsed}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let fetches = results.into_iter().map(|(task, digest)| {
            let winners = winners.get(&task).map(Vec::as_slice).unwrap_or_default();
            let number = first.saturating_add(task.index);
            async move { self.fetch(task, digest, winners, &out.join(number.to_string())).await }
        });
        let fetched = stream::iter(fetches).buffered(AT_ONCE).inspect(|_| bar.inc(1)).try_collect().await?;
        bar.finish_and_clear();
        Ok(fetched)
    }

    /// Fetch one result. `first` are asked before the others.
    async fn fetch(
        &self,
        task: TaskId,
        digest: Digest,
        first: &[AccountId],
        directory: &Path,
    ) -> Result<Fetched, CliError> {
        let mut peers: Vec<_> = self.peers.iter().collect();
        peers.sort_by_key(|(account, _)| !first.contains(account));
        let sources: Vec<_> = peers.into_iter().map(|(_, source)| source.clone()).collect();
        if sources.is_empty() {
            return Err(CliError::NobodyServes(task));
        }
        let bad = |why: String| CliError::BadResult { task, why };

        let address = ContentId(digest.0);
        self.get(address, MAX_MANIFEST, &sources).await?;
        let bytes = self.store.read(address, MAX_MANIFEST).await?;
        let manifest =
            Manifest::decode_all(&mut &bytes[..]).map_err(|_| bad("its manifest cannot be read".into()))?;

        let mut targets = vec![(directory.join("stdout"), manifest.stdout)];
        for file in &manifest.files {
            let path = below(&file.path)
                .ok_or_else(|| bad(format!("it has a file `{}`", file.path.escape_debug())))?;
            targets.push((directory.join("files").join(path), file.blob));
        }
        for (path, Blob { size, content }) in &targets {
            self.get(*content, *size, &sources).await?;
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(CliError::io("create", parent.display()))?;
            }
            self.store.export(*content, path).await?;
        }
        let json = serde_json::to_string_pretty(&ManifestOut::new(digest, &manifest))
            .map_err(|error| bad(error.to_string()))?;
        let path = directory.join("manifest.json");
        fs::write(&path, json).map_err(CliError::io("write", path.display()))?;
        Ok(Fetched {
            task: task.to_string(),
            digest,
            directory: directory.to_owned(),
            status: manifest.status,
            fuel_used: manifest.fuel_used,
            files: manifest.files.len(),
            bytes: targets.iter().map(|(_, blob)| blob.size).sum(),
        })
    }

    async fn get(&self, content: ContentId, limit: u64, sources: &[Source]) -> Result<(), FetchError> {
        self.store.fetch(content, sources, limit, |_| {}).await
    }

    /// Close the store. What was fetched stays where it is.
    pub(crate) async fn close(self) {
        self.store.shutdown().await;
    }
}

/// Where a worker serves its results, if it does.
fn source(worker: &WorkerView<AccountId>) -> Option<Source> {
    // Only peers: a worker could name a file of ours, or a web server of our network.
    worker.peer.to_str().parse().ok().filter(|source| matches!(source, Source::Peer(_)))
}

/// A path that stays below the directory it is joined to. The manifest comes from strangers.
fn below(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let plain = path.components().all(|component| matches!(component, Component::Normal(_)));
    (plain && path.components().next().is_some()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_leave_their_directory() {
        for good in ["a", "a/b.txt", "..a/b", "a b/ü"] {
            assert_eq!(below(good), Some(good.into()));
        }
        for bad in ["", "/etc/passwd", "../a", "a/../../b", "..", ".", "./a"] {
            assert_eq!(below(bad), None, "{bad}");
        }
    }
}
