use clap::Subcommand;
use talka_primitives::TaskId;

use super::not_found;
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
            match snapshot.task(task).await? {
                Some(view) => context.print(&TaskOut::new(task, view).dated(Calendar::now(&snapshot)?)),
                None => Err(not_found("task", task, &format!("`talka deal show {}`", task.deal))),
            }
        }
    }
}
