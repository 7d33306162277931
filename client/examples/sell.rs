//! Publishes an app, signs an order that sells it, and serves the app to workers.
//!
//! ```sh
//! cargo run -p talka-client --example sell -- app.wasm --price 3 --volume 1000 --out offer.json
//! ```
//!
//! The app gets no published price: it is sold only to those who are given the file with the order. To sell to everybody,
//! publish it with a price, or publish the order (`account.orders().publish`).

use std::{fs, net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::Parser;
use talka_client::{market::NewApp, order::random_salt, Client, KeyError, KeySource, Tlk, Wait};
use talka_primitives::{
    manifest::WASM_ABI,
    order::{AppOrder, Restrictions, Terms},
    BlockNumber, RuntimeClass, Tags, Topic,
};
use talka_store::{Store, StoreOptions};

/// Publish an app, sign an order of it, and serve it until Ctrl-C.
#[derive(Parser)]
struct Options {
    /// The app: a WebAssembly module
    module: PathBuf,
    /// Name of the app
    #[arg(long, default_value = "an example")]
    name: String,
    /// Price of one accepted task in TLK
    #[arg(long, default_value = "3")]
    price: Tlk,
    /// Number of tasks that the order is for
    #[arg(long, default_value_t = 1_000)]
    volume: u32,
    /// Blocks from now in which the order is good: a day has 43 200 of two seconds
    #[arg(long, default_value_t = 43_200)]
    blocks: BlockNumber,
    /// File for the order
    #[arg(long, default_value = "offer.json")]
    out: PathBuf,
    /// Folder of the store that serves the app
    #[arg(long, default_value = "blobs")]
    store: PathBuf,
    /// UDP address that workers fetch the app from
    #[arg(long, default_value = "127.0.0.1:4920")]
    listen: SocketAddr,
    /// Node
    #[arg(long, default_value = "ws://127.0.0.1:9944")]
    url: String,
    /// Key of the provider: dev:NAME (test chains) or file:PATH
    #[arg(long, default_value = "dev:Provider")]
    key: KeySource,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let key = options.key.load(|| Err(KeyError::NoPassword("this example has none".into())))?;
    let client = Client::connect(&options.url).await?;
    // The number of an app depends on the order of blocks. An order is signed for a number, and a fork must not turn it
    // into somebody else's.
    let account = client.account(key).waiting(Wait::Finalized);

    // The chain holds the app's hash and where to look for it; the bytes come from a store, which workers check.
    let place = StoreOptions::new(&options.store);
    let store = Store::open(StoreOptions { listen: options.listen, serve_all: true, ..place }).await?;
    let blob = store.add_file(&options.module).await.context("the app cannot be put into the store")?;
    let app = NewApp {
        name: options.name,
        runtime: RuntimeClass::Wasm { abi: WASM_ABI },
        content: blob.content,
        uris: vec![store.address().to_string()],
        topic: Topic::Other,
        tags: Tags(0),
        description: "Published by the example `sell`.".into(),
        price: None,
    };
    let app = account.market().publish_app(app).await?;
    println!("app {app} is published: {} bytes, {}", blob.size, blob.content);

    // Signing costs nothing and sends nothing. Anybody who has the order can buy until it expires, is used up, or is
    // cancelled.
    let terms = Terms {
        signer: account.id(),
        price: options.price.0,
        volume: options.volume,
        tags: Tags(0),
        only: Restrictions::default(),
        expiry: client.finalized().await?.block().number.saturating_add(options.blocks),
        salt: random_salt()?,
    };
    let order = account.orders().sign(AppOrder { app, terms }.into())?;
    fs::write(&options.out, serde_json::to_string_pretty(&order)?)
        .with_context(|| format!("cannot write {}", options.out.display()))?;
    println!("order {} for {} tasks is in {}", order.id, options.volume, options.out.display());

    println!("serving the app at {} until Ctrl-C", store.address());
    tokio::signal::ctrl_c().await?;
    store.shutdown().await;
    Ok(())
}
