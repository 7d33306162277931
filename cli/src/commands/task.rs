use clap::Subcommand;
use talka_primitives::TaskId;

use super::not_found;
use crate::{context::Context, error::CliError, output::TaskOut};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show a task, with who works on it
    Show {
        /// The task, as in 7.0
        task: TaskId,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Show { task } => match context.best().await?.task(task).await? {
            Some(view) => context.print(&TaskOut::new(task, view)),
            None => Err(not_found("task", task, &format!("`talka deal show {}`", task.deal))),
        },
    }
}
