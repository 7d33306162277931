//! A network with everything set up for requesters: a pool, the example apps with their data, and workers.

pub mod bags;
pub mod follow;
pub mod results;

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use talka_client::Tlk;
use talka_primitives::{AppId, Balance, DatasetId, Merit, PoolId};

use crate::{
    apps::{Example, EXAMPLES},
    network::{BOND, OPERATOR_SHARE, POOL_PRICE, STAKE_RATIO},
    worker::{Behaviour, Worker},
    Network,
};

/// See the module's head.
pub struct Stage {
    /// The network.
    pub network: Network,
    /// What is for sale there.
    pub offer: Offer,
    /// The workers of the pool.
    pub workers: Vec<Worker>,
    /// What sits on juries for the validators.
    pub jurors: Vec<Worker>,
}

/// A pool, and apps with their data.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The pool.
    pub pool: PoolId,
    /// In the order of [`EXAMPLES`].
    pub wares: Vec<Ware>,
}

/// An app that is for sale, and its dataset.
#[derive(Clone, Copy, Debug)]
pub struct Ware {
    /// The app.
    pub app: AppId,
    /// The dataset.
    pub dataset: DatasetId,
}

/// What a worker has at one time.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Its reputation.
    pub merit: Merit,
    /// Its bond.
    pub bond: Balance,
    /// Free and held.
    pub balance: Balance,
}

impl Stage {
    /// Publish everything and let the workers go online.
    pub async fn set(network: Network, cast: &[(String, Behaviour)], jurors: Vec<Worker>) -> Result<Self> {
        let pool = network.pool().await?;
        let (wares, workers) = tokio::try_join!(Offer::publish(&network), employ(&network, pool, cast))?;
        Ok(Self { network, offer: Offer { pool, wares }, workers, jurors })
    }

    /// Let the workers go online where everything was published before.
    pub async fn set_again(
        network: Network,
        offer: Offer,
        cast: &[(String, Behaviour)],
        jurors: Vec<Worker>,
    ) -> Result<Self> {
        let workers = employ(&network, offer.pool, cast).await?;
        Ok(Self { network, offer, workers, jurors })
    }

    /// Say what is there.
    pub fn describe(&self) {
        println!(
            "pool       {} of Operator, {} TLK a task; {} % of it are the operator's, {} % of it are a worker's stake",
            self.offer.pool,
            Tlk(POOL_PRICE),
            OPERATOR_SHARE,
            STAKE_RATIO
        );
        for (ware, example) in self.offer.wares.iter().zip(&EXAMPLES) {
            println!("app        {} {}: {}", ware.app, example.app, example.description);
            println!("dataset    {} {}", ware.dataset, example.dataset);
        }
        for juror in &self.jurors {
            println!("juror      {} {} for the validator of this name", juror.name, juror.account);
        }
        for worker in &self.workers {
            let remark = if worker.behaviour() == Behaviour::Lying { ", and it lies" } else { "" };
            println!(
                "worker     {} {} with a bond of {} TLK{remark}",
                worker.name,
                worker.account,
                Tlk(BOND)
            );
        }
    }

    /// What each worker has now, in the order of the workers.
    pub async fn standings(&self) -> Result<Vec<Standing>> {
        let best = self.network.client.best().await?;
        let mut standings = Vec::new();
        for worker in &self.workers {
            let view = best.worker(worker.account).await?.context("a worker has a standing")?;
            let funds = best.funds(worker.account).await?;
            standings.push(Standing { merit: view.merit, bond: view.bond, balance: funds.free + funds.held });
        }
        Ok(standings)
    }

    /// Check that no money was made or lost, and stop everything.
    pub async fn strike(self) -> Result<()> {
        self.network.finish(self.workers.into_iter().chain(self.jurors)).await
    }
}

impl Offer {
    async fn publish(network: &Network) -> Result<Vec<Ware>> {
        let mut wares = Vec::new();
        for example in &EXAMPLES {
            let (app, dataset) = network.publish(example).await?;
            wares.push(Ware { app, dataset });
        }
        Ok(wares)
    }

    /// The ware that is one of [`EXAMPLES`].
    pub fn ware(&self, example: &Example) -> Result<Ware> {
        let index = EXAMPLES.iter().position(|known| known.app == example.app);
        let ware = index.and_then(|index| self.wares.get(index));
        ware.copied().with_context(|| format!("{} is not for sale here", example.app))
    }
}

async fn employ(network: &Network, pool: PoolId, cast: &[(String, Behaviour)]) -> Result<Vec<Worker>> {
    try_join_all(cast.iter().map(|(name, behaviour)| network.worker(name, pool, *behaviour))).await
}
