//! Which offers a request is served by: pure. The market's rules are not repeated here: `agree` is asked about every
//! combination, as the chain will ask it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use talka_primitives::{
    deposit,
    matching::{agree, Agreement, Assets, Clock, Mismatch, PoolOffer, Proposal, Standing},
    order::{AppOrder, DatasetOrder, PoolOrder, RequestOrder, Terms},
    restriction::Insiders,
    view::PoolStanding,
    App, Balance, Category, Dataset, Deal, GroupId, OrderId, Pool, PoolId, StoragePrice,
};

use crate::{
    order::Source,
    orders::{Match, PoolSource},
    AccountId,
};

pub use crate::missing::{Missing, Why};

/// An order that can be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<Kind> {
    /// What it is known by.
    pub id: OrderId,
    /// Where it is.
    pub source: Source<Kind>,
    /// What it says, and how much of it was used.
    pub standing: Standing<Kind>,
}

/// A pool, and what can be expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The pool.
    pub pool: Pool<AccountId>,
    /// What it has done.
    pub standing: PoolStanding,
    /// Its workers, as a restricted deal sees them. They do not count where no order that is offered restricts a deal.
    pub insiders: Insiders,
}

/// All that is offered for a request. What has a published price is offered at that price, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offers {
    /// The app that the request names.
    pub app: App<AccountId>,
    /// The dataset that it names, if any.
    pub dataset: Option<Dataset<AccountId>>,
    /// The category that it names.
    pub category: Category,
    /// The pools that have a price for the category, and those that orders are of.
    pub pools: BTreeMap<PoolId, Candidate>,
    /// Orders of the app.
    pub app_orders: Vec<Offer<AppOrder<AccountId>>>,
    /// Orders of the dataset.
    pub dataset_orders: Vec<Offer<DatasetOrder<AccountId>>>,
    /// Orders of pools. One whose pool is not among `pools` does not count.
    pub pool_orders: Vec<Offer<PoolOrder<AccountId>>>,
}

/// One deal to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The app's order; none to buy it at its published price.
    pub app: Option<Source<AppOrder<AccountId>>>,
    /// The dataset's order; none to buy it at its published price, or where there is none.
    pub dataset: Option<Source<DatasetOrder<AccountId>>>,
    /// How the work is bought.
    pub pool: PoolSource,
    /// The place of its first task in the whole request.
    pub first: u32,
    /// The deal, as the chain would make it now.
    pub deal: Deal<AccountId>,
    /// What is held of who makes it: for the deal, until the chain forgets it, and for orders that were not used before, until
    /// they expire. In units of TLK.
    pub deposit: Balance,
}

impl Pick {
    /// What is held for all of its tasks: their prices and those of their audits, in units of TLK.
    pub fn held(&self) -> Balance {
        self.deal.reserve().unwrap_or(Balance::MAX).saturating_mul(self.deal.tasks.into())
    }

    /// The match that makes the deal.
    pub fn into_match(self, request: Source<RequestOrder<AccountId>>) -> Match {
        let Self { app, dataset, pool, .. } = self;
        Match { app, dataset, pool, request }
    }
}

/// How a request is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The deals to be made, in this order.
    pub picks: Vec<Pick>,
    /// What cannot be bought; nothing where the picks are for all tasks.
    pub missing: Option<Missing>,
}

/// Serve what is left of a request: by the cheapest offers first, as many as it takes. Pools without a worker online
/// come last, whatever they cost. `storage` is what the chain asks for what it has to remember. `is_member` looks into groups.
pub fn plan(
    request: &Standing<RequestOrder<AccountId>>,
    offers: &Offers,
    clock: Clock,
    storage: StoragePrice,
    is_member: impl Fn(GroupId, &AccountId) -> bool,
) -> Plan {
    let mut market = Market { request: request.clone(), offers: offers.clone(), clock, storage, is_member };
    let mut picks = Vec::new();
    while market.left() > 0 {
        match market.cheapest() {
            Ok(found) => picks.push(market.take(found)),
            Err(why) => {
                let why = if picks.is_empty() { why } else { why.after_others() };
                let missing = Missing { tasks: market.left(), of: request.order.terms.volume, why };
                return Plan { picks, missing: Some(missing) };
            }
        }
    }
    Plan { picks, missing: None }
}

