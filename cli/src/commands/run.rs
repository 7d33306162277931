use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use futures::future::join_all;
use talka_client::{
    broker::{Bought, Purchase},
    order::random_salt,
    Account, AccountId, Client, SignedOrder, Snapshot, Tlk,
};
use talka_primitives::{
    matching::Request,
    order::{Order, RequestOrder, Restrictions, Terms},
    Balance, PoolId, Tags,
};

use super::{
    deal::backing,
    not_found,
    order::read,
    request::{Prepared, Serving, Wanted},
    result::completed,
};
use crate::{
    context::Context,
    error::CliError,
    follow::{follow_all, Followed},
    output::{Backing, BoughtOut, DealReport, Report},
    results::{Fetched, Fetcher},
};

/// Buy a bag of tasks, follow it, and fetch the results
///
/// Task i gets the arguments that you name with --arg and, as its last one, a parameter of its own: the number i (see
/// --tasks), or line i of a file (see --parameters), or one that you name (see --parameter). What is not accepted is
/// not paid for.
///
/// Without --pool everything is bought where it is cheapest, at published prices or by orders, if need be in several
/// deals with several pools. With --pool everything is bought at its published price.
#[derive(Args, Debug)]
pub(crate) struct Command {
    #[command(flatten)]
    wanted: Wanted,
    /// The pool whose workers execute, at its published price; without it, the cheapest that there are
    #[arg(long, value_name = "ID")]
    pool: Option<PoolId>,
    /// The most that one task may cost, in TLK, without audits: for those the price of the pool is held once more. With --pool it need not be named, and is what a task costs now
    #[arg(long, value_name = "TLK", required_unless_present = "pool")]
    max_price: Option<Tlk>,
    /// An order of the app that was handed to you: a file; may be given several times
    #[arg(long = "app-order", value_name = "FILE", conflicts_with = "pool")]
    app_orders: Vec<PathBuf>,
    /// An order of the dataset that was handed to you; may be given several times
    #[arg(long = "dataset-order", value_name = "FILE", conflicts_with = "pool")]
    dataset_orders: Vec<PathBuf>,
    /// An order of a pool that was handed to you; may be given several times
    #[arg(long = "pool-order", value_name = "FILE", conflicts_with = "pool")]
    pool_orders: Vec<PathBuf>,
    /// Where to serve the file of parameters while this command follows, unless it is at --parameters-uri (UDP)
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// What workers connect to, where that is not --listen
    #[arg(long, value_name = "IP:PORT")]
    advertise: Option<SocketAddr>,
    /// Where to put the results, in a folder for each task; without it they are not fetched
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Do not wait: print the deals and stop
    #[arg(long, conflicts_with = "out")]
    detach: bool,
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    // Files first: whoever mistyped a name need not wait for a node.
    let handed = handed(&command)?;
    let account = context.account().await?;
    let Command { listen, advertise, .. } = command;
    let prepared = command.wanted.prepare(Some(Serving { listen, advertise })).await?;
    let result = buy_and_follow(context, &command, &account, &handed, &prepared).await;
    prepared.close().await;
    result
}

/// The orders that were handed to the buyer, each of the kind that it was named as.
fn handed(command: &Command) -> Result<Vec<SignedOrder>, CliError> {
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
    add(&command.app_orders, "an app", |order| matches!(order, Order::App(_)))?;
    add(&command.dataset_orders, "a dataset", |order| matches!(order, Order::Dataset(_)))?;
    add(&command.pool_orders, "a pool", |order| matches!(order, Order::Pool(_)))?;
    Ok(handed)
}

