//! Fetches the results of a deal from the workers that have them, and verifies every byte against the chain.
//!
//! ```sh
//! cargo run -p talka-client --example fetch -- 0 --out results
//! ```
//!
//! The chain holds a digest for each task. It names a manifest, the manifest names a listing, and that names every file by size
//! and hash. So it does not matter who the bytes come from.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Component, Path, PathBuf},
};

use anyhow::{ensure, Context as _, Result};
use clap::Parser;
use codec::DecodeAll as _;
use talka_client::{snapshot::MAX_PAGE, Client, Snapshot};
use talka_primitives::{
    manifest::{Listing, Manifest, MAX_MANIFEST_BYTES},
    view::Outcome,
    ContentId, DealId, Digest, PoolId, TaskId,
};
use talka_store::{Source, Store, StoreOptions};

/// Fetch the results of a deal.
#[derive(Parser)]
struct Options {
    /// Deal
    deal: DealId,
    /// Folder for the results, with a folder for each task
    #[arg(long, default_value = "results")]
    out: PathBuf,
    /// Node
    #[arg(long, default_value = "ws://127.0.0.1:9944")]
    url: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let client = Client::connect(&options.url).await?;
    // A result that a fork can still take back is none.
    let chain = client.finalized().await?;
    let view = chain.deal(options.deal).await?.context("the final blocks have no such deal")?;
    let sources = sources(&chain, view.deal.pool).await?;
    // What is fetched is kept here until all of it is verified and written.
    let scratch = tempfile::tempdir()?;
    let visitor = StoreOptions {
        // From the loopback address, which is the default, no other machine can be reached. This store serves nothing, so its address does not matter.
        listen: (Ipv4Addr::UNSPECIFIED, 0).into(),
        advertise: Some((Ipv4Addr::LOCALHOST, 0).into()),
        ..StoreOptions::new(scratch.path().join("store"))
    };
    let store = Store::open(visitor).await?;
    for (task, digest) in results(&chain, options.deal).await? {
        let manifest = manifest(&store, &sources, digest).await.with_context(|| format!("task {task}"))?;
        let folder = options.out.join(task.index.to_string());
        let listing = listing(&store, &sources, &manifest).await.with_context(|| format!("task {task}"))?;
        export(&store, &sources, &manifest, &listing, &folder)
            .await
            .with_context(|| format!("task {task}"))?;
        println!(
            "task {task}: {digest} {:?}, {} files, in {}",
            manifest.status,
            listing.files.len(),
            folder.display()
        );
    }
    store.shutdown().await;
    Ok(())
}

/// The tasks that have a result, with its digest.
async fn results(chain: &Snapshot, deal: DealId) -> Result<Vec<(TaskId, Digest)>> {
    let ended = chain.all_outcomes(deal, 0).await?;
    // What has failed is refunded, and has no digest.
    let results = ended.into_iter().filter_map(|entry| match entry.item {
        Outcome::Completed { digest, .. } => Some((entry.id, digest)),
        Outcome::Failed { .. } => None,
    });
    Ok(results.collect())
}

/// Where the workers of a pool serve results. An address is text that a stranger put on the chain: other kinds than peers
/// could name a file of this machine or a server of its network.
async fn sources(chain: &Snapshot, pool: PoolId) -> Result<Vec<Source>> {
    let workers = chain.workers(pool, MAX_PAGE).await?;
    let mut sources = Vec::new();
    for worker in workers {
        sources.extend(Source::announced(&worker.peer.to_str()));
    }
    sources.retain(|source| matches!(source, Source::Peer(_)));
    Ok(sources)
}

/// The manifest that a digest names.
async fn manifest(store: &Store, sources: &[Source], digest: Digest) -> Result<Manifest> {
    // A digest is the hash of the manifest's bytes, so it is their content id too: the store accepts no others.
    let address = ContentId(digest.0);
    store.fetch(address, sources, MAX_MANIFEST_BYTES, |_| {}).await?;
    let bytes = store.read(address, MAX_MANIFEST_BYTES).await?;
    let manifest = Manifest::decode_all(&mut &bytes[..]).context("the manifest cannot be read")?;
    // This is how to verify a manifest that came some other way.
    ensure!(manifest.digest() == digest, "the manifest has another digest than the chain has accepted");
    Ok(manifest)
}

/// The listing that a manifest names.
async fn listing(store: &Store, sources: &[Source], manifest: &Manifest) -> Result<Listing> {
    // It says itself how large its listing is: that has to be as little as a listing can have.
    manifest.check().context("no execution can have produced the manifest")?;
    let address = manifest.listing.content;
    store.fetch(address, sources, manifest.listing.size, |_| {}).await?;
    let bytes = store.read(address, manifest.listing.size).await?;
    let listing = Listing::decode_all(&mut &bytes[..]).context("the listing cannot be read")?;
    manifest.check_with(&listing).context("no execution can have produced the listing")?;
    Ok(listing)
}

/// Fetch what a manifest and its listing name, and write it below `folder`.
async fn export(
    store: &Store,
    sources: &[Source],
    manifest: &Manifest,
    listing: &Listing,
    folder: &Path,
) -> Result<()> {
    let mut targets = vec![(folder.join("stdout"), manifest.stdout)];
    for file in &listing.files {
        // The app chose the path: it must not lead out of the folder.
        let path = Path::new(&file.path);
        let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
        ensure!(is_below && !file.path.is_empty(), "the result has a file `{}`", file.path.escape_debug());
        targets.push((folder.join("files").join(path), file.blob));
    }
    for (path, blob) in targets {
        store.fetch(blob.content, sources, blob.size, |_| {}).await?;
        fs::create_dir_all(path.parent().context("a target lies in a folder")?)?;
        store.export(blob.content, &path).await?;
    }
    Ok(())
}
