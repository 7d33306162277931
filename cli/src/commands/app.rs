use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use talka_client::{market::NewApp, snapshot::collect, AccountId, Tlk};
use talka_primitives::{filter::AppFilter, manifest::WASM_ABI, AppId, RuntimeClass, Tags};

use super::{check_sources, not_found, Blob, Page, TopicName};
use crate::{
    context::Context,
    error::CliError,
    output::{AppOut, Created, Done, List},
    parse::{self, Price},
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
        /// Price of one accepted task, in TLK; without it, it is sold by order only
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
        /// What it does, in at most 512 bytes
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// List apps
    List {
        /// Only those on this shelf
        #[arg(long, value_enum)]
        topic: Option<TopicName>,
        /// Only those that a pool can execute which offers these: numbers from 0 to 63, separated by commas
        #[arg(long, value_name = "NUMBERS", value_parser = parse::tags)]
        tags: Option<Tags>,
        /// Only those whose published price is not above this
        #[arg(long, value_name = "TLK")]
        max_price: Option<Tlk>,
        /// Only those for this sandbox
        #[arg(long, value_enum)]
        runtime: Option<RuntimeName>,
        #[command(flatten)]
        page: Page,
    },
    /// Show an app
    Show {
        /// The app
        id: AppId,
    },
    /// Change the price of an app that you own, or sell it by order only
    SetPrice {
        /// The app
        id: AppId,
        /// Price of one accepted task, in TLK; `none` to sell it by order only
        #[arg(value_name = "TLK|none")]
        price: Price,
    },
    /// Give an app that you own to somebody else
    Transfer {
        /// The app
        id: AppId,
        /// To whom
        #[arg(value_parser = parse::account)]
        to: AccountId,
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

/// What an app is made for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RuntimeName {
    /// WebAssembly, executed deterministically to the bit
    Wasm,
    /// A container image
    Oci,
}

impl From<RuntimeName> for RuntimeClass {
    fn from(name: RuntimeName) -> Self {
        match name {
            RuntimeName::Wasm => Self::Wasm { abi: WASM_ABI },
            RuntimeName::Oci => Self::Oci,
        }
    }
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
                price: price.map(|price| price.0),
            };
            let id = context.account().await?.market().publish_app(app).await?;
            context.print(&Created { kind: "app", id })
        }
        Command::List { topic, tags, max_price, runtime, page } => {
            let filter = AppFilter {
                topic: topic.map(Into::into),
                offered: tags,
                max_price: max_price.map(|price| price.0),
                runtime: runtime.map(Into::into),
            };
            let snapshot = context.best().await?;
            let ask = |from: Option<AppId>, limit| snapshot.apps(filter, from.unwrap_or_default(), limit);
            let apps = collect(Some(AppId(page.from)), page.limit as usize, ask).await?;
            context.print(&List(apps.into_iter().map(|app| AppOut::new(app.id, app.item)).collect()))
        }
        Command::Show { id } => match context.best().await?.app(id).await? {
            Some(app) => context.print(&AppOut::new(id, app)),
            None => Err(not_found("app", id, "`talka app list`")),
        },
        Command::SetPrice { id, price: Price(price) } => {
            let units = price.map(|price| price.0);
            let receipt = context.account().await?.market().set_app_price(id, units).await?;
            let what = match price {
                Some(price) => format!("app {id} costs {price} TLK a task from now on"),
                None => format!("app {id} is sold by order only from now on"),
            };
            context.print(&Done::new(what, &receipt))
        }
        Command::Transfer { id, to } => {
            let receipt = context.account().await?.market().transfer_app(id, to).await?;
            context.print(&Done::new(format!("app {id} is owned by {to} from now on"), &receipt))
        }
        Command::SetUris { id, uris } => {
            check_sources(&uris)?;
            let receipt = context.account().await?.market().set_app_uris(id, &uris).await?;
            context.print(&Done::new(format!("app {id} can be got elsewhere from now on"), &receipt))
        }
        Command::Check { file } => super::exec::check(context, &file),
    }
}
