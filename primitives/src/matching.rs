//! Whether orders and assets fit together, and the deal that they become.
//!
//! A [`Request`] buys at published prices. It becomes a [`RequestOrder`] that is used up at once, so both ways of
//! buying end in [`agree`], which contains every rule of the market. A client that calls it knows the chain's answer
//! in advance.

use codec::Encode;
use serde::{Deserialize, Serialize};

use crate::{
    apply,
    asset::{App, Category, Dataset, Pool, Tags},
    audit::Assurance,
    deal::{min_duration, Arguments, DatasetTerms, Deal, Parameters, Periods, MAX_TASKS},
    deposit::{Deposit, StoragePrice},
    id::{AppId, CategoryId, DatasetId, GroupId, PoolId, Salt},
    order::{AppOrder, DatasetOrder, PoolOrder, RequestOrder, Restrictions, Terms},
    restriction::{counts_workers, Insiders},
    text::Text,
    unit::{Balance, BlockNumber, Trust},
};

/// What a requester wants to buy, at published prices.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct Request<AccountId> {
    /// The app.
    pub app: AppId,
    /// The dataset that the app reads, where there is one.
    pub dataset: Option<DatasetId>,
    /// The pool whose workers are to execute.
    pub pool: PoolId,
    /// The size of a task.
    pub category: CategoryId,
    /// How sure the requester wants to be.
    pub trust: Trust,
    /// How many tasks, from 1 to [`MAX_TASKS`].
    pub tasks: u32,
    /// The arguments that all tasks have in common.
    pub arguments: Arguments,
    /// What distinguishes the tasks.
    pub parameters: Parameters,
    /// The most that one accepted task may cost: app, dataset and pool together, in units of TLK.
    pub max_price: Balance,
    /// Whom the results are for; the requester where it is nobody else.
    pub beneficiary: Option<AccountId>,
    /// The last block in which a task may be completed.
    pub deadline: BlockNumber,
    /// Whether only workers of the pool may execute the tasks: see [`crate::restriction`].
    #[serde(default)]
    pub restricted: bool,
}

impl<AccountId: Clone> Request<AccountId> {
    /// The proposal that a request makes: everything at its published price, paid for by who asks.
    pub fn propose(self, requester: AccountId) -> Proposal<AccountId> {
        let only = Restrictions { pool: self.restricted.then_some(self.pool), ..Restrictions::default() };
        let terms = Terms {
            signer: requester.clone(),
            price: self.max_price,
            volume: self.tasks,
            tags: Tags::default(),
            only,
            expiry: self.deadline,
            salt: Salt::default(),
        };
        let order = RequestOrder {
            app: self.app,
            dataset: self.dataset,
            category: self.category,
            trust: self.trust,
            arguments: self.arguments,
            parameters: self.parameters,
            beneficiary: self.beneficiary,
            deadline: self.deadline,
            terms,
        };
        Proposal {
            opener: requester.clone(),
            payer: requester,
            app: None,
            dataset: None,
            pool: PoolOffer::Listed(self.pool),
            request: Standing { order, used: 0 },
        }
    }
}

/// An order that is known to be authentic, and how many of its tasks were bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing<Order> {
    /// The order.
    pub order: Order,
    /// How many of its tasks were bought before.
    pub used: u32,
}

/// How the work of a pool is bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolOffer<AccountId> {
    /// Of this pool, at its published price.
    Listed(PoolId),
    /// On an order's terms.
    Ordered(Standing<PoolOrder<AccountId>>),
}

impl<AccountId> PoolOffer<AccountId> {
    /// Which pool.
    pub fn pool(&self) -> PoolId {
        match self {
            Self::Listed(pool) => *pool,
            Self::Ordered(Standing { order, .. }) => order.pool,
        }
    }

    fn ordered(&self) -> Option<&Standing<PoolOrder<AccountId>>> {
        match self {
            Self::Listed(_) => None,
            Self::Ordered(standing) => Some(standing),
        }
    }
}

