use std::{
    convert::Infallible,
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Args, Subcommand};
use talka_client::{
    order::random_salt,
    orders::{Match, PoolSource, Source},
    snapshot::collect,
    Account, AccountId, SignedOrder, Snapshot, Tlk,
};
use talka_primitives::{
    order::{AppOrder, DatasetOrder, Entry, Order, Party, PoolOrder, Restrictions, Shelf, Terms},
    view::OrderState,
    AppId, BlockNumber, DatasetId, OrderId, PoolId, Tags, Trust,
};

use super::{category_id, category_names, deal::backing, limit, not_found, request::Wanted};
use crate::{
    context::Context,
    error::CliError,
    output::{Done, List, MatchedOut, OrderOut, PublishedOut, SignedOut},
    parse::{self, CategoryName, Span},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign an order, and print it: a file to be handed on
    ///
    /// Whoever has the file can match the order, until it is used up, expires or is cancelled. Nothing is sent to the
    /// chain, and nothing is held.
    #[command(subcommand)]
    Sign(Kind),
    /// Publish an order, for everybody to match
    ///
    /// A deposit is held until the order ends: used up, expired or cancelled.
    #[command(subcommand)]
    Publish(Kind),
    /// Make a deal of orders: for as many tasks as are left of each of them
    ///
    /// App and dataset are bought at their published prices where no order is named.
    Match(Matching),
    /// Take an order of yours back: nothing more is bought with it
    Cancel {
        /// The order: a file, or the identifier under which it is published
        #[arg(value_name = "FILE|ID")]
        order: Named,
    },
    /// List published orders of which something is left
    List {
        #[command(flatten)]
        shelf: Shelves,
        /// Begin after this order
        #[arg(long, value_name = "ID")]
        after: Option<OrderId>,
        /// How many to show, at most 100
        #[arg(long, value_name = "N", default_value_t = talka_client::snapshot::PAGE, value_parser = limit())]
        limit: u32,
    },
    /// Show an order: what it says, and how much of it is left
    Show {
        /// The order: a file, or the identifier under which it is published
        #[arg(value_name = "FILE|ID")]
        order: Named,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Kind {
    /// The use of an app that you own is for sale
    App {
        /// The app
        id: AppId,
        #[command(flatten)]
        sale: Sale,
    },
    /// The use of a dataset that you own is for sale
    Dataset {
        /// The dataset
        id: DatasetId,
        #[command(flatten)]
        sale: Sale,
    },
    /// The work of a pool that you operate is for sale
    Pool {
        /// The pool
        id: PoolId,
        /// The size of the tasks, by name or number
        #[arg(long, value_name = "CATEGORY")]
        category: CategoryName,
        /// The highest trust that may be asked for
        #[arg(long, value_name = "N")]
        trust: Trust,
        #[command(flatten)]
        sale: Sale,
    },
    /// A bag of tasks is wanted
    Request {
        #[command(flatten)]
        wanted: Wanted,
        /// The most that one accepted task may cost, in TLK: app, dataset and pool together. For an audit the
        /// price of the pool is held once more
        #[arg(long, value_name = "TLK")]
        max_price: Tlk,
        /// How long deals can be made, as in 300 (blocks) or 2h; without it, until the tasks must be done
        #[arg(long, value_name = "SPAN")]
        expiry: Option<Span>,
        #[command(flatten)]
        meant: Meant,
    },
}

/// On which terms something is for sale.
#[derive(Args, Debug)]
pub(crate) struct Sale {
    /// Price of one accepted task, in TLK
    #[arg(long, value_name = "TLK")]
    price: Tlk,
    /// How many tasks, in one deal or in several
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    volume: u32,
    /// How long deals can be made, as in 300 (blocks) or 30d
    #[arg(long, value_name = "SPAN", default_value = "30d")]
    expiry: Span,
    #[command(flatten)]
    meant: Meant,
}

/// For which deals an order is meant.
#[derive(Args, Debug)]
pub(crate) struct Meant {
    /// What the pool must offer besides: numbers from 0 to 63, separated by commas
    #[arg(long, value_name = "NUMBERS", value_parser = parse::tags, default_value = "")]
    tags: Tags,
    /// Only for deals with this app
    #[arg(long, value_name = "ID")]
    only_app: Option<AppId>,
    /// Only for deals with this dataset
    #[arg(long, value_name = "ID")]
    only_dataset: Option<DatasetId>,
    /// Only for deals with this pool
    #[arg(long, value_name = "ID")]
    only_pool: Option<PoolId>,
    /// Only for this requester, or for members of this group
    #[arg(long, value_name = "ACCOUNT|group:ID", value_parser = parse::party)]
    only_requester: Option<Party<AccountId>>,
    /// Only for pools of this operator, or of members of this group
    #[arg(long, value_name = "ACCOUNT|group:ID", value_parser = parse::party)]
    only_operator: Option<Party<AccountId>>,
}

#[derive(Args, Debug)]
pub(crate) struct Matching {
    /// The request: a file, or the identifier under which it is published
    #[arg(long, value_name = "FILE|ID")]
    request: Named,
    /// The app's order; without it, the app is bought at its published price
    #[arg(long, value_name = "FILE|ID")]
    app: Option<Named>,
    /// The dataset's order; without it, the dataset is bought at its published price
    #[arg(long, value_name = "FILE|ID")]
    dataset: Option<Named>,
    #[command(flatten)]
    pool: Work,
    /// Pay in the requester's place
    #[arg(long)]
    sponsor: bool,
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
    /// Orders that sell the use of this app
    #[arg(long, value_name = "ID")]
    app: Option<AppId>,
    /// Orders that sell the use of this dataset
    #[arg(long, value_name = "ID")]
    dataset: Option<DatasetId>,
    /// Orders of pools that sell work of this size, by name or number
    #[arg(long, value_name = "CATEGORY")]
    category: Option<CategoryName>,
    /// Requests for work of this size, by name or number
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

impl Named {
    fn source(&self) -> Result<Source, CliError> {
        match self {
            Self::Id(id) => Ok(Source::Published(*id)),
            Self::File(path) => Ok(Source::Signed(Box::new(read(path)?))),
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
            let order = kind.order(&account).await?;
            context.print(&SignedOut(account.orders().sign(order)?))
        }
        Command::Publish(kind) => {
            let account = context.account().await?;
            let order = kind.order(&account).await?;
            let deposit = Tlk(account.client().best().await?.order_deposit(&order)?);
            let id = account.orders().publish(order).await?;
            context.print(&PublishedOut { id, deposit })
        }
        Command::Match(Matching { request, app, dataset, pool, sponsor }) => {
            let source = |named: Option<Named>| named.map(|named| named.source()).transpose();
            let pool = match (pool.listed, source(pool.order)?) {
                (_, Some(source)) => PoolSource::Ordered(source),
                (Some(pool), None) => PoolSource::Listed(pool),
                (None, None) => return Err(CliError::usage("no pool was named", "name --pool or --pool-id")),
            };
            let orders =
                Match { app: source(app)?, dataset: source(dataset)?, pool, request: request.source()? };
            let account = context.account().await?;
            let made = match sponsor {
                true => account.orders().sponsor_orders(orders).await?,
                false => account.orders().match_orders(orders).await?,
            };
            let backing = backing(account.client(), &made).await;
            context.print(&MatchedOut::new(made, backing))
        }
        Command::Cancel { order } => {
            let source = order.source()?;
            let id = source.id();
            let receipt = context.account().await?.orders().cancel(source).await?;
            context.print(&Done::new(format!("nothing more is bought with order {id}"), &receipt))
        }
        Command::List { shelf, after, limit } => {
            let snapshot = context.best().await?;
            let shelf = shelf.named(&snapshot).await?;
            let ask = |after, limit| snapshot.orders(shelf, after, limit);
            let orders = collect(after, limit as usize, ask).await?;
            let names = category_names(&snapshot).await?;
            let out = orders.into_iter().map(|entry| OrderOut::published(entry.id, entry.item, &names));
            context.print(&List(out.collect()))
        }
        Command::Show { order } => show(context, &order).await,
    }
}

async fn show(context: &Context, named: &Named) -> Result<(), CliError> {
    let file = match named {
        Named::Id(_) => None,
        Named::File(path) => Some(read(path)?),
    };
    let client = context.connect().await?;
    let snapshot = client.best().await?;
    let (id, order) = match (file, named) {
        (Some(signed), _) => {
            signed.check_for(client.genesis()).map_err(talka_client::Error::from)?;
            (signed.id, signed.order)
        }
        (None, Named::Id(id)) => match snapshot.order(*id).await? {
            Some(view) => (*id, view.order),
            None => return Err(not_found("published order", id, "`talka order list`")),
        },
        // Every file was read above.
        (None, Named::File(path)) => return Err(not_found("order", path.display(), "`talka order list`")),
    };
    let OrderState { used, cancelled } = snapshot.order_state(order.clone()).await?;
    let entry = Entry { used, cancelled, published: false };
    let left = entry.left(order.terms(), snapshot.block().number, snapshot.parameters()?.max_order_life);
    let names = category_names(&snapshot).await?;
    context.print(&OrderOut::new(id, order, &names).with_state(entry, left))
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
                let prepared = wanted.prepare(None).await?;
                let expiry = expiry.map(|span| block_in(&snapshot, span)).transpose()?;
                let volume = prepared.tasks;
                let salt = random_salt()?;
                let terms = |deadline: BlockNumber| {
                    meant.terms(account, max_price, volume, expiry.unwrap_or(deadline), salt)
                };
                wanted.order(&snapshot, &prepared, terms).await?.into()
            }
        })
    }
}

impl Sale {
    fn terms(self, account: &Account, snapshot: &Snapshot) -> Result<Terms<AccountId>, CliError> {
        let Self { price, volume, expiry, meant } = self;
        Ok(meant.terms(account, price, volume, block_in(snapshot, expiry)?, random_salt()?))
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

/// The block after this span.
fn block_in(snapshot: &Snapshot, span: Span) -> Result<BlockNumber, CliError> {
    let block_time = snapshot.parameters()?.block_time;
    Ok(snapshot.block().number.saturating_add(span.blocks(block_time)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
