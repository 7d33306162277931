//! What follows the protocol: each party looks at the state after a block, and sends for the next one what it has to send.

use std::collections::BTreeMap;

use talka_pallet_poco::{Commitment, Reveal};
use talka_primitives::{
    asset::{Uri, Uris},
    commitment,
    manifest::WASM_ABI,
    matching::Request,
    order::{Match, Order, PoolOrder, PoolSource, RequestOrder, Restrictions, Source, Terms},
    task::{DeclineReason, Phase},
    view::{Assignment, Part, TaskView},
    Admission, AppId, Balance, BlockNumber, CategoryId, ContentId, DatasetId, Digest, Parameters, PoolId,
    PoolPolicy, RuntimeClass, Salt, TaskId, Topic, Trust,
};
use talka_runtime::{
    constants::{currency::TLK, market},
    AccountId, Orders, Poco, Runtime, RuntimeCall, System,
};

use crate::{
    action::{Artefact, Audience, Posture},
    attacker::PERIODS,
    cast::{Party, ADMITTED, BUYERS, JURORS, OPERATORS, WORKERS},
    chain::{Transaction, RUN_TIMES},
    dice::mix,
    world::{account_number, World},
};

/// What an honest pool takes for a task, by size.
pub const PRICES: [Balance; 3] = [10 * TLK, 20 * TLK, 40 * TLK];
/// What the honest app costs, and the honest dataset.
pub const ASSET_PRICE: Balance = TLK;
/// What an honest operator lets be held of it as guarantees.
pub const GUARANTEE_LIMIT: Balance = 20_000 * TLK;
/// What an honest buyer pays at most for the pool, and for the app.
const MOST: Balance = 100 * TLK;
/// An honest buyer buys once in this number of blocks.
const PAUSE: u64 = 12;
/// How long a request order of an honest buyer can be matched.
const ORDER_LIFE: BlockNumber = 100;
/// Tasks that an honest worker executes at once.
const SLOTS: u8 = 4;
/// Most items in one call.
const BATCH: usize = market::MAX_BATCH as usize;
/// An honest worker that has nothing to do for some time looks at the chain once in this number of blocks.
const SLEEP: BlockNumber = 5;

/// The first byte of the address of something that can be fetched, and used in time.
const FINE: u8 = 1;
/// The first byte of the address of something that cannot be used in time.
const SLOW: u8 = 2;
/// The first byte of the address of something that can be fetched nowhere.
const NOWHERE: u8 = 0xff;

/// How far somebody is with a task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    /// When it saw the task.
    seen: BlockNumber,
    /// When it had what the task needs.
    fetched: Option<BlockNumber>,
}

/// What somebody has begun.
pub(crate) type Works = BTreeMap<TaskId, Begun>;

impl World {
    /// The honest publish an app, a dataset and two pools, name their juror keys, and their workers go online.
    pub(crate) fn set_up(&mut self) {
        self.buying = false;
        for transactions in first_blocks() {
            self.pending = transactions;
            self.pass();
        }
        self.buying = true;
        let online = (0..WORKERS).filter(|index| {
            let worker = talka_pallet_poco::Workers::<Runtime>::get(Party::Worker(*index).account());
            worker.is_some_and(|worker| worker.online)
        });
        assert_eq!(online.count(), usize::from(WORKERS), "the honest cannot set up what they sell");
        let acting = (0..JURORS).filter(|index| {
            let validator = talka_pallet_validators::ActsFor::<Runtime>::get(Party::Juror(*index).account());
            validator == Some(Party::Validator(*index).account())
        });
        assert_eq!(acting.count(), usize::from(JURORS), "the honest cannot name their juror keys");
        assert!(
            talka_pallet_orders::Published::<Runtime>::iter().next().is_some(),
            "the honest cannot publish an order"
        );
    }

    /// What the honest send for the next block.
    pub(crate) fn honest_transactions(&mut self) -> Vec<Transaction> {
        let is_honest = |party: &&Party| party.is_honest();
        let offline: Vec<Party> = self.offline.iter().filter(is_honest).copied().collect();
        let mut transactions: Vec<_> = offline.into_iter().filter_map(presence_of).collect();
        let busy: Vec<Party> = self.busy.iter().filter(is_honest).copied().collect();
        for party in busy {
            transactions.extend(self.work_of(party));
        }
        if self.buying {
            for buyer in 0..BUYERS {
                transactions.extend(self.purchase_of(buyer));
            }
        }
        transactions
    }

