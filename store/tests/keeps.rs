//! A store keeps…

mod common;

use std::{fs, path::PathBuf};

use assert_matches::assert_matches;
use common::*;
use talka_primitives::Hint as _;
use talka_store::{Source, Store, StoreError, StoreOptions};
use tempfile::TempDir;

/// Below and above the size at which a blob has a file of its own, and more than one piece of reading.
const SIZES: [usize; 6] = [0, 1, 16 * 1024, 16 * 1024 + 1, MIB, 3 * MIB + 5];

/// The file that holds a large blob.
fn data_file(dir: &TempDir, id: talka_store::ContentId) -> PathBuf {
    dir.path().join(format!("blobs/data/{id}.data"))
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_and_files() {
    let (store, dir) = store().await;
    let mut ids = Vec::new();
    for size in SIZES {
        let content = noise(size, "a");
        let id = id(&content);
        assert!(!store.contains(id).await.unwrap());
        let blob = if size % 2 == 0 {
            store.add_bytes(content.clone()).await.unwrap()
        } else {
            let file = dir.path().join("input");
            fs::write(&file, &content).unwrap();
            store.add_file(&file).await.unwrap()
        };
        assert_eq!((blob.content, blob.size), (id, size as u64));
        assert_eq!(store.size(id).await.unwrap(), Some(size as u64));
        assert_eq!(store.read(id, size as u64).await.unwrap(), content);
        ids.push(id);
    }
    ids.sort();
    assert_eq!(store.list().await.unwrap(), ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_once() {
    let (store, _dir) = store().await;
    let first = store.add_bytes(noise(MIB, "a")).await.unwrap();
    let second = store.add_bytes(noise(MIB, "a")).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(store.list().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_and_identity_over_a_restart() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let Source::Peer(before) = store.address() else { panic!("not a peer") };
    for size in SIZES {
        store.add_bytes(noise(size, "a")).await.unwrap();
    }
    let listed = store.list().await.unwrap();
    store.shutdown().await;
    assert_matches!(store.list().await, Err(StoreError::Closed));
    assert_matches!(store.add_bytes("x").await, Err(StoreError::Closed));

    let store = Store::open(StoreOptions { listen: before.socket(), ..options(dir.path()) }).await.unwrap();
    assert_eq!(store.address(), Source::Peer(before));
    assert_eq!(store.list().await.unwrap(), listed);
    for size in SIZES {
        let content = noise(size, "a");
        assert_eq!(store.read(id(&content), AMPLE).await.unwrap(), content);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_secret_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let (_store, dir) = store().await;
    let mode = |path: &str| fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("identity.key"), 0o600);
    assert_eq!(mode("incoming"), 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_the_limit_of_a_read() {
    let (store, _dir) = store().await;
    for size in [100, MIB] {
        let blob = store.add_bytes(noise(size, "a")).await.unwrap();
        let limit = size as u64 - 1;
        assert_matches!(
            store.read(blob.content, limit).await,
            Err(StoreError::TooLarge { size, limit: l, .. }) if size == blob.size && l == limit
        );
    }
    assert_matches!(store.read(id(b"never seen"), 10).await, Err(StoreError::Missing(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_whole_or_not_at_all() {
    let (store, dir) = store().await;
    for size in SIZES {
        let content = noise(size, "a");
        let blob = store.add_bytes(content.clone()).await.unwrap();
        let target = dir.path().join("out");
        fs::write(&target, "what was there").unwrap();
        assert_eq!(store.export(blob.content, &target).await.unwrap(), size as u64);
        assert_eq!(fs::read(&target).unwrap(), content);
    }
    let blob = store.add_bytes(noise(MIB, "b")).await.unwrap();
    assert_matches!(
        store.export(blob.content, dir.path().join("no/such/folder")).await,
        Err(StoreError::Io { act: "write", .. })
    );
    let out = TempDir::new().unwrap();
    assert_matches!(store.export(id(b"never seen"), out.path().join("x")).await, Err(StoreError::Missing(_)));
    fs::write(data_file(&dir, blob.content), noise(MIB, "not b")).unwrap();
    assert_matches!(store.export(blob.content, out.path().join("x")).await, Err(StoreError::Damaged(_)));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0, "something was left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_blobs_under_a_second_name_at_no_cost() {
    use std::os::unix::fs::MetadataExt;
    let (store, dir) = store().await;
    for (size, links) in [(100, 1), (MIB, 2)] {
        let content = noise(size, "a");
        let blob = store.add_bytes(content.clone()).await.unwrap();
        let target = dir.path().join(format!("link-{size}"));
        assert_eq!(store.link(blob.content, &target).await.unwrap(), size as u64);
        assert_eq!(fs::read(&target).unwrap(), content);
        assert_eq!(fs::metadata(&target).unwrap().nlink(), links);
        store.remove(&[blob.content]).await.unwrap();
        assert_eq!(fs::read(&target).unwrap(), content, "the link must outlive the blob");
    }
    // Where the name is taken, a copy replaces it.
    let blob = store.add_bytes(noise(MIB, "b")).await.unwrap();
    let target = dir.path().join("taken");
    fs::write(&target, "what was there").unwrap();
    store.link(blob.content, &target).await.unwrap();
    assert_eq!(fs::read(&target).unwrap(), noise(MIB, "b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_eye_on_what_it_links_to() {
    let (store, dir) = store().await;
    let blob = store.add_bytes(noise(MIB, "a")).await.unwrap();
    let out = |name: &str| dir.path().join(name);
    store.link(blob.content, out("1")).await.unwrap();
    store.link(blob.content, out("2")).await.unwrap();
    // A bit goes bad after the first use, and the file looks as before.
    let file = data_file(&dir, blob.content);
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[MIB / 2] ^= 1;
    fs::write(&file, bytes).unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_modified(modified).unwrap();
    assert_matches!(store.link(blob.content, out("3")).await, Err(StoreError::Damaged(_)));
    assert!(!out("3").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_removed() {
    let (store, dir) = store().await;
    let small = store.add_bytes(noise(100, "a")).await.unwrap().content;
    let large = store.add_bytes(noise(MIB, "a")).await.unwrap().content;
    let other = store.add_bytes(noise(MIB, "b")).await.unwrap().content;
    store.remove(&[small, large]).await.unwrap();
    assert_eq!(store.list().await.unwrap(), [other]);
    assert!(!data_file(&dir, large).exists());
    assert!(data_file(&dir, other).exists());
    // Removing is no grudge.
    store.add_bytes(noise(MIB, "a")).await.unwrap();
    assert_eq!(store.read(large, AMPLE).await.unwrap(), noise(MIB, "a"));
    store.remove(&[id(b"never seen")]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn up_with_adding_and_removing_at_once() {
    let (store, _dir) = store().await;
    let content = noise(200 * 1024, "a");
    let id = id(&content);
    let adding = {
        let (store, content) = (store.clone(), content.clone());
        tokio::spawn(async move {
            for _ in 0..30 {
                store.add_bytes(content.clone()).await.unwrap();
            }
        })
    };
    while !adding.is_finished() {
        store.remove(&[id]).await.unwrap();
    }
    adding.await.unwrap();
    store.add_bytes(content.clone()).await.unwrap();
    assert_eq!(store.read(id, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_damaged_blob() {
    let (store, dir) = store().await;
    let content = noise(MIB, "a");
    let damages: [fn(&std::path::Path); 4] = [
        |file| {
            let mut bytes = fs::read(file).unwrap();
            bytes[MIB / 2] ^= 1;
            fs::write(file, bytes).unwrap();
        },
        |file| fs::write(file, noise(MIB / 2, "a")).unwrap(),
        |file| fs::write(file, [noise(MIB, "a"), noise(1, "b")].concat()).unwrap(),
        |file| fs::remove_file(file).unwrap(),
    ];
    for damage in damages {
        let blob = store.add_bytes(content.clone()).await.unwrap();
        damage(&data_file(&dir, blob.content));
        assert_matches!(store.read(blob.content, AMPLE).await, Err(StoreError::Damaged(_)));
        assert!(!store.contains(blob.content).await.unwrap());
        assert_matches!(store.read(blob.content, AMPLE).await, Err(StoreError::Missing(_)));
    }
    let blob = store.add_bytes(content.clone()).await.unwrap();
    assert_eq!(store.read(blob.content, AMPLE).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_processes_out() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let error = Store::open(options(dir.path())).await.unwrap_err();
    assert_matches!(&error, StoreError::InUse(_));
    assert!(error.hint().contains("another folder"), "{}", error.hint());
    store.shutdown().await;
    open(&dir).await.shutdown().await;

    // Not shut down, only dropped: free a moment later.
    drop(open(&dir).await);
    for _ in 0..100 {
        match Store::open(options(dir.path())).await {
            Ok(_) => return,
            Err(error) => assert_matches!(error, StoreError::InUse(_)),
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the folder stays locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn house_in_a_folder_that_does_not_exist_yet() {
    let dir = TempDir::new().unwrap();
    let deep = dir.path().join("a/b");
    let store = Store::open(options(&deep)).await.unwrap();
    let blob = store.add_bytes("x").await.unwrap();
    store.shutdown().await;
    // Emptied: a new store. Its identity is new too.
    let before = store.address();
    fs::remove_dir_all(&deep).unwrap();
    fs::create_dir(&deep).unwrap();
    let store = Store::open(options(&deep)).await.unwrap();
    assert!(!store.contains(blob.content).await.unwrap());
    assert_ne!(store.address(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_about_nothing_when_its_folder_is_damaged() {
    let dir = TempDir::new().unwrap();
    open(&dir).await.shutdown().await;
    let broken = |file: &str| {
        let file = dir.path().join(file);
        let whole = fs::read(&file).unwrap();
        fs::write(&file, vec![b'!'; whole.len()]).unwrap();
        move || fs::write(&file, &whole).unwrap()
    };

    let mend = broken("blobs/blobs.db");
    let error = Store::open(options(dir.path())).await.unwrap_err();
    assert_matches!(&error, StoreError::Unreadable { .. });
    assert!(error.hint().contains("move the folder away"), "{}", error.hint());
    mend();

    let mend = broken("identity.key");
    assert_matches!(Store::open(options(dir.path())).await, Err(StoreError::BadKey(_)));
    fs::write(dir.path().join("identity.key"), "").unwrap();
    assert_matches!(Store::open(options(dir.path())).await, Err(StoreError::BadKey(_)));
    mend();
    open(&dir).await.shutdown().await;

    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert_matches!(Store::open(options(&file)).await, Err(StoreError::Io { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_addresses_that_work() {
    let dir = TempDir::new().unwrap();
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let error = Store::open(StoreOptions { listen, ..options(dir.path()) }).await.unwrap_err();
    assert_matches!(&error, StoreError::Listen { .. });
    assert!(error.hint().contains("another port"), "{}", error.hint());

    let listen = "0.0.0.0:0".parse().unwrap();
    assert_matches!(
        Store::open(StoreOptions { listen, ..options(dir.path()) }).await,
        Err(StoreError::NothingToAdvertise(_))
    );
    let advertise = Some("203.0.113.5:0".parse().unwrap());
    let store = Store::open(StoreOptions { listen, advertise, ..options(dir.path()) }).await.unwrap();
    let Source::Peer(address) = store.address() else { panic!("not a peer") };
    assert_eq!(address.socket().ip().to_string(), "203.0.113.5");
    assert_ne!(address.socket().port(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_folder_for_a_blob() {
    let (store, dir) = store().await;
    assert_matches!(store.add_file(dir.path()).await, Err(StoreError::Io { .. }));
    assert_matches!(
        store.add_file(dir.path().join("nothing")).await,
        Err(StoreError::Io { act: "read", .. })
    );
}
