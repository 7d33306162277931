use clap::Subcommand;

use crate::{
    context::Context,
    error::CliError,
    output::{CategoryOut, List},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the categories
    List,
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::List => {
            let categories = context.best().await?.categories().await?;
            let categories = categories.into_iter().map(|entry| CategoryOut::new(entry.id, entry.item));
            context.print(&List(categories.collect()))
        }
    }
}
