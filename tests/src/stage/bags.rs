//! What is bought.

use std::time::{Duration, Instant};

use super::Stage;
use crate::{
    apps::{Example, RENDER, TERM_STATISTICS, VALUE_AT_RISK},
    chronicle::Chronicle,
    network::{Order, APP_PRICE, DATASET_PRICE, POOL_PRICE},
};
use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use talka_client::Tlk;
use talka_primitives::{BlockNumber, DealId, TaskId, Trust};

/// Two fresh workers that agree are enough for it, and one that audits; against a liar, a jury.
pub const TRUST: Trust = Trust(3);

/// A bag of tasks.
#[derive(Clone, Debug)]
pub struct Bag {
    /// The app, its data, and how many tasks.
    pub example: Example,
    /// Who buys it.
    pub requester: &'static str,
}

/// The three bags.
pub const BAGS: [Bag; 3] = [
    Bag { example: VALUE_AT_RISK, requester: "Requester1" },
    Bag { example: TERM_STATISTICS, requester: "Requester1" },
    Bag { example: RENDER, requester: "Requester2" },
];

/// A bag that was bought.
#[derive(Clone, Copy, Debug)]
pub struct Bought {
    /// Its deal.
    pub deal: DealId,
    /// When the request was in a block.
    pub at: Instant,
}

/// Buy bags, all at once; what is given is in their order.
pub async fn buy(stage: &Stage, bags: &[Bag]) -> Result<Vec<Bought>> {
    let bought = try_join_all(bags.iter().map(|bag| async move {
        let ware = stage.offer.ware(&bag.example)?;
        let order = Order {
            dataset: Some(ware.dataset),
            trust: TRUST,
            tasks: bag.example.tasks,
            arguments: bag.example.arguments(),
            ..Order::new(ware.app, stage.offer.pool)
        };
        let made = stage.network.request(bag.requester, &order).await?;
        Ok::<_, anyhow::Error>(Bought { deal: made.deal, at: Instant::now() })
    }))
    .await?;
    for (bag, Bought { deal, .. }) in bags.iter().zip(&bought) {
        let price = Tlk(APP_PRICE + DATASET_PRICE + POOL_PRICE);
        println!(
            "deal {deal}     {}: {} tasks of {} at trust {TRUST}, {price} TLK each",
            bag.requester, bag.example.tasks, bag.example.app
        );
    }
    Ok(bought)
}

/// How many blocks pass from the block of a request to that of the settlement, where the pool is idle and the app does
/// nothing: measured a few times, one after the other.
pub async fn one_by_one(stage: &Stage) -> Result<Vec<BlockNumber>> {
    const TIMES: usize = 3;
    let network = &stage.network;
    let app = network.publish_idle_app().await?;
    let mut blocks = Vec::new();
    for _ in 0..TIMES {
        let made = network.request("Requester2", &Order::new(app, stage.offer.pool)).await?;
        let (deal, requested) = (made.deal, made.block.number);
        network
            .until_deal(deal, "to be over", Duration::from_secs(60), |view| view.progress.is_over())
            .await?;
        let now = network.client.best().await?.block().number;
        let chronicle = Chronicle::read(&network.client, requested, now).await?;
        let (_, settled) = chronicle.span(TaskId { deal, index: 0 }).context("the task was completed")?;
        blocks.push(settled - requested);
    }
    Ok(blocks)
}