/// What is to become a deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal<AccountId> {
    /// What is wanted.
    pub request: Standing<RequestOrder<AccountId>>,
    /// Who pays: the requester, or a sponsor.
    pub payer: AccountId,
    /// Who sends it to the chain, which has to remember the deal: the deposit is held of this account.
    pub opener: AccountId,
    /// How the app is bought: on an order's terms, or at its published price.
    pub app: Option<Standing<AppOrder<AccountId>>>,
    /// How the dataset is bought, where the request names one: likewise.
    pub dataset: Option<Standing<DatasetOrder<AccountId>>>,
    /// How the work is bought.
    pub pool: PoolOffer<AccountId>,
}

/// What a proposal names, as it is published now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets<AccountId> {
    /// The app.
    pub app: App<AccountId>,
    /// The dataset: present exactly where the request names one.
    pub dataset: Option<Dataset<AccountId>>,
    /// The pool.
    pub pool: Pool<AccountId>,
    /// What is held of the pool's operator as guarantees, in units of TLK.
    pub guaranteed: Balance,
    /// The category.
    pub category: Category,
}

/// When a deal is to be made, and how long the chain lets things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The block.
    pub now: BlockNumber,
    /// Longest time from then to a deadline, in blocks.
    pub max_duration: BlockNumber,
    /// What workers have beside the run time.
    pub periods: Periods,
}

/// A deal and the money that backs it, in units of TLK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement<AccountId> {
    /// The terms.
    pub deal: Deal<AccountId>,
    /// What is held of the payer: (price + price of an audit) × tasks.
    pub payment: Balance,
    /// What is held of the operator: guarantee × tasks.
    pub guarantee: Balance,
}

/// Why a proposal cannot become a deal. The marketplace has an error of the same name for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, scale_info::TypeInfo)]
pub enum Mismatch {
    /// The trust is not one that can be asked for.
    InvalidTrust,
    /// There is nothing to be executed: a volume is zero, or nothing of it is left.
    NoTasks,
    /// The request has more than [`MAX_TASKS`] tasks.
    TooManyTasks,
    /// The deadline is not after the current block.
    DeadlineInPast,
    /// The deadline is farther away than the market allows.
    DeadlineTooFar,
    /// The deadline is nearer than [`min_duration`].
    DeadlineTooSoon,
    /// An argument, parameter or URI is not text: see [`is_text`].
    NotText,
    /// The parameters end beyond what can be counted, or are the lines of a file that can be got nowhere.
    InvalidParameters,
    /// The list of parameters is shorter than the bag.
    TooFewParameters,
    /// The order sells another app than the request names.
    AppMismatch,
    /// The order sells another dataset than the request names, or the request names none.
    DatasetMismatch,
    /// The order sells another size of task than the request names.
    CategoryMismatch,
    /// The pool has no price for the category.
    CategoryNotServed,
    /// The request asks for more trust than the pool's order offers.
    TrustTooHigh,
    /// The app or the dataset has no published price.
    NotForSale,
    /// The signer of an order does not own any more what it sells.
    OwnerChanged,
    /// An order is for another app.
    NotForThisApp,
    /// An order is for another dataset, or for deals with a dataset.
    NotForThisDataset,
    /// An order is for another pool.
    NotForThisPool,
    /// An order is not for this requester.
    NotForThisRequester,
    /// An order is not for pools of this operator.
    NotForThisOperator,
    /// An order restricts the deal, and the request, which asks for more trust than 1, does not: it would get a lower
    /// assurance than it may have been signed for.
    NotRestricted,
    /// The pool does not offer what the app, the dataset or an order needs.
    TagMissing,
    /// The pool sells no task for so little.
    PriceTooLow,
    /// One task costs more than the request's limit.
    PriceOverLimit,
    /// The price of all tasks is not a number that money has.
    PriceOverflow,
    /// With these tasks more would be held of the pool's operator than its limit allows.
    GuaranteeOverLimit,
    /// The workers of the pool do not reach the trust, even if all of them agree.
    TrustOutOfReach,
}

/// Whether something is text that can be shown and passed to an app: UTF-8, without control characters but for
/// newlines and tabs. (An argument of a program cannot contain a NUL; a terminal obeys an ESC.)
pub fn is_text<const N: u32>(text: &Text<N>) -> bool {
    text.is_utf8() && text.to_str().chars().all(|c| !c.is_control() || c == '\n' || c == '\t')
}