impl Why {
    /// The same, where something was bought before.
    fn after_others(self) -> Self {
        match self {
            Self::NoApp | Self::NoDataset | Self::NoPool | Self::Unfit(_) => Self::SoldOut,
            why @ (Self::Impossible(_) | Self::OverLimit { .. } | Self::SoldOut) => why,
        }
    }
}

// Places are those that `open` has counted, and the lists of offers keep their length: indexing does not panic.

/// How an app or a dataset is bought.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// At its published price; or there is no dataset.
    Published,
    /// By the order at this place of its list.
    Order(usize),
    /// For nothing, and of anybody: what fits nothing then, fits nothing at all.
    Given,
}

/// How the work of a pool is bought.
#[derive(Clone, Copy)]
enum PoolWay {
    Published(PoolId),
    Order(usize),
}

/// A way to buy something, and what it costs.
#[derive(Clone, Copy)]
struct Choice<Way> {
    way: Way,
    price: Balance,
}

/// The ways to buy, each the cheapest first.
#[derive(Clone)]
struct Choices {
    apps: Vec<Choice<Way>>,
    datasets: Vec<Choice<Way>>,
    pools: Vec<Choice<PoolWay>>,
}

/// A combination that the chain would agree to.
struct Found {
    app: Way,
    dataset: Way,
    pool: PoolWay,
    agreement: Agreement<AccountId>,
}

/// What is wanted and offered, while a plan is made: what was picked is used up.
struct Market<IsMember> {
    request: Standing<RequestOrder<AccountId>>,
    offers: Offers,
    clock: Clock,
    storage: StoragePrice,
    is_member: IsMember,
}

impl<IsMember: Fn(GroupId, &AccountId) -> bool> Market<IsMember> {
    fn left(&self) -> u32 {
        self.request.order.terms.volume.saturating_sub(self.request.used)
    }

    /// The cheapest combination within the limit; of pools with a worker online, if there is one.
    fn cheapest(&self) -> Result<Found, Why> {
        let Offers { app, category, .. } = &self.offers;
        self.request.order.check_at(app, category, self.clock).map_err(Why::Impossible)?;
        let [online, offline] = self.choices()?;
        let limit = self.request.order.terms.price;
        let mut refused = None;
        for choices in [&online, &offline] {
            match self.search(choices, limit) {
                Ok(found) => return Ok(found),
                Err(mismatch) => refused = refused.or(mismatch),
            }
        }
        // And if money were no object?
        for choices in [&online, &offline] {
            if let Ok(found) = self.search(choices, Balance::MAX) {
                let cheapest = found.agreement.deal.price().unwrap_or(Balance::MAX);
                return Err(Why::OverLimit { cheapest, limit });
            }
        }
        Err(refused.map_or(Why::SoldOut, Why::Unfit))
    }

    /// The cheapest combination, or what is wrong with the cheapest one that does not fit.
    fn search(&self, choices: &Choices, limit: Balance) -> Result<Found, Option<Mismatch>> {
        let mut refused = None;
        let mut agreed = |app, dataset, pool| match self.agree(app, dataset, pool, limit) {
            Ok(agreement) => Some(Found { app, dataset, pool, agreement }),
            Err(mismatch) => {
                refused.get_or_insert(mismatch);
                None
            }
        };
        // Whatever cannot be part of any deal is put aside first, or else every combination with it would be tried.
        let Choices { mut apps, mut datasets, mut pools } = choices.clone();
        pools.retain(|pool| agreed(Way::Given, Way::Given, pool.way).is_some());
        apps.retain(|app| pools.iter().any(|pool| agreed(app.way, Way::Given, pool.way).is_some()));
        datasets
            .retain(|dataset| pools.iter().any(|pool| agreed(Way::Given, dataset.way, pool.way).is_some()));

        let combination = |(app, dataset, pool): (usize, usize, usize)| {
            Some((apps.get(app)?, datasets.get(dataset)?, pools.get(pool)?))
        };
        let mut queue = BinaryHeap::from([Reverse((0, (0, 0, 0)))]);
        while let Some(Reverse((_, places))) = queue.pop() {
            let Some((app, dataset, pool)) = combination(places) else { continue };
            if let Some(found) = agreed(app.way, dataset.way, pool.way) {
                return Ok(found);
            }
            // Every combination comes after one that is not dearer, and after one only.
            let (app, dataset, pool) = places;
            let mut next = vec![(app, dataset, pool + 1)];
            if pool == 0 {
                next.push((app, dataset + 1, 0));
            }
            if (dataset, pool) == (0, 0) {
                next.push((app + 1, 0, 0));
            }
            queue.extend(next.into_iter().filter_map(|places| {
                let (app, dataset, pool) = combination(places)?;
                let sum = app.price.saturating_add(dataset.price).saturating_add(pool.price);
                Some(Reverse((sum, places)))
            }));
        }
        Err(refused)
    }

