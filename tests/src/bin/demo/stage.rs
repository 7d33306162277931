//! Who takes part, with what.

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use talka_client::{AccountId, Tlk};
use talka_primitives::{AppId, Balance, DatasetId, PoolId, Score};
use talka_tests::{
    apps::EXAMPLES,
    chronicle::Chronicle,
    network::{BOND, OPERATOR_SHARE, POOL_PRICE, STAKE_RATIO},
    worker::{Behaviour, Worker},
    Network,
};

use crate::bags::BAGS;

/// The workers, and the one that lies. Nobody else knows which.
const WORKERS: [&str; 5] = ["Worker1", "Worker2", "Worker3", "Worker4", "Worker5"];
const LIAR: &str = "Worker3";

/// The network, with everything set up for the requesters.
pub struct Stage {
    pub network: Network,
    pub pool: PoolId,
    /// In the order of [`BAGS`].
    pub wares: Vec<Ware>,
    pub workers: Vec<Worker>,
}

/// An app that is for sale, and its dataset.
pub struct Ware {
    pub app: AppId,
    pub dataset: DatasetId,
}

/// What a worker has at one time.
#[derive(Clone, Copy)]
pub struct Standing {
    pub score: Score,
    pub bond: Balance,
    /// Free and held.
    pub balance: Balance,
}

impl Stage {
    /// Start the node, publish everything and let the workers go online.
    pub async fn set() -> Result<Self> {
        let network = Network::start().await?;
        let pool = network.pool().await?;
        let mut wares = Vec::new();
        let publish = async {
            for bag in &BAGS {
                let (app, dataset) = network.publish(&bag.example).await?;
                wares.push(Ware { app, dataset });
            }
            Ok::<_, anyhow::Error>(())
        };
        let employ = try_join_all(WORKERS.map(|name| {
            let behaviour = if name == LIAR { Behaviour::Lying } else { Behaviour::Honest };
            network.worker(name, pool, behaviour)
        }));
        let ((), workers) = tokio::try_join!(publish, employ)?;
        Ok(Self { network, pool, wares, workers })
    }

    /// Say what is there.
    pub fn describe(&self) {
        println!("node       {} (a block every 2 s; try polkadot.js on it)", self.network.node.url());
        println!(
            "pool       {} of Operator, {} TLK a task; {} % of it are the operator's, {} % of it are a worker's stake",
            self.pool,
            Tlk(POOL_PRICE),
            OPERATOR_SHARE,
            STAKE_RATIO
        );
        for (ware, example) in self.wares.iter().zip(&EXAMPLES) {
            println!("app        {} {}: {}", ware.app, example.app, example.description);
            println!("dataset    {} {}", ware.dataset, example.dataset);
        }
        for worker in &self.workers {
            let remark = if worker.name == LIAR { ", and it lies" } else { "" };
            println!(
                "worker     {} {} with a bond of {} TLK{remark}",
                worker.name,
                worker.account,
                Tlk(BOND)
            );
        }
    }

    /// The account of the liar.
    pub fn liar(&self) -> Result<AccountId> {
        let liar = self.workers.iter().find(|worker| worker.name == LIAR);
        liar.map(|worker| worker.account).context("there is a liar")
    }

    /// What each worker has now, in the order of the workers.
    pub async fn standings(&self) -> Result<Vec<Standing>> {
        let best = self.network.client.best().await?;
        let mut standings = Vec::new();
        for worker in &self.workers {
            let view = best.worker(worker.account).await?.context("a worker has a standing")?;
            let funds = best.funds(worker.account).await?;
            standings.push(Standing { score: view.score, bond: view.bond, balance: funds.free + funds.held });
        }
        Ok(standings)
    }

    /// All that has happened up to now.
    pub async fn chronicle(&self) -> Result<Chronicle> {
        let best = self.network.client.best().await?;
        Chronicle::read(&self.network.client, 1, best.block().number).await
    }

    /// Check that no money was made or lost, and stop everything.
    pub async fn strike(self) -> Result<()> {
        self.network.finish(self.workers).await
    }
}
