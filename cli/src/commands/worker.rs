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
    /// Name the account that sends the worker's duties, or take it back
    ///
    /// Its key is all that `talka-worker` needs: it can commit, reveal, decline, send heartbeats and go online and offline for the
    /// worker, and can touch neither bond nor balance. The account must exist, must have no bond, and has to agree: run `talka
    /// worker act-for` with its key. A deposit is held until you take it back or leave the pool.
    SetDutyKey {
        /// The account; none: the worker sends its duties by itself
        #[arg(value_parser = parse::account, required_unless_present = "none")]
        key: Option<AccountId>,
        /// Take back the one that is named
        #[arg(long, conflicts_with = "key")]
        none: bool,
    },
    /// Agree, with the key of --key, to send the duties of a worker that has named it
    ActFor {
        /// The worker; none: act for nobody any more
        #[arg(value_parser = parse::account, required_unless_present = "none")]
        worker: Option<AccountId>,
        /// Act for nobody any more
        #[arg(long, conflicts_with = "worker")]
        none: bool,
    },
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
            // Those that were in force when the command began: the pool's operator may change them meanwhile.
            let terms = snapshot.pool(pool).await?.map(|pool| pool.policy);
            let receipt = account.market().join_pool(pool, terms).await?;
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
        Command::SetDutyKey { key, none: _ } => {
            let account = context.account().await?;
            if key.is_some() {
                let deposit = account.client().best().await?.duty_key_deposit()?;
                note_deposit(context, deposit, "until you take the key back, or leave the pool");
            }
            let receipt = account.poco().set_duty_key(key).await?;
            let done = match key {
                Some(key) => {
                    let worker = account.id();
                    format!("{key} may send the worker's duties once it runs `talka worker act-for {worker}`")
                }
                None => "nobody else sends the worker's duties".into(),
            };
            context.print(&Done::new(done, &receipt))
        }
        Command::ActFor { worker, none: _ } => {
            let receipt = context.account().await?.poco().act_for(worker).await?;
            let done = match worker {
                Some(worker) => format!("sends the duties of {worker}"),
                None => "acts for no worker".into(),
            };
            context.print(&Done::new(done, &receipt))
        }
        Command::Status { account } => {
            let account = context.account_or_own(account)?;
            let snapshot = context.best().await?;
            let Some(view) = snapshot.worker(account).await? else {
                return Err(CliError::NoWorker { account });
            };
            let agreed = match view.duty_key {
                Some(key) => snapshot.worker_of(key).await? == account,
                None => false,
            };
            context.print(&WorkerOut::new(view).agreed(agreed).dated(Calendar::now(&snapshot)?))
        }
    }
}
