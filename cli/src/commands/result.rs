use std::{collections::BTreeMap, path::PathBuf};

use clap::Subcommand;
use serde::Serialize;
use talka_client::{terminal::one_line, AccountId, Snapshot, Tlk};
use talka_primitives::{
    task::Failure,
    view::{Outcome, TaskView},
    Deal, DealId, Digest, TaskId,
};

use super::{deal, keep, not_found, Keepers};
use crate::{
    context::Context,
    error::CliError,
    follow::interruptible,
    output::{counted, failure, hint, last_lines_text, status_text, Output},
    parse::DealOrTask,
    results::{check_same, kept, until_shown, winners, Delivery, Fetched, Fetcher, Unfetched},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch the result of a task, or of all tasks of a deal
    ///
    /// Results go to DIR/INDEX: the app's files in `files`, its standard output in `stdout`, the end of its standard error in
    /// `stderr`, and the list that the digest names in `manifest.json`. Every byte is verified against the digest on chain. DIR
    /// may hold results of the same deal already, and of no other. Where the chain has forgotten the deal, results that DIR holds are verified again, against the
    /// digests that were kept beside them.
    Get {
        /// Deal, such as 7, or task, such as 7.0
        what: DealOrTask,
        /// Output directory
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        keepers: Keepers,
    },
    Keep(Box<keep::Command>),
}

/// Results on the disk.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Results(pub(crate) Vec<Fetched>);

impl Output for Results {
    fn text(&self) -> String {
        let results = self.0.iter().fold(String::new(), |text, result| {
            let Fetched { task, directory, files, bytes, status, .. } = result;
            let (files, bytes) = (counted(*files as u64, "file"), counted(*bytes, "byte"));
            let status = status_text(*status);
            format!("{text}{task}  {}  {files}, {bytes}, {status}\n", one_line(directory.display()))
        });
        results + &last_lines_text(&self.0)
    }
}

impl Results {
    /// An error, where an app did not end with the exit status 0.
    fn check(&self) -> Result<(), CliError> {
        let unsuccessful = self.0.iter().filter(|result| !result.status.is_success()).count() as u32;
        match unsuccessful {
            0 => Ok(()),
            unsuccessful => Err(CliError::AppsFailed { unsuccessful, tasks: self.0.len() as u32 }),
        }
    }
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Get { what, out, keepers } => get(context, what, out, &keepers).await,
        Command::Keep(command) => keep::run(context, *command).await,
    }
}

async fn get(
    context: &Context,
    what: DealOrTask,
    out: PathBuf,
    Keepers { keepers }: &Keepers,
) -> Result<(), CliError> {
    let client = context.connect().await?;
    let snapshot = client.best().await?;
    let (id, tasks) = match what {
        DealOrTask::Task(task) => (task.deal, Some(1)),
        DealOrTask::Deal(deal) => (deal, None),
    };
    let Some(view) = snapshot.deal(id).await? else {
        let absent = deal::absent(&snapshot, id).await;
        let kept = match absent {
            CliError::Forgotten(_) => kept(&out, what)?,
            _ => Vec::new(),
        };
        if kept.is_empty() {
            return Err(absent);
        }
        context.say(format!(
            "note: the chain has forgotten deal {id}; these are checked against the digests that were kept beside them"
        ));
        let kept = Results(kept);
        context.print(&kept)?;
        return kept.check();
    };
    let wanted = match what {
        DealOrTask::Task(task) => match snapshot.task(task).await? {
            Some(TaskView::Ended(outcome)) => vec![(task, outcome)],
            Some(_) => return Err(CliError::NotOver(task)),
            None => return Err(not_found("task", task, &format!("`talka deal show {}`", task.deal))),
        },
        DealOrTask::Deal(deal) => outcomes(&snapshot, deal).await?,
    };
    let tasks = tasks.unwrap_or(view.deal.tasks);
    let completed = completed(wanted.iter().copied());
    let mut fetched = Results(Vec::new());
    if !completed.is_empty() {
        let accepted = match what {
            DealOrTask::Task(task) => self::completed(outcomes(&snapshot, task.deal).await?),
            DealOrTask::Deal(_) => completed.clone(),
        };
        check_same(&out, &accepted)?;
        let mut known = BTreeMap::new();
        winners(&client, wanted.iter().copied(), &mut known).await;
        until_shown(&client, wanted.iter().map(|(_, outcome)| *outcome)).await;
        let fetcher = Fetcher::new(&snapshot, view.deal.pool, &completed, &known, keepers, &out).await?;
        let fetching = async { Ok(fetcher.fetch_all(&completed, &known, &out, 0).await) };
        let delivery = interruptible(fetching, || CliError::FetchingInterrupted(vec![id])).await;
        fetcher.close().await;
        let Delivery { results, unfetched } = delivery?;
        fetched = Results(results);
        context.print(&fetched)?;
        for Unfetched { error, .. } in &unfetched {
            context.say(one_line(error));
        }
        if !unfetched.is_empty() {
            let missing = unfetched.len();
            return Err(CliError::NotAllFetched { deals: vec![id], missing, results: completed.len() });
        }
    }
    match missing(id, &view.deal, tasks, &wanted) {
        Some(error) => Err(error),
        None if wanted.is_empty() => Err(CliError::DealNotOver(id)),
        None => {
            let open = tasks.saturating_sub(wanted.len() as u32);
            if open > 0 {
                let tasks = counted(open, "task");
                context.say(format!("note: {tasks} not over yet; follow with `talka deal watch {id}`"));
            }
            fetched.check()
        }
    }
}

