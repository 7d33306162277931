use std::path::PathBuf;

use clap::Subcommand;
use talka_client::{market::NewApp, Tlk};
use talka_primitives::{manifest::WASM_ABI, AppId, RuntimeClass, Tags};

use super::{check_sources, not_found, Blob, Page, TopicName};
use crate::{
    context::Context,
    error::CliError,
    output::{AppOut, Created, Done, List},
    parse,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish an app
    ///
    /// The app is a WASI command, compiled for example by `cargo build --target wasm32-wasip1`. Workers fetch it from
    /// the sources you name; `talka store serve` makes one.
    Publish {
        #[command(flatten)]
        blob: Blob,
        /// Its name, at most 64 bytes
        #[arg(long)]
        name: String,
        /// Price of one accepted task, in TLK
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
        /// What it does, in at most 512 bytes
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// List apps
    List {
        #[command(flatten)]
        page: Page,
    },
    /// Show an app
    Show {
        /// The app
        id: AppId,
    },
    /// Change the price of an app that you own
    SetPrice {
        /// The app
        id: AppId,
        /// Price of one accepted task, in TLK
        price: Tlk,
    },
    /// Say where the same app can be got from now on
    SetUris {
        /// The app
        id: AppId,
        /// Where workers can get it; up to 4
        #[arg(required = true)]
        uris: Vec<String>,
    },
    /// Check a file: whether it is an app, and its content id
    Check {
        /// The file
        file: PathBuf,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Publish { blob, name, price, uris, topic, tags, description } => {
            check_sources(&uris)?;
            let app = NewApp {
                name,
                runtime: RuntimeClass::Wasm { abi: WASM_ABI },
                content: blob.content()?,
                uris,
                topic: topic.into(),
                tags,
                description,
                price: price.0,
            };
            let id = context.account().await?.market().publish_app(app).await?;
            context.print(&Created { kind: "app", id })
        }
        Command::List { page } => {
            let apps = context.best().await?.apps(AppId(page.from), page.limit).await?;
            context.print(&List(apps.into_iter().map(|app| AppOut::new(app.id, app.item)).collect()))
        }
        Command::Show { id } => match context.best().await?.app(id).await? {
            Some(app) => context.print(&AppOut::new(id, app)),
            None => Err(not_found("app", id, "`talka app list`")),
        },
        Command::SetPrice { id, price } => {
            let receipt = context.account().await?.market().set_app_price(id, price.0).await?;
            context.print(&Done::new(format!("app {id} costs {price} TLK a task from now on"), &receipt))
        }
        Command::SetUris { id, uris } => {
            check_sources(&uris)?;
            let receipt = context.account().await?.market().set_app_uris(id, &uris).await?;
            context.print(&Done::new(format!("app {id} can be got elsewhere from now on"), &receipt))
        }
        Command::Check { file } => super::exec::check(context, &file),
    }
}
