use clap::Subcommand;
use talka_client::{AccountId, Tlk};
use talka_primitives::{deposit, PoolId};

use super::note_deposit;
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
    /// Join a pool; a deposit is held until you leave it
    Join {
        /// The pool
        pool: PoolId,
    },
    /// Leave the pool, and get the deposits back
    ///
    /// Where the worker has declined tasks that others delivered, the chain remembers it for some days, and keeps a deposit:
    /// `talka worker deregister` gives it back then.
    Leave,
    /// Have the chain forget a worker that has left its pool, and get the deposit back
    Deregister,
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
            let account = context.account().await?;
            let snapshot = account.client().best().await?;
            let membership = snapshot.storage_price()?.of(deposit::MEMBERSHIP);
            note_deposit(context, membership, "until you leave the pool");
            note_deposit(context, snapshot.registration_deposit()?, "from when the worker first goes online");
            let receipt = account.market().join_pool(pool).await?;
            context.print(&Done::new(format!("joined pool {pool}"), &receipt))
        }
        Command::Leave => {
            let receipt = context.account().await?.market().leave_pool().await?;
            context.print(&Done::new("left the pool", &receipt))
        }
        Command::Deregister => {
            let receipt = context.account().await?.poco().deregister().await?;
            context.print(&Done::new("the chain has forgotten the worker; the deposit is back", &receipt))
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
