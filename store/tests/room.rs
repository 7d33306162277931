//! On a disk of a given size, a store…

mod common;

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    time::Duration,
};

use assert_matches::assert_matches;
use common::*;
use talka_primitives::Hint as _;
use talka_store::{ContentId, FetchError, Store, StoreError, StoreOptions};
use tempfile::TempDir;

/// A store that may take this number of bytes more than an empty one has.
async fn with_room_for(dir: &TempDir, bytes: u64) -> Store {
    let store = open(dir).await;
    let empty = store.used_bytes().await.unwrap();
    store.shutdown().await;
    let options = StoreOptions { max_bytes: Some(empty + bytes), ..options(dir.path()) };
    Store::open(options).await.unwrap()
}

fn part_of(dir: &TempDir, id: ContentId) -> bool {
    dir.path().join(format!("incoming/{id}")).exists()
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_no_more_than_it_may() {
    let (giver, _other) = store().await;
    let dir = TempDir::new().unwrap();
    let store = with_room_for(&dir, 3 * MIB as u64).await;
    let kept = store.add_bytes(noise(2 * MIB, "a")).await.unwrap().content;

    let error = store.add_bytes(noise(2 * MIB, "b")).await.unwrap_err();
    assert_matches!(&error, StoreError::Full { .. });
    assert!(error.hint().contains("remove"), "{}", error.hint());
    let file = dir.path().join("input");
    fs::write(&file, noise(2 * MIB, "c")).unwrap();
    assert_matches!(store.add_file(&file).await, Err(StoreError::Full { .. }));
    assert_matches!(store.add_result([file]).await, Err(StoreError::Full { .. }));

    let content = noise(2 * MIB, "d");
    let id = giver.add_bytes(content.clone()).await.unwrap().content;
    let server = WebServer::start(content.clone(), Manner::Good).await;
    let endless = WebServer::start(content.clone(), Manner::Endless).await;
    for source in [giver.address(), server.source(), endless.source()] {
        assert_matches!(
            store.fetch(id, &[source], AMPLE, silent).await,
            Err(FetchError::Store(StoreError::Full { .. }))
        );
    }
    assert_eq!(store.list().await.unwrap(), [kept]);

    // What goes makes room for others.
    store.remove(&[kept]).await.unwrap();
    store.fetch(id, &[giver.address()], AMPLE, silent).await.unwrap();
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_what_it_takes_with_the_parts() {
    let (store, dir) = store().await;
    let empty = store.used_bytes().await.unwrap();
    let blob = store.add_bytes(noise(2 * MIB, "a")).await.unwrap();
    let with_blob = store.used_bytes().await.unwrap();
    assert!(with_blob >= empty + blob.size, "{empty} {with_blob}");
    let content = noise(2 * MIB, "b");
    let server = WebServer::start(content.clone(), Manner::Cut(MIB)).await;
    failure(store.fetch(id(&content), &[server.source()], AMPLE, silent).await);
    assert!(part_of(&dir, id(&content)));
    assert!(store.used_bytes().await.unwrap() > with_blob);
}

#[tokio::test(flavor = "multi_thread")]
async fn sweeps_parts_that_nobody_goes_on_with() {
    let (giver, _other) = store().await;
    let (store, dir) = store().await;
    // Of one blob a peer has given a part, of one a web server, and another is on its way.
    let content = noise(32 * MIB, "a");
    let of_peer = giver.add_bytes(content).await.unwrap().content;
    let (enough, closing) = tokio::sync::oneshot::channel::<()>();
    let enough = std::sync::Mutex::new(Some(enough));
    let sources = [giver.address()];
    tokio::select! {
        result = store.fetch(of_peer, &sources, AMPLE, |progress| {
            if progress.have >= 4 * MIB as u64 {
                enough.lock().unwrap().take();
            }
        }) => panic!("{result:?}"),
        _ = closing => {}
    }
    let content = noise(2 * MIB, "b");
    let of_web = id(&content);
    let server = WebServer::start(content, Manner::Cut(MIB)).await;
    failure(store.fetch(of_web, &[server.source()], AMPLE, silent).await);
    let content = noise(2 * MIB, "c");
    let coming = id(&content);
    let server = WebServer::start(content.clone(), Manner::Slow(Duration::from_millis(5))).await;
    let fetching = {
        let (store, sources) = (store.clone(), [server.source()]);
        tokio::spawn(async move { store.fetch(coming, &sources, AMPLE, silent).await })
    };
    while !part_of(&dir, coming) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    assert_eq!(store.sweep_parts(Duration::from_secs(3600)).await.unwrap(), 0);
    assert_eq!(store.sweep_parts(Duration::ZERO).await.unwrap(), 2);
    assert!(!part_of(&dir, of_web));
    assert!(!dir.path().join(format!("blobs/data/{of_peer}.data")).exists());
    fetching.await.unwrap().unwrap();
    assert_eq!(store.read(coming, AMPLE).await.unwrap(), content);
}

/// The environment of the process below: where a small disk is mounted.
const DISK: &str = "TALKA_TEST_DISK";

/// A process of its own may mount a disk of its own, where the system allows users to have that.
#[test]
fn survives_a_full_disk() {
    let disk = TempDir::new().unwrap();
    let on_a_disk_of = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).env(DISK, disk.path());
        command
    };
    let mount = format!("mount -t tmpfs -o size=48m none \"${DISK}\"");
    if !on_a_disk_of(&mount).status().is_ok_and(|status| status.success()) {
        assert!(
            std::env::var_os("CI").is_none(),
            "this system does not let users mount a disk, and without one a full disk is not tested\n\
             hint: run it as root, or allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, \
             kernel.apparmor_restrict_unprivileged_userns=0)"
        );
        eprintln!("this system does not let users mount a disk: not tested");
        return;
    }
    let run = format!("{mount} && exec \"$0\" --exact fills_its_disk --ignored --nocapture");
    let test = std::env::current_exe().unwrap();
    assert!(on_a_disk_of(&run).arg(test).status().unwrap().success());
}