impl<AccountId> RequestOrder<AccountId> {
    /// Check all that can be said without knowing what is for sale. `max_duration` is the longest time from now
    /// to a deadline, in blocks.
    pub fn check(&self, now: BlockNumber, max_duration: BlockNumber) -> Result<(), Mismatch> {
        ensure(self.trust.is_valid(), Mismatch::InvalidTrust)?;
        ensure(self.terms.volume > 0, Mismatch::NoTasks)?;
        ensure(self.terms.volume <= MAX_TASKS, Mismatch::TooManyTasks)?;
        ensure(self.deadline > now, Mismatch::DeadlineInPast)?;
        ensure(self.deadline - now <= max_duration, Mismatch::DeadlineTooFar)?;
        ensure(self.arguments.iter().all(is_text), Mismatch::NotText)?;
        check_parameters(&self.parameters, self.terms.volume)
    }

    /// The least number of blocks that a deal for this app and category must leave its tasks.
    pub fn min_duration(&self, app: &App<AccountId>, category: &Category, periods: Periods) -> BlockNumber {
        min_duration(category, Assurance::of(app.runtime, self.trust), periods)
    }

    /// Check the request against a clock, knowing the app and the category.
    pub fn check_at(&self, app: &App<AccountId>, category: &Category, clock: Clock) -> Result<(), Mismatch> {
        self.check(clock.now, clock.max_duration)?;
        let least = self.min_duration(app, category, clock.periods);
        ensure(self.deadline.saturating_sub(clock.now) >= least, Mismatch::DeadlineTooSoon)
    }
}

/// Check that each of `tasks` tasks has a parameter.
pub fn check_parameters(parameters: &Parameters, tasks: u32) -> Result<(), Mismatch> {
    let last = tasks.saturating_sub(1);
    match parameters {
        Parameters::Range { first } => {
            ensure(first.checked_add(last.into()).is_some(), Mismatch::InvalidParameters)
        }
        Parameters::List { items } => {
            ensure(items.len() >= tasks as usize, Mismatch::TooFewParameters)?;
            ensure(items.iter().all(is_text), Mismatch::NotText)
        }
        Parameters::Lines { uris, first, .. } => {
            ensure(first.checked_add(last).is_some(), Mismatch::InvalidParameters)?;
            ensure(!uris.is_empty(), Mismatch::InvalidParameters)?;
            ensure(uris.iter().all(is_text), Mismatch::NotText)
        }
    }
}

/// What a pool must offer to execute these.
pub fn needed_tags<AccountId>(app: &App<AccountId>, dataset: Option<&Dataset<AccountId>>) -> Tags {
    app.tags.and(dataset.map_or(Tags::default(), |dataset| dataset.tags))
}

