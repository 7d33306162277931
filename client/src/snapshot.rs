//! Questions about the chain's state at one block. Each is one call of a runtime API.

use std::time::Duration;

use subxt::{client::OnlineClientAtBlock, runtime_apis::Payload, utils::Static};
use talka_primitives::{
    view::{DealView, Duties, Listed, Outcome, TaskView, WorkerView},
    App, AppId, BlockNumber, Category, CategoryId, Dataset, DatasetId, DealId, Pool, PoolId, TaskId,
};

use crate::{
    api,
    balances::Funds,
    client::{BlockId, Config},
    error::{Error, Fatal},
    events::TaskEvent,
    AccountId,
};

/// Most entries that a list has in one answer.
pub const PAGE: u32 = 100;
/// Most outcomes in one answer.
pub const OUTCOMES: u32 = 1_000;
/// Most open tasks that one question about duties may name.
pub const OPEN_TASKS: usize = 1_000;

/// The chain's state at one block. Cheap to clone. Old blocks may be forgotten by the node.
#[derive(Clone, Debug)]
pub struct Snapshot {
    at: OnlineClientAtBlock<Config>,
    block: BlockId,
}

/// The chain's numbers that an off-chain program depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Time from one block to the next.
    pub block_time: Duration,
    /// Blocks in which an assigned worker must give a sign of life.
    pub heartbeat_period: BlockNumber,
    /// Most items in one commit or reveal.
    pub max_batch: u32,
}

impl Snapshot {
    pub(crate) fn new(at: OnlineClientAtBlock<Config>) -> Self {
        let number = at.block_number().try_into().unwrap_or(BlockNumber::MAX);
        let block = BlockId { number, hash: at.block_hash() };
        Self { at, block }
    }

    pub(crate) fn inner(&self) -> &OnlineClientAtBlock<Config> {
        &self.at
    }

    /// The block that this is the state of.
    pub fn block(&self) -> BlockId {
        self.block
    }

    async fn ask<Question: Payload>(&self, question: Question) -> Result<Question::ReturnType, Error> {
        self.at.runtime_apis().call(question).await.map_err(Error::subxt)
    }

    /// Apps, from an identifier on, at most [`PAGE`].
    pub async fn apps(&self, from: AppId, limit: u32) -> Result<Vec<Listed<AppId, App<AccountId>>>, Error> {
        let apps = self.ask(api::runtime_apis().market_api().apps(from.into(), limit)).await?;
        Ok(apps.into_iter().map(listed).collect())
    }

    /// Datasets, from an identifier on, at most [`PAGE`].
    pub async fn datasets(
        &self,
        from: DatasetId,
        limit: u32,
    ) -> Result<Vec<Listed<DatasetId, Dataset<AccountId>>>, Error> {
        let datasets = self.ask(api::runtime_apis().market_api().datasets(from.into(), limit)).await?;
        Ok(datasets.into_iter().map(listed).collect())
    }

    /// Pools, from an identifier on, at most [`PAGE`].
    pub async fn pools(
        &self,
        from: PoolId,
        limit: u32,
    ) -> Result<Vec<Listed<PoolId, Pool<AccountId>>>, Error> {
        let pools = self.ask(api::runtime_apis().market_api().pools(from.into(), limit)).await?;
        Ok(pools.into_iter().map(listed).collect())
    }

    /// All categories.
    pub async fn categories(&self) -> Result<Vec<Listed<CategoryId, Category>>, Error> {
        let categories = self.ask(api::runtime_apis().market_api().categories()).await?;
        Ok(categories.into_iter().map(listed).collect())
    }

