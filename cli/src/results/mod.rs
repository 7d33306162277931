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
    manifest::{ExitStatus, Manifest},
    view::Outcome,
    BlockNumber, Digest, Hint as _, PoolId, TaskId,
};
use talka_store::{Source, Store, StoreError, StoreOptions};
use tokio::time::{sleep, timeout};

use self::{
    gather::{all, stderr, Counted},
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
    /// The last lines of standard error, for people, where the app did not end with the exit status 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) last_lines: Vec<String>,
}

impl Fetched {
    /// A result that is in this directory with all that its manifest names.
    fn new(task: TaskId, manifest: &Manifest, directory: PathBuf) -> Result<Self, CliError> {
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
            files: manifest.files.len(),
            bytes: manifest.blobs().map(|blob| blob.size).sum(),
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

    /// Fetch several results, each into `out/NUMBER`: its place in the deal and `first` more. One that cannot be had does
    /// not keep the others away.
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
        let manifest = self.gatherer.gather(task, digest, winners, all, &Counted::by(files)).await?;

        // Moved to its place when it is complete: what is there is never a part of it, or more than it.
        let staged = tempfile::tempdir_in(self.scratch.path())
            .map_err(CliError::io("write to", self.scratch.path().display()))?;
        let content = staged.path().join("result");
        fs::create_dir(&content).map_err(CliError::io("create", content.display()))?;
        let places = lay_out(&content, task, &manifest)?;
        let bad = |why: String| CliError::BadResult { task, why };
        stream::iter(places.iter().map(Ok::<_, CliError>))
            .try_for_each_concurrent(FILES_AT_ONCE, |(path, blob)| async move {
                match self.gatherer.store.export(blob.content, path).await? {
                    size if size == blob.size => Ok(()),
                    size => Err(bad(format!("a file has {size} bytes, and is to have {}", blob.size))),
                }
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
        Fetched::new(task, &manifest, directory.to_owned())
    }

    /// Fetch the manifest of a result, and the end of what its app wrote to standard error. Nothing else of it.
    pub(crate) async fn messages(
        &self,
        task: TaskId,
        digest: Digest,
        winners: &[AccountId],
    ) -> Result<(Manifest, Vec<u8>), CliError> {
        let hidden = ProgressBar::hidden();
        let manifest = self.gatherer.gather(task, digest, winners, stderr, &Counted::by(&hidden)).await?;
        let messages = self.gatherer.store.read(manifest.stderr.content, manifest.stderr.size).await?;
        Ok((manifest, messages.to_vec()))
    }

    /// Close the store. What was fetched stays where it is.
    pub(crate) async fn close(self) {
        self.gatherer.store.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        peers::{Peer, Who},
        *,
    };
    use codec::Encode as _;
    use talka_primitives::{
        manifest::{Blob, OutputFile, WASM_ABI},
        ContentId, DealId,
    };
    use talka_store::PeerLimits;

    pub(super) fn task(index: u32) -> TaskId {
        TaskId { deal: DealId(7), index }
    }

    fn blob(content: &str) -> Blob {
        Blob { size: content.len() as u64, content: ContentId(*blake3::hash(content.as_bytes()).as_bytes()) }
    }

    /// A manifest of files with these paths and contents; the app said something, warned of something, and ended well.
    pub(super) fn manifest<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Manifest {
        let files = files.into_iter();
        let files = files.map(|(path, content)| OutputFile { path: path.into(), blob: blob(content) });
        Manifest {
            abi: WASM_ABI,
            status: ExitStatus::Exited(0),
            fuel_used: 12,
            memory_used: 65_536,
            fingerprint: [8; 32],
            files: files.collect(),
            empty_directories: Vec::new(),
            stdout: blob("said"),
            stderr: blob("warned"),
        }
    }

    /// A store in a folder of its own, which serves what it has.
    async fn store() -> (Store, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let options = StoreOptions { serve_all: true, ..StoreOptions::new(dir.path().join("store")) };
        (Store::open(options).await.unwrap(), dir)
    }

    fn worker(number: u8) -> Who {
        Who::Worker(AccountId::from([number; 32]))
    }

    fn peer(number: u8, store: &Store) -> Peer {
        Peer { who: worker(number), source: store.address(), online: true }
    }

    async fn fetcher(peers: Vec<Peer>) -> Fetcher {
        let (store, scratch) = store().await;
        Fetcher { gatherer: Gatherer::of(store, peers), scratch }
    }

    /// Serve the manifest, and these contents.
    async fn serve(store: &Store, manifest: &Manifest, contents: &[&str]) {
        for content in contents.iter().chain(&["said", "warned"]) {
            store.add_bytes((*content).to_owned()).await.unwrap();
        }
        store.add_bytes(manifest.encode()).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn arrive_with_all_of_their_files_and_directories() {
        const COUNT: usize = 200;
        let (provider, _theirs) = store().await;
        let mut names: Vec<_> =
            (0..COUNT).map(|number| (format!("{}/{number}", number % 7), number.to_string())).collect();
        names.sort();
        let manifest = Manifest {
            empty_directories: vec!["7".into(), "8/9".into()],
            ..manifest(names.iter().map(|(path, content)| (path.as_str(), content.as_str())))
        };
        let contents: Vec<_> = names.iter().map(|(_, content)| content.as_str()).collect();
        serve(&provider, &manifest, &contents).await;

        let fetcher = fetcher(vec![peer(1, &provider)]).await;
        let out = tempfile::tempdir().unwrap();
        let results = [(task(3), manifest.digest())];
        let Delivery { results, unfetched } =
            fetcher.fetch_all(&results, &BTreeMap::new(), out.path(), 0).await;
        assert!(unfetched.is_empty(), "{unfetched:?}");
        assert_eq!((results.len(), results[0].files), (1, COUNT));
        for (path, content) in &names {
            let file = out.path().join("3/files").join(path);
            assert_eq!(fs::read_to_string(file).unwrap(), *content);
        }
        assert!(out.path().join("3/files/7").is_dir() && out.path().join("3/files/8/9").is_dir());
        for (name, content) in [(STDOUT, "said"), (STDERR, "warned")] {
            assert_eq!(fs::read_to_string(out.path().join("3").join(name)).unwrap(), content);
        }
        fetcher.close().await;
        provider.shutdown().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn show_their_messages_without_their_files() {
        let (provider, _theirs) = store().await;
        let manifest = manifest([("large", "nobody serves this")]);
        serve(&provider, &manifest, &[]).await;
        let fetcher = fetcher(vec![peer(1, &provider)]).await;
        let (read, messages) = fetcher.messages(task(0), manifest.digest(), &[]).await.unwrap();
        assert_eq!((read, messages), (manifest, b"warned".to_vec()));
        fetcher.close().await;
        provider.shutdown().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn that_cannot_be_had_do_not_keep_the_others_away() {
        let (provider, _theirs) = store().await;
        let good = manifest([("a", "a file")]);
        let crashed = Manifest { status: ExitStatus::Exited(3), ..manifest(std::iter::empty()) };
        let part = manifest([("a", "a file"), ("b", "nobody has it")]);
        let forged = manifest([("../a", "a file")]);
        for manifest in [&good, &crashed, &part, &forged] {
            serve(&provider, manifest, &["a file"]).await;
        }
        let digests = [Digest([9; 32]), good.digest(), part.digest(), crashed.digest(), forged.digest()];
        let results: Vec<_> = (0..).map(task).zip(digests).collect();

        let fetcher = fetcher(vec![peer(1, &provider)]).await;
        let out = tempfile::tempdir().unwrap();
        let Delivery { results, unfetched } =
            fetcher.fetch_all(&results, &BTreeMap::new(), out.path(), 0).await;
        let named: Vec<_> = results.iter().map(|result| (&*result.task, result.last_lines.len())).collect();
        assert_eq!(named, [("7.1", 0), ("7.3", 1)]);
        assert_eq!(results[1].last_lines, ["warned"]);
        let named: Vec<_> = unfetched.iter().map(|result| &*result.task).collect();
        assert_eq!(named, ["7.0", "7.2", "7.4"]);
        assert!(unfetched.iter().all(|result| !result.hint.is_empty()), "{unfetched:?}");
        assert!(unfetched[2].error.contains("it has a file `../a`"), "{}", unfetched[2].error);
        let mut there: Vec<_> =
            fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        there.sort();
        assert_eq!(there, ["1", "3"]);
        fetcher.close().await;
        provider.shutdown().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn come_side_by_side_over_a_line_that_is_fast_enough_for_all_together() {
        const RATE: usize = 320 * 1024;
        const BYTES: usize = 192 * 1024;
        let (theirs, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let limits = PeerLimits { bytes_per_second_per_address: RATE as u64, ..PeerLimits::default() };
        let options = StoreOptions { serve_all: true, limits, ..StoreOptions::new(theirs.path()) };
        let provider = Store::open(options).await.unwrap();
        let files: Vec<_> =
            ('a'..).take(FILES_AT_ONCE).map(|c| (c.to_string(), c.to_string().repeat(BYTES))).collect();
        let manifest = manifest(files.iter().map(|(path, content)| (path.as_str(), content.as_str())));
        let contents: Vec<_> = files.iter().map(|(_, content)| content.as_str()).collect();
        serve(&provider, &manifest, &contents).await;

        // Each file comes at less than a third of what a blob by itself would have to.
        let stall_timeout = Duration::from_secs(3);
        let options = StoreOptions { stall_timeout, ..StoreOptions::new(scratch.path().join("store")) };
        let store = Store::open(options).await.unwrap();
        let gatherer = Gatherer::of(store, vec![peer(1, &provider)]);
        let fetcher = Fetcher { gatherer, scratch };
        let out = tempfile::tempdir().unwrap();
        let results = [(task(0), manifest.digest())];
        let delivery = fetcher.fetch_all(&results, &BTreeMap::new(), out.path(), 0).await;
        assert_eq!(delivery.results.len(), 1, "{delivery:?}");
        fetcher.close().await;
        provider.shutdown().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn come_from_the_next_where_one_has_only_a_part() {
        let manifest = manifest([("a", "a file"), ("b", "another")]);
        let ((first, _one), (second, _other)) = (store().await, store().await);
        serve(&first, &manifest, &["a file"]).await;
        serve(&second, &manifest, &["a file", "another"]).await;

        let fetcher = fetcher(vec![peer(2, &second), peer(1, &first)]).await;
        let out = tempfile::tempdir().unwrap();
        let winners = BTreeMap::from([(task(0), vec![AccountId::from([1; 32])])]);
        let results = [(task(0), manifest.digest())];
        let delivery = fetcher.fetch_all(&results, &winners, out.path(), 0).await;
        assert_eq!(delivery.results.len(), 1, "{delivery:?}");
        assert!(fetcher.gatherer.failed.lock().unwrap().other.contains(&worker(1)));
        assert_eq!(fs::read_to_string(out.path().join("0/files/b")).unwrap(), "another");
        fetcher.close().await;
        first.shutdown().await;
        second.shutdown().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn are_asked_of_keepers_and_winners_first_and_of_those_that_failed_last() {
        let (store, _dir) = store().await;
        let accounts = |numbers: &[u8]| -> Vec<_> {
            numbers.iter().map(|number| AccountId::from([*number; 32])).collect()
        };
        let workers = |numbers: &[u8]| numbers.iter().copied().map(worker).collect::<Vec<_>>();
        let peers = (1..=4).map(|number| Peer { online: number != 4, ..peer(number, &store) });
        let fetcher = fetcher(peers.collect()).await;
        let asked = |fetcher: &Fetcher, winners: &[u8]| -> Vec<_> {
            let asked = fetcher.gatherer.in_turn(&accounts(winners));
            asked.into_iter().map(|peer| peer.who).collect()
        };
        assert_eq!(asked(&fetcher, &[2, 3]), workers(&[2, 3, 1]));
        assert_eq!(asked(&fetcher, &[]), workers(&[1, 2, 3, 4]));
        assert_eq!(asked(&fetcher, &[4]), workers(&[4, 1, 2, 3]));
        fetcher.gatherer.failed.lock().unwrap().other.extend(workers(&[2]));
        assert_eq!(asked(&fetcher, &[2, 3]), workers(&[3, 2, 1]));
        fetcher.gatherer.failed.lock().unwrap().unreachable.extend(workers(&[3]));
        assert_eq!(asked(&fetcher, &[2, 3]), workers(&[2, 1]));
        fetcher.close().await;

        let keepers = [Who::PoolKeeper(0), Who::Keeper(0)];
        let keepers = keepers.map(|who| Peer { who, ..peer(1, &store) });
        let peers = [peer(1, &store), peer(2, &store)].into_iter().chain(keepers);
        let fetcher = self::fetcher(peers.collect()).await;
        let expected = [Who::Keeper(0), worker(2), Who::PoolKeeper(0), worker(1)];
        assert_eq!(asked(&fetcher, &[2]), expected);
        fetcher.close().await;
        store.shutdown().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn are_not_asked_of_oneself() {
        let (store, _dir) = store().await;
        let gatherer = Gatherer::of(store.clone(), vec![peer(1, &store)]);
        assert!(gatherer.in_turn(&[]).is_empty());
        store.shutdown().await;
    }

    proptest::proptest! {
        /// Whatever a stranger's manifest names.
        #[test]
        fn of_strangers_never_leave_their_directory(path in "(\\.|/|\\\\|[a-c]|\\PC){0,12}") {
            let directory = Path::new("/results/3/files");
            if let Some(plain) = place::below(&path) {
                let target = directory.join(&plain);
                proptest::prop_assert!(plain.is_relative() && target.starts_with(directory));
                proptest::prop_assert!(target != directory);
                proptest::prop_assert!(!target.components().any(|part| part == std::path::Component::ParentDir));
            }
        }
    }

    #[test]
    fn never_leave_their_directory() {
        for good in ["a", "a/b.txt", "..a/b", "a b/ü"] {
            assert_eq!(place::below(good), Some(good.into()));
        }
        for bad in ["", "/etc/passwd", "../a", "a/../../b", "..", ".", "./a"] {
            assert_eq!(place::below(bad), None, "{bad}");
        }
    }
}
