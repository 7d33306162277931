use clap::{Args, Subcommand};
use talka_client::{Account, AccountId, KeyError, KeySource, Tlk};
use talka_primitives::Balance;

use crate::{
    context::Context,
    error::CliError,
    output::{AccountOut, Done},
    parse,
};

/// Who gives on test chains.
const GIVER: &str = "Alice";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the balance of an account
    ///
    /// Also what is parked for it: what was deposited for it on Ethereum, and could not be credited yet.
    Show {
        /// The account [default: that of --key]
        #[arg(value_parser = parse::account)]
        account: Option<AccountId>,
    },
    /// Transfer TLK to another account
    ///
    /// The fee, and what an account must keep to exist, are checked before anything is sent.
    #[command(override_usage = "talka account transfer <TO> <AMOUNT|--all>")]
    Transfer {
        /// The recipient
        #[arg(value_parser = parse::account)]
        to: AccountId,
        #[command(flatten)]
        amount: Amount,
    },
    /// Give an account TLK on a test chain
    ///
    /// Works on chains whose type is development or local: the development account Alice, whose key everybody knows, sends
    /// it. No --key is needed.
    Fund {
        /// The recipient
        #[arg(value_parser = parse::account)]
        account: AccountId,
        /// Amount in TLK
        #[arg(default_value = "1000")]
        amount: Tlk,
    },
}

/// How much is sent.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Amount {
    /// Amount in TLK
    amount: Option<Tlk>,
    /// All that can be spent: what is held stays
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Show { account } => {
            let account = context.account_or_own(account)?;
            let snapshot = context.best().await?;
            let (funds, parked) = tokio::try_join!(snapshot.funds(account), snapshot.parked(account))?;
            context.print(&AccountOut::new(account, funds, parked, snapshot.block()))
        }
        Command::Transfer { to, amount: Amount { amount, .. } } => {
            let account = context.account().await?;
            transfer(context, &account, to, amount).await
        }
        Command::Fund { account: to, amount } => {
            let client = context.connect().await?;
            if !client.is_for_tests().await? {
                return Err(CliError::NotForTests);
            }
            let source: KeySource = format!("dev:{GIVER}").parse()?;
            let key = source.load(|| Err(KeyError::NoPassword("not needed".into())))?;
            transfer(context, &client.account(key), to, Some(amount)).await
        }
    }
}

/// Send TLK, all of it where no amount is named. What it costs is said before.
async fn transfer(
    context: &Context,
    account: &Account,
    to: AccountId,
    amount: Option<Tlk>,
) -> Result<(), CliError> {
    let (snapshot, balances) = (account.client().best().await?, account.balances());
    let free = snapshot.funds(account.id()).await?.free;
    let recipient = snapshot.funds(to).await?;
    let fee = match amount {
        Some(amount) => balances.transfer_fee(to, amount.0).await?,
        None => balances.transfer_all_fee(to).await?,
    };
    let books =
        Books { free, fee, least: snapshot.least_balance()?, is_new: recipient == Default::default() };
    books.check(amount.map(|amount| amount.0))?;
    context.say(format!("fee: about {} TLK", Tlk(fee)));
    let (amount, receipt) = match amount {
        Some(amount) => (amount, balances.transfer(to, amount.0).await?),
        None => {
            let (amount, receipt) = balances.transfer_all(to).await?;
            (Tlk(amount), receipt)
        }
    };
    context.print(&Done::new(format!("sent {amount} TLK to {to}"), &receipt))
}

/// What decides whether a transfer can be made, in units of TLK.
struct Books {
    /// What the sender has.
    free: Balance,
    fee: Balance,
    /// What every account must hold.
    least: Balance,
    /// Whether the recipient has no account yet.
    is_new: bool,
}

impl Books {
    /// Check a transfer of this amount, or of all.
    fn check(&self, amount: Option<Balance>) -> Result<(), CliError> {
        let Self { free, fee, least, is_new } = *self;
        // The sender's account must not end by accident; with all it has it ends on purpose.
        let (sent, kept) = match amount {
            Some(amount) => (amount, least),
            None => (free.saturating_sub(fee), 0),
        };
        let most = free.saturating_sub(fee).saturating_sub(kept);
        if sent > most || sent == 0 {
            let [most, fee, kept] = [most, fee, kept].map(Tlk);
            return Err(CliError::CannotSend { free: Tlk(free), most, fee, kept });
        }
        if is_new && sent < least {
            return Err(CliError::TooLittleForNew { least: Tlk(least) });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_leaves_the_fee_and_what_an_account_must_hold() {
        let books = Books { free: 100, fee: 3, least: 10, is_new: false };
        assert!(books.check(Some(87)).is_ok());
        let refused = books.check(Some(88)).unwrap_err();
        assert!(
            matches!(refused, CliError::CannotSend { most: Tlk(87), fee: Tlk(3), kept: Tlk(10), .. }),
            "{refused}"
        );
        assert!(books.check(Some(0)).is_err());
        assert!(books.check(None).is_ok());
        assert!(Books { free: 3, ..books }.check(None).is_err());
    }

    #[test]
    fn a_new_account_gets_what_it_must_hold() {
        let books = Books { free: 100, fee: 3, least: 10, is_new: true };
        assert!(books.check(Some(10)).is_ok());
        let refused = books.check(Some(9)).unwrap_err();
        assert!(matches!(refused, CliError::TooLittleForNew { least: Tlk(10) }), "{refused}");
        assert!(Books { free: 12, ..books }.check(None).is_err());
    }
}
