//! What all scenarios have in common.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{ensure, Context as _, Result};
use futures::future::try_join_all;
use talka_client::{client::BlockHash, Client};
use talka_primitives::{AppId, BlockNumber, DealId, PoolId, TaskId, Trust};
use talka_tests::{
    books::Books,
    chronicle::Chronicle,
    cluster::Plan,
    folder::Folder,
    heads::{Asked, Heads},
    network::{key, request, Order, BOND},
    node::Node,
    wait,
    worker::{Behaviour, Worker},
    Cluster, Network,
};

/// How many validators there are: one may be missing for finality.
pub const VALIDATORS: usize = 4;
/// The validators that workers and requesters look at, in turns.
const VIEWS: [usize; 2] = [0, 1];
/// The requesters.
const REQUESTERS: [&str; 2] = ["Requester1", "Requester2"];
/// Two fresh workers that agree are enough for it, and one that audits.
const TRUST: Trust = Trust(3);
/// More deals than any scenario makes.
const MANY: u32 = 100;
/// How far apart two nodes may be that are equally far: what is on its way.
const CLOSE: BlockNumber = 2;
/// How long the network may take for something that takes it some blocks.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// How long peers may shut out a node that sent them what they took for false: the network library forgets the worst in
/// 69 seconds, and whom they let in again first may be one that is still shut out elsewhere.
pub const SHUT_OUT: Duration = Duration::from_secs(3 * 69);

/// A network of validators, workers and an app that does nothing.
pub struct Scene {
    pub cluster: Cluster,
    pub network: Network,
    workers: Vec<Worker>,
    app: AppId,
    pool: PoolId,
    /// How many tasks were bought.
    bought: u32,
    before: Books,
}

impl Scene {
    /// Four validators on this machine, and workers of whom each looks at one of [`VIEWS`].
    pub async fn set(workers: usize) -> Result<Self> {
        Self::set_like(&Plan::with_validators(VALIDATORS), workers).await
    }

    /// The same, with validators that are like this.
    pub async fn set_like(plan: &Plan, workers: usize) -> Result<Self> {
        Self::set_in(Folder::temporary()?, plan, workers).await
    }

    /// The same, in a folder that was prepared.
    pub async fn set_in(folder: Folder, plan: &Plan, workers: usize) -> Result<Self> {
        Self::set_all(folder, plan, VIEWS, workers).await
    }

    /// The same, with workers that look at these validators.
    pub async fn set_seen_through(views: [usize; 2], plan: &Plan, workers: usize) -> Result<Self> {
        Self::set_all(Folder::temporary()?, plan, views, workers).await
    }

    async fn set_all(folder: Folder, plan: &Plan, views: [usize; 2], workers: usize) -> Result<Self> {
        let cluster = Cluster::start(folder, plan).await?;
        let network = Network::over(&cluster, (Ipv4Addr::LOCALHOST, 0).into()).await?;
        let pool = network.pool().await?;
        let names: Vec<_> = (1..=workers).map(|number| format!("Worker{number}")).collect();
        let urls = views.map(|node| cluster.nodes[node].url());
        let workers = try_join_all(
            names
                .iter()
                .zip(urls.iter().cycle())
                .map(|(name, url)| network.worker_at(url, name, pool, Behaviour::Honest, BOND)),
        );
        let (workers, app) = tokio::try_join!(workers, network.publish_idle_app())?;
        cluster.until_final(0, 1, PATIENCE).await?;
        let before = network.books().await?;
        Ok(Self { cluster, network, workers, app, pool, bought: 0, before })
    }

    /// The validator with this index.
    pub fn node(&self, index: usize) -> &Node {
        &self.cluster.nodes[index]
    }

    /// How far the validator is that clients and workers look at.
    pub async fn heads(&self) -> Result<Heads> {
        self.node(0).heads().await
    }

    /// Buy a bag.
    pub async fn buy(&mut self, tasks: u32) -> Result<DealId> {
        let order = Order { trust: TRUST, tasks, ..Order::new(self.app, self.pool) };
        self.bought += tasks;
        Ok(self.network.request(REQUESTERS[0], &order).await?.deal)
    }

