//! The loop of the load: a block comes, what follows from it is written, signed and sent.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure, Context as _, Result};
use codec::Encode as _;
use futures::{
    channel::mpsc::{unbounded, UnboundedReceiver, UnboundedSender},
    future::try_join_all,
    FutureExt as _, StreamExt as _,
};
use subxt::rpcs::RpcClient;
use talka_primitives::{ContentId, PoolPolicy, RuntimeClass, Topic};
use talka_runtime::{BlockNumber, Runtime, RuntimeCall, UncheckedExtrinsic};
use tokio::time::{sleep, timeout};

use crate::{
    chain::Actor,
    load::{Clients, Demand, APP_PRICE, CATEGORY, POOL, POOL_PRICE},
    rpc::{height, submit, Follower, Refusal, Rpc},
    tally::Tally,
    workers::Crew,
};

/// Requests that are on their way over one connection at once.
const AT_ONCE: usize = 64;
/// Transactions of the set-up in one block.
const SET_UP_AT_ONCE: usize = 400;
/// How often a duty is sent again at once, and after which time.
const TRIES: usize = 3;
const MOMENT: Duration = Duration::from_millis(100);
/// How long no block may come.
const PATIENCE: Duration = Duration::from_secs(120);
/// Blocks within which a set-up must be over after its last transaction.
const SET_UP: BlockNumber = 60;
/// What may be held of the operator.
const GUARANTEE_LIMIT: u128 = u64::MAX as u128;

/// Who sends a transaction.
#[derive(Clone, Copy, Debug)]
enum Sender {
    Worker(usize),
    /// A client that buys.
    Client(usize),
    /// Somebody whose transaction must not be refused.
    Other,
}

/// A transaction on its way.
struct Parcel {
    from: Sender,
    encoded: Vec<u8>,
}

/// The way to a node's pool: a queue for each connection, so that transactions of one account stay in their order.
struct Outbox {
    queues: Vec<UnboundedSender<Parcel>>,
    refusals: UnboundedReceiver<(Sender, Refusal)>,
}

impl Outbox {
    fn new(rpc: &Rpc) -> Self {
        let (refuse, refusals) = unbounded();
        let queue = |client: &RpcClient| {
            let (queue, parcels) = unbounded::<Parcel>();
            let (client, refuse) = (client.clone(), refuse.clone());
            tokio::spawn(parcels.for_each_concurrent(AT_ONCE, move |Parcel { from, encoded }| {
                let (client, refuse) = (client.clone(), refuse.clone());
                async move {
                    if let Err(refusal) = deliver(&client, from, &encoded).await {
                        // Fails only where nobody asks any more.
                        let _ = refuse.unbounded_send((from, refusal));
                    }
                }
            }));
            queue
        };
        Self { queues: rpc.connections().iter().map(queue).collect(), refusals }
    }

    /// Send what an account has signed; `number` is the same for all that it signs.
    fn send(&self, number: usize, from: Sender, transaction: UncheckedExtrinsic) -> Result<()> {
        let queue = &self.queues[number % self.queues.len()];
        let parcel = Parcel { from, encoded: transaction.encode() };
        queue.unbounded_send(parcel).ok().context("a connection was lost")
    }

    /// The refusals since the last time.
    fn refusals(&mut self) -> Vec<(Sender, Refusal)> {
        std::iter::from_fn(|| self.refusals.next().now_or_never().flatten()).collect()
    }
}

/// Send a transaction. A node judges by the last block that its pool has seen, which may be the one before the last: what a
/// worker owes since the last one is sent again a moment later.
async fn deliver(client: &RpcClient, from: Sender, encoded: &[u8]) -> Result<(), Refusal> {
    for _ in 0..TRIES {
        match submit(client, encoded).await {
            Err(refusal) if matches!(from, Sender::Worker(_)) && refusal.is_invalid() => sleep(MOMENT).await,
            outcome => return outcome,
        }
    }
    submit(client, encoded).await
}

