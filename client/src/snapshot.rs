//! Questions about the chain's state at one block. Each is one call of a runtime API.

use std::{collections::BTreeMap, future::Future, time::Duration};

use codec::Encode as _;
use subxt::{client::OnlineClientAtBlock, constants::Address, runtime_apis::Payload, utils::Static};
use talka_primitives::{
    audit::AuditRules,
    deal::Periods,
    filter::{AppFilter, DatasetFilter, PoolFilter},
    matching::{Clock, Mismatch},
    order::{Order, Shelf, Subject},
    restriction::Insiders,
    view::{
        Assignment, DealView, Duties, FindingsView, Listed, OrderState, OrderView, Outcome, Page,
        PoolStanding, TaskView, ValidatorView, WorkerView,
    },
    App, AppId, Balance, BlockNumber, Category, CategoryId, Dataset, DatasetId, Deal, DealId, Group, GroupId,
    OrderId, Pool, PoolId, StoragePrice, TaskId,
};

use crate::{
    api,
    client::{height, rpc_error, BlockId, Client, Config},
    error::{Error, Fatal, Refusal, Rule, Transient},
    events::TaskEvent,
    AccountId,
};

pub use talka_primitives::view::{MAX_PAGE, MAX_TASKS};

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
    /// Most accounts that one call adds to a group or removes from it.
    pub max_members: u32,
    /// Longest time from now to a deal's deadline.
    pub max_duration: BlockNumber,
    /// What workers have beside the run time: of these follows the shortest time to a deadline.
    pub periods: Periods,
    /// Longest time from now to an order's expiry.
    pub max_order_life: BlockNumber,
}

/// What an account has, in units of TLK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funds {
    /// It can be spent.
    pub free: Balance,
    /// It is held: bonds, payments for deals, guarantees, deposits.
    pub held: Balance,
}

impl Client {
    /// The state at the head of the chain. A fork may still replace this block.
    pub async fn best(&self) -> Result<Snapshot, Error> {
        let gone = || Transient::Node("it has no best block".into());
        let hash = self.methods.chain_get_block_hash(None).await.map_err(rpc_error)?.ok_or_else(gone)?;
        let number = self.number_of(hash).await?;
        self.at(BlockId { number, hash }).await
    }

    /// The state at the last block that cannot be replaced any more.
    pub async fn finalized(&self) -> Result<Snapshot, Error> {
        let at = self.online.at_current_block().await.map_err(Error::subxt)?;
        let block = BlockId { number: height(at.block_number())?, hash: at.block_hash() };
        Ok(Snapshot { at, block })
    }

    /// The state at some block.
    pub async fn at(&self, block: BlockId) -> Result<Snapshot, Error> {
        let at = self
            .online
            .at_block_hash_and_number(block.hash, block.number.into())
            .await
            .map_err(Error::subxt)?;
        Ok(Snapshot { at, block })
    }
}

impl Snapshot {
    pub(crate) fn inner(&self) -> &OnlineClientAtBlock<Config> {
        &self.at
    }

    /// The block that this is the state of.
    pub fn block(&self) -> BlockId {
        self.block
    }

    pub(crate) async fn ask<Question: Payload>(
        &self,
        question: Question,
    ) -> Result<Question::ReturnType, Error> {
        self.at.runtime_apis().call(question).await.map_err(Error::subxt)
    }

    /// Apps that a filter admits, from an identifier on, at most [`MAX_PAGE`].
    pub async fn apps(
        &self,
        filter: AppFilter,
        from: AppId,
        limit: u32,
    ) -> Result<Page<AppId, App<AccountId>>, Error> {
        let question = api::runtime_apis().market_api().apps(filter.into(), from.into(), limit);
        Ok(page(self.ask(question).await?))
    }

    /// Datasets that a filter admits, from an identifier on, at most [`MAX_PAGE`].
    pub async fn datasets(
        &self,
        filter: DatasetFilter,
        from: DatasetId,
        limit: u32,
    ) -> Result<Page<DatasetId, Dataset<AccountId>>, Error> {
        let question = api::runtime_apis().market_api().datasets(filter.into(), from.into(), limit);
        Ok(page(self.ask(question).await?))
    }

