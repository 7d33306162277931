use clap::Subcommand;
use talka_client::{AccountId, Tlk};

use crate::{
    context::Context,
    error::CliError,
    output::{AccountOut, Done},
    parse,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what an account has
    Show {
        /// The account; without it, the one that --key names
        #[arg(value_parser = parse::account)]
        account: Option<AccountId>,
    },
    /// Send TLK to somebody
    Transfer {
        /// To whom
        #[arg(value_parser = parse::account)]
        to: AccountId,
        /// How much, in TLK
        amount: Tlk,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Show { account } => {
            let account = context.account_or_own(account)?;
            let snapshot = context.best().await?;
            context.print(&AccountOut::new(account, snapshot.funds(account).await?, snapshot.block()))
        }
        Command::Transfer { to, amount } => {
            let receipt = context.account().await?.balances().transfer(to, amount.0).await?;
            context.print(&Done::new(format!("sent {amount} TLK to {to}"), &receipt))
        }
    }
}