/// Everybody who acts on a chain, and what is seen of it.
pub struct Engine {
    rpc: Rpc,
    follower: Follower,
    /// Heights of blocks as they become final; nothing where nobody waits for that.
    finals: Option<UnboundedReceiver<BlockNumber>>,
    outbox: Outbox,
    /// The workers.
    pub crew: Crew,
    /// The clients.
    pub clients: Clients,
    /// What was observed.
    pub tally: Tally,
    /// The last block.
    pub now: BlockNumber,
    /// When each block was seen first.
    pub seen: BTreeMap<BlockNumber, Instant>,
}

impl Engine {
    /// Begin to follow a chain on which these have money, and workers a bond.
    pub async fn new(rpc: Rpc, crew: Crew, clients: Clients) -> Result<Self> {
        let (follower, outbox) = (Follower::new(&rpc).await?, Outbox::new(&rpc));
        let (tally, seen) = (Tally::default(), BTreeMap::new());
        let finals = match crew.waits_for_finality() {
            true => Some(follow_finality(&rpc).await?),
            false => None,
        };
        Ok(Self { rpc, follower, finals, outbox, crew, clients, tally, now: 0, seen })
    }

    /// Publish an app and a pool as `seller`, and let all workers go online, each with this number of slots.
    pub async fn set_up(&mut self, seller: &mut Actor, slots: u8) -> Result<()> {
        for call in market() {
            self.send_as(seller, call)?;
        }
        // The pool must be there before somebody joins it.
        for _ in 0..3 {
            self.step(&mut Demand::Nothing).await?;
        }
        let mut begun = 0;
        while begun < self.crew.members.len() {
            let end = self.crew.members.len().min(begun + SET_UP_AT_ONCE);
            for number in begun..end {
                let transaction = self.crew.members[number].sign(self.rpc.genesis, Crew::begin(POOL, slots));
                self.outbox.send(number, Sender::Other, transaction)?;
            }
            begun = end;
            self.step(&mut Demand::Nothing).await?;
        }
        let last = self.now + SET_UP;
        while self.crew.online < self.crew.members.len() && self.now < last {
            self.step(&mut Demand::Nothing).await?;
        }
        let failed = &self.tally.counts.failed_calls;
        ensure!(failed.is_empty(), "calls of the set-up failed: {failed:?}");
        let (online, all) = (self.crew.online, self.crew.members.len());
        ensure!(online == all, "{online} of {all} workers went online");
        Ok(())
    }

    /// Wait for the next block, and send what is to be sent after it.
    pub async fn step(&mut self, demand: &mut Demand) -> Result<()> {
        let blocks = timeout(PATIENCE, self.follower.next()).await.with_context(|| {
            format!("no block came for {} s after block {}", PATIENCE.as_secs(), self.now)
        })??;
        for block in &blocks {
            self.now = block.number;
            self.seen.insert(block.number, Instant::now());
            self.crew.observe(block);
            self.clients.observe(block);
            self.tally.observe(block, &mut self.clients);
        }
        while let Some(Some(last)) = self.finals.as_mut().and_then(|finals| finals.next().now_or_never()) {
            self.crew.finalized(last);
        }
        for (from, refusal) in self.outbox.refusals() {
            match from {
                Sender::Worker(number) => self.crew.refused(number, !refusal.is_waiting()),
                Sender::Client(number) => self.clients.refused(number),
                Sender::Other => bail!("a transaction of the set-up was refused: {}", refusal.0),
            }
            self.tally.refused(refusal.0, matches!(from, Sender::Client(_)));
        }
        let unsure = self.crew.unsure(self.now);
        let nonces = unsure.iter().map(|number| self.rpc.nonce(&self.crew.members[*number].account));
        let nonces = try_join_all(nonces).await?;
        for (number, nonce) in unsure.into_iter().zip(nonces) {
            self.crew.set_nonce(number, nonce);
        }
        for (number, call) in self.crew.duties(self.now)? {
            let transaction = self.crew.members[number].sign(self.rpc.genesis, call);
            self.outbox.send(number, Sender::Worker(number), transaction)?;
        }
        for (number, call) in self.clients.requests(demand, blocks.len(), self.now) {
            self.send(number, call)?;
        }
        Ok(())
    }

