use std::path::PathBuf;

use clap::Subcommand;
use talka_client::{keys, AccountId};

use crate::{context::Context, error::CliError, output::KeyOut};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a key in a new file, for --key file:PATH
    ///
    /// The file gets a phrase of 24 words, which wallets can import. Only you can read it. Keep a copy in a safe place:
    /// there is no other way to the account.
    New {
        /// The file to create
        #[arg(value_name = "PATH")]
        path: PathBuf,
    },
    /// Show the account of --key
    Show,
}

pub(crate) fn run(context: &Context, command: Command) -> Result<(), CliError> {
    let key = match &command {
        Command::New { path } => keys::create(path)?,
        Command::Show => context.key()?,
    };
    let account = AccountId::from(key.public_key().0);
    let source = match command {
        Command::New { path } => Some(format!("file:{}", path.display())),
        Command::Show => None,
    };
    context.print(&KeyOut::new(account, source))
}