    /// Pools that a filter admits, from an identifier on, at most [`MAX_PAGE`].
    pub async fn pools(
        &self,
        filter: PoolFilter,
        from: PoolId,
        limit: u32,
    ) -> Result<Page<PoolId, Pool<AccountId>>, Error> {
        let question = api::runtime_apis().market_api().pools(filter.into(), from.into(), limit);
        Ok(page(self.ask(question).await?))
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

    /// A deal and how far it is. `None` where it was never made, or the chain has forgotten it.
    pub async fn deal(&self, id: DealId) -> Result<Option<DealView<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().poco_api().deal(id.into())).await?.map(plain))
    }

    /// Whether a deal was made, and the chain has forgotten it with the outcomes of its tasks.
    pub async fn is_forgotten(&self, id: DealId) -> Result<bool, Error> {
        self.ask(api::runtime_apis().poco_api().is_forgotten(id.into())).await
    }

    /// Deals of a requester that the chain remembers, from an identifier on, at most [`MAX_PAGE`].
    pub async fn deals_of(
        &self,
        requester: AccountId,
        from: DealId,
        limit: u32,
    ) -> Result<Vec<DealView<AccountId>>, Error> {
        let deals = self.ask(api::runtime_apis().poco_api().deals_of(requester, from.into(), limit)).await?;
        Ok(deals.into_iter().map(plain).collect())
    }

    /// Deals that an account pays for and somebody else has requested, from an identifier on, at most [`MAX_PAGE`]. The
    /// chain has no list of them: this reads all deals that it remembers.
    pub async fn sponsored_by(
        &self,
        payer: AccountId,
        from: DealId,
        limit: u32,
    ) -> Result<Vec<DealView<AccountId>>, Error> {
        let sponsored = self.deals_like(|_, deal| deal.payer == payer && deal.requester != payer).await?;
        let mut views = Vec::new();
        for (id, _) in sponsored.range(from..).take(limit.min(MAX_PAGE) as usize) {
            views.extend(self.deal(*id).await?);
        }
        Ok(views)
    }

    /// The deals that the chain remembers and that are wanted. The chain has no list for every wish: this reads all deals that
    /// it remembers.
    pub async fn deals_like(
        &self,
        is_wanted: impl Fn(DealId, &Deal<AccountId>) -> bool,
    ) -> Result<BTreeMap<DealId, Deal<AccountId>>, Error> {
        let address = api::storage().marketplace().deals();
        let mut entries = self.at.storage().iter(address, ()).await.map_err(Error::subxt)?;
        let mut deals = BTreeMap::new();
        while let Some(entry) = entries.next().await {
            let entry = entry.map_err(Error::subxt)?;
            let Static(deal) = entry.value().decode().map_err(Error::subxt)?;
            let (Static(id),) = entry.key().map_err(Error::subxt)?.decode().map_err(Error::subxt)?;
            if is_wanted(id, &deal) {
                deals.insert(id, deal);
            }
        }
        Ok(deals)
    }

    /// A task; with its contributions while it is open.
    pub async fn task(&self, id: TaskId) -> Result<Option<TaskView<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().poco_api().task(id.into())).await?.map(plain))
    }

    /// Ended tasks of a deal, from a place in the bag on, at most [`MAX_TASKS`]. The page says where to go on, also where
    /// few of the tasks that were looked at have ended.
    pub async fn outcomes(
        &self,
        deal: DealId,
        from: u32,
        limit: u32,
    ) -> Result<Page<TaskId, Outcome>, Error> {
        Ok(page(self.ask(api::runtime_apis().poco_api().outcomes(deal.into(), from, limit)).await?))
    }

    /// All ended tasks of a deal, from a place in the bag on.
    pub async fn all_outcomes(&self, deal: DealId, from: u32) -> Result<Vec<Listed<TaskId, Outcome>>, Error> {
        let mut all = Vec::new();
        let mut from = Some(from);
        while let Some(index) = from {
            let Page { items, next } = self.outcomes(deal, index, MAX_TASKS).await?;
            all.extend(items);
            from = next.map(|task| task.index);
        }
        Ok(all)
    }

    /// What a worker has to do. `open` are the tasks whose digest it keeps, at most [`MAX_TASKS`].
    pub async fn duties(&self, worker: AccountId, open: &[TaskId]) -> Result<Duties<AccountId>, Error> {
        let open = open.iter().copied().map(Static).collect();
        Ok(self.ask(api::runtime_apis().poco_api().duties(worker, open)).await?.0)
    }

    /// The open tasks that a worker, or a juror, has committed to and not revealed, with all that is needed to execute them once
    /// more. The chain is asked about a thousand open tasks at a time: a question for the start of a program.
    pub async fn committed(&self, who: AccountId) -> Result<Vec<Assignment<AccountId>>, Error> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let question = api::runtime_apis().poco_api().committed(who, after.map(Static));
            let Page { items, next } = page(self.ask(question).await?);
            all.extend(items.into_iter().map(|listed| listed.item));
            if next.is_none() {
                return Ok(all);
            }
            after = next;
        }
    }

    /// The worker for which an account has agreed to act as its duty key; the account itself where there is none.
    pub async fn worker_of(&self, key: AccountId) -> Result<AccountId, Error> {
        self.ask(api::runtime_apis().poco_api().worker_of(key)).await
    }

    /// What is held of a worker while it has named a duty key, in units of TLK.
    pub fn duty_key_deposit(&self) -> Result<Balance, Error> {
        self.constant(api::constants().poco().duty_key_deposit())
    }

    /// A worker's standing. `None` for an account that has never had to do with work.
    pub async fn worker(&self, account: AccountId) -> Result<Option<WorkerView<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().poco_api().worker(account)).await?.map(plain))
    }

    /// Workers of a pool, at most [`MAX_PAGE`]: who may hold its results. [`Snapshot::crew`] names all.
    pub async fn workers(&self, pool: PoolId, limit: u32) -> Result<Vec<WorkerView<AccountId>>, Error> {
        let workers = self.ask(api::runtime_apis().poco_api().workers(pool.into(), limit)).await?;
        Ok(workers.into_iter().map(plain).collect())
    }

    /// The accounts of all workers of a pool. Needs as many questions as there are hundreds of them.
    pub async fn crew(&self, pool: PoolId) -> Result<Vec<AccountId>, Error> {
        let address = api::storage().poco().crew();
        let mut entries = self.at.storage().iter(address, (Static(pool),)).await.map_err(Error::subxt)?;
        let mut crew = Vec::new();
        while let Some(entry) = entries.next().await {
            let key = entry.map_err(Error::subxt)?.key().map_err(Error::subxt)?;
            let (_, worker) = key.decode().map_err(Error::subxt)?;
            crew.push(worker);
        }
        Ok(crew)
    }

    /// What can be expected of a pool: of its first 1 000 workers. All zero for one that does not exist.
    pub async fn standing(&self, pool: PoolId) -> Result<PoolStanding, Error> {
        self.ask(api::runtime_apis().poco_api().standing(pool.into())).await.map(plain)
    }

    /// The workers of a pool, as a restricted deal sees them: see [`talka_primitives::restriction`].
    pub async fn insiders(&self, pool: PoolId) -> Result<Insiders, Error> {
        self.ask(api::runtime_apis().poco_api().insiders(pool.into())).await.map(plain)
    }

    /// Everybody who stands for election or has a seat, by effective stake, the highest first.
    pub async fn validators(&self) -> Result<Vec<ValidatorView<AccountId>>, Error> {
        let validators = self.ask(api::runtime_apis().validators_api().validators()).await?;
        Ok(validators.into_iter().map(plain).collect())
    }

    /// What audits have found: the results of each category are counted by what stands behind them.
    pub async fn findings(&self) -> Result<Vec<FindingsView>, Error> {
        let findings = self.ask(api::runtime_apis().audit_api().findings()).await?;
        Ok(findings.into_iter().map(plain).collect())
    }

    /// Published orders of which something is left: those on a shelf, or all of them; after an identifier, at most
    /// [`MAX_PAGE`].
    pub async fn orders(
        &self,
        shelf: Option<Shelf>,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Page<OrderId, OrderView<AccountId>>, Error> {
        let question = api::runtime_apis().orders_api().orders(shelf.map(Static), after.map(Static), limit);
        Ok(page(self.ask(question).await?))
    }

    /// One published order.
    pub async fn order(&self, id: OrderId) -> Result<Option<OrderView<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().orders_api().order(id.into())).await?.map(plain))
    }

    /// What has become of an order, published or not, as far as the chain remembers.
    pub async fn order_state(&self, order: Order<AccountId>) -> Result<OrderState, Error> {
        self.ask(api::runtime_apis().orders_api().state(order.into())).await.map(plain)
    }

    /// What is held of its signer for an order while it is published, in units of TLK; a part of it until the order expires.
    pub fn order_deposit(&self, order: &Order<AccountId>) -> Result<Balance, Error> {
        let base = self.constant(api::constants().orders().base_deposit())?;
        let byte = self.constant(api::constants().orders().byte_deposit())?;
        let entry = self.constant(api::constants().orders().entry_deposit())?;
        let bytes = byte.saturating_mul(order.encoded_size() as Balance);
        Ok(base.saturating_add(bytes).saturating_add(entry))
    }

    /// What is held for what the chain has to remember, as [`talka_primitives::deposit`] counts it.
    pub fn storage_price(&self) -> Result<StoragePrice, Error> {
        self.constant(api::constants().marketplace().storage_price()).map(plain)
    }

    /// What is held of the owner for a group, and for each of its members, in units of TLK.
    pub fn group_deposits(&self) -> Result<(Balance, Balance), Error> {
        let group = self.constant(api::constants().groups().group_deposit())?;
        Ok((group, self.constant(api::constants().groups().member_deposit())?))
    }

    /// What is held of a worker for its record, in units of TLK.
    pub fn registration_deposit(&self) -> Result<Balance, Error> {
        self.constant(api::constants().poco().registration_deposit())
    }

    /// Groups, from an identifier on, at most [`MAX_PAGE`].
    pub async fn groups(&self, from: GroupId, limit: u32) -> Result<Page<GroupId, Group<AccountId>>, Error> {
        Ok(page(self.ask(api::runtime_apis().groups_api().groups(from.into(), limit)).await?))
    }

    /// One group.
    pub async fn group(&self, id: GroupId) -> Result<Option<Group<AccountId>>, Error> {
        Ok(self.ask(api::runtime_apis().groups_api().group(id.into())).await?.map(plain))
    }

    /// Members of a group, after an account, at most [`MAX_PAGE`].
    pub async fn members(
        &self,
        group: GroupId,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<AccountId>, Error> {
        self.ask(api::runtime_apis().groups_api().members(group.into(), after, limit)).await
    }

    /// Whether an account is a member of a group. A group that does not exist has no members.
    pub async fn is_member(&self, group: GroupId, who: AccountId) -> Result<bool, Error> {
        self.ask(api::runtime_apis().groups_api().is_member(group.into(), who)).await
    }

    /// What the chain says where a call breaks a rule.
    pub(crate) fn refusal(&self, rule: impl Rule) -> Refusal {
        Refusal::of(&self.at.metadata(), &rule)
    }

    /// What the chain says where a proposal cannot become a deal.
    pub fn explain(&self, mismatch: Mismatch) -> Refusal {
        self.refusal(mismatch)
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

    /// When the block was made, by its author's clock: the time since 1970.
    pub async fn time(&self) -> Result<Duration, Error> {
        let address = api::storage().timestamp().now();
        let Some(value) = self.at.storage().try_fetch(address, ()).await.map_err(Error::subxt)? else {
            return Ok(Duration::ZERO);
        };
        Ok(Duration::from_millis(value.decode().map_err(Error::subxt)?))
    }

    /// The least that an account holds, in units of TLK: with less it does not exist.
    pub fn least_balance(&self) -> Result<Balance, Error> {
        self.constant(api::constants().balances().existential_deposit())
    }

    /// What governance has decided about audits and juries.
    pub async fn audit_rules(&self) -> Result<AuditRules, Error> {
        let value =
            self.at.storage().try_fetch(api::storage().audit().rules(), ()).await.map_err(Error::subxt)?;
        let Some(value) = value else { return Ok(AuditRules::default()) };
        Ok(value.decode().map_err(Error::subxt)?.0)
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
        let milliseconds = self.constant(api::constants().babe().expected_block_time())?;
        Ok(Parameters {
            block_time: Duration::from_millis(milliseconds),
            heartbeat_period: self.constant(api::constants().poco().heartbeat_period())?,
            max_batch: self.constant(api::constants().poco().max_batch())?,
            max_members: self.constant(api::constants().groups().max_batch())?,
            max_duration: self.constant(api::constants().marketplace().max_duration())?,
            periods: Periods {
                commit_grace: self.constant(api::constants().poco().commit_grace())?,
                reveal_period: self.constant(api::constants().poco().reveal_period())?,
            },
            max_order_life: self.constant(api::constants().orders().max_life())?,
        })
    }

    /// When a deal would be made that is asked for now: in the next block, at the earliest.
    pub fn clock(&self) -> Result<Clock, Error> {
        let Parameters { max_duration, periods, .. } = self.parameters()?;
        Ok(Clock { now: self.block.number.saturating_add(1), max_duration, periods })
    }

    /// To whom something is offered by its owner, if it is.
    pub async fn pending_owner(&self, subject: Subject) -> Result<Option<AccountId>, Error> {
        let address = api::storage().marketplace().pending_owners();
        let value = self.at.storage().try_fetch(address, (Static(subject),)).await.map_err(Error::subxt)?;
        value.map(|value| value.decode().map_err(Error::subxt)).transpose()
    }

    /// To whom a group is offered by its owner, if it is.
    pub async fn pending_group_owner(&self, group: GroupId) -> Result<Option<AccountId>, Error> {
        let address = api::storage().groups().pending_owners();
        let value = self.at.storage().try_fetch(address, (Static(group),)).await.map_err(Error::subxt)?;
        value.map(|value| value.decode().map_err(Error::subxt)).transpose()
    }

    fn constant<Constant: Address>(&self, address: Constant) -> Result<Constant::Target, Error> {
        self.at.constants().entry(address).map_err(Error::subxt)
    }
}

/// The first `most` entries of a long list, from as many pages as it takes. `ask` gets where a page begins, which is
/// nowhere for the first one, and how many entries it may have.
pub async fn collect<Id, Item, Asked>(
    mut from: Option<Id>,
    most: usize,
    ask: impl Fn(Option<Id>, u32) -> Asked,
) -> Result<Vec<Listed<Id, Item>>, Error>
where
    Asked: Future<Output = Result<Page<Id, Item>, Error>>,
{
    let mut all = Vec::new();
    loop {
        let wanted = most.saturating_sub(all.len()).try_into().unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let Page { items, next } = ask(from, wanted).await?;
        all.extend(items);
        match next {
            Some(_) if all.len() < most => from = next,
            _ => return Ok(all),
        }
    }
}

pub(crate) fn plain<T>(shell: Static<T>) -> T {
    shell.0
}

fn listed<Id, Item>(entry: Static<Listed<Static<Id>, Static<Item>>>) -> Listed<Id, Item> {
    let Listed { id, item } = entry.0;
    Listed { id: id.0, item: item.0 }
}

pub(crate) fn page<Id, Item>(page: Static<Page<Static<Id>, Static<Item>>>) -> Page<Id, Item> {
    let Page { items, next } = page.0;
    let plain = |Listed { id, item }: Listed<Static<Id>, Static<Item>>| Listed { id: id.0, item: item.0 };
    Page { items: items.into_iter().map(plain).collect(), next: next.map(|next| next.0) }
}

/// For values that are bounded on chain: say which one is too long, before anything is sent.
pub(crate) fn fit<T, E: std::fmt::Display>(what: &'static str, value: Result<T, E>) -> Result<T, Error> {
    value.map_err(|why| Fatal::Unfit { what, why: why.to_string() }.into())
}
