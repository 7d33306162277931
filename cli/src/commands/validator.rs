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
    /// List validators and candidates, by effective stake
    List,
    /// Show a validator's or candidate's stake, score and seat
    Status {
        /// The validator [default: the account of --key]
        #[arg(value_parser = parse::account)]
        account: Option<AccountId>,
    },
    /// Generate session keys on the node; they are used from the session after the next
    ///
    /// The node keeps the secrets. It must be the validator's own, and allow unsafe RPC methods (--rpc-methods unsafe) on an
    /// interface that nobody else can reach.
    RotateKeys,
    /// Stand for election
    ///
    /// The stake is a part of the bond (see `talka worker bond`) that stays locked. Session keys must be set.
    Register {
        /// Part of the bond to put up, in TLK
        stake: Tlk,
    },
    /// Increase the stake
    AddStake {
        /// Additional amount in TLK
        amount: Tlk,
    },
    /// Withdraw from elections
    ///
    /// Keep the node running until the seat is gone: see `talka validator status`.
    Resign,
    /// Unlock the stake once it is no longer liable
    Release,
    /// Name the account that votes on juries for the validator, or take it back
    ///
    /// The key of the account is all that `talka-worker --juror` needs: it can vote, and can touch neither bond nor seat. The
    /// account must exist and must have no bond.
    SetJurorKey {
        /// The account; none: the validator votes by itself
        #[arg(value_parser = parse::account, required_unless_present = "none")]
        key: Option<AccountId>,
        /// Take back the one that is named
        #[arg(long, conflicts_with = "key")]
        none: bool,
    },
    /// Name the account that attests for the validator, or take it back
    ///
    /// The key of the account is all that `talka-bridge attest` needs: it can say what was deposited on Ethereum, and can touch
    /// neither bond nor seat. The account must exist and must stand for no election. What was attested before counts no more.
    SetAttester {
        /// The account; none: the validator attests by itself
        #[arg(value_parser = parse::account, required_unless_present = "none")]
        key: Option<AccountId>,
        /// Take back the one that is named
        #[arg(long, conflicts_with = "key")]
        none: bool,
    },
    /// Remove the session keys and release their deposit
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
        Command::SetJurorKey { key, none: _ } => {
            let receipt = context.account().await?.validators().set_juror_key(key).await?;
            let done = match key {
                Some(key) => format!("{key} votes on juries"),
                None => "nobody else votes on juries".into(),
            };
            context.print(&Done::new(done, &receipt))
        }
        Command::SetAttester { key, none: _ } => {
            let receipt = context.account().await?.bridge().set_attester(key).await?;
            let done = match key {
                Some(key) => format!("{key} attests for the validator"),
                None => "nobody else attests for the validator".into(),
            };
            context.print(&Done::new(done, &receipt))
        }
        Command::ForgetKeys => {
            let receipt = context.account().await?.validators().forget_keys().await?;
            context.print(&Done::new("gave up the session keys", &receipt))
        }
    }
}