/// Takes all that is left of the disk.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [MIB, 4096, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
}

/// Not a test: what the test above runs on a small disk.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by another test"]
async fn fills_its_disk() {
    let Some(disk) = std::env::var_os(DISK) else { return };
    let (dir, filler) = (Path::new(&disk).join("store"), Path::new(&disk).join("filler"));
    let elsewhere = TempDir::new_in("/dev/shm").unwrap();
    let other = open(&elsewhere).await;
    let here = |store: &Store| store.address();
    let open_here = || async { Store::open(options(&dir)).await };
    let store = open_here().await.unwrap();
    let kept = store.add_bytes(noise(MIB, "kept")).await.unwrap().content;
    let theirs = other.add_bytes(noise(8 * MIB, "theirs")).await.unwrap().content;
    let web = WebServer::start(noise(8 * MIB, "web"), Manner::Good).await;

    for round in 0..3 {
        fill(&filler);
        // The first may still find what the store holds in reserve.
        let mut full = Vec::new();
        for number in 0..8 {
            if let Err(error) = store.add_bytes(noise(2 * MIB, &format!("{round} {number}"))).await {
                full.push(error);
            }
        }
        assert_matches!(full.as_slice(), [StoreError::DiskFull(_), ..]);
        assert!(full[0].hint().contains("free some space"), "{}", full[0].hint());
        fill(&filler);
        assert_matches!(store.add_bytes("small").await, Err(StoreError::DiskFull(_)));
        assert_matches!(
            store.add_result((0..2000).map(|number| noise(10_000, &number.to_string()))).await,
            Err(StoreError::DiskFull(_))
        );
        for source in [here(&other), web.source()] {
            let id = if source == here(&other) { theirs } else { id(&noise(8 * MIB, "web")) };
            assert_matches!(
                store.fetch(id, &[source], AMPLE, silent).await,
                Err(FetchError::Store(StoreError::DiskFull(_)))
            );
        }
        // What was here is here, also for others.
        assert_eq!(store.read(kept, AMPLE).await.unwrap(), noise(MIB, "kept"));
        let (taker, _dir) = {
            let dir = TempDir::new_in("/dev/shm").unwrap();
            (open(&dir).await, dir)
        };
        taker.fetch(kept, &[here(&store)], AMPLE, silent).await.unwrap();

        fs::remove_file(&filler).unwrap();
        store.add_bytes(noise(MIB, &format!("after {round}"))).await.unwrap();
        store.fetch(theirs, &[here(&other)], AMPLE, silent).await.unwrap();
        store.remove(&[theirs]).await.unwrap();
    }

    // A start on a full disk, and an index that meets the end of the disk as it grows.
    fill(&filler);
    store.shutdown().await;
    let store = open_here().await.unwrap();
    assert_eq!(store.read(kept, AMPLE).await.unwrap(), noise(MIB, "kept"));
    fs::remove_file(&filler).unwrap();
    let mut stored = Vec::new();
    loop {
        let round = stored.len();
        match store.add_result((0..200).map(|number| noise(10_000, &format!("{round} {number}")))).await {
            Ok(blobs) => stored.extend(blobs),
            Err(error) => {
                assert_matches!(error, StoreError::DiskFull(_), "{round}");
                break;
            }
        }
    }
    for blob in &stored {
        assert_eq!(store.read(blob.content, AMPLE).await.unwrap().len(), 10_000);
    }
    let ids: Vec<_> = stored.iter().map(|blob| blob.content).collect();
    // Who has too much can remove it.
    store.remove(&ids).await.unwrap();
    let left = store.list().await.unwrap();
    assert!(left.contains(&kept) && ids.iter().all(|id| !left.contains(id)));
    store.shutdown().await;
}
