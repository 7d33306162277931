use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use futures::future::join_all;
use talka_client::{
    broker::{Bought, Purchase, Quote},
    order::random_salt,
    Account, AccountId, Client, SignedOrder, Snapshot, Tlk,
};
use talka_primitives::{
    matching::Request,
    order::{Order, Party, RequestOrder, Restrictions, Terms},
    Balance, BlockNumber, DealId, PoolId, Salt, Tags,
};

use super::{
    deal::backing,
    not_found,
    order::read,
    request::{Given, Prepared, Serving, Wanted},
    result::completed,
    Keepers,
};
use crate::{
    context::Context,
    error::CliError,
    follow::{follow_all, interruptible, Followed},
    output::{counted, restricted_to, Backing, BoughtOut, DealReport, Report},
    results::{self, until_shown, winners, Delivery, Fetcher},
};

/// Buy a bag of tasks, follow it, and fetch the results
///
/// Each task gets the arguments given with --arg and, as the last one, a parameter of its own: a number (--tasks), a
/// line of a file (--parameters), or a text (--parameter). You pay only for accepted results.
///
/// Without --pool, the cheapest published prices and orders are taken, if necessary in several deals with several pools.
/// With --pool, everything is bought at its published price. `talka quote` with the same options shows the price first.
#[derive(Args, Debug)]
#[command(mut_arg("max_price", |arg| arg.required_unless_present("pool")))]
pub(crate) struct Command {
    #[command(flatten)]
    options: Options,
}

/// The options of a purchase: tasks, sellers, and the directory for results.
#[derive(Args, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    wanted: Wanted,
    /// Pool that executes the tasks, at its published price [default: the cheapest]
    #[arg(long, value_name = "ID")]
    pub(super) pool: Option<PoolId>,
    /// Let only workers of the pool see the tasks: auditors are drawn from the pool, and there is no jury. Orders that
    /// are restricted need this above trust 1
    #[arg(long)]
    restricted: bool,
    /// Maximum price per task in TLK, excluding audits: for a possible audit the value of the task (its price, or the floor of the category if that is higher) is reserved too. Optional with --pool, where it defaults to the current price
    #[arg(long, value_name = "TLK")]
    max_price: Option<Tlk>,
    /// App order received off chain (a file); can be repeated
    #[arg(long = "app-order", value_name = "FILE", conflicts_with = "pool")]
    app_orders: Vec<PathBuf>,
    /// Dataset order received off chain (a file); can be repeated
    #[arg(long = "dataset-order", value_name = "FILE", conflicts_with = "pool")]
    dataset_orders: Vec<PathBuf>,
    /// Pool order received off chain (a file); can be repeated
    #[arg(long = "pool-order", value_name = "FILE", conflicts_with = "pool")]
    pool_orders: Vec<PathBuf>,
    /// UDP address that serves the parameters file while this command runs, unless --parameters-uri is given
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Address that workers connect to, if it is not --listen
    #[arg(long, value_name = "IP:PORT")]
    advertise: Option<SocketAddr>,
    /// Output directory, with a folder for each task; without it, results are not fetched
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    keepers: Keepers,
    /// Print the deals and exit without waiting for results
    #[arg(long, conflicts_with = "out")]
    detach: bool,
    /// Buy even if the workers that are online now cannot complete the tasks
    #[arg(long)]
    force: bool,
}

/// What was read of a purchase before any node was asked.
pub(super) struct Draft {
    handed: Vec<SignedOrder>,
    given: Given,
}

impl Options {
    /// Read all files. A mistyped name is an error before a node is asked.
    pub(super) fn read(&self) -> Result<Draft, CliError> {
        if let Some(out) = &self.out {
            results::check_unused(out)?;
        }
        Ok(Draft { handed: handed(self)?, given: self.wanted.read()? })
    }

    /// What would be bought for this account now.
    pub(super) async fn quote(
        &self,
        client: &Client,
        snapshot: &Snapshot,
        draft: &Draft,
        signer: AccountId,
    ) -> Result<Quote, CliError> {
        // Without a limit: what it costs. (A quote is no offer, so its salt need not be random.)
        let limit = self.max_price.map_or(Balance::MAX, |price| price.0);
        let only = self.only(signer);
        let terms = |expiry| terms(signer, limit, draft.given.tasks, only, expiry, Salt::default());
        let order = self.wanted.order(snapshot, draft.given.unserved(), terms).await?;
        check_named(snapshot, &order, self.pool).await?;
        Ok(client.quote(snapshot, &order, self.pool, &draft.handed).await?)
    }