    /// Buy a bag in the other requester's name, through another validator.
    pub async fn buy_through(&mut self, node: usize, tasks: u32) -> Result<DealId> {
        let order = Order { trust: TRUST, tasks, ..Order::new(self.app, self.pool) };
        self.bought += tasks;
        let client = Client::connect(&self.node(node).url()).await?;
        Ok(request(&client.account(key(REQUESTERS[1])?), &order).await?.deal)
    }

    /// Buy single tasks, one after the other without waiting for results. Gives for each the block of its request.
    pub async fn buy_steadily(&mut self, tasks: u32, every: Duration) -> Result<Vec<(DealId, BlockNumber)>> {
        let order = Order { trust: TRUST, ..Order::new(self.app, self.pool) };
        let mut rhythm = tokio::time::interval(every);
        let mut requested = Vec::new();
        for _ in 0..tasks {
            rhythm.tick().await;
            let made = self.network.request(REQUESTERS[0], &order).await?;
            self.bought += 1;
            requested.push((made.deal, made.block.number));
        }
        Ok(requested)
    }

    /// The longest time from request to settlement, in blocks; when all of them are over.
    pub async fn longest(&self, requested: &[(DealId, BlockNumber)]) -> Result<BlockNumber> {
        self.until_over(requested.iter().map(|(deal, _)| *deal)).await?;
        let chronicle = self.network.chronicle().await?;
        let mut longest = 0;
        for (deal, block) in requested {
            let (_, settled) = chronicle
                .span(TaskId { deal: *deal, index: 0 })
                .context("a task that is over was settled")?;
            longest = longest.max(settled.saturating_sub(*block));
        }
        Ok(longest)
    }

    async fn until_over(&self, deals: impl IntoIterator<Item = DealId>) -> Result<()> {
        for deal in deals {
            let over = |view: &talka_primitives::view::DealView<_>| view.progress.is_over();
            self.network.until_deal(deal, "to be over", Duration::from_secs(180), over).await?;
        }
        Ok(())
    }

    /// Wait until a node's heads are as `is_so` wants them.
    pub async fn until(&self, node: usize, what: &str, is_so: impl Fn(Heads) -> bool) -> Result<Heads> {
        let node = self.node(node);
        wait::until(&format!("{} {what}", node.name()), PATIENCE, || async {
            Ok(node.heads().await.ok().filter(|heads| is_so(*heads)))
        })
        .await
        .with_context(|| format!("{}\n{}", node.log().display(), node.last_words()))
    }

    /// Wait until a node has `blocks` more blocks.
    pub async fn pass(&self, node: usize, blocks: BlockNumber) -> Result<Heads> {
        let goal = self.node(node).heads().await?.best + blocks;
        self.until(node, &format!("to have block {goal}"), |heads| heads.best >= goal).await
    }

    /// Start a node again, and wait until it has caught up. Gives how many blocks that took.
    pub async fn recover(&self, node: &Node) -> Result<BlockNumber> {
        let began = self.heads().await?;
        node.restart().await?;
        self.until_caught_up(node, began, PATIENCE).await
    }

    /// Wait until a node is as far as the first one, which must make blocks final. Gives how many blocks there were
    /// since the first one was at `began`.
    pub async fn until_caught_up(
        &self,
        node: &Node,
        began: Heads,
        patience: Duration,
    ) -> Result<BlockNumber> {
        let now = wait::until(&format!("{} to catch up", node.name()), patience, || async {
            let (first, heads) = (self.heads().await?, node.heads().await.ok());
            let caught_up = heads.is_some_and(|heads| {
                heads.finalized > began.finalized && heads.finalized + CLOSE >= first.finalized
            });
            Ok(caught_up.then_some(first))
        })
        .await
        .with_context(|| format!("{}\n{}", node.log().display(), node.last_words()))?;
        Ok(now.best - began.best)
    }

