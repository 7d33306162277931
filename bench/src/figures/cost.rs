//! How the cost of a request, a draw and a deadline grows with what is open, on the runtime in memory.
//!
//! The runtime is the native one, its state a trie in memory. What counts are the ratios: how long something takes depends on
//! the profile and the machine, and on a node on the WebAssembly and the database as well.

use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure, Result};
use clap::Args;
use serde_json::{json, Value};
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder as _;
use sp_io::TestExternalities;
use sp_runtime::traits::Dispatchable as _;
use talka_adversary::chain;
use talka_pallet_poco::{Event, NextIntake};
use talka_primitives::{Balance, CategoryId, PoolId, PoolPolicy, RuntimeClass, Topic, Trust};
use talka_runtime::{
    constants::currency::TLK, genesis::development, AccountId, BlockNumber, Poco, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeOrigin, System,
};

use crate::{
    chain::Actor,
    load::{request, APP_PRICE, POOL, POOL_PRICE},
    report::{number, say},
};

/// A pool in which nobody works.
const IDLE_POOL: PoolId = PoolId(1);
/// The size of tasks that end soon, and of those that nobody has to commit to while something is measured.
const SHORT: CategoryId = CategoryId(0);
const LONG: CategoryId = CategoryId(4);
/// Slots of each worker.
const SLOTS: u8 = 32;
/// Workers that come when draws are measured.
const NEWCOMERS: usize = 8;
/// Requests that are measured, and draws: as many as the newcomers have slots. So the number is the same, whether or not
/// others are idle.
const REQUESTS: usize = NEWCOMERS * SLOTS as usize;
/// Deadlines that are measured: as many deals as end in one block, whatever else is to be done.
const DEADLINES: usize = 10;
/// Blocks within which all of that must have happened.
const PATIENCE: usize = 300;
/// Requests of the set-up in one block.
const AT_ONCE: usize = 500;
/// How often a worker with tasks gives a sign of life.
const HEARTBEAT: BlockNumber = 25;
/// Blocks by which it is known what a block costs in which nothing is to be done.
const USUAL: usize = 9;
/// From a request of the short size to its deadline, and from one of the long size.
const SOON: BlockNumber = 220;
const LATER: BlockNumber = 500_000;
/// What an account starts with, and what a worker has of it in its bond.
const BALANCE: Balance = 100_000_000 * TLK;
const BOND: Balance = 1_000 * TLK;

// What the measurement is told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Open tasks: each number is combined with each number of workers
    #[arg(long, value_delimiter = ',', default_values_t = [100, 10_000])]
    tasks: Vec<usize>,
    /// Workers
    #[arg(long, value_delimiter = ',', default_values_t = [10, 1_000])]
    workers: Vec<usize>,
}

impl Options {
    /// Measure and print; ratios are to the first combination.
    pub fn run(&self) -> Result<()> {
        let mut first: Option<Vec<(&str, f64)>> = None;
        for tasks in &self.tasks {
            for workers in &self.workers {
                let costs = measure(*tasks, *workers)?;
                let base = first.get_or_insert_with(|| costs.clone());
                for ((what, cost), (_, before)) in costs.iter().zip(base.iter()) {
                    let name = format!("cost/{tasks}_tasks/{workers}_workers/{what}");
                    say(&name, number(*cost), "us");
                    say(format!("{name}/ratio"), number(cost / before), "times");
                }
            }
        }
        Ok(())
    }
}

/// The cost of each thing, in millionths of a second.
fn measure(tasks: usize, workers: usize) -> Result<Vec<(&'static str, f64)>> {
    eprintln!("{tasks} tasks, {workers} workers");
    let mut world = World::new(workers + NEWCOMERS)?;
    world.set_up(tasks, workers)?;
    let usual = world.usual()?;

    // A request, for a pool that has all of this to do.
    let now = world.now();
    let mut requests = Vec::new();
    for _ in 0..REQUESTS {
        requests.push(world.buy(POOL, LONG, now + LATER)?);
    }
    requests.sort();
    let request = requests[requests.len() / 2];

    // The hook takes each of these deals in, and draws as many workers: some come that have room for them.
    for number in workers..workers + NEWCOMERS {
        world.go_online(number)?;
    }
    let (mut drawn, mut time, mut blocks) = (0, Duration::ZERO, 0);
    while drawn < REQUESTS || world.taken_in() < tasks + REQUESTS {
        ensure!(blocks < PATIENCE, "{drawn} of {REQUESTS} tasks were drawn, and no more");
        let (took, events) = world.block()?;
        drawn += events.iter().filter(|event| matches!(event, Event::TaskAssigned { .. })).count();
        time += took.saturating_sub(usual);
        blocks += 1;
    }
    let draw = time / REQUESTS as u32;

    // A deadline, of deals that nobody works on.
    let deadline = world.now() + SOON;
    for _ in 0..DEADLINES {
        world.buy(IDLE_POOL, SHORT, deadline)?;
    }
    while world.now() < deadline {
        world.pass()?;
    }
    let usual = world.median();
    let (mut ended, mut time, mut blocks) = (0, Duration::ZERO, 0);
    while ended < DEADLINES {
        ensure!(blocks < PATIENCE, "{ended} of {DEADLINES} deals ended, and no more");
        let (took, events) = world.block()?;
        ended += events.iter().filter(|event| matches!(event, Event::DealExpired { .. })).count();
        time += took.saturating_sub(usual);
        blocks += 1;
    }
    let deadline = time / DEADLINES as u32;

    let micros = |time: Duration| time.as_secs_f64() * 1_000_000.0;
    Ok(vec![
        ("request", micros(request)),
        ("intake_and_draw", micros(draw)),
        ("deadline", micros(deadline)),
        ("block_in_which_nothing_is_due", micros(usual)),
    ])
}

