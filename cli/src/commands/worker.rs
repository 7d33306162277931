use clap::Subcommand;
use talka_client::{AccountId, Tlk};
use talka_primitives::PoolId;

use crate::{
    context::Context,
    error::CliError,
    output::{Calendar, Done, WorkerOut},
    parse,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bond TLK, or add to the bond
    ///
    /// A larger bond draws more tasks, about a day after it was bonded. Each task locks a part of it, which is lost if the
    /// result is wrong.
    Bond {
        /// Amount to add in TLK
        amount: Tlk,
    },
    /// Unbond TLK; it can be withdrawn after the unbonding period
    Unbond {
        /// Amount in TLK
        amount: Tlk,
    },
    /// Withdraw what has been unbonded
    Withdraw,
    /// Join a pool
    Join {
        /// The pool
        pool: PoolId,
    },
    /// Leave the pool
    Leave,
    /// Show a worker's bond, merit, score and tasks
    Status {
        /// The worker [default: the account of --key]
        #[arg(value_parser = parse::account)]
        account: Option<AccountId>,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Bond { amount } => {
            let receipt = context.account().await?.stake().bond(amount.0).await?;
            context.print(&Done::new(format!("bonded {amount} TLK"), &receipt))
        }
        Command::Unbond { amount } => {
            let receipt = context.account().await?.stake().unbond(amount.0).await?;
            context.print(&Done::new(format!("unbonding {amount} TLK"), &receipt))
        }
        Command::Withdraw => {
            let receipt = context.account().await?.stake().withdraw().await?;
            context.print(&Done::new("withdrawn what could be", &receipt))
        }
        Command::Join { pool } => {
            let receipt = context.account().await?.market().join_pool(pool).await?;
            context.print(&Done::new(format!("joined pool {pool}"), &receipt))
        }
        Command::Leave => {
            let receipt = context.account().await?.market().leave_pool().await?;
            context.print(&Done::new("left the pool", &receipt))
        }
        Command::Status { account } => {
            let account = context.account_or_own(account)?;
            let snapshot = context.best().await?;
            match snapshot.worker(account).await? {
                Some(view) => context.print(&WorkerOut::new(view).dated(Calendar::now(&snapshot)?)),
                None => Err(CliError::NoWorker { account }),
            }
        }
    }
}
