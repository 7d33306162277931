use clap::Subcommand;
use talka_primitives::TaskId;

use super::{deal, not_found};
use crate::{
    context::Context,
    error::CliError,
    output::{Calendar, TaskOut},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show a task and its workers
    Show {
        /// Task, such as 7.0
        task: TaskId,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Show { task } => {
            let snapshot = context.best().await?;
            let Some(view) = snapshot.task(task).await? else {
                return Err(match deal::absent(&snapshot, task.deal).await {
                    forgotten @ CliError::Forgotten(_) => forgotten,
                    _ => not_found("task", task, &format!("`talka deal show {}`", task.deal)),
                });
            };
            context.print(&TaskOut::new(task, view).dated(Calendar::now(&snapshot)?))
        }
    }
}