    /// Send a call of somebody that must not be refused, and is neither a worker nor a client.
    pub fn send_as(&self, actor: &mut Actor, call: impl Into<RuntimeCall>) -> Result<()> {
        self.outbox.send(0, Sender::Other, actor.sign(self.rpc.genesis, call))
    }

    /// Let the load go on for this time.
    pub async fn go_on(&mut self, demand: &mut Demand, time: Duration) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < time {
            self.step(demand).await?;
        }
        Ok(())
    }

    /// Wait until every request is answered and every task has ended, for this number of blocks at most. Gives how many tasks
    /// have not.
    pub async fn drain(&mut self, blocks: BlockNumber) -> Result<u64> {
        let last = self.now + blocks;
        let is_over = |clients: &Clients| clients.on_their_way() == 0 && clients.deals.is_empty();
        while !(is_over(&self.clients) && self.tally.open() == 0) && self.now < last {
            self.step(&mut Demand::Nothing).await?;
        }
        let unbegun =
            self.clients.deals.values().map(|deal| u64::from(deal.tasks.saturating_sub(deal.begun)));
        Ok(unbegun.sum::<u64>() + self.tally.open() as u64)
    }

    /// Take back what was not begun, and wait until all other tasks have ended, for this number of blocks at most. Gives how
    /// many have not.
    pub async fn wind_down(&mut self, blocks: BlockNumber) -> Result<u64> {
        let last = self.now + blocks;
        // A request may be on its way still.
        while self.clients.on_their_way() > 0 && self.now < last {
            self.step(&mut Demand::Nothing).await?;
        }
        for (number, call) in self.clients.cancellations() {
            self.send(number, call)?;
        }
        self.drain(last.saturating_sub(self.now)).await
    }

    /// Send a call of a client.
    pub fn send(&mut self, client: usize, call: impl Into<RuntimeCall>) -> Result<()> {
        let transaction = self.clients.actor(client).sign(self.rpc.genesis, call);
        self.outbox.send(client, Sender::Client(client), transaction)
    }

    /// The way to the node.
    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }
}

/// The heights of final blocks from now on.
async fn follow_finality(rpc: &Rpc) -> Result<UnboundedReceiver<BlockNumber>> {
    let mut heads = rpc.finalized_heads().await?;
    let (say, finals) = unbounded();
    tokio::spawn(async move {
        while let Some(Ok(head)) = heads.next().await {
            let Ok(number) = height(&head) else { break };
            if say.unbounded_send(number).is_err() {
                break;
            }
        }
    });
    Ok(finals)
}

/// What there is to buy: an app whose results are replicated, and a pool. They are the first of the chain.
fn market() -> [RuntimeCall; 3] {
    let app = talka_pallet_marketplace::Call::<Runtime>::publish_app {
        name: text("bench"),
        // No jury has to be kept ready, and the number of executions does not depend on who has worked before.
        runtime: RuntimeClass::Oci,
        content: ContentId([1; 32]),
        uris: Default::default(),
        topic: Topic::Other,
        tags: Default::default(),
        description: Default::default(),
        price: Some(APP_PRICE),
    };
    let pool = talka_pallet_marketplace::Call::<Runtime>::publish_pool {
        description: Default::default(),
        policy: PoolPolicy::default(),
        tags: Default::default(),
        guarantee_limit: GUARANTEE_LIMIT,
    };
    let price = talka_pallet_marketplace::Call::<Runtime>::set_pool_price {
        pool: POOL,
        category: CATEGORY,
        price: Some(POOL_PRICE),
    };
    [app.into(), pool.into(), price.into()]
}

fn text<const N: u32>(text: &str) -> talka_primitives::text::Text<N> {
    text.try_into().expect("a name of a few letters fits; qed")
}
