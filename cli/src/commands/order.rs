use std::{
    convert::Infallible,
    fs,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use clap::{Args, Subcommand};
use talka_client::{
    broker::Part,
    order::{random_salt, Source},
    orders::{Match, PoolSource},
    snapshot::collect,
    Account, AccountId, BlockHash, SignedOrder, Snapshot, Tlk,
};
use talka_primitives::{
    order::{
        self, AppOrder, DatasetOrder, Entry, Order, Party, PoolOrder, Restrictions, Shelf, Terms, WrongKind,
    },
    view::OrderState,
    AppId, BlockNumber, DatasetId, OrderId, PoolId, Tags, Trust,
};

use super::{category_id, category_names, deal::backing, limit, not_found, request::Wanted};
use crate::{
    context::Context,
    error::CliError,
    output::{counted, Backing, Calendar, Done, List, MatchedOut, OrderOut, PublishedOut, SignedOut},
    parse::{self, CategoryName, Span},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign an order and print it, to be passed on as a file
    ///
    /// Anyone with the file can match the order until it is used up, expired or cancelled. Nothing is sent to the chain, and
    /// nothing is held.
    #[command(subcommand)]
    Sign(Kind),
    /// Publish an order on chain, for anyone to match
    ///
    /// A deposit is held until the order is used up, expired or cancelled.
    #[command(subcommand)]
    Publish(Kind),
    /// Match orders into a deal, for as many tasks as all of them have left
    ///
    /// Without an order, app and dataset are bought at their published prices. What stands behind the results is said before
    /// the deal is made.
    Match(Matching),
    /// Cancel an order of yours; deals made with it stay
    Cancel {
        /// The order: a file, or its identifier on chain
        #[arg(value_name = "FILE|ID")]
        order: Named,
    },
    /// List open published orders
    List {
        #[command(flatten)]
        shelf: Shelves,
        /// Start after this order
        #[arg(long, value_name = "ID")]
        after: Option<OrderId>,
        /// Number of orders to show, at most 100
        #[arg(long, value_name = "N", default_value_t = talka_client::snapshot::MAX_PAGE, value_parser = limit())]
        limit: u32,
    },
    /// Show an order and its remaining volume
    Show {
        /// The order: a file, or its identifier on chain
        #[arg(value_name = "FILE|ID")]
        order: Named,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Kind {
    /// Sell executions of an app that you own
    App {
        /// The app
        id: AppId,
        #[command(flatten)]
        sale: Sale,
    },
    /// Sell the use of a dataset that you own
    Dataset {
        /// The dataset
        id: DatasetId,
        #[command(flatten)]
        sale: Sale,
    },
    /// Sell the work of a pool that you operate
    Pool {
        /// The pool
        id: PoolId,
        /// Size of the tasks, by name or number
        #[arg(long, value_name = "CATEGORY")]
        category: CategoryName,
        /// Highest trust level on offer
        #[arg(long, value_name = "N")]
        trust: Trust,
        #[command(flatten)]
        sale: Sale,
    },
    /// Request a bag of tasks
    Request {
        #[command(flatten)]
        wanted: Wanted,
        /// Maximum price per accepted task in TLK: app, dataset and pool together. For a possible audit the value
        /// of the task (its price, or the floor of the category if that is higher) is reserved too
        #[arg(long, value_name = "TLK")]
        max_price: Tlk,
        /// Lifetime of the order, such as 300 (blocks) or 2h [default: until the tasks' deadline]
        #[arg(long, value_name = "SPAN")]
        expiry: Option<Span>,
        #[command(flatten)]
        meant: Meant,
    },
}

/// On which terms something is for sale.
#[derive(Args, Debug)]
pub(crate) struct Sale {
    /// Price per accepted task in TLK
    #[arg(long, value_name = "TLK")]
    price: Tlk,
    /// Number of tasks, in one deal or in several
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    volume: u32,
    /// Lifetime of the order, such as 300 (blocks) or 30d [default: 30 days, or as long as the chain allows]
    #[arg(long, value_name = "SPAN")]
    expiry: Option<Span>,
    /// Sign even if the account does not own what is for sale now: nobody can match the order until it does
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    meant: Meant,
}

/// For which deals an order is meant.
#[derive(Args, Debug)]
pub(crate) struct Meant {
    /// Further tags that the pool must offer: numbers from 0 to 63, separated by commas
    #[arg(long, value_name = "NUMBERS", value_parser = parse::tags, default_value = "")]
    tags: Tags,
    /// Only for deals with this app
    #[arg(long, value_name = "ID")]
    only_app: Option<AppId>,
    /// Only for deals with this dataset
    #[arg(long, value_name = "ID")]
    only_dataset: Option<DatasetId>,
    /// Only for deals with this pool. Restricts the deal to the workers of its pool, as the next two do: they alone audit,
    /// and there is no jury. Above trust 1 such an order needs a request that is restricted too
    #[arg(long, value_name = "ID")]
    only_pool: Option<PoolId>,
    /// Only for this requester, or for members of this group. Restricts the deal to the workers of its pool
    #[arg(long, value_name = "ACCOUNT|group:ID", value_parser = parse::party)]
    only_requester: Option<Party<AccountId>>,
    /// Only for pools of this operator, or of members of this group. Restricts the deal to the workers of its pool
    #[arg(long, value_name = "ACCOUNT|group:ID", value_parser = parse::party)]
    only_operator: Option<Party<AccountId>>,
}

#[derive(Args, Debug)]
pub(crate) struct Matching {
    /// The request: a file, or its identifier on chain
    #[arg(long, value_name = "FILE|ID")]
    request: Named,
    /// The app's order [default: the published price]
    #[arg(long, value_name = "FILE|ID")]
    app: Option<Named>,
    /// The dataset's order [default: the published price]
    #[arg(long, value_name = "FILE|ID")]
    dataset: Option<Named>,
    #[command(flatten)]
    pool: Work,
    /// Pay instead of the requester
    #[arg(long)]
    sponsor: bool,
    /// Make the deal even if the workers that are online now cannot complete the tasks
    #[arg(long)]
    force: bool,
}

/// How the work is bought.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Work {
    /// The pool's order
    #[arg(long = "pool", value_name = "FILE|ID")]
    order: Option<Named>,
    /// The pool, at its published price
    #[arg(long = "pool-id", value_name = "ID")]
    listed: Option<PoolId>,
}

/// Where to look.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Shelves {
    /// Orders that sell this app
    #[arg(long, value_name = "ID")]
    app: Option<AppId>,
    /// Orders that sell this dataset
    #[arg(long, value_name = "ID")]
    dataset: Option<DatasetId>,
    /// Orders of pools for tasks of this size, by name or number
    #[arg(long, value_name = "CATEGORY")]
    category: Option<CategoryName>,
    /// Requests for tasks of this size, by name or number
    #[arg(long, value_name = "CATEGORY")]
    requests: Option<CategoryName>,
}

/// An order, by its identifier or its file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Named {
    Id(OrderId),
    File(PathBuf),
}

