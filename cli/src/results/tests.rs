//! Results that come from real stores.

use super::{
    peers::{Peer, Who},
    *,
};
use codec::Encode as _;
use talka_primitives::{
    manifest::{Blob, OutputFile, CALLBACK, WASM_ABI},
    DealId,
};
use talka_store::PeerLimits;

pub(super) fn task(index: u32) -> TaskId {
    TaskId { deal: DealId(7), index }
}

/// A listing of files with these paths and contents.
pub(super) fn listing<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Listing {
    let file = |(path, content): (&'a str, &'a str)| {
        let blob = Blob::of(content.as_bytes());
        OutputFile { path: path.into(), blob }
    };
    Listing { files: files.into_iter().map(file).collect(), empty_directories: Vec::new() }
}

/// The manifest with this listing; the app said something, warned of something, and ended well.
pub(super) fn manifest(listing: &Listing) -> Manifest {
    Manifest {
        abi: WASM_ABI,
        status: ExitStatus::Exited(0),
        fuel_used: 12,
        memory_used: 65_536,
        fingerprint: [8; 32],
        listing: listing.blob(),
        callback: None,
        stdout: Blob::of(b"said"),
        stderr: Blob::of(b"warned"),
    }
}

/// Both, of files with these paths and contents.
fn result<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Manifest, Listing) {
    let listing = listing(files);
    (manifest(&listing), listing)
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

/// Serve the manifest, the listing, and these contents.
async fn serve(store: &Store, (manifest, listing): &(Manifest, Listing), contents: &[&str]) {
    for content in contents.iter().chain(&["said", "warned"]) {
        store.add_bytes((*content).to_owned()).await.unwrap();
    }
    for part in [listing.encode(), manifest.encode()] {
        store.add_bytes(part).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arrive_with_all_of_their_files_and_directories() {
    const COUNT: usize = 200;
    let (provider, _theirs) = store().await;
    let mut names: Vec<_> =
        (0..COUNT).map(|number| (format!("{}/{number}", number % 7), number.to_string())).collect();
    names.sort();
    let listing = Listing {
        empty_directories: vec!["7".into(), "8/9".into()],
        ..listing(names.iter().map(|(path, content)| (path.as_str(), content.as_str())))
    };
    let manifest = manifest(&listing);
    let digest = manifest.digest();
    let contents: Vec<_> = names.iter().map(|(_, content)| content.as_str()).collect();
    serve(&provider, &(manifest, listing), &contents).await;

    let fetcher = fetcher(vec![peer(1, &provider)]).await;
    let out = tempfile::tempdir().unwrap();
    let results = [(task(3), digest)];
    let Delivery { results, unfetched } = fetcher.fetch_all(&results, &BTreeMap::new(), out.path(), 0).await;
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
    let manifest = manifest(&listing([("large", "nobody serves this, and not the listing")]));
    provider.add_bytes("warned").await.unwrap();
    provider.add_bytes(manifest.encode()).await.unwrap();
    let fetcher = fetcher(vec![peer(1, &provider)]).await;
    let (read, messages) = fetcher.messages(task(0), manifest.digest(), &[]).await.unwrap();
    assert_eq!((read, messages), (manifest, b"warned".to_vec()));
    fetcher.close().await;
    provider.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_cannot_be_had_do_not_keep_the_others_away() {
    let (provider, _theirs) = store().await;
    let good = result([("a", "a file")]);
    let mut crashed = result([]);
    crashed.0.status = ExitStatus::Exited(3);
    let part = result([("a", "a file"), ("b", "nobody has it")]);
    let forged = result([("../a", "a file")]);
    for result in [&good, &crashed, &part, &forged] {
        serve(&provider, result, &["a file"]).await;
    }
    let [good, part, crashed, forged] = [good, part, crashed, forged].map(|(result, _)| result.digest());
    let digests = [Digest([9; 32]), good, part, crashed, forged];
    let results: Vec<_> = (0..).map(task).zip(digests).collect();

    let fetcher = fetcher(vec![peer(1, &provider)]).await;
    let out = tempfile::tempdir().unwrap();
    let Delivery { results, unfetched } = fetcher.fetch_all(&results, &BTreeMap::new(), out.path(), 0).await;
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
async fn are_refused_with_a_listing_that_is_not_theirs() {
    let (provider, _theirs) = store().await;
    // All that they name is served, and has the hash that it is named by.
    let named = |listing: Blob| Manifest { listing, ..manifest(&Listing::default()) };
    let unread = named(Blob::of(b"warned"));
    let short = named(Blob { size: 100, ..listing([]).blob() });
    let for_contract = result([(CALLBACK, "a file")]);
    let mut large = named(Blob::of(b"said"));
    large.listing.size = u64::MAX;
    for manifest in [&unread, &short, &large] {
        serve(&provider, &(manifest.clone(), Listing::default()), &[]).await;
    }
    serve(&provider, &for_contract, &["a file"]).await;
    let refused = [unread, short, for_contract.0, large];
    let results: Vec<_> = (0..).map(task).zip(refused.map(|manifest| manifest.digest())).collect();

    let fetcher = fetcher(vec![peer(1, &provider)]).await;
    let out = tempfile::tempdir().unwrap();
    let delivery = fetcher.fetch_all(&results, &BTreeMap::new(), out.path(), 0).await;
    assert!(delivery.results.is_empty(), "{delivery:?}");
    for (unfetched, why) in delivery.unfetched.iter().zip([
        "its listing cannot be read",
        "its listing is not the one that it names",
        "its callback is not its file `callback`",
        "its listing has more than",
    ]) {
        assert!(unfetched.error.contains(why), "{why}: {}", unfetched.error);
    }
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    fetcher.close().await;
    provider.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn come_with_what_is_for_a_contract() {
    let (provider, _theirs) = store().await;
    let mut result = result([(CALLBACK, "a word")]);
    let callback = Some(Callback::of(b"a word"));
    result.0.callback = callback;
    serve(&provider, &result, &["a word"]).await;
    let fetcher = fetcher(vec![peer(1, &provider)]).await;
    let out = tempfile::tempdir().unwrap();
    let results = [(task(0), result.0.digest())];
    let delivery = fetcher.fetch_all(&results, &BTreeMap::new(), out.path(), 0).await;
    assert_eq!(delivery.results.len(), 1, "{delivery:?}");
    assert_eq!((delivery.results[0].callback, delivery.results[0].bytes), (callback, 16));
    assert_eq!(fs::read_to_string(out.path().join("0/files/callback")).unwrap(), "a word");
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
    let result = result(files.iter().map(|(path, content)| (path.as_str(), content.as_str())));
    let contents: Vec<_> = files.iter().map(|(_, content)| content.as_str()).collect();
    serve(&provider, &result, &contents).await;

    // Each file comes at less than a third of what a blob by itself would have to.
    let stall_timeout = Duration::from_secs(3);
    let options = StoreOptions { stall_timeout, ..StoreOptions::new(scratch.path().join("store")) };
    let store = Store::open(options).await.unwrap();
    let gatherer = Gatherer::of(store, vec![peer(1, &provider)]);
    let fetcher = Fetcher { gatherer, scratch };
    let out = tempfile::tempdir().unwrap();
    let results = [(task(0), result.0.digest())];
    let delivery = fetcher.fetch_all(&results, &BTreeMap::new(), out.path(), 0).await;
    assert_eq!(delivery.results.len(), 1, "{delivery:?}");
    fetcher.close().await;
    provider.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn come_from_the_next_where_one_has_only_a_part() {
    let result = result([("a", "a file"), ("b", "another")]);
    let ((first, _one), (second, _other)) = (store().await, store().await);
    serve(&first, &result, &["a file"]).await;
    serve(&second, &result, &["a file", "another"]).await;

    let fetcher = fetcher(vec![peer(2, &second), peer(1, &first)]).await;
    let out = tempfile::tempdir().unwrap();
    let winners = BTreeMap::from([(task(0), vec![AccountId::from([1; 32])])]);
    let results = [(task(0), result.0.digest())];
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
    let accounts =
        |numbers: &[u8]| -> Vec<_> { numbers.iter().map(|number| AccountId::from([*number; 32])).collect() };
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
    /// Whatever a stranger's listing names.
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