    /// What an account has to send as a worker or juror, as its posture says.
    pub(crate) fn work_of(&mut self, party: Party) -> Vec<Transaction> {
        let posture = self.posture(party);
        let next = System::block_number() + 1;
        let sleeps = self.looks.get(&party).is_some_and(|look| next < *look);
        if posture == Posture::Absent || posture == Posture::Honest && sleeps {
            return Vec::new();
        }
        let open: Vec<TaskId> = self.journals.get(&party).into_iter().flatten().copied().collect();
        let duties = Poco::duties(party.account(), open);
        let journal = self.journals.entry(party).or_default();
        for over in &duties.over {
            journal.remove(&over.id);
        }
        if duties.execute.is_empty() && journal.is_empty() {
            self.works.remove(&party);
            self.looks.remove(&party);
            self.busy.remove(&party);
            return Vec::new();
        }
        let mut look = next + SLEEP;
        let mut works = self.works.remove(&party).unwrap_or_default();
        works.retain(|task, _| duties.execute.iter().any(|assignment| assignment.task == *task));
        let mut transactions = Vec::new();
        let (mut commitments, mut at_once) = (Vec::new(), Vec::new());
        for assignment in &duties.execute {
            let task = assignment.task;
            match self.finding(party, posture, assignment, &mut works) {
                Finding::NotYet(wake) => look = look.min(wake),
                Finding::Impossible(reason) => {
                    let call = talka_pallet_poco::Call::decline { task, reason };
                    transactions.push(Transaction::new(party, call));
                }
                Finding::Digest(digest) => {
                    let seal = match posture {
                        Posture::Copy => Default::default(),
                        _ => commitment::seal(&assignment.who, task, digest),
                    };
                    let result = commitment::result_hash(task, digest);
                    commitments.push(Commitment { task, result, seal });
                    if posture == Posture::Trap {
                        at_once.push(Reveal { task, digest });
                    }
                }
            }
        }
        self.works.insert(party, works);
        let journal = self.journals.entry(party).or_default();
        journal.extend(commitments.iter().map(|commitment| commitment.task));
        let is_time = |task: &&TaskId| match posture {
            Posture::Silent => false,
            Posture::Stall => reveal_until(**task) <= next,
            _ => true,
        };
        let mut reveals: Vec<_> = duties
            .reveal
            .iter()
            .filter(is_time)
            .map(|task| Reveal { task: *task, digest: result(posture, party, *task) })
            .collect();
        reveals.extend(at_once);
        commitments.sort_by_key(|commitment| commitment.task);
        reveals.sort_by_key(|reveal| reveal.task);
        for batch in commitments.chunks(BATCH) {
            let commitments = batch.to_vec().try_into().expect("a chunk is no longer; qed");
            transactions.push(Transaction::new(party, talka_pallet_poco::Call::commit { commitments }));
        }
        for batch in reveals.chunks(BATCH) {
            let reveals = batch.to_vec().try_into().expect("a chunk is no longer; qed");
            transactions.push(Transaction::new(party, talka_pallet_poco::Call::reveal { reveals }));
        }
        // A commitment is a sign of life too.
        let is_working = duties.execute.iter().any(|assignment| assignment.part == Part::Worker);
        if is_working && commitments.is_empty() && is_to_beat(party, next) {
            transactions.push(Transaction::new(party, talka_pallet_poco::Call::heartbeat {}));
        }
        // What was sent may not come into the block. Of juries no event tells when votes are to be shown.
        if !transactions.is_empty() || !matches!(party, Party::Worker(_)) {
            look = next + 1;
        }
        self.looks.insert(party, look);
        transactions
    }

