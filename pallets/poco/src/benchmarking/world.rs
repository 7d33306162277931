//! The chain on which benchmarks run: a market with everything in its largest form, workers with bonds, validators.

use super::{scene::Scene, BenchmarkHelper as _};
use crate::{
    intake,
    pallet::{
        AgendaCursor, Classes, Config, DealStates, EndingEnds, FullBlocks, LotEnds, NextIntake, Outcomes,
        Pallet, Queues, ReadyEnds, Retention, Seats, Written,
    },
    queue::Queue,
    types::{Bench, Cursor, Line, LotQueue, Work},
};
use alloc::{vec, vec::Vec};
use core::marker::PhantomData;
use frame_benchmarking::account;
use frame_support::{weights::WeightMeter, BoundedVec};
use talka_primitives::{
    asset::{Pool, PoolPolicy, Tags, Topic, Uris},
    audit::{AuditRules, DEFAULT_RATE},
    deal::Parameters,
    jury::MAX_JURORS,
    matching::{Proposal, Request},
    odds,
    seed::{Authored, Authors, Draws, Output, Seed},
    task::{Failure, Phase, MAX_SLOTS},
    text::Text,
    traits::{Audits as _, Market as _, Stake as _},
    view::{Outcome, Progress},
    App, AppId, Balance, BlockNumber, Category, CategoryId, ContentId, Dataset, DatasetId, DealId, Merit,
    PoolId, RuntimeClass, TaskId, Trust,
};

/// The block in which a benchmark begins: there were some before it.
const START: BlockNumber = 1_000;
/// From a deal to its deadline.
const DURATION: BlockNumber = 500;
/// One that no genesis has.
pub(super) const CATEGORY: CategoryId = CategoryId(31);
/// As many as there can be in a list of parameters, which is the largest form of a deal.
pub(super) const TASKS: u32 = 64;
/// One worker is enough, however few have been online. No other trust is asked for that depends on them.
const TRUST: Trust = Trust(2);
const APP_PRICE: Balance = 1_000_000;
const DATASET_PRICE: Balance = 1_000_000;
const POOL_PRICE: Balance = 10_000_000;
/// All that is paid for a task.
pub(super) const VALUE: Balance = APP_PRICE + DATASET_PRICE + POOL_PRICE;
/// What each worker has locked for a task: enough to pay all jurors of two juries.
pub(super) const LOCK: Balance = 64 * VALUE;
/// Of a worker and of a validator. With merit and without it is in one class of stakes.
const BOND: Balance = 1_000_000_000_000;
/// What everybody has who pays for something.
const WEALTH: Balance = 1_000 * BOND;

/// A market with two apps, a dataset and two pools, in which nobody works yet.
pub(super) struct World<T: Config> {
    /// A deterministic app.
    pub(super) app: AppId,
    /// An app whose results may differ.
    pub(super) container: AppId,
    dataset: DatasetId,
    /// The pool in which most happens.
    pub(super) pool: PoolId,
    /// Another one: its workers sit on the bench of auditors too.
    other: PoolId,
    config: PhantomData<T>,
}

impl<T: Config> World<T> {
    /// The chain as it is when a benchmark begins. What the steps of a block share is not counted from now on.
    pub(super) fn begin() -> Self {
        leave_out(shared_keys::<T>());
        Self::begin_alone()
    }

    /// The same, where what the steps of a block share is counted.
    pub(super) fn begin_alone() -> Self {
        set_now::<T>(START);
        // The hook of this block has run.
        AgendaCursor::<T>::put(Cursor { block: START.saturating_add(1), position: 0 });
        T::BenchmarkHelper::set_audit_rules(AuditRules { jurors: MAX_JURORS, ..AuditRules::default() });
        let category = Category {
            name: "benchmarks".try_into().expect("the name is short"),
            run_time: 20,
            fuel: 1,
            memory: 1,
            audit_rate: DEFAULT_RATE,
            min_value: 1,
        };
        T::BenchmarkHelper::define_category(CATEGORY, category);
        for who in [Self::payer(), account("opener", 0, 0), account("operator", 0, 0)] {
            T::BenchmarkHelper::fund(&who, WEALTH);
        }
        Self {
            app: Self::publish_app(RuntimeClass::Wasm { abi: 1 }),
            container: Self::publish_app(RuntimeClass::Oci),
            dataset: Self::publish_dataset(),
            pool: Self::publish_pool(),
            other: Self::publish_pool(),
            config: PhantomData,
        }
    }

    fn publish_app(runtime: RuntimeClass) -> AppId {
        let owner = account("app owner", 0, 0);
        T::BenchmarkHelper::fund(&owner, WEALTH);
        T::BenchmarkHelper::publish_app(App {
            owner,
            price: Some(APP_PRICE),
            name: text(),
            runtime,
            content: ContentId::default(),
            uris: uris(),
            topic: Topic::Other,
            tags: Tags(0),
            description: text(),
            deposit: 0,
        })
    }

