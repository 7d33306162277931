//! The way of results to the disk. Every byte is verified against the digest that the chain has accepted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Component, Path, PathBuf},
};

use codec::DecodeAll as _;
use futures::{stream, StreamExt as _, TryStreamExt as _};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use talka_client::{AccountId, Snapshot};
use talka_primitives::{
    manifest::{Blob, ExitStatus, Manifest, OutputFile, MAX_MANIFEST_BYTES},
    view::WorkerView,
    ContentId, Digest, PoolId, TaskId,
};
use talka_store::{FetchError, Source, Store, StoreOptions};

use crate::{commands::content_of, error::CliError, output::ManifestOut, parse::DealOrTask};

/// The file of a result that says what belongs to it.
const MANIFEST: &str = "manifest.json";
/// How many results are fetched at the same time.
const AT_ONCE: usize = 4;
/// How many files of a result are fetched at the same time.
const FILES_AT_ONCE: usize = 16;

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
    /// Holds the store and what is not complete, for the time of fetching.
    scratch: tempfile::TempDir,
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
        let mut workers = snapshot.workers(pool, talka_client::snapshot::MAX_PAGE).await?;
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
        Ok(Self { store, peers, scratch })
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
        let bars = MultiProgress::new();
        let bar = |what: &str, length: usize| {
            let style = ProgressStyle::with_template("{prefix:7} {bar:30} {pos}/{len}  {elapsed}");
            let bar = bars.add(ProgressBar::new(length as u64));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.with_prefix(what.to_owned())
        };
        let (bar, files) = (&bar("results", results.len()), &bar("files", 0));
        let fetches = results.into_iter().map(|(task, digest)| {
            let winners = winners.get(&task).map(Vec::as_slice).unwrap_or_default();
            let number = first.saturating_add(task.index);
            async move { self.fetch(task, digest, winners, &out.join(number.to_string()), files).await }
        });
        let fetched = stream::iter(fetches).buffered(AT_ONCE).inspect(|_| bar.inc(1)).try_collect().await;
        bar.finish_and_clear();
        files.finish_and_clear();
        fetched
    }

    /// Fetch one result. `first` are asked before the others; `files` counts what has arrived.
    async fn fetch(
        &self,
        task: TaskId,
        digest: Digest,
        first: &[AccountId],
        directory: &Path,
        files: &ProgressBar,
    ) -> Result<Fetched, CliError> {
        let mut peers: Vec<_> = self.peers.iter().collect();
        peers.sort_by_key(|(account, _)| !first.contains(account));
        let sources: Vec<_> = peers.into_iter().map(|(_, source)| source.clone()).collect();
        if sources.is_empty() {
            return Err(CliError::NobodyServes(task));
        }
        let bad = |why: String| CliError::BadResult { task, why };
        if directory.exists() && !holds(directory, digest) {
            return Err(CliError::OtherResults(directory.to_owned()));
        }
        // Moved to its place when it is complete: what is there is never a part of it, or more than it.
        let staged = tempfile::tempdir_in(self.scratch.path())
            .map_err(CliError::io("write to", self.scratch.path().display()))?;
        let content = staged.path().join("result");

        let address = ContentId(digest.0);
        self.get(address, MAX_MANIFEST_BYTES, &sources).await?;
        let bytes = self.store.read(address, MAX_MANIFEST_BYTES).await?;
        let manifest =
            Manifest::decode_all(&mut &bytes[..]).map_err(|_| bad("its manifest cannot be read".into()))?;

        let mut targets =
            vec![(content.join("stdout"), manifest.stdout), (content.join("stderr"), manifest.stderr)];
        for file in &manifest.files {
            let path = below(&file.path)
                .ok_or_else(|| bad(format!("it has a file `{}`", file.path.escape_debug())))?;
            targets.push((content.join("files").join(path), file.blob));
        }
        files.inc_length(targets.len() as u64);
        let sources = &sources;
        stream::iter(targets.iter().map(Ok::<_, CliError>))
            .try_for_each_concurrent(FILES_AT_ONCE, |(path, Blob { size, content })| async move {
                self.get(*content, *size, sources).await?;
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent).map_err(CliError::io("create", parent.display()))?;
                }
                self.store.export(*content, path).await?;
                files.inc(1);
                Ok(())
            })
            .await?;
        let json = serde_json::to_string_pretty(&ManifestOut::new(task, digest, &manifest))
            .map_err(|error| bad(error.to_string()))?;
        let path = content.join(MANIFEST);
        fs::write(&path, json).map_err(CliError::io("write", path.display()))?;
        if directory.exists() {
            fs::remove_dir_all(directory).map_err(CliError::io("replace", directory.display()))?;
        }
        fs::rename(&content, directory).map_err(CliError::io("write", directory.display()))?;
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

