//! Clients that buy: how many tasks are wanted, and what became of each request.

use std::collections::{HashMap, VecDeque};

use talka_pallet_marketplace::Event;
use talka_primitives::{matching::Request, AppId, Balance, CategoryId, DealId, Parameters, PoolId, Trust};
use talka_runtime::{constants::currency::TLK, AccountId, BlockNumber, Runtime, RuntimeEvent};

use crate::{chain::Actor, rpc::Block};

/// The only app.
pub const APP: AppId = AppId(0);
/// The only pool.
pub const POOL: PoolId = PoolId(0);
/// The only size of task.
pub const CATEGORY: CategoryId = CategoryId(0);
/// What the app costs.
pub const APP_PRICE: Balance = TLK / 10;
/// What the work costs.
pub const POOL_PRICE: Balance = TLK;
/// Blocks from a request to its deadline: longer than any measurement, so that no task fails by it.
pub const DURATION: BlockNumber = 100_000;

/// How many tasks are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Demand {
    /// As many as it takes that a number of them always waits.
    Full {
        /// Tasks in a deal.
        bag: u32,
        /// Tasks that wait.
        waiting: u64,
    },
    /// A number a block, each in a deal of its own.
    Rate {
        /// Tasks a block.
        per_block: f64,
        /// What is left of a task.
        owed: f64,
    },
    /// None.
    Nothing,
}

impl Demand {
    /// This number a block.
    pub fn rate(per_block: f64) -> Self {
        Self::Rate { per_block, owed: 0.0 }
    }

    /// The sizes of the deals that are wanted after this number of further blocks, while this number of tasks waits.
    fn wanted(&mut self, blocks: usize, waiting: u64) -> Vec<u32> {
        match self {
            Self::Full { bag, waiting: wanted } => {
                let missing = wanted.saturating_sub(waiting);
                vec![*bag; missing.div_ceil(u64::from(*bag).max(1)) as usize]
            }
            Self::Rate { per_block, owed } => {
                *owed += *per_block * blocks as f64;
                let whole = owed.floor();
                *owed -= whole;
                vec![1; whole as usize]
            }
            Self::Nothing => Vec::new(),
        }
    }
}

/// A deal, as its buyer knows it.
#[derive(Clone, Copy, Debug)]
pub struct Bought {
    /// Who has bought it.
    pub client: usize,
    /// The block after which it was sent.
    pub sent: BlockNumber,
    /// How many tasks it has.
    pub tasks: u32,
    /// How many of them were begun.
    pub begun: u32,
}

/// A client. It has one request on its way at a time, so that it is known what became of each.
struct Client {
    actor: Actor,
    /// The block after which its request was sent, and for how many tasks; nothing where it has none on its way.
    sent: Option<(BlockNumber, u32)>,
}

/// Who they are, and what they have bought.
pub struct Clients {
    members: Vec<Client>,
    numbers: HashMap<AccountId, usize>,
    idle: VecDeque<usize>,
    trust: Trust,
    /// Blocks from a request to its deadline.
    pub duration: BlockNumber,
    /// What was bought, and has not ended.
    pub deals: HashMap<DealId, Bought>,
    /// The deals that have ended, with their buyers.
    pub ended: Vec<(DealId, usize)>,
    /// How many deals were made.
    pub made: u64,
    /// Requests that could not be sent, because every client had one on its way.
    pub withheld: u64,
    /// Requests that were sent.
    pub sent: u64,
}

impl Clients {
    /// A number of clients that want to be this sure.
    pub fn new(count: usize, trust: Trust) -> Self {
        let members: Vec<_> =
            (0..count).map(|number| Client { actor: Actor::new("client", number), sent: None }).collect();
        let account = |(number, one): (usize, &Client)| (one.actor.account.clone(), number);
        Self {
            numbers: members.iter().enumerate().map(account).collect(),
            idle: (0..count).collect(),
            members,
            trust,
            duration: DURATION,
            deals: HashMap::new(),
            ended: Vec::new(),
            made: 0,
            withheld: 0,
            sent: 0,
        }
    }

