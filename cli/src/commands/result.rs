use std::{collections::BTreeMap, path::PathBuf};

use clap::Subcommand;
use serde::Serialize;
use talka_client::{snapshot::OUTCOMES, AccountId, Snapshot};
use talka_primitives::{
    view::{Outcome, TaskView},
    DealId, Digest, PoolId, TaskId,
};

use super::{deal, not_found};
use crate::{
    context::Context,
    error::CliError,
    output::Output,
    parse::DealOrTask,
    results::{Fetched, Fetcher},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch the result of a task, or of all tasks of a deal
    ///
    /// Results go to DIR/INDEX: the app's files below `files`, its standard output in `stdout`, and what the workers
    /// agreed on in `manifest.json`. Every byte is verified against the digest on the chain.
    Get {
        /// A deal, as in 7, or a task, as in 7.0
        what: DealOrTask,
        /// Where to put it
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// Results on the disk.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Results(pub(crate) Vec<Fetched>);

impl Output for Results {
    fn text(&self) -> String {
        self.0.iter().fold(String::new(), |text, result| {
            let Fetched { task, directory, files, bytes, status, .. } = result;
            format!("{text}{task}  {}  {files} files, {bytes} bytes, {status:?}\n", directory.display())
        })
    }
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    let Command::Get { what, out } = command;
    let snapshot = context.best().await?;
    let (pool, wanted) = match what {
        DealOrTask::Task(task) => {
            let pool = pool_of(&snapshot, task.deal).await?;
            match snapshot.task(task).await? {
                Some(TaskView::Ended(outcome)) => (pool, vec![(task, outcome)]),
                Some(_) => return Err(CliError::NotOver(task)),
                None => return Err(not_found("task", task, &format!("`talka deal show {}`", task.deal))),
            }
        }
        DealOrTask::Deal(deal) => (pool_of(&snapshot, deal).await?, outcomes(&snapshot, deal).await?),
    };
    let completed = completed(wanted.iter().copied());
    if let (DealOrTask::Task(task), true) = (what, completed.is_empty()) {
        return Err(CliError::TasksFailed { deals: vec![task.deal], failed: 1, tasks: 1 });
    }
    let fetcher = Fetcher::new(&snapshot, pool, [], &out).await?;
    let results = fetcher.fetch_all(completed, &BTreeMap::<TaskId, Vec<AccountId>>::new(), &out, 0).await;
    fetcher.close().await;
    context.print(&Results(results?))
}

pub(crate) fn completed(outcomes: impl IntoIterator<Item = (TaskId, Outcome)>) -> Vec<(TaskId, Digest)> {
    let digest = |(task, outcome)| match outcome {
        Outcome::Completed { digest, .. } => Some((task, digest)),
        Outcome::Failed { .. } => None,
    };
    outcomes.into_iter().filter_map(digest).collect()
}

async fn pool_of(snapshot: &Snapshot, deal: DealId) -> Result<PoolId, CliError> {
    Ok(snapshot.deal(deal).await?.ok_or_else(|| deal::unknown(deal))?.deal.pool)
}

async fn outcomes(snapshot: &Snapshot, deal: DealId) -> Result<Vec<(TaskId, Outcome)>, CliError> {
    let mut all = Vec::new();
    let mut from = 0;
    loop {
        let page = snapshot.outcomes(deal, from, OUTCOMES).await?;
        let last = page.len() < OUTCOMES as usize;
        all.extend(page.into_iter().map(|entry| (entry.id, entry.item)));
        match all.last() {
            Some((task, _)) if !last => from = task.index + 1,
            _ => return Ok(all),
        }
    }
}
