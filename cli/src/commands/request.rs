//! What is wanted of a bag of tasks, be it bought at once or ordered.

use std::{fs, net::SocketAddr, ops::RangeInclusive, path::PathBuf, time::Duration};

use clap::Args;
use talka_client::{market, snapshot, AccountId, Snapshot};
use talka_primitives::{
    audit::Assurance,
    deal::min_duration,
    manifest::MAX_PARAMETERS_BYTES,
    order::{RequestOrder, Terms},
    AppId, BlockNumber, ContentId, DatasetId, Parameters, Trust,
};
use talka_store::{Store, StoreOptions};

use super::{category, check_sources, not_found};
use crate::{
    error::CliError,
    parse::{self, CategoryName, Span, Tasks},
};

/// The tasks, and how sure their results are to be.
#[derive(Args, Debug)]
pub(crate) struct Wanted {
    /// App to execute
    #[arg(long, value_name = "ID")]
    pub(crate) app: AppId,
    /// Dataset that the app reads
    #[arg(long, value_name = "ID")]
    pub(crate) dataset: Option<DatasetId>,
    /// Size of the tasks, by name or number
    #[arg(long, value_name = "CATEGORY", default_value = "XS")]
    category: CategoryName,
    /// Trust level: an accepted result is wrong with a probability below 1/N. At 1, results are unverified; above, they
    /// are audited
    #[arg(long, value_name = "N", default_value_t = Trust(4))]
    trust: Trust,
    #[command(flatten)]
    bag: Bag,
    /// Where workers can fetch the parameters file
    #[arg(long = "parameters-uri", value_name = "URI", requires = "parameters")]
    parameters_uris: Vec<String>,
    /// Argument of all tasks; can be repeated
    #[arg(long = "arg", value_name = "TEXT", allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// Deadline of all tasks: a number of blocks from now, or a time such as 90s, 10m, 2h [default: 1h; twice the least
    /// time that the chain asks for, where that is longer]
    #[arg(long, value_name = "SPAN")]
    deadline: Option<Span>,
    /// Account that the results are for [default: yours]
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
    beneficiary: Option<AccountId>,
}

/// How many tasks, and what distinguishes them.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Bag {
    /// Number of tasks, such as 24, or the range of their parameters, such as 100..124
    #[arg(long, value_name = "N|A..B")]
    tasks: Option<Tasks>,
    /// Parameter of one task; repeat it for more tasks
    #[arg(long = "parameter", value_name = "TEXT", allow_hyphen_values = true)]
    listed: Vec<String>,
    /// File with one line for each task
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

/// The tasks' parameters, as they were typed or read: checked, and nowhere but here.
pub(crate) struct Given {
    pub(crate) tasks: u32,
    content: Content,
}

enum Content {
    Typed(Parameters),
    File(Vec<u8>),
}

/// The tasks' parameters, in the form in which the chain keeps them.
pub(crate) struct Prepared {
    pub(crate) parameters: Parameters,
    pub(crate) tasks: u32,
    /// Serves the file, with the directory that it lies in.
    store: Option<(Store, tempfile::TempDir)>,
}

impl Given {
    /// Parameters for a request that is not sent, so no worker fetches them.
    pub(crate) fn unserved(&self) -> Parameters {
        match &self.content {
            Content::Typed(parameters) => parameters.clone(),
            // The market's rules ask of a file only whether it has a line for each task, as this one has.
            Content::File(_) => Parameters::Range { first: 0 },
        }
    }
}

impl Wanted {
    /// Find out what the tasks' parameters are. Needs no node.
    pub(crate) fn read(&self) -> Result<Given, CliError> {
        check_sources(&self.parameters_uris)?;
        let Bag { tasks, listed, parameters } = &self.bag;
        match (tasks, parameters) {
            (Some(Tasks(range)), _) => {
                // At most as many as a deal can have, which `Tasks` has made sure of.
                let tasks = (range.end - range.start) as u32;
                let content = Content::Typed(Parameters::Range { first: range.start });
                Ok(Given { tasks, content })
            }
            (None, Some(path)) => {
                let bytes = fs::read(path).map_err(CliError::io("read", path.display()))?;
                let lines = lines_of(&path.display().to_string(), &bytes)?;
                let tasks = lines.try_into().unwrap_or(u32::MAX);
                Ok(Given { tasks, content: Content::File(bytes) })
            }
            (None, None) => {
                let content = Content::Typed(market::parameter_list(listed)?);
                Ok(Given { tasks: listed.len() as u32, content })
            }
        }
    }

