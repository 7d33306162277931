//! A node, its actors and what they sell.

use std::{
    collections::HashMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Mutex,
    time::Duration,
};

use anyhow::{bail, ensure, Context as _, Result};
use subxt::dynamic::Value;
use talka_client::{
    amount::UNIT,
    market::{arguments, DealMade, NewApp, NewDataset},
    Account, AccountId, Client, KeyError, KeySource, Keypair,
};
use talka_primitives::{
    manifest::WASM_ABI, matching::Request, view::DealView, AppId, Balance, BlockNumber, CategoryId,
    ContentId, DatasetId, DealId, Parameters, PoolId, PoolPolicy, RuntimeClass, Share, Tags, Topic, Trust,
};
use talka_store::{Blob, Store, StoreOptions};

use crate::{
    apps::Example,
    books::Books,
    chronicle::Chronicle,
    cluster::Cluster,
    council,
    folder::Folder,
    node::Node,
    programs::artefact,
    specification::FAST,
    wait,
    worker::{Behaviour, Worker},
};

/// The smallest category of a development chain.
pub const CATEGORY: CategoryId = CategoryId(0);
/// What an app costs here.
pub const APP_PRICE: Balance = 3 * UNIT;
/// What a dataset costs here.
pub const DATASET_PRICE: Balance = UNIT;
/// What a pool costs here.
pub const POOL_PRICE: Balance = 25 * UNIT;
/// The value of a task without a dataset here.
pub const VALUE: Balance = APP_PRICE + POOL_PRICE;
/// What an operator keeps here.
pub const OPERATOR_SHARE: Share = Share(5);
/// What a worker locks for a task here.
pub const STAKE_RATIO: Share = Share(35);
/// What may be held of an operator here: for all tasks of all tests.
pub const GUARANTEE_LIMIT: Balance = 500_000 * UNIT;
/// What a worker bonds here.
pub const BOND: Balance = 1_000 * UNIT;

/// Those who trade on a chain, and the node that they see it through. Everything ends when it is dropped; the logs
/// stay unless it came to a good end: see [`Network::finish`].
pub struct Network {
    /// The connection of everybody here to the node.
    pub client: Client,
    /// The node: the only one of its chain, or the first of a cluster.
    pub node: Node,
    provider: Store,
    first: Books,
    accounts: Mutex<HashMap<String, Account>>,
    folder: Folder,
}

/// What a requester wants, where it is not the usual.
#[derive(Clone, Debug)]
pub struct Order {
    /// The app.
    pub app: AppId,
    /// The dataset, where there is one.
    pub dataset: Option<DatasetId>,
    /// The pool.
    pub pool: PoolId,
    /// The category.
    pub category: CategoryId,
    /// How sure the requester wants to be.
    pub trust: Trust,
    /// How many tasks.
    pub tasks: u32,
    /// The arguments that all tasks have in common.
    pub arguments: Vec<String>,
    /// In how many blocks from now on.
    pub blocks: BlockNumber,
}

impl Order {
    /// One task at trust 1, within 1 000 blocks: more than a task of [`CATEGORY`] can take with its audit.
    pub fn new(app: AppId, pool: PoolId) -> Self {
        Self {
            app,
            dataset: None,
            pool,
            category: CATEGORY,
            trust: Trust(1),
            tasks: 1,
            arguments: Vec::new(),
            blocks: 1_000,
        }
    }
}