async fn buy_and_follow(
    context: &Context,
    command: &Command,
    account: &Account,
    handed: &[SignedOrder],
    prepared: &Prepared,
) -> Result<(), CliError> {
    let snapshot = account.client().best().await?;
    let tasks = prepared.tasks;
    let salt = random_salt()?;
    let terms = |expiry| Terms {
        signer: account.id(),
        price: command.max_price.unwrap_or_default().0,
        volume: tasks,
        tags: Tags::default(),
        only: Restrictions::default(),
        expiry,
        salt,
    };
    let order = command.wanted.order(&snapshot, prepared, terms).await?;
    let (deals, stopped) = match command.pool {
        Some(pool) => (vec![request(command, account, &snapshot, order, pool).await?], None),
        None => {
            let Purchase { deals, elsewhere, stopped, .. } = account.broker().buy(order, handed).await?;
            if elsewhere > 0 {
                context.say(format!(
                    "note: somebody else has made deals for {elsewhere} of the tasks; see `talka deal list`"
                ));
            }
            (deals, stopped)
        }
    };
    let backings = join_all(deals.iter().map(|bought| backing(account.client(), &bought.made))).await;
    if command.detach {
        if prepared.is_serving() {
            context.say("note: the file of parameters is not served any more; name it with --parameters-uri");
        }
        context.print(&BoughtOut::new(&deals, &backings))?;
        return stopped_at(&deals, tasks, stopped);
    }
    for (Bought { made, .. }, backing) in deals.iter().zip(&backings) {
        context.say(format!(
            "deal {}: {} tasks at {} TLK each in pool {}{} (block {})",
            made.deal,
            made.tasks,
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
    let followed = follow_all(client, &ids).await?;
    let mut results = Vec::new();
    if let Some(out) = &command.out {
        for (bought, followed) in deals.iter().zip(&followed) {
            results.extend(fetch(client, bought, followed, out).await?);
        }
    }
    let reports = deals
        .iter()
        .zip(backings)
        .zip(&followed)
        .map(|((bought, backing), followed)| DealReport::new(bought, backing, followed));
    let report = Report::new(reports.collect(), snapshot.parameters()?.block_time, results);
    context.print(&report)?;
    stopped_at(&deals, tasks, stopped)?;
    match report.failed() {
        0 => Ok(()),
        failed => Err(CliError::TasksFailed { deals: ids, failed, tasks }),
    }
}

/// An error, where not all tasks were bought.
fn stopped_at(deals: &[Bought], tasks: u32, stopped: Option<talka_client::Error>) -> Result<(), CliError> {
    let Some(cause) = stopped else { return Ok(()) };
    let bought = deals.iter().map(|bought| bought.made.tasks).sum();
    Err(CliError::NotAllBought { bought, tasks, cause })
}

/// Buy at published prices.
async fn request(
    command: &Command,
    account: &Account,
    snapshot: &Snapshot,
    order: RequestOrder<AccountId>,
    pool: PoolId,
) -> Result<Bought, CliError> {
    let max_price = match command.max_price {
        Some(price) => price.0,
        None => published(snapshot, &order, pool).await?,
    };
    let request = Request {
        app: order.app,
        dataset: order.dataset,
        pool,
        category: order.category,
        trust: order.trust,
        tasks: order.terms.volume,
        arguments: order.arguments,
        parameters: order.parameters,
        max_price,
        beneficiary: order.beneficiary,
        deadline: order.deadline,
    };
    Ok(Bought { made: account.market().request(request).await?, first: 0 })
}

/// What a task costs at published prices. What has none is the chain's to refuse, in its own words.
async fn published(
    snapshot: &Snapshot,
    order: &RequestOrder<AccountId>,
    pool: PoolId,
) -> Result<Balance, CliError> {
    let app = snapshot.app(order.app).await?;
    let app = app.ok_or_else(|| not_found("app", order.app, "`talka app list`"))?.price;
    let pool = snapshot.pool(pool).await?.ok_or_else(|| not_found("pool", pool, "`talka pool list`"))?;
    let pool = pool.prices.get(&order.category).copied();
    let dataset = match order.dataset {
        Some(id) => {
            let dataset = snapshot.dataset(id).await?;
            dataset.ok_or_else(|| not_found("dataset", id, "`talka dataset list`"))?.price
        }
        None => None,
    };
    Ok([app, dataset, pool].into_iter().flatten().fold(0, Balance::saturating_add))
}

async fn fetch(
    client: &Client,
    bought: &Bought,
    followed: &Followed,
    out: &std::path::Path,
) -> Result<Vec<Fetched>, CliError> {
    let snapshot = client.at(followed.block).await?;
    let winners = followed.winners.values().flatten().copied();
    let fetcher = Fetcher::new(&snapshot, bought.made.pool, winners, out).await?;
    let wanted = completed(followed.outcomes.iter().map(|(task, outcome)| (*task, *outcome)));
    let results = fetcher.fetch_all(wanted, &followed.winners, out, bought.first).await;
    fetcher.close().await;
    results
}