/// The runtime with its state.
struct World {
    chain: TestExternalities,
    slot: u64,
    seller: AccountId,
    client: AccountId,
    workers: Vec<AccountId>,
    /// How long the hooks of the last blocks took.
    took: Vec<Duration>,
}

impl World {
    fn new(workers: usize) -> Result<Self> {
        let workers: Vec<_> = (0..workers).map(|number| Actor::new("worker", number).account).collect();
        let (seller, client) = (Actor::new("seller", 0).account, Actor::new("client", 0).account);
        let mut chain = TestExternalities::new_empty();
        let genesis = genesis(&workers, &[&seller, &client])?;
        let built = chain.execute_with(|| Runtime::build_state(genesis.to_string().into_bytes()));
        built.map_err(|error| anyhow!("the genesis is not one: {error:?}"))?;
        Ok(Self { chain, slot: chain::first_slot(), seller, client, workers, took: Vec::new() })
    }

    /// Open tasks, each in a deal of its own: the workers begin as many as they can, the others wait.
    fn set_up(&mut self, tasks: usize, workers: usize) -> Result<()> {
        self.block()?;
        for call in market() {
            self.call(&self.seller.clone(), call)?;
        }
        for number in 0..workers {
            self.go_online(number)?;
        }
        let deadline = self.now() + LATER;
        let mut bought = 0;
        while bought < tasks {
            for _ in bought..tasks.min(bought + AT_ONCE) {
                self.buy(POOL, LONG, deadline)?;
            }
            bought = tasks.min(bought + AT_ONCE);
            self.pass()?;
        }
        let places = tasks.min(workers * usize::from(SLOTS));
        let mut tries = 0;
        while self.taken_in() < tasks || self.assigned() < places {
            self.pass()?;
            tries += 1;
            ensure!(tries < 10_000 + tasks, "the tasks are not begun");
        }
        self.chain.commit_all().map_err(|error| anyhow!(error))
    }

    /// How many deals were taken in.
    fn taken_in(&mut self) -> usize {
        self.chain.execute_with(NextIntake::<Runtime>::get).0 as usize
    }

    /// How many tasks have a worker that is executing them.
    fn assigned(&mut self) -> usize {
        let workers = &self.workers;
        self.chain.execute_with(|| {
            let worker = |who| talka_pallet_poco::Workers::<Runtime>::get(who);
            workers.iter().filter_map(worker).map(|worker| worker.assigned.len()).sum()
        })
    }

    fn now(&mut self) -> BlockNumber {
        self.chain.execute_with(System::block_number)
    }

    /// The next block, up to its first transaction: how long the hooks took, and what they did.
    fn block(&mut self) -> Result<(Duration, Vec<Event<Runtime>>)> {
        self.slot += 1;
        let slot = self.slot;
        let (took, events) = self.chain.execute_with(|| {
            if System::block_number() > 0 {
                chain::end();
            }
            let began = Instant::now();
            chain::begin(slot, 0, slot);
            (began.elapsed(), chain::events())
        });
        self.took.push(took);
        let ours = |event| match event {
            RuntimeEvent::Poco(event) => Some(event),
            _ => None,
        };
        Ok((took, events.into_iter().filter_map(ours).collect()))
    }