/// The error for the tasks of a deal that ended without a result.
fn missing(
    id: DealId,
    deal: &Deal<AccountId>,
    tasks: u32,
    outcomes: &[(TaskId, Outcome)],
) -> Option<CliError> {
    let mut reasons = Vec::<(Failure, u32)>::new();
    for (_, outcome) in outcomes {
        let Outcome::Failed { reason, .. } = outcome else { continue };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, times)) => *times += 1,
            None => reasons.push((*reason, 1)),
        }
    }
    let failed: u32 = reasons.iter().map(|(_, times)| times).sum();
    let (most, _) = reasons.iter().max_by_key(|(_, times)| times)?;
    let why = match reasons.as_slice() {
        [(reason, _)] => failure(*reason).to_owned(),
        several => {
            let texts = several.iter().map(|(reason, times)| format!("{} ({times})", failure(*reason)));
            texts.collect::<Vec<_>>().join(", ")
        }
    };
    let refunded = Tlk(deal.reserve().unwrap_or_default().saturating_mul(failed.into()));
    Some(CliError::NoResult { deal: id, failed, tasks, why, refunded, payer: deal.payer, hint: hint(*most) })
}

pub(crate) fn completed(outcomes: impl IntoIterator<Item = (TaskId, Outcome)>) -> Vec<(TaskId, Digest)> {
    let digest = |(task, outcome)| match outcome {
        Outcome::Completed { digest, .. } => Some((task, digest)),
        Outcome::Failed { .. } => None,
    };
    outcomes.into_iter().filter_map(digest).collect()
}

async fn outcomes(snapshot: &Snapshot, deal: DealId) -> Result<Vec<(TaskId, Outcome)>, CliError> {
    let all = snapshot.all_outcomes(deal, 0).await?;
    Ok(all.into_iter().map(|entry| (entry.id, entry.item)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::tests::{completed, deal, task};
    use talka_primitives::Hint as _;

    fn failed(index: u32, reason: Failure) -> (TaskId, Outcome) {
        (task(index), Outcome::Failed { reason, at: 9 })
    }

    #[test]
    fn what_is_missing_has_a_reason_and_a_sum_that_went_back() {
        let deal = deal();
        let missing = |outcomes: &[(TaskId, Outcome)]| {
            missing(deal.id, &deal.deal, deal.deal.tasks, outcomes)
                .map(|error| (error.to_string(), error.hint().into_owned()))
        };
        assert!(missing(&[]).is_none());
        assert!(missing(&[(task(0), completed(9))]).is_none());

        let reasons = [
            failed(0, Failure::NoConsensus),
            failed(1, Failure::DeadlinePassed),
            failed(2, Failure::DeadlinePassed),
        ];
        // 28 TLK is the price of a task; as much more is held for its audit.
        let (error, _) = missing(&reasons[..1]).unwrap();
        assert_eq!(
            error,
            format!(
                "1 of 8 tasks of deal 7 ended without a result: workers could not agree; 56 TLK went back to {}",
                deal.deal.payer
            )
        );
        let (error, hint) = missing(&reasons).unwrap();
        assert!(error.contains("3 of 8 tasks"), "{error}");
        assert!(error.contains("workers could not agree (1), the deadline passed (2); 168 TLK"), "{error}");
        assert!(hint.contains("later --deadline"), "{hint}");
    }
}