    /// Serve the tasks' parameters if need be. Without `serving` a file must be available elsewhere.
    pub(crate) async fn prepare(&self, given: Given, serving: Option<Serving>) -> Result<Prepared, CliError> {
        let Given { tasks, content } = given;
        let bytes = match content {
            Content::Typed(parameters) => return Ok(Prepared { parameters, tasks, store: None }),
            Content::File(bytes) => bytes,
        };
        let content = ContentId(*blake3::hash(&bytes).as_bytes());
        let (uris, store) = match serving {
            Some(Serving { listen, advertise }) if self.parameters_uris.is_empty() => {
                let dir = tempfile::tempdir().map_err(CliError::io("create", "a temporary directory"))?;
                let place = StoreOptions::new(dir.path().join("store"));
                let options = StoreOptions { listen, advertise, serve_all: true, ..place };
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
        Ok(Prepared { parameters, tasks, store })
    }

    /// The order that says it all. `terms` gets the deadline, after which nothing is bought.
    pub(crate) async fn order(
        &self,
        snapshot: &Snapshot,
        parameters: Parameters,
        terms: impl FnOnce(u32) -> Terms<AccountId>,
    ) -> Result<RequestOrder<AccountId>, CliError> {
        let category = category(snapshot, &self.category).await?;
        let app = snapshot.app(self.app).await?;
        let app = app.ok_or_else(|| not_found("app", self.app, "`talka app list`"))?;
        let snapshot::Parameters { block_time, max_duration, periods, .. } = snapshot.parameters()?;
        let assurance = Assurance::of(app.runtime, self.trust);
        // From the block in which the deal is made, which comes a little later.
        let least = min_duration(&category.item, assurance, periods).saturating_add(TO_BE_MADE);
        let blocks = blocks_to_deadline(self.deadline, least..=max_duration, block_time)?;
        let deadline = snapshot.block().number.saturating_add(blocks);
        Ok(RequestOrder {
            app: self.app,
            dataset: self.dataset,
            category: category.id,
            trust: self.trust,
            arguments: market::arguments(&self.arguments)?,
            parameters,
            beneficiary: self.beneficiary,
            deadline,
            terms: terms(deadline),
        })
    }
}

/// Blocks that may go by until a deal is made.
const TO_BE_MADE: BlockNumber = 5;

/// The time that deals have where none is given.
const USUAL: Duration = Duration::from_secs(60 * 60);

/// How many blocks from now the deadline is. No fewer than a task can take, and where nothing is said no more than the chain
/// allows.
fn blocks_to_deadline(
    wanted: Option<Span>,
    possible: RangeInclusive<BlockNumber>,
    block_time: Duration,
) -> Result<BlockNumber, CliError> {
    let (least, most) = possible.into_inner();
    let Some(wanted) = wanted else {
        return Ok(Span::Time(USUAL).blocks(block_time).max(least.saturating_mul(2)).min(most));
    };
    match wanted.blocks(block_time) {
        blocks if blocks < least => Err(CliError::usage(
            format!("the deadline is in {blocks} blocks, and a task of this category can take {least} until it is settled"),
            format!("give it more time, as in --deadline {least}, or choose a smaller --category"),
        )),
        blocks => Ok(blocks),
    }
}

/// How many lines a file of parameters has. Refuses what workers would decline, and what is hardly meant.
fn lines_of(name: &str, bytes: &[u8]) -> Result<usize, CliError> {
    if bytes.len() as u64 > MAX_PARAMETERS_BYTES {
        return Err(CliError::usage(
            format!("{name} has {} bytes, and workers take {MAX_PARAMETERS_BYTES} at most", bytes.len()),
            "buy several bags, or put what the lines have in common into a dataset",
        ));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| CliError::usage(format!("{name} is not UTF-8"), "parameters must be text"))?;
    if text.is_empty() {
        return Err(CliError::usage(format!("{name} is empty"), "write a line for each task"));
    }
    if text.starts_with('\u{feff}') {
        let message = format!("{name} begins with a byte-order mark");
        return Err(CliError::usage(message, "save it as UTF-8 without one"));
    }
    if text.contains('\0') {
        return Err(CliError::usage(format!("{name} contains a NUL character"), "parameters must be text"));
    }
    if let Some(index) = text.lines().position(|line| line.trim().is_empty()) {
        let message = format!("line {} of {name} is empty", index + 1);
        return Err(CliError::usage(message, "remove it: each line is the parameter of a task"));
    }
    Ok(text.lines().count())
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

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::Hint as _;

    #[test]
    fn a_deadline_leaves_a_task_the_time_that_it_can_take() {
        let second = Duration::from_secs(1);
        let blocks = |wanted, least| blocks_to_deadline(wanted, least..=10_000, second);
        assert_eq!(blocks(None, 100).unwrap(), 3_600);
        assert_eq!(blocks(None, 3_000).unwrap(), 6_000);
        assert_eq!(blocks(None, 6_000).unwrap(), 10_000);
        assert_eq!(blocks(Some(Span::Blocks(100)), 100).unwrap(), 100);
        let error = blocks(Some(Span::Time(99 * second)), 100).unwrap_err();
        assert!(error.to_string().contains("in 99 blocks"), "{error}");
        assert!(error.hint().contains("--deadline 100"), "{}", error.hint());
    }

    #[test]
    fn a_file_of_parameters_has_a_line_for_each_task() {
        assert_eq!(lines_of("file", b"a\nb c\n").unwrap(), 2);
        assert_eq!(lines_of("file", b"a\r\nb").unwrap(), 2);
    }

    #[test]
    fn a_file_of_parameters_that_is_hardly_meant_is_refused() {
        let refused = |bytes: &[u8]| lines_of("file", bytes).unwrap_err().to_string();
        assert_eq!(refused(b""), "file is empty");
        assert_eq!(refused(b"a\n \nb\n"), "line 2 of file is empty");
        assert_eq!(refused("\u{feff}a\n".as_bytes()), "file begins with a byte-order mark");
        assert_eq!(refused(b"a\0b\n"), "file contains a NUL character");
        assert_eq!(refused(b"\xff\n"), "file is not UTF-8");
        let large = vec![b'a'; MAX_PARAMETERS_BYTES as usize + 1];
        assert_eq!(refused(&large), "file has 4194305 bytes, and workers take 4194304 at most");
    }
}