    fn publish_dataset() -> DatasetId {
        let owner = account("dataset owner", 0, 0);
        T::BenchmarkHelper::fund(&owner, WEALTH);
        T::BenchmarkHelper::publish_dataset(Dataset {
            owner,
            price: Some(DATASET_PRICE),
            name: text(),
            content: ContentId::default(),
            uris: uris(),
            topic: Topic::Other,
            tags: Tags(0),
            description: text(),
            deposit: 0,
        })
    }

    /// One more pool of the same operator.
    pub(super) fn publish_pool() -> PoolId {
        let mut pool = Pool {
            owner: account("operator", 0, 0),
            description: text(),
            policy: PoolPolicy::default(),
            announced: None,
            guarantee_limit: Balance::MAX,
            tags: Tags(0),
            prices: Default::default(),
            deposit: 0,
        };
        pool.prices.try_insert(CATEGORY, POOL_PRICE).expect("there is room for a price");
        T::BenchmarkHelper::publish_pool(pool)
    }

    /// Who pays for all deals.
    pub(super) fn payer() -> T::AccountId {
        account("payer", 0, 0)
    }

    /// A deal that the hook has not seen yet. All its parties are different accounts.
    pub(super) fn buy(&self, app: AppId, pool: PoolId, tasks: u32) -> DealId {
        let request = Request {
            app,
            dataset: Some(self.dataset),
            pool,
            category: CATEGORY,
            trust: TRUST,
            tasks,
            arguments: BoundedVec::truncate_from(vec![text(); 16]),
            parameters: parameters(tasks),
            max_price: Balance::MAX,
            beneficiary: Some(account("beneficiary", 0, 0)),
            deadline: Pallet::<T>::now().saturating_add(DURATION),
            restricted: false,
        };
        let proposal = request.propose(account("requester", 0, 0));
        let opener = account("opener", 0, 0);
        T::BenchmarkHelper::buy(Proposal { payer: Self::payer(), opener, ..proposal })
    }

    /// A deal that was taken in.
    pub(super) fn deal(&self, app: AppId, pool: PoolId, tasks: u32) -> DealId {
        let deal = self.buy(app, pool, tasks);
        intake::take_in::<T>(&mut WeightMeter::new());
        deal
    }

    /// All tasks of a deal have ended without a result; this number of them had begun.
    pub(super) fn end_deal(id: DealId, begun: u32) {
        let deal = T::Market::deal(id).expect("the deal was made");
        T::Market::refund(&deal, deal.tasks);
        T::Market::release_guarantee(&deal, deal.tasks);
        T::Market::close(&deal);
        Queue::<T>::withdraw(Work::Deal(id));
        let outcome = Outcome::Failed { reason: Failure::DeadlinePassed, at: Pallet::<T>::now() };
        for index in 0..begun {
            Outcomes::<T>::insert(TaskId { deal: id, index }, outcome);
        }
        DealStates::<T>::mutate_extant(id, |state| {
            state.begun = begun;
            state.progress = Progress { failed: deal.tasks, ..Progress::default() };
        });
    }

    /// Go to the first block after a deal's deadline.
    pub(super) fn pass_deadline(id: DealId) {
        let deal = T::Market::deal(id).expect("the deal was made");
        set_now::<T>(deal.deadline.saturating_add(1));
    }

    /// A member of a pool, with a bond, that was never online.
    pub(super) fn member(name: &'static str, index: u32, pool: PoolId) -> T::AccountId {
        let who = bonded::<T>(name, index);
        T::BenchmarkHelper::join(&who, pool);
        who
    }

    /// A worker of a pool that is online.
    pub(super) fn worker(name: &'static str, index: u32, pool: PoolId, slots: u8) -> T::AccountId {
        let who = Self::member(name, index, pool);
        Pallet::<T>::do_go_online(who.clone(), slots, text()).expect("it meets the terms of its pool");
        who
    }

    /// A worker that has merit and a pass to work alone, and is online.
    pub(super) fn seasoned(&self, name: &'static str, index: u32) -> T::AccountId {
        let who = Self::member(name, index, self.pool);
        T::Stake::set_merit(&who, Merit(1_000_000 * VALUE));
        T::BenchmarkHelper::open_gate(CATEGORY);
        assert!(T::Audits::admit(CATEGORY, &who));
        Pallet::<T>::do_go_online(who.clone(), MAX_SLOTS, text()).expect("it meets the terms of its pool");
        who
    }

    /// As many workers of the pool as of another one sit down behind all others. A worker that leaves its seats now makes two
    /// workers move: the last one of the pool's bench, and another one on that of auditors.
    pub(super) fn seat_others(&self, number: u32) {
        for (name, pool) in [("fellow", self.pool), ("stranger", self.other)] {
            for index in 0..number {
                Self::worker(name, index, pool, MAX_SLOTS);
            }
        }
    }