    /// What an account has found for a task.
    fn finding(
        &mut self,
        party: Party,
        posture: Posture,
        assignment: &Assignment<AccountId>,
        works: &mut Works,
    ) -> Finding {
        let Assignment { task, part, until, deal, app, .. } = assignment;
        let now = System::block_number();
        let next = now + 1;
        if posture != Posture::Honest {
            let ready = match posture {
                Posture::Decline => return Finding::Impossible(DeclineReason::AppUnavailable),
                Posture::Late => *until,
                Posture::Trap => (*until).min(deal.deadline),
                _ => 0,
            };
            return match next >= ready {
                true => Finding::Digest(result(posture, party, *task)),
                false => Finding::NotYet(ready),
            };
        }
        if app.runtime != (RuntimeClass::Wasm { abi: WASM_ABI }) {
            return Finding::Impossible(DeclineReason::Unsupported);
        }
        let begun = works.entry(*task).or_insert(Begun { seen: now, fetched: None });
        let left = until.saturating_sub(begun.seen);
        let fetched = match begun.fetched {
            Some(block) => block,
            None => match self.fetch_all(party, assignment) {
                Ok(()) => *begun.fetched.insert(now),
                // A worker tries for a third of the time that it has. A juror tries a second time, for a third of what is left
                // then: without votes nobody is found wrong.
                Err(reason) => {
                    let patience = if *part == Part::Juror { left * 5 / 9 } else { left / 3 };
                    return match now >= begun.seen + patience {
                        true => Finding::Impossible(reason),
                        false => Finding::NotYet(next + 1),
                    };
                }
            },
        };
        let takes = self.chance(&[3, account_number(party), u64::from(task.deal.0), u64::from(task.index)]);
        let ready = match is_slow(app.content) {
            true => BlockNumber::MAX,
            false => fetched + 1 + (takes % u64::from(deal.category.run_time.max(1))) as BlockNumber,
        };
        let give_up = PERIODS.work_until(*until);
        if next >= ready {
            Finding::Digest(result(posture, party, *task))
        } else if next >= give_up {
            Finding::Impossible(DeclineReason::OutOfTime)
        } else {
            Finding::NotYet(ready.min(give_up))
        }
    }

    /// Fetch all that a task needs.
    fn fetch_all(&mut self, party: Party, assignment: &Assignment<AccountId>) -> Result<(), DeclineReason> {
        if !self.fetch(party, assignment.app.content, &assignment.peers) {
            return Err(DeclineReason::AppUnavailable);
        }
        match &assignment.dataset {
            Some(dataset) if !self.fetch(party, dataset.content, &assignment.peers) => {
                Err(DeclineReason::DataUnavailable)
            }
            _ => Ok(()),
        }
    }

    /// Fetch something from its owner, or from these peers; what was fetched once stays.
    fn fetch(&mut self, party: Party, content: ContentId, peers: &[Uri]) -> bool {
        let key = (party, content);
        if self.stores.contains(&key) {
            return true;
        }
        let by_peer =
            |worker: Party| self.stores.contains(&(worker, content)) && peers.contains(&peer(worker));
        let can = self.is_served_to(content, party) || (0..WORKERS).map(Party::Worker).any(by_peer);
        if can {
            self.stores.insert(key);
        }
        can
    }

    /// Whether something can be fetched from its owner by a party now.
    pub fn is_served_to(&self, content: ContentId, party: Party) -> bool {
        let audience = self.audiences.get(&content).copied().unwrap_or_default();
        content.0[0] != NOWHERE && audience.includes(party)
    }

    /// Whether honest workers can execute tasks with this: everybody can fetch it, and use it in time.
    pub fn is_usable(&self, content: ContentId) -> bool {
        content.0[0] == FINE && self.audiences.get(&content).is_none_or(|audience| *audience == Audience::All)
    }

    /// What a buyer sends for the next block: now and then a request, or an order that others may match as well.
    fn purchase_of(&mut self, buyer: u8) -> Vec<Transaction> {
        let party = Party::Buyer(buyer);
        let now = System::block_number();
        let (seed, block) = (self.seed, u64::from(now));
        let chance = |what| mix(&[seed, mix(&[4, what, block, u64::from(buyer)])]);
        if chance(0) % PAUSE != 0 {
            return Vec::new();
        }
        let wanted = wanted(chance);
        let Some(price) = wanted.price() else { return Vec::new() };
        self.ledger.will_pay(party, price);
        let Wanted { app, dataset, pool, category } = wanted;
        let trust = Trust([1, 1, 2, 4, 4, 8][(chance(5) % 6) as usize]);
        let tasks = 1 + (chance(6) % 3) as u32;
        let parameters = Parameters::Range { first: 0 };
        if chance(7) % 6 != 0 {
            let order = Request {
                app,
                dataset,
                pool,
                category,
                trust,
                tasks,
                arguments: Default::default(),
                parameters,
                max_price: price,
                beneficiary: None,
                deadline: now + 1 + ample(category),
                restricted: false,
            };
            return vec![Transaction::new(party, talka_pallet_marketplace::Call::request { order })];
        }
        let only = Restrictions { pool: (chance(8) % 2 == 0).then_some(pool), ..Restrictions::default() };
        let mut salt = [0; 32];
        salt[..4].copy_from_slice(&now.to_le_bytes());
        let order = Order::Request(RequestOrder {
            app,
            dataset,
            category,
            trust,
            arguments: Default::default(),
            parameters,
            beneficiary: None,
            deadline: now + ORDER_LIFE + ample(category),
            terms: Terms {
                signer: party.account(),
                price,
                volume: tasks,
                tags: Default::default(),
                only,
                expiry: now + ORDER_LIFE,
                salt: Salt(salt),
            },
        });
        let request = Source::Published(Orders::order_id(&order));
        let publish = Transaction::new(party, talka_pallet_orders::Call::publish_order { order });
        let orders: Match<AccountId, talka_runtime::Signature> =
            Match { app: None, dataset: None, pool: PoolSource::Listed(pool), request };
        let orders = Box::new(orders);
        let fill = Transaction::new(party, talka_pallet_orders::Call::match_orders { orders });
        match chance(9) % 2 {
            0 => vec![publish, fill],
            // Somebody else fills it, or nobody.
            _ => vec![publish],
        }
    }
}