    /// One app.
    pub async fn app(&self, id: AppId) -> Result<Option<App<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().market_api().app(id.into())).await?.map(plain))
    }

    /// One dataset.
    pub async fn dataset(&self, id: DatasetId) -> Result<Option<Dataset<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().market_api().dataset(id.into())).await?.map(plain))
    }

    /// One pool.
    pub async fn pool(&self, id: PoolId) -> Result<Option<Pool<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().market_api().pool(id.into())).await?.map(plain))
    }

    /// A deal and how far it is.
    pub async fn deal(&self, id: DealId) -> Result<Option<DealView<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().poco_api().deal(id.into())).await?.map(plain))
    }

    /// Deals of a requester, from an identifier on, at most [`PAGE`].
    pub async fn deals_of(
        &self,
        requester: AccountId,
        from: DealId,
        limit: u32,
    ) -> Result<Vec<DealView<AccountId>>, Error> {
        let deals = self.ask(api::runtime_apis().poco_api().deals_of(requester, from.into(), limit)).await?;
        Ok(deals.into_iter().map(plain).collect())
    }

    /// A task; with its contributions while it is open.
    pub async fn task(&self, id: TaskId) -> Result<Option<TaskView<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().poco_api().task(id.into())).await?.map(plain))
    }

    /// Ended tasks of a deal, from a place in the bag on, at most [`OUTCOMES`].
    pub async fn outcomes(
        &self,
        deal: DealId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<Listed<TaskId, Outcome>>, Error> {
        let outcomes = self.ask(api::runtime_apis().poco_api().outcomes(deal.into(), from, limit)).await?;
        Ok(outcomes.into_iter().map(listed).collect())
    }

    /// What a worker has to do. `open` are the tasks whose digest it keeps, at most [`OPEN_TASKS`].
    pub async fn duties(&self, worker: AccountId, open: &[TaskId]) -> Result<Duties<AccountId>, Error> {
        let open = open.iter().copied().map(Static).collect();
        Ok(self.ask(api::runtime_apis().poco_api().duties(worker, open)).await?.0)
    }

    /// A worker's standing. `None` for an account that has never had to do with work.
    pub async fn worker(&self, account: AccountId) -> Result<Option<WorkerView<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().poco_api().worker(account)).await?.map(plain))
    }

    /// Workers of a pool, at most [`PAGE`]: who may hold its results.
    pub async fn workers(&self, pool: PoolId, limit: u32) -> Result<Vec<WorkerView<AccountId>>, Error> {
        let workers = self.ask(api::runtime_apis().poco_api().workers(pool.into(), limit)).await?;
        Ok(workers.into_iter().map(plain).collect())
    }

    /// What an account has. Zero for one that does not exist.
    pub async fn funds(&self, account: AccountId) -> Result<Funds, Error> {
        let value = self
            .at
            .storage()
            .try_fetch(api::storage().system().account(), (account,))
            .await
            .map_err(Error::subxt)?;
        let Some(value) = value else { return Ok(Funds::default()) };
        let data = value.decode().map_err(Error::subxt)?.data;
        Ok(Funds { free: data.free, held: data.reserved })
    }

    /// What this block established about tasks, in its order.
    pub async fn task_events(&self) -> Result<Vec<TaskEvent>, Error> {
        let events = self.at.events().fetch().await.map_err(Error::subxt)?;
        let mut about_tasks = Vec::new();
        for event in events.iter() {
            let event = event.map_err(Error::subxt)?;
            if event.pallet_name() == "Poco" {
                let event = event.decode_as::<api::Event>().map_err(Error::subxt)?;
                about_tasks.extend(TaskEvent::from_runtime(event));
            }
        }
        Ok(about_tasks)
    }

    /// The chain's numbers.
    pub fn parameters(&self) -> Result<Parameters, Error> {
        let constants = self.at.constants();
        let milliseconds =
            constants.entry(api::constants().babe().expected_block_time()).map_err(Error::subxt)?;
        Ok(Parameters {
            block_time: Duration::from_millis(milliseconds),
            heartbeat_period: constants
                .entry(api::constants().poco().heartbeat_period())
                .map_err(Error::subxt)?,
            max_batch: constants.entry(api::constants().poco().max_batch()).map_err(Error::subxt)?,
        })
    }
}

fn plain<T>(shell: Static<T>) -> T {
    shell.0
}

fn listed<Id, Item>(entry: Static<Listed<Static<Id>, Static<Item>>>) -> Listed<Id, Item> {
    let Listed { id, item } = entry.0;
    Listed { id: id.0, item: item.0 }
}

/// For values that are bounded on chain: say which one is too long, before anything is sent.
pub(crate) fn fit<T, E: std::fmt::Display>(what: &'static str, value: Result<T, E>) -> Result<T, Error> {
    value.map_err(|why| Fatal::Unfit { what, why: why.to_string() }.into())
}
