//! What is wanted of a bag of tasks, be it bought at once or ordered.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use talka_client::{market, AccountId, Snapshot};
use talka_primitives::{
    order::{RequestOrder, Terms},
    AppId, ContentId, DatasetId, Parameters, Trust,
};
use talka_store::{Store, StoreOptions};

use super::{category_id, check_sources};
use crate::{
    error::CliError,
    parse::{self, CategoryName, Span, Tasks},
};

/// The tasks, and how sure their results are to be.
#[derive(Args, Debug)]
pub(crate) struct Wanted {
    /// The app to execute
    #[arg(long, value_name = "ID")]
    pub(crate) app: AppId,
    /// The dataset that the app reads
    #[arg(long, value_name = "ID")]
    pub(crate) dataset: Option<DatasetId>,
    /// The size of the tasks, by name or number
    #[arg(long, value_name = "CATEGORY", default_value = "XS")]
    category: CategoryName,
    /// How sure of the results to be: wrong ones are less likely than 1 in N. At 1 nobody checks them: they are
    /// unverified; above, they are audited
    #[arg(long, value_name = "N", default_value_t = Trust(4))]
    trust: Trust,
    #[command(flatten)]
    bag: Bag,
    /// Where workers can get the file of parameters
    #[arg(long = "parameters-uri", value_name = "URI", requires = "parameters")]
    parameters_uris: Vec<String>,
    /// An argument that all tasks have in common; may be given several times
    #[arg(long = "arg", value_name = "TEXT", allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// When all tasks must be done: a number of blocks from now, or a time, as in 90s, 10m, 2h
    #[arg(long, value_name = "SPAN", default_value = "1h")]
    deadline: Span,
    /// Whom the results are for, if not for you
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
    beneficiary: Option<AccountId>,
}

/// How many tasks, and what distinguishes them.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Bag {
    /// How many tasks, as in 24, or the range of their parameters, as in 100..124
    #[arg(long, value_name = "N|A..B")]
    tasks: Option<Tasks>,
    /// The parameter of one task; given several times, there is a task for each
    #[arg(long = "parameter", value_name = "TEXT", allow_hyphen_values = true)]
    listed: Vec<String>,
    /// A file with one line for each task
    #[arg(long, value_name = "PATH")]
    parameters: Option<PathBuf>,
}

/// Where a file of parameters is served that is not to be got elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Serving {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// What workers connect to, where that is something else.
    pub(crate) advertise: Option<SocketAddr>,
}

/// The tasks' parameters, in the form in which the chain keeps them.
pub(crate) struct Prepared {
    parameters: Parameters,
    pub(crate) tasks: u32,
    /// Serves the file, with the directory that it lies in.
    store: Option<(Store, tempfile::TempDir)>,
}

impl Wanted {
    /// Find out what the tasks' parameters are, and serve them if need be. Without `serving` a file must be to be got
    /// elsewhere.
    pub(crate) async fn prepare(&self, serving: Option<Serving>) -> Result<Prepared, CliError> {
        let Bag { tasks, listed, parameters } = &self.bag;
        match (tasks, parameters) {
            (Some(Tasks(range)), _) => {
                // At most as many as a deal can have, which `Tasks` has made sure of.
                let tasks = (range.end - range.start) as u32;
                Ok(Prepared { parameters: Parameters::Range { first: range.start }, tasks, store: None })
            }
            (None, Some(path)) => self.prepare_file(path, serving).await,
            (None, None) => {
                let parameters = market::parameter_list(listed)?;
                Ok(Prepared { parameters, tasks: listed.len() as u32, store: None })
            }
        }
    }

    async fn prepare_file(&self, path: &Path, serving: Option<Serving>) -> Result<Prepared, CliError> {
        let bytes = fs::read(path).map_err(CliError::io("read", path.display()))?;
        let lines = std::str::from_utf8(&bytes)
            .map_err(|_| {
                CliError::usage(format!("{} is not UTF-8", path.display()), "parameters must be text")
            })?
            .lines()
            .count();
        if lines == 0 {
            return Err(CliError::usage(
                format!("{} is empty", path.display()),
                "write a line for each task",
            ));
        }
        check_sources(&self.parameters_uris)?;
        let content = ContentId(*blake3::hash(&bytes).as_bytes());
        let (uris, store) = match serving {
            Some(Serving { listen, advertise }) if self.parameters_uris.is_empty() => {
                let dir = tempfile::tempdir().map_err(CliError::io("create", "a temporary directory"))?;
                let options =
                    StoreOptions { listen, advertise, ..StoreOptions::new(dir.path().join("store")) };
                let store = Store::open(options).await?;
                store.add_bytes(bytes).await?;
                (vec![store.address().to_string()], Some((store, dir)))
            }
            None if self.parameters_uris.is_empty() => {
                return Err(CliError::usage(
                    "workers cannot get the file of parameters",
                    "say with --parameters-uri where they can; `talka store serve` serves it",
                ))
            }
            _ => (self.parameters_uris.clone(), None),
        };
        let parameters = Parameters::Lines { content, uris: market::places(&uris)?, first: 0 };
        Ok(Prepared { parameters, tasks: lines.try_into().unwrap_or(u32::MAX), store })
    }

    /// The order that says it all. `terms` gets the deadline, after which there is nothing to be had.
    pub(crate) async fn order(
        &self,
        snapshot: &Snapshot,
        prepared: &Prepared,
        terms: impl FnOnce(u32) -> Terms<AccountId>,
    ) -> Result<RequestOrder<AccountId>, CliError> {
        let block_time = snapshot.parameters()?.block_time;
        let deadline = snapshot.block().number.saturating_add(self.deadline.blocks(block_time));
        Ok(RequestOrder {
            app: self.app,
            dataset: self.dataset,
            category: category_id(snapshot, &self.category).await?,
            trust: self.trust,
            arguments: market::arguments(&self.arguments)?,
            parameters: prepared.parameters.clone(),
            beneficiary: self.beneficiary,
            deadline,
            terms: terms(deadline),
        })
    }
}

impl Prepared {
    /// Whether the file of parameters can be got here only, and as long as this lives.
    pub(crate) fn is_serving(&self) -> bool {
        self.store.is_some()
    }

    pub(crate) async fn close(self) {
        if let Some((store, _dir)) = self.store {
            store.shutdown().await;
        }
    }
}