/// What a worker that is offline sends for the next block.
fn presence_of(party: Party) -> Option<Transaction> {
    let view = Poco::worker_view(party.account())?;
    let now = System::block_number();
    let is_able = view.bond > 0 && view.ripe_at <= now && view.paused_until <= now;
    (!view.online && view.pool.is_some() && is_able).then(|| Transaction::new(party, online(party, SLOTS)))
}

/// Whether a worker with a task has to give a sign of life in a block.
fn is_to_beat(party: Party, next: BlockNumber) -> bool {
    let worker = talka_pallet_poco::Workers::<Runtime>::get(party.account());
    worker.is_some_and(|worker| {
        let silence = next.saturating_sub(worker.last_seen.height);
        worker.next_beat <= next && silence >= market::HEARTBEAT_PERIOD / 2
    })
}

/// The last block in which a result can be shown.
fn reveal_until(task: TaskId) -> BlockNumber {
    match Poco::task_view(task) {
        Some(TaskView::Open(task)) => match (task.phase, task.jury) {
            (Phase::Revealing { until, .. }, _) => until,
            (_, Some(jury)) => jury.until,
            _ => 0,
        },
        _ => 0,
    }
}

/// What came of a task.
enum Finding {
    /// Nothing before this block.
    NotYet(BlockNumber),
    Impossible(DeclineReason),
    Digest(Digest),
}

/// What a buyer wants to buy.
struct Wanted {
    app: AppId,
    dataset: Option<DatasetId>,
    pool: PoolId,
    category: CategoryId,
}

/// Now and then an honest buyer tries what others offer, as it is published.
fn wanted(chance: impl Fn(u64) -> u64) -> Wanted {
    use talka_pallet_marketplace::{NextAppId, NextDatasetId, NextPoolId};
    let is_curious = chance(1).is_multiple_of(8);
    let one_of = |what, honest: u32, all: u32| {
        let choices = if is_curious { all } else { honest };
        (chance(what) % u64::from(choices.max(1))) as u32
    };
    let dataset = DatasetId(one_of(10, 1, NextDatasetId::<Runtime>::get().0));
    Wanted {
        app: AppId(one_of(3, 1, NextAppId::<Runtime>::get().0)),
        dataset: chance(11).is_multiple_of(4).then_some(dataset),
        pool: PoolId(one_of(2, OPERATORS.into(), NextPoolId::<Runtime>::get().0)),
        category: CategoryId((chance(4) % RUN_TIMES.len() as u64) as u8),
    }
}

impl Wanted {
    /// What a task costs now; nothing where that is too much, or where something is not for sale.
    fn price(&self) -> Option<Balance> {
        use talka_pallet_marketplace::{Apps, Datasets, Pools};
        let work = *Pools::<Runtime>::get(self.pool)?.prices.get(&self.category)?;
        let app = Apps::<Runtime>::get(self.app)?.price?;
        let data = match self.dataset {
            Some(dataset) => Datasets::<Runtime>::get(dataset)?.price?,
            None => 0,
        };
        [work, app, data].iter().all(|price| *price <= MOST).then_some(work + app + data)
    }
}

/// A deadline that leaves room for everything that may come in between.
pub fn ample(category: CategoryId) -> BlockNumber {
    let run = RUN_TIMES.get(usize::from(category.0)).copied().unwrap_or_default() + market::COMMIT_GRACE;
    6 * run + 2 * market::REVEAL_PERIOD + 300
}

