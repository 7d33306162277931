use clap::Subcommand;
use talka_client::{AccountId, Snapshot};
use talka_primitives::{view::TaskView, TaskId};

use super::{deal, not_found};
use crate::{
    context::Context,
    error::CliError,
    logs::logs,
    output::{Calendar, TaskOut},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show a task and its workers
    Show {
        /// Task, such as 7.0
        task: TaskId,
    },
    /// Show how far a task is, and what it writes to standard error
    ///
    /// While it is executed its workers are asked, each by itself: whether it waits, fetches, executes or keeps the result, how
    /// much of its fuel the app has used, and the last 64 KiB that the app has written. They answer only those who have requested
    /// the task, pay for it, or are to have its result: sign with that key. What they say is not verified. Of a task
    /// that has ended, the messages come with the accepted result, and need no key.
    Logs {
        /// Task, such as 7.0
        task: TaskId,
        /// Go on until the task has ended
        #[arg(long)]
        follow: bool,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Show { task } => {
            let snapshot = context.best().await?;
            let view = look(&snapshot, task).await?;
            context.print(&TaskOut::new(task, view).dated(Calendar::now(&snapshot)?))
        }
        Command::Logs { task, follow } => logs(context, task, follow).await,
    }
}

/// A task, or the reason why there is none.
pub(crate) async fn look(snapshot: &Snapshot, task: TaskId) -> Result<TaskView<AccountId>, CliError> {
    match snapshot.task(task).await? {
        Some(view) => Ok(view),
        None => Err(match deal::absent(snapshot, task.deal).await {
            forgotten @ CliError::Forgotten(_) => forgotten,
            _ => not_found("task", task, &format!("`talka deal show {}`", task.deal)),
        }),
    }
}
