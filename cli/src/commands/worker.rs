use clap::Subcommand;
use talka_client::{AccountId, Tlk};
use talka_primitives::PoolId;

use crate::{
    context::Context,
    error::CliError,
    output::{Done, WorkerOut},
    parse,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Put up a bond, or add to it
    ///
    /// The larger the bond, the more tasks a worker draws, from about a day after it was put up. Tasks lock parts of it,
    /// and who is wrong loses them.
    Bond {
        /// How much to add, in TLK
        amount: Tlk,
    },
    /// Take from the bond; it can be withdrawn when the unbonding period is over
    Unbond {
        /// How much, in TLK
        amount: Tlk,
    },
    /// Get back what was unbonded long enough ago
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
        /// The worker; without it, the account that --key names
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
            match context.best().await?.worker(account).await? {
                Some(view) => context.print(&WorkerOut::new(view)),
                None => Err(CliError::NoWorker { account }),
            }
        }
    }
}