    /// What the request of this account is restricted to.
    fn only(&self, signer: AccountId) -> Restrictions<AccountId> {
        match (self.restricted, self.pool) {
            (false, _) => Restrictions::default(),
            (true, Some(pool)) => Restrictions { pool: Some(pool), ..Restrictions::default() },
            // Whichever pool is the cheapest: that the buyer is named restricts the deal.
            (true, None) => {
                Restrictions { requester: Some(Party::Account(signer)), ..Restrictions::default() }
            }
        }
    }
}

fn terms(
    signer: AccountId,
    price: Balance,
    volume: u32,
    only: Restrictions<AccountId>,
    expiry: BlockNumber,
    salt: Salt,
) -> Terms<AccountId> {
    Terms { signer, price, volume, tags: Tags::default(), only, expiry, salt }
}

/// What a request names must exist.
async fn check_named(
    snapshot: &Snapshot,
    order: &RequestOrder<AccountId>,
    pool: Option<PoolId>,
) -> Result<(), CliError> {
    let app = order.app;
    snapshot.app(app).await?.ok_or_else(|| not_found("app", app, "`talka app list`"))?;
    if let Some(dataset) = order.dataset {
        let found = snapshot.dataset(dataset).await?;
        found.ok_or_else(|| not_found("dataset", dataset, "`talka dataset list`"))?;
    }
    if let Some(pool) = pool {
        snapshot.pool(pool).await?.ok_or_else(|| not_found("pool", pool, "`talka pool list`"))?;
    }
    Ok(())
}

pub(crate) async fn run(context: &Context, Command { options }: Command) -> Result<(), CliError> {
    let draft = options.read()?;
    let account = context.account().await?;
    let snapshot = account.client().best().await?;
    let quote = options.quote(account.client(), &snapshot, &draft, account.id()).await?;
    if let (Some((pool, lack)), false) = (quote.lack(), options.force) {
        return Err(CliError::LacksWorkers { pool, lack });
    }
    let needed = quote.held().saturating_add(quote.deposit());
    let free = snapshot.funds(account.id()).await?.free;
    if free < needed {
        return Err(CliError::FundsTooLow { needed: Tlk(needed), free: Tlk(free) });
    }
    for (pool, lack) in &quote.passed_over {
        context.say(format!("note: pool {pool} is cheaper, but {lack}"));
    }
    for note in notes(&quote) {
        context.say(note);
    }
    let Draft { handed, given } = draft;
    let Options { listen, advertise, .. } = options;
    let prepared = options.wanted.prepare(given, Some(Serving { listen, advertise })).await?;
    let result = buy_and_follow(context, &options, &account, &handed, &prepared, &quote).await;
    prepared.close().await;
    result
}

/// What is less than the trust lets expect, before it is bought.
fn notes(quote: &Quote) -> impl Iterator<Item = String> + '_ {
    quote.parts.iter().filter_map(|part| {
        let (pool, tasks) = (part.deal.pool, counted(part.deal.tasks, "task"));
        let restricted = restricted_to(part.deal.assurance)?;
        Some(format!("note: {tasks} in pool {pool}: {restricted}"))
    })
}

/// The orders that were handed to the buyer, each of the kind that it was named as.
fn handed(options: &Options) -> Result<Vec<SignedOrder>, CliError> {
    let mut handed = Vec::new();
    let mut add = |paths: &[PathBuf], what: &str, is: fn(&Order<AccountId>) -> bool| {
        for path in paths {
            let signed = read(path)?;
            if !is(&signed.order) {
                let message = format!("{} is not an order of {what}", path.display());
                return Err(CliError::usage(message, "name it with the option for its kind"));
            }
            handed.push(signed);
        }
        Ok(())
    };
    add(&options.app_orders, "an app", |order| matches!(order, Order::App(_)))?;
    add(&options.dataset_orders, "a dataset", |order| matches!(order, Order::Dataset(_)))?;
    add(&options.pool_orders, "a pool", |order| matches!(order, Order::Pool(_)))?;
    Ok(handed)
}

