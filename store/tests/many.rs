//! Many files at once…

mod common;

use std::{fs, path::PathBuf};

use assert_matches::assert_matches;
use common::*;
use futures::{stream, TryStreamExt};
use talka_store::{Input, StoreError};
use tempfile::TempDir;

/// Small files with their contents, each content twice.
fn files(dir: &TempDir, count: usize) -> Vec<PathBuf> {
    let write = |number: usize| {
        let path = dir.path().join(number.to_string());
        fs::write(&path, (number / 2).to_string()).unwrap();
        path
    };
    (0..count).map(write).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn are_stored_in_their_order_and_equal_ones_once() {
    let (store, dir) = store().await;
    let work = TempDir::new().unwrap();
    let mut inputs: Vec<Input> = files(&work, 1000).into_iter().map(Input::from).collect();
    let large = noise(MIB, "large");
    fs::write(work.path().join("large"), &large).unwrap();
    inputs.push(work.path().join("large").into());
    inputs.push(large.clone().into());
    inputs.push(bytes::Bytes::new().into());
    // One of them is here before.
    store.add_bytes("7").await.unwrap();

    let blobs = store.add_result(inputs).await.unwrap();
    assert_eq!(blobs.len(), 1003);
    for (number, blob) in blobs[..1000].iter().enumerate() {
        assert_eq!(blob.content, id((number / 2).to_string().as_bytes()));
    }
    assert_eq!(blobs[1000], blobs[1001]);
    assert_eq!(store.list().await.unwrap().len(), 502);
    store.shutdown().await;
    let store = open(&dir).await;
    for blob in &blobs {
        assert_eq!(store.read(blob.content, blob.size).await.unwrap().len() as u64, blob.size);
    }
    assert_eq!(store.read(blobs[1000].content, AMPLE).await.unwrap(), large);
}

#[tokio::test(flavor = "multi_thread")]
async fn are_stored_all_or_none() {
    let (store, dir) = store().await;
    let work = TempDir::new().unwrap();
    let mut paths = files(&work, 100);
    paths.push(work.path().join("missing"));
    assert_matches!(store.add_result(paths.clone()).await, Err(StoreError::Io { act: "read", .. }));
    *paths.last_mut().unwrap() = work.path().to_owned();
    assert_matches!(store.add_result(paths.clone()).await, Err(StoreError::Io { act: "read", .. }));
    assert_eq!(store.list().await.unwrap(), []);
    // Given up at once.
    paths.pop();
    let large = Input::from(noise(32 * MIB, "large"));
    let inputs = paths.into_iter().map(Input::from).chain([large]);
    tokio::select! {
        biased;
        _ = store.add_result(inputs) => panic!("it takes longer than nothing"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(store.list().await.unwrap(), []);
    store.shutdown().await;
    assert_eq!(open(&dir).await.list().await.unwrap(), []);
    assert_eq!(store_of_nothing().await, 0);
}

async fn store_of_nothing() -> usize {
    let (store, _dir) = store().await;
    store.add_result(Vec::<PathBuf>::new()).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn are_fetched_over_one_connection() {
    let (dir_a, dir_b) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut options = options(dir_a.path());
    options.limits.connections = 1;
    let giver = talka_store::Store::open(options).await.unwrap();
    let taker = open(&dir_b).await;
    let work = TempDir::new().unwrap();
    let blobs = giver.add_result(files(&work, 1000)).await.unwrap();
    let (taker, source) = (&taker, &[giver.address()]);
    stream::iter(blobs.iter().map(Ok))
        .try_for_each_concurrent(16, |blob| taker.fetch(blob.content, source, blob.size, silent))
        .await
        .unwrap();
    assert_eq!(taker.list().await.unwrap(), giver.list().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn are_fetched_on_when_the_peer_was_away() {
    let (dir_a, dir_b) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let giver = open(&dir_a).await;
    let taker = open(&dir_b).await;
    let source = giver.address();
    let blobs = giver.add_result((0..20).map(|number| noise(100, &number.to_string()))).await.unwrap();
    for (number, blob) in blobs.iter().enumerate() {
        if number == 10 {
            // The connection that the taker knows is gone.
            giver.shutdown().await;
            let talka_store::Source::Peer(address) = &source else { panic!("not a peer") };
            let options = talka_store::StoreOptions { listen: address.socket(), ..options(dir_a.path()) };
            let giver = talka_store::Store::open(options).await.unwrap();
            taker.fetch(blob.content, &[giver.address()], blob.size, silent).await.unwrap();
            giver.shutdown().await;
            break;
        }
        taker.fetch(blob.content, std::slice::from_ref(&source), blob.size, silent).await.unwrap();
    }
    assert_eq!(taker.list().await.unwrap().len(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn are_served_and_removed_together() {
    let (store, _dir) = store().await;
    let blobs = store.add_result((0..500).map(|number| noise(10, &number.to_string()))).await.unwrap();
    let ids: Vec<_> = blobs.iter().map(|blob| blob.content).collect();
    store.serve(&ids).await.unwrap();
    store.withhold(&ids[..250]).await.unwrap();
    store.remove(&ids).await.unwrap();
    assert_eq!(store.list().await.unwrap(), []);
}