/// Make the deal that is proposed, or say why there can be none. Whether orders are authentic and open, and whether the
/// money is there, is not asked. `is_member` looks into groups; `insiders` gives the workers of a pool, and is asked where
/// the deal is [restricted](crate::restriction).
///
/// The deal is for as many tasks as are left of every order. It copies prices, owners, policy and limits: nothing in it
/// changes when those do. `storage` is what the chain asks for remembering it.
pub fn agree<AccountId: Clone + PartialEq + Encode>(
    proposal: Proposal<AccountId>,
    assets: Assets<AccountId>,
    clock: Clock,
    storage: StoragePrice,
    is_member: impl Fn(GroupId, &AccountId) -> bool,
    insiders: impl FnOnce(PoolId) -> Insiders,
) -> Result<Agreement<AccountId>, Mismatch> {
    let assets = Assets { pool: assets.pool.at(clock.now), ..assets };
    proposal.request.order.check_at(&assets.app, &assets.category, clock)?;
    proposal.check_subjects()?;
    proposal.check_owners(&assets)?;
    proposal.check_restrictions(&assets.pool.owner, is_member)?;
    let needed = proposal
        .terms()
        .fold(needed_tags(&assets.app, assets.dataset.as_ref()), |tags, terms| tags.and(terms.tags));
    ensure(assets.pool.tags.offer(needed), Mismatch::TagMissing)?;
    let prices = proposal.prices(&assets)?;
    ensure(prices.pool >= assets.pool.policy.min_price, Mismatch::PriceTooLow)?;
    let tasks = proposal.tasks();
    ensure(tasks > 0, Mismatch::NoTasks)?;
    let restricted = proposal.is_restricted();

    let Proposal { request: Standing { order: request, used }, payer, opener, pool, .. } = proposal;
    let Assets {
        app,
        dataset,
        pool: Pool { owner: operator, policy, guarantee_limit, .. },
        guaranteed,
        category,
    } = assets;
    let requester = request.terms.signer;
    let mut deal = Deal {
        beneficiary: request.beneficiary.unwrap_or_else(|| requester.clone()),
        requester,
        payer,
        app: request.app,
        app_owner: app.owner,
        app_price: prices.app,
        dataset: request.dataset.zip(dataset).map(|(id, dataset)| DatasetTerms {
            id,
            owner: dataset.owner,
            price: prices.dataset,
        }),
        pool: pool.pool(),
        operator,
        pool_price: prices.pool,
        operator_share: policy.operator_share,
        worker_stake: policy.worker_stake_ratio.of(prices.pool),
        category_id: request.category,
        category,
        trust: request.trust,
        assurance: Assurance::of(app.runtime, request.trust),
        tasks,
        arguments: request.arguments,
        parameters: request.parameters.part(used, tasks),
        deadline: request.deadline,
        deposit: Deposit { of: opener, amount: 0 },
    };
    deal.deposit.amount = storage.of(deal.footprint());
    let price = deal.price().ok_or(Mismatch::PriceOverflow)?;
    ensure(price <= request.terms.price, Mismatch::PriceOverLimit)?;
    if restricted {
        deal.assurance = insiders(deal.pool).assurance(&deal).ok_or(Mismatch::TrustOutOfReach)?;
    } else if counts_workers(restricted, deal.trust) {
        ensure(!insiders(deal.pool).would_work_in_vain(&deal), Mismatch::TrustOutOfReach)?;
    }
    let tasks = Balance::from(deal.tasks);
    let reserve = deal.reserve().ok_or(Mismatch::PriceOverflow)?;
    let payment = reserve.checked_mul(tasks).ok_or(Mismatch::PriceOverflow)?;
    let guarantee = deal.guarantee().checked_mul(tasks).ok_or(Mismatch::PriceOverflow)?;
    let exposure = guaranteed.checked_add(guarantee);
    ensure(exposure.is_some_and(|exposure| exposure <= guarantee_limit), Mismatch::GuaranteeOverLimit)?;
    Ok(Agreement { deal, payment, guarantee })
}

/// Of one accepted task, in units of TLK.
struct Prices {
    app: Balance,
    /// Zero where there is none.
    dataset: Balance,
    pool: Balance,
}

impl<AccountId: PartialEq> Proposal<AccountId> {
    /// What the orders that take part have in common with all orders.
    pub fn terms(&self) -> impl Iterator<Item = &Terms<AccountId>> {
        let sellers = [
            self.app.as_ref().map(|standing| &standing.order.terms),
            self.dataset.as_ref().map(|standing| &standing.order.terms),
            self.pool.ordered().map(|standing| &standing.order.terms),
        ];
        sellers.into_iter().flatten().chain([&self.request.order.terms])
    }

    /// The orders are about the same things.
    fn check_subjects(&self) -> Result<(), Mismatch> {
        let request = &self.request.order;
        if let Some(Standing { order, .. }) = &self.app {
            ensure(order.app == request.app, Mismatch::AppMismatch)?;
        }
        if let Some(Standing { order, .. }) = &self.dataset {
            ensure(Some(order.dataset) == request.dataset, Mismatch::DatasetMismatch)?;
        }
        if let Some(Standing { order, .. }) = self.pool.ordered() {
            ensure(order.category == request.category, Mismatch::CategoryMismatch)?;
            ensure(request.trust <= order.trust, Mismatch::TrustTooHigh)?;
        }
        Ok(())
    }