async fn buy_and_follow(
    context: &Context,
    options: &Options,
    account: &Account,
    handed: &[SignedOrder],
    prepared: &Prepared,
    quote: &Quote,
) -> Result<(), CliError> {
    let snapshot = account.client().best().await?;
    let tasks = prepared.tasks;
    let salt = random_salt()?;
    // Only a pool's published price may do without a limit: the price that was quoted is the limit then.
    let price = match (options.max_price, &quote.parts[..]) {
        (Some(price), _) => price.0,
        (None, parts) => parts.iter().filter_map(|part| part.deal.price()).max().unwrap_or_default(),
    };
    let only = options.only(account.id());
    let terms = |expiry| terms(account.id(), price, tasks, only, expiry, salt);
    let order = options.wanted.order(&snapshot, prepared.parameters.clone(), terms).await?;
    let (deals, stopped) = match options.pool {
        Some(pool) => {
            let made = account.market().request(request(order, pool)).await?;
            (vec![Bought { made, first: 0 }], None)
        }
        None => {
            let Purchase { deals, elsewhere, stopped, .. } = {
                let without = quote.passed_over.keys().copied().collect();
                account.broker().buy(order, handed, without).await?
            };
            if elsewhere > 0 {
                context.say(format!(
                    "note: somebody else has made deals for {elsewhere} of the tasks; see `talka deal list`"
                ));
            }
            (deals, stopped)
        }
    };
    let backings = join_all(deals.iter().map(|bought| backing(account.client(), &bought.made))).await;
    if options.detach {
        if prepared.is_serving() {
            context.say("note: the file of parameters is not served any more; name it with --parameters-uri");
        }
        context.print(&BoughtOut::new(&deals, &backings))?;
        return stopped_at(&deals, tasks, stopped);
    }
    for (Bought { made, .. }, backing) in deals.iter().zip(&backings) {
        context.say(format!(
            "deal {}: {} at {} TLK each in pool {}{} (block {})",
            made.deal,
            counted(made.tasks, "task"),
            Tlk(made.price),
            made.pool,
            backing.map(Backing::text).unwrap_or_default(),
            made.block.number
        ));
    }
    if let Some(error) = &stopped {
        context.say(format!("warning: no more was bought: {error}"));
    }
    let client = account.client();
    let ids: Vec<_> = deals.iter().map(|bought| bought.made.deal).collect();
    let followed = follow_all(context, client, &ids).await?;
    let delivery = match &options.out {
        Some(out) => {
            let mut all = Delivery::default();
            for (bought, followed) in deals.iter().zip(&followed) {
                all.extend(fetch(client, bought, followed, &ids, &options.keepers, out).await?);
            }
            Some(all)
        }
        None => None,
    };
    let reports = deals
        .iter()
        .zip(backings)
        .zip(&followed)
        .map(|((bought, backing), followed)| DealReport::new(bought, backing, followed));
    let report = Report::new(reports.collect(), snapshot.parameters()?.block_time, delivery);
    context.print(&report)?;
    stopped_at(&deals, tasks, stopped)?;
    let (fetched, missing) = report.delivered();
    match (report.failed(), missing, report.unsuccessful()) {
        (0, 0, 0) => Ok(()),
        (0, 0, unsuccessful) => Err(CliError::AppsFailed { unsuccessful, tasks }),
        (0, missing, _) => Err(CliError::NotAllFetched { deals: ids, missing, results: fetched + missing }),
        (failed, ..) => Err(CliError::TasksFailed { deals: ids, failed, tasks }),
    }
}

/// An error, where not all tasks were bought.
fn stopped_at(deals: &[Bought], tasks: u32, stopped: Option<talka_client::Error>) -> Result<(), CliError> {
    let Some(cause) = stopped else { return Ok(()) };
    let bought = deals.iter().map(|bought| bought.made.tasks).sum();
    Err(CliError::NotAllBought { bought, tasks, cause })
}

/// The order as a request that buys at published prices.
fn request(order: RequestOrder<AccountId>, pool: PoolId) -> Request<AccountId> {
    Request {
        app: order.app,
        dataset: order.dataset,
        pool,
        category: order.category,
        trust: order.trust,
        tasks: order.terms.volume,
        arguments: order.arguments,
        parameters: order.parameters,
        max_price: order.terms.price,
        beneficiary: order.beneficiary,
        deadline: order.deadline,
        restricted: order.terms.only.confine(),
    }
}

/// Fetch the results of one of several deals.
async fn fetch(
    client: &Client,
    bought: &Bought,
    followed: &Followed,
    deals: &[DealId],
    Keepers { keepers }: &Keepers,
    out: &Path,
) -> Result<Delivery, CliError> {
    let snapshot = client.at(followed.block).await?;
    let outcomes = followed.outcomes.iter().map(|(task, outcome)| (*task, *outcome));
    let mut known = followed.winners.clone();
    winners(client, outcomes.clone(), &mut known).await;
    until_shown(client, outcomes.clone().map(|(_, outcome)| outcome)).await;
    let wanted = completed(outcomes);
    let fetcher = Fetcher::new(&snapshot, bought.made.pool, &wanted, &known, keepers, out).await?;
    let fetching = async { Ok(fetcher.fetch_all(&wanted, &known, out, bought.first).await) };
    let delivery = interruptible(fetching, || CliError::FetchingInterrupted(deals.to_vec())).await;
    fetcher.close().await;
    delivery
}
