use clap::Subcommand;
use talka_client::{market::NewDataset, snapshot::collect, AccountId, Tlk};
use talka_primitives::{filter::DatasetFilter, DatasetId, Tags};

use super::{check_sources, not_found, Blob, Page, TopicName};
use crate::{
    context::Context,
    error::CliError,
    output::{Created, DatasetOut, Done, List},
    parse::{self, Price},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish a dataset
    ///
    /// A dataset is one blob that apps read. Workers fetch it from the sources you name; `talka store serve` makes one.
    Publish {
        #[command(flatten)]
        blob: Blob,
        /// Its name, at most 64 bytes
        #[arg(long)]
        name: String,
        /// Price of one accepted task that uses it, in TLK; without it, it is sold by order only
        #[arg(long, value_name = "TLK")]
        price: Option<Tlk>,
        /// Where workers can get it: peer://, https://, http:// or file://; up to 4
        #[arg(long = "uri", value_name = "URI", required = true)]
        uris: Vec<String>,
        /// Its shelf
        #[arg(long, value_enum, default_value_t = TopicName::Other)]
        topic: TopicName,
        /// What a pool must offer: numbers from 0 to 63, separated by commas
        #[arg(long, value_name = "NUMBERS", value_parser = parse::tags, default_value = "")]
        tags: Tags,
        /// What is in it, in at most 512 bytes
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// List datasets
    List {
        /// Only those on this shelf
        #[arg(long, value_enum)]
        topic: Option<TopicName>,
        /// Only those that a pool can use which offers these: numbers from 0 to 63, separated by commas
        #[arg(long, value_name = "NUMBERS", value_parser = parse::tags)]
        tags: Option<Tags>,
        /// Only those whose published price is not above this
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
    /// Change the price of a dataset that you own, or sell it by order only
    SetPrice {
        /// The dataset
        id: DatasetId,
        /// Price of one accepted task that uses it, in TLK; `none` to sell it by order only
        #[arg(value_name = "TLK|none")]
        price: Price,
    },
    /// Give a dataset that you own to somebody else
    Transfer {
        /// The dataset
        id: DatasetId,
        /// To whom
        #[arg(value_parser = parse::account)]
        to: AccountId,
    },
    /// Say where the same dataset can be got from now on
    SetUris {
        /// The dataset
        id: DatasetId,
        /// Where workers can get it; up to 4
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
            let id = context.account().await?.market().publish_dataset(dataset).await?;
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
        Command::Show { id } => match context.best().await?.dataset(id).await? {
            Some(dataset) => context.print(&DatasetOut::new(id, dataset)),
            None => Err(not_found("dataset", id, "`talka dataset list`")),
        },
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
            let receipt = context.account().await?.market().transfer_dataset(id, to).await?;
            context.print(&Done::new(format!("dataset {id} is owned by {to} from now on"), &receipt))
        }
        Command::SetUris { id, uris } => {
            check_sources(&uris)?;
            let receipt = context.account().await?.market().set_dataset_uris(id, &uris).await?;
            context.print(&Done::new(format!("dataset {id} can be got elsewhere from now on"), &receipt))
        }
    }
}
