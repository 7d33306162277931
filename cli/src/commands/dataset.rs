use clap::Subcommand;
use talka_client::{market::NewDataset, Tlk};
use talka_primitives::{DatasetId, Tags};

use super::{check_sources, not_found, Blob, Page, TopicName};
use crate::{
    context::Context,
    error::CliError,
    output::{Created, DatasetOut, Done, List},
    parse,
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
        /// Price of one accepted task that uses it, in TLK
        #[arg(long, value_name = "TLK")]
        price: Tlk,
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
        #[command(flatten)]
        page: Page,
    },
    /// Show a dataset
    Show {
        /// The dataset
        id: DatasetId,
    },
    /// Change the price of a dataset that you own
    SetPrice {
        /// The dataset
        id: DatasetId,
        /// Price of one accepted task that uses it, in TLK
        price: Tlk,
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
            let (content, topic, price) = (blob.content()?, topic.into(), price.0);
            let dataset = NewDataset { name, content, uris, topic, tags, description, price };
            let id = context.account().await?.market().publish_dataset(dataset).await?;
            context.print(&Created { kind: "dataset", id })
        }
        Command::List { page } => {
            let datasets = context.best().await?.datasets(DatasetId(page.from), page.limit).await?;
            context.print(&List(
                datasets.into_iter().map(|entry| DatasetOut::new(entry.id, entry.item)).collect(),
            ))
        }
        Command::Show { id } => match context.best().await?.dataset(id).await? {
            Some(dataset) => context.print(&DatasetOut::new(id, dataset)),
            None => Err(not_found("dataset", id, "`talka dataset list`")),
        },
        Command::SetPrice { id, price } => {
            let receipt = context.account().await?.market().set_dataset_price(id, price.0).await?;
            context.print(&Done::new(format!("dataset {id} costs {price} TLK a task from now on"), &receipt))
        }
        Command::SetUris { id, uris } => {
            check_sources(&uris)?;
            let receipt = context.account().await?.market().set_dataset_uris(id, &uris).await?;
            context.print(&Done::new(format!("dataset {id} can be got elsewhere from now on"), &receipt))
        }
    }
}
