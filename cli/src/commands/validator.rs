use clap::Subcommand;
use talka_client::{AccountId, Tlk};

use crate::{
    context::Context,
    error::CliError,
    output::{Done, List, ValidatorOut},
    parse,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List who has a seat and who stands for election, by effective stake
    List,
    /// Show a validator's or candidate's stake, score and seat
    Status {
        /// The validator; without it, the account that --key names
        #[arg(value_parser = parse::account)]
        account: Option<AccountId>,
    },
    /// Make new session keys on the node, and work with them from the session after the next on
    ///
    /// The node keeps the secrets. It must be the validator's own, and take unsafe methods (--rpc-methods unsafe) on an
    /// interface that nobody else can reach.
    RotateKeys,
    /// Stand for election
    ///
    /// The stake is a part of the bond (see `talka worker bond`) that stays locked. Session keys must be set.
    Register {
        /// How much of the bond to put up, in TLK
        stake: Tlk,
    },
    /// Put up more of the bond
    AddStake {
        /// How much more, in TLK
        amount: Tlk,
    },
    /// Stand for election no more
    ///
    /// Keep the node running until the seat is gone: `talka validator status` tells.
    Resign,
    /// Unlock the stake when it is not liable any more
    Release,
    /// Give up the session keys, and get their deposit back
    ForgetKeys,
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::List => {
            let all = context.best().await?.validators().await?;
            context.print(&List(all.into_iter().map(ValidatorOut::new).collect()))
        }
        Command::Status { account } => {
            let account = context.account_or_own(account)?;
            let all = context.best().await?.validators().await?;
            match all.into_iter().find(|one| one.who == account) {
                Some(view) => context.print(&ValidatorOut::new(view)),
                None => Err(CliError::NoValidator { account }),
            }
        }
        Command::RotateKeys => {
            let account = context.account().await?;
            let keys = account.validators().generate_keys().await?;
            let receipt = account.validators().set_keys(keys).await?;
            context.print(&Done::new("the node has new session keys", &receipt))
        }
        Command::Register { stake } => {
            let receipt = context.account().await?.validators().register(stake.0).await?;
            context.print(&Done::new(format!("stands for election with {stake} TLK more"), &receipt))
        }
        Command::AddStake { amount } => {
            let receipt = context.account().await?.validators().add_stake(amount.0).await?;
            context.print(&Done::new(format!("put up {amount} TLK more"), &receipt))
        }
        Command::Resign => {
            let receipt = context.account().await?.validators().resign().await?;
            context.print(&Done::new("stands for election no more", &receipt))
        }
        Command::Release => {
            let receipt = context.account().await?.validators().release().await?;
            context.print(&Done::new("the stake is free again", &receipt))
        }
        Command::ForgetKeys => {
            let receipt = context.account().await?.validators().forget_keys().await?;
            context.print(&Done::new("gave up the session keys", &receipt))
        }
    }
}