impl FromStr for Named {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| Self::File(text.into()), Self::Id))
    }
}

/// An order that was named, its file read.
enum Found {
    Published(OrderId),
    Signed(Box<SignedOrder>),
}

impl Named {
    fn find(&self) -> Result<Found, CliError> {
        match self {
            Self::Id(id) => Ok(Found::Published(*id)),
            Self::File(path) => read(path).map(|signed| Found::Signed(Box::new(signed))),
        }
    }
}

impl Found {
    /// Where the order is, to match it on the chain with this genesis block.
    fn source<Kind>(self, genesis: BlockHash, plural: &'static str) -> Result<Source<Kind>, CliError>
    where
        Kind: TryFrom<Order<AccountId>, Error = WrongKind>,
    {
        match self {
            Self::Published(id) => Ok(Source::Published(id)),
            Self::Signed(signed) => Ok(signed.source(genesis, plural).map_err(talka_client::Error::from)?),
        }
    }
}

/// The order in a file.
pub(crate) fn read(path: &Path) -> Result<SignedOrder, CliError> {
    let text = fs::read(path).map_err(CliError::io("read", path.display()))?;
    serde_json::from_slice(&text)
        .map_err(|why| CliError::NotAnOrder { path: path.to_owned(), why: why.to_string() })
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Sign(kind) => {
            let account = context.account().await?;
            let forced = kind.is_forced();
            let order = kind.order(&account).await?;
            check_owner(&account, &order, forced).await?;
            say_restricted(context, &order);
            context.print(&SignedOut(account.orders().sign(order)?))
        }
        Command::Publish(kind) => {
            let account = context.account().await?;
            let forced = kind.is_forced();
            let order = kind.order(&account).await?;
            check_owner(&account, &order, forced).await?;
            say_restricted(context, &order);
            let deposit = Tlk(account.client().best().await?.order_deposit(&order)?);
            let id = account.orders().publish(order).await?;
            context.print(&PublishedOut { id, deposit })
        }
        Command::Match(Matching { request, app, dataset, pool, sponsor, force }) => {
            // Before anything is asked of the node or of the key's owner.
            let find = |named: Option<Named>| named.map(|named| named.find()).transpose();
            let (request, app, dataset) = (request.find()?, find(app)?, find(dataset)?);
            let (listed, ordered) = (pool.listed, find(pool.order)?);
            let account = context.account().await?;
            let genesis = account.client().genesis();
            let orders = Match {
                app: app.map(|app| app.source(genesis, "apps")).transpose()?,
                dataset: dataset.map(|dataset| dataset.source(genesis, "datasets")).transpose()?,
                pool: match (listed, ordered) {
                    (_, Some(order)) => PoolSource::Ordered(order.source(genesis, "pools")?),
                    (Some(pool), None) => PoolSource::Listed(pool),
                    (None, None) => {
                        return Err(CliError::usage("no pool was named", "name --pool or --pool-id"))
                    }
                },
                request: request.source(genesis, "requests")?,
            };
            check_match(context, &account, &orders, sponsor, force).await?;
            let made = match sponsor {
                true => account.orders().sponsor_orders(orders).await?,
                false => account.orders().match_orders(orders).await?,
            };
            let backing = backing(account.client(), &made).await;
            context.print(&MatchedOut::new(made, backing))
        }
        Command::Cancel { order } => {
            let found = order.find()?;
            let account = context.account().await?;
            let (id, order) = match found {
                Found::Published(id) => (id, order::Named::Published(id)),
                Found::Signed(signed) => {
                    let id = signed.id;
                    let named = signed.named(account.client().genesis());
                    (id, named.map_err(talka_client::Error::from)?)
                }
            };
            let receipt = account.orders().cancel(order).await?;
            context.print(&Done::new(format!("nothing more is bought with order {id}"), &receipt))
        }
        Command::List { shelf, after, limit } => {
            let snapshot = context.best().await?;
            let shelf = shelf.named(&snapshot).await?;
            let ask = |after, limit| snapshot.orders(shelf, after, limit);
            let orders = collect(after, limit as usize, ask).await?;
            let names = category_names(&snapshot).await?;
            let calendar = Calendar::now(&snapshot)?;
            let out = orders.into_iter().map(|entry| OrderOut::published(entry.id, entry.item, &names));
            context.print(&List(out.map(|order| order.dated(calendar)).collect()))
        }
        Command::Show { order } => show(context, &order).await,
    }
}

