//! Buys a bag of tasks at the cheapest offers: published prices, published orders, and orders from files.
//!
//! ```sh
//! cargo run -p talka-client --example buy -- --app 0 --order offer.json --tasks 4 --max-price 30
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{anyhow, Context as _, Result};
use clap::Parser;
use talka_client::{
    broker::Bought, market, order::random_salt, Client, KeyError, KeySource, SignedOrder, Tlk, Wait,
};
use talka_primitives::{
    order::{RequestOrder, Restrictions, Terms},
    AppId, BlockNumber, CategoryId, Hint as _, Parameters, Tags, Trust,
};

/// Buy a bag of tasks.
#[derive(Parser)]
struct Options {
    /// App to execute
    #[arg(long, default_value_t = AppId(0))]
    app: AppId,
    /// Order received from a seller (a file); can be repeated
    #[arg(long = "order")]
    orders: Vec<PathBuf>,
    /// Number of tasks
    #[arg(long, default_value_t = 4)]
    tasks: u32,
    /// Maximum price of one task in TLK: app, dataset and pool together
    #[arg(long, default_value = "30")]
    max_price: Tlk,
    /// Trust level: an accepted result is wrong with a probability below 1/N
    #[arg(long, default_value_t = Trust(4))]
    trust: Trust,
    /// Size of the tasks, by number
    #[arg(long, default_value_t = CategoryId(0))]
    category: CategoryId,
    /// Argument of all tasks; can be repeated
    #[arg(long = "arg")]
    arguments: Vec<String>,
    /// Blocks from now until the deadline; no fewer than a task of the category can take
    #[arg(long, default_value_t = 1_000)]
    blocks: BlockNumber,
    /// Node
    #[arg(long, default_value = "ws://127.0.0.1:9944")]
    url: String,
    /// Key of the requester: dev:NAME (test chains) or file:PATH
    #[arg(long, default_value = "dev:Requester1")]
    key: KeySource,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let key = options.key.load(|| Err(KeyError::NoPassword("this example has none".into())))?;
    let orders = options.orders.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    let client = Client::connect(&options.url).await?;
    // A deal's number is told to others, so it must not change in a fork.
    let account = client.account(key).waiting(Wait::Finalized);

    // What is not completed by the deadline is refunded, without any call.
    let deadline = client.best().await?.block().number.saturating_add(options.blocks);
    let request = RequestOrder {
        app: options.app,
        dataset: None,
        category: options.category,
        trust: options.trust,
        arguments: market::arguments(&options.arguments)?,
        // Each task gets a number as its last argument: 0, 1, 2…
        parameters: Parameters::Range { first: 0 },
        beneficiary: None,
        deadline,
        terms: Terms {
            signer: account.id(),
            price: options.max_price.0,
            volume: options.tasks,
            tags: Tags(0),
            only: Restrictions::default(),
            expiry: deadline,
            salt: random_salt()?,
        },
    };

    // What it would cost now. Nothing is sent.
    let best = client.best().await?;
    let quote = client.quote(&best, &request, None, &orders).await.map_err(explain)?;
    for part in &quote.parts {
        let deal = &part.deal;
        let held = Tlk(deal.reserve().unwrap_or_default());
        println!("offered: {} tasks in pool {}; {held} TLK are held for each", deal.tasks, deal.pool);
    }
    println!("{} TLK are held at most", Tlk(quote.held()));

    // All tasks are bought or none, but for what goes wrong after the first of several deals. Pools that are cheaper, and
    // have no workers for it, are left out.
    let without = quote.passed_over.into_keys().collect();
    let purchase = account.broker().buy(request, &orders, without).await.map_err(explain)?;
    for Bought { made, .. } in &purchase.deals {
        let (deal, tasks, price, block) = (made.deal, made.tasks, Tlk(made.price), made.block.number);
        println!("deal {deal}: {tasks} tasks at {price} TLK in pool {}, made in block {block}", made.pool);
    }
    purchase.stopped.map_or(Ok(()), |error| Err(explain(error)).context("not all tasks were bought"))
}

/// An order from a file. The broker checks whether it is for this chain, and its signature.
fn read(path: &Path) -> Result<SignedOrder> {
    let json = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&json).with_context(|| format!("{} is not an order", path.display()))
}

/// Every error of the client says what to do about it: a rule of the chain that was broken, in the chain's own words.
fn explain(error: talka_client::Error) -> anyhow::Error {
    anyhow!("{error}\nhint: {}", error.hint())
}
