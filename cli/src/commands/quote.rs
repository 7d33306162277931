use clap::{Arg, Args};
use talka_client::AccountId;

use super::run::Options;
use crate::{context::Context, error::CliError, output::QuoteOut};

/// Show what a bag of tasks would cost now, and what `talka run` would refuse
///
/// Takes the options of `talka run`, and sends nothing: prices per task and in total, what is held at most, how many
/// workers a result takes and how many are online, and about how long it takes. With --key, orders that are restricted
/// to certain buyers count, and so does the account's balance; without it, neither does.
#[derive(Args, Debug)]
#[command(mut_args(hide_unused))]
pub(crate) struct Command {
    #[command(flatten)]
    options: Options,
}

/// Options of `talka run` that make no difference before anything is bought are taken, and not explained.
fn hide_unused(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "listen" | "advertise" | "keepers" | "detach" | "force" => arg.hide(true),
        _ => arg,
    }
}

pub(crate) async fn run(context: &Context, Command { options }: Command) -> Result<(), CliError> {
    let draft = options.read()?;
    let own = context.own_account()?;
    let client = context.connect().await?;
    let snapshot = client.best().await?;
    // No order is restricted to an account whose key does not exist.
    let signer = own.unwrap_or(AccountId::from([0; 32]));
    let quote = options.quote(&client, &snapshot, &draft, signer).await?;
    let free = match own {
        Some(account) => Some(snapshot.funds(account).await?.free),
        None => None,
    };
    context.print(&QuoteOut::new(&quote, snapshot.block(), snapshot.parameters()?.block_time, free))
}