    /// Let all validators but the first take other session keys, one in each session of this length, and wait until
    /// those that vote have changed as often.
    pub async fn change_validators(&self, session: BlockNumber) -> Result<()> {
        for node in &self.cluster.nodes[1..] {
            let account = Client::connect(&node.url()).await?.account(key(node.name())?);
            let validators = account.validators();
            validators.set_keys(validators.generate_keys().await?).await?;
            self.pass(0, session).await?;
        }
        let wanted = self.cluster.nodes.len() as u64 - 1;
        wait::until(&format!("the validators to change {wanted} times"), PATIENCE, || async {
            let set = Asked::connect(&self.node(0).url()).await?.authority_set().await?;
            Ok((set >= wanted).then_some(()))
        })
        .await
    }

    /// The block at this height on the best chain of each validator.
    pub async fn hashes(&self, height: BlockNumber) -> Result<Vec<Option<BlockHash>>> {
        let mut hashes = Vec::new();
        for node in &self.cluster.nodes {
            hashes.push(Asked::connect(&node.url()).await?.hash_of(height).await?);
        }
        Ok(hashes)
    }

    /// What happened to tasks in the blocks of a node's chain after this one.
    pub async fn told_after(&self, node: usize, block: BlockNumber) -> Result<Chronicle> {
        let client = Client::connect(&self.node(node).url()).await?;
        let last = client.best().await?.block().number;
        Chronicle::read(&client, block + 1, last).await
    }

    /// All nodes must have the same block at the height of the last one that is final everywhere.
    pub async fn agree(&self) -> Result<()> {
        let heads = try_join_all(self.cluster.nodes.iter().map(Node::heads)).await?;
        let height = heads.iter().map(|heads| heads.finalized).min().unwrap_or_default();
        let hashes = self.hashes(height).await?;
        ensure!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "block {height} differs: {hashes:?}");
        Ok(())
    }

    /// All deals. A fork that was lost may have had others; what was bought there has to come back.
    async fn deals(&self) -> Result<Vec<DealId>> {
        let mut accounts = Vec::new();
        for requester in REQUESTERS {
            accounts.push(self.network.account(requester)?.id());
        }
        wait::until("everything that was bought to be on the chain", PATIENCE, || async {
            let best = self.network.client.best().await?;
            let (mut deals, mut tasks) = (Vec::new(), 0);
            for account in &accounts {
                for view in best.deals_of(*account, DealId(0), MANY).await? {
                    deals.push(view.id);
                    tasks += view.deal.tasks;
                }
            }
            Ok((tasks == self.bought).then_some(deals))
        })
        .await
    }

    /// The end: all bags must be over, with all tasks completed and no money lost. Says what was measured.
    pub async fn end(self, scenario: &str, recovered: BlockNumber) -> Result<()> {
        let deals = self.deals().await?;
        self.until_over(deals.iter().copied()).await?;
        let chronicle = self.network.chronicle().await?;
        let completed = chronicle.completed();
        let completed = completed.keys().filter(|task| deals.contains(&task.deal)).count();
        let lost_tasks = self.bought as usize - completed;
        let after = self.network.books().await?;
        after.check()?;
        let lost_units = self.before.issuance.abs_diff(after.issuance) + after.held_for_deals();
        println!(
            "FAULT scenario={scenario} recovered_blocks={recovered} lost_tasks={lost_tasks} lost_units={lost_units}"
        );
        ensure!(lost_tasks == 0, "tasks without a result: {:?}", chronicle.failed());
        ensure!(lost_units == 0, "money was lost, made, or held for nothing: {:?}", after.holds);
        let lost = chronicle.lost();
        ensure!(lost.is_empty(), "honest workers lost stake: {lost:?}");
        let (bonds, left) = (self.before.bonds(), after.bonds());
        ensure!(
            left == bonds,
            "of {bonds} units, {left} are left to workers and validators that did nothing wrong"
        );
        self.network.finish(self.workers).await
    }
}
