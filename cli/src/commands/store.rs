use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use talka_primitives::ContentId;
use talka_store::{Store, StoreOptions};

use super::content_of;
use crate::{context::Context, error::CliError, output::Output};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the content ids of files
    Id {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Put files into a store, for `talka store serve` to serve
    Add {
        #[command(flatten)]
        place: Place,
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Serve the blobs of a store to others, until you stop it
    ///
    /// Prints the address to publish: workers fetch from there. Choose a port, so that the address stays the same.
    Serve {
        #[command(flatten)]
        place: Place,
        /// Where to listen (UDP); on the loopback address only programs of this machine can fetch
        #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// What others connect to, where that is not --listen: behind a router, or when listening on all interfaces
        #[arg(long, value_name = "IP:PORT")]
        advertise: Option<SocketAddr>,
        /// Files to put into the store first
        files: Vec<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The store's directory
    #[arg(long, env = "TALKA_STORE", value_name = "DIR")]
    dir: PathBuf,
}

/// A file and its content id.
#[derive(Serialize)]
struct Named {
    file: PathBuf,
    content: ContentId,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Ids(Vec<Named>);

impl Output for Ids {
    fn text(&self) -> String {
        self.0
            .iter()
            .fold(String::new(), |text, named| format!("{text}{}  {}\n", named.content, named.file.display()))
    }
}

#[derive(Serialize)]
struct Serving {
    address: String,
    blobs: usize,
    added: Ids,
}

impl Output for Serving {
    fn text(&self) -> String {
        format!("{}\n{}", self.address, self.added.text())
    }
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Id { files } => {
            let id = |file: PathBuf| Ok(Named { content: content_of(&file)?, file });
            context.print(&Ids(files.into_iter().map(id).collect::<Result<_, CliError>>()?))
        }
        Command::Add { place, files } => {
            let store = Store::open(StoreOptions::new(place.dir)).await?;
            let added = add(&store, files).await;
            store.shutdown().await;
            context.print(&added?)
        }
        Command::Serve { place, listen, advertise, files } => {
            let store =
                Store::open(StoreOptions { listen, advertise, ..StoreOptions::new(place.dir) }).await?;
            let result = serve(context, &store, files).await;
            store.shutdown().await;
            result
        }
    }
}

async fn add(store: &Store, files: Vec<PathBuf>) -> Result<Ids, CliError> {
    let mut added = Vec::new();
    for file in files {
        let blob = store.add_file(&file).await?;
        added.push(Named { file, content: blob.content });
    }
    Ok(Ids(added))
}

async fn serve(context: &Context, store: &Store, files: Vec<PathBuf>) -> Result<(), CliError> {
    use tokio::signal::unix::{signal, SignalKind};
    let stopped = CliError::io("listen for", "signals");
    let mut terminate = signal(SignalKind::terminate()).map_err(stopped)?;
    let added = add(store, files).await?;
    let blobs = store.list().await?.len();
    context.print(&Serving { address: store.address().to_string(), blobs, added })?;
    context.say(format!("serving {blobs} blobs; stop with Ctrl-C"));
    tokio::select! {
        _ = terminate.recv() => {}
        result = tokio::signal::ctrl_c() => result.map_err(CliError::io("listen for", "signals"))?,
    }
    Ok(())
}
