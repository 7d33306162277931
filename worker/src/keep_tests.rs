//! The keeper with a real store and a real journal.

use super::*;

use codec::Encode as _;
use prometheus_endpoint::Registry;
use talka_client::AccountId;
use talka_primitives::{
    manifest::{Blob, ExitStatus, OutputFile, WASM_ABI},
    DealId, TaskId,
};
use talka_store::StoreOptions;

use crate::decide::{Record, Terms};

const MIB: u64 = 1024 * 1024;
const DAY: u64 = 24 * 60 * 60;
const NOW: u64 = 100 * DAY;

async fn keeper(dir: &Path) -> Keeper {
    let journal = Journal::open(&dir.join("journal"), [1; 32].into(), AccountId::from([1; 32])).unwrap();
    Keeper::new(Keeping {
        store: Store::open(StoreOptions::new(dir.join("store"))).await.unwrap(),
        journal: Arc::new(journal),
        retention: Duration::from_secs(DAY),
        max_bytes: u64::MAX,
        reserve: MIB,
        base_path: dir,
        metrics: Metrics::register(&Registry::new()).unwrap(),
    })
}

async fn add(keeper: &Keeper, bytes: &'static [u8]) -> Blob {
    let blob = keeper.store.add_bytes(bytes).await.unwrap();
    Blob { size: blob.size, content: blob.content }
}

/// A result in the store, with its record.
async fn result(keeper: &Keeper, task: TaskId) -> Manifest {
    let (file, stdout) = (add(keeper, b"file").await, add(keeper, b"stdout").await);
    let files = vec![OutputFile { path: "a".into(), blob: file }];
    let listing = Listing { files, empty_directories: Vec::new() };
    let manifest = Manifest {
        abi: WASM_ABI,
        status: ExitStatus::Exited(0),
        fuel_used: 0,
        memory_used: 0,
        fingerprint: [task.index as u8; 32],
        listing: listing.blob(),
        callback: None,
        stdout,
        stderr: stdout,
    };
    for part in [listing.encode(), manifest.encode()] {
        keeper.store.add_bytes(part).await.unwrap();
    }
    let record = Record { task, terms: Terms([0; 32]), digest: manifest.digest(), deadline: 9 };
    keeper.journal.persist(&record, &[]).unwrap();
    manifest
}

fn task() -> TaskId {
    TaskId { deal: DealId(1), index: 0 }
}

/// A sweep at some time, of what was not of use for a day.
async fn sweep(keeper: &Keeper, now: u64) -> usize {
    keeper.sweep(now, now - DAY, 0).await.unwrap()
}

#[tokio::test]
async fn removes_what_was_not_of_use_for_long() {
    let dir = tempfile::tempdir().unwrap();
    let keeper = keeper(dir.path()).await;
    let [stray, used] = [add(&keeper, b"stray").await.content, add(&keeper, b"used").await.content];
    keeper.journal.mark(&[used], NOW).unwrap();
    assert_eq!(sweep(&keeper, NOW + 1).await, 1);
    assert_eq!(keeper.store.list().await.unwrap(), [used]);
    assert!(!keeper.store.contains(stray).await.unwrap());
    assert_eq!(sweep(&keeper, NOW + 2 * DAY).await, 1);
    assert_eq!(keeper.store.list().await.unwrap(), []);
    keeper.store.shutdown().await;
}

#[tokio::test]
async fn keeps_the_results_of_open_tasks_however_old() {
    let dir = tempfile::tempdir().unwrap();
    let keeper = keeper(dir.path()).await;
    let manifest = result(&keeper, task()).await;
    assert_eq!(sweep(&keeper, NOW + 9 * DAY).await, 0);
    assert_eq!(keeper.sweep(NOW + 9 * DAY, 0, u64::MAX).await.unwrap(), 0, "nor where room is needed");
    // Once it is over, they stay for as long as results do.
    keeper.journal.forget(task()).unwrap();
    assert_eq!(sweep(&keeper, NOW + 10 * DAY).await, 0);
    assert!(keeper.store.contains(manifest.listing.content).await.unwrap());
    // The file, standard output, the listing and the manifest.
    assert_eq!(sweep(&keeper, NOW + 11 * DAY).await, 4);
    assert_eq!(keeper.store.list().await.unwrap(), []);
    keeper.store.shutdown().await;
}

