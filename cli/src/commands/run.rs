use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Serialize;
use talka_client::{
    market::{self, DealMade},
    Account, AccountId, Client, Snapshot, Tlk,
};
use talka_primitives::{matching::Request, AppId, ContentId, DatasetId, DealId, Parameters, PoolId, Trust};
use talka_store::{Store, StoreOptions};

use super::{category_id, check_sources, not_found, result::completed};
use crate::{
    context::Context,
    error::CliError,
    follow::{follow, Followed},
    output::{facts, OutcomeOut, Output},
    parse::{self, CategoryName, Span, Tasks},
    results::{Fetched, Fetcher},
};

/// Buy a bag of tasks, follow it, and fetch the results
///
/// Task i gets the arguments that you name with --arg and, as its last one, a parameter of its own: the number i (see
/// --tasks), or line i of a file (see --parameters). What is not accepted is not paid for.
#[derive(Args, Debug)]
pub(crate) struct Command {
    /// The app to execute
    #[arg(long, value_name = "ID")]
    app: AppId,
    /// The dataset that the app reads
    #[arg(long, value_name = "ID")]
    dataset: Option<DatasetId>,
    /// The pool whose workers execute
    #[arg(long, value_name = "ID")]
    pool: PoolId,
    /// The size of the tasks, by name or number
    #[arg(long, value_name = "CATEGORY", default_value = "XS")]
    category: CategoryName,
    /// How sure of the results to be: wrong ones are less likely than 1 in N
    #[arg(long, value_name = "N", default_value_t = Trust(4))]
    trust: Trust,
    /// How many tasks, as in 24, or the range of their parameters, as in 100..124
    #[arg(
        long,
        value_name = "N|A..B",
        required_unless_present = "parameters",
        conflicts_with = "parameters"
    )]
    tasks: Option<Tasks>,
    /// A file with one line for each task
    #[arg(long, value_name = "PATH")]
    parameters: Option<PathBuf>,
    /// Where workers can get the file of parameters; without it, this command serves it while it follows
    #[arg(long = "parameters-uri", value_name = "URI", requires = "parameters")]
    parameters_uris: Vec<String>,
    /// Where to serve the file of parameters (UDP)
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// What workers connect to, where that is not --listen
    #[arg(long, value_name = "IP:PORT")]
    advertise: Option<SocketAddr>,
    /// An argument that all tasks have in common; may be given several times
    #[arg(long = "arg", value_name = "TEXT", allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// The most that one task may cost, in TLK; without it, what it costs now
    #[arg(long, value_name = "TLK")]
    max_price: Option<Tlk>,
    /// When all tasks must be done: a number of blocks from now, or a time, as in 90s, 10m, 2h
    #[arg(long, value_name = "SPAN", default_value = "1h")]
    deadline: Span,
    /// Whom the results are for, if not for you
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
    beneficiary: Option<AccountId>,
    /// Where to put the results; without it they are not fetched
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Do not wait: print the deal and stop
    #[arg(long, conflicts_with = "out")]
    detach: bool,
}

/// A deal from its beginning to its end.
#[derive(Serialize)]
struct Report {
    deal: DealId,
    /// Of one accepted task.
    price: Tlk,
    /// What the accepted tasks cost.
    paid: Tlk,
    /// The block in which the deal was made.
    block: u32,
    tasks: u32,
    completed: u32,
    failed: u32,
    block_time_ms: u64,
    outcomes: Vec<OutcomeOut>,
    /// Results on the disk, where they were asked for.
    results: Vec<Fetched>,
}

impl Output for Report {
    fn text(&self) -> String {
        let mut text = facts(&[
            ("deal", self.deal.to_string()),
            ("tasks", format!("{}: {} completed, {} failed", self.tasks, self.completed, self.failed)),
            ("paid", format!("{} TLK", self.paid)),
        ]);
        for result in &self.results {
            text.push_str(&format!("{}  {}  {:?}\n", result.task, result.directory.display(), result.status));
        }
        text
    }
}

/// A deal that nobody waits for.
#[derive(Serialize)]
struct Bought {
    deal: DealId,
    price: Tlk,
    block: u32,
    tasks: u32,
}

impl Output for Bought {
    fn text(&self) -> String {
        format!("deal {}: {} tasks at {} TLK each", self.deal, self.tasks, self.price)
    }
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    let account = context.account().await?;
    let snapshot = account.client().best().await?;
    let parameters = Source::prepare(&command).await?;
    let result = buy_and_follow(context, &command, &account, &snapshot, &parameters).await;
    parameters.close().await;
    result
}

