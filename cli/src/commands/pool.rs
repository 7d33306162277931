use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use talka_client::{amount::AmountError, market::PolicySet, snapshot::collect, AccountId, Tlk};
use talka_primitives::{
    deposit, filter::PoolFilter, order::Subject, Admission, PoolId, PoolPolicy, Score, Share, Tags,
};

use super::{category_id, category_names, not_found, note_deposit, offered, Page};
use crate::{
    context::Context,
    error::CliError,
    output::{Created, Done, List, PoolOut, WorkerOut},
    parse::{self, CategoryName, Price},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a pool; a deposit is held until you withdraw it
    Publish {
        /// Description, at most 512 bytes
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
        #[command(flatten)]
        policy: Policy,
        /// Tags of what its workers offer: numbers from 0 to 63, separated by commas
        #[arg(long, value_name = "NUMBERS", value_parser = parse::tags, default_value = "")]
        tags: Tags,
        /// The most that may be held of you at once as guarantees: 30 % of the pool's price for each task sold
        #[arg(long, value_name = "TLK")]
        guarantee_limit: Tlk,
        /// Price per accepted task of a category in TLK, such as XS=2.5; can be repeated
        #[arg(long = "price", value_name = "CATEGORY=TLK", value_parser = price)]
        prices: Vec<(CategoryName, Tlk)>,
    },
    /// List pools
    List {
        /// Only those with a published price for this category
        #[arg(long, value_name = "CATEGORY")]
        category: Option<CategoryName>,
        /// Only those that offer these tags: numbers from 0 to 63, separated by commas
        #[arg(long, value_name = "NUMBERS", value_parser = parse::tags)]
        tags: Option<Tags>,
        /// Only those with a price up to this, for the category or for any
        #[arg(long, value_name = "TLK")]
        max_price: Option<Tlk>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a pool and its record
    Show {
        /// The pool
        id: PoolId,
    },
    /// List the workers of a pool
    Workers {
        /// The pool
        id: PoolId,
    },
    /// Set or remove the published price of a category
    SetPrice {
        /// The pool
        id: PoolId,
        /// The category, by name or number
        category: CategoryName,
        /// Price per accepted task in TLK; `none` to stop serving the category
        #[arg(value_name = "TLK|none")]
        price: Price,
    },
    /// Replace a pool's terms for workers; terms that are not given get their defaults
    ///
    /// Where the pool has members, the terms are in force after a notice, so that members can leave before.
    SetPolicy {
        /// The pool
        id: PoolId,
        #[command(flatten)]
        policy: Policy,
    },
    /// Limit what may be held of you at once as guarantees for a pool
    ///
    /// Guarantees that are held stay, also above the limit; then the pool sells nothing until enough tasks have ended.
    SetGuaranteeLimit {
        /// The pool
        id: PoolId,
        /// The most that may be held
        #[arg(value_name = "TLK")]
        limit: Tlk,
    },
    /// Offer the operation of a pool to another account, which has to accept it
    ///
    /// To offer it to yourself withdraws the offer.
    Transfer {
        /// The pool
        id: PoolId,
        /// The new operator
        #[arg(value_parser = parse::account)]
        to: AccountId,
    },
    /// Accept a pool that was offered to you
    Accept {
        /// The pool
        id: PoolId,
        /// The most that may be held of you at once as guarantees: 30 % of the pool's price for each task sold
        #[arg(long, value_name = "TLK")]
        guarantee_limit: Tlk,
    },
    /// Withdraw a pool that you operate for good, with its record, and get its deposit back
    ///
    /// All of its tasks must have ended, and nobody may be a member or be admitted: dismiss them first. Its number is not used
    /// again.
    Withdraw {
        /// The pool
        id: PoolId,
    },
    /// Admit a worker to a pool that admits by approval
    Admit {
        /// The pool
        id: PoolId,
        /// The worker
        #[arg(value_parser = parse::account)]
        worker: AccountId,
    },
    /// Remove a worker from the pool
    Dismiss {
        /// The pool
        id: PoolId,
        /// The worker
        #[arg(value_parser = parse::account)]
        worker: AccountId,
    },
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Policy {
    /// Part of the pool's price that a worker locks per task, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = PoolPolicy::default().worker_stake_ratio)]
    stake_ratio: Share,
    /// Part of the pot that the operator keeps, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = PoolPolicy::default().operator_share)]
    operator_share: Share,
    /// Minimum bond of a worker in TLK
    #[arg(long, value_name = "TLK", default_value = "0")]
    min_bond: Tlk,
    /// Minimum score of a worker
    #[arg(long, value_name = "N", default_value_t = Score(0))]
    min_score: Score,
    /// Minimum price of a task in TLK: neither a published price nor an order of the pool is lower
    #[arg(long, value_name = "TLK", default_value = "0")]
    min_price: Tlk,
    /// Admit workers by approval only
    #[arg(long)]
    by_approval: bool,
}

impl From<Policy> for PoolPolicy {
    fn from(policy: Policy) -> Self {
        Self {
            worker_stake_ratio: policy.stake_ratio,
            operator_share: policy.operator_share,
            min_bond: policy.min_bond.0,
            min_score: policy.min_score,
            min_price: policy.min_price.0,
            admission: if policy.by_approval { Admission::Approval } else { Admission::Open },
        }
    }
}

fn price(text: &str) -> Result<(CategoryName, Tlk), String> {
    let (category, price) = text.split_once('=').ok_or("write CATEGORY=TLK, as in XS=2.5")?;
    Ok((category.parse()?, price.parse().map_err(|error: AmountError| error.to_string())?))
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Publish { description, policy, tags, guarantee_limit, prices } => {
            let account = context.account().await?;
            let snapshot = account.client().best().await?;
            let mut by_category = BTreeMap::new();
            for (name, price) in prices {
                by_category.insert(category_id(&snapshot, &name).await?, price);
            }
            let market = account.market();
            let footprint = deposit::pool(description.len().try_into().unwrap_or(u32::MAX));
            note_deposit(context, snapshot.storage_price()?.of(footprint), "until the pool is withdrawn");
            let id = market.publish_pool(&description, policy.into(), tags, guarantee_limit.0).await?;
            let set = by_category
                .iter()
                .map(|(category, price)| market.set_pool_price(id, *category, Some(price.0)));
            futures::future::try_join_all(set).await?;
            context.print(&Created { kind: "pool", id })
        }
        Command::List { category, tags, max_price, page } => {
            let snapshot = context.best().await?;
            let names = category_names(&snapshot).await?;
            let category = match category {
                Some(name) => Some(category_id(&snapshot, &name).await?),
                None => None,
            };
            let filter = PoolFilter { needed: tags, category, max_price: max_price.map(|price| price.0) };
            let ask = |from: Option<PoolId>, limit| snapshot.pools(filter, from.unwrap_or_default(), limit);
            let pools = collect(Some(PoolId(page.from)), page.limit as usize, ask).await?;
            context.print(&List(
                pools.into_iter().map(|pool| PoolOut::new(pool.id, pool.item, &names)).collect(),
            ))
        }
        Command::Show { id } => {
            let snapshot = context.best().await?;
            match snapshot.pool(id).await? {
                Some(pool) => {
                    let names = category_names(&snapshot).await?;
                    let standing = snapshot.standing(id).await?;
                    let offered_to = snapshot.pending_owner(Subject::Pool(id)).await?;
                    let out = PoolOut::new(id, pool, &names).with_standing(standing);
                    context.print(&out.offered_to(offered_to))
                }
                None => Err(unknown(id)),
            }
        }
        Command::Workers { id } => {
            let snapshot = context.best().await?;
            snapshot.pool(id).await?.ok_or_else(|| unknown(id))?;
            let workers = snapshot.workers(id, talka_client::snapshot::MAX_PAGE).await?;
            context.print(&List(workers.into_iter().map(WorkerOut::new).collect()))
        }
        Command::SetPrice { id, category, price: Price(price) } => {
            let account = context.account().await?;
            let category = category_id(&account.client().best().await?, &category).await?;
            let receipt = account.market().set_pool_price(id, category, price.map(|price| price.0)).await?;
            let what = match price {
                Some(price) => {
                    format!("pool {id} takes {price} TLK for a task of category {category} from now on")
                }
                None => format!("pool {id} does not serve category {category} any more"),
            };
            context.print(&Done::new(what, &receipt))
        }
        Command::SetPolicy { id, policy } => {
            let account = context.account().await?;
            let PolicySet { receipt, from } = account.market().set_pool_policy(id, policy.into()).await?;
            let when = match from > receipt.block.number {
                true => format!("pool {id} has new terms from block {from} on; members can leave before"),
                false => format!("pool {id} has new terms"),
            };
            context.print(&Done::new(when, &receipt))
        }
        Command::Transfer { id, to } => {
            let account = context.account().await?;
            let receipt = account.market().transfer_pool(id, to).await?;
            let accept = format!("`talka pool accept {id} --guarantee-limit TLK`");
            let offer = offered(&format!("pool {id}"), &accept, to, account.id());
            context.print(&Done::new(offer, &receipt))
        }
        Command::Accept { id, guarantee_limit } => {
            let receipt = context.account().await?.market().accept_pool(id, guarantee_limit.0).await?;
            context.print(&Done::new(format!("pool {id} is operated by you from now on"), &receipt))
        }
        Command::SetGuaranteeLimit { id, limit } => {
            let receipt = context.account().await?.market().set_guarantee_limit(id, limit.0).await?;
            let what =
                format!("pool {id} sells nothing with which more than {limit} TLK would be held of you");
            context.print(&Done::new(what, &receipt))
        }
        Command::Withdraw { id } => {
            let receipt = context.account().await?.market().withdraw_pool(id).await?;
            context.print(&Done::new(format!("pool {id} is withdrawn, and its deposit is back"), &receipt))
        }
        Command::Admit { id, worker } => {
            let account = context.account().await?;
            let price = account.client().best().await?.storage_price()?;
            note_deposit(context, price.of(deposit::ADMISSION), "until the worker is dismissed");
            let receipt = account.market().admit(id, worker).await?;
            context.print(&Done::new(format!("{worker} may join pool {id}"), &receipt))
        }
        Command::Dismiss { id, worker } => {
            let receipt = context.account().await?.market().dismiss(id, worker).await?;
            context.print(&Done::new(format!("{worker} has left pool {id}"), &receipt))
        }
    }
}

fn unknown(id: PoolId) -> CliError {
    not_found("pool", id, "`talka pool list`")
}