    /// A block, in which workers give signs of life where it is time.
    fn pass(&mut self) -> Result<()> {
        self.block()?;
        if self.now().is_multiple_of(HEARTBEAT) {
            for who in self.workers.clone() {
                let is_due = self.chain.execute_with(|| {
                    let beat = talka_pallet_poco::Call::<Runtime>::heartbeat {};
                    Poco::due(&who, &beat).is_some_and(|due| due.is_ok())
                });
                if is_due {
                    self.call(&who, talka_pallet_poco::Call::heartbeat {})?;
                }
            }
        }
        Ok(())
    }

    /// What the hooks of a block take in which nothing is to be done: the median of some.
    fn usual(&mut self) -> Result<Duration> {
        for _ in 0..USUAL {
            self.block()?;
        }
        Ok(self.median())
    }

    /// The median of what the hooks of the last blocks took.
    fn median(&self) -> Duration {
        let mut last: Vec<_> = self.took.iter().rev().take(USUAL).copied().collect();
        last.sort();
        last.get(last.len() / 2).copied().unwrap_or_default()
    }

    /// Have somebody call something, which must succeed. Gives how long it took.
    fn call(&mut self, who: &AccountId, call: impl Into<RuntimeCall>) -> Result<Duration> {
        let (call, origin) = (call.into(), RuntimeOrigin::signed(who.clone()));
        let (took, outcome) = self.chain.execute_with(|| {
            let began = Instant::now();
            let outcome = call.dispatch(origin);
            (began.elapsed(), outcome)
        });
        outcome.map(|_| took).map_err(|error| anyhow!("a call failed: {:?}", error.error))
    }

    fn go_online(&mut self, number: usize) -> Result<()> {
        let who = self.workers[number].clone();
        self.call(&who, talka_pallet_marketplace::Call::join_pool { pool: POOL, terms: None })?;
        self.call(&who, talka_pallet_poco::Call::go_online { slots: SLOTS, peer: Default::default() })?;
        Ok(())
    }

    /// Buy one task at trust 1. Gives how long the request took.
    fn buy(&mut self, pool: PoolId, category: CategoryId, deadline: BlockNumber) -> Result<Duration> {
        self.call(&self.client.clone(), request(pool, category, Trust(1), 1, deadline))
    }
}

/// An app and the two pools. They are the first of the chain.
fn market() -> Vec<RuntimeCall> {
    let app = talka_pallet_marketplace::Call::<Runtime>::publish_app {
        name: b"measured".to_vec().try_into().unwrap_or_default(),
        runtime: RuntimeClass::Oci,
        content: Default::default(),
        uris: Default::default(),
        topic: Topic::Other,
        tags: Default::default(),
        description: Default::default(),
        price: Some(APP_PRICE),
    };
    let pool = || talka_pallet_marketplace::Call::<Runtime>::publish_pool {
        description: Default::default(),
        policy: PoolPolicy::default(),
        tags: Default::default(),
        guarantee_limit: BALANCE,
    };
    let price = |pool, category| talka_pallet_marketplace::Call::<Runtime>::set_pool_price {
        pool,
        category,
        price: Some(POOL_PRICE),
    };
    [app, pool(), pool(), price(POOL, LONG), price(IDLE_POOL, SHORT)].map(RuntimeCall::from).into()
}

/// A development chain on which these workers have bonds, and these others money.
fn genesis(workers: &[AccountId], others: &[&AccountId]) -> Result<Value> {
    let preset = |name| -> Result<Value> {
        let text = Runtime::get_preset(&name).ok_or_else(|| anyhow!("the runtime has no such preset"))?;
        Ok(serde_json::from_slice(&text)?)
    };
    let mut genesis = preset(None)?;
    merge(&mut genesis, preset(Some(development::NAME.into()))?);
    let balances = workers.iter().chain(others.iter().copied()).map(|who| json!([who, BALANCE as u64]));
    list(&mut genesis, "/balances/balances")?.extend(balances);
    let bonds = workers.iter().map(|who| json!({ "who": who, "bond": BOND as u64, "merit": 0 }));
    list(&mut genesis, "/stake/bonds")?.extend(bonds);
    Ok(genesis)
}

fn list<'a>(genesis: &'a mut Value, place: &str) -> Result<&'a mut Vec<Value>> {
    let found = genesis.pointer_mut(place).and_then(Value::as_array_mut);
    found.ok_or_else(|| anyhow!("the preset has no list {place}"))
}

/// A patch is put over what is there, as RFC 7386 says and a node does.
fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cost_is_measured_on_a_chain_where_everything_happens() {
        let costs = measure(20, 2).unwrap();
        let names: Vec<_> = costs.iter().map(|(what, _)| *what).collect();
        assert_eq!(names, ["request", "intake_and_draw", "deadline", "block_in_which_nothing_is_due"]);
        assert!(costs.iter().all(|(_, cost)| *cost > 0.0), "{costs:?}");
    }
}