/// A directory for the results of a new deal must not hold those of another one: they would be taken for each other.
pub(crate) fn check_unused(out: &Path) -> Result<(), CliError> {
    match folders(out)?.is_empty() {
        true => Ok(()),
        false => Err(CliError::OtherResults(out.to_owned())),
    }
}

/// Results may go where those of the same deal are: each folder holds the result that the chain has accepted for its task.
pub(crate) fn check_same(out: &Path, accepted: &[(TaskId, Digest)]) -> Result<(), CliError> {
    let is_known = |folder: &PathBuf| {
        accepted.iter().any(|(task, digest)| {
            folder.file_name().is_some_and(|name| name == task.index.to_string().as_str())
                && holds(folder, *digest)
        })
    };
    match folders(out)?.iter().all(is_known) {
        true => Ok(()),
        false => Err(CliError::OtherResults(out.to_owned())),
    }
}

/// What is kept beside a result, as far as it is needed to check the result.
#[derive(Deserialize)]
struct Kept {
    task: String,
    digest: Digest,
    abi: u32,
    status: ExitStatus,
    fuel_used: u64,
    memory_used: u64,
    fingerprint: ContentId,
    stdout: Blob,
    stderr: Blob,
    files: Vec<OutputFile>,
    empty_directories: Vec<String>,
}

