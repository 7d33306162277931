//! How long it takes a client to list what is offered.

use std::time::Instant;

use anyhow::{ensure, Result};
use clap::Args;
use talka_client::Client;
use talka_primitives::{
    order::{Order, PoolOrder, Restrictions, Shelf, Terms},
    view::MAX_PAGE,
    Salt, Trust,
};
use talka_runtime::{AccountId, BlockNumber, Runtime, RuntimeCall};

use super::{Load, Rig};
use crate::{
    load::{Demand, CATEGORY, POOL, POOL_PRICE},
    report::{number, say, Sample},
};

/// Of how many blocks the node keeps the state.
const STATES: u32 = 256;
/// Orders in one transaction.
const BATCH: usize = 25;
/// Transactions in one block.
const AT_ONCE: usize = 20;
/// Blocks after which the last order must be there.
const PATIENCE: u32 = 100;
/// Blocks until orders expire.
const LIFE: BlockNumber = 100_000;

// What the measurement is told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Offers that are published
    #[arg(long, default_value_t = 10_000)]
    offers: usize,
    /// How often they are listed
    #[arg(long, default_value_t = 5)]
    times: usize,
}

impl Options {
    /// Measure and print.
    pub async fn run(&self) -> Result<()> {
        let load = Load { workers: 0, slots: 1, clients: 0, once_final: false, connections: 1 };
        let Rig { network, mut engine, mut seller } = Rig::start(&load, 1, 1, STATES).await?;
        let calls: Vec<_> = (0..self.offers)
            .map(|number| talka_pallet_orders::Call::<Runtime>::publish_order {
                order: offer(&seller.account, number, engine.now + LIFE),
            })
            .collect();
        for block in calls.chunks(BATCH * AT_ONCE) {
            for batch in block.chunks(BATCH) {
                let calls = batch.iter().cloned().map(RuntimeCall::from).collect();
                engine.send_as(&mut seller, pallet_utility::Call::<Runtime>::batch_all { calls })?;
            }
            engine.step(&mut Demand::Nothing).await?;
        }
        let client = Client::connect(&network.url()).await?;
        let last = engine.now + PATIENCE;
        while list(&client).await?.0 < self.offers {
            ensure!(engine.now < last, "not all offers were published\nhint: the log of the node tells why");
            engine.step(&mut Demand::Nothing).await?;
        }

        let mut pages = Sample::default();
        let mut whole = Sample::default();
        for _ in 0..self.times.max(1) {
            let began = Instant::now();
            let (_, times) = list(&client).await?;
            whole.push(began.elapsed().as_millis() as u64);
            times.into_iter().for_each(|time| pages.push(time));
        }
        let name = format!("offers/{}", self.offers);
        if let Some(mean) = whole.mean() {
            say(format!("{name}/listed"), number(mean), "ms");
        }
        pages.say(format!("{name}/page_of_{MAX_PAGE}"), "us");
        engine.tally.counts.say(&name);
        network.finish();
        Ok(())
    }
}

/// An offer of work at a price that others have not.
fn offer(signer: &AccountId, number: usize, expiry: BlockNumber) -> Order<AccountId> {
    let terms = Terms {
        signer: signer.clone(),
        price: POOL_PRICE + number as u128,
        volume: 1,
        tags: Default::default(),
        only: Restrictions::default(),
        expiry,
        salt: Salt(*blake3::hash(&number.to_le_bytes()).as_bytes()),
    };
    Order::Pool(PoolOrder { pool: POOL, category: CATEGORY, trust: Trust(4), terms })
}

/// List all offers of work, page by page. Gives how many there are, and how long each page took, in millionths of a second.
async fn list(client: &Client) -> Result<(usize, Vec<u64>)> {
    let (mut found, mut times, mut after) = (0, Vec::new(), None);
    let best = client.best().await?;
    loop {
        let began = Instant::now();
        let page = best.orders(Some(Shelf::Pools(CATEGORY)), after, MAX_PAGE).await?;
        times.push(began.elapsed().as_micros() as u64);
        found += page.items.len();
        after = page.next;
        if after.is_none() {
            return Ok((found, times));
        }
    }
}