/// The result of a task: the right one depends on the task alone.
pub fn result(posture: Posture, party: Party, task: TaskId) -> Digest {
    let (deal, index) = (u64::from(task.deal.0), u64::from(task.index));
    let number = match posture {
        Posture::Wrong => mix(&[2, deal, index, account_number(party)]),
        Posture::Lie => mix(&[3, deal, index]),
        _ => mix(&[1, deal, index]),
    };
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_le_bytes());
    Digest(digest)
}

/// The address of an app, or of a dataset.
pub fn content(number: u8, artefact: Artefact, is_dataset: bool) -> ContentId {
    let mut content = [number; 32];
    content[0] = match artefact {
        Artefact::Fine => FINE,
        Artefact::Slow => SLOW,
        Artefact::Nowhere => NOWHERE,
    };
    content[1] = u8::from(is_dataset);
    ContentId(content)
}

fn is_slow(app: ContentId) -> bool {
    app.0[0] == SLOW
}

/// Where a worker can be reached.
fn peer(party: Party) -> Uri {
    party.to_string().as_str().try_into().expect("a short name fits; qed")
}

/// A call that goes online.
pub fn online(party: Party, slots: u8) -> RuntimeCall {
    talka_pallet_poco::Call::go_online { slots, peer: peer(party) }.into()
}

/// What the honest set up, block by block.
fn first_blocks() -> Vec<Vec<Transaction>> {
    use talka_pallet_marketplace::Call;
    let app = Call::publish_app {
        name: "app".try_into().expect("a short name fits; qed"),
        runtime: RuntimeClass::Wasm { abi: WASM_ABI },
        content: content(0, Artefact::Fine, false),
        uris: Uris::default(),
        topic: Topic::Science,
        tags: Default::default(),
        description: Default::default(),
        price: Some(ASSET_PRICE),
    };
    let dataset = Call::publish_dataset {
        name: "dataset".try_into().expect("a short name fits; qed"),
        content: content(0, Artefact::Fine, true),
        uris: Uris::default(),
        topic: Topic::Science,
        tags: Default::default(),
        description: Default::default(),
        price: Some(ASSET_PRICE),
    };
    let publish = |operator, admission| {
        let call = Call::publish_pool {
            description: Default::default(),
            policy: PoolPolicy { admission, ..PoolPolicy::default() },
            tags: Default::default(),
            guarantee_limit: GUARANTEE_LIMIT,
        };
        Transaction::new(Party::Operator(operator), call)
    };
    let prices = (0..OPERATORS).flat_map(|operator| {
        (0u8..).zip(PRICES).map(move |(category, price)| {
            let (pool, category) = (PoolId(operator.into()), CategoryId(category));
            let call = Call::set_pool_price { pool, category, price: Some(price) };
            Transaction::new(Party::Operator(operator), call)
        })
    });
    let admit = (0..ADMITTED).map(|index| {
        let worker = Party::Worker(index).account();
        Transaction::new(Party::Operator(0), Call::admit { pool: PoolId(0), worker })
    });
    let keys = (0..JURORS).map(|index| {
        let key = Some(Party::Juror(index).account());
        let call = talka_pallet_validators::Call::set_juror_key { key };
        Transaction::new(Party::Validator(index), call)
    });
    let join = (0..WORKERS).map(|index| {
        let pool = PoolId(u32::from(index >= ADMITTED));
        Transaction::new(Party::Worker(index), Call::join_pool { pool, terms: None })
    });
    let online =
        (0..WORKERS).map(Party::Worker).map(|worker| Transaction::new(worker, online(worker, SLOTS)));
    vec![
        vec![
            Transaction::new(Party::Provider, app),
            Transaction::new(Party::Provider, dataset),
            publish(0, Admission::Approval),
        ],
        vec![publish(1, Admission::Open)],
        prices.chain(admit).chain(keys).collect(),
        join.collect(),
        online.collect(),
        vec![Transaction::new(Party::Operator(0), pool_order())],
    ]
}

/// An order of the first operator, which everybody can match.
fn pool_order() -> talka_pallet_orders::Call<Runtime> {
    let terms = Terms {
        signer: Party::Operator(0).account(),
        price: PRICES[0],
        volume: 1_000,
        tags: Default::default(),
        only: Default::default(),
        expiry: 1_000_000,
        salt: Default::default(),
    };
    let order = PoolOrder { pool: PoolId(0), category: CategoryId(0), trust: Trust(100), terms };
    talka_pallet_orders::Call::publish_order { order: Order::Pool(order) }
}