/// Check what `talka run` checks, and say what the deal would be, before it is made.
async fn check_match(
    context: &Context,
    account: &Account,
    orders: &Match,
    sponsor: bool,
    force: bool,
) -> Result<(), CliError> {
    let snapshot = account.client().best().await?;
    let own = account.id();
    let quote = account.client().quote_match(&snapshot, orders, own, sponsor).await?;
    for Part { deal, .. } in &quote.parts {
        let (tasks, price) = (counted(deal.tasks, "task"), Tlk(deal.price().unwrap_or_default()));
        let backing = Backing::of(deal).text();
        context.say(format!("note: {tasks} at {price} TLK each in pool {}{backing}", deal.pool));
    }
    if let (Some((pool, lack)), false) = (quote.lack(), force) {
        return Err(CliError::LacksWorkers { pool, lack });
    }
    let (held, deposit) = (quote.held(), quote.deposit());
    let requester = quote.parts.iter().map(|part| part.deal.payer).find(|payer| *payer != own);
    if let Some(payer) = requester {
        let free = snapshot.funds(payer).await?.free;
        if free < held {
            return Err(CliError::RequesterLacksFunds { payer, needed: Tlk(held), free: Tlk(free) });
        }
    }
    let needed = if requester.is_some() { deposit } else { held.saturating_add(deposit) };
    let free = snapshot.funds(own).await?.free;
    match free < needed {
        true => Err(CliError::FundsTooLow { needed: Tlk(needed), free: Tlk(free) }),
        false => Ok(()),
    }
}

