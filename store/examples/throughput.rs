//! What a store costs on this machine: many small files in and over, and a large one verified before its use.
//!
//! ```text
//! cargo run --release -p talka-store --example throughput [DIR]
//! ```

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use futures::{stream, TryStreamExt};
use talka_store::{Input, Store, StoreOptions};
use tempfile::TempDir;

/// As many files as a result can have.
const FILES: usize = 16_384;
/// Files that are fetched at the same time.
const AT_ONCE: usize = 16;
/// A large dataset.
const LARGE: usize = 512 << 20;

#[tokio::main]
async fn main() {
    let place = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = TempDir::new_in(place).expect("the folder can be written to");
    let giver = open(&dir.path().join("giver")).await;
    let taker = open(&dir.path().join("taker")).await;

    let files = (0..FILES).map(|number| Input::from(number.to_string().into_bytes()));
    let start = Instant::now();
    let blobs = giver.add_result(files).await.expect("they are stored");
    say("stored together", FILES, start.elapsed());
    let start = Instant::now();
    for number in 0..100 {
        giver.add_bytes(format!("one by one {number}")).await.expect("it is stored");
    }
    say("stored one by one", 100, start.elapsed());

    let ids: Vec<_> = blobs.iter().map(|blob| blob.content).collect();
    let start = Instant::now();
    giver.serve(&ids).await.expect("they are here");
    say("marked as served", FILES, start.elapsed());

    let (taker, source) = (&taker, &[giver.address()]);
    let start = Instant::now();
    stream::iter(blobs.iter().map(Ok))
        .try_for_each_concurrent(AT_ONCE, |blob| taker.fetch(blob.content, source, blob.size, |_| ()))
        .await
        .expect("they are served");
    say("fetched, 16 at once", FILES, start.elapsed());
    let start = Instant::now();
    taker.remove(&ids).await.expect("they are removed");
    say("removed", FILES, start.elapsed());

    let mut large = vec![0; LARGE];
    blake3::Hasher::new().finalize_xof().fill(&mut large);
    let large = giver.add_bytes(large).await.expect("it is stored");
    for link in ["first", "second"] {
        let start = Instant::now();
        giver.link(large.content, dir.path().join(link)).await.expect("it is here");
        println!("512 MiB linked: {:?}", start.elapsed());
    }
    let start = Instant::now();
    taker.fetch(large.content, source, large.size, |_| ()).await.map_or_else(
        |error| println!("512 MiB: {error}"),
        |()| println!("512 MiB fetched: {:?}", start.elapsed()),
    );
    giver.shutdown().await;
    taker.shutdown().await;
}

async fn open(dir: &Path) -> Store {
    let limits = talka_store::PeerLimits {
        bytes_per_second: 0,
        bytes_per_second_per_address: 0,
        ..talka_store::PeerLimits::default()
    };
    let options = StoreOptions { serve_all: true, limits, ..StoreOptions::new(dir) };
    Store::open(options).await.expect("the store opens")
}

fn say(what: &str, count: usize, time: Duration) {
    println!("{count} {what}: {time:?}, {:.0} a second", count as f64 / time.as_secs_f64());
}