/// The results of a deal, or of a task, that are on the disk, each checked against the digest that was accepted when they were
/// fetched: that is all there is where the chain has forgotten the deal.
pub(crate) fn kept(out: &Path, what: DealOrTask) -> Result<Vec<Fetched>, CliError> {
    let is_wanted = |task: &TaskId| match what {
        DealOrTask::Deal(deal) => task.deal == deal,
        DealOrTask::Task(wanted) => *task == wanted,
    };
    let mut results = Vec::new();
    for folder in folders(out)? {
        let manifest = fs::read(folder.join(MANIFEST)).unwrap_or_default();
        let Ok(kept) = serde_json::from_slice::<Kept>(&manifest) else { continue };
        if let Some(task) = kept.task.parse().ok().filter(is_wanted) {
            results.push((task, kept.check(task, folder)?));
        }
    }
    results.sort_by_key(|(task, _)| *task);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

impl Kept {
    fn check(self, task: TaskId, directory: PathBuf) -> Result<Fetched, CliError> {
        let changed = |what: &str| CliError::ChangedResult { task, what: what.to_owned() };
        let Self {
            digest,
            abi,
            status,
            fuel_used,
            memory_used,
            stdout,
            stderr,
            files,
            empty_directories,
            ..
        } = self;
        let fingerprint = self.fingerprint.0;
        let manifest = Manifest {
            abi,
            status,
            fuel_used,
            memory_used,
            fingerprint,
            files,
            empty_directories,
            stdout,
            stderr,
        };
        if manifest.digest() != digest {
            return Err(changed(MANIFEST));
        }
        let streams = [("stdout", stdout), ("stderr", stderr)];
        let mut parts: Vec<_> = streams.map(|(name, blob)| (name.to_owned(), name.into(), blob)).into();
        for OutputFile { path, blob } in &manifest.files {
            let below = below(path).ok_or_else(|| changed(path))?;
            parts.push((path.clone(), Path::new("files").join(below), *blob));
        }
        for (name, path, blob) in &parts {
            if content_of(&directory.join(path))? != blob.content {
                return Err(changed(name));
            }
        }
        Ok(Fetched {
            task: task.to_string(),
            digest,
            directory,
            status,
            fuel_used,
            files: manifest.files.len(),
            bytes: parts.iter().map(|(.., blob)| blob.size).sum(),
        })
    }
}

/// Whether a folder holds the result with this digest.
fn holds(folder: &Path, digest: Digest) -> bool {
    #[derive(Deserialize)]
    struct Named {
        digest: Digest,
    }
    let manifest = fs::read(folder.join(MANIFEST)).unwrap_or_default();
    serde_json::from_slice(&manifest).is_ok_and(|named: Named| named.digest == digest)
}

/// The folders of results in a directory: their names are numbers.
fn folders(out: &Path) -> Result<Vec<PathBuf>, CliError> {
    let entries = match fs::read_dir(out) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(CliError::io("read", out.display()))?,
    };
    let paths = entries.map(|entry| Ok(entry?.path()));
    let paths: Vec<PathBuf> =
        paths.collect::<io::Result<_>>().map_err(CliError::io("read", out.display()))?;
    let is_number = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
    };
    Ok(paths.into_iter().filter(is_number).collect())
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
    use codec::Encode as _;
    use talka_primitives::{manifest::WASM_ABI, DealId};

    #[test]
    fn do_not_go_where_those_of_another_deal_are() {
        let dir = tempfile::tempdir().unwrap();
        assert!(check_unused(&dir.path().join("new")).is_ok());
        fs::write(dir.path().join("notes"), "").unwrap();
        assert!(check_unused(dir.path()).is_ok());
        fs::create_dir(dir.path().join("3")).unwrap();
        let refused = check_unused(dir.path()).unwrap_err().to_string();
        assert!(refused.contains("results of another run"), "{refused}");
    }

    #[test]
    fn go_where_those_of_the_same_deal_are() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (Digest([1; 32]), Digest([2; 32]));
        let accepted = [first, second].into_iter().enumerate();
        let accepted: Vec<_> = accepted
            .map(|(index, digest)| (TaskId { deal: DealId(7), index: index as u32 }, digest))
            .collect();
        let write = |index: &str, digest: Digest| {
            fs::create_dir_all(dir.path().join(index)).unwrap();
            let manifest = serde_json::json!({ "abi": WASM_ABI, "digest": digest }).to_string();
            fs::write(dir.path().join(index).join(MANIFEST), manifest).unwrap();
        };
        write("1", second);
        assert!(check_same(dir.path(), &accepted).is_ok());
        write("0", second);
        assert!(check_same(dir.path(), &accepted).is_err());
        write("0", first);
        assert!(check_same(dir.path(), &accepted).is_ok());
        fs::create_dir(dir.path().join("2")).unwrap();
        assert!(check_same(dir.path(), &accepted).is_err());
    }

    /// A store in a folder of its own.
    async fn store() -> (Store, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        (Store::open(StoreOptions::new(dir.path().join("store"))).await.unwrap(), dir)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn arrive_with_all_of_their_files() {
        const FILES: usize = 200;
        let (provider, _theirs) = store().await;
        let mut files = Vec::new();
        for number in 0..FILES {
            let talka_store::Blob { content, size } = provider.add_bytes(number.to_string()).await.unwrap();
            files.push(OutputFile { path: format!("{}/{number}", number % 7), blob: Blob { size, content } });
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let talka_store::Blob { content, size } = provider.add_bytes("said").await.unwrap();
        let manifest = Manifest {
            abi: WASM_ABI,
            status: ExitStatus::Exited(0),
            fuel_used: 12,
            memory_used: 0,
            fingerprint: [8; 32],
            files,
            empty_directories: Vec::new(),
            stdout: Blob { size, content },
            stderr: Blob { size, content },
        };
        provider.add_bytes(manifest.encode()).await.unwrap();

        let (ours, scratch) = store().await;
        let peers = vec![(AccountId::from([1; 32]), provider.address())];
        let fetcher = Fetcher { store: ours, peers, scratch };
        let out = tempfile::tempdir().unwrap();
        let task = TaskId { deal: DealId(7), index: 3 };
        let results = [(task, manifest.digest())];
        let fetched = fetcher.fetch_all(results, &BTreeMap::new(), out.path(), 0).await.unwrap();
        assert_eq!((fetched.len(), fetched[0].files), (1, FILES));
        for number in 0..FILES {
            let file = out.path().join(format!("3/files/{}/{number}", number % 7));
            assert_eq!(fs::read_to_string(file).unwrap(), number.to_string());
        }
        assert_eq!(fs::read_to_string(out.path().join("3/stdout")).unwrap(), "said");
        fetcher.close().await;
        provider.shutdown().await;
    }

    proptest::proptest! {
        /// Whatever a stranger's manifest names.
        #[test]
        fn of_strangers_never_leave_their_directory(path in "(\\.|/|\\\\|[a-c]|\\PC){0,12}") {
            let directory = Path::new("/results/3/files");
            if let Some(plain) = below(&path) {
                let target = directory.join(&plain);
                proptest::prop_assert!(plain.is_relative() && target.starts_with(directory));
                proptest::prop_assert!(target != directory);
                proptest::prop_assert!(!target.components().any(|part| part == Component::ParentDir));
            }
        }
    }

    #[test]
    fn are_checked_by_what_is_kept_beside_them_where_the_chain_has_forgotten() {
        let out = tempfile::tempdir().unwrap();
        let blob = |text: &str| Blob {
            size: text.len() as u64,
            content: ContentId(*blake3::hash(text.as_bytes()).as_bytes()),
        };
        let task = |index| TaskId { deal: DealId(7), index };
        for index in 0..3 {
            let directory = out.path().join(index.to_string());
            fs::create_dir_all(directory.join("files/a")).unwrap();
            fs::write(directory.join("files/a/b"), "a file").unwrap();
            fs::write(directory.join("stdout"), "said").unwrap();
            fs::write(directory.join("stderr"), "warned").unwrap();
            let manifest = Manifest {
                abi: WASM_ABI,
                status: ExitStatus::Exited(0),
                fuel_used: 12,
                memory_used: 0,
                fingerprint: [8; 32],
                files: vec![OutputFile { path: "a/b".into(), blob: blob("a file") }],
                empty_directories: Vec::new(),
                stdout: blob("said"),
                stderr: blob("warned"),
            };
            let kept = ManifestOut::new(task(index), manifest.digest(), &manifest);
            fs::write(directory.join(MANIFEST), serde_json::to_string(&kept).unwrap()).unwrap();
        }
        let of = |what| kept(out.path(), what).map(|results| results.len());
        assert_eq!(of(DealOrTask::Deal(DealId(7))).unwrap(), 3);
        assert_eq!(of(DealOrTask::Task(task(1))).unwrap(), 1);
        assert_eq!(of(DealOrTask::Deal(DealId(8))).unwrap(), 0);
        fs::write(out.path().join("1/files/a/b"), "another").unwrap();
        let error = of(DealOrTask::Deal(DealId(7))).unwrap_err();
        assert_eq!(error.to_string(), "the result of 7.1 was changed: a/b is not what was accepted");
        assert_eq!(of(DealOrTask::Task(task(2))).unwrap(), 1);
    }

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