    /// Their addresses.
    pub fn addresses(&self) -> impl Iterator<Item = String> + '_ {
        self.members.iter().map(|one| one.actor.address())
    }

    /// A client's account.
    pub fn actor(&mut self, number: usize) -> &mut Actor {
        &mut self.members[number].actor
    }

    /// The number of a client.
    pub fn number(&self, account: &AccountId) -> Option<usize> {
        self.numbers.get(account).copied()
    }

    /// Requests that are on their way.
    pub fn on_their_way(&self) -> usize {
        self.members.iter().filter(|one| one.sent.is_some()).count()
    }

    /// Tasks that were asked for and not begun.
    fn waiting(&self) -> u64 {
        let asked = self.members.iter().filter_map(|one| one.sent).map(|(_, tasks)| u64::from(tasks));
        let bought = self.deals.values().map(|deal| u64::from(deal.tasks - deal.begun.min(deal.tasks)));
        asked.chain(bought).sum()
    }

    /// What follows from a block for them.
    pub fn observe(&mut self, block: &Block) {
        for record in &block.events {
            match &record.event {
                RuntimeEvent::Marketplace(Event::DealMade { deal, requester, tasks, .. }) => {
                    let Some(client) = self.number(requester) else { continue };
                    let Some((sent, _)) = self.members[client].sent else { continue };
                    self.over(client);
                    self.made += 1;
                    self.deals.insert(*deal, Bought { client, sent, tasks: *tasks, begun: 0 });
                }
                RuntimeEvent::Poco(talka_pallet_poco::Event::DealEnded { deal, .. }) => {
                    let bought = self.deals.remove(deal);
                    self.ended.extend(bought.map(|bought| (*deal, bought.client)));
                }
                _ => {}
            }
        }
    }

    /// A task of a deal was begun.
    pub fn begun(&mut self, deal: DealId) {
        if let Some(deal) = self.deals.get_mut(&deal) {
            deal.begun += 1;
        }
    }

    /// What is to be sent now, by whom, after this number of further blocks.
    pub fn requests(
        &mut self,
        demand: &mut Demand,
        blocks: usize,
        now: BlockNumber,
    ) -> Vec<(usize, talka_pallet_marketplace::Call<Runtime>)> {
        let waiting = self.waiting();
        let mut calls = Vec::new();
        for tasks in demand.wanted(blocks, waiting) {
            let Some(number) = self.idle.pop_front() else {
                self.withheld += 1;
                continue;
            };
            self.members[number].sent = Some((now, tasks));
            self.sent += 1;
            calls.push((number, request(POOL, CATEGORY, self.trust, tasks, now + self.duration)));
        }
        calls
    }

    /// A node has refused a client's request: its number was not used.
    pub fn refused(&mut self, number: usize) {
        let actor = &mut self.members[number].actor;
        actor.nonce = actor.nonce.saturating_sub(1);
        self.over(number);
    }

    /// A client's request was in a block.
    pub fn over(&mut self, number: usize) {
        if self.members[number].sent.take().is_some() {
            self.idle.push_back(number);
        }
    }

    /// What takes back all tasks that were not begun, by whom.
    pub fn cancellations(&self) -> Vec<(usize, talka_pallet_poco::Call<Runtime>)> {
        let unbegun = self.deals.iter().filter(|(_, bought)| bought.begun < bought.tasks);
        unbegun
            .map(|(deal, bought)| (bought.client, talka_pallet_poco::Call::cancel_deal { deal: *deal }))
            .collect()
    }
}

/// A request for tasks of the only app, at published prices.
pub fn request(
    pool: PoolId,
    category: CategoryId,
    trust: Trust,
    tasks: u32,
    deadline: BlockNumber,
) -> talka_pallet_marketplace::Call<Runtime> {
    let order = Request {
        app: APP,
        dataset: None,
        pool,
        category,
        trust,
        tasks,
        arguments: Default::default(),
        parameters: Parameters::Range { first: 0 },
        max_price: APP_PRICE + POOL_PRICE,
        beneficiary: None,
        deadline,
        restricted: false,
    };
    talka_pallet_marketplace::Call::request { order }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_met_in_the_long_run() {
        let mut demand = Demand::rate(0.4);
        let wanted: Vec<_> = (0..10).map(|_| demand.wanted(1, 0).len()).collect();
        assert_eq!(wanted.iter().sum::<usize>(), 4, "{wanted:?}");
        assert_eq!(demand.wanted(5, 0), [1, 1]);
    }

    #[test]
    fn a_full_book_is_filled_up_to_what_is_wanted() {
        let mut demand = Demand::Full { bag: 100, waiting: 250 };
        assert_eq!(demand.wanted(1, 0), [100, 100, 100]);
        assert_eq!(demand.wanted(1, 249), [100]);
        assert_eq!(demand.wanted(1, 250), [0; 0]);
    }

    #[test]
    fn a_client_has_one_request_on_its_way() {
        let mut clients = Clients::new(1, Trust(4));
        let mut demand = Demand::Full { bag: 10, waiting: 20 };
        assert_eq!(clients.requests(&mut demand, 1, 5).len(), 1);
        assert_eq!((clients.sent, clients.withheld, clients.on_their_way()), (1, 1, 1));
        assert!(clients.requests(&mut Demand::rate(1.0), 1, 6).is_empty());
        clients.actor(0).nonce = 1;
        clients.refused(0);
        assert_eq!((clients.actor(0).nonce, clients.on_their_way()), (0, 0));
        assert_eq!(clients.requests(&mut demand, 1, 7).len(), 1);
    }
}