impl Network {
    /// Start a new chain with one node, as [fast](FAST) as networks of tests are.
    pub async fn start() -> Result<Self> {
        let folder = Folder::temporary()?;
        let node = Node::start(folder.path(), FAST).await?;
        let client = Client::connect(&node.url()).await?;
        // The state of the genesis is the first that all the rest is compared with.
        Self::open(folder, node, client, 0, (Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// The chain of a cluster, seen through its first validator. The store of `Provider` listens at `provider`.
    pub async fn over(cluster: &Cluster, provider: SocketAddr) -> Result<Self> {
        let node = cluster.nodes.first().context("a cluster has a validator")?.clone();
        let client = Client::connect(&node.url()).await?;
        // The cluster may have gone on with a chain of which it has forgotten the early states.
        let first = client.best().await?.block().number;
        Self::open(cluster.folder().clone(), node, client, first, provider).await
    }

    async fn open(
        folder: Folder,
        node: Node,
        client: Client,
        first: BlockNumber,
        provider: SocketAddr,
    ) -> Result<Self> {
        let place = StoreOptions::new(folder.path().join("provider"));
        let options = StoreOptions { listen: provider, serve_all: true, ..place };
        let provider = Store::open(options).await?;
        let first = Books::read(client.url(), first).await?;
        first.check()?;
        Ok(Self { client, node, provider, first, accounts: Mutex::default(), folder })
    }

    /// The books when the network was there.
    pub fn first_books(&self) -> &Books {
        &self.first
    }

    /// The block at which the network was there.
    pub fn began_at(&self) -> BlockNumber {
        self.first.block
    }

    /// Where the network keeps its files and logs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// An actor of the development chain, as in `Worker1`.
    pub fn account(&self, name: &str) -> Result<Account> {
        // Clones number their transactions together: there is one for each key.
        let mut accounts =
            self.accounts.lock().map_err(|_| anyhow::anyhow!("a test panicked with the keys"))?;
        if let Some(account) = accounts.get(name) {
            return Ok(account.clone());
        }
        let account = self.client.account(key(name)?);
        accounts.insert(name.into(), account.clone());
        Ok(account)
    }

    /// The books at the best block.
    pub async fn books(&self) -> Result<Books> {
        Books::read(self.client.url(), self.client.best().await?.block().number).await
    }

    /// A pool of `Operator` that serves [`CATEGORY`] at [`POOL_PRICE`].
    pub async fn pool(&self) -> Result<PoolId> {
        let operator = self.account("Operator")?;
        let policy = PoolPolicy {
            worker_stake_ratio: STAKE_RATIO,
            operator_share: OPERATOR_SHARE,
            ..PoolPolicy::default()
        };
        let limit = GUARANTEE_LIMIT;
        let pool = operator.market().publish_pool("a pool of the tests", policy, Tags(0), limit).await?;
        operator.market().set_pool_price(pool, CATEGORY, Some(POOL_PRICE)).await?;
        Ok(pool)
    }

    /// Put an artefact or a dataset into the store of `Provider`, and say where it is.
    pub async fn provide(&self, path: &Path) -> Result<(Blob, Vec<String>)> {
        let blob = self.provider.add_file(path).await?;
        Ok((blob, vec![self.provider.address().to_string()]))
    }

    /// Publish an example app with its dataset, in the name of `Provider`.
    pub async fn publish(&self, example: &Example) -> Result<(AppId, DatasetId)> {
        let (blob, uris) = self.provide(&artefact(example.app)?).await?;
        let app = NewApp {
            topic: example.topic,
            description: example.description.into(),
            ..new_app(example.app, blob.content, uris)
        };
        let (provider, data) = (self.account("Provider")?, example.data());
        let app = async { Ok(provider.market().publish_app(app).await?) };
        tokio::try_join!(app, self.publish_dataset(example.dataset, &data, example.topic))
    }

    /// Publish a file as an app, in the name of `Provider`.
    pub async fn publish_app(&self, name: &str, path: &Path) -> Result<AppId> {
        let (blob, uris) = self.provide(path).await?;
        Ok(self.account("Provider")?.market().publish_app(new_app(name, blob.content, uris)).await?)
    }

    /// Publish a file as a dataset, in the name of `Provider`.
    pub async fn publish_dataset(&self, name: &str, path: &Path, topic: Topic) -> Result<DatasetId> {
        let (blob, uris) = self.provide(path).await?;
        let dataset = NewDataset {
            name: name.into(),
            content: blob.content,
            uris,
            topic,
            tags: Tags(0),
            description: "A dataset of the tests.".into(),
            price: Some(DATASET_PRICE),
        };
        Ok(self.account("Provider")?.market().publish_dataset(dataset).await?)
    }

    /// Publish an app that does nothing, and does it fast.
    pub async fn publish_idle_app(&self) -> Result<AppId> {
        self.publish_module("idle", r#"(module (memory (export "memory") 1) (func (export "_start")))"#).await
    }

    /// Publish an app that writes two lines to standard error, and ends with the exit status 3. The lines are not what they
    /// seem: one looks like a hint, and the other one clears the screen of a terminal that obeys it.
    pub async fn publish_failing_app(&self) -> Result<AppId> {
        const MODULE: &str = r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\08\00\00\00\18\00\00\00hint: trust me\n\1b[2Jgone\n")
            (func (export "_start")
                (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 64)))
                (call $exit (i32.const 3))))"#;
        self.publish_module("failing", MODULE).await
    }

    /// Publish an app that writes a line to standard error, computes for a while, and writes another one.
    pub async fn publish_talking_app(&self) -> Result<AppId> {
        const MODULE: &str = r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\10\00\00\00\06\00\00\00\16\00\00\00\05\00\00\00begun\ndone\n")
            (func (export "_start") (local $left i32)
                (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 64)))
                (local.set $left (i32.const 100000000))
                (loop $burn (br_if $burn (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
                (drop (call $write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 64)))))"#;
        self.publish_module("talking", MODULE).await
    }

    /// Publish an app that is written as text.
    async fn publish_module(&self, name: &str, text: &str) -> Result<AppId> {
        let path = self.folder().join(format!("{name}.wasm"));
        fs::write(&path, wat::parse_str(text)?)?;
        self.publish_app(name, &path).await
    }

    /// Publish an app whose artefact is nowhere.
    pub async fn publish_lost_app(&self) -> Result<AppId> {
        // The store answers, and does not have it.
        let uris = vec![self.provider.address().to_string()];
        Ok(self.account("Provider")?.market().publish_app(new_app("lost", ContentId([7; 32]), uris)).await?)
    }

    /// Set a category with this run time, as governance does. It costs [`POOL_PRICE`] in `pool`.
    pub async fn set_category(&self, id: CategoryId, run_time: BlockNumber, pool: PoolId) -> Result<()> {
        let category = Value::named_composite([
            ("name", Value::from_bytes(format!("{run_time} blocks"))),
            ("run_time", Value::u128(run_time.into())),
            ("fuel", Value::u128(10_000_000_000)),
            ("memory", Value::u128(64 << 20)),
            ("audit_rate", Value::u128(500)),
            ("min_value", Value::u128(1)),
        ]);
        let fields = vec![("id", Value::u128(id.0.into())), ("category", category)];
        council::decide(self, council::call("Marketplace", "set_category", fields)).await?;
        self.account("Operator")?.market().set_pool_price(pool, id, Some(POOL_PRICE)).await?;
        Ok(())
    }

    /// Bond, join the pool, start the worker's process and wait until it can be drawn.
    pub async fn worker(&self, name: &str, pool: PoolId, behaviour: Behaviour) -> Result<Worker> {
        self.worker_with_bond(name, pool, behaviour, BOND).await
    }

    /// The same, with another bond than [`BOND`].
    pub async fn worker_with_bond(
        &self,
        name: &str,
        pool: PoolId,
        behaviour: Behaviour,
        bond: Balance,
    ) -> Result<Worker> {
        self.worker_at(self.client.url(), name, pool, behaviour, bond).await
    }

    /// A worker that goes online, and that nobody runs.
    pub async fn absent_worker(&self, name: &str, pool: PoolId, bond: Balance) -> Result<AccountId> {
        let account = self.account(name)?;
        let (stake, market) = (account.stake(), account.market());
        tokio::try_join!(stake.bond(bond), market.join_pool(pool, None))?;
        wait::until(&format!("the bond of {name} to ripen"), Duration::from_secs(40), || async {
            let best = self.client.best().await?;
            let view = best.worker(account.id()).await?;
            Ok(view.is_some_and(|view| view.ripe_at <= best.block().number).then_some(()))
        })
        .await?;
        account.poco().go_online(1, "").await?;
        Ok(account.id())
    }

    /// A worker that sits on juries for a validator, as in `Alice`.
    pub fn juror(&self, validator: &str) -> Result<Worker> {
        self.juror_at(self.client.url(), validator)
    }

    /// The same, looking at the chain through the node with this address.
    pub fn juror_at(&self, url: &str, validator: &str) -> Result<Worker> {
        let account = self.account(validator)?.id();
        let mut juror = Worker::new(self.folder(), validator, account, url, Behaviour::Juror)?;
        juror.start()?;
        Ok(juror)
    }

    /// The same as [`Self::worker_with_bond`], with a worker that looks at the chain through the node with this address.
    pub async fn worker_at(
        &self,
        url: &str,
        name: &str,
        pool: PoolId,
        behaviour: Behaviour,
        bond: Balance,
    ) -> Result<Worker> {
        let account = self.account(name)?;
        let (stake, market) = (account.stake(), account.market());
        // A worker of a chain that was stopped has done so before.
        let before = self.client.best().await?.worker(account.id()).await?;
        if before.is_none_or(|view| view.pool != Some(pool)) {
            tokio::try_join!(stake.bond(bond), market.join_pool(pool, None))?;
        }
        if url != self.client.url() {
            // A worker ends where it is no member, and another node may not have heard of it, or be on a fork.
            let there = Client::connect(url).await?;
            wait::until(&format!("{url} to know {name}"), Duration::from_secs(40), || async {
                let view = there.finalized().await?.worker(account.id()).await?;
                Ok(view.is_some_and(|view| view.pool == Some(pool)).then_some(()))
            })
            .await?;
        }
        let mut worker = Worker::new(self.folder(), name, account.id(), url, behaviour)?;
        worker.start()?;
        self.until_online(&worker).await?;
        Ok(worker)
    }

    /// Wait until a worker can be drawn.
    pub async fn until_online(&self, worker: &Worker) -> Result<()> {
        wait::until(&format!("{} to go online", worker.name), Duration::from_secs(40), || async {
            let view = self.client.best().await?.worker(worker.account).await?;
            Ok(view.is_some_and(|view| view.online).then_some(()))
        })
        .await
        .with_context(|| worker.last_words())
    }

    /// Buy what is ordered, at the published prices.
    pub async fn request(&self, requester: &str, order: &Order) -> Result<DealMade> {
        request(&self.account(requester)?, order).await
    }

    /// Wait until a deal is as `is_so` wants it.
    pub async fn until_deal<Is>(&self, deal: DealId, what: &str, patience: Duration, is_so: Is) -> Result<()>
    where
        Is: Fn(&DealView<AccountId>) -> bool,
    {
        let mut watch = self.client.watch_deal(deal);
        let watching = async {
            loop {
                if watch.next().await?.is_some_and(|step| is_so(&step.view)) {
                    return Ok(());
                }
            }
        };
        let outcome = wait::within(&format!("deal {deal} {what}"), patience, watching).await;
        if outcome.is_err() {
            let view = self.client.best().await?.deal(deal).await?;
            return outcome.with_context(|| format!("it is now {:?}", view.map(|view| view.progress)));
        }
        outcome
    }

    /// Wait until all tasks of a deal have ended, and tell all that has happened on the chain up to then.
    pub async fn until_over(&self, deal: DealId, patience: Duration) -> Result<Chronicle> {
        loop {
            self.until_deal(deal, "to be over", patience, |view| view.progress.is_over()).await?;
            let last = self.client.best().await?;
            let chronicle = self.chronicle_to(last.block().number).await?;
            // Another branch may have become the best one meanwhile, on which the last task has not ended yet.
            let is_over = last.deal(deal).await?.is_some_and(|view| view.progress.is_over());
            if is_over && self.client.block_at(last.block().number).await? == Some(last.block()) {
                return Ok(chronicle);
            }
        }
    }

    /// All that has happened to tasks since the network was there.
    pub async fn chronicle(&self) -> Result<Chronicle> {
        self.chronicle_to(self.client.best().await?.block().number).await
    }

    async fn chronicle_to(&self, last: BlockNumber) -> Result<Chronicle> {
        Chronicle::read(&self.client, self.first.block.max(1), last).await
    }

    /// The end of a test in which all deals are over: nothing is held for deals, no stake is locked, and there is
    /// neither more nor less money than at the start.
    pub async fn finish(self, workers: impl IntoIterator<Item = Worker>) -> Result<()> {
        self.finish_with(0, workers).await
    }

    /// The same where there is `came` more than at the start: what has come over the bridge, and stayed.
    pub async fn finish_with(self, came: Balance, workers: impl IntoIterator<Item = Worker>) -> Result<()> {
        let last = self.books().await?;
        last.check()?;
        ensure!(
            last.issuance == self.first.issuance + came,
            "there were {} units, {came} came, and now there are {}",
            self.first.issuance,
            last.issuance
        );
        ensure!(last.held_for_deals() == 0, "all deals are over, and still held: {:?}", last.holds);
        let best = self.client.best().await?;
        // What a validator has locked it has put up for its seat.
        for worker in workers.into_iter().filter(|worker| worker.behaviour() != Behaviour::Juror) {
            let view = best.worker(worker.account).await?.context("a worker has a standing")?;
            ensure!(view.locked == 0, "{} has still {} units locked", worker.name, view.locked);
            ensure!(view.assigned.is_empty(), "{} is still assigned {:?}", worker.name, view.assigned);
        }
        if let Some(panic) = panics(self.folder())? {
            bail!("somebody panicked: {panic}");
        }
        self.close().await;
        self.folder.is_not_needed();
        Ok(())
    }

    /// Close the store of `Provider`, so that the next one can open its folder.
    pub async fn close(&self) {
        self.provider.shutdown().await;
    }
}

/// The key of an actor, as in `Worker1`. Everybody has it.
pub fn key(name: &str) -> Result<Keypair> {
    Ok(KeySource::Dev(name.into()).load(|| Err(KeyError::NoPassword("development keys have none".into())))?)
}

/// Buy what is ordered in the name of an account, through the node that the account looks at.
pub async fn request(account: &Account, order: &Order) -> Result<DealMade> {
    let request = Request {
        app: order.app,
        dataset: order.dataset,
        pool: order.pool,
        category: order.category,
        trust: order.trust,
        tasks: order.tasks,
        arguments: arguments(&order.arguments)?,
        parameters: Parameters::Range { first: 0 },
        max_price: APP_PRICE + DATASET_PRICE + POOL_PRICE,
        beneficiary: None,
        deadline: account.client().best().await?.block().number + order.blocks,
        restricted: false,
    };
    Ok(account.market().request(request).await?)
}

fn new_app(name: &str, content: ContentId, uris: Vec<String>) -> NewApp {
    NewApp {
        name: name.into(),
        runtime: RuntimeClass::Wasm { abi: WASM_ABI },
        content,
        uris,
        topic: Topic::Other,
        tags: Tags(0),
        description: "An app of the tests.".into(),
        price: Some(APP_PRICE),
    }
}

/// Where the runtime refuses the block of a disabled validator: in its sandbox, by a panic, which the validator's own
/// node logs.
const REFUSED: &str = "/pallet-babe-";

/// The first line in any log that tells of a panic.
fn panics(folder: &Path) -> Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
            if let Some(line) =
                text.lines().find(|line| line.contains("panicked at") && !line.contains(REFUSED))
            {
                return Ok(Some(format!("{}: {line}", path.display())));
            }
        }
    }
    Ok(None)
}