    /// The ways to buy of which something is left: with pools that have a worker online, and with the others.
    fn choices(&self) -> Result<[Choices; 2], Why> {
        let Offers { app, dataset, pools, app_orders, dataset_orders, pool_orders, .. } = &self.offers;
        let published = |price: Balance| Choice { way: Way::Published, price };
        let mut apps: Vec<_> = app.price.map(published).into_iter().collect();
        apps.extend(open(app_orders, |order| &order.terms, Way::Order));
        let mut datasets: Vec<_> = match dataset {
            Some(dataset) => dataset.price.map(published).into_iter().collect(),
            None => vec![published(0)],
        };
        if dataset.is_some() {
            datasets.extend(open(dataset_orders, |order| &order.terms, Way::Order));
        }
        let category = self.request.order.category;
        let mut of_pools: Vec<_> = open(pool_orders, |order| &order.terms, PoolWay::Order).collect();
        of_pools.extend(pools.iter().filter_map(|(id, candidate)| {
            let price = *candidate.pool.prices.get(&category)?;
            Some(Choice { way: PoolWay::Published(*id), price })
        }));
        of_pools.retain(|choice| pools.contains_key(&self.pool_of(choice.way)));
        let nothing = |is_empty: bool, why| if is_empty { Err(why) } else { Ok(()) };
        nothing(apps.is_empty(), Why::NoApp)?;
        nothing(datasets.is_empty(), Why::NoDataset)?;
        nothing(of_pools.is_empty(), Why::NoPool)?;

        let standing = |choice: &Choice<PoolWay>| {
            pools.get(&self.pool_of(choice.way)).map(|candidate| candidate.standing).unwrap_or_default()
        };
        apps.sort_by_key(|choice| choice.price);
        datasets.sort_by_key(|choice| choice.price);
        // At the same price, where there is room.
        of_pools.sort_by_key(|choice| (choice.price, Reverse(standing(choice).free_slots)));
        let (online, offline) = of_pools.into_iter().partition(|choice| standing(choice).online > 0);
        let with = |pools| Choices { apps: apps.clone(), datasets: datasets.clone(), pools };
        Ok([with(online), with(offline)])
    }

    fn pool_of(&self, way: PoolWay) -> PoolId {
        match way {
            PoolWay::Published(id) => id,
            PoolWay::Order(place) => self.offers.pool_orders[place].standing.order.pool,
        }
    }