    /// Those who sell by order are the owners now.
    fn check_owners(&self, assets: &Assets<AccountId>) -> Result<(), Mismatch> {
        let is_owner = |terms: Option<&Terms<AccountId>>, owner: Option<&AccountId>| {
            terms.is_none_or(|terms| Some(&terms.signer) == owner)
        };
        let app = self.app.as_ref().map(|standing| &standing.order.terms);
        let dataset = self.dataset.as_ref().map(|standing| &standing.order.terms);
        let pool = self.pool.ordered().map(|standing| &standing.order.terms);
        ensure(
            is_owner(app, Some(&assets.app.owner))
                && is_owner(dataset, assets.dataset.as_ref().map(|dataset| &dataset.owner))
                && is_owner(pool, Some(&assets.pool.owner)),
            Mismatch::OwnerChanged,
        )
    }

    /// Every order is for a deal like this one.
    fn check_restrictions(
        &self,
        operator: &AccountId,
        is_member: impl Fn(GroupId, &AccountId) -> bool,
    ) -> Result<(), Mismatch> {
        let request = &self.request.order;
        for Restrictions { app, dataset, pool, requester, operator: by } in
            self.terms().map(|terms| &terms.only)
        {
            ensure(app.is_none_or(|app| app == request.app), Mismatch::NotForThisApp)?;
            ensure(dataset.is_none() || *dataset == request.dataset, Mismatch::NotForThisDataset)?;
            ensure(pool.is_none_or(|pool| pool == self.pool.pool()), Mismatch::NotForThisPool)?;
            ensure(
                requester.as_ref().is_none_or(|party| party.includes(&request.terms.signer, &is_member)),
                Mismatch::NotForThisRequester,
            )?;
            ensure(
                by.as_ref().is_none_or(|party| party.includes(operator, &is_member)),
                Mismatch::NotForThisOperator,
            )?;
        }
        // A seller must not lower what the requester has signed for. At trust 1 there is nothing to be lowered.
        let is_content = request.trust <= Trust(1) || request.terms.only.confine();
        ensure(is_content || !self.is_restricted(), Mismatch::NotRestricted)
    }

    /// Whether an order says who buys or who executes: then only the workers of the pool do.
    pub fn is_restricted(&self) -> bool {
        self.terms().any(|terms| terms.only.confine())
    }

    fn prices(&self, assets: &Assets<AccountId>) -> Result<Prices, Mismatch> {
        let app = match &self.app {
            Some(Standing { order, .. }) => order.terms.price,
            None => assets.app.price.ok_or(Mismatch::NotForSale)?,
        };
        let dataset = match (&self.dataset, &assets.dataset) {
            (Some(Standing { order, .. }), _) => order.terms.price,
            (None, Some(dataset)) => dataset.price.ok_or(Mismatch::NotForSale)?,
            (None, None) => 0,
        };
        let pool = match &self.pool {
            PoolOffer::Ordered(Standing { order, .. }) => order.terms.price,
            PoolOffer::Listed(_) => {
                let category = self.request.order.category;
                *assets.pool.prices.get(&category).ok_or(Mismatch::CategoryNotServed)?
            }
        };
        Ok(Prices { app, dataset, pool })
    }

    /// As many as are left of every order.
    fn tasks(&self) -> u32 {
        let left = |terms: &Terms<AccountId>, used| terms.volume.saturating_sub(used);
        let request = left(&self.request.order.terms, self.request.used);
        let sellers = [
            self.app.as_ref().map(|app| left(&app.order.terms, app.used)),
            self.dataset.as_ref().map(|dataset| left(&dataset.order.terms, dataset.used)),
            self.pool.ordered().map(|pool| left(&pool.order.terms, pool.used)),
        ];
        sellers.into_iter().flatten().fold(request, u32::min)
    }
}

fn ensure(condition: bool, otherwise: Mismatch) -> Result<(), Mismatch> {
    condition.then_some(()).ok_or(otherwise)
}

#[cfg(test)]
mod tests;
