use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use talka_client::terminal::one_line;
use talka_primitives::ContentId;
use talka_store::{HttpUrl, Store, StoreOptions, WebOptions};

use super::content_of;
use crate::{
    context::Context,
    ending::Ending,
    error::CliError,
    output::{counted, Output},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the content ids of files
    Id {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Add files to a store that `talka store serve` serves
    Add {
        #[command(flatten)]
        place: Place,
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Serve the files of a store until stopped
    ///
    /// Prints the sources to publish, which workers fetch from. With a fixed port they stay the same.
    Serve {
        #[command(flatten)]
        place: Place,
        /// UDP address to listen on; a loopback address can be reached from this machine only
        #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Address that others connect to, if it is not --listen: behind a router, or when listening on all interfaces
        #[arg(long, value_name = "IP:PORT")]
        advertise: Option<SocketAddr>,
        #[command(flatten)]
        web: Web,
        /// Files to add to the store first
        files: Vec<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The store's directory
    #[arg(long, env = "TALKA_STORE", value_name = "DIR")]
    dir: PathBuf,
}

/// Where a store serves browsers.
#[derive(Args, Debug)]
pub(crate) struct Web {
    /// TCP address to serve the same over HTTP, for browsers; a loopback address for a web server with TLS in front
    #[arg(long, value_name = "IP:PORT")]
    http: Option<SocketAddr>,
    /// Address that browsers ask, if it is not --http
    #[arg(long, value_name = "URL", requires = "http")]
    http_advertise: Option<HttpUrl>,
}

impl Web {
    pub(crate) fn options(self) -> Option<WebOptions> {
        self.http.map(|listen| WebOptions { listen, advertise: self.http_advertise })
    }
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
        self.0.iter().fold(String::new(), |text, Named { file, content }| {
            format!("{text}{content}  {}\n", one_line(file.display()))
        })
    }
}

#[derive(Serialize)]
struct Serving {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<String>,
    blobs: usize,
    added: Ids,
}

impl Output for Serving {
    fn text(&self) -> String {
        let http = self.http.as_ref().map(|http| format!("{http}\n")).unwrap_or_default();
        format!("{}\n{http}{}", self.address, self.added.text())
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
        Command::Serve { place, listen, advertise, web, files } => {
            let web = web.options();
            let options =
                StoreOptions { listen, advertise, serve_all: true, web, ..StoreOptions::new(place.dir) };
            let store = Store::open(options).await?;
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
    let mut ending = Ending::listen()?;
    let added = add(store, files).await?;
    let blobs = store.list().await?.len();
    let http = store.web_address().map(|address| address.as_str().to_owned());
    context.print(&Serving { address: store.address().to_string(), http, blobs, added })?;
    context.say(format!("serving {}; stop with Ctrl-C", counted(blobs as u64, "blob")));
    ending.wait().await
}