#[tokio::test]
async fn keeps_a_listing_as_long_as_one_of_the_results_that_have_it() {
    let dir = tempfile::tempdir().unwrap();
    let keeper = keeper(dir.path()).await;
    let other = TaskId { index: 1, ..task() };
    let (first, second) = (result(&keeper, task()).await, result(&keeper, other).await);
    assert_eq!(first.listing, second.listing);
    keeper.journal.forget(task()).unwrap();
    // The manifest of the first goes, and nothing that the second has, too.
    assert_eq!(sweep(&keeper, NOW + 2 * DAY).await, 1);
    let has = |content| keeper.store.contains(content);
    assert!(!has(ContentId(first.digest().0)).await.unwrap());
    assert!(has(first.listing.content).await.unwrap() && has(ContentId(second.digest().0)).await.unwrap());
    keeper.store.shutdown().await;
}

#[tokio::test]
async fn shows_a_listing_with_its_result() {
    let dir = tempfile::tempdir().unwrap();
    let keeper = keeper(dir.path()).await;
    let manifest = result(&keeper, task()).await;
    let named: BTreeSet<_> = keeper.named_by(manifest.digest()).await.into_iter().collect();
    let stored: BTreeSet<_> = keeper.store.list().await.unwrap().into_iter().collect();
    assert_eq!(named, stored);
    assert!(named.contains(&manifest.listing.content));
    // What is left of one whose listing is gone.
    keeper.store.remove(&[manifest.listing.content]).await.unwrap();
    let named: BTreeSet<_> = keeper.named_by(manifest.digest()).await.into_iter().collect();
    let left = [ContentId(manifest.digest().0), manifest.listing.content, manifest.stdout.content];
    assert_eq!(named, BTreeSet::from(left));
    keeper.store.shutdown().await;
}

#[tokio::test]
async fn keeps_what_somebody_counts_on_and_removes_the_rest_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let keeper = keeper(dir.path()).await;
    let [pinned, other] = [add(&keeper, b"pinned").await.content, add(&keeper, b"other").await.content];
    let first = keeper.pin(vec![pinned]).await;
    let second = keeper.pin(vec![pinned]).await;
    assert_eq!(sweep(&keeper, NOW).await, 1);
    assert!(!keeper.store.contains(other).await.unwrap());
    drop(first);
    assert_eq!(sweep(&keeper, NOW).await, 0);
    drop(second);
    assert_eq!(sweep(&keeper, NOW).await, 1);
    keeper.store.shutdown().await;
}

#[tokio::test]
async fn keeps_what_auditors_and_jurors_of_open_tasks_need() {
    let dir = tempfile::tempdir().unwrap();
    let keeper = keeper(dir.path()).await;
    let app = add(&keeper, b"app").await.content;
    let record = Record { task: task(), terms: Terms([0; 32]), digest: Digest([9; 32]), deadline: 9 };
    keeper.journal.persist(&record, &[app]).unwrap();
    assert_eq!(sweep(&keeper, NOW).await, 0);
    keeper.journal.forget(task()).unwrap();
    assert_eq!(sweep(&keeper, NOW + 2 * DAY).await, 1);
    keeper.store.shutdown().await;
}

#[tokio::test]
async fn takes_no_tasks_while_it_has_no_reserve() {
    let dir = tempfile::tempdir().unwrap();
    let keeper = keeper(dir.path()).await;
    keeper.take_reserve().await;
    assert!(keeper.has_room());
    let reserve = dir.path().join("reserve");
    assert_eq!(std::fs::metadata(&reserve).unwrap().len(), MIB);
    keeper.ran_full();
    assert!(!keeper.has_room() && !reserve.exists());
    // As on a disk without room.
    std::fs::create_dir(&reserve).unwrap();
    keeper.take_reserve().await;
    assert!(!keeper.has_room());
    std::fs::remove_dir(&reserve).unwrap();
    keeper.take_reserve().await;
    assert!(keeper.has_room());
    keeper.store.shutdown().await;
}

#[test]
fn makes_room_with_what_was_longest_of_no_use_and_with_results_at_last() {
    let one = |byte, at, is_result| (Use { content: ContentId([byte; 32]), at, is_result }, 10);
    let all =
        || vec![one(1, 50, false), one(2, 40, true), one(3, 60, false), one(4, 5, true), one(5, 55, true)];
    let goes = |since, excess| choose(all(), since, excess).iter().map(|id| id.0[0]).collect::<Vec<_>>();
    assert!(goes(0, 0).is_empty());
    assert_eq!(goes(10, 0), [4], "too old");
    assert_eq!(goes(0, 1), [1]);
    assert_eq!(goes(0, 20), [1, 3]);
    assert_eq!(goes(0, 21), [1, 3, 4]);
    assert_eq!(goes(10, 15), [4, 1]);
    assert_eq!(goes(0, u64::MAX), [1, 3, 4, 2, 5]);
}

#[test]
fn does_not_go_by_a_clock_that_was_wrong_before() {
    let clock = Clock::start();
    assert_eq!(clock.since(Duration::from_secs(1)), 0);
}