/// Say what a restriction does to deals, before the order binds anybody.
fn say_restricted(context: &Context, order: &Order<AccountId>) {
    if let Some(note) = restricted_note(order) {
        context.say(note);
    }
}

fn restricted_note(order: &Order<AccountId>) -> Option<&'static str> {
    if !order.terms().only.confine() {
        return None;
    }
    match order {
        Order::Request(request) if request.trust <= Trust(1) => None,
        Order::Request(_) => Some(
            "note: the request is restricted: only workers of the pool that serves it can audit, and there is no jury; \
             `talka quote --restricted` shows what that leaves",
        ),
        Order::App(_) | Order::Dataset(_) | Order::Pool(_) => Some(
            "note: the order restricts deals to the workers of their pool; above trust 1 it fits only requests that are \
             restricted, too",
        ),
    }
}

/// What is sold must be there, and belong to the account, if nothing else was wanted.
async fn check_owner(account: &Account, order: &Order<AccountId>, forced: bool) -> Result<(), CliError> {
    let snapshot = account.client().best().await?;
    let (kind, id, list, owner) = match order {
        Order::App(order) => {
            ("app", order.app.0, "`talka app list`", snapshot.app(order.app).await?.map(|app| app.owner))
        }
        Order::Dataset(order) => {
            let owner = snapshot.dataset(order.dataset).await?.map(|dataset| dataset.owner);
            ("dataset", order.dataset.0, "`talka dataset list`", owner)
        }
        Order::Pool(order) => (
            "pool",
            order.pool.0,
            "`talka pool list`",
            snapshot.pool(order.pool).await?.map(|pool| pool.owner),
        ),
        Order::Request(_) => return Ok(()),
    };
    match owner {
        _ if forced => Ok(()),
        None => Err(not_found(kind, id, list)),
        Some(owner) if owner != account.id() => {
            let message =
                format!("{kind} {id} belongs to {owner}, and the order would be signed by {}", account.id());
            Err(CliError::usage(message, "sign with the key of its owner; --force signs nevertheless"))
        }
        Some(_) => Ok(()),
    }
}

async fn show(context: &Context, named: &Named) -> Result<(), CliError> {
    let found = named.find()?;
    let client = context.connect().await?;
    let snapshot = client.best().await?;
    let (id, order) = match found {
        Found::Signed(signed) => {
            signed.check_for(client.genesis()).map_err(talka_client::Error::from)?;
            (signed.id, signed.order)
        }
        Found::Published(id) => match snapshot.order(id).await? {
            Some(view) => (id, view.order),
            None => return Err(not_found("published order", id, "`talka order list`")),
        },
    };
    let OrderState { used, cancelled } = snapshot.order_state(order.clone()).await?;
    let entry = Entry { used, cancelled, published: false };
    let left = entry.left(order.terms(), snapshot.block().number, snapshot.parameters()?.max_order_life);
    let names = category_names(&snapshot).await?;
    let order = OrderOut::new(id, order, &names).with_state(entry, left);
    context.print(&order.dated(Calendar::now(&snapshot)?))
}

impl Shelves {
    async fn named(&self, snapshot: &Snapshot) -> Result<Option<Shelf>, CliError> {
        let Self { app, dataset, category, requests } = self;
        Ok(match (app, dataset, category, requests) {
            (Some(app), ..) => Some(Shelf::App(*app)),
            (_, Some(dataset), ..) => Some(Shelf::Dataset(*dataset)),
            (_, _, Some(category), _) => Some(Shelf::Pools(category_id(snapshot, category).await?)),
            (.., Some(requests)) => Some(Shelf::Requests(category_id(snapshot, requests).await?)),
            (None, None, None, None) => None,
        })
    }
}

impl Kind {
    fn is_forced(&self) -> bool {
        match self {
            Self::App { sale, .. } | Self::Dataset { sale, .. } | Self::Pool { sale, .. } => sale.force,
            Self::Request { .. } => false,
        }
    }