async fn buy_and_follow(
    context: &Context,
    command: &Command,
    account: &Account,
    snapshot: &Snapshot,
    source: &Source,
) -> Result<(), CliError> {
    let order = order(command, snapshot, source).await?;
    let tasks = order.tasks;
    let made = account.market().request(order).await?;
    let DealMade { deal, price, block } = made;
    if command.detach {
        if source.store.is_some() {
            context.say("note: the file of parameters is not served any more; name it with --parameters-uri");
        }
        return context.print(&Bought { deal, price: Tlk(price), block: block.number, tasks });
    }
    context.say(format!("deal {deal}: {tasks} tasks at {} TLK each (block {})", Tlk(price), block.number));
    let followed = follow(context, account.client(), deal, false).await?;
    let results = match &command.out {
        Some(out) => fetch(account.client(), command.pool, &followed, out).await?,
        None => Vec::new(),
    };
    let progress = followed.progress;
    context.print(&Report {
        deal,
        price: Tlk(price),
        paid: Tlk(price.saturating_mul(progress.completed.into())),
        block: block.number,
        tasks,
        completed: progress.completed,
        failed: progress.failed,
        block_time_ms: snapshot.parameters()?.block_time.as_millis() as u64,
        outcomes: followed.outcomes.iter().map(|(task, outcome)| OutcomeOut::new(*task, *outcome)).collect(),
        results,
    })?;
    match progress.failed {
        0 => Ok(()),
        failed => Err(CliError::TasksFailed { deal, failed, tasks }),
    }
}

async fn order(
    command: &Command,
    snapshot: &Snapshot,
    source: &Source,
) -> Result<Request<AccountId>, CliError> {
    let category = category_id(snapshot, &command.category).await?;
    let app = snapshot.app(command.app).await?;
    let app = app.ok_or_else(|| not_found("app", command.app, "`talka app list`"))?;
    let pool = snapshot.pool(command.pool).await?;
    let pool = pool.ok_or_else(|| not_found("pool", command.pool, "`talka pool list`"))?;
    let dataset_price = match command.dataset {
        Some(id) => {
            let dataset = snapshot.dataset(id).await?;
            dataset.ok_or_else(|| not_found("dataset", id, "`talka dataset list`"))?.price
        }
        None => 0,
    };
    // A pool that does not serve the category is the chain's to refuse, in its own words.
    let pool_price = pool.prices.get(&category).copied().unwrap_or_default();
    let published = app.price.saturating_add(dataset_price).saturating_add(pool_price);
    let block_time = snapshot.parameters()?.block_time;
    Ok(Request {
        app: command.app,
        dataset: command.dataset,
        pool: command.pool,
        category,
        trust: command.trust,
        tasks: source.tasks,
        arguments: market::arguments(&command.arguments)?,
        parameters: source.parameters.clone(),
        max_price: command.max_price.map_or(published, |price| price.0),
        beneficiary: command.beneficiary,
        deadline: snapshot.block().number.saturating_add(command.deadline.blocks(block_time)),
    })
}

async fn fetch(
    client: &Client,
    pool: PoolId,
    followed: &Followed,
    out: &Path,
) -> Result<Vec<Fetched>, CliError> {
    let fetcher = Fetcher::new(&client.at(followed.block).await?, pool, out).await?;
    let wanted = completed(followed.outcomes.iter().map(|(task, outcome)| (*task, *outcome)));
    let results = fetcher.fetch_all(wanted, &followed.winners, out).await;
    fetcher.close().await;
    results
}

/// Where the tasks' parameters come from, and how many there are.
struct Source {
    parameters: Parameters,
    tasks: u32,
    /// Serves the file, with the directory that it lies in.
    store: Option<(Store, tempfile::TempDir)>,
}

impl Source {
    async fn prepare(command: &Command) -> Result<Self, CliError> {
        let Some(path) = &command.parameters else {
            let Some(Tasks(range)) = &command.tasks else {
                return Err(CliError::usage("no tasks were named", "name --tasks or --parameters"));
            };
            // At most as many as a deal can have, which `Tasks` has made sure of.
            let tasks = (range.end - range.start) as u32;
            return Ok(Self { parameters: Parameters::Range { first: range.start }, tasks, store: None });
        };
        let bytes = fs::read(path).map_err(CliError::io("read", path.display()))?;
        let lines = std::str::from_utf8(&bytes)
            .map_err(|_| {
                CliError::usage(format!("{} is not UTF-8", path.display()), "parameters must be text")
            })?
            .lines()
            .count();
        let tasks = match lines {
            0 => {
                return Err(CliError::usage(
                    format!("{} is empty", path.display()),
                    "write a line for each task",
                ))
            }
            lines => lines.try_into().unwrap_or(u32::MAX),
        };
        check_sources(&command.parameters_uris)?;
        let content = ContentId(*blake3::hash(&bytes).as_bytes());
        let (uris, store) = if command.parameters_uris.is_empty() {
            let dir = tempfile::tempdir().map_err(CliError::io("create", "a temporary directory"))?;
            let options = StoreOptions {
                listen: command.listen,
                advertise: command.advertise,
                ..StoreOptions::new(dir.path().join("store"))
            };
            let store = Store::open(options).await?;
            store.add_bytes(bytes).await?;
            (vec![store.address().to_string()], Some((store, dir)))
        } else {
            (command.parameters_uris.clone(), None)
        };
        Ok(Self { parameters: Parameters::Lines { content, uris: market::places(&uris)? }, tasks, store })
    }

    async fn close(self) {
        if let Some((store, _dir)) = self.store {
            store.shutdown().await;
        }
    }
}
