use clap::Subcommand;
use talka_client::{market::NewDataset, snapshot::collect, AccountId, Tlk};
use talka_primitives::{filter::DatasetFilter, order::Subject, DatasetId, Tags};

use super::{check_sources, not_found, note_deposit, offered, Blob, Page, TopicName};
use crate::{
    context::Context,
    error::CliError,
    output::{Created, DatasetOut, Done, List},
    parse::{self, Price},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish a dataset; a deposit is held until you withdraw it
    ///
    /// A dataset is one blob that apps read. Workers fetch it from the given sources; `talka store serve` provides one.
    Publish {
        #[command(flatten)]
        blob: Blob,
        /// Name, at most 64 bytes
        #[arg(long)]
        name: String,
        /// Price per accepted task in TLK; without it, the dataset is sold by order only
        #[arg(long, value_name = "TLK")]
        price: Option<Tlk>,
        /// Source that workers fetch it from: peer://, https://, http:// or file://; up to 4
        #[arg(long = "uri", value_name = "URI", required = true)]
        uris: Vec<String>,
        /// Topic it is listed under
        #[arg(long, value_enum, default_value_t = TopicName::Other)]
        topic: TopicName,
        /// Tags that a pool must offer: numbers from 0 to 63, separated by commas
        #[arg(long, value_name = "NUMBERS", value_parser = parse::tags, default_value = "")]
        tags: Tags,
        /// Description, at most 512 bytes
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// List datasets
    List {
        /// Only those with this topic
        #[arg(long, value_enum)]
        topic: Option<TopicName>,
        /// Only those that a pool with these tags can use: numbers from 0 to 63, separated by commas
        #[arg(long, value_name = "NUMBERS", value_parser = parse::tags)]
        tags: Option<Tags>,
        /// Only those with a published price up to this
        #[arg(long, value_name = "TLK")]
        max_price: Option<Tlk>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a dataset
    Show {
        /// The dataset
        id: DatasetId,
    },
    /// Set the published price of a dataset that you own, or remove it
    SetPrice {
        /// The dataset
        id: DatasetId,
        /// Price per accepted task in TLK; `none` to sell the dataset by order only
        #[arg(value_name = "TLK|none")]
        price: Price,
    },
    /// Offer the ownership of a dataset to another account, which has to accept it
    ///
    /// To offer it to yourself withdraws the offer.
    Transfer {
        /// The dataset
        id: DatasetId,
        /// The new owner
        #[arg(value_parser = parse::account)]
        to: AccountId,
    },
    /// Accept a dataset that was offered to you
    Accept {
        /// The dataset
        id: DatasetId,
    },
    /// Withdraw a dataset that you own for good, and get its deposit back
    ///
    /// All tasks that need it must have ended. Its number is not used again. To stop selling it for some time, remove its
    /// price and cancel its orders.
    Withdraw {
        /// The dataset
        id: DatasetId,
    },
    /// Replace the sources of a dataset
    SetUris {
        /// The dataset
        id: DatasetId,
        /// Source that workers fetch it from; up to 4
        #[arg(required = true)]
        uris: Vec<String>,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Publish { blob, name, price, uris, topic, tags, description } => {
            check_sources(&uris)?;
            let (content, topic, price) = (blob.content()?, topic.into(), price.map(|price| price.0));
            let dataset = NewDataset { name, content, uris, topic, tags, description, price };
            let account = context.account().await?;
            let deposit = dataset.deposit(account.client().best().await?.storage_price()?);
            note_deposit(context, deposit, "until the dataset is withdrawn");
            let id = account.market().publish_dataset(dataset).await?;
            context.print(&Created { kind: "dataset", id })
        }
        Command::List { topic, tags, max_price, page } => {
            let filter = DatasetFilter {
                topic: topic.map(Into::into),
                offered: tags,
                max_price: max_price.map(|price| price.0),
            };
            let snapshot = context.best().await?;
            let ask =
                |from: Option<DatasetId>, limit| snapshot.datasets(filter, from.unwrap_or_default(), limit);
            let datasets = collect(Some(DatasetId(page.from)), page.limit as usize, ask).await?;
            context.print(&List(
                datasets.into_iter().map(|entry| DatasetOut::new(entry.id, entry.item)).collect(),
            ))
        }
        Command::Show { id } => {
            let snapshot = context.best().await?;
            match snapshot.dataset(id).await? {
                Some(dataset) => {
                    let offered_to = snapshot.pending_owner(Subject::Dataset(id)).await?;
                    context.print(&DatasetOut::new(id, dataset).offered_to(offered_to))
                }
                None => Err(not_found("dataset", id, "`talka dataset list`")),
            }
        }
        Command::SetPrice { id, price: Price(price) } => {
            let units = price.map(|price| price.0);
            let receipt = context.account().await?.market().set_dataset_price(id, units).await?;
            let what = match price {
                Some(price) => format!("dataset {id} costs {price} TLK a task from now on"),
                None => format!("dataset {id} is sold by order only from now on"),
            };
            context.print(&Done::new(what, &receipt))
        }
        Command::Transfer { id, to } => {
            let account = context.account().await?;
            let receipt = account.market().transfer_dataset(id, to).await?;
            let offer =
                offered(&format!("dataset {id}"), &format!("`talka dataset accept {id}`"), to, account.id());
            context.print(&Done::new(offer, &receipt))
        }
        Command::Accept { id } => {
            let receipt = context.account().await?.market().accept_dataset(id).await?;
            context.print(&Done::new(format!("dataset {id} is owned by you from now on"), &receipt))
        }
        Command::Withdraw { id } => {
            let receipt = context.account().await?.market().withdraw_dataset(id).await?;
            context.print(&Done::new(format!("dataset {id} is withdrawn, and its deposit is back"), &receipt))
        }
        Command::SetUris { id, uris } => {
            check_sources(&uris)?;
            let receipt = context.account().await?.market().set_dataset_uris(id, &uris).await?;
            context.print(&Done::new(format!("dataset {id} can be got elsewhere from now on"), &receipt))
        }
    }
}
