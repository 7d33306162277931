use std::{fs, io, path::PathBuf};

use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use talka_client::{market::NewApp, snapshot::collect, terminal::one_line, AccountId, Tlk};
use talka_executor::{Finding, WasmExecutor};
use talka_primitives::{
    filter::AppFilter,
    manifest::{MAX_APP_BYTES, WASM_ABI},
    order::Subject,
    AppId, ContentId, RuntimeClass, Tags,
};

use super::{check_sources, not_found, note_deposit, offered, Blob, Page, TopicName};
use crate::{
    context::Context,
    error::CliError,
    output::{AppOut, Created, Done, List, Output},
    parse::{self, Price},
};

const MIB: u64 = 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish an app; a deposit is held until you withdraw it
    ///
    /// The app is a WASI command, for example built with `cargo build --target wasm32-wasip1`. Workers fetch it from
    /// the given sources; `talka store serve` provides one. A file that no worker could execute is refused.
    Publish {
        #[command(flatten)]
        blob: Blob,
        /// Name, at most 64 bytes
        #[arg(long)]
        name: String,
        /// Price per accepted task in TLK; without it, the app is sold by order only
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
    /// List apps
    List {
        /// Only those with this topic
        #[arg(long, value_enum)]
        topic: Option<TopicName>,
        /// Only those that a pool with these tags can execute: numbers from 0 to 63, separated by commas
        #[arg(long, value_name = "NUMBERS", value_parser = parse::tags)]
        tags: Option<Tags>,
        /// Only those with a published price up to this
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
    /// Set the published price of an app that you own, or remove it
    SetPrice {
        /// The app
        id: AppId,
        /// Price per accepted task in TLK; `none` to sell the app by order only
        #[arg(value_name = "TLK|none")]
        price: Price,
    },
    /// Offer the ownership of an app to another account, which has to accept it
    ///
    /// To offer it to yourself withdraws the offer.
    Transfer {
        /// The app
        id: AppId,
        /// The new owner
        #[arg(value_parser = parse::account)]
        to: AccountId,
    },
    /// Accept an app that was offered to you
    Accept {
        /// The app
        id: AppId,
    },
    /// Withdraw an app that you own for good, and get its deposit back
    ///
    /// All tasks that need it must have ended. Its number is not used again. To stop selling it for some time, remove its
    /// price and cancel its orders.
    Withdraw {
        /// The app
        id: AppId,
    },
    /// Replace the sources of an app
    SetUris {
        /// The app
        id: AppId,
        /// Source that workers fetch it from; up to 4
        #[arg(required = true)]
        uris: Vec<String>,
    },
    /// Check whether workers can execute a file as an app, and print its content id
    ///
    /// The file is compiled, and not executed; `talka exec` does that.
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
            let content = match blob.file() {
                Some(file) => check(file.to_owned()).await?.content,
                None => blob.content()?,
            };
            let app = NewApp {
                name,
                runtime: RuntimeClass::Wasm { abi: WASM_ABI },
                content,
                uris,
                topic: topic.into(),
                tags,
                description,
                price: price.map(|price| price.0),
            };
            let account = context.account().await?;
            let deposit = app.deposit(account.client().best().await?.storage_price()?);
            note_deposit(context, deposit, "until the app is withdrawn");
            let id = account.market().publish_app(app).await?;
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
        Command::Show { id } => {
            let snapshot = context.best().await?;
            match snapshot.app(id).await? {
                Some(app) => {
                    let offered_to = snapshot.pending_owner(Subject::App(id)).await?;
                    context.print(&AppOut::new(id, app).offered_to(offered_to))
                }
                None => Err(not_found("app", id, "`talka app list`")),
            }
        }
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
            let account = context.account().await?;
            let receipt = account.market().transfer_app(id, to).await?;
            let offer = offered(&format!("app {id}"), &format!("`talka app accept {id}`"), to, account.id());
            context.print(&Done::new(offer, &receipt))
        }
        Command::Accept { id } => {
            let receipt = context.account().await?.market().accept_app(id).await?;
            context.print(&Done::new(format!("app {id} is owned by you from now on"), &receipt))
        }
        Command::Withdraw { id } => {
            let receipt = context.account().await?.market().withdraw_app(id).await?;
            context.print(&Done::new(format!("app {id} is withdrawn, and its deposit is back"), &receipt))
        }
        Command::SetUris { id, uris } => {
            check_sources(&uris)?;
            let receipt = context.account().await?.market().set_app_uris(id, &uris).await?;
            context.print(&Done::new(format!("app {id} can be got elsewhere from now on"), &receipt))
        }
        Command::Check { file } => context.print(&check(file).await?),
    }
}

/// A file that is an app.
#[derive(Serialize)]
struct Checked {
    file: PathBuf,
    content: ContentId,
    bytes: u64,
    /// Memory that it has at the start, in bytes.
    initial_memory: u64,
}

impl Output for Checked {
    fn text(&self) -> String {
        let Self { file, content, bytes, initial_memory } = self;
        let memory = initial_memory.div_ceil(MIB);
        format!(
            "{content}  {} ({bytes} bytes, begins with {memory} MiB of memory)\n",
            one_line(file.display())
        )
    }
}

/// Find out, as a worker would, whether a file is an app.
async fn check(file: PathBuf) -> Result<Checked, CliError> {
    let refused = |why: &[String]| Err(CliError::NotAnApp { path: file.clone(), why: why.join("; ") });
    let read = CliError::io("read", file.display());
    let bytes = fs::metadata(&file).map_err(read)?.len();
    if bytes > MAX_APP_BYTES {
        return refused(&[format!("it has {bytes} bytes, and an app has {MAX_APP_BYTES} at most")]);
    }
    let module = fs::read(&file).map_err(CliError::io("read", file.display()))?;
    let content = ContentId(*blake3::hash(&module).as_bytes());
    let finding = tokio::task::spawn_blocking(move || {
        let cache = tempfile::tempdir().map_err(CliError::io("create", "a temporary directory"))?;
        Ok::<_, CliError>(WasmExecutor::new(cache.path())?.check(&module)?)
    });
    let finding = finding.await.map_err(io::Error::other).map_err(CliError::io("compile", file.display()))?;
    match finding? {
        Finding::App { initial_memory } => Ok(Checked { file, content, bytes, initial_memory }),
        Finding::NotAnApp(reasons) => refused(&reasons),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_no_worker_can_execute_is_refused_with_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.wasm");
        let importing = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x0b\x01\x03env\x03log\0\0";
        for (content, reason) in [
            (&b"#!/bin/sh"[..], "it is not WebAssembly in binary form"),
            (b"\0asm\x01\0\0\0", "it exports no function `_start`"),
            (
                b"\0asm\x0d\0\x01\0",
                "it is a component (WASI preview 2), and an app is a core module: compile it for wasm32-wasip1",
            ),
            (
                importing,
                "it exports no function `_start`; it imports the function `env::log`: the sandbox has the functions of \
                 `wasi_snapshot_preview1` only",
            ),
        ] {
            fs::write(&path, content).unwrap();
            let Err(error) = check(path.clone()).await else { panic!("{content:?} was not refused") };
            assert_eq!(error.to_string(), format!("{} is no app: {reason}", path.display()));
            assert_ne!(error.code(), 0);
        }
        fs::File::create(&path).unwrap().set_len(MAX_APP_BYTES + 1).unwrap();
        let Err(error) = check(path).await else { panic!("a file that is too large was not refused") };
        assert!(error.to_string().contains("67108864 at most"), "{error}");
    }
}