    /// Ask the market's rules.
    fn agree(
        &self,
        app: Way,
        dataset: Way,
        pool: PoolWay,
        limit: Balance,
    ) -> Result<Agreement<AccountId>, Mismatch> {
        let offers = &self.offers;
        let mut request = self.request.clone();
        request.order.terms.price = limit;
        let pool = match pool {
            PoolWay::Published(id) => PoolOffer::Listed(id),
            PoolWay::Order(place) => PoolOffer::Ordered(offers.pool_orders[place].standing.clone()),
        };
        let Candidate { pool: terms, standing, insiders } =
            offers.pools.get(&pool.pool()).ok_or(Mismatch::CategoryNotServed)?;
        let mut assets = Assets {
            app: offers.app.clone(),
            dataset: offers.dataset.clone(),
            pool: terms.clone(),
            guaranteed: standing.guaranteed,
            category: offers.category.clone(),
        };
        if app == Way::Given {
            assets.app.price = Some(0);
        }
        if app == Way::Given || dataset == Way::Given {
            // How many tasks the deal is for, and so what is guaranteed, depends on the orders that are chosen.
            (assets.pool.guarantee_limit, assets.guaranteed) = (Balance::MAX, 0);
        }
        if let (Way::Given, Some(dataset)) = (dataset, &mut assets.dataset) {
            dataset.price = Some(0);
        }
        let proposal = Proposal {
            payer: request.order.terms.signer,
            opener: request.order.terms.signer,
            app: app.order(&offers.app_orders),
            dataset: dataset.order(&offers.dataset_orders),
            pool,
            request,
        };
        agree(proposal, assets, self.clock, self.storage, &self.is_member, |_| insiders.clone())
    }

    /// Use up what was found.
    fn take(&mut self, found: Found) -> Pick {
        let Found { app, dataset, pool, agreement: Agreement { deal, guarantee, .. } } = found;
        let of_operator =
            self.offers.pools.values_mut().filter(|candidate| candidate.pool.owner == deal.operator);
        for candidate in of_operator {
            let guaranteed = &mut candidate.standing.guaranteed;
            *guaranteed = guaranteed.saturating_add(guarantee);
        }
        let first = self.request.used;
        self.request.used = self.request.used.saturating_add(deal.tasks);
        let new = [
            first == 0,
            app.is_new(&self.offers.app_orders),
            dataset.is_new(&self.offers.dataset_orders),
            matches!(pool, PoolWay::Order(place) if self.offers.pool_orders[place].is_new()),
        ];
        let entries: u32 = new.into_iter().map(u32::from).sum();
        let deposit = deal.deposit.amount.saturating_add(self.storage.of(deposit::ENTRY.times(entries)));
        Pick {
            app: app.take(&mut self.offers.app_orders, deal.tasks),
            dataset: dataset.take(&mut self.offers.dataset_orders, deal.tasks),
            pool: match pool {
                PoolWay::Published(id) => PoolSource::Listed(id),
                PoolWay::Order(place) => PoolSource::Ordered(self.offers.pool_orders[place].take(deal.tasks)),
            },
            first,
            deal,
            deposit,
        }
    }
}

impl Way {
    fn is_new<Kind>(self, offers: &[Offer<Kind>]) -> bool {
        matches!(self, Self::Order(place) if offers[place].is_new())
    }

    fn order<Kind: Clone>(self, offers: &[Offer<Kind>]) -> Option<Standing<Kind>> {
        match self {
            Self::Order(place) => Some(offers[place].standing.clone()),
            Self::Published | Self::Given => None,
        }
    }

    fn take<Kind: Clone>(self, offers: &mut [Offer<Kind>], tasks: u32) -> Option<Source<Kind>> {
        match self {
            Self::Order(place) => Some(offers[place].take(tasks)),
            Self::Published | Self::Given => None,
        }
    }
}

impl<Kind> Offer<Kind> {
    /// Whether the chain does not know it yet, and will have to remember it.
    fn is_new(&self) -> bool {
        self.standing.used == 0 && matches!(self.source, Source::Signed(_))
    }
}

impl<Kind: Clone> Offer<Kind> {
    fn take(&mut self, tasks: u32) -> Source<Kind> {
        self.standing.used = self.standing.used.saturating_add(tasks);
        self.source.clone()
    }
}

/// The ways to buy by an order of which something is left.
fn open<'a, Kind, Way>(
    offers: &'a [Offer<Kind>],
    terms: impl Fn(&Kind) -> &Terms<AccountId> + 'a,
    way: impl Fn(usize) -> Way + 'a,
) -> impl Iterator<Item = Choice<Way>> + 'a {
    offers.iter().enumerate().filter_map(move |(place, offer)| {
        let terms = terms(&offer.standing.order);
        (terms.volume > offer.standing.used).then(|| Choice { way: way(place), price: terms.price })
    })
}