    /// The order that was described, of this account.
    async fn order(self, account: &Account) -> Result<Order<AccountId>, CliError> {
        let snapshot = account.client().best().await?;
        Ok(match self {
            Self::App { id, sale } => AppOrder { app: id, terms: sale.terms(account, &snapshot)? }.into(),
            Self::Dataset { id, sale } => {
                DatasetOrder { dataset: id, terms: sale.terms(account, &snapshot)? }.into()
            }
            Self::Pool { id, category, trust, sale } => {
                let category = category_id(&snapshot, &category).await?;
                PoolOrder { pool: id, category, trust, terms: sale.terms(account, &snapshot)? }.into()
            }
            Self::Request { wanted, max_price, expiry, meant } => {
                let prepared = wanted.prepare(wanted.read()?, None).await?;
                let expiry = expiry.map(|span| block_in(&snapshot, span)).transpose()?;
                let volume = prepared.tasks;
                let salt = random_salt()?;
                let terms = |deadline: BlockNumber| {
                    meant.terms(account, max_price, volume, expiry.unwrap_or(deadline), salt)
                };
                wanted.order(&snapshot, prepared.parameters, terms).await?.into()
            }
        })
    }
}

impl Sale {
    fn terms(self, account: &Account, snapshot: &Snapshot) -> Result<Terms<AccountId>, CliError> {
        let Self { price, volume, expiry, meant, force: _ } = self;
        let expiry = match expiry {
            Some(span) => block_in(snapshot, span)?,
            None => block_in(snapshot, USUAL_LIFE)?.min(last_expiry(snapshot)?),
        };
        Ok(meant.terms(account, price, volume, expiry, random_salt()?))
    }
}

impl Meant {
    fn terms(
        self,
        account: &Account,
        price: Tlk,
        volume: u32,
        expiry: BlockNumber,
        salt: talka_primitives::Salt,
    ) -> Terms<AccountId> {
        let only = Restrictions {
            app: self.only_app,
            dataset: self.only_dataset,
            pool: self.only_pool,
            requester: self.only_requester,
            operator: self.only_operator,
        };
        Terms { signer: account.id(), price: price.0, volume, tags: self.tags, only, expiry, salt }
    }
}

/// How long an order lives where its owner says nothing.
const USUAL_LIFE: Span = Span::Time(Duration::from_secs(30 * 24 * 60 * 60));

/// The last block at which an order that is sent now may expire.
fn last_expiry(snapshot: &Snapshot) -> Result<BlockNumber, CliError> {
    Ok(snapshot.block().number.saturating_add(snapshot.parameters()?.max_order_life))
}

/// The block after this span.
fn block_in(snapshot: &Snapshot, span: Span) -> Result<BlockNumber, CliError> {
    let block_time = snapshot.parameters()?.block_time;
    Ok(snapshot.block().number.saturating_add(span.blocks(block_time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restriction_is_told_before_it_binds_anybody() {
        let terms = |only| Terms {
            signer: AccountId::from([1; 32]),
            price: 1,
            volume: 1,
            tags: Tags(0),
            only,
            expiry: 1,
            salt: Default::default(),
        };
        let note = |order: Order<AccountId>| restricted_note(&order).unwrap_or_default();
        let of_pool = || Restrictions { pool: Some(PoolId(1)), ..Restrictions::default() };
        let sold = |only| note(AppOrder { app: AppId(0), terms: terms(only) }.into());
        assert!(sold(of_pool()).contains("restricts deals"));
        assert_eq!(sold(Restrictions { app: Some(AppId(0)), ..Restrictions::default() }), "");
        let wanted = |trust, only| {
            let order = order::RequestOrder {
                app: AppId(0),
                dataset: None,
                category: Default::default(),
                trust: Trust(trust),
                arguments: Default::default(),
                parameters: talka_primitives::Parameters::Range { first: 0 },
                beneficiary: None,
                deadline: 1,
                terms: terms(only),
            };
            note(order.into())
        };
        assert!(wanted(2, of_pool()).contains("no jury"));
        assert_eq!((wanted(1, of_pool()), wanted(2, Restrictions::default())), ("", ""));
    }

    #[test]
    fn tells_identifiers_from_files() {
        let digits = "0f".repeat(32);
        assert_eq!(digits.parse(), Ok(Named::Id(OrderId([15; 32]))));
        assert_eq!(format!("0x{digits}").parse(), Ok(Named::Id(OrderId([15; 32]))));
        for file in ["order.json", &digits[1..], "0f"] {
            assert_eq!(file.parse(), Ok(Named::File(file.into())));
        }
    }
}