    /// The duty key of a worker.
    pub(super) fn key_of(worker: &T::AccountId) -> T::AccountId {
        let key: T::AccountId = account("key", 0, 0);
        Pallet::<T>::do_set_duty_key(worker.clone(), Some(key.clone())).expect("the key does nothing else");
        Pallet::<T>::do_act_for(key.clone(), Some(worker.clone())).expect("the worker has named it");
        key
    }

    /// Work waits for the pool's bench and for that of auditors, and neither stands in a line: the next worker that becomes idle
    /// has both served.
    pub(super) fn leave_work(&self) {
        let mut scene = Scene::<T>::begin(self.deal(self.app, self.pool, TASKS));
        scene.crowd(1, Scene::right);
        scene.task.phase = Phase::Audit { result: scene.result() };
        scene.wait(Bench::Auditors);
        scene.store();
        for line in Line::ALL {
            while Queue::<T>::take_first(line).is_some() {}
        }
    }

    /// This number of validators.
    pub(super) fn validators(number: u32) -> Vec<T::AccountId> {
        let all: Vec<_> = (0..number).map(|index| bonded::<T>("validator", index)).collect();
        T::BenchmarkHelper::seat(&all, BOND);
        all
    }

    /// Two validators that have made this block and its parent.
    pub(super) fn authors() -> Authors<T::AccountId> {
        let by = |index: u8| {
            let author = account("author", index.into(), 0);
            Authored { author, output: Output([index; 32]) }
        };
        Authors { parent: Some(by(0)), own: by(1), sole: false }
    }

    /// Chance with which a look at a bench, whose workers have equal stakes, takes this number of tries until it hits one.
    pub(super) fn draws_of_tries(bench: Bench, tries: u32) -> Draws {
        let class = Classes::<T>::get(bench).first().copied().expect("somebody sits there");
        let seat = Seats::<T>::get((bench, class.class, 0)).expect("seats are dense");
        let taken = |mut draws: Draws| {
            draws.one_of([class.total].into_iter());
            (1u32..).find(|_| {
                draws.below(class.members.into());
                draws.below(odds::ceiling(class.class)).is_some_and(|point| point < seat.stake)
            })
        };
        let mut all = (0..=u8::MAX).map(|byte| Draws::of(Seed([byte; 32])));
        all.find(|draws| taken(draws.clone()) == Some(tries)).expect("some chance takes this number of tries")
    }
}

/// The keys of what the steps of a block share: each is read at most once, and written at most once, however many steps there are.
pub(super) fn shared_keys<T: Config>() -> Vec<Vec<u8>> {
    let mut keys = vec![
        AgendaCursor::<T>::hashed_key().to_vec(),
        NextIntake::<T>::hashed_key().to_vec(),
        EndingEnds::<T>::hashed_key().to_vec(),
        Written::<T>::hashed_key().to_vec(),
        Retention::<T>::hashed_key().to_vec(),
        FullBlocks::<T>::hashed_key().to_vec(),
        Classes::<T>::hashed_key_for(Bench::Auditors),
        Queues::<T>::hashed_key_for(Bench::Auditors),
    ];
    keys.extend(Line::ALL.map(ReadyEnds::<T>::hashed_key_for));
    keys.extend([LotQueue::Agreed, LotQueue::Spared, LotQueue::Jury].map(LotEnds::<T>::hashed_key_for));
    keys.extend(T::BenchmarkHelper::shared_keys());
    keys
}

/// Have what is read and written under these keys not be counted: something else pays for it.
pub(super) fn leave_out(keys: impl IntoIterator<Item = Vec<u8>>) {
    keys.into_iter().for_each(|key| frame_benchmarking::benchmarking::add_to_whitelist(key.into()));
}

/// Go to a block, without what comes between.
pub(super) fn set_now<T: Config>(block: BlockNumber) {
    frame_system::Pallet::<T>::set_block_number(block.into());
}

fn bonded<T: Config>(name: &'static str, index: u32) -> T::AccountId {
    let who: T::AccountId = account(name, index, 0);
    T::BenchmarkHelper::fund(&who, WEALTH);
    T::BenchmarkHelper::bond(&who, BOND);
    who
}

/// A text that is as long as it can be.
pub(super) fn text<const N: u32>() -> Text<N> {
    vec![b'x'; N as usize].try_into().expect("it is not longer")
}

fn uris() -> Uris {
    BoundedVec::truncate_from(vec![text(); 4])
}

fn parameters(tasks: u32) -> Parameters {
    if tasks <= TASKS {
        Parameters::List { items: BoundedVec::truncate_from(vec![text(); TASKS as usize]) }
    } else {
        Parameters::Lines { content: ContentId::default(), uris: uris(), first: 0 }
    }
}
